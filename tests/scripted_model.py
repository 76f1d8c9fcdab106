"""A language model for tests that writes what it is told to, or fails as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from models.drafters.text_model import AnswerLimits, Conversation, ModelError, Written

Script = Callable[[Conversation], str | ModelError]


class ScriptedModel:
    """Answers by its script and keeps what it was asked."""

    def __init__(
        self,
        script: Script | str | ModelError,
        *,
        at_once: int = 2,
        name: str = "openai:scripted",
        cut_off: bool = False,
    ) -> None:
        self._script: Script = script if callable(script) else lambda _: script
        self.name = name
        self.at_once = at_once
        self._cut_off = cut_off
        self.asked: list[Conversation] = []

    def stream(self, conversation: Conversation, limits: AnswerLimits) -> Iterator[str]:
        self.asked.append(conversation)
        answer = self._script(conversation)
        if isinstance(answer, ModelError):
            raise answer
        yield from answer

    def write_all(self, conversations: Sequence[Conversation], limits: AnswerLimits) -> list[Written | ModelError]:
        self.asked += conversations
        answers = [self._script(one) for one in conversations]
        return [
            answer if isinstance(answer, ModelError) else Written(answer, len(answer), self._cut_off)
            for answer in answers
        ]
