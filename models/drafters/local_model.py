"""A causal language model of `transformers`, by name or folder: chat template, batches, streaming, no download."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from pathlib import Path
from queue import Empty
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from models.drafters.text_model import AnswerLimits, Conversation, Deadline, ModelError, ModelErrorKind, Written

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

STREAM_THREAD = "drafter-stream"  # how the threads that write streams are named
_numbers = count(1)
_LONGEST_CONTEXT = 8_192  # tokens, for models that do not say theirs


class ModelNotFoundError(ModelError):
    """The name or folder holds no causal model that can be loaded here; the message says what to do."""

    def __init__(self, detail: str) -> None:
        super().__init__(ModelErrorKind.UNREACHABLE, detail)


class LocalModel:
    """Loaded when first asked. Greedy, so the same question gives the same draft; weights from safetensors only, code
    of a model's folder is never run."""

    def __init__(self, name: str, *, allow_download: bool = False, at_once: int = 4) -> None:
        self._name = name
        self._allow_download = allow_download
        self._at_once = at_once

    @property
    def name(self) -> str:
        folder = Path(self._name)
        return f"transformers:{folder.name if folder.is_dir() else self._name}"

    @property
    def at_once(self) -> int:
        return self._at_once

    def stream(self, conversation: Conversation, limits: AnswerLimits) -> Iterator[str]:
        """The answer piece by piece. Raises ModelError; leaving the iterator stops the model."""
        from transformers import TextIteratorStreamer

        inputs = self._inputs([conversation], limits)
        deadline = Deadline(limits.seconds)
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=0.2)
        left, failures = Event(), list[BaseException]()

        def generate() -> None:
            try:
                self._generate(inputs, limits, deadline, left, streamer)
            except BaseException as error:  # told to the thread that waits
                failures.append(error)
            finally:
                streamer.end()  # type: ignore[no-untyped-call]

        thread = Thread(target=generate, daemon=True, name=f"{STREAM_THREAD} {next(_numbers)}")
        thread.start()
        try:
            yield from _pieces(streamer, deadline)
        finally:
            left.set()
            thread.join(timeout=5.0)
        if failures:
            raise ModelError(ModelErrorKind.BROKEN, str(failures[0])[:200]) from failures[0]
        if deadline.passed:
            raise ModelError(ModelErrorKind.TIMEOUT, "the model was too slow")

    def write_all(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> list[Written | ModelError]:
        """An answer or an error for each, in order: one batch, with one time limit for all."""
        found: dict[int, Written | ModelError] = {}
        fitting: list[int] = []
        for at, conversation in enumerate(conversations):
            try:
                self._inputs([conversation], limits)
                fitting.append(at)
            except ModelError as error:
                found[at] = error
        if fitting:
            answers = self._batch([conversations[at] for at in fitting], limits)
            found.update(zip(fitting, answers, strict=True))
        return [found[at] for at in range(len(conversations))]

    def _batch(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> list[Written | ModelError]:
        inputs = self._inputs(conversations, limits)
        deadline = Deadline(limits.seconds)
        try:
            made = self._generate(inputs, limits, deadline, Event(), None)
        except (RuntimeError, ValueError, IndexError) as error:
            return [ModelError(ModelErrorKind.BROKEN, str(error)[:200])] * len(conversations)
        answers: list[Written | ModelError] = []
        width = inputs["input_ids"].shape[1]
        ends = self._ends
        for row, mask in zip(made, inputs["attention_mask"], strict=True):
            new = row[width:].tolist()
            ended = next((at for at, token in enumerate(new) if token in ends), None)
            if ended is None and deadline.passed:
                answers.append(ModelError(ModelErrorKind.TIMEOUT, "the model was too slow"))
                continue
            text = str(self._tokenizer.decode(new[:ended], skip_special_tokens=True)).strip()
            if not text:
                answers.append(ModelError(ModelErrorKind.EMPTY, "the model wrote nothing"))
                continue
            used = int(mask.sum()) + (len(new) if ended is None else ended)
            answers.append(Written(text, used, cut_off=ended is None))
        return answers

    def _generate(
        self, inputs: dict[str, torch.Tensor], limits: AnswerLimits, deadline: Deadline, left: Event, streamer: Any
    ) -> torch.Tensor:
        import torch
        from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

        class Stop(StoppingCriteria):
            def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
                stop = deadline.passed or left.is_set()
                return torch.full((input_ids.shape[0],), stop, dtype=torch.bool, device=input_ids.device)

        greedy = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False,
            num_beams=1,
            max_new_tokens=limits.tokens,
            pad_token_id=self._tokenizer.pad_token_id,
            eos_token_id=sorted(self._ends) or None,
        )
        with torch.inference_mode():
            made = self._model.generate(  # type: ignore[operator]
                **inputs, generation_config=greedy, stopping_criteria=StoppingCriteriaList([Stop()]), streamer=streamer
            )
        assert isinstance(made, torch.Tensor)
        return made

    def _inputs(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> dict[str, torch.Tensor]:
        """Token ids padded to the left. Raises ModelError where prompt and answer do not fit the model."""
        texts = [self._prompt(conversation) for conversation in conversations]
        tokens = self._tokenizer(
            texts, return_tensors="pt", padding=True, add_special_tokens=self._tokenizer.chat_template is None
        )
        longest = getattr(self._model.config, "max_position_embeddings", None) or _LONGEST_CONTEXT
        if tokens["input_ids"].shape[1] + limits.tokens > longest:
            raise ModelError(
                ModelErrorKind.TOO_LONG,
                f"{tokens['input_ids'].shape[1]} tokens and {limits.tokens} to write, of {longest}",
            )
        device = self._model.device
        return {name: tokens[name].to(device) for name in ("input_ids", "attention_mask")}

    def _prompt(self, conversation: Conversation) -> str:
        """By the model's chat template; where it knows no system role, or there is no template, rules come first."""
        from jinja2 import TemplateError

        together = "\n\n".join(message.content for message in conversation)
        if self._tokenizer.chat_template is None:
            return together
        messages = [{"role": message.role, "content": message.content} for message in conversation]
        for tried in (messages, [{"role": "user", "content": together}]):
            try:
                return str(self._tokenizer.apply_chat_template(tried, tokenize=False, add_generation_prompt=True))
            except TemplateError:
                continue
        return together

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens that end an answer, by the tokenizer and by the model's own settings."""
        own = getattr(self._model.generation_config, "eos_token_id", None)
        every = [self._tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])]
        return frozenset(token for token in every if isinstance(token, int))

    @cached_property
    def _tokenizer(self) -> PreTrainedTokenizerBase:
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(
                self._name, local_files_only=not self._allow_download, trust_remote_code=False, padding_side="left"
            )
        except (OSError, ValueError) as error:
            raise self._missing() from error
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        if tokenizer.pad_token_id is None:
            raise ModelNotFoundError(f"the tokenizer of {self._name!r} has neither a padding nor an end token")
        return tokenizer

    @cached_property
    def _model(self) -> PreTrainedModel:
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # ours is the only bar the user should see
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self._name,
                local_files_only=not self._allow_download,
                trust_remote_code=False,
                use_safetensors=True,
                dtype="auto" if device == "cuda" else torch.float32,
            )
        except (OSError, ValueError) as error:
            raise self._missing() from error
        return model.to(device).eval()  # type: ignore[arg-type, no-any-return]

    def _missing(self) -> ModelNotFoundError:
        return ModelNotFoundError(
            f"no causal language model {self._name!r} on this machine: give a folder with safetensors weights, "
            "or allow downloads"
        )


def _pieces(streamer: Any, deadline: Deadline) -> Iterator[str]:
    """What the streamer gives, waiting no longer than the deadline."""
    while True:
        try:
            piece = next(streamer)
        except StopIteration:
            return
        except Empty:
            if deadline.passed:
                return
            continue
        if piece:
            yield piece
