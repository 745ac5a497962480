"""From questions and a model to a file of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from grader.answers import MAX_ANSWER
from grader.errors import ModelError
from grader.llm.budget import Budget, BudgetSpentError
from grader.llm.client import (
    Client,
    Endpoint,
    Reply,
    Request,
    Session,
    StoppedError,
    run_async,
)
from grader.llm.collection import CollectedAnswer, Collection, Settings, prompt_hash
from grader.llm.failures import Failure
from grader.llm.prompt import Prompt, asked_in
from grader.model import Question

__all__ = ["Ask", "Collected", "Job", "collect", "is_there"]

# So many questions failing one after the other are the server's fault, not theirs.
_MOST_FAILURES = 5


class Ask(msgspec.Struct, frozen=True):
    """One question put to a model once.

    Attributes:
        sample: which of several times, from 1.
    """

    answer_id: str
    question_id: str
    sample: int
    request: Request


class Collected(msgspec.Struct, frozen=True):
    """How far collecting came.

    Attributes:
        missing: how many answers are still missing.
        failed: what went wrong, by the id of the answer that is missing for it.
        over_budget: it stopped because the next question could pass the budget.
    """

    missing: int
    failed: Mapping[str, str]
    over_budget: bool


class Job(msgspec.Struct, frozen=True):
    """What a model is asked, and how.

    Attributes:
        prompt: how each question is put.
        respondent: whose answers these will be; by default the model's.
        language: to ask in; by default each question's own.
        samples: how often to ask each question; a ``seed`` among the parameters goes up by one
            with each.
        params: further fields of the requests, such as "temperature".
    """

    endpoint: Endpoint
    prompt: Prompt = Prompt()
    respondent: str | None = None
    language: str | None = None
    samples: int = 1
    params: Mapping[str, Any] = {}

    @property
    def name(self) -> str:
        """Whose answers these will be."""
        return self.respondent or self.endpoint.model

    def asks(self, questions: Iterable[Question]) -> tuple[list[Ask], list[str]]:
        """What to ask, and the ids of questions that there are not in the language."""
        found: list[Ask] = []
        untold: list[str] = []
        for question in questions:
            code = self.language or question.language
            if asked_in(question, code) is None:
                untold.append(question.id)
                continue
            messages = self.prompt.messages(question, code)
            for sample in range(1, self.samples + 1):
                id = f"{self.name}/{question.id}/{sample}"
                found.append(Ask(id, question.id, sample, Request(messages, self._fields(sample))))
        # The first round is whole before the second begins.
        return sorted(found, key=lambda ask: ask.sample), untold

    def settings(self, bank: str, address: str) -> Settings:
        """What the file of the answers says of how they were asked for."""
        return Settings(
            model=self.endpoint.model,
            address=address,
            respondent=self.name,
            bank=bank,
            system=self.prompt.system,
            template=self.prompt.template,
            language=self.language,
            params=self.params,
        )

    def _fields(self, sample: int) -> Mapping[str, Any]:
        seed = self.params.get("seed")
        return self.params if seed is None else {**self.params, "seed": seed + sample - 1}


def collect(
    client: Client,
    asks: Sequence[Ask],
    collection: Collection,
    *,
    respondent: str,
    concurrency: int = 4,
    budget: Budget | None = None,
    progress: Callable[[int], None] | None = None,
    notice: Callable[[str, float], None] | None = None,
) -> Collected:
    """Ask what is not answered yet; every answer is on disk before the next is asked for.

    Args:
        concurrency: requests under way at the same time.
        progress: called with 1 for each answer.
        notice: called when a request will be repeated, with why and in how many seconds.

    Raises:
        ModelError: the server refuses or does not answer; what was collected is kept.
    """
    missing = [ask for ask in asks if not is_there(ask, collection)]
    work = _Work(missing, collection, respondent, progress)

    async def run() -> None:
        async with client.session(budget, notice=notice) as session:
            await asyncio.gather(
                *(work.go_on(session) for _ in range(min(concurrency, len(missing))))
            )

    if missing:
        run_async(run())
    if work.fatal is not None:
        what = f"{client.address}: {work.fatal.what}"
        if collection.prompts:
            what += "; what was collected is kept, the same command goes on"
        raise ModelError(what) from work.fatal
    return Collected(len(missing) - work.done, work.failed, work.over_budget)


def is_there(ask: Ask, collection: Collection) -> bool:
    """Whether the file has the answer.

    Raises:
        ModelError: it has one to a question in other words.
    """
    before = collection.prompts.get(ask.answer_id)
    if before not in {None, prompt_hash(ask.request.messages)}:
        what = f"question '{ask.question_id}' was asked in other words; name another file"
        raise ModelError(what, path=collection.path)
    return before is not None


class _Work:
    """Questions that several workers take from, and what came of them."""

    def __init__(
        self,
        missing: Sequence[Ask],
        collection: Collection,
        respondent: str,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._left = iter(missing)
        self._collection = collection
        self._respondent = respondent
        self._progress = progress
        self._failures = 0
        self.done = 0
        self.failed: dict[str, str] = {}
        self.fatal: Failure | None = None
        self.over_budget = False

    async def go_on(self, session: Session) -> None:
        """Ask one question after the other until none is left or it makes no sense."""
        for ask in self._left:
            try:
                reply = await session.reply(ask.request)
            except BudgetSpentError:
                self.over_budget = True
            except StoppedError:
                return
            except Failure as fault:
                self.failed[ask.answer_id] = fault.what
                self._failures += 1
                if fault.fatal or self._failures >= _MOST_FAILURES:
                    self.fatal = fault
                    session.stop()
            else:
                self._keep(ask, reply)
            if self.fatal is not None or self.over_budget:
                return

    def _keep(self, ask: Ask, reply: Reply) -> None:
        tokens = reply.tokens
        cut = len(reply.text) > MAX_ANSWER  # no file of answers may hold more
        self._collection.append(
            CollectedAnswer(
                answer_id=ask.answer_id,
                question_id=ask.question_id,
                respondent=self._respondent,
                answer=reply.text[:MAX_ANSWER],
                status="truncated" if cut else reply.status,
                sample=ask.sample,
                prompt=prompt_hash(ask.request.messages),
                finish_reason=reply.finish_reason,
                model=reply.model,
                prompt_tokens=None if tokens is None else tokens.prompt,
                completion_tokens=None if tokens is None else tokens.completion,
                seconds=reply.seconds,
                attempts=reply.attempts,
                thought=reply.thought,
                lost=reply.lost,
            )
        )
        self._failures = 0
        self.done += 1
        if self._progress is not None:
            self._progress(1)
