"""How shipped artefacts are made from the public corpora, so that anybody can make them again. Not used at run time."""
