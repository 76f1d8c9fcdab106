"""Bytes to Posts: recognise a format, read it, clean, mask, group duplicates. Pure: no database, no HTTP."""
