"""The endpoint drafter against a real server on the loopback: streams, errors, delays, and answers that are wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from models.drafters.endpoint import EndpointModel
from models.drafters.grounded import GroundedDrafter
from models.drafters.language import LanguageDrafter
from models.drafters.text_model import AnswerLimits, Message, ModelError, ModelErrorKind, Written
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from tests.hashing_encoder import HashingEncoder
from tests.models.chat_server import Reply, Seen, chat_server, events, whole

ASKED = (Message("system", "规则"), Message("user", "资料"))
LIMITS = AnswerLimits(tokens=50, seconds=5.0)
QUICK = AnswerLimits(tokens=50, seconds=0.4)


def _write(
    answer: Callable[[Seen, int], Reply], limits: AnswerLimits = LIMITS, pauses: list[float] | None = None
) -> Written | ModelError:
    slept = pauses if pauses is not None else []
    with chat_server(answer) as server:
        model = EndpointModel(server.url, "m", api_key="secret", sleep=slept.append)
        (written,) = model.write_all([ASKED], limits)
    return written


def _kind(written: Written | ModelError) -> ModelErrorKind:
    assert isinstance(written, ModelError), written
    return written.kind


def test_a_streamed_answer_is_put_together_and_its_tokens_counted() -> None:
    assert _write(lambda *_: Reply(pieces=events("长按", "电源键。", "[1]", usage=42))) == Written(
        "长按电源键。[1]", 42
    )


def test_an_answer_in_one_document_is_read_as_well() -> None:
    reply = Reply(content_type="application/json", pieces=whole("长按电源键。[1]", usage=9))
    assert _write(lambda *_: reply) == Written("长按电源键。[1]", 9)


def test_where_nobody_counts_tokens_are_guessed_upwards() -> None:
    written = _write(lambda *_: Reply(pieces=events("长按电源键。")))
    assert isinstance(written, Written)
    assert written.tokens >= len("规则资料长按电源键。")


def test_the_request_is_what_every_compatible_server_knows() -> None:
    with chat_server(lambda *_: Reply(pieces=events("好。"))) as server:
        EndpointModel(server.url + "/", "m", api_key="secret").write_all([ASKED], LIMITS)
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    assert seen.authorization == "Bearer secret"
    assert seen.body["messages"] == [{"role": "system", "content": "规则"}, {"role": "user", "content": "资料"}]
    assert (seen.body["model"], seen.body["max_tokens"], seen.body["stream"]) == ("m", 50, True)
    assert "tools" not in seen.body


def test_events_torn_in_the_middle_of_a_character_are_read_whole() -> None:
    data = b"".join(events("长按", "电源键。"))
    torn = [data[at : at + 7] for at in range(0, len(data), 7)]
    assert _write(lambda *_: Reply(pieces=torn)) == Written("长按电源键。", 11)


def test_a_busy_server_is_asked_again_after_the_pause_it_names() -> None:
    def answer(_: Seen, number: int) -> Reply:
        if number == 0:
            return Reply(429, "application/json", [b"{}"], headers={"retry-after": "3"})
        return Reply(503, "text/plain", [b"busy"]) if number == 1 else Reply(pieces=events("好。"))

    pauses: list[float] = []
    assert isinstance(_write(answer, pauses=pauses), Written)
    assert pauses == [3.0, 1.0]


def test_a_pause_longer_than_the_time_left_is_not_waited_for() -> None:
    pauses: list[float] = []
    reply = Reply(429, "application/json", [b"{}"], headers={"retry-after": "600"})
    assert _kind(_write(lambda *_: reply, pauses=pauses)) is ModelErrorKind.BUSY
    assert pauses == []


@pytest.mark.parametrize(
    ("reply", "kind", "requests"),
    [
        (Reply(429, "application/json", [b'{"error":{"message":"slow down"}}']), ModelErrorKind.BUSY, 3),
        (Reply(500, "text/plain", [b"boom"]), ModelErrorKind.BROKEN, 3),
        (Reply(401, "application/json", [b'{"error":"bad key"}']), ModelErrorKind.REFUSED, 1),
        (Reply(404, "text/plain", [b"no such model"]), ModelErrorKind.REFUSED, 1),
        (Reply(302, "text/plain", [], headers={"location": "http://127.0.0.1:1/"}), ModelErrorKind.REFUSED, 1),
        (Reply(pieces=[b"data: {not json\n\n"]), ModelErrorKind.MALFORMED, 1),
        (Reply(pieces=[b"data: []\n\n"]), ModelErrorKind.MALFORMED, 1),
        (Reply(pieces=[b'data: {"object": "x"}\n\n']), ModelErrorKind.MALFORMED, 1),
        (Reply(pieces=[b'data: {"choices": ["x"]}\n\n']), ModelErrorKind.MALFORMED, 1),
        (Reply(content_type="application/json", pieces=[b"<html>"]), ModelErrorKind.MALFORMED, 1),
        (Reply(content_type="application/json", pieces=[b'{"choices": []}']), ModelErrorKind.MALFORMED, 1),
        (Reply(content_type="application/json", pieces=[b"\xff\xfe"]), ModelErrorKind.MALFORMED, 1),
        (Reply(pieces=events("长按", done=False)), ModelErrorKind.BROKEN, 1),
        (Reply(pieces=[*events("长按", done=False), b'data: {"error": {"message": "oom"}}\n\n']), ModelErrorKind.BROKEN, 1),
        (Reply(pieces=events()), ModelErrorKind.EMPTY, 1),
        (Reply(content_type="application/json", pieces=whole(None)), ModelErrorKind.EMPTY, 1),
        (Reply(pieces=[b"data: " + b"x" * 300_000]), ModelErrorKind.TOO_LONG, 1),
        (Reply(pieces=[b": ping\n\n"] * 40, pause=0.05), ModelErrorKind.TIMEOUT, 1),
        (Reply(pieces=[b"x"] * 40, pause=0.05), ModelErrorKind.TIMEOUT, 1),
        (Reply(pieces=events("太", "慢", "了"), pause=2.0), ModelErrorKind.TIMEOUT, 1),
    ],
    ids=[
        "429", "500", "401", "404", "redirect", "no JSON in the stream", "a list", "no choices", "a choice that is none",
        "a page", "an empty document", "not UTF-8", "breaks off", "error in the stream", "no text", "null text",
        "without end", "pings only", "drips without a line", "slow stream",
    ],
)  # fmt: skip
def test_what_is_no_answer_is_an_error_of_its_kind(reply: Reply, kind: ModelErrorKind, requests: int) -> None:
    limits = QUICK if kind is ModelErrorKind.TIMEOUT else LIMITS
    with chat_server(lambda *_: reply) as server:
        (written,) = EndpointModel(server.url, "m", sleep=lambda _: None).write_all([ASKED], limits)
        assert _kind(written) is kind
        assert len(server.seen) == requests


def test_time_is_up_also_while_the_head_of_an_answer_drips() -> None:
    reply = Reply(pieces=events("好。"), headers={"x-long": "x" * 200}, drip=0.02)
    with chat_server(lambda *_: reply) as server:
        (written,) = EndpointModel(server.url, "m", sleep=lambda _: None).write_all([ASKED], QUICK)
        assert _kind(written) is ModelErrorKind.TIMEOUT
        assert server.told == []


def test_an_answer_at_the_limit_of_tokens_is_known_as_cut_off() -> None:
    ended = b'data: {"choices": [{"delta": {"content": "\xe9\x95\xbf"}, "finish_reason": "length"}]}\n\n'
    in_one = b'{"choices": [{"message": {"content": "\xe9\x95\xbf"}, "finish_reason": "length"}]}'
    for reply in (Reply(pieces=[ended]), Reply(content_type="application/json", pieces=[in_one])):
        written = _write(lambda *_, reply=reply: reply)
        assert isinstance(written, Written)
        assert (written.text, written.cut_off) == ("长", True)


def test_an_error_that_is_null_is_none_and_a_pause_in_odd_figures_is_not_read() -> None:
    event = b'data: {"error": null, "choices": [{"delta": {"content": "\xe5\xa5\xbd"}, "finish_reason": "stop"}]}\n\n'
    pauses: list[float] = []

    def answer(_: Seen, number: int) -> Reply:
        return Reply(pieces=[event]) if number else Reply(429, headers={"retry-after": "\xb2"})

    written = _write(answer, pauses=pauses)
    assert isinstance(written, Written)
    assert pauses == [0.5]


def test_nobody_there_is_unreachable() -> None:
    with chat_server(lambda *_: Reply()) as server:
        url = server.url
    model = EndpointModel(url, "m", sleep=lambda _: None)
    assert _kind(model.write_all([ASKED], LIMITS)[0]) is ModelErrorKind.UNREACHABLE


def test_a_stream_can_be_read_as_it_comes_and_left_in_the_middle() -> None:
    with chat_server(lambda *_: Reply(pieces=events("一", "二", "三"), pause=0.01)) as server:
        stream = EndpointModel(server.url, "m").stream(ASKED, LIMITS)
        assert next(stream) == "一"
        stream.close()  # type: ignore[attr-defined]
        assert list(EndpointModel(server.url, "m").stream(ASKED, LIMITS)) == ["一", "二", "三"]


def test_answers_are_written_side_by_side_and_come_back_in_order() -> None:
    together = threading.Barrier(3, timeout=10)

    def answer(seen: Seen, _: int) -> Reply:
        together.wait()
        return Reply(pieces=events(f"答{seen.body['messages'][1]['content']}。"))

    asked = [(Message("system", "规则"), Message("user", str(number))) for number in range(3)]
    with chat_server(answer) as server:
        written = EndpointModel(server.url, "m", at_once=3).write_all(asked, LIMITS)
    assert [one.text for one in written if isinstance(one, Written)] == ["答0。", "答1。", "答2。"]


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="http"):
        EndpointModel("file:///etc/passwd", "m")


def test_a_draft_by_an_endpoint_is_checked_like_any_other() -> None:
    item = KnowledgeItem("k", KnowledgeKind.FAQ, "如何关闭锁屏广告", "在设置的锁屏画报中关闭开关即可。")
    text = "在设置的锁屏画报中关闭开关即可。[1]\n我们下周五之前全额退款。[1]"
    with chat_server(lambda *_: Reply(pieces=events(*text))) as server:
        made = LanguageDrafter(EndpointModel(server.url, "qwen"), GroundedDrafter(HashingEncoder())).draft(
            Question("如何关闭锁屏广告"), [item]
        )
    assert made.drafter == "openai:qwen"
    assert "锁屏画报" in made.text
    assert "退款" not in made.text
