"""The façade of the room: posts as received to posts ready to be stored and mined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ingest.cleaning import clean
from ingest.duplicates import Candidate, group_duplicates
from ingest.masking import mask
from ingest.posts import Post, PreparedPost
from ingest.pseudonyms import pseudonym


def prepare_one(post: Post, *, secret: str | bytes, names: frozenset[str] = frozenset()) -> PreparedPost:
    """One post cleaned, masked and pseudonymous, its duplicates not yet looked for.

    `names` are display names known in the channel: mentions of them are recognised even where they hold spaces.
    """
    masked = mask(clean(post.text, names=names))
    return PreparedPost(
        post=post,
        key=post.id,
        author=pseudonym(post.platform, post.author, secret=secret),
        text=masked.text,
        masks=masked.counts,
    )


def mark_duplicates(prepared: Iterable[PreparedPost]) -> list[PreparedPost]:
    """The same posts in the same order, each later copy marked with the key of the first of its group.

    A group's first is the earliest post (without a time: last), then the smallest key; the order of rows is nothing.
    """
    posts = list(prepared)
    candidates = [Candidate(key=item.key, text=item.text, time=item.post.time) for item in posts]
    first_of = group_duplicates(candidates)
    return [replace(item, duplicate_of=first_of.get(item.key)) for item in posts]


def prepare(posts: Iterable[Post], *, secret: str | bytes) -> list[PreparedPost]:
    """Posts cleaned, masked, pseudonymous and grouped by duplicates, in the order received.

    A record that recalls a message (`Post.recalls`) gives no prepared post and takes the message it names with it
    where that is among `posts`; the caller withdraws what was stored before. A post whose id comes twice is given
    once, as it came first. Raises `MissingSecretError` on an empty secret.
    """
    received = list(posts)
    recalled = {post.recalls for post in received if post.recalls}
    names = frozenset(post.author_name for post in received if post.author_name)
    unique: dict[str, Post] = {}
    for post in received:
        if not post.recalls and post.id not in recalled:
            unique.setdefault(post.id, post)
    return mark_duplicates([prepare_one(post, secret=secret, names=names) for post in unique.values()])
