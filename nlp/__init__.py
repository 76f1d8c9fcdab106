"""Texts and arrays to themes: segment, split, encode, cluster, reconcile, name, rank. Pure: no database."""
