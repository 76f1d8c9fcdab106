"""Whether the drafter that the settings name can do its work. Nobody's text is used: words of our own at most, and to
an endpoint none at all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import httpx

from models.drafters.catalogue import GROUNDED, DrafterName, parse_drafter
from models.drafters.endpoint_check import offered_models
from models.drafters.grounded import GroundedDrafter
from models.drafters.text_model import AnswerLimits, Message, ModelError, ModelErrorKind
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question
from pipeline.drafter_choice import open_text_model
from pipeline.settings import Settings

_OWN_QUESTION: Final = "充电很慢怎么办"
_OWN_KNOWLEDGE: Final = KnowledgeItem("doctor", KnowledgeKind.FAQ, "充电慢", "充电慢时请使用原装充电器。")
_FEW_TOKENS: Final = 16
_WHY: Final = {
    ModelErrorKind.UNREACHABLE: ("连不上，请检查地址与网络", "cannot be reached; check address and network"),
    ModelErrorKind.TIMEOUT: ("没有及时回应", "did not answer in time"),
    ModelErrorKind.REFUSED: ("拒绝了请求，请检查密钥与地址", "refused; check key and address"),
    ModelErrorKind.BUSY: ("正忙，请稍后再试", "is busy; try again later"),
}
_BROKEN: Final = ("回应有误", "answers with an error")
_INSTEAD: Final = ("在此之前由知识库摘编起草", "until then replies are drafted from the knowledge (grounded)")


@dataclass(frozen=True, slots=True)
class DrafterCheck:
    """What was found, in both languages on one line."""

    good: bool
    words: str


def check_drafter(settings: Settings, *, transport: httpx.BaseTransport | None = None) -> DrafterCheck:
    """Build or reach the chosen drafter. `transport`: what requests to an endpoint go through, for tests."""
    chosen = parse_drafter(settings.drafter)
    if chosen.kind == GROUNDED:
        return _grounded(settings)
    if chosen.kind == "openai":
        return _endpoint(settings, chosen, transport)
    return _local_model(settings, chosen)


def _grounded(settings: Settings) -> DrafterCheck:
    from pipeline.mining import open_encoder

    encoder = open_encoder(settings.model_copy(update={"encoder": settings.draft_encoder or settings.encoder}))
    GroundedDrafter(encoder).draft(Question(_OWN_QUESTION), [_OWN_KNOWLEDGE])
    return _said(True, "知识库摘编，可以起草", "grounded: can draft from the knowledge")


def _local_model(settings: Settings, chosen: DrafterName) -> DrafterCheck:
    """Loaded and asked a word of ours; never fetched for that."""
    began = time.perf_counter()
    model = open_text_model(settings.model_copy(update={"allow_download": False}))
    assert model is not None
    limits = AnswerLimits(_FEW_TOKENS, settings.drafter_timeout)
    [answer] = model.write_all([(Message("user", _OWN_QUESTION),)], limits)
    took = f"{time.perf_counter() - began:.1f}"
    if not isinstance(answer, ModelError) or answer.kind is ModelErrorKind.EMPTY:
        return _said(
            True,
            f"本地模型 {chosen.model} 可以起草（载入并试写用时 {took} 秒）",
            f"local model: loads and writes, {took} s",
        )
    if answer.kind is ModelErrorKind.UNREACHABLE and settings.allow_download:
        return _said(
            True,
            f"本地模型 {chosen.model} 尚未下载，首次起草时下载",
            "local model: not here yet, fetched at the first draft",
        )
    if answer.kind is ModelErrorKind.UNREACHABLE:
        return _amiss(
            f"本机没有模型 {chosen.model}，请给出含 safetensors 权重的文件夹或允许下载",
            "no such model on this machine: give a folder with safetensors weights, or allow downloads",
        )
    zh, en = _WHY.get(answer.kind, _BROKEN)
    return _amiss(f"本地模型 {chosen.model} {zh}", f"local model {en}: {answer}")


def _endpoint(settings: Settings, chosen: DrafterName, transport: httpx.BaseTransport | None) -> DrafterCheck:
    key = settings.drafter_api_key
    where = httpx.URL(chosen.url).host  # an address may hold a password
    try:
        offered = offered_models(chosen.url, api_key=key.get_secret_value() if key else None, transport=transport)
    except ModelError as error:
        zh, en = _WHY.get(error.kind, _BROKEN)
        return _amiss(f"外部模型服务 {where} {zh}", f"endpoint {en} ({error})")
    if offered is None:
        return _said(
            True,
            f"外部模型服务 {where} 可以连接，但不列出模型，无法确认 {chosen.model}；未发送任何文字",
            "endpoint reached, it lists no models; no text was sent",
        )
    if chosen.model not in offered:
        some = ", ".join(sorted(offered)[:5]) or "none"
        return _amiss(f"外部模型服务 {where} 没有模型 {chosen.model}", f"endpoint has no such model; it offers: {some}")
    return _said(
        True,
        f"外部模型 {chosen.model}（{where}）可以连接，未发送任何文字",
        "endpoint reached, model offered; no text was sent",
    )


def _said(good: bool, zh: str, en: str) -> DrafterCheck:
    return DrafterCheck(good, f"{zh} / {en}")


def _amiss(zh: str, en: str) -> DrafterCheck:
    return _said(False, f"{zh}；{_INSTEAD[0]}", f"{en}; {_INSTEAD[1]}")
