"""Evidence for an answer, what surroundings add to it, and how a reply is put together."""

from __future__ import annotations

from models.drafters.composition import closing, declining, greeting, introduction, told
from models.drafters.courtesy import asks_back, is_courtesy
from models.drafters.evidence import FEATURES, Evidence, WordSenses, covered, judgement, log_odds, probability
from models.drafters.grounded import GroundedDrafter, GroundedSettings
from models.drafters.promises import promises
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question, SentenceKind
from models.drafters.wording import content, pieces_of, rarity, tells_what_is_wanted
from tests.hashing_encoder import HashingEncoder

ISSUE = KnowledgeItem(
    "k-push", KnowledgeKind.KNOWN_ISSUE, "2.3 锁屏后消息推送延迟",
    "升级 2.3 后锁屏一段时间，应用会被误清理。临时办法：把应用耗电管理设为无限制。该问题已在 2.4 中修复，请升级。",
    "灵犀 X5", "2.3",
)  # fmt: skip
SERVICE = KnowledgeItem(
    "k-service", KnowledgeKind.FAQ, "保修期、电池与碎屏服务",
    "主机保修 12 个月，以发票或激活日期为准，请在送修时一并带上发票与保修卡供网点核对。"
    "电池健康低于 80% 且在保修期内可更换，网点会先检测电池再登记，检测约需半小时，期间请留下联系方式并取走存储卡。"
    "碎屏服务须在购机后 30 天内购买，过期不能补买，购买后可在服务页查看到期日，转让手机时服务随手机一并转给新机主，更换主板后须到网点登记新的序列号才继续有效。",
)  # fmt: skip
KNOWLEDGE = [ISSUE, SERVICE]
DRAFTER = GroundedDrafter(HashingEncoder())


def test_more_evidence_never_makes_an_item_less_likely() -> None:
    nothing, everything = Evidence(0, 0, 0, -0.5), Evidence(1, 1, 1, 0.5)
    assert log_odds(nothing) < judgement().answer < log_odds(everything)
    assert all(weight >= 0 for weight in judgement().weights)
    assert len(judgement().weights) == len(FEATURES)
    assert 0 < probability(-99) < 0.01 < 0.99 < probability(99) <= 1


def test_words_count_by_how_rare_they_are_and_parts_of_words_count_some() -> None:
    assert rarity("问题") < rarity("信道")
    assert rarity("拾光os") == 1.0
    assert content("怎么办") < content("路由器固定信道")
    senses = WordSenses([["保存", "地图"], ["发票"]], HashingEncoder())
    alike = senses.alike(["存", "地图"])
    assert alike.said_by(0)["地图"] == 1.0
    assert 0.5 < alike.said_by(0)["存"] < 1.0
    assert alike.said_by(1)["地图"] < 0.5
    assert covered(["地图"], alike.said_by(0), {}) == 1.0
    assert covered([], {}, {}) == 0.0


def test_a_post_is_looked_up_as_a_whole_and_by_its_clauses() -> None:
    pieces = pieces_of("请教：充电多少度会降速 想写篇测评，有没有阈值？")
    assert pieces[0].startswith("请教")
    assert any(piece == "想写篇测评" for piece in pieces)
    assert pieces_of("  ") == []


def test_a_price_or_a_date_is_not_answered_by_a_text_without_one() -> None:
    assert not tells_what_is_wanted("换个听筒网多少钱", "听筒声音小时请清理听筒网。")
    assert tells_what_is_wanted("换个听筒网多少钱", "更换费用为 30 元。")
    assert tells_what_is_wanted("怎么打开双开", "设置里打开。")


def test_what_was_said_before_answers_a_question_that_lives_on_it() -> None:
    alone = Question("有没有临时的办法啊", "灵犀 X5", intent="question")
    asked = Question("有没有临时的办法啊", "灵犀 X5", intent="question", before=("2.3 锁屏后消息推送延迟好久",))
    assert DRAFTER.draft(alone, [SERVICE]).needs_person
    assert DRAFTER.draft(Question("今天天气真好啊", intent="question", before=asked.before), KNOWLEDGE).needs_person
    made = DRAFTER.draft(asked, KNOWLEDGE)
    assert {source for sentence in made.sentences for source in sentence.sources} == {"k-push"}


