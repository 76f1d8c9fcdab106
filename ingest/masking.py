"""Personal data in text, found by form and check digit and replaced by what it was: 〔手机号〕, 〔邮箱〕, …

Made to miss nothing that is clearly a person's, and to leave versions, models, prices and dates alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingest.personal_accounts import accounts, emails, profile_links
from ingest.personal_numbers import bank_cards, id_cards, imeis, mobiles, plates
from ingest.posts import MaskKind

TOKENS: dict[MaskKind, str] = {
    MaskKind.MOBILE: "〔手机号〕",
    MaskKind.ID_CARD: "〔身份证号〕",
    MaskKind.BANK_CARD: "〔银行卡号〕",
    MaskKind.EMAIL: "〔邮箱〕",
    MaskKind.IMEI: "〔IMEI〕",
    MaskKind.PLATE: "〔车牌号〕",
    MaskKind.ACCOUNT: "〔账号〕",
    MaskKind.PROFILE_LINK: "〔主页链接〕",
}

# The more certain kind first: it has the place where two claim it.
_FINDERS: tuple[tuple[MaskKind, Callable[[str], Iterator[tuple[int, int]]]], ...] = (
    (MaskKind.PROFILE_LINK, profile_links),
    (MaskKind.EMAIL, emails),
    (MaskKind.ID_CARD, id_cards),
    (MaskKind.BANK_CARD, bank_cards),
    (MaskKind.IMEI, imeis),
    (MaskKind.MOBILE, mobiles),
    (MaskKind.ACCOUNT, accounts),
    (MaskKind.PLATE, plates),
)

# Full-width and circled characters and dashes, one for one, so that positions in the folded text are those of the text.
_FOLD = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_FOLD |= {0x2460 + offset: 0x31 + offset for offset in range(9)}
_FOLD |= dict.fromkeys((0x3000, 0xA0, 0x2005), ord(" "))
_FOLD |= dict.fromkeys((0x2010, 0x2011, 0x2013, 0x2014), ord("-"))


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at text[start:end]."""

    kind: MaskKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and how many of each kind were in it."""

    text: str
    counts: dict[MaskKind, int]


def mask(text: str) -> Masked:
    """The text with personal data replaced by `TOKENS`, and counts by kind. Masked text has nothing left to mask."""
    counts: Counter[MaskKind] = Counter()
    pieces: list[str] = []
    at = 0
    for finding in find_personal_data(text):
        pieces += [text[at : finding.start], TOKENS[finding.kind]]
        counts[finding.kind] += 1
        at = finding.end
    return Masked("".join([*pieces, text[at:]]), dict(counts))


def find_personal_data(text: str) -> list[Finding]:
    """Findings in order of place, none overlapping another."""
    folded = text.translate(_FOLD)
    covered = bytearray(len(text))
    found: list[Finding] = []
    for kind, finder in _FINDERS:
        for start, end in finder(folded):
            if not any(covered[start:end]):
                covered[start:end] = b"\1" * (end - start)
                found.append(Finding(kind, start, end))
    return sorted(found, key=lambda finding: finding.start)
