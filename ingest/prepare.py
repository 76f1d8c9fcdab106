"""The façade of the room: posts as received to posts ready to be stored and mined."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeVar

from ingest.cleaning import clean
from ingest.duplicates import Candidate, group_duplicates
from ingest.masking import Masked, mask
from ingest.posts import Post, PreparedPost
from ingest.pseudonyms import pseudonym

_BATCH = 2_000  # texts cleaned at a time

A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """Maps a function over batches and gives the results in their order, as `map` does; maybe in other processes."""

    def __call__(self, function: Callable[[A], B], batches: Iterable[A], /) -> Iterable[B]: ...


def prepare_one(post: Post, *, secret: str | bytes, names: frozenset[str] = frozenset()) -> PreparedPost:
    """One post cleaned, masked and pseudonymous, its duplicates not yet looked for.

    `names` are display names known in the channel: mentions of them are recognised even where they hold spaces.
    """
    return _prepared(
        post, clean_texts([post.text], names=names)[0], pseudonym(post.platform, post.author, secret=secret)
    )


def mark_duplicates(prepared: Iterable[PreparedPost], *, each: Each = map) -> list[PreparedPost]:
    """The same posts in the same order, each later copy marked with the key of the first of its group.

    A group's first is the earliest post (without a time: last), then the smallest key; the order of rows is nothing.
    """
    posts = list(prepared)
    candidates = [Candidate(key=item.key, text=item.text, time=item.post.time) for item in posts]
    first_of = group_duplicates(candidates, each=each)
    return [replace(item, duplicate_of=first_of[item.key]) if item.key in first_of else item for item in posts]


def prepare(
    posts: Iterable[Post], *, secret: str | bytes, each: Each = map, known: Mapping[str, Masked] | None = None
) -> list[PreparedPost]:
    """Posts cleaned, masked, pseudonymous and grouped by duplicates, in the order received.

    A record that recalls a message (`Post.recalls`) gives no prepared post and takes the message it names with it
    where that is among `posts`; the caller withdraws what was stored before. A post whose id comes twice is given
    once, as it came first. `each` maps over batches of texts; one that does so in several processes changes nothing
    but the time. Texts `known` from before, cleaned with the same names, are not cleaned again.
    Raises `MissingSecretError` on an empty secret.
    """
    received = list(posts)
    recalled = {post.recalls for post in received if post.recalls}
    names = frozenset(post.author_name for post in received if post.author_name)
    unique: dict[str, Post] = {}
    for post in received:
        if not post.recalls and post.id not in recalled:
            unique.setdefault(post.id, post)
    called: dict[tuple[str, str], str] = {}
    prepared = []
    for post, masked in zip(unique.values(), _cleaned_by_batch(unique.values(), names, each, known or {}), strict=True):
        person = post.platform, post.author
        if person not in called:
            called[person] = pseudonym(*person, secret=secret)
        prepared.append(_prepared(post, masked, called[person]))
    return mark_duplicates(prepared, each=each)


def clean_texts(texts: Sequence[str], *, names: frozenset[str]) -> list[Masked]:
    """Texts as posts have them, cleaned and masked; `names` as in `prepare_one`."""
    return [mask(clean(text, names=names)) for text in texts]


def _cleaned_by_batch(
    posts: Collection[Post], names: frozenset[str], each: Each, known: Mapping[str, Masked]
) -> Iterator[Masked]:
    texts = [post.text for post in posts if post.text not in known]
    batches = (texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH))
    cleaned = (masked for batch in each(partial(clean_texts, names=names), batches) for masked in batch)
    for post in posts:
        found = known.get(post.text)
        yield next(cleaned) if found is None else found


def _prepared(post: Post, masked: Masked, author: str) -> PreparedPost:
    return PreparedPost(
        post=post,
        key=post.id,
        author=author,
        text=post.text if masked.text == post.text else masked.text,  # one object where nothing was changed
        masks=masked.counts,
    )
