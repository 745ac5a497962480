"""Fits a calibration to human grades.

Least squares, the weights kept at 0 or above and drawn to the default, which is the score as it is
(ridge regression toward a prior: Hoerl and Kennard 1970, *Technometrics* 12, with a mean other than
zero). How strongly is chosen by cross-validation that holds out whole questions, among strengths
that end with infinity, the default itself; that is taken unless another predicts better by more
than one standard error (the rule of Breiman, Friedman, Olshen and Stone 1984, *Classification and
Regression Trees*). So few grades change little.

Everything that is said of a calibration afterwards, its intervals included, comes from answers
held out from the fit and from the choice of the strength alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.errors import GraderError
from grader.model import Grade
from grader.scoring.calibration import (
    FEATURES,
    Calibration,
    bounds,
    features,
    uncalibrated,
)
from grader.scoring.intervals import FEWEST, Band, FloatArray, fit_bands, interval

__all__ = ["Fitted", "fit"]

_STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_FOLDS = 5
_ROUNDING = 1e-6

IntArray = NDArray[np.intp]


class Fitted(NamedTuple):
    """A calibration, and how it does on answers held out.

    Attributes:
        places: which of the grades it was fitted on, those with a score and a human grade; the
            arrays are as long.
        human: their human grades, 0..1.
        before: their scores without calibration.
        after: their scores by a calibration that had not seen their question.
        low, high: their intervals likewise; None when fewer than 20 answers remain to make them.
    """

    calibration: Calibration
    places: tuple[int, ...]
    human: FloatArray
    before: FloatArray
    after: FloatArray
    low: FloatArray | None
    high: FloatArray | None

    @property
    def held(self) -> float | None:
        """The share of the human grades within their intervals, 0..1."""
        if self.low is None or self.high is None:
            return None
        # The ends are rounded, so a grade that stands on one counts as within.
        within = (self.low <= self.human + _ROUNDING) & (self.human <= self.high + _ROUNDING)
        return float(within.mean())

    @property
    def width(self) -> float | None:
        """The intervals' mean width, 0..1."""
        if self.low is None or self.high is None:
            return None
        return float((self.high - self.low).mean())


def fit(
    grades: Sequence[Grade],
    human: Sequence[float | None],
    point_weights: Mapping[str, Mapping[str, float]],
    *,
    tier: str = "",
    signature: str = "",
) -> Fitted:
    """Calibrate to human grades.

    Args:
        grades: if they were calibrated, that is undone first.
        human: a person's grade of each, 0..1; None where there is none.
        point_weights: weight of each point by question and point id.
        tier: which signals the grades were made with.
        signature: of their run.

    Raises:
        GraderError: fewer than 20 answers have a score and a human grade.
        ValueError: a human grade is not within 0..1.
    """
    kept, y = _graded(grades, human)
    bare = [uncalibrated(grades[place]) for place in kept]
    questions = [grade.question_id for grade in bare]
    names, x = _table([features(g, point_weights.get(g.question_id, {})) for g in bare])
    least, most = np.array([bounds(grade) for grade in bare], dtype=np.float64).T
    free = (least == 0) & (most == 1)
    groups = _groups(questions)
    folds = list(_folds(groups))
    after, low, high = np.empty_like(y), np.empty_like(y), np.empty_like(y)
    for train, test in folds:
        found, _ = _chosen(x, y, groups, train[free[train]])
        after[test] = np.clip(_predicted(x[test], found), least[test], most[test])
    enough = all(len(train) >= FEWEST for train, _ in folds)
    for train, test in folds if enough else ():
        low[test], high[test] = _intervals(fit_bands(after[train], y[train]), after[test])
    solution, strength = _chosen(x, y, groups, np.flatnonzero(free))
    calibration = Calibration(
        features={name: round(float(w), 6) + 0.0 for name, w in zip(names, solution, strict=False)},
        intercept=round(float(solution[-1]), 6) + 0.0,
        bands=fit_bands(after, y),
        answers=len(kept),
        questions=len(set(questions)),
        shrinkage=None if math.isinf(strength) else strength,
        tier=tier,
        signature=signature,
    )
    ends = (low, high) if enough else (None, None)
    return Fitted(calibration, tuple(kept), y, x[:, 0], after, *ends)


