"""How machine scores relate to a person's, each number with its interval.

All but Spearman's correlation are functions of sums over answers, so they share one table of
per-question sums with the bootstrap. Spearman's needs ranks within every resample; those come
from weighted counts of the distinct values.

Sources: quadratic weighted kappa, Cohen (1968), *Psychological Bulletin* 70(4); first-order
partial correlation, Yule (1907), *Proceedings of the Royal Society A* 79.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import msgspec
import numpy as np

from grader.stats.bootstrap import (
    LEVEL,
    RESAMPLES,
    SEED,
    Estimate,
    FloatArray,
    cluster_numbers,
    cluster_sums,
    percentiles,
    resampled_sums,
)
from grader.stats.ranks import rank_correlation, resampled_rank_correlation
from grader.stats.sums import above, floor

__all__ = ["Agreement", "Estimate", "agreement"]

_NAMES = ("pearson", "spearman", "qwk", "exact", "adjacent", "rmse", "mae", "partial")


class Agreement(msgspec.Struct, frozen=True):
    """How scores relate to human grades over answers that have both.

    Attributes:
        n: answers compared.
        clusters: questions they belong to.
        missing: answers left out because the score or the human grade is None or NaN.
        pearson: linear correlation, -1..1.
        spearman: rank correlation with mid-ranks for ties, -1..1.
        qwk: quadratic weighted kappa over all categories 0..scale, at most 1.
        exact: share of answers in the same category, 0..1.
        adjacent: share of answers at most one category apart, 0..1.
        rmse: root of the mean squared difference, in units of the 0..1 score.
        mae: mean absolute difference, in units of the 0..1 score.
        partial: correlation of score and human grade with answer length held fixed, -1..1;
            undefined without lengths.
    """

    n: int
    clusters: int
    missing: int
    pearson: Estimate
    spearman: Estimate
    qwk: Estimate
    exact: Estimate
    adjacent: Estimate
    rmse: Estimate
    mae: Estimate
    partial: Estimate


def agreement(
    scores: Sequence[float | None],
    human: Sequence[float | None],
    clusters: Sequence[Hashable],
    lengths: Sequence[float] | None,
    scale: int,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """Compare scores with human grades of the same answers.

    Args:
        scores: 0..1; None and NaN mean "cannot judge" and leave the answer out.
        human: 0..1, likewise.
        clusters: each answer's question; questions are what the bootstrap resamples.
        lengths: each answer's length in any unit, or None.
        scale: highest category; both sides become the integers 0..scale, halves upwards,
            values outside the range at its ends.
        level: coverage of the intervals, 0..1.
        resamples: how many times to resample.
        seed: of the generator.

    Raises:
        ValueError: the sequences differ in length, scale is below 1, or level is not
            between 0 and 1.
    """
    sizes = {len(scores), len(human), len(clusters), len(scores if lengths is None else lengths)}
    if len(sizes) > 1:
        raise ValueError("scores, human grades, clusters and lengths differ in length")
    if scale < 1:
        raise ValueError(f"scale must be at least 1, not {scale}")
    x, y = _numbers(scores), _numbers(human)
    kept = ~(np.isnan(x) | np.isnan(y))
    missing = int((~kept).sum())
    if not kept.any():
        nothing = Estimate(None)
        return Agreement(0, 0, missing, *([nothing] * 8))
    x, y = x[kept], y[kept]
    z = np.zeros_like(x) if lengths is None else _numbers(lengths)[kept]
    numbers = cluster_numbers([c for c, keep in zip(clusters, kept, strict=True) if keep])

    sums = cluster_sums(_columns(x, y, z, scale), numbers)
    floors = tuple(floor(side) for side in (x, y, z))
    values = _statistics(sums.sum(axis=0, keepdims=True), floors)
    values["spearman"] = rank_correlation(x, y, numbers, np.ones((1, len(sums))))
    resampled: dict[str, FloatArray] = {}
    if len(sums) > 1:
        resampled = _statistics(resampled_sums(sums, resamples=resamples, seed=seed), floors)
        resampled["spearman"] = resampled_rank_correlation(
            x, y, numbers, clusters=len(sums), resamples=resamples, seed=seed
        )
    estimates = (_estimate(name, values, resampled, level) for name in _NAMES)
    return Agreement(len(x), len(sums), missing, *estimates)


def _estimate(
    name: str, values: Mapping[str, FloatArray], resampled: Mapping[str, FloatArray], level: float
) -> Estimate:
    value = float(values[name][0])
    if math.isnan(value):
        return Estimate(None)
    return Estimate(value, *(percentiles(resampled[name], level) if resampled else (None, None)))


def _numbers(values: Sequence[float | None]) -> FloatArray:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _categories(values: FloatArray, scale: int) -> FloatArray:
    # The small addend keeps halves that are not exact in binary on their upper side.
    rounded = np.floor(values * scale + 0.5 + 1e-9)
    return np.clip(rounded, 0.0, float(scale))


def _columns(x: FloatArray, y: FloatArray, z: FloatArray, scale: int) -> FloatArray:
    """What each answer adds to the sums; centred so that variances lose no digits."""
    a, b, c = x - x.mean(), y - y.mean(), z - z.mean()
    p, q = _categories(x, scale), _categories(y, scale)
    apart, error = np.abs(p - q), x - y
    columns = [np.ones_like(x), a, b, c, a * a, b * b, c * c, a * b, a * c, b * c]
    columns += [p, q, p * p + q * q, apart * apart, apart == 0, apart <= 1]
    columns += [error * error, np.abs(error)]
    return np.column_stack(columns).astype(np.float64)


def _statistics(sums: FloatArray, floors: tuple[float, ...]) -> dict[str, FloatArray]:
    means = (sums[:, 1:] / sums[:, :1]).T
    a, b, c, aa, bb, cc, ab, ac, bc, p, q, pq, apart, same, near, square, absolute = means
    aa, bb, cc = (
        above(second - first * first, least)
        for second, first, least in zip((aa, bb, cc), (a, b, c), floors, strict=True)
    )
    r_ab = _bounded((ab - a * b) / np.sqrt(aa * bb))
    r_ac = _bounded((ac - a * c) / np.sqrt(aa * cc))
    r_bc = _bounded((bc - b * c) / np.sqrt(bb * cc))
    left = above((1 - r_ac * r_ac) * (1 - r_bc * r_bc))
    # With integer categories and quadratic weights the expected disagreement needs only the
    # moments of the two sides, so categories nobody used count as they should.
    expected = above(pq - 2 * p * q)
    return {
        "pearson": r_ab,
        "qwk": 1 - apart / expected,
        "exact": same,
        "adjacent": near,
        "rmse": np.sqrt(square),
        "mae": absolute,
        "partial": _bounded((r_ab - r_ac * r_bc) / np.sqrt(left)),
    }


def _bounded(values: FloatArray) -> FloatArray:
    return np.clip(values, -1.0, 1.0)
