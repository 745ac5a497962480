"""Recall of the words of key points in the statements of an answer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from grader.model import Match, Span
from grader.signals.measured import PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, Unit

__all__ = ["PointRecall"]

# What words count for when all of them stand in the question.
_ONLY_ASKED = 0.3
# Sums that differ by less are the same one, added up in another order.
_SAME = 1e-9

# A statement of an answer, or two neighbouring ones: the units that key points have too, by key.
Window = Mapping[str, Unit]


class _Wanted(NamedTuple):
    """A key point in one language.

    Attributes:
        written: its words by key.
        mass: what its keys weigh together.
    """

    written: Mapping[str, str]
    mass: float


class _Use(NamedTuple):
    """A key in wanted texts.

    Attributes:
        weight: of the key.
        texts: the numbers of those that have it.
        beyond: the same as bits, none for a key that the question gives.
    """

    weight: float
    texts: list[int]
    beyond: int


class _Found(NamedTuple):
    """Where the words found of a wanted text weigh most."""

    mass: float
    sentence: int | None
    window: Window


_NOWHERE = _Found(0.0, None, {})


class PointRecall:
    """The key points of one question, to be looked for in answers.

    Every key leads to the texts that have it, so that only what an answer says is looked at.
    """

    def __init__(self, question: PreparedQuestion) -> None:
        self._wanted: list[_Wanted] = []
        # The numbers of each point's wanted texts.
        self._points: dict[str, list[int]] = {}
        for point in question.points:
            own = self._points[point.id] = []
            for text in point.texts:
                written = {unit.key: text.written(unit) for unit in text.units}
                if mass := sum(map(question.weight, written)):
                    own.append(len(self._wanted))
                    self._wanted.append(_Wanted(written, mass))
        self._uses: dict[str, _Use] = {}
        for key in {key: None for wanted in self._wanted for key in wanted.written}:
            texts = [n for n, wanted in enumerate(self._wanted) if key in wanted.written]
            beyond = 0 if key in question.asked_keys else sum(1 << n for n in texts)
            self._uses[key] = _Use(question.weight(key), texts, beyond)

    def measure(self, answer: Text) -> dict[str, PointMeasured]:
        """The recall of each point where it is highest: in a statement or two neighbouring ones."""
        statements = [
            {unit.key: unit for unit in units if unit.key in self._uses}
            for units in answer.unit_sentences
        ]
        pairs = enumerate(itertools.pairwise(statements))
        windows = [*enumerate(statements), *((n, {**b, **a}) for n, (a, b) in pairs if a and b)]
        best = [_NOWHERE] * len(self._wanted)
        for sentence, window in windows:
            for number, mass in enumerate(self._masses(window)):
                if mass > best[number].mass + _SAME:
                    best[number] = _Found(mass, sentence, window)
        return {id: self._point(answer, numbers, best) for id, numbers in self._points.items()}

    def _masses(self, window: Window) -> list[float]:
        """What the words that the window shares with each wanted text weigh."""
        masses = [0.0] * len(self._wanted)
        beyond = 0
        for key in window:
            weight, texts, bits = self._uses[key]
            beyond |= bits
            for number in texts:
                masses[number] += weight
        return [m if beyond >> n & 1 else m * _ONLY_ASKED for n, m in enumerate(masses)]

    def _point(self, answer: Text, numbers: list[int], best: Sequence[_Found]) -> PointMeasured:
        if not numbers:
            return PointMeasured(None)
        recalls = [best[number].mass / self._wanted[number].mass for number in numbers]
        recall = max(recalls)
        highest = next(n for n, own in zip(numbers, recalls, strict=True) if own > recall - _SAME)
        _, sentence, window = best[highest]
        return PointMeasured(
            recall, sentence, _matches(answer, window, self._wanted[highest].written)
        )


def _matches(answer: Text, window: Window, written: Mapping[str, str]) -> tuple[Match, ...]:
    """The units of the window that a text has too, in the answer's order."""
    units = [unit for key, unit in window.items() if key in written]
    matches = []
    for unit in sorted(units, key=attrgetter("first")):
        key, place = unit.key, Span(*answer.place(unit.first, unit.words))
        typo = answer.tokens[unit.first].corrected
        how = "typo" if typo else "term" if key[:1] == "=" else "lemma"
        matches.append(Match(place, written[key], how))
    return tuple(matches)