def _graded(grades: Sequence[Grade], human: Sequence[float | None]) -> tuple[list[int], FloatArray]:
    """Which answers have both a score and a human grade, and these grades."""
    if any(grade is not None and not 0 <= grade <= 1 for grade in human):
        raise ValueError("a human grade lies outside 0..1")
    kept = [
        place
        for place, (grade, person) in enumerate(zip(grades, human, strict=True))
        if grade.score is not None and person is not None
    ]
    if len(kept) < FEWEST:
        have = "answer has" if len(kept) == 1 else "answers have"
        raise GraderError(
            f"{len(kept)} {have} a score and a human grade; calibration needs at least {FEWEST}"
        )
    return kept, np.array([human[place] for place in kept], dtype=np.float64)


def _table(found: Sequence[Mapping[str, float | None]]) -> tuple[list[str], FloatArray]:
    """The features that most answers have, "score" first, and a row of them for each answer."""
    most = len(found) / 2
    names = [name for name in FEATURES if sum(row.get(name) is not None for row in found) >= most]
    rows = [
        [row["score"] if (v := row.get(name)) is None else v for name in names] for row in found
    ]
    return names, np.array(rows, dtype=np.float64)


def _groups(questions: Sequence[str]) -> IntArray:
    """What is held out together: questions, or single answers when there are few questions."""
    numbers = {question: number for number, question in enumerate(dict.fromkeys(questions))}
    if len(numbers) < _FOLDS:
        return np.arange(len(questions))
    return np.array([numbers[question] for question in questions])


def _folds(groups: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """What to fit on and what to hold out, in turn; always the same."""
    from sklearn.model_selection import GroupKFold

    count = min(_FOLDS, len(np.unique(groups)))
    yield from GroupKFold(count).split(groups, groups=groups)


def _chosen(
    x: FloatArray, y: FloatArray, groups: IntArray, rows: IntArray
) -> tuple[FloatArray, float]:
    """Weights and intercept fitted on these rows, and the strength of the pull to the default."""
    x, y, groups = x[rows], y[rows], groups[rows]
    default = _default(x.shape[1])
    if len(np.unique(groups)) < _FOLDS - 1:
        return default, math.inf
    errors = np.empty((len(_STRENGTHS), len(y)))
    for train, test in _folds(groups):
        for row, strength in zip(errors, _STRENGTHS, strict=True):
            row[test] = (_predicted(x[test], _solved(x[train], y[train], strength)) - y[test]) ** 2
    best = int(np.argmin(errors.mean(axis=1)))
    gains = (_predicted(x, default) - y) ** 2 - errors[best]
    # Answers to one question err alike, so the error of the sum is that of the questions' sums.
    sums = np.bincount(np.unique(groups, return_inverse=True)[1], weights=gains)
    if sums.sum() <= math.sqrt(len(sums)) * float(np.std(sums, ddof=1)):
        return default, math.inf
    return _solved(x, y, _STRENGTHS[best]), _STRENGTHS[best]


def _solved(x: FloatArray, y: FloatArray, strength: float) -> FloatArray:
    """Weights of 0 or above, and the intercept last, that fit best for this pull."""
    from scipy.optimize import lsq_linear

    default = _default(x.shape[1])
    pull = math.sqrt(strength)
    rows = np.vstack([np.column_stack([x, np.ones(len(x))]), pull * np.eye(len(default))])
    lowest = np.zeros(len(default))
    lowest[-1] = -math.inf
    wanted = np.concatenate([y, pull * default])
    found = lsq_linear(rows, wanted, bounds=(lowest, math.inf), method="bvls", max_iter=100)
    return np.asarray(found.x, dtype=np.float64)


def _default(count: int) -> FloatArray:
    """The score as it is: weight 1 for the first feature."""
    default: FloatArray = np.eye(count + 1)[0]
    return default


def _predicted(x: FloatArray, solution: FloatArray) -> FloatArray:
    scores: FloatArray = np.clip(x @ solution[:-1] + solution[-1], 0.0, 1.0)
    return scores


def _intervals(bands: Sequence[Band], scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = np.array([interval(bands, float(score)) for score in scores])
    return ends[:, 0], ends[:, 1]
