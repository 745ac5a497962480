"""What the grading model says: each key point covered, partly, absent or contradicted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.cross_encoders import LABELS, CrossEncoder, Pair
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text

__all__ = ["NAME", "EntailmentSignal"]

NAME = "entailment"
_PARTLY = 0.5
# Of several references those nearest in words are read.
_REFERENCES = 3
# A longer answer is read in stretches of statements; the best counts. In words.
_STRETCH = 130


@dataclass(frozen=True)
class _Asked:
    """One thing to ask: of an answer, for a point or (None) for the whole reference."""

    answer: int
    point: str | None
    pair: Pair


class EntailmentSignal:
    """A cross-encoder asked about every point of every answer that is still open.

    Args:
        model: what is asked.
    """

    name = NAME

    def __init__(self, model: CrossEncoder) -> None:
        self.model = model

    def measure(
        self,
        question: PreparedQuestion,
        answers: Sequence[Text],
        wanted: Callable[[int, str | None], bool] = lambda answer, point: True,
    ) -> list[Measured]:
        """One :class:`Measured` for each answer, in order.

        Args:
            wanted: whether to ask for an answer, by its place, about a point, by its id, or about
                the whole reference (None). What is not asked is not measured.
        """
        asked = [one for one in self._all(question, answers) if wanted(one.answer, one.point)]
        found = self.model.judge([one.pair for one in asked]) if asked else np.zeros((0, 4))
        best: list[dict[str | None, NDArray[np.float32]]] = [{} for _ in answers]
        for one, row in zip(asked, found, strict=True):
            own = best[one.answer]
            if one.point not in own or _better(row, own[one.point]):
                own[one.point] = row
        return [_measured(own) for own in best]

    def _all(self, question: PreparedQuestion, answers: Sequence[Text]) -> Iterator[_Asked]:
        for number, answer in enumerate(answers):
            asked = _in_language(question.asked, answer).text
            for stretch in _stretches(answer):
                for point in question.points if question.has_rubric else ():
                    statement = _in_language(point.texts, answer).text
                    yield _Asked(number, point.id, Pair(asked, statement, stretch))
                if not question.has_rubric:
                    for reference in _nearest(question.references, answer):
                        yield _Asked(number, None, Pair(asked, reference.text, stretch))


def _measured(found: dict[str | None, NDArray[np.float32]]) -> Measured:
    points = {
        id: PointMeasured(_value(row), against=_against(row), verdict=_verdict(row))
        for id, row in found.items()
        if id is not None
    }
    whole: dict[str, float | None] = {}
    if None in found:
        whole = {NAME: _value(found[None]), "contradiction": _against(found[None])}
    return Measured(whole=whole, points=points)


def _value(row: NDArray[np.float32]) -> float | None:
    covered, partly = float(row[0]), float(row[1])
    return None if np.isnan(covered) else covered + _PARTLY * partly


def _against(row: NDArray[np.float32]) -> float:
    return 0.0 if np.isnan(row[3]) else float(row[3])


def _better(row: NDArray[np.float32], than: NDArray[np.float32]) -> bool:
    """Of several stretches or references the one that speaks most for the answer."""
    return (_value(row) or 0.0) > (_value(than) or 0.0)


def _verdict(row: NDArray[np.float32]) -> str | None:
    """The likeliest label."""
    return None if np.isnan(row[0]) else LABELS[int(row.argmax())]


def _in_language(texts: Sequence[Text], answer: Text) -> Text:
    """The text in the answer's own script, if there is one; else the first."""
    own = _script(answer)
    return next((text for text in texts if _script(text) == own), texts[0])


def _script(text: Text) -> str:
    """ "cyrillic" or "latin", whichever most words are written in."""
    cyrillic = sum("а" <= token.folded[:1] <= "я" for token in text.tokens)
    return "cyrillic" if 2 * cyrillic > len(text.tokens) else "latin"


def _nearest(references: Sequence[Text], answer: Text) -> list[Text]:
    """The references that share the largest part of their words with the answer."""
    said = set(answer.keys)

    def shared(reference: Text) -> float:
        keys = set(reference.keys)
        return len(keys & said) / (len(keys) + 1)

    return sorted(references, key=shared, reverse=True)[:_REFERENCES]


def _stretches(answer: Text) -> list[str]:
    """The answer; a long one in stretches of whole statements."""
    if len(answer.tokens) <= _STRETCH:
        return [answer.text]
    stretches: list[list[int]] = [[]]
    words = 0
    for place, (first, last) in enumerate(answer.sentences):
        if stretches[-1] and words + last - first > _STRETCH:
            stretches.append([])
            words = 0
        stretches[-1].append(place)
        words += last - first
    return [
        answer.text[answer.spans[own[0]][0] : answer.spans[own[-1]][1]] for own in stretches if own
    ]
