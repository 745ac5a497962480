"""What it brings to have people grade the answers that a machine is least certain of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from grader.stats.bootstrap import FloatArray
from grader.stats.pairs import correlation
from grader.stats.sums import above, floor

__all__ = ["SHARES", "ReviewPoint", "review_curve"]

SHARES = (0.0, 0.1, 0.2, 0.3)


class ReviewPoint(msgspec.Struct, frozen=True):
    """Agreement when so many of the answers go to a person.

    Attributes:
        share: of the answers, 0..1.
        answers: how many these are.
        r, rmse: of all answers, with a person's grades where a person graded.
        r_rest, rmse_rest: of those left to the machine; None where undefined.
    """

    share: float
    answers: int
    r: float | None
    rmse: float
    r_rest: float | None
    rmse_rest: float | None


def review_curve(
    scores: Sequence[float],
    human: Sequence[float],
    widths: Sequence[float],
    shares: Sequence[float] = SHARES,
) -> tuple[ReviewPoint, ...]:
    """Agreement when the answers with the widest intervals go to a person, by their share.

    Args:
        scores: the machine's, at least one.
        human: what a person gives the same answers, in the same units.
        widths: of their intervals; of equally wide ones the first go first.
        shares: of the answers that go to a person, 0..1.

    Raises:
        ValueError: the sequences differ in length or are empty.
    """
    x, y, width = (np.array(side, dtype=np.float64) for side in (scores, human, widths))
    if not len(x) == len(y) == len(width) or not len(x):
        raise ValueError("scores, human grades and widths differ in length or are empty")
    least_certain = np.argsort(-width, kind="stable")
    found = []
    for share in shares:
        count = round(share * len(x))
        given, rest = least_certain[:count], least_certain[count:]
        mixed = x.copy()
        mixed[given] = y[given]
        rmse, left = _rmse(mixed, y), _rmse(x[rest], y[rest])
        assert rmse is not None, "there is an answer"
        found.append(ReviewPoint(share, count, _r(mixed, y), rmse, _r(x[rest], y[rest]), left))
    return tuple(found)


def _rmse(x: FloatArray, y: FloatArray) -> float | None:
    return math.sqrt(float(np.mean((x - y) ** 2))) if len(x) else None


def _r(x: FloatArray, y: FloatArray) -> float | None:
    """Pearson's correlation, None where undefined."""
    if len(x) < 2:
        return None
    a, b = x - x.mean(), y - y.mean()
    aa, bb, ab = (np.array([np.mean(product)]) for product in (a * a, b * b, a * b))
    value = float(correlation(above(aa, floor(x)), above(bb, floor(y)), ab)[0])
    return None if math.isnan(value) else value
