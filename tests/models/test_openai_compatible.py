"""The HTTP encoder against a server in this process: batches, order, retries, and answers that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from models.encoders.openai_compatible import EndpointError, OpenAICompatibleEncoder

Handler = Callable[[httpx.Request], httpx.Response]


def _vector(text: str) -> list[float]:
    return [float(len(text)), 1.0, float(ord(text[0]) % 7)]


def _embeddings(request: httpx.Request) -> httpx.Response:
    texts = json.loads(request.content)["input"]
    data = [{"index": i, "embedding": _vector(text)} for i, text in enumerate(texts)]
    return httpx.Response(200, json={"object": "list", "data": data[::-1], "model": "m"})


def _encoder(handler: Handler, pauses: list[float] | None = None) -> OpenAICompatibleEncoder:
    slept = pauses if pauses is not None else []
    return OpenAICompatibleEncoder(
        "http://model.test/v1",
        "m",
        api_key="secret",
        batch_size=2,
        attempts=3,
        transport=httpx.MockTransport(handler),
        sleep=slept.append,
    )


def test_vectors_come_back_in_the_order_of_the_texts_whatever_the_answers_order() -> None:
    texts = ["卡顿", "耗电快得很", "", "发热", "卡顿"]
    vectors = _encoder(_embeddings).encode(texts)
    wanted = np.array([_vector(text) if text else [0, 0, 0] for text in texts])
    lengths = np.linalg.norm(wanted, axis=1, keepdims=True)
    assert np.allclose(vectors, wanted / np.where(lengths > 0, lengths, 1), atol=1e-6)


def test_requests_carry_the_key_and_at_most_a_batch_of_distinct_texts() -> None:
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _embeddings(request)

    encoder = _encoder(record)
    _ = encoder.identity
    seen.clear()
    encoder.encode(["一", "二", "三", "一"])
    assert [len(json.loads(request.content)["input"]) for request in seen] == [2, 1]
    assert all(request.headers["Authorization"] == "Bearer secret" for request in seen)
    assert all(str(request.url) == "http://model.test/v1/embeddings" for request in seen)


def test_a_busy_server_is_asked_again_after_the_pause_it_names() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(503)])
    pauses: list[float] = []
    encoder = _encoder(lambda request: next(answers, None) or _embeddings(request), pauses)
    assert encoder.identity.dimension == 3
    assert pauses == [7.0, 1.0]


def test_a_server_that_stays_away_is_an_error_after_the_last_attempt() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    pauses: list[float] = []
    with pytest.raises(EndpointError, match="after 3 attempts"):
        _encoder(refuse, pauses).encode(["一"])
    assert len(pauses) == 2


def test_a_refusal_is_not_repeated() -> None:
    calls: list[int] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        return httpx.Response(401, text="bad key")

    with pytest.raises(EndpointError, match="401: bad key"):
        _encoder(refuse).encode(["一"])
    assert len(calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={"data": [{"index": 0, "embedding": ["a"]}]}),
        httpx.Response(200, content=b'{"data": [{"index": 0, "embedding": [NaN, 1]}]}'),
    ],
    ids=["a page", "nothing", "words for numbers", "not a number"],
)
def test_an_answer_that_is_not_vectors_is_an_error(answer: httpx.Response) -> None:
    with pytest.raises(EndpointError, match="gave"):
        _encoder(lambda request: answer).encode(["一"])


def test_two_models_behind_one_name_have_two_identities() -> None:
    def other(request: httpx.Request) -> httpx.Response:
        count = len(json.loads(request.content)["input"])
        return httpx.Response(200, json={"data": [{"index": i, "embedding": [0, 0, 1]} for i in range(count)]})

    assert _encoder(_embeddings).identity.digest != _encoder(other).identity.digest
    assert _encoder(_embeddings).identity == _encoder(_embeddings).identity
