"""Item analysis: how well questions and key points tell good answers from poor ones.

Classical test theory on scores and coverages of 0..1. None and NaN mean "cannot judge" and are
left out; a statistic of fewer than ``FEWEST`` answers or respondents is None, not a guess.

Sources: corrected item-rest correlation, Henrysson (1963), *Psychometrika* 28(2); groups of 27 %,
Kelley (1939), *Journal of Educational Psychology* 30(1); alpha, Cronbach (1951), *Psychometrika*
16(3); intervals of correlations, Fisher (1921), *Metron* 1; log-odds with an informative Dirichlet
prior, Monroe, Colaresi and Quinn (2008), *Political Analysis* 16(4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from grader.stats.bootstrap import LEVEL, RESAMPLES, SEED, Estimate, FloatArray
from grader.stats.sums import Columns, Resampling, Sums, above, floor

__all__ = [
    "FEWEST",
    "ItemStatistics",
    "PointStatistics",
    "Reliability",
    "correlation",
    "item_statistics",
    "log_odds",
    "point_statistics",
    "reliability",
    "rest_scores",
    "upper_lower",
]

FEWEST = 5
"""Answers or respondents that a correlation, an alpha or a verdict needs."""

TAIL = 0.27
_FEWEST_FOR_TAILS = 10  # so that a group has three answers
_COVERED = 0.5
_NEARLY = 0.005  # what is shown as full or nothing at two digits counts as such
_NORMAL_95 = 1.959963984540054

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Criterion = Literal["rest", "human", "score"]
Verdict = Literal["never", "always", "against"]
Values = Sequence[float | None]


class ItemStatistics(msgspec.Struct, frozen=True):
    """One question over the answers to it that have a score."""

    n: Annotated[int, Meta(ge=0, description="Answers with a score.")]
    facility: Annotated[Share | None, Meta(description="Mean score.")]
    discrimination: Annotated[
        Estimate,
        Meta(description="Correlation with the respondents' scores on the other questions."),
    ]
    upper_lower: Annotated[
        float | None,
        Meta(description="Mean score of the best 27 % minus that of the worst, -1..1."),
    ]
    criterion: Annotated[
        Criterion | None,
        Meta(description="Best and worst by: the other questions, human grades, this score."),
    ]
    full: Annotated[Share | None, Meta(description="Share of answers with the full score.")]
    zero: Annotated[Share | None, Meta(description="Share with none.")]


class PointStatistics(msgspec.Struct, frozen=True):
    """One key point over the answers in which it was judged."""

    n: Count
    covered: Annotated[Share | None, Meta(description="Share with a coverage of 0.5 or more.")]
    zero: Annotated[Share | None, Meta(description="Share with no coverage.")]
    rest: Annotated[
        Estimate, Meta(description="Correlation of coverage with the score on the other points.")
    ]
    verdict: Annotated[
        Verdict | None,
        Meta(description="Covered by none, by all, or the correlation's interval is below 0."),
    ]


class Reliability(msgspec.Struct, frozen=True):
    """Whether the questions measure one thing: Cronbach's alpha over respondents."""

    respondents: Annotated[int, Meta(ge=0, description="With a name and a scored answer.")]
    complete: Annotated[int, Meta(ge=0, description="Of these with a score on every question.")]
    questions: Annotated[int, Meta(ge=0, description="With a scored answer by a respondent.")]
    alpha: Annotated[Estimate, Meta(description="At most 1; its interval is by respondent.")]
    without: Annotated[
        tuple[float | None, ...], Meta(description="Alpha if that question is dropped.")
    ]
    reason: Annotated[
        Literal["no_respondents", "one_question", "few_respondents", "no_variance"] | None,
        Meta(description="Why there is no alpha."),
    ]


def correlation(x: Values, y: Values) -> Estimate:
    """Pearson's correlation with its 95 % interval, over pairs that have both values.

    The interval is Fisher's: tanh(artanh r ± 1.96 / √(n − 3)).

    Returns:
        -1..1; None with fewer than ``FEWEST`` pairs or where a side is constant.
    """
    pairs = _known(x, y)
    n = pairs.shape[1]
    if n < FEWEST or any(_constant(side) for side in pairs):
        return Estimate(None)
    a, b = pairs - pairs.mean(axis=1, keepdims=True)
    r = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    if abs(r) > 1 - 1e-12:
        r = math.copysign(1.0, r)
        return Estimate(r, r, r)
    reach = _NORMAL_95 / math.sqrt(n - 3)
    return Estimate(r, math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach))


