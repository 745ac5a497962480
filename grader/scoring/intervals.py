"""Where the true grade lies: conformal intervals around scores, from errors on held-out answers.

The errors (human grade minus predicted score) of past answers are sorted; of a new answer from the
same source, the error lies between the 5 % and the 95 % of them with a chance of 90 %, whatever
their distribution. Both ends are taken separately, since graders err to one side; by bands of the
score, since good answers are graded more surely than middling ones; and with the correction for
finite samples, the k-th of n errors standing at k/(n + 1).

Sources: Vovk, Gammerman and Shafer (2005), *Algorithmic Learning in a Random World* (bands are its
Mondrian categories); both ends apart: Linusson, Johansson and Löfström (2014), "Signed-error
conformal regression", *PAKDD*. The quantiles are those of MAPIE.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["COVERAGE", "FEWEST", "FEWEST_IN_BAND", "Band", "band_of", "fit_bands", "interval"]

COVERAGE = 0.9
"""Share of the true grades that lie within their intervals."""
FEWEST = 20
"""Errors without which there is no such interval: the ends would lie beyond all of them."""
FEWEST_IN_BAND = 30
"""With fewer errors a band joins its neighbour."""

_STARTS = (0.0, 0.2, 0.4, 0.6, 0.8)
_start = attrgetter("start")

FloatArray = NDArray[np.float64]


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The interval of the scores from ``start`` up to the next band's.

    Attributes:
        start: the lowest score, 0..1.
        low, high: what to add to a score for the lower and the upper end, -1..1.
        answers: how many errors these are from.
    """

    start: float
    low: float
    high: float
    answers: int


def fit_bands(
    predicted: FloatArray, human: FloatArray, *, coverage: float = COVERAGE
) -> tuple[Band, ...]:
    """The bands and their offsets.

    Args:
        predicted: held-out scores, 0..1; at least ``FEWEST``.
        human: the same answers' human grades, 0..1.
        coverage: of the intervals, 0..1.
    """
    starts = _merged(predicted)
    errors = human - predicted
    places = _places(starts, predicted)
    found = []
    for place, start in enumerate(starts):
        own = errors[places == place]
        low, high = (round(float(end), 6) for end in _ends(own, coverage))
        found.append(Band(float(start), low, high, len(own)))
    return tuple(found)


def band_of(bands: Sequence[Band], score: float) -> Band:
    """The band that a score of 0..1 lies in."""
    return bands[max(0, bisect_right(bands, score, key=_start) - 1)]


def interval(bands: Sequence[Band], score: float) -> tuple[float, float]:
    """Where the true grade of an answer with this score lies, within 0..1."""
    band = band_of(bands, score)
    return min(1.0, max(0.0, score + band.low)), min(1.0, max(0.0, score + band.high))


def _places(starts: Sequence[float], scores: FloatArray) -> NDArray[np.intp]:
    """The number of each score's band."""
    return np.maximum(np.searchsorted(np.array(starts), scores, side="right") - 1, 0)


def _merged(predicted: FloatArray) -> list[float]:
    """Where the bands begin, once those with few scores have joined the smaller neighbour."""
    starts = list(_STARTS)
    counts = np.bincount(_places(starts, predicted), minlength=len(starts)).tolist()
    while len(starts) > 1 and min(counts) < FEWEST_IN_BAND:
        least = counts.index(min(counts))
        beside = [place for place in (least - 1, least + 1) if 0 <= place < len(counts)]
        first = min(least, min(beside, key=counts.__getitem__))
        counts[first : first + 2] = [counts[first] + counts[first + 1]]
        del starts[first + 1]
    return starts


def _ends(errors: FloatArray, coverage: float) -> FloatArray:
    """The errors between which the next one lies with this chance, equally rarely beyond each."""
    from mapie.conformity_scores import AbsoluteConformityScore
    from mapie.regression import SplitConformalRegressor
    from sklearn.dummy import DummyRegressor

    # Around a prediction of zero the interval is what to add to any prediction.
    zero = DummyRegressor(strategy="constant", constant=0.0).fit([[0.0]], [0.0])
    conformal = SplitConformalRegressor(
        zero,
        confidence_level=coverage,
        conformity_score=AbsoluteConformityScore(sym=False),
        prefit=True,
    ).conformalize(np.zeros((len(errors), 1)), errors)
    _, ends = conformal.predict_interval(np.zeros((1, 1)))
    return np.asarray(ends, dtype=np.float64).reshape(2)
