"""A real causal model of transformers, tiny and made here: template, batches, streaming, limits, no download."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import pytest

from evaluation.tiny_model import tiny_causal_model
from models.drafters.grounded import GroundedDrafter
from models.drafters.language import LanguageDrafter
from models.drafters.local_model import STREAM_THREAD, LocalModel, ModelNotFoundError
from models.drafters.text_model import AnswerLimits, Message, ModelError, ModelErrorKind, Written
from models.drafters.types import KnowledgeItem, KnowledgeKind, Question, SentenceKind
from tests.hashing_encoder import HashingEncoder
from tests.models.tiny_causal_model import NO_SYSTEM_TEMPLATE, gpt2, parrot

pytestmark = pytest.mark.slow

SHORT = (Message("system", "规则"), Message("user", "资料"))
LONG = (Message("system", "规则"), Message("user", "很长的资料，" * 30))
LIMITS = AnswerLimits(tokens=24, seconds=60.0)
ITEM = KnowledgeItem("k", KnowledgeKind.FAQ, "如何关闭锁屏广告", "在设置的锁屏画报中关闭开关即可。")
ASKED = Question("如何关闭锁屏广告", intent="question")
TOLD = "在设置的锁屏画报中关闭开关即可。[1]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_causal_model(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="module")
def speaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return parrot(tmp_path_factory.mktemp("parrot"), TOLD)


def _text(written: Written | ModelError) -> str:
    assert isinstance(written, Written), written
    return written.text


def test_the_same_question_gives_the_same_text_alone_and_in_a_batch(speaking: Path) -> None:
    model = LocalModel(str(speaking))
    alone = [_text(model.write_all([one], AnswerLimits(tokens=80))[0]) for one in (SHORT, LONG)]
    batch = [_text(one) for one in LocalModel(str(speaking)).write_all([SHORT, LONG], AnswerLimits(tokens=80))]
    assert alone == batch == [TOLD, TOLD]


def test_a_stream_gives_the_same_text_piece_by_piece(speaking: Path) -> None:
    pieces = list(LocalModel(str(speaking)).stream(SHORT, AnswerLimits(tokens=80)))
    assert "".join(pieces) == TOLD
    assert len(pieces) > 1


def test_leaving_a_stream_stops_the_model(speaking: Path) -> None:
    def writing() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread.name.startswith(STREAM_THREAD)}

    before = writing()
    stream = LocalModel(str(speaking)).stream(SHORT, AnswerLimits(tokens=4000, seconds=600.0))
    next(stream)
    (own,) = writing() - before
    stream.close()  # type: ignore[attr-defined]
    assert own not in writing()


def test_a_model_that_has_no_time_is_a_timeout_in_both_ways(folder: Path) -> None:
    hurried = AnswerLimits(tokens=4000, seconds=0.3)
    (written,) = LocalModel(str(folder)).write_all([SHORT], hurried)
    assert isinstance(written, ModelError)
    assert written.kind is ModelErrorKind.TIMEOUT
    with pytest.raises(ModelError) as raised:
        list(LocalModel(str(folder)).stream(SHORT, hurried))
    assert raised.value.kind is ModelErrorKind.TIMEOUT


def test_the_chat_template_is_used_and_a_model_without_a_system_role_gets_the_rules_first(
    folder: Path, tmp_path: Path
) -> None:
    assert "<|im_start|>system\n规则<|im_end|>" in LocalModel(str(folder))._prompt(SHORT)
    plain = LocalModel(str(tiny_causal_model(tmp_path / "no-system", template=NO_SYSTEM_TEMPLATE)))._prompt(SHORT)
    assert plain.startswith("<|im_start|>user\n规则\n\n资料<|im_end|>")


def test_a_model_without_a_chat_template_writes_too(tmp_path: Path) -> None:
    model = LocalModel(str(gpt2(tmp_path)))
    assert model._prompt(SHORT) == "规则\n\n资料"
    written = model.write_all([SHORT, LONG], LIMITS)
    assert all(isinstance(one, Written) or one.kind is ModelErrorKind.EMPTY for one in written)


def test_a_prompt_that_does_not_fit_is_an_error_and_the_others_are_written(tmp_path: Path) -> None:
    model = LocalModel(str(tiny_causal_model(tmp_path, positions=300)))
    fits, too_long = model.write_all([SHORT, LONG], LIMITS)
    assert isinstance(too_long, ModelError)
    assert too_long.kind is ModelErrorKind.TOO_LONG
    assert isinstance(fits, Written) or fits.kind is ModelErrorKind.EMPTY


def test_a_name_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    (written,) = LocalModel("somebody/some-model").write_all([SHORT], LIMITS)
    assert isinstance(written, ModelNotFoundError)
    assert written.kind is ModelErrorKind.UNREACHABLE
    assert "allow downloads" in str(written)


def test_weights_that_could_run_code_are_not_loaded(tmp_path: Path) -> None:
    whole = tiny_causal_model(tmp_path)
    (whole / "model.safetensors").unlink()
    (whole / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": 1}))
    (written,) = LocalModel(str(whole)).write_all([SHORT], LIMITS)
    assert isinstance(written, ModelNotFoundError)


def test_an_untrained_model_writes_nothing_that_stands_and_the_grounded_draft_stays(folder: Path) -> None:
    grounded = GroundedDrafter(HashingEncoder())
    made = LanguageDrafter(LocalModel(str(folder)), grounded, limits=LIMITS).draft(ASKED, [ITEM])
    assert made.text == grounded.draft(ASKED, [ITEM]).text
    assert made.drafter.startswith("grounded (transformers: ")
    assert len(made.drafter) <= 60


def test_a_model_that_quotes_its_source_drafts_in_batches(speaking: Path) -> None:
    drafter = LanguageDrafter(
        LocalModel(str(speaking)), GroundedDrafter(HashingEncoder()), limits=AnswerLimits(tokens=80)
    )
    drafts = drafter.draft_all([ASKED] * 5, [ITEM])
    assert {draft.drafter for draft in drafts} == {f"transformers:{speaking.name}"}
    for draft in drafts:
        (stated,) = [sentence for sentence in draft.standing if sentence.kind is SentenceKind.GROUNDED]
        assert (stated.text, stated.sources) == ("在设置的锁屏画报中关闭开关即可。", ("k",))
    assert drafter.budget.requests == 5
    assert drafter.budget.tokens > 0
