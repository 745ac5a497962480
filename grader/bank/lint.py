"""What is legal in a bank but looks like an oversight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Literal

import msgspec

from grader.files import quoted
from grader.model import KeyPoint, Misconception, Pattern, Question, Rubric

from ._bank import Bank

__all__ = ["Finding", "Matcher", "lint"]

Matcher = Callable[[Pattern, str], float]
Level = Literal["warning", "note"]

_FEW, _MANY = 3, 6
_SHORT_REFERENCE = 40
_ALIKE = 90


class Finding(msgspec.Struct, frozen=True):
    """Something doubtful about one question.

    Attributes:
        level: "warning" for what makes grades wrong, "note" for what makes them less good.
        message: what is doubtful, in one line.
    """

    question_id: str
    level: Level
    message: str


def lint(bank: Bank, matcher: Matcher | None = None) -> list[Finding]:
    """Everything doubtful about a bank, question by question.

    Args:
        matcher: how far a text satisfies a pattern, 0..1. Without it the keywords are not tried
            on the questions and references.
    """
    languages = sorted({code for question in bank.questions.values() for code in _texts(question)})
    untitled: set[str] = set()
    findings = []
    for question in bank.questions.values():
        for level, message in _question(question, languages):
            findings.append(Finding(question.id, level, message))
        for topic in question.topics:
            # A bank that titles no topic means it so.
            if bank.topics and topic not in bank.topics and topic not in untitled:
                untitled.add(topic)
                findings.append(Finding(question.id, "note", f"topic {topic!r} has no title"))
        if matcher is not None and question.rubric is not None:
            for level, message in _keywords(question, question.rubric, matcher):
                findings.append(Finding(question.id, level, message))
    return findings


def _texts(question: Question) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Question and references by language."""
    return {
        question.language: (question.text, question.references),
        **{code: (each.question, each.references) for code, each in question.translations.items()},
    }


def _question(question: Question, languages: list[str]) -> Iterator[tuple[Level, str]]:
    texts = _texts(question)
    for code in languages:
        if code not in texts:
            yield "note", f"no translation into {code!r}"
    for code, (_, references) in texts.items():
        if not references and question.references:
            yield "note", f"no reference answer in {code!r}"
        for reference in references:
            if len(reference) < _SHORT_REFERENCE:
                yield "note", f"reference of only {len(reference)} characters: {quoted(reference)}"
    if question.rubric is None:
        yield "note", "no rubric"
    else:
        yield from _rubric(question.rubric, [code for code in texts if code != question.language])


def _rubric(rubric: Rubric, languages: list[str]) -> Iterator[tuple[Level, str]]:
    from rapidfuzz import fuzz

    points = rubric.key_points
    if not _FEW <= len(points) <= _MANY:
        yield "note", f"{len(points)} key points; {_FEW} to {_MANY} work best"
    for point in points:
        if not point.keywords:
            yield "note", f"key point {point.id!r} has no keywords"
        for code in languages:
            if code not in point.translations:
                yield "note", f"key point {point.id!r} has no translation into {code!r}"
    for one, other in combinations(points, 2):
        if fuzz.ratio(one.text.casefold(), other.text.casefold()) > _ALIKE:
            yield "warning", f"key points {one.id!r} and {other.id!r} say nearly the same"


def _keywords(question: Question, rubric: Rubric, matcher: Matcher) -> Iterator[tuple[Level, str]]:
    texts = _texts(question)
    for point in rubric.key_points:
        for number, pattern in enumerate(point.keywords, start=1):
            for text, _ in texts.values():
                if matcher(pattern, text) >= 1:
                    where = f"keywords {number} of key point {point.id!r}"
                    yield "warning", f"{where} are satisfied by the question itself: {quoted(text)}"
        for code, (_, references) in texts.items():
            if point.keywords and references and not _fires(point, references, matcher):
                yield (
                    "warning",
                    f"no keywords of key point {point.id!r} fire on the {code!r} reference",
                )
    for wrong in rubric.misconceptions:
        for code, (text, references) in texts.items():
            if _fires(wrong, (text,), matcher):
                yield "warning", f"misconception {wrong.id!r} fires on the {code!r} question"
            if _fires(wrong, references, matcher):
                yield "warning", f"misconception {wrong.id!r} fires on the {code!r} reference"


def _fires(what: KeyPoint | Misconception, texts: tuple[str, ...], matcher: Matcher) -> bool:
    """Whether any pattern is wholly satisfied by any of the texts."""
    return any(matcher(pattern, text) >= 1 for pattern in what.keywords for text in texts)
