"""Two systems that answered the same questions: is the difference real, and what could be seen.

The question is the unit: a system's answers to it are averaged first, and what is tested are the
differences by question. Sources:

- the test: approximate randomization, Noreen, Computer-Intensive Methods for Testing Hypotheses
  (1989); every assignment of signs where there are few, else ``(count + 1) / (drawn + 1)``;
- the interval: percentile bootstrap of the differences, its percentiles moved outwards for small
  samples as in Hesterberg, What Teachers Should Know About the Bootstrap, The American
  Statistician 69(4) (2015), section 5.3, as plain ones are too narrow;
- the effect: d_z, Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), chapter 2;
- what could be seen: power of the paired t test by the noncentral t distribution (ibid.), the
  standard deviation taken at its upper 80 % limit, Browne, Statistics in Medicine 14 (1995).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
import numpy as np

from grader.stats.bootstrap import (
    LEVEL,
    SEED,
    Clustered,
    Estimate,
    FloatArray,
    mean_intervals,
)

__all__ = [
    "ALPHA",
    "FEWEST_PAIRED",
    "FLIPS",
    "POWER",
    "TIE",
    "PairedDifference",
    "holm",
    "paired",
    "pass_at_k",
    "pooled_sd",
]

ALPHA = 0.05
"""A difference is called real below this p."""

POWER = 0.8
"""Probability with which a difference of the detectable size is found."""

FEWEST_PAIRED = 6
"""With fewer questions no p can be below ``ALPHA``, and no interval is honest."""

FLIPS = 10_000
"""Resamples, and assignments of signs where there are too many to try all."""

TIE = 0.01
"""Scores closer than this are a tie."""

_ALL_SIGNS_UP_TO = 16
_DIGITS = 9  # beyond these a difference is how floats add up
_ROUNDING = 1e-9
_BLOCK_CELLS = 2_000_000
_SD_LIMIT = 0.8


class PairedDifference(msgspec.Struct, frozen=True):
    """How a second system differs from a first over the questions that both answered.

    Attributes:
        questions: that both have.
        first: mean of the first, by question.
        second: mean of the second.
        difference: second minus first, with a bootstrap interval; no ends with fewer than
            ``FEWEST_PAIRED`` questions.
        sd: standard deviation of the differences by question.
        p: two-sided, of the hypothesis that the labels do not matter; 0 < p <= 1.
        effect: mean difference over ``sd`` (d_z); None where nothing varies.
        wins: questions where the second is better.
        ties: questions where they are closer than ``TIE``.
        losses: questions where the first is better.
        detectable: the least true difference found in at least ``POWER`` of such comparisons;
            None where no difference could be, or nothing varies.
    """

    questions: int
    first: float
    second: float
    difference: Estimate
    sd: float
    p: float
    effect: float | None
    wins: int
    ties: int
    losses: int
    detectable: float | None


def paired(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    level: float = LEVEL,
    resamples: int = FLIPS,
    seed: int = SEED,
    alpha: float = ALPHA,
) -> PairedDifference | None:
    """Compare two systems by the questions that both have.

    Args:
        first: mean score of each question, 0..1, by its id; NaN means "cannot judge".
        second: likewise, of the other system.
        level: coverage of the interval, 0..1.
        resamples: of the bootstrap, and random assignments of signs.
        seed: of the generator; the same seed gives the same numbers, in any order of questions.
        alpha: what p must be below, for ``detectable``; ``ALPHA`` over their number where
            several comparisons are corrected for one another.

    Returns:
        None if fewer than 2 questions have both.

    Raises:
        ValueError: level or alpha is not between 0 and 1, or resamples is below 1.
    """
    for name, share in (("level", level), ("alpha", alpha)):
        if not 0.0 < share < 1.0:
            raise ValueError(f"{name} must lie between 0 and 1, not {share}")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    both = sorted(
        id for id in first.keys() & second if not (math.isnan(first[id]) or math.isnan(second[id]))
    )
    if len(both) < 2:
        return None
    old = np.array([first[id] for id in both], dtype=np.float64)
    new = np.array([second[id] for id in both], dtype=np.float64)
    apart = np.round(new - old, _DIGITS) + 0.0
    mean, sd = math.fsum(apart) / len(apart), float(np.std(apart, ddof=1))
    low, high = _interval(apart, level, resamples, seed)
    varies = sd > _ROUNDING
    return PairedDifference(
        questions=len(both),
        first=math.fsum(old) / len(old),
        second=math.fsum(new) / len(new),
        difference=Estimate(mean, low, high),
        sd=sd,
        p=_p(apart, resamples, seed),
        effect=mean / sd if varies else None,
        wins=int(np.sum(apart >= TIE)),
        ties=int(np.sum(np.abs(apart) < TIE)),
        losses=int(np.sum(apart <= -TIE)),
        detectable=_detectable(len(both), sd, alpha) if varies else None,
    )


def _interval(
    apart: FloatArray, level: float, resamples: int, seed: int
) -> tuple[float | None, float | None]:
    """Ends whose percentiles are as far out as Student's t is beyond the normal."""
    if len(apart) < FEWEST_PAIRED:
        return None, None
    from scipy.special import ndtr, stdtrit

    t = float(stdtrit(len(apart) - 1, (1.0 + level) / 2.0))
    tail = float(ndtr(-t * math.sqrt(len(apart) / (len(apart) - 1))))
    found = mean_intervals(
        [Clustered.single(apart)], level=1.0 - 2.0 * tail, resamples=resamples, seed=seed
    )[0]
    return found.low, found.high


