"""Meaning compared by sentence vectors: points against the best stretch of the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from grader.encoders import Encoder
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text

__all__ = ["CosineScale", "SemanticSignal", "measure_scale"]

Numbers = NDArray[np.float64]

# Components of vectors are rounded to whole multiples of this. A product of two takes up to 48
# bits, and so does the sum of the products of two unit vectors, which float64 holds exactly:
# neither the shapes of matrices nor the machine change a bit of it.
_GRAIN = 2.0**-24

_CLAUSE = re.compile(r"[,;:()→]|->|\s[—–-]\s")
# How many other questions each is compared with to learn what "unrelated" looks like.
_NEIGHBOURS = 5
_FEW = 4
_MOST_ALIKE = 0.95
_NEARER_QUESTION = 0.2
_EVERYDAY = (
    "Завтра обещают дождь и сильный ветер.",
    "Поезд отправляется с третьего пути через десять минут.",
    "В этом кафе варят хороший кофе и пекут пироги.",
    "Дети весь вечер играли во дворе в футбол.",
    "It will rain tomorrow and the wind will be strong.",
    "The train leaves from platform three in ten minutes.",
    "This café makes good coffee and bakes pies.",
    "The children played football in the yard all evening.",
)


class CosineScale(msgspec.Struct, frozen=True):
    """What an encoder's cosines mean: they differ from model to model.

    Attributes:
        unrelated: cosine of a point with statements about something else; counts as 0.
        same: cosine of a point with a statement that says it in other words; counts as 1.
    """

    unrelated: float
    same: float

    def __call__(self, cosine: Numbers) -> Numbers:
        """Cosines on the scale 0..1."""
        scaled = (cosine - self.unrelated) / (self.same - self.unrelated)
        return np.minimum(np.maximum(scaled, 0.0), 1.0)


class _Reference:
    """The vectors of one question.

    Attributes:
        vectors: one row for each text.
        points, statements, wholes, asked: the rows of each kind.
        firsts: the first row of each point; it has one for every language.
    """

    def __init__(self, encoder: Encoder, question: PreparedQuestion) -> None:
        points = _points(question)
        parts = (
            points,
            _statements(question),
            [text.text for text in question.references] or points,
            [text.text for text in question.asked],
        )
        ends = list(accumulate(map(len, parts), initial=0))
        self.points, self.statements, self.wholes, self.asked = map(slice, ends, ends[1:])
        self.vectors = _exact(encoder.encode([text for part in parts for text in part]))
        counts = [len(point.texts) for point in question.points]
        self.firsts = list(accumulate(counts, initial=0))[:-1]


class SemanticSignal:
    """Each key point against the best window of the answer, and the reverse direction.

    One is for one bank: questions are told apart by their ids.

    Args:
        encoder: turns texts into unit vectors.
        scale: of its cosines; see :func:`measure_scale`.
    """

    name = "semantic"

    def __init__(self, encoder: Encoder, scale: CosineScale) -> None:
        self._encoder = encoder
        self._scale = scale
        self._references: dict[str, _Reference] = {}

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        windows = [_windows(answer) for answer in answers]
        # The texts of an answer together: they share their words.
        rows: dict[str, int] = {}
        wholes: list[int] = []
        own: list[list[int]] = []
        for answer, some in zip(answers, windows, strict=True):
            wholes.append(rows.setdefault(answer.text, len(rows)))
            own.append([rows.setdefault(text, len(rows)) for text, _ in some])
        vectors = _exact(self._encoder.encode(list(rows)))
        worded = np.any(vectors, axis=1).tolist()
        judged = [i for i, whole in enumerate(wholes) if own[i] and worded[whole]]
        nothing = Measured(
            whole=dict.fromkeys(("similarity", "reached", "support")),
            points={point.id: PointMeasured(None) for point in question.points},
        )
        found = [nothing] * len(answers)
        if judged:
            numbers = self._numbers(
                self._reference(question),
                vectors,
                [wholes[i] for i in judged],
                [own[i] for i in judged],
            )
            for i, (whole, values, places) in zip(judged, numbers, strict=True):
                points = {
                    point.id: PointMeasured(value, windows[i][place][1])
                    for point, value, place in zip(question.points, values, places, strict=True)
                }
                found[i] = Measured(whole=whole, points=points)
        return found

    def _numbers(
        self, reference: _Reference, vectors: Numbers, wholes: list[int], own: list[list[int]]
    ) -> Iterator[tuple[dict[str, float | None], list[float], list[int]]]:
        """For each answer: as a whole; of each point the value and the nearest window."""
        cosines = _cosines(vectors, reference.vectors)
        similar = self._scale(cosines[wholes, reference.wholes].max(axis=1)).tolist()
        counts = list(map(len, own))
        ends = list(accumulate(counts))
        starts = [end - count for end, count in zip(ends, counts, strict=True)]
        # From here on a row for each window, those of an answer together.
        cosines = cosines[list(chain.from_iterable(own))]
        scaled = self._scale(cosines)
        statements = scaled[:, reference.statements]
        reached = np.maximum.reduceat(statements, starts, axis=0).tolist()
        support = statements.max(axis=1).tolist()
        # A window nearer to the question than to the point is about the topic, not the point.
        topic = cosines[:, reference.asked].max(axis=1, keepdims=True)
        near, covered = cosines[:, reference.points], scaled[:, reference.points]
        covered[near < topic] *= _NEARER_QUESTION
        if len(reference.firsts) < near.shape[1]:
            near = np.maximum.reduceat(near, reference.firsts, axis=1)
            covered = np.maximum.reduceat(covered, reference.firsts, axis=1)
        values = np.maximum.reduceat(covered, starts, axis=0).tolist()
        for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
            whole = {
                "similarity": similar[i],
                "reached": sum(reached[i]) / len(reached[i]),
                "support": sum(support[start:end]) / (end - start),
            }
            # The nearest window by cosine: on the scale several may count as full.
            yield whole, values[i], near[start:end].argmax(axis=0).tolist()

    def _reference(self, question: PreparedQuestion) -> _Reference:
        """The reference side of a question, encoded once."""
        known = self._references.get(question.question.id)
        if known is None:
            known = self._references[question.question.id] = _Reference(self._encoder, question)
        return known


def measure_scale(encoder: Encoder, sample: Sequence[PreparedQuestion]) -> CosineScale:
    """The scale, measured on questions of the bank, so that any encoder works without tuning.

    ``unrelated`` is the median cosine of a point with the nearest statement of another question's
    references (or of everyday sentences, where there is hardly another question); ``same`` lies
    half-way from there to identity, about where a paraphrase does.
    """
    points = [_exact(encoder.encode(_points(question))) for question in sample]
    statements = [_exact(encoder.encode(_statements(question))) for question in sample]
    nearest = [
        _cosines(own, other).max(axis=1)
        for number, own in enumerate(points)
        for other in statements[number + 1 : number + 1 + _NEIGHBOURS]
    ]
    if len(sample) < _FEW:
        everyday = _exact(encoder.encode(_EVERYDAY))
        nearest += [_cosines(own, everyday).max(axis=1) for own in points]
    # A bank that asks the same over and over must not leave a scale without length.
    unrelated = min(_MOST_ALIKE, float(np.median(np.concatenate(nearest))))
    return CosineScale(unrelated, unrelated + (1.0 - unrelated) / 2)


def _exact(vectors: NDArray[np.float32]) -> Numbers:
    """Components in whole multiples of the grain."""
    return np.rint(np.multiply(vectors, 1.0 / _GRAIN, dtype=np.float64))


def _cosines(ones: Numbers, others: Numbers) -> Numbers:
    return (ones @ others.T) * _GRAIN**2


def _points(question: PreparedQuestion) -> list[str]:
    return [text.text for point in question.points for text in point.texts]


def _statements(question: PreparedQuestion) -> list[str]:
    """The statements of the references; the points where there is no reference."""
    return [
        text.sentence_text(i) for text in question.references for i in range(len(text.spans))
    ] or _points(question)


def _windows(answer: Text) -> list[tuple[str, int]]:
    """Statements and, where they have several, their clauses of two words or more, each with the
    number of its statement.
    """
    text = answer.text
    windows = [(text[start:end], i) for i, (start, end) in enumerate(answer.spans)]
    for statement, i in windows[:]:
        clauses = _CLAUSE.split(statement)
        if len(clauses) > 1:
            windows += [(c, i) for c in map(str.strip, clauses) if len(c.split(None, 1)) > 1]
    return windows
