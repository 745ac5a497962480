"""One pass over a run: what reports count by, as a few numbers an answer."""

from __future__ import annotations

import heapq
import math
from array import array
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from grader.report.schema import AnswerSummary
from grader.run import DIGITS, Outcome, round_off
from grader.stats import FloatArray

__all__ = ["ANSWERS", "IntArray", "Tally", "as_files_hold", "worth_reading"]

ANSWERS = 20_000
"""At most so many answers are summed up one by one."""

K = TypeVar("K", bound=Hashable)
IntArray = NDArray[np.integer[Any]]


class Tally:
    """The outcomes of a run as columns, an entry an answer, and what is counted by question.

    Names are numbered as they come; columns hold these numbers.

    Attributes:
        questions, respondents, topic_lists, flag_lists: the numbers by name. Topics and flags are
            tuples, an entry for each combination that occurs.
        points: coverages by point of each question, NaN where it cannot be judged.
        misconceptions: answers by misconception of each question.
    """

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self.questions: dict[str, int] = {}
        self.respondents: dict[str | None, int] = {}
        self.topic_lists: dict[tuple[str, ...], int] = {}
        self.flag_lists: dict[tuple[str, ...], int] = {}
        self.points: list[dict[str, array[float]]] = []
        self.misconceptions: list[Counter[str]] = []
        self._question, self._respondent = array("i"), array("i")
        self._topics, self._flags = array("i"), array("i")
        self._score = array("d")
        self._kept: list[tuple[tuple[bool, float, int], AnswerSummary]] = []
        for outcome in outcomes:
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        question = _number(self.questions, outcome.question_id)
        if question == len(self.points):
            self.points.append({})
            self.misconceptions.append(Counter())
        flags = tuple(dict.fromkeys(outcome.flags)) if outcome.flags else ()
        self._keep(outcome, flags)
        self._question.append(question)
        self._respondent.append(_number(self.respondents, outcome.respondent))
        self._topics.append(_number(self.topic_lists, outcome.topics))
        self._flags.append(_number(self.flag_lists, flags))
        self._score.append(_value(outcome.score))
        points = self.points[question]
        for name, coverage in outcome.points.items():
            if name not in points:
                points[name] = array("d")
            points[name].append(_value(coverage))
        if outcome.misconceptions:
            self.misconceptions[question].update({hit.id for hit in outcome.misconceptions})

    def _keep(self, outcome: Outcome, flags: tuple[str, ...]) -> None:
        worth = worth_reading(outcome.score, flags, len(self._score))
        if len(self._kept) < ANSWERS:
            heapq.heappush(self._kept, (worth, _summary(outcome, flags)))
        elif worth > self._kept[0][0]:
            heapq.heapreplace(self._kept, (worth, _summary(outcome, flags)))

    @property
    def answers(self) -> tuple[AnswerSummary, ...]:
        """The answers most worth reading, in the order of the input."""
        return tuple(summary for _, summary in sorted(self._kept, key=lambda kept: -kept[0][2]))

    @property
    def question(self) -> IntArray:
        return np.asarray(self._question)

    @property
    def respondent(self) -> IntArray:
        return np.asarray(self._respondent)

    @property
    def topics(self) -> IntArray:
        return np.asarray(self._topics)

    @property
    def flags(self) -> IntArray:
        return np.asarray(self._flags)

    @property
    def score(self) -> FloatArray:
        """Scores, NaN where an answer could not be judged."""
        return as_files_hold(self._score)


def worth_reading(
    score: float | None, flags: tuple[str, ...], place: int
) -> tuple[bool, float, int]:
    """Greater, the more an answer is worth reading: flagged, unscored, weak, early ones."""
    return bool(flags), math.inf if score is None else -score, -place


def as_files_hold(values: array[float]) -> FloatArray:
    """Values as files hold them."""
    found = np.round(np.asarray(values), DIGITS)
    found += 0.0  # which turns -0.0 into 0.0
    return found


def _number(numbers: dict[K, int], name: K) -> int:
    return numbers.setdefault(name, len(numbers))


def _value(value: float | None) -> float:
    return math.nan if value is None else value


def _summary(outcome: Outcome, flags: tuple[str, ...]) -> AnswerSummary:
    low, high = outcome.interval or (None, None)
    return AnswerSummary(
        answer_id=outcome.answer_id,
        question_id=outcome.question_id,
        respondent=outcome.respondent,
        topics=outcome.topics,
        score=round_off(outcome.score),
        low=round_off(low),
        high=round_off(high),
        flags=flags,
        needs_review=outcome.needs_review,
    )
