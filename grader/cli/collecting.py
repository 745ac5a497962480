"""Collecting a model's answers while a person looks on."""

from __future__ import annotations

import math
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import progress

if TYPE_CHECKING:
    from grader.llm import Budget, Client, Collected, Collection, Job, Price
    from grader.model import Question
    from grader.report.messages import Messages

__all__ = ["Limits", "collect_into"]

_SHOWN = 5
# In seconds: a wait that is worth a line, and how often there may be one.
_SHORT_WAIT, _OFTEN = 2.0, 10.0

_TEXTS = {
    "ru": {
        "begin": "{model}, {address}: {questions}",
        "there": "уже есть: {n}",
        "title": "Собираю ответы",
        "interrupted": "\nПрервано. Та же команда продолжит с этого места.",
        "untold": "Нет на языке «{language}», пропущено: {n}",
        "failed": "Нет ответа, {id}: {what}",
        "more_failed": "… и ещё {n}",
        "missing": "Не хватает ответов: {n}. Та же команда задаст только эти вопросы.",
        "over": "Остановлено, не хватает ответов: {n}. На следующий вопрос бюджета могло "
        "не хватить; с большим бюджетом та же команда продолжит.",
        "nothing": "нет вопросов на языке «{language}»",
        "again": "{what}; повтор через {seconds} с",
        "cut": "Оборванных ответов: {n}; длиннее они будут с --max-tokens.",
        "statuses": {
            "answered": "целых ответов: {n}",
            "truncated": "оборванных: {n}",
            "refused": "отказов: {n}",
            "empty": "пустых: {n}",
        },
        "tokens": "токенов прочитано {prompt}, написано {completion}",
        "money": "стоимость {money}",
        "next": "Оценить: grader score {out}",
    },
    "en": {
        "begin": "{model} at {address}: {questions}",
        "there": "already there: {n}",
        "title": "Collecting",
        "interrupted": "\nInterrupted. The same command goes on from here.",
        "untold": "Not there in '{language}', left out: {n}",
        "failed": "No answer, {id}: {what}",
        "more_failed": "… and {n} more",
        "missing": "Missing: {n}. The same command asks only for these.",
        "over": "Stopped, missing: {n}. The next question could have passed the budget; with a "
        "greater one the same command goes on.",
        "nothing": "no question is there in '{language}'",
        "again": "{what}; asking again in {seconds} s",
        "cut": "Answers cut off: {n}; --max-tokens gives them more room.",
        "statuses": {
            "answered": "{n} answered",
            "truncated": "{n} truncated",
            "refused": "{n} refused",
            "empty": "{n} empty",
        },
        "tokens": "{prompt} tokens read, {completion} written",
        "money": "cost {money}",
        "next": "Grade them: grader score {out}",
    },
}


@dataclass(frozen=True)
class Limits:
    """How much at once, and how much at all.

    Attributes:
        concurrency: requests at the same time.
        tokens: the most for a file, None for any number.
        money: the most for a file, None for any amount.
    """

    concurrency: int = 4
    tokens: int | None = None
    money: float | None = None
    price: Price | None = None


def collect_into(
    out: str | Path,
    client: Client,
    job: Job,
    bank: str,
    questions: Sequence[Question],
    *,
    limits: Limits,
    language: str,
    say_next: bool = True,
) -> Collected:
    """Collect into a file, with progress and a summary on standard error.

    Args:
        bank: its name.
        language: of what is said.
        say_next: say what to do with the answers.

    Raises:
        ModelError: the file cannot be used, or the server does not answer.
    """
    from grader.errors import ModelError
    from grader.llm import Budget, Collection, collect

    planned, untold = job.asks(questions)
    told = _Told(language)
    if not planned:
        raise ModelError(told.text("nothing", language=job.language or ""))
    if untold:
        told.untold(len(untold), job.language or "")
    with Collection.open(out, job.settings(bank, client.address)) as collection:
        there = sum(ask.answer_id in collection.prompts for ask in planned)
        told.begin(job.endpoint.model, client.address, len(planned), there)
        budget = Budget(
            tokens=limits.tokens, money=limits.money, price=limits.price, spent=collection.spent
        )
        try:
            with progress(len(planned), told.text("title"), there) as advance:
                collected = collect(
                    client,
                    planned,
                    collection,
                    respondent=job.name,
                    concurrency=limits.concurrency,
                    budget=budget,
                    progress=advance,
                    notice=told.again,
                )
        except KeyboardInterrupt:
            told.say("interrupted")
            raise click.exceptions.Exit(130) from None
        told.end(collected, collection, budget)
    if say_next and not collected.missing:
        told.say("next", out=shlex.quote(str(out)))
    return collected


class _Told:
    """What is said on standard error, in one language."""

    def __init__(self, language: str) -> None:
        self._texts = _TEXTS[language]
        self._language = language
        self._said_again = -math.inf

    def text(self, key: str, **values: object) -> str:
        text = self._texts[key]
        assert isinstance(text, str)
        return text.format(**values)

    def say(self, key: str, **values: object) -> None:
        click.echo(self.text(key, **values), err=True)

    def again(self, what: str, seconds: float) -> None:
        """Say that a request will be repeated; not of every one where many are."""
        if seconds >= _SHORT_WAIT and time.monotonic() - self._said_again >= _OFTEN:
            self._said_again = time.monotonic()
            self.say("again", what=what, seconds=self._messages.number(math.ceil(seconds)))

    def untold(self, n: int, language: str) -> None:
        self.say("untold", n=n, language=language)

    def begin(self, model: str, address: str, planned: int, there: int) -> None:
        questions = self._messages.count("n_answers", planned)
        line = self.text("begin", model=model, address=address, questions=questions)
        click.echo(f"{line}, {self.text('there', n=there)}" if there else line, err=True)

    def end(self, collected: Collected, collection: Collection, budget: Budget) -> None:
        number = self._messages.number
        statuses = self._texts["statuses"]
        assert isinstance(statuses, dict)
        parts = [
            statuses[name].format(n=number(collection.statuses[name]))
            for name in statuses
            if collection.statuses[name]
        ]
        tokens = {
            "prompt": number(collection.spent.prompt),
            "completion": number(collection.spent.completion),
        }
        parts.append(self.text("tokens", **tokens))
        if budget.money is not None:
            parts.append(self.text("money", money=number(budget.money, 4)))
        click.echo("; ".join(parts), err=True)
        for id, what in list(collected.failed.items())[:_SHOWN]:
            self.say("failed", id=id, what=what)
        if len(collected.failed) > _SHOWN:
            self.say("more_failed", n=len(collected.failed) - _SHOWN)
        if collection.statuses["truncated"]:
            self.say("cut", n=collection.statuses["truncated"])
        if collected.missing:
            self.say("over" if collected.over_budget else "missing", n=collected.missing)

    @property
    def _messages(self) -> Messages:
        from grader.report.messages import messages

        return messages(self._language)
