"""Meaning compared by sentence vectors: points against the best stretch of the answer."""

from __future__ import annotations

import itertools
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


@dataclass(frozen=True)
class CosineScale:
    """What an encoder's cosines mean: they differ from model to model.

    Attributes:
        unrelated: cosine of a point with statements about something else; counts as 0.
        same: cosine of a point with the reference statement that says it; counts as 1.
    """

    unrelated: float
    same: float

    def __call__(self, cosine: Vectors, floor: Vectors) -> Vectors:
        """Cosines on the scale 0..1, each above its own floor."""
        low = np.minimum(np.maximum(floor, self.unrelated), self.same - 0.1)
        return np.clip((cosine - low) / (self.same - low), 0.0, 1.0)


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
        questions: the bank's questions; the cosine scale is measured on them.
    """

    name = "semantic"

    def __init__(self, encoder: Encoder, questions: Sequence[PreparedQuestion]) -> None:
        self._encoder = encoder
        self._references = self._prepare(questions)
        self.scale = _measure_scale(list(self._references.values()))

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        reference = self._references[question.question.id]
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
            none = {"similarity": None, "support": None}
            return Measured(whole=none, points={p.id: PointMeasured(None) for p in question.points})
        floor = (reference.points @ reference.asked.T).max(axis=1)
        scaled = self.scale(reference.points @ vectors.T, floor[:, None])
        points = {}
        for number, point in enumerate(question.points):
            rows = scaled[reference.owners == number]
            place = int(rows.max(axis=0).argmax())
            points[point.id] = PointMeasured(float(rows.max()), windows[place][1])
        zero = np.zeros(1, np.float32)
        single = [row for row, (_, n) in enumerate(windows) if n >= 0]
        support = self.scale((vectors[single] @ reference.statements.T).max(axis=1), zero)
        similarity = self.scale(np.atleast_1d((reference.wholes @ whole).max()), zero)
        return Measured(
            whole={"similarity": float(similarity[0]), "support": float(support.mean())},
            points=points,
        )

    def _prepare(self, questions: Sequence[PreparedQuestion]) -> dict[str, _Reference]:
        """Encode the reference side of the whole bank in one batch."""
        references = {}
        for question in questions:
            points = [t.text for point in question.points for t in point.texts]
            owners = [n for n, point in enumerate(question.points) for _ in point.texts]
            statements = [
                text.sentence_text(i)
                for text in question.references
                for i in range(len(text.spans))
            ]
            wholes = [text.text for text in question.references] or points
            references[question.question.id] = _Reference(
                self._encode(points),
                np.asarray(owners, np.intp),
                self._encode(statements or points),
                self._encode(wholes),
                self._encode([text.text for text in question.asked]),
            )
        return references

    def _encode(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode(texts)


def _windows(answer: Text) -> list[tuple[str, int]]:
    """Statements, their clauses, and every two neighbouring statements: (text, statement)."""
    spans = answer.spans
    windows = [(answer.text[a:b], i) for i, (a, b) in enumerate(spans)]
    for i, (a, b) in enumerate(spans):
        clauses = [c.strip() for c in _CLAUSE.split(answer.text[a:b])]
        if len(clauses) > 1:
            windows += [(c, i) for c in clauses if len(c.split()) >= _SHORTEST_CLAUSE]
    windows += [
        (answer.text[a:d], i) for i, ((a, _), (_, d)) in enumerate(itertools.pairwise(spans))
    ]
    return windows


def _measure_scale(references: Sequence[_Reference]) -> CosineScale:
    """The scale, measured on the bank itself, so that any encoder works without tuning.

    ``same`` is the median cosine of a point with the nearest statement of its own reference;
    ``unrelated`` the 90th percentile of its cosine with the nearest of another question's.
    """
    own = [(r.points @ r.statements.T).max(axis=1) for r in references]
    other = [
        (a.points @ b.statements.T).max(axis=1)
        for number, a in enumerate(references)
        for b in references[number + 1 : number + 6]
    ]
    same = float(np.median(np.concatenate(own))) if own else 1.0
    unrelated = float(np.percentile(np.concatenate(other), 90)) if other else same / 2
    return CosineScale(min(unrelated, same - 0.05), same)
