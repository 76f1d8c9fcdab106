"""Learned parts: encoders, intent head, drafters; with their artefacts, cards and training recipes."""
