"""The drafter of the settings is built or reached without anybody's text, and what is amiss is said in both languages."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from pipeline import mining
from pipeline.drafter_check import check_drafter
from pipeline.settings import Settings
from tests.hashing_encoder import HashingEncoder

ENDPOINT = "openai:http://models.example/v1#qwen3"


def _settings(tmp_path: Path, drafter: str) -> Settings:
    return Settings(_env_file=None, state=tmp_path, drafter=drafter, drafter_api_key="key-1")


@pytest.mark.parametrize(
    ("status", "body", "good", "words"),
    [
        (200, {"data": [{"id": "qwen3"}]}, True, "可以连接，未发送任何文字 / endpoint reached, model offered"),
        (
            200,
            {"data": [{"id": "other"}]},
            False,
            "没有模型 qwen3；在此之前由知识库摘编起草 / endpoint has no such model",
        ),
        (404, {}, True, "不列出模型"),
        (401, {}, False, "请检查密钥"),
        (503, {}, False, "回应有误"),
    ],
)
def test_an_endpoint_is_asked_for_its_models_and_sent_nothing(
    tmp_path: Path, status: int, body: dict[str, object], good: bool, words: str
) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, json=body)

    found = check_drafter(_settings(tmp_path, ENDPOINT), transport=httpx.MockTransport(answer))
    assert (found.good, words in found.words) == (good, True), found.words
    assert [(request.method, request.url.path, request.content) for request in asked] == [("GET", "/v1/models", b"")]
    assert asked[0].headers["Authorization"] == "Bearer key-1"
    assert "key-1" not in found.words


def test_an_endpoint_that_cannot_be_reached_is_amiss(tmp_path: Path) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    found = check_drafter(_settings(tmp_path, ENDPOINT), transport=httpx.MockTransport(fail))
    assert not found.good
    assert "连不上" in found.words
    assert "cannot be reached" in found.words


def test_a_model_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    found = check_drafter(_settings(tmp_path, f"transformers:{tmp_path / 'nothing'}"))
    assert not found.good
    assert "本机没有模型" in found.words


def test_the_grounded_drafter_drafts_from_words_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mining, "open_encoder", lambda _: HashingEncoder())
    found = check_drafter(_settings(tmp_path, "grounded"))
    assert found.good
    assert "知识库摘编" in found.words
