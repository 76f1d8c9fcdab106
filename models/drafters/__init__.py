"""Drafters behind one protocol. Text from users is data, never instruction."""
