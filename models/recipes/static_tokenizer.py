"""The static encoder's tokenizer: single characters, pairs of neighbours, Latin words; no dictionary.

Tokens overlap ("充电慢" gives 充, 充电, 电, 电慢, 慢), which `tokenizers` does not foresee. So its normaliser writes
every Chinese character three times with a mark between ("充·充·充电·电·电慢·慢·慢"), and cutting at the marks gives
both kinds. The two outermost copies of a run are left out.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordLevel
from tokenizers.trainers import WordLevelTrainer

UNKNOWN = "[UNK]"
_MARK = "·"
_HAN = range(0x4E00, 0xA000)
_FULL_WIDTH = range(0xFF10, 0xFF5B)
_LONGEST_WORD = 12  # letters
_NORMALISER_FIELD, _CHARSMAP_FIELD = 3, 2  # of sentencepiece_model.proto


def new_tokenizer() -> Tokenizer:
    """A tokenizer without vocabulary: simplified, lower case, half-width; overlapping pieces."""
    tokenizer = Tokenizer(WordLevel({UNKNOWN: 0}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Precompiled(_compiled(_rewriting()))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(rf"[^\p{{Han}}a-z0-9{_MARK}]+"), "removed"),
            pre_tokenizers.Split(Regex(r"(?<![0-9])[0-9][a-z]+|[a-z]+|[0-9]"), "isolated"),
            pre_tokenizers.Split(Regex(rf"^\p{{Han}}{_MARK}|{_MARK}\p{{Han}}$"), "removed"),
            pre_tokenizers.Split(_MARK, "removed"),
        ]
    )
    return tokenizer


def learn_vocabulary(tokenizer: Tokenizer, texts: Iterable[str], *, size: int, least: int) -> None:
    """Take the `size` most frequent pieces that occur at least `least` times; row 0 is the unknown piece.

    Long runs of letters, which in user text are account names more often than words, are left out.
    """
    trainer = WordLevelTrainer(vocab_size=size, min_frequency=least, special_tokens=[UNKNOWN], show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    found = tokenizer.get_vocab()
    kept = [token for token in sorted(found, key=found.__getitem__) if len(token) <= _LONGEST_WORD]
    tokenizer.model = WordLevel({token: row for row, token in enumerate(kept)}, unk_token=UNKNOWN)


def _rewriting() -> Iterator[tuple[str, str]]:
    """Characters and what is written for each."""
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    for code in _HAN:
        simplified = simplify(chr(code))
        one = simplified if len(simplified) == 1 else chr(code)
        yield chr(code), _MARK.join(one * 3)
    for code in _FULL_WIDTH:
        half = chr(code - 0xFEE0)
        if half.isalnum():
            yield chr(code), half.lower()
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        yield letter, letter.lower()
    yield _MARK, " "


def _compiled(rewriting: Iterable[tuple[str, str]]) -> bytes:
    """The table as sentencepiece compiles it, which `tokenizers` reads."""
    from sentencepiece import SentencePieceTrainer

    lines = [f"{_codes(source)}\t{_codes(target)}\n" for source, target in sorted(rewriting)]
    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.tsv"
        table.write_text("".join(lines), encoding="ascii")
        SentencePieceTrainer.train(
            sentence_iterator=iter(["a b c d"]),
            model_writer=model,
            vocab_size=16,
            hard_vocab_limit=False,
            normalization_rule_tsv=str(table),
            minloglevel=2,
        )
    return _field(_field(model.getvalue(), _NORMALISER_FIELD), _CHARSMAP_FIELD)


def _codes(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)


def _field(message: bytes, number: int) -> bytes:
    """The bytes of a length-delimited field of a protocol-buffer message (no need for the whole library)."""
    stream = io.BytesIO(message)
    while stream.tell() < len(message):
        tag = _varint(stream)
        if tag & 7 == 2:
            content = stream.read(_varint(stream))
            if tag >> 3 == number:
                return content
        elif tag & 7 == 0:
            _varint(stream)
        else:
            stream.read(8 if tag & 7 == 1 else 4)
    raise ValueError(f"the message has no field {number}")


def _varint(stream: io.BytesIO) -> int:
    value = shift = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value
