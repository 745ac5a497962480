"""Fits a calibration to human grades.

Least squares, the weights kept at 0 or above and drawn to the default, which is the score as it is
(ridge regression toward a prior: Hoerl and Kennard 1970, *Technometrics* 12, with a mean other than
zero). How strongly is chosen by cross-validation that holds out whole questions, among strengths
that end with infinity, the default itself; that is taken unless another predicts better by more
than one standard error (the rule of Breiman, Friedman, Olshen and Stone 1984, *Classification and
Regression Trees*). So few grades change little.

Questions with many graded answers are fitted once more in the same way, with what those answers
teach as one more feature (:mod:`grader.scoring.exemplars`) and drawn to the weights of all.

Everything that is said of a calibration afterwards, its intervals included, comes from answers
held out from the fit and from the choice of the strength alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from grader.scoring.exemplars import GRADED, Exemplars, learn
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
        after: their scores by a calibration that had not seen their question, save that graded
            answers to it in other words may have taught.
        low, high: their intervals likewise; None when fewer than 20 answers remain to make them.
        learned: how many questions had graded answers enough to learn from.
    """

    calibration: Calibration
    places: tuple[int, ...]
    human: FloatArray
    before: FloatArray
    after: FloatArray
    low: FloatArray | None
    high: FloatArray | None
    learned: int

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
    learned = learn(questions, [grade.text for grade in bare], y)
    teaching = [None if math.isnan(value) else value for value in learned.predicted.tolist()]
    found = [
        features(grade, point_weights.get(grade.question_id, {}), value)
        for grade, value in zip(bare, teaching, strict=True)
    ]
    names, x = _table(found)
    graded = np.array([math.nan if (v := row.get(GRADED)) is None else v for row in found])
    least, most = np.array([bounds(grade) for grade in bare], dtype=np.float64).T
    free = (least == 0) & (most == 1)
    everywhere, apart = _groups(questions), _groups_apart(questions, ~np.isnan(graded))
    data = _Data(x, graded, y, everywhere, apart)
    folds = list(_folds(apart))
    after, low, high = np.empty_like(y), np.empty_like(y), np.empty_like(y)
    for train, test in folds:
        predicted = data.predicted(test, data.solutions(train[free[train]]))
        after[test] = np.clip(predicted, least[test], most[test])
    enough = all(len(train) >= FEWEST for train, _ in folds)
    for train, test in folds if enough else ():
        low[test], high[test] = _intervals(fit_bands(after[train], y[train]), after[test])
    final = data.solutions(np.flatnonzero(free))
    weights, intercept = _rounded(names, final.weights)
    exemplars = None
    if final.own is not None:
        own = _rounded([*names, GRADED], final.own)
        exemplars = Exemplars(*own, final.own_strength, learned.models)
    calibration = Calibration(
        features=weights,
        intercept=intercept,
        bands=fit_bands(after, y),
        answers=len(kept),
        questions=len(set(questions)),
        shrinkage=None if math.isinf(final.strength) else final.strength,
        tier=tier,
        signature=signature,
        exemplars=exemplars,
    )
    return Fitted(
        calibration,
        tuple(kept),
        y,
        x[:, 0],
        after,
        low if enough else None,
        high if enough else None,
        len(learned.models),
    )


class _Solutions(NamedTuple):
    """Weights with the intercept last, and how strongly they were drawn to their default.

    Attributes:
        own: of the answers to questions that graded answers teach; None when they have the others.
    """

    weights: FloatArray
    strength: float
    own: FloatArray | None
    own_strength: float


