"""How a question is worded: its pieces, its informative words and their weight, and what is only said in passing."""

from __future__ import annotations

import math
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba

_PIECE = re.compile(r"[。！？!?；;，,\n、~～…]+|\s{1,}(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+")
_SHORTEST_PIECE = 4  # characters; shorter ones go with the piece before
_MOST_PIECES = 12
_EVERYDAY, _RARE = 6.5, 14.5  # -log of a word's share of general Chinese: weighs nothing below, in full above
_LEAST_WEIGHT = 0.1
_TELLING = 0.45  # rarity of a word that tells something
_CHINESE = re.compile(r"[\u3400-\u9fff]{2,}")
_ASKS = re.compile(
    r"[?？]|[吗呢么嘛][。！~～\s]*$|怎么|如何|能不能|可不可以|有没有|是不是|多少|哪[里儿个]|为什么|请问|求助|求问|请教"
)

# What a question wants to be told, and how a text that tells it looks.
_WANTED = (
    (re.compile(r"多少钱|什么价|啥价|价格|费用|收费|几块|贵不贵"), re.compile(r"元|价|费|￥|¥")),
    (
        re.compile(r"哪[里儿]?能?(?:有)?买|单卖|有卖|有售|买得到|渠道|补货|有货|到货"),
        re.compile(r"购买|商城|有售|渠道|补货|现货|下单"),
    ),
    (
        re.compile(r"(?:什么时候|啥时候|何时|几号|多久)(?:才|能|会|可以)*(?:出|上|发布|开售|接入?|推|支持|修)"),
        re.compile(r"已|推送|支持|修复|改善|版本|\d+\.\d+"),
    ),
    (
        re.compile(r"接口|文档|api|sdk|第三方系统|校招|招聘|简历", re.IGNORECASE),
        re.compile(r"接口|文档|api|sdk|第三方系统|招聘", re.IGNORECASE),
    ),
)


@cache
def _tokenizer() -> jieba.Tokenizer:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    made = jieba.Tokenizer()
    made.initialize()
    return made


@cache
def stopwords() -> frozenset[str]:
    """Words that tell one question from another in no way."""
    path = resources.files("models").joinpath("lexicons").joinpath("retrieval_stopwords.txt")
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def words(text: str) -> list[str]:
    """Informative words of a text as jieba's search mode cuts it, lower-case."""
    cut = _tokenizer().cut_for_search(text.lower())
    return [word for word in cut if word not in stopwords() and any(c.isalnum() for c in word)]


def telling_words(text: str) -> list[str]:
    """Chinese words of two characters or more that are not said about just anything, as jieba cuts them."""
    return [word for word in _tokenizer().cut(text) if _CHINESE.fullmatch(word) and rarity(word) >= _TELLING]


def pieces_of(text: str) -> list[str]:
    """The whole text and its clauses, each once: a post tells a story, and one clause of it asks."""
    whole = " ".join(text.split())
    if not whole:
        return []
    clauses: list[str] = []
    for piece in map(str.strip, _PIECE.split(text)):
        if not piece:
            continue
        if clauses and (len(piece) < _SHORTEST_PIECE or len(clauses[-1]) < _SHORTEST_PIECE):
            clauses[-1] = f"{clauses[-1]}，{piece}"
        else:
            clauses.append(piece)
    return list(dict.fromkeys([whole, *clauses]))[:_MOST_PIECES]


@cache
def rarity(word: str) -> float:
    """How much a word tells, 0.1 (everybody says it about anything) to 1, by its share of general Chinese.

    Frequencies are those of jieba's dictionary. Words it does not know are names, models and terms: 1.
    """
    tokenizer = _tokenizer()
    count = tokenizer.FREQ.get(word, 0)
    if not count:
        return 1.0 if len(word) > 1 else 0.4
    information = -math.log(count / tokenizer.total)
    weight = (information - _EVERYDAY) / (_RARE - _EVERYDAY)
    return min(max(weight, _LEAST_WEIGHT), 1.0) * (1.0 if len(word) > 1 else 0.5)


def content(text: str) -> float:
    """How much a text says: the weights of its informative words, summed."""
    return sum(rarity(word) for word in set(words(text)))


def tells_what_is_wanted(asked: str, text: str) -> bool:
    """False where a question wants a price, a shop, a date or a document and the text has nothing of the kind."""
    return all(told.search(text) for wants, told in _WANTED if wants.search(asked))


def asks(text: str) -> bool:
    """Whether a text has the form of a question anywhere."""
    return bool(_ASKS.search(text))