def test_a_theme_about_a_known_issue_lends_its_weight_to_a_complaint_of_it() -> None:
    quotes = ("锁屏后消息推送延迟", "2.3 锁屏后推送延迟", "锁屏后消息延迟", "升级后锁屏消息推送延迟")
    plain = Question("锁屏就收不到消息", "灵犀 X5", intent="pain_point")
    helped = Question("锁屏就收不到消息", "灵犀 X5", intent="pain_point", theme_quotes=quotes)
    before, after = (
        next(hit for hit in DRAFTER.search(q, KNOWLEDGE) if hit.item.id == "k-push") for q in (plain, helped)
    )
    assert after.odds > before.odds
    unrelated = Question("碎屏了", "灵犀 X5", intent="pain_point", theme_quotes=quotes)
    made = DRAFTER.draft(unrelated, KNOWLEDGE)
    assert "k-push" not in {source for sentence in made.sentences for source in sentence.sources}


def test_a_known_issue_is_told_whole_with_its_remedy_and_the_release_that_repairs_it() -> None:
    made = DRAFTER.draft(Question("锁屏后消息推送延迟", "灵犀 X5", intent="pain_point"), KNOWLEDGE)
    assert made.sentences[0].text == "您好，非常抱歉给您带来不便。"
    assert introduction(ISSUE)[0].text in made.text
    assert made.text.index("临时办法") < made.text.index("已在 2.4 中修复")
    assert made.sentences[-1].kind is SentenceKind.ASK_BACK
    assert "版本" in made.sentences[-1].text


def test_of_an_entry_about_several_things_only_what_was_asked_is_told() -> None:
    index = DRAFTER.index(KNOWLEDGE)
    sentences, left_out = told([SERVICE], "碎屏服务过期了还能补买吗", index.relevance)
    assert [sentence.text[:4] for sentence in sentences] == ["碎屏服务"]
    assert not left_out


def test_courtesy_fits_what_the_post_does_and_is_always_a_known_one() -> None:
    expected = {"question": "提问", "pain_point": "抱歉", "request": "建议"}
    for intent, word in expected.items():
        assert word in greeting(Question("电池", intent=intent), "电池").text
    assert "停止使用" in greeting(Question("鼓包", intent="question"), "电池鼓包了").text
    assert "停止使用" not in greeting(Question("", intent="question"), "充电到一半接触电池").text
    for intent in ("", *expected):
        question = Question("屏幕坏了", intent=intent)
        for sentence in (
            greeting(question, "屏幕坏了"),
            *declining(question, "屏幕坏了"),
            *closing(question, "坏了", ISSUE),
        ):
            assert is_courtesy(sentence.text) or asks_back(sentence.text)


def test_a_plain_question_is_not_asked_for_versions_and_steps() -> None:
    asked = declining(Question("手环表带能用别的牌子吗", intent="question"), "手环表带能用别的牌子吗")
    assert not [sentence for sentence in asked if sentence.kind is SentenceKind.ASK_BACK]


def test_a_sentence_that_goes_on_from_one_left_out_is_left_out_too() -> None:
    item = KnowledgeItem(
        "k", KnowledgeKind.FAQ, "低电量", "电池约用 10 个月。下月将推送提醒功能。提示后还能开门 200 次。可用 USB 应急。"
    )
    sentences, left_out = told([item], "电池能用多久", DRAFTER.index([item]).relevance)
    assert [sentence.text for sentence in sentences] == ["电池约用 10 个月。", "可用 USB 应急。"]
    assert left_out


def test_a_push_to_somebody_is_no_promise_of_a_release() -> None:
    assert not promises("电量低时 App 也会推送给家庭成员。")
    assert promises("我们会推送新版本。")


def test_what_a_device_does_by_itself_is_no_promise() -> None:
    assert not promises("超过 43℃ 时系统会自动降低充电功率，超过 45℃ 会暂停充电并提示，降温后自动恢复。")
    assert promises("我们会恢复该功能。")
    assert promises("系统会自动修复该问题。")


def test_a_complaint_needs_surer_knowledge_than_a_question_unless_a_known_issue_answers_it() -> None:
    item = KnowledgeItem("k-faq", KnowledgeKind.FAQ, ISSUE.title, ISSUE.body, ISSUE.product)
    text = "锁屏收消息好慢"
    odds = DRAFTER.search(Question(text, "灵犀 X5"), [item])[0].odds
    between = GroundedDrafter(HashingEncoder(), GroundedSettings(stricter=odds - judgement().answer - 0.5))
    assert not between.draft(Question(text, "灵犀 X5", intent="question"), [item]).needs_person
    assert between.draft(Question(text, "灵犀 X5", intent="pain_point"), [item]).needs_person
    assert not between.draft(Question(text, "灵犀 X5", intent="pain_point"), [ISSUE]).needs_person
