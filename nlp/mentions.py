"""Split a post into mentions: stretches of text that say one thing. One problem told at length stays one mention."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from nlp.batches import Each, batched
from nlp.normalisation import half_width, normalise, simplify
from nlp.products import NO_NAMES, ProductLexicon, find_products
from nlp.types import Document, Mention

WHOLE_POST = 60  # characters: a post this short is one mention unless it is a list
FRAGMENT = 10  # characters: a shorter piece says too little alone and joins its neighbour
MENTION = 140  # characters: sentences of one paragraph are joined up to this length
MOST_MENTIONS = 16  # a longer post is a story; what follows joins its last mention

_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})[、．.)）](?!\d)|[（(](?:\d{1,2}|[一二三四五六七八九十])[)）]|[①-⑳]"
_ORDINAL = r"第[一二三四五六七八九十](?:[点个、，]|，)"
_ITEM = re.compile(rf"(?:^|(?<=[\n。；;！!？?，,：:\s]))(?={_NUMBER}|{_ORDINAL})")
_ITEM_MARK = re.compile(rf"^\s*(?:{_NUMBER})\s*")
_SENTENCE = re.compile(r"(?<=[。！？!?；;\n])(?![。！？!?；;\n”」）)])")
Piece = tuple[str, str, tuple[str, ...]]  # of a text: as written, normalised, products named

_TURN = re.compile(r"^(?:另外|此外|还有一点|还有就是|还有一个|再有就是|再就是|其次|顺便|除此之外|对了|最后再)")


def split_mentions(document: Document, lexicon: ProductLexicon = NO_NAMES) -> list[Mention]:
    """The mentions of one post, in order; at least one, with empty text where the post says nothing."""
    return _mentions(document, _pieces(document.text, lexicon))


def split_each(
    documents: Sequence[Document],
    lexicon: ProductLexicon = NO_NAMES,
    each: Each = map,
    known: Mapping[str, Sequence[Piece]] | None = None,
) -> Iterator[list[Mention]]:
    """The mentions of every post, post after post.

    `each` maps over batches of their texts; those whose pieces are `known` from before, with the same lexicon, are not
    split again.
    """
    before = known or {}
    texts = [document.text for document in documents if document.text not in before]
    batches = each(partial(pieces_of, lexicon=lexicon), batched(texts))
    split = (of_one for of_batch in batches for of_one in of_batch)
    for document in documents:
        found = before.get(document.text)
        yield _mentions(document, next(split) if found is None else found)


def split_all(documents: Sequence[Document], lexicon: ProductLexicon = NO_NAMES) -> list[Mention]:
    """The mentions of many posts, post after post."""
    return [mention for said in split_each(documents, lexicon) for mention in said]


def pieces_of(texts: Sequence[str], lexicon: ProductLexicon = NO_NAMES) -> list[list[Piece]]:
    """What the mentions of posts with these texts say, text after text."""
    return [_pieces(text, lexicon) for text in texts]


def _pieces(text: str, lexicon: ProductLexicon) -> list[Piece]:
    return [
        (piece, normalise(_ITEM_MARK.sub("", piece), lexicon), find_products(half_width(simplify(piece)), lexicon))
        for piece in split_text(text) or [""]
    ]


def _mentions(document: Document, pieces: Sequence[Piece]) -> list[Mention]:
    """Texts that are equal become one object: most posts are one mention that needs no change."""
    mentions = []
    for ordinal, (piece, normalised, products) in enumerate(pieces):
        text = document.text if piece == document.text else piece
        mentions.append(Mention(document.id, ordinal, text, text if normalised == text else normalised, products))
    return mentions


def split_text(text: str) -> list[str]:
    """Pieces of `text` that each say one thing: list items, turns ("另外…"), and runs of sentences."""
    text = text.strip()
    if not text:
        return []
    blocks = _blocks(text)
    if len(blocks) == 1 and len(text) <= WHOLE_POST:
        return [text]
    pieces = [piece for block in blocks for piece in _runs_of_sentences(block)]
    pieces = _join_fragments(pieces)
    if len(pieces) > MOST_MENTIONS:
        pieces = [*pieces[: MOST_MENTIONS - 1], "\n".join(pieces[MOST_MENTIONS - 1 :])]
    return pieces


def _blocks(text: str) -> list[str]:
    """Items of a list, where the text has at least two, else the text itself."""
    parts = [part.strip() for part in _ITEM.split(text) if part.strip()]
    items = sum(bool(_ITEM_MARK.match(part)) for part in parts)
    return parts if items >= 2 else [text]


def _runs_of_sentences(block: str) -> list[str]:
    """Sentences of a block joined up to `MENTION` characters; a turn of topic starts a new run."""
    runs: list[str] = []
    for sentence in _SENTENCE.split(block):
        stripped = sentence.strip()
        if not stripped:
            continue
        if runs and not _TURN.match(stripped) and len(runs[-1]) + len(stripped) <= MENTION:
            runs[-1] += ("" if runs[-1][-1] in "。！？!?；;" else "\n") + stripped
        else:
            runs.append(stripped)
    return runs


def _join_fragments(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and (len(piece) < FRAGMENT or len(joined[-1]) < FRAGMENT):
            joined[-1] = f"{joined[-1]}\n{piece}"
        else:
            joined.append(piece)
    return joined
