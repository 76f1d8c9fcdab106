"""Evidence: who copies whom, over all sources of a corpus, and when the crowd has gone quiet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nlp.demand import demand
from nlp.demand_weights import DemandWeights
from nlp.evidence import EvidenceBook
from nlp.types import Demand, Document, Intent, Mention, MinedMention

END = datetime(2026, 9, 28, tzinfo=UTC)
WEIGHTS = DemandWeights()
COPY = "手机更新以后充电特别慢而且很烫求官方快点修复啊"


def document(number: int, text: str, author: str, hours_ago: float = 5.0, **fields: str | None) -> Document:
    return Document(id=f"p{number}", text=text, author=author, time=END - timedelta(hours=hours_ago), **fields)  # type: ignore[arg-type]


def heard(documents: Sequence[Document], intent: Intent = Intent.PAIN_POINT) -> list[MinedMention]:
    return [MinedMention(Mention(d.id, 0, d.text, d.text), d.id, intent, 1.0, 0.5, "thm_1", 1.0) for d in documents]


def ranked(documents: Sequence[Document], theme: Sequence[Document] | None = None) -> Demand:
    book = EvidenceBook(documents, heard(documents), WEIGHTS)
    return demand(book.evidence(heard(documents if theme is None else theme)), WEIGHTS)


def burst(size: int) -> list[Document]:
    """Three sources and small changes: nothing that one reader of one file could have marked."""
    ends = ("", "！！", "，顶", "，急", "，谢谢")
    return [
        document(i, COPY + ends[i % 5], f"new-{i}", hours_ago=1 + i * 0.5, channel=f"source-{i % 3}")
        for i in range(size)
    ]


def test_a_burst_over_several_sources_without_marks_of_ingest_is_one_burst() -> None:
    found = ranked(burst(60))
    assert found.evidence["people"] == 60
    assert found.evidence["people_counted"] < 4


def test_more_copies_hardly_raise_the_score() -> None:
    assert ranked(burst(80)).score - ranked(burst(20)).score < 5


def test_accounts_that_send_two_copied_texts_are_still_copying() -> None:
    second = "强烈要求马上修复充电慢的问题不然大家一起退货维权"
    more = [document(100 + i, second, f"new-{i}", hours_ago=2 + i * 0.5) for i in range(40)]
    assert ranked([*burst(40), *more]).evidence["people_counted"] < 4


def test_who_also_says_something_of_their_own_counts_in_full() -> None:
    crowd = burst(12)
    own = [
        document(100 + i, f"{'甲乙丙丁戊己庚辛壬癸子丑'[i] * 3}这件事我自己遇到的经过不一样", f"new-{i}")
        for i in range(12)
    ]
    assert ranked([*crowd, *own], theme=crowd).evidence["people_counted"] == 12


def test_one_author_repeating_himself_copies_nobody() -> None:
    said = "充电口松了插不紧 蓝牙耳机连不上车机 扫地机找不到回家的路 门锁录不进指纹 手环测的睡眠不准 相册同步卡在一半 路由器晚上总掉线 音箱叫了没有反应"
    honest = [document(i, text, f"h{i}") for i, text in enumerate(said.split())]
    again = [document(50 + i, COPY, "loud", hours_ago=i) for i in range(30)]
    found = ranked([*honest, *again])
    assert found.evidence["people_counted"] == 9


def test_a_crowd_gone_quiet_is_no_fading_of_its_themes() -> None:
    days = [25 + (i * 7) % 150 for i in range(90)]
    old = [document(i, f"旧事{i}号各说各的充电问题{i}", f"a{i}", hours_ago=24.0 * days[i]) for i in range(90)]
    last = document(900, "最后一条与充电无关的帖子在这里", "z", hours_ago=0)
    found = ranked([*old, last], theme=old)
    assert found.evidence["recent_people"] == 0
    assert found.evidence["growth"] > -0.3
