"""One reader a format. Every reader is `read(stream, *, timezone) -> Iterator[Post | Rejected]`."""