def upper_lower(scores: Values, criterion: Values) -> float | None:
    """Mean score of the 27 % of answers that are best by the criterion minus that of the worst.

    Answers that tie at the border of a group share its remaining places, so order is no matter.

    Returns:
        -1..1; None with fewer than 10 answers or a constant criterion.
    """
    values, order = _known(scores, criterion)
    if len(values) < _FEWEST_FOR_TAILS or _constant(order):
        return None
    size = round(TAIL * len(values))
    return _tail(values, order, size) - _tail(values, -order, size)


def _tail(values: FloatArray, order: FloatArray, size: int) -> float:
    border = np.sort(order)[-size]
    inside, tied = values[order > border], values[order == border]
    return float((inside.sum() + (size - len(inside)) * tied.mean()) / size)


def rest_scores(scores: Sequence[Values]) -> list[list[float | None]]:
    """How each respondent does on the questions other than each one.

    Mean over the respondent's other questions of the score minus the question's mean. With no
    cell missing it correlates as the sum of the other scores does; with some missing it does not
    take those who were asked hard questions for poor respondents.

    Args:
        scores: respondents × questions.

    Returns:
        The same shape; None for a respondent without another question.
    """
    if not scores:
        return []
    table = _table(scores)
    known = ~np.isnan(table)
    counts = np.maximum(known.sum(axis=0), 1)
    apart = np.where(known, table - np.where(known, table, 0).sum(axis=0) / counts, 0)
    others = known.sum(axis=1, keepdims=True) - known
    rest = (apart.sum(axis=1, keepdims=True) - apart) / np.maximum(others, 1)
    return [
        [float(value) if count else None for value, count in zip(values, row, strict=True)]
        for values, row in zip(rest, others, strict=True)
    ]


def item_statistics(scores: Values, rest: Values, human: Values | None = None) -> ItemStatistics:
    """One question.

    Args:
        scores: of the answers to it.
        rest: for each answer its respondent's score on the other questions.
        human: a person's grade of each; ranks the answers where there are not enough ``rest``.
    """
    known = _judged(scores)
    index, criterion = _first_index(scores, rest, human)
    return ItemStatistics(
        n=len(known),
        facility=_mean(known),
        discrimination=correlation(scores, rest),
        upper_lower=index,
        criterion=criterion,
        full=_mean(known >= 1 - _NEARLY),
        zero=_mean(known <= _NEARLY),
    )


def _first_index(
    scores: Values, rest: Values, human: Values | None
) -> tuple[float | None, Criterion | None]:
    """The upper-lower index by the best criterion there is."""
    criteria: dict[Criterion, Values | None] = {"rest": rest, "human": human, "score": scores}
    for name, values in criteria.items():
        if values is not None and (index := upper_lower(scores, values)) is not None:
            return index, name
    return None, None


def point_statistics(
    coverages: Sequence[Values], weights: Sequence[float]
) -> tuple[PointStatistics, ...]:
    """The key points of one question.

    Args:
        coverages: answers × points, 0..1.
        weights: of the points, above 0.

    Returns:
        One for each point. What it is correlated with is the weighted mean coverage of the other
        points judged in the answer: the score without the point itself.
    """
    table = _table(coverages).reshape(len(coverages), len(weights))
    mass = np.where(np.isnan(table), 0, np.asarray(weights, dtype=np.float64))
    gained = mass * np.nan_to_num(table)
    others = mass.sum(axis=1, keepdims=True) - mass
    lost = gained.sum(axis=1, keepdims=True) - gained
    rest = np.where(others > 1e-12, lost / np.where(others > 1e-12, others, 1), math.nan)
    return tuple(
        _point(own, other) for own, other in zip(table.T.tolist(), rest.T.tolist(), strict=True)
    )


def _point(coverage: Values, rest: Values) -> PointStatistics:
    known = _judged(coverage)
    covered, related = _mean(known >= _COVERED), correlation(coverage, rest)
    verdict: Verdict | None = None
    if len(known) >= FEWEST and covered in {0.0, 1.0}:
        verdict = "always" if covered else "never"
    elif related.high is not None and related.high < 0:
        verdict = "against"
    return PointStatistics(len(known), covered, _mean(known <= _NEARLY), related, verdict)


