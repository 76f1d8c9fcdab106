"""Ids for posts whose source gives none: the same file read twice gives the same ids, and no two posts share one."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace

from ingest.posts import Post, Rejected

_PREFIX = "h_"
_LENGTH = 32  # hexadecimal characters, 128 bits


def content_hash(post: Post) -> str:
    """A hash of platform, channel, thread, author, time and text: who said what, where and when."""
    when = post.time.isoformat() if post.time is not None else ""
    parts = (post.platform, post.channel, post.thread, post.author or post.author_name, when, post.text)
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)  # lengths keep 'a','bc' apart from 'ab','c'
    return digest.hexdigest()[:_LENGTH]


class PostIds:
    """Gives every post of one source its id.

    A platform id stands. A post without one gets its content hash; a second post with the very same content gets the
    hash and its ordinal, so that two people's "顶" in one anonymous list stay two posts, and reading the file again
    gives the same ids. A platform id that comes back with other content is `Rejected`: storing it would lose one of
    the two.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._content_of: dict[str, str] = {}

    def identify(self, post: Post) -> Post | Rejected:
        """The post with its id, or a rejection."""
        content = content_hash(post)
        if not post.id:
            self._seen[content] += 1
            ordinal = self._seen[content]
            return replace(post, id=f"{_PREFIX}{content}" if ordinal == 1 else f"{_PREFIX}{content}_{ordinal}")
        before = self._content_of.setdefault(post.id, content)
        if before != content:
            return Rejected(
                post.line,
                f"the id {post.id!r} was used before in this file for another text, author or time; make ids unique",
                post.text,
            )
        return post