def _p(apart: FloatArray, drawn: int, seed: int) -> float:
    """How often the differences with random signs are as far from 0 as they are."""
    moved = apart[apart != 0.0]
    bound = abs(math.fsum(moved)) - _ROUNDING * float(np.abs(moved).sum())
    if len(moved) <= _ALL_SIGNS_UP_TO:
        sums = np.zeros(1)
        for difference in moved:
            sums = np.concatenate([sums + difference, sums - difference])
        return float(np.mean(np.abs(sums) >= bound))
    as_far = sum(int(np.sum(np.abs(sums) >= bound)) for sums in _random_sums(moved, drawn, seed))
    return (as_far + 1) / (drawn + 1)


def _random_sums(moved: FloatArray, drawn: int, seed: int) -> Iterator[FloatArray]:
    """Sums of the differences with random signs, in blocks, which keep memory bounded."""
    generator = np.random.default_rng(seed)
    rows = max(1, _BLOCK_CELLS // len(moved))
    for start in range(0, drawn, rows):
        size = (min(rows, drawn - start), math.ceil(len(moved) / 8))
        octets = generator.integers(0, 256, size=size, dtype=np.uint8)
        negative = np.unpackbits(octets, axis=1, count=len(moved)).astype(np.float64)
        yield moved.sum() - 2.0 * (negative @ moved)


def _detectable(questions: int, sd: float, alpha: float) -> float | None:
    # The test's p are multiples of 2 / 2^n; where only the least is below alpha, what it takes is
    # every difference of one sign, which the t distribution does not tell.
    step = 2.0 ** (1 - min(questions, 60))
    attained = math.floor(alpha / step) * step
    if attained < 2 * step:
        return None
    return _noncentrality(questions, attained) * sd / math.sqrt(questions)


@lru_cache(maxsize=1024)
def _noncentrality(questions: int, alpha: float) -> float:
    """The difference in standard errors that a t test finds with ``POWER``.

    The standard error is that of the sample, at its upper limit of confidence ``_SD_LIMIT``.
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri, nctdtr, stdtrit

    df = questions - 1
    t = float(stdtrit(df, 1.0 - alpha / 2.0))
    shift = float(brentq(lambda shift: nctdtr(df, shift, t) - (1.0 - POWER), 0.0, 2.0 * t + 3.0))
    return shift * math.sqrt(df / float(chdtri(df, _SD_LIMIT)))


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for one another, in their order; below alpha as often as one alone is.

    Source: Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
    Statistics 6(2) (1979).
    """
    adjusted = [0.0] * len(p_values)
    greatest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        greatest = max(greatest, min(1.0, p_values[index] * (len(p_values) - place)))
        adjusted[index] = greatest
    return adjusted


def pass_at_k(n: int, c: int, k: int) -> float:
    """Probability that at least one of k answers passes, from n answers of which c do.

    The unbiased estimate of Chen et al., Evaluating Large Language Models Trained on Code
    (2021), section 2.1.

    Raises:
        ValueError: not 0 <= c <= n, or not 1 <= k <= n.
    """
    if not (0 <= c <= n and 1 <= k <= n):
        raise ValueError(f"no pass@{k} from {c} of {n}")
    return 1.0 - math.comb(n - c, k) / math.comb(n, k)


def pooled_sd(groups: Iterable[Sequence[float]]) -> float | None:
    """Standard deviation within groups, such as a question's samples, pooled over the groups.

    Returns:
        The root of the summed squares over the summed degrees of freedom; None if no group has
        two values.
    """
    squares, freedom = 0.0, 0
    for values in groups:
        if len(values) > 1:
            mean = math.fsum(values) / len(values)
            squares += math.fsum((value - mean) ** 2 for value in values)
            freedom += len(values) - 1
    return math.sqrt(squares / freedom) if freedom else None
