"""How two series of grades agree, from sums over answers.

Sources: the definitions of ETS's RSMTool 12 (``rsmtool.analyzer`` and ``rsmtool.utils``), whose
values these equal. Quadratic weighted kappa for continuous grades: Haberman (2019), "Measures of
agreement versus measures of prediction accuracy", *ETS Research Report Series*. Kappa: Cohen
(1960), *Educational and Psychological Measurement* 20. Standardized mean difference: Williamson,
Xi and Breyer (2012), *Educational Measurement: Issues and Practice* 31(1). Proportional reduction
in mean squared error: Loukina and others (2020), "Using PRMSE to evaluate automated scoring
systems in the presence of label noise", *Proceedings of BEA*.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.stats.bootstrap import FloatArray
from grader.stats.sums import Columns, Sums, above, floor, ratio

__all__ = [
    "Pair",
    "correlation",
    "given_length",
    "nearest",
    "one_hot",
    "trimmed",
    "true_score",
    "true_score_columns",
]

TOLERANCE = 0.4998
"""How far grades may lie outside the scale, in steps: as far as still rounds to its ends."""

_EQUAL = 1e-9


def trimmed(grades: FloatArray, scale: float, step: float) -> FloatArray:
    """Grades cut off just outside 0..scale."""
    return np.clip(grades, -TOLERANCE * step, scale + TOLERANCE * step)


def nearest(grades: FloatArray, step: float) -> FloatArray:
    """The nearest whole number of steps, halves to the even one; NaN stays NaN."""
    # Rounding first keeps halves that are not exact in binary halves.
    return np.rint(np.round(grades / step, 9))


def one_hot(numbers: FloatArray, count: int) -> NDArray[np.bool_]:
    """A row for each answer with its category marked; none for NaN."""
    marked: NDArray[np.bool_] = numbers[:, None] == np.arange(count)
    return marked


class Pair:
    """Two series of grades of the same answers.

    Args:
        name: under which its sums are kept.
        x: the first side, a person's grades.
        y: the other side, NaN where an answer is to be left out.
        step: between neighbouring categories.
        count: of categories.
    """

    def __init__(self, name: str, x: FloatArray, y: FloatArray, step: float, count: int) -> None:
        self.kept = ~np.isnan(y)
        self._name, self._x, self._y, self._step, self._count = name, x, y, step, count
        kept_x, kept_y = x[self.kept], y[self.kept]
        # Sums of squares about the mean lose no digits.
        self._means = tuple(float(side.mean()) if len(side) else 0.0 for side in (kept_x, kept_y))
        self._floors = floor(kept_x), floor(kept_y)

    def add(self, columns: Columns) -> None:
        """Add what the statistics need."""
        name, kept = self._name, self.kept
        x = np.where(kept, self._x - self._means[0], 0.0)
        y = np.where(kept, self._y - self._means[1], 0.0)
        apart = np.where(kept, np.abs(self._x - self._y), 0.0)
        p = np.where(kept, nearest(self._x, self._step), np.nan)
        q = nearest(self._y, self._step)
        columns.add(f"{name}.n", kept)
        moments = {"x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y, "ee": apart * apart}
        for key, values in moments.items():
            columns.add(f"{name}.{key}", values)
        columns.add(f"{name}.exact", kept & (apart <= _EQUAL))
        columns.add(f"{name}.adjacent", kept & (apart <= self._step + _EQUAL))
        columns.add(f"{name}.same", p == q)
        columns.add(f"{name}.p", one_hot(p, self._count))
        columns.add(f"{name}.q", one_hot(q, self._count))

    def statistics(self, sums: Sums) -> dict[str, FloatArray]:
        """Every statistic of the pair, NaN where undefined.

        ``smd`` divides by the SD of x, ``smd_pooled`` by the root of the mean of both variances.
        ``exact`` and ``adjacent`` compare the grades as they are, ``kappa`` as categories.
        """
        name = self._name
        n = sums[f"{name}.n"]
        x, y, xx, yy, xy, ee, exact, adjacent, same = (
            ratio(sums[f"{name}.{key}"], n)
            for key in ("x", "y", "xx", "yy", "xy", "ee", "exact", "adjacent", "same")
        )
        vx, vy = np.maximum(xx - x * x, 0.0), np.maximum(yy - y * y, 0.0)
        unbiased = ratio(n, n - 1)
        x_mean, y_mean = x + self._means[0], y + self._means[1]
        apart, covariance = y_mean - x_mean, xy - x * y
        dx, dy = above(vx, self._floors[0]), above(vy, self._floors[1])
        spread = above(vx + vy + apart * apart, sum(self._floors))
        return {
            "n": n,
            "x_mean": x_mean,
            "y_mean": y_mean,
            "x_sd": np.sqrt(vx * unbiased),
            "y_sd": np.sqrt(vy * unbiased),
            "smd": apart / np.sqrt(dx * unbiased),
            "smd_pooled": apart / np.sqrt(above(vx + vy, sum(self._floors)) * unbiased / 2),
            "pearson": correlation(dx, dy, covariance),
            "qwk": 2 * covariance / spread,
            "kappa": _kappa(same, sums.rows(f"{name}.p"), sums.rows(f"{name}.q"), n),
            "exact": exact,
            "adjacent": adjacent,
            "rmse": np.sqrt(ee),
            "r2": 1 - ee / dx,
        }

    def confusion(self) -> NDArray[np.int64]:
        """Answers by category of x (rows) and of y (columns)."""
        p, q = (nearest(side[self.kept], self._step) for side in (self._x, self._y))
        found = np.zeros((self._count, self._count), dtype=np.int64)
        np.add.at(found, (p.astype(np.intp), q.astype(np.intp)), 1)
        return found


def correlation(xx: FloatArray, yy: FloatArray, xy: FloatArray) -> FloatArray:
    """From variances and covariance, or sums of squares and products; NaN for NaN."""
    return np.clip(xy / np.sqrt(xx * yy), -1.0, 1.0)


def _kappa(same: FloatArray, p: FloatArray, q: FloatArray, n: FloatArray) -> FloatArray:
    by_chance = ratio((p * q).sum(axis=1), n * n)
    return 1 - (1 - same) / above(1 - by_chance)


def given_length(xy: FloatArray, xz: FloatArray, yz: FloatArray) -> FloatArray:
    """First-order partial correlation of x and y with z held fixed (Yule 1907), -1..1."""
    left = above((1 - xz * xz) * (1 - yz * yz))
    return np.clip((xy - xz * yz) / np.sqrt(left), -1.0, 1.0)


class _TrueScore(NamedTuple):
    error_variance: FloatArray
    true_variance: FloatArray
    mse: FloatArray
    prmse: FloatArray


def true_score_columns(
    columns: Columns, machine: FloatArray, human: FloatArray, second: FloatArray, shift: float
) -> None:
    """Add what PRMSE needs; ``second`` is NaN where there is no second grade."""
    twice = ~np.isnan(second)
    grades = 1.0 + twice
    mean = np.where(twice, (human + np.where(twice, second, 0.0)) / 2, human)
    apart = np.where(twice, human - second, 0.0)
    columns.add("true.answers", np.ones_like(human))
    columns.add("true.double", twice)
    columns.add("true.grades", grades)
    columns.add("true.grades2", grades * grades)
    columns.add("true.mean", grades * (mean - shift))
    columns.add("true.mean2", grades * (mean - shift) ** 2)
    columns.add("true.error", grades * (mean - machine) ** 2)
    columns.add("true.apart", apart * apart / 2)


def true_score(sums: Sums) -> _TrueScore:
    """Variances of raters' errors and of true scores, mean squared error and PRMSE.

    A variance of true scores that is estimated at 0 or below leaves PRMSE undefined.
    """
    answers, grades = sums["true.answers"], sums["true.grades"]
    error = ratio(sums["true.apart"], sums["true.double"])
    squares = sums["true.mean2"] - sums["true.mean"] ** 2 / grades
    true = (squares - (answers - 1) * error) / above(grades - sums["true.grades2"] / grades)
    mse = (sums["true.error"] - answers * error) / grades
    return _TrueScore(error, true, mse, 1 - mse / above(true))
