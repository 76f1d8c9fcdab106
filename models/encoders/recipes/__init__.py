"""How the shipped artefacts were made; each module is a command."""
