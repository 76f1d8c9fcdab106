"""Ways to read, clean, split and encode many files: here, or on a Ray cluster. Themes are made on one node by both."""
