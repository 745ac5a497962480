"""Recall of the words of key points in the statements of an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from grader.model import Match, Span
from grader.signals.measured import PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, Unit

__all__ = ["PointRecall"]

# What words count for when all of them stand in the question.
_ONLY_ASKED = 0.3
# Weights are rounded to whole multiples of this: float64 holds their sums exactly, so that the
# same words weigh the same in whatever order they are added up.
_GRAIN = 2.0**-40

_NOT_JUDGED, _ABSENT = PointMeasured(None), PointMeasured(0.0)

# The units of a statement that key points have too, by key.
_Statement = Mapping[str, Unit]


class PointRecall:
    """The key points of one question, to be looked for in answers.

    A point is looked for as it is worded in each of its languages.
    """

    def __init__(self, question: PreparedQuestion) -> None:
        # The words of each wording by key, and the wordings of each point.
        self._written: list[Mapping[str, str]] = []
        self._points: dict[str, list[int]] = {}
        for point in question.points:
            own = self._points[point.id] = []
            for text in point.texts:
                written = {unit.key: text.written(unit) for unit in text.units}
                if any(map(question.weight, written)):
                    own.append(len(self._written))
                    self._written.append(written)
        keys = list(dict.fromkeys(chain.from_iterable(self._written)))
        self._columns = {key: column for column, key in enumerate(keys)}
        has = np.array([[key in written for written in self._written] for key in keys], np.float64)
        has = has.reshape(len(keys), len(self._written))
        weights = np.rint([question.weight(key) / _GRAIN for key in keys]) * _GRAIN
        beyond = np.array([key not in question.asked_keys for key in keys], np.float64)
        # Of each key what it weighs in each wording, and where it is more than the question says.
        self._weights = np.hstack([has * weights[:, None], has * beyond[:, None]])
        self._masses = weights @ has

    def measure(self, answers: Sequence[Text]) -> list[dict[str, PointMeasured]]:
        """The recall of each point where it is highest: in a statement or two neighbouring ones."""
        columns = self._columns
        said: list[list[_Statement]] = [
            [
                {unit.key: unit for unit in units if unit.key in columns}
                for units in answer.unit_sentences or ((),)
            ]
            for answer in answers
        ]
        # Every statement by itself, then every one with the next: all those of an answer together.
        windows: list[tuple[int, int]] = []
        starts = [0]
        place = 0
        for statements in said:
            places = range(place, place + len(statements))
            windows += [*zip(places, places, strict=True), *pairwise(places)]
            starts.append(len(windows))
            place = places.stop
        recalls = self._recalls(list(chain.from_iterable(said)), np.array(windows, np.intp))
        highest = np.maximum.reduceat(recalls, starts[:-1], axis=0).tolist()
        return [
            self._measured(answer, statements, own, recalls[start:end].argmax(axis=0).tolist())
            for answer, statements, own, (start, end) in zip(
                answers, said, highest, pairwise(starts), strict=True
            )
        ]

    def _recalls(
        self, statements: Sequence[_Statement], windows: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """How much each window, its first and its last statement given, has of each wording."""
        present = np.zeros((len(statements), len(self._columns)))
        rows = np.repeat(np.arange(len(statements)), list(map(len, statements)))
        columns = map(self._columns.__getitem__, chain.from_iterable(statements))
        present[rows, np.fromiter(columns, np.intp, len(rows))] = 1.0
        both = np.maximum(*present[windows.T])
        masses, beyond = np.hsplit(both @ self._weights, 2)
        return masses * np.where(beyond, 1.0, _ONLY_ASKED) / self._masses

    def _measured(
        self,
        answer: Text,
        statements: Sequence[_Statement],
        recalls: Sequence[float],
        windows: Sequence[int],
    ) -> dict[str, PointMeasured]:
        """Of each point the wording with the highest recall; of each wording its window."""
        found = {}
        for id, wordings in self._points.items():
            if not wordings:
                found[id] = _NOT_JUDGED
                continue
            number = max(wordings, key=recalls.__getitem__)
            if not recalls[number]:
                found[id] = _ABSENT
                continue
            sentence = windows[number]
            window = statements[sentence % len(statements)]
            if sentence >= len(statements):
                sentence -= len(statements)
                window = {**statements[sentence + 1], **window}
            matches = _matches(answer, window, self._written[number])
            found[id] = PointMeasured(recalls[number], sentence, matches)
        return found


def _matches(answer: Text, window: _Statement, written: Mapping[str, str]) -> tuple[Match, ...]:
    """The units of the window that a text has too, in the answer's order."""
    units = [unit for key, unit in window.items() if key in written]
    matches = []
    for unit in sorted(units, key=attrgetter("first")):
        key, place = unit.key, Span(*answer.place(unit.first, unit.words))
        typo = answer.tokens[unit.first].corrected
        how = "typo" if typo else "term" if key[:1] == "=" else "lemma"
        matches.append(Match(place, written[key], how))
    return tuple(matches)
