"""Meaning compared by sentence vectors: points against the best stretch of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.encoders import Encoder
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text

__all__ = ["CosineScale", "SemanticSignal"]

Vectors = NDArray[np.float32]

_CLAUSE = re.compile(r"[,;:()→]|->|\s[—–-]\s")
_SHORTEST_CLAUSE = 2  # words
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


@dataclass(frozen=True)
class CosineScale:
    """What an encoder's cosines mean: they differ from model to model.

    Attributes:
        unrelated: cosine of a point with statements about something else; counts as 0.
        same: cosine of a point with a statement that says it in other words; counts as 1.
    """

    unrelated: float
    same: float

    def __call__(self, cosine: Vectors) -> Vectors:
        """Cosines on the scale 0..1."""
        scaled = (cosine - self.unrelated) / (self.same - self.unrelated)
        return np.asarray(np.clip(scaled, 0.0, 1.0), np.float32)


@dataclass(frozen=True)
class _Reference:
    """The vectors of one question: rows of ``points`` belong to the points ``owners``."""

    points: Vectors
    owners: NDArray[np.intp]
    statements: Vectors
    wholes: Vectors
    asked: Vectors


class SemanticSignal:
    """Each key point against the best window of the answer, and the reverse direction.

    Args:
        encoder: turns texts into unit vectors.
        sample: questions of the bank; the cosine scale is measured on them.
    """

    name = "semantic"

    def __init__(self, encoder: Encoder, sample: Sequence[PreparedQuestion]) -> None:
        self._encoder = encoder
        self._references: dict[str, _Reference] = {}
        self.scale = _measure_scale(encoder, [self._reference(question) for question in sample])

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        reference = self._reference(question)
        windows = [_windows(answer) for answer in answers]
        texts = sorted({text for answer in windows for text, _ in answer})
        index = {text: row for row, text in enumerate(texts)}
        vectors = self._encode(texts)
        whole = self._encode([answer.text for answer in answers])
        return [
            self._one(question, reference, vectors[[index[t] for t, _ in own]], own, vector)
            for own, vector in zip(windows, whole, strict=True)
        ]

    def _one(
        self,
        question: PreparedQuestion,
        reference: _Reference,
        vectors: Vectors,
        windows: Sequence[tuple[str, int]],
        whole: Vectors,
    ) -> Measured:
        if not len(vectors) or not np.any(whole):
            none = dict.fromkeys(("similarity", "reached", "support"))
            return Measured(whole=none, points={p.id: PointMeasured(None) for p in question.points})
        cosines = reference.points @ vectors.T
        scaled = self.scale(cosines)
        # A window nearer to the question than to the point is about the topic, not the point.
        scaled[cosines < (reference.asked @ vectors.T).max(axis=0)] *= _NEARER_QUESTION
        points = {}
        for number, point in enumerate(question.points):
            own = reference.owners == number
            # The nearest window by cosine: on the scale several may count as full.
            place = int(cosines[own].max(axis=0).argmax())
            points[point.id] = PointMeasured(float(scaled[own].max()), windows[place][1])
        statements = self.scale(vectors @ reference.statements.T)
        similarity = self.scale((reference.wholes @ whole).max(keepdims=True))
        return Measured(
            whole={
                "similarity": float(similarity.item()),
                "reached": float(statements.max(axis=0).mean()),
                "support": float(statements.max(axis=1).mean()),
            },
            points=points,
        )

    def _reference(self, question: PreparedQuestion) -> _Reference:
        """The vectors of a question's reference side, encoded once."""
        known = self._references.get(question.question.id)
        if known is None:
            points = [t.text for point in question.points for t in point.texts]
            owners = [n for n, point in enumerate(question.points) for _ in point.texts]
            statements = [
                text.sentence_text(i)
                for text in question.references
                for i in range(len(text.spans))
            ]
            known = self._references[question.question.id] = _Reference(
                self._encode(points),
                np.asarray(owners, np.intp),
                self._encode(statements or points),
                self._encode([text.text for text in question.references] or points),
                self._encode([text.text for text in question.asked]),
            )
        return known

    def _encode(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode(texts)


def _windows(answer: Text) -> list[tuple[str, int]]:
    """Statements and, where they have several, their clauses: (text, statement)."""
    spans = answer.spans
    windows = [(answer.text[a:b], i) for i, (a, b) in enumerate(spans)]
    for i, (a, b) in enumerate(spans):
        clauses = [c.strip() for c in _CLAUSE.split(answer.text[a:b])]
        if len(clauses) > 1:
            windows += [(c, i) for c in clauses if len(c.split()) >= _SHORTEST_CLAUSE]
    return windows


def _measure_scale(encoder: Encoder, references: Sequence[_Reference]) -> CosineScale:
    """The scale, measured on the bank itself, so that any encoder works without tuning.

    ``unrelated`` is the median cosine of a point with the nearest statement of another question's
    references (or of everyday sentences, where there is hardly another question); ``same`` lies
    half-way from there to identity, about where a paraphrase does.
    """
    nearest = [
        (a.points @ b.statements.T).max(axis=1)
        for number, a in enumerate(references)
        for b in references[number + 1 : number + 1 + _NEIGHBOURS]
    ]
    if len(references) < _FEW:
        everyday = encoder.encode(_EVERYDAY)
        nearest += [(a.points @ everyday.T).max(axis=1) for a in references]
    # A bank that asks the same over and over must not leave a scale without length.
    unrelated = min(_MOST_ALIKE, float(np.median(np.concatenate(nearest))))
    return CosineScale(unrelated, unrelated + (1.0 - unrelated) / 2)
