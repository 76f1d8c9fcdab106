"""Themes out of mentions: prototype, place in the hierarchy, name, keyphrases, quotes, weeks and demand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from models.encoders.protocol import Encoder
from nlp.clustering import Clustering
from nlp.demand import demand
from nlp.evidence import EvidenceBook, person_of
from nlp.intents import theme_intent
from nlp.keyphrases import TermTable, keyphrases, terms_of
from nlp.naming import PRAISE, NamingInput, name_themes
from nlp.normalisation import normalise
from nlp.phrases import clauses_of
from nlp.products import ProductLexicon
from nlp.quotes import Quotable, choose_quotes
from nlp.settings import MiningSettings
from nlp.types import NEEDS, Document, Intent, MinedMention, MinedTheme

Vectors = npt.NDArray[np.float32]

_NAMED_FROM = 120  # mentions a theme is named from, at most ...
_NAMED_FROM_LEAST = 16  # ... and at least, where it has so many
_NAMED_FROM_ALL = 12_000  # mentions that all themes together are named from, about
_COUNTED = 1_000  # mentions of a theme whose words are counted: more tell nothing new
_QUOTED = 2_000  # mentions nearest the prototype among which quotes are sought
_LOOSEST = 0.1  # quantile of members' similarity that is the threshold of a theme no cluster gave one to


@dataclass(frozen=True, slots=True)
class ThemeParts:
    """What a run knows when ids are settled; `mentions` and `labels` (cluster numbers) go together."""

    documents: Sequence[Document]
    mentions: Sequence[MinedMention]
    labels: Sequence[int]
    row_of: Mapping[str, int]
    vectors: Vectors
    clustering: Clustering
    names: Mapping[str, str]
    votes: Mapping[str, int]
    lexicon: ProductLexicon


@dataclass(frozen=True, slots=True)
class _Shape:
    """A theme in vector space and in the hierarchy of clusters."""

    id: str
    members: tuple[int, ...]  # positions of its mentions, most typical first
    typicality: tuple[float, ...]
    prototype: npt.NDArray[np.float32]
    threshold: float
    group: int  # broader group of its main cluster; -1 where a person made it
    people: int


@dataclass(frozen=True, slots=True)
class _Title:
    """How a theme is called and where it stands."""

    name: str
    keyphrases: tuple[str, ...]
    parent: str | None


def build_themes(parts: ThemeParts, book: EvidenceBook, encoder: Encoder, settings: MiningSettings) -> list[MinedTheme]:
    """Every theme that has a mention, largest first (by people); demand not yet in order."""
    by_id: dict[str, list[int]] = defaultdict(list)
    for position, mined in enumerate(parts.mentions):
        if mined.theme_id is not None:
            by_id[mined.theme_id].append(position)
    if not by_id:
        return []
    documents = {document.id: document for document in parts.documents}
    shapes = [_shape(theme_id, members, parts, documents) for theme_id, members in by_id.items()]
    shapes.sort(key=lambda shape: (-shape.people, shape.id))
    speaking = [_speaking(shape, parts.mentions) for shape in shapes]
    counted = [_spread(members, _COUNTED) for members in speaking]
    texts = sorted({parts.mentions[p].mention.normalised for members in counted for p in members})
    terms = dict(zip(texts, terms_of(texts), strict=True))
    table = TermTable.of([[terms[parts.mentions[p].mention.normalised] for p in members] for members in counted])
    most = min(max(_NAMED_FROM_ALL // len(shapes), _NAMED_FROM_LEAST), _NAMED_FROM)
    inputs = [
        _naming_input(shape, _heard(members, most), parts, documents)
        for shape, members in zip(shapes, speaking, strict=True)
    ]
    given = [parts.names.get(shape.id) for shape in shapes]
    names = name_themes(inputs, table, encoder.encode, settings.name_candidates, given=given)
    parents = _parents(shapes)
    return [
        _theme(
            shape,
            parts,
            book,
            settings,
            title=_Title(names[i], keyphrases(table, i, settings.keyphrases), parents.get(shape.id)),
        )
        for i, shape in enumerate(shapes)
    ]


def _spread(members: Sequence[int], most: int) -> Sequence[int]:
    """At most so many of the members, evenly from the most to the least typical."""
    return [members[i * len(members) // most] for i in range(most)] if len(members) > most else members


def _vector(parts: ThemeParts, position: int) -> npt.NDArray[np.float32]:
    row = parts.row_of.get(parts.mentions[position].mention.normalised)
    if row is None:  # pinned by a person although it says little
        return np.zeros(parts.vectors.shape[1], dtype=np.float32)
    return np.asarray(parts.vectors[row], dtype=np.float32)


def _shape(theme_id: str, members: Sequence[int], parts: ThemeParts, documents: Mapping[str, Document]) -> _Shape:
    vectors = np.stack([_vector(parts, position) for position in members])
    total = vectors.sum(axis=0)
    norm = float(np.linalg.norm(total))
    prototype = (total / norm if norm > 0 else total).astype(np.float32)
    near = vectors @ prototype
    order = sorted(range(len(members)), key=lambda i: (-round(float(near[i]), 5), parts.mentions[members[i]].key))
    labels = Counter(parts.labels[position] for position in members if parts.labels[position] >= 0)
    main = min(labels, key=lambda label: (-labels[label], label), default=-1)
    threshold = parts.clustering.thresholds[main] if main >= 0 else np.quantile(near, _LOOSEST)
    return _Shape(
        id=theme_id,
        members=tuple(members[i] for i in order),
        typicality=tuple(float(near[i]) for i in order),
        prototype=prototype,
        threshold=float(threshold),
        group=int(parts.clustering.groups[main]) if main >= 0 else -1,
        people=len({person_of(documents[parts.mentions[p].mention.post_id]) for p in members}),
    )


def _speaking(shape: _Shape, mentions: Sequence[MinedMention]) -> list[int]:
    """The mentions that name a theme: those that need something where there are enough of them."""
    needing = [p for p in shape.members if mentions[p].intent in NEEDS]
    return needing if 3 * len(needing) >= len(shape.members) else list(shape.members)


def _heard(members: Sequence[int], most: int) -> Sequence[int]:
    """Of mentions in order of typicality `most` to name a theme from: the first half nearest, the rest from all."""
    if len(members) <= most:
        return members
    nearest = most // 2
    step = (len(members) - nearest) / (most - nearest)
    return [*members[:nearest], *(members[nearest + int(i * step)] for i in range(most - nearest))]


def _naming_input(
    shape: _Shape, members: Sequence[int], parts: ThemeParts, documents: Mapping[str, Document]
) -> NamingInput:
    """Texts as people cut them into lines and clauses, cleaned clause by clause: the normal form has no line ends."""
    typicality = dict(zip(shape.members, shape.typicality, strict=True))
    near: dict[str, float] = {}
    people: dict[str, str] = {}
    for p in members:
        said = parts.mentions[p].mention
        text = "\n".join(filter(None, (normalise(clause, parts.lexicon) for clause in clauses_of(said.text))))
        near.setdefault(text, typicality[p])
        people.setdefault(text, person_of(documents[said.post_id]))
    return NamingInput(
        texts=tuple(near),
        typicality=tuple(near.values()),
        prototype=shape.prototype,
        fallback=min((parts.mentions[p].mention.text for p in members), key=lambda text: (len(text), text)),
        people=tuple(people.values()),
        suffix=_suffix([parts.mentions[p].intent for p in members]),
    )


def _suffix(intents: Sequence[Intent]) -> str:
    """What a name that only says "what" ends in."""
    counted = Counter(intents)
    if counted[Intent.PRAISE] > len(intents) / 2:
        return PRAISE
    if counted[Intent.REQUEST] > len(intents) / 2:
        return "建议"
    return "咨询" if counted[Intent.QUESTION] > len(intents) / 2 else "问题"


def _parents(shapes: Sequence[_Shape]) -> dict[str, str]:
    """Within each broader group the theme of most people is the parent of the others."""
    head: dict[int, str] = {}
    parents: dict[str, str] = {}
    for shape in shapes:  # largest first
        if shape.group < 0:
            continue
        if shape.group in head:
            parents[shape.id] = head[shape.group]
        else:
            head[shape.group] = shape.id
    return parents


def _theme(
    shape: _Shape,
    parts: ThemeParts,
    book: EvidenceBook,
    settings: MiningSettings,
    *,
    title: _Title,
) -> MinedTheme:
    mined = [parts.mentions[p] for p in shape.members]
    documents = {m.mention.post_id: book.document(m.mention.post_id) for m in mined}
    needing = [m for m in mined if m.intent in NEEDS]
    found = demand(book.evidence(mined, parts.votes.get(shape.id, 0)), settings.demand)
    quotable = [
        Quotable(
            post_id=m.mention.post_id,
            author=person_of(documents[m.mention.post_id]),
            text=m.mention.text,
            vector=_vector(parts, p),
            needs=m.intent in NEEDS,
        )
        for p, m in zip(shape.members[:_QUOTED], mined[:_QUOTED], strict=True)
    ]
    times = sorted(document.time for document in documents.values() if document.time is not None)
    return MinedTheme(
        id=shape.id,
        name=title.name,
        keyphrases=title.keyphrases,
        intent=theme_intent([(m.intent, m.intent_confidence) for m in mined]),
        demand=found,
        size=len(mined),
        posts=len(documents),
        authors=shape.people,
        parent=title.parent,
        quotes=choose_quotes(quotable, shape.prototype, settings.quotes),
        first_seen=times[0] if times else None,
        last_seen=times[-1] if times else None,
        weekly=_weekly(needing or mined, documents),
        severity=round(sum(m.severity for m in needing) / len(needing), 4) if needing else 0.0,
        growth=found.evidence["growth"],
        prototype=shape.prototype,
        threshold=shape.threshold,
    )


def _weekly(mined: Sequence[MinedMention], documents: Mapping[str, Document]) -> tuple[tuple[str, int], ...]:
    """Distinct people of each week by the date of its Monday; weeks in between are there with 0."""
    people: dict[str, set[str]] = defaultdict(set)
    mondays = []
    for m in mined:
        document = documents[m.mention.post_id]
        if document.time is None:
            continue
        day = document.time.date()
        monday = day - timedelta(days=day.weekday())
        mondays.append(monday)
        people[monday.isoformat()].add(person_of(document))
    if not mondays:
        return ()
    weeks = (max(mondays) - min(mondays)).days // 7 + 1
    every = [(min(mondays) + timedelta(weeks=week)).isoformat() for week in range(weeks)]
    return tuple((monday, len(people.get(monday, ()))) for monday in every)
