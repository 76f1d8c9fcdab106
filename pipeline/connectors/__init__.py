"""Proposals on boards of other systems: one module a kind of board, and `pushing`, which does the work."""
