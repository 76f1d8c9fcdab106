"""Encoders behind one protocol: bundled (offline), sentence-transformers by name or folder, HTTP endpoint."""