@dataclass(frozen=True)
class _Data:
    """What weights are fitted to.

    Attributes:
        x: the features, "score" first.
        graded: the feature "graded", NaN where there is none.
        y: human grades.
        groups: what is held out together.
        groups_apart: likewise, when weights are fitted to answers with "graded" alone.
    """

    x: FloatArray
    graded: FloatArray
    y: FloatArray
    groups: IntArray
    groups_apart: IntArray

    def solutions(self, rows: IntArray) -> _Solutions:
        """Fitted on these rows."""
        default: FloatArray = np.eye(self.x.shape[1] + 1)[0]
        weights, strength = _chosen(self.x[rows], self.y[rows], self.groups[rows], default)
        taught = rows[~np.isnan(self.graded[rows])]
        default = np.insert(weights, -1, 0.0)
        most = np.full(len(default), math.inf)
        most[-2] = 1.0  # more would lift a score by more than what "graded" is limited to
        own, own_strength = _chosen(
            self._wide(taught), self.y[taught], self.groups_apart[taught], default, most
        )
        helps = not math.isinf(own_strength)
        return _Solutions(weights, strength, own if helps else None, own_strength)

    def predicted(self, rows: IntArray, by: _Solutions) -> FloatArray:
        """The scores of these rows."""
        scores = _predicted(self.x[rows], by.weights)
        if by.own is None:
            return scores
        return np.where(np.isnan(self.graded[rows]), scores, _predicted(self._wide(rows), by.own))

    def _wide(self, rows: IntArray) -> FloatArray:
        return np.column_stack([self.x[rows], self.graded[rows]])


def _rounded(names: Sequence[str], solution: FloatArray) -> tuple[dict[str, float], float]:
    """Weights by feature, and the intercept, as they are stored."""
    *weights, intercept = (round(float(value), 6) + 0.0 for value in solution)
    return dict(zip(names, weights, strict=True)), intercept


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
    first = {question: place for place, question in reversed(list(enumerate(questions)))}
    if len(first) < _FOLDS:
        return np.arange(len(questions))
    return np.array([first[question] for question in questions])


def _groups_apart(questions: Sequence[str], taught: NDArray[np.bool_]) -> IntArray:
    """The same for the answers that graded answers teach and for the others, each by themselves."""
    groups = np.arange(len(questions))
    for own in (taught, ~taught):
        rows = np.flatnonzero(own)
        groups[rows] = rows[_groups([questions[row] for row in rows.tolist()])]
    return groups


def _folds(groups: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """What to fit on and what to hold out, in turn; always the same."""
    from sklearn.model_selection import GroupKFold

    count = min(_FOLDS, len(np.unique(groups)))
    yield from GroupKFold(count).split(groups, groups=groups)


def _chosen(
    x: FloatArray,
    y: FloatArray,
    groups: IntArray,
    default: FloatArray,
    most: FloatArray | float = math.inf,
) -> tuple[FloatArray, float]:
    """Weights and intercept fitted on these rows, and the strength of the pull to the default."""
    if len(np.unique(groups)) < _FOLDS - 1:
        return default, math.inf

    def solve(rows: IntArray, strength: float) -> FloatArray:
        return _solved(x[rows], y[rows], strength, default, most)

    errors = np.empty((len(_STRENGTHS), len(y)))
    for train, test in _folds(groups):
        for row, strength in zip(errors, _STRENGTHS, strict=True):
            row[test] = (_predicted(x[test], solve(train, strength)) - y[test]) ** 2
    best = int(np.argmin(errors.mean(axis=1)))
    gains = (_predicted(x, default) - y) ** 2 - errors[best]
    # Answers to one question err alike, so the error of the sum is that of the questions' sums.
    sums = np.bincount(np.unique(groups, return_inverse=True)[1], weights=gains)
    if sums.sum() <= math.sqrt(len(sums)) * float(np.std(sums, ddof=1)):
        return default, math.inf
    return solve(np.arange(len(y)), _STRENGTHS[best]), _STRENGTHS[best]


def _solved(
    x: FloatArray,
    y: FloatArray,
    strength: float,
    default: FloatArray,
    most: FloatArray | float,
) -> FloatArray:
    """Weights from 0 to the most, and the intercept last, that fit best for this pull."""
    from scipy.optimize import lsq_linear

    pull = math.sqrt(strength)
    rows = np.vstack([np.column_stack([x, np.ones(len(x))]), pull * np.eye(len(default))])
    lowest = np.zeros(len(default))
    lowest[-1] = -math.inf
    wanted = np.concatenate([y, pull * default])
    found = lsq_linear(rows, wanted, bounds=(lowest, most), method="bvls", max_iter=100)
    return np.asarray(found.x, dtype=np.float64)


def _predicted(x: FloatArray, solution: FloatArray) -> FloatArray:
    scores: FloatArray = np.clip(x @ solution[:-1] + solution[-1], 0.0, 1.0)
    return scores


def _intervals(bands: Sequence[Band], scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    ends = np.array([interval(bands, float(score)) for score in scores])
    return ends[:, 0], ends[:, 1]
