"""The figures of the goals, with what they are tuned on: thresholds and calibrations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import click
import numpy as np
from agreement import Scores
from grading import OURS, Graded, Measure
from numpy.typing import NDArray

from grader.errors import GraderError
from grader.scoring import Calibration, fit
from grader.stats import (
    LEVEL,
    RESAMPLES,
    SEED,
    Estimate,
    agreement,
    cluster_mean_interval,
)
from grader.stats.sums import Columns, Resampling, ratio

FloatArray = NDArray[np.float64]
# From answers rightly and wrongly taken, wrongly and rightly refused.
TwoWay = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]


def correlation(graded: Graded) -> Measure:
    """Pearson's r of the scores as they are."""

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        scores, human, clusters = _sides(graded, name, places)
        return agreement(scores, human, clusters, None, 1, resamples=resamples).pearson

    return measure


def two_way(graded: Graded, tuning: Graded, statistic: TwoWay) -> Measure:
    """Agreement on correct or not, by the threshold that is best on the train split."""
    train = tuning.places(tuning.plan.train or "")

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        limit = threshold(*_sides(tuning, name, train)[:2], statistic)
        scores, human, clusters = _sides(graded, name, places)
        kept = [n for n, score in enumerate(scores) if score is not None]
        taken = np.array([(scores[n] or 0.0) >= limit for n in kept])
        right = np.array([human[n] >= 0.5 for n in kept])
        return two_way_estimate(taken, right, [clusters[n] for n in kept], statistic, resamples)

    return measure


def two_way_estimate(
    taken: NDArray[np.bool_],
    right: NDArray[np.bool_],
    clusters: Sequence[Hashable],
    statistic: TwoWay,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic of two verdicts on each answer, with its interval."""
    if not len(taken):
        return Estimate(None)
    resampling = Resampling(clusters, level=LEVEL, resamples=resamples, seed=SEED)
    cells = (taken & right, taken & ~right, ~taken & right, ~taken & ~right)
    columns = Columns(len(taken))
    for number, cell_ in enumerate(cells):
        columns.add(str(number), cell_)
    whole, drawn = (
        None if sums is None else statistic(*(sums[str(number)] for number in range(4)))
        for sums in resampling.sums(columns)
    )
    assert whole is not None, "the whole set has sums"
    return resampling.estimate(whole, drawn)


def threshold(scores: Scores, human: Sequence[float], statistic: TwoWay) -> float:
    """The score from which to take an answer as correct that makes the statistic greatest.

    Midway between two neighbouring scores, the lowest of equally good ones.
    """
    pairs = sorted((s, h >= 0.5) for s, h in zip(scores, human, strict=True) if s is not None)
    x = np.array([score for score, _ in pairs], dtype=np.float64)
    right = np.array([verdict for _, verdict in pairs], dtype=np.float64)
    if len(x) < 2 or x[0] == x[-1]:
        return 0.5
    cuts = np.flatnonzero(np.diff(x) > 0)  # the last answer below each threshold
    missed, refused = np.cumsum(right)[cuts], cuts + 1.0
    hits = right.sum() - missed
    false = len(x) - refused - hits
    values = statistic(hits, false, missed, refused - missed)
    best = cuts[int(np.argmax(np.nan_to_num(values, nan=-2.0)))]
    return float(x[best] + x[best + 1]) / 2


def weighted_f1(tp: FloatArray, fp: FloatArray, fn: FloatArray, tn: FloatArray) -> FloatArray:
    """The F1 of both classes, weighted by how many answers are of each."""

    def f1(hits: FloatArray) -> FloatArray:
        return np.nan_to_num(ratio(2 * hits, 2 * hits + fp + fn))

    return ratio((tp + fn) * f1(tp) + (fp + tn) * f1(tn), tp + fp + fn + tn)


def kappa(tp: FloatArray, fp: FloatArray, fn: FloatArray, tn: FloatArray) -> FloatArray:
    """Cohen's kappa."""
    n = tp + fp + fn + tn
    chance = ratio((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), n * n)
    return ratio(ratio(tp + tn, n) - chance, 1 - chance)


def calibrated_qwk(graded: Graded) -> Measure:
    """Mean over questions of quadratic weighted kappa, calibrated on each one's train answers."""
    train = graded.places(graded.plan.train or "")
    known: dict[str, Scores] = {}

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        if name not in known:
            known[name] = by_question(graded, name, train)
        values: dict[str, float | None] = {}
        for question in dict.fromkeys(graded.questions[n] for n in places):
            own = [n for n in places if graded.questions[n] == question]
            scores, human = [known[name][n] for n in own], [graded.data.human[n] for n in own]
            scale = graded.data.scales[question]
            found = agreement(scores, human, [question] * len(own), None, scale, resamples=2)
            values[question] = found.qwk.value
        mean = cluster_mean_interval(list(values.values()), list(values), resamples=resamples)
        return Estimate(mean.mean, mean.low, mean.high)

    return measure


def by_question(graded: Graded, name: str, train: Sequence[int]) -> Scores:
    """All scores, calibrated on the train answers of their question."""
    grades = graded.as_grades(name)
    scores = [grade.score for grade in grades]
    for question in graded.weights:
        calibration = fitted(graded, name, [n for n in train if graded.questions[n] == question])
        if calibration is None:
            if name == OURS:
                click.echo(f"{graded.data.name} {question}: too few to calibrate", err=True)
            continue
        for n, asked in enumerate(graded.questions):
            if asked == question:
                scores[n] = calibration.apply(grades[n], graded.weights[question]).score
    return scores


def fitted(graded: Graded, name: str, places: Sequence[int]) -> Calibration | None:
    """A calibration to the human grades of these answers; None if they are too few."""
    grades, human = graded.as_grades(name), graded.data.human
    try:
        found = fit([grades[n] for n in places], [human[n] for n in places], graded.weights)
    except GraderError:
        return None
    return found.calibration


def _sides(
    graded: Graded, name: str, places: Sequence[int]
) -> tuple[list[float | None], list[float], list[str]]:
    """Scores, human grades and questions at these places."""
    scores, questions = graded.scores[name], graded.questions
    human = graded.data.human
    return (
        [scores[n] for n in places],
        [human[n] for n in places],
        [questions[n] for n in places],
    )