def reliability(
    scores: Sequence[Values], *, level: float = LEVEL, resamples: int = RESAMPLES, seed: int = SEED
) -> Reliability:
    """Cronbach's alpha, k/(k−1) · (1 − Σ variances of questions / variance of their sum).

    Over complete cases: a respondent without a score on some question is left out. Its interval
    is a percentile bootstrap over respondents.

    Args:
        scores: respondents × questions.
    """
    asked = len(scores[0]) if scores else 0
    table = _table(scores).reshape(len(scores), asked)
    table = table[~np.isnan(table).all(axis=1)]
    complete = table[~np.isnan(table).any(axis=1)]
    nothing = Reliability(len(table), len(complete), asked, Estimate(None), (None,) * asked, None)
    if not len(table):
        return msgspec.structs.replace(nothing, reason="no_respondents")
    if asked < 2:
        return msgspec.structs.replace(nothing, reason="one_question")
    if len(complete) < FEWEST:
        return msgspec.structs.replace(nothing, reason="few_respondents")
    centred = complete - complete.mean(axis=0)
    total = centred.sum(axis=1)
    columns = Columns(len(centred))
    columns.add("n", np.ones(len(centred)))
    columns.add("x", centred)
    columns.add("xx", centred * centred)
    columns.add("t", total)
    columns.add("tt", total * total)
    drawing = Resampling(range(len(centred)), level=level, resamples=resamples, seed=seed)
    whole, drawn = drawing.sums(columns)
    least = floor(total)
    alpha = drawing.estimate(
        _alpha(whole, asked, least), None if drawn is None else _alpha(drawn, asked, least)
    )
    return msgspec.structs.replace(
        nothing,
        alpha=alpha,
        without=_alpha_without(centred),
        reason="no_variance" if alpha.value is None else None,
    )


def _alpha(sums: Sums, questions: int, least: float) -> FloatArray:
    n = sums["n"]
    means = sums.rows("x") / n[:, None]
    variances = (sums.rows("xx") / n[:, None] - means * means).sum(axis=1)
    total = above(sums["tt"] / n - (sums["t"] / n) ** 2, least)
    found: FloatArray = questions / (questions - 1) * (1 - variances / total)
    return found


def _alpha_without(centred: FloatArray) -> tuple[float | None, ...]:
    """Alpha of the other questions, for each question."""
    left: int = centred.shape[1] - 1
    if left < 2:
        return (None,) * (left + 1)
    covariances = centred.T @ centred
    own = np.diag(covariances)
    totals = covariances.sum() - 2 * covariances.sum(axis=0) + own
    totals = above(totals, floor(centred.sum(axis=1)) * len(centred))
    alphas = left / (left - 1) * (1 - (own.sum() - own) / totals)
    return tuple(None if math.isnan(alpha) else float(alpha) for alpha in alphas)


def log_odds(having: int, of: int, others_having: int, others: int) -> float | None:
    """How much more often answers of one group have a term than those of another, as a z score.

    The difference of the log odds of having it over its standard deviation, after Monroe and
    others, with two outcomes: an answer has the term or not. Answers are counted, not words,
    because the words of an answer go together. The prior weighs as much as one answer and has the
    term as often as both groups have it together.

    Args:
        having: answers of the group with the term.
        of: answers of the group.
        others_having: answers of the other group with the term.
        others: answers of the other group.

    Returns:
        Above 1.96 for a difference beyond chance at 5 %; None where all answers have the term, or
        none, or a group is empty.
    """
    everything = having + others_having
    if not of or not others or everything in {0, of + others}:
        return None
    prior = everything / (of + others)
    odds, variance = [], 0.0
    for have, size in ((having, of), (others_having, others)):
        with_term, without = have + prior, size - have + 1 - prior
        odds.append(math.log(with_term / without))
        variance += 1 / with_term + 1 / without
    return (odds[0] - odds[1]) / math.sqrt(variance)


def _numbers(values: Values) -> FloatArray:
    return np.array(values, dtype=np.float64)


def _table(rows: Sequence[Values]) -> FloatArray:
    return np.array([list(row) for row in rows], dtype=np.float64)


def _judged(values: Values) -> FloatArray:
    """Those that are not None."""
    numbers = _numbers(values)
    found: FloatArray = numbers[~np.isnan(numbers)]
    return found


def _known(x: Values, y: Values) -> FloatArray:
    """The pairs that have both values: 2 × pairs."""
    pairs = np.stack([_numbers(x), _numbers(y)])
    found: FloatArray = pairs[:, ~np.isnan(pairs).any(axis=0)]
    return found


def _constant(values: FloatArray) -> bool:
    return float(np.var(values)) <= floor(values)


def _mean(values: FloatArray | NDArray[np.bool_]) -> float | None:
    return float(np.mean(values)) if len(values) else None
