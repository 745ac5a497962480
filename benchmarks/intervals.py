"""Intervals of grades, how often they hold, and what review by their width brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import click
import numpy as np
from agreement import cell
from data import held_out
from figures import FloatArray, correlation, fitted
from grading import OURS, Graded
from numpy.typing import NDArray

from grader.model import Grade
from grader.stats import SEED, Estimate, cluster_mean_interval, review_curve

BANDS = (0.0, 0.2, 0.4, 0.6, 0.8)
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Intervals:
    """Answers with their scores and intervals.

    Attributes:
        source: "default", or how many answers to other questions they were fitted on.
        name: whose scores.
    """

    set: str
    source: str
    name: str
    score: FloatArray
    human: FloatArray
    low: FloatArray
    high: FloatArray
    questions: tuple[str, ...]

    @property
    def width(self) -> FloatArray:
        return self.high - self.low

    @property
    def within(self) -> NDArray[np.bool_]:
        low, high = self.low - _ROUNDING, self.high + _ROUNDING
        return (low <= self.human) & (self.human <= high)


def intervals(graded: Graded) -> list[Intervals]:
    """The default ones if there are any, then ours and the best baseline's fitted on a half.

    The best baseline is the one with the highest r. Halves are of questions, by their hash.
    """
    places = graded.places(*graded.plan.test)
    found = [_collected(graded, "default", OURS, [graded.grades[n] for n in places], places)]
    # Salted, since evouna_nq's unseen questions are themselves chosen by such a hash.
    half = [n for n in places if held_out(f"interval {graded.questions[n]}", 2)]
    other = sorted(set(places) - set(half))
    for name in (OURS, graded.best(correlation(graded), places)):
        calibration = fitted(graded, name, half)
        if calibration is None:
            continue
        grades = graded.as_grades(name)
        new = [calibration.apply(grades[n], graded.weights[graded.questions[n]]) for n in other]
        found.append(_collected(graded, f"half ({calibration.answers})", name, new, other))
    return [one for one in found if one is not None]


def _collected(
    graded: Graded, source: str, name: str, grades: Sequence[Grade], places: Sequence[int]
) -> Intervals | None:
    rows = [
        (grade.score, graded.data.human[n], *grade.interval, graded.questions[n])
        for n, grade in zip(places, grades, strict=True)
        if grade.score is not None and grade.interval is not None
    ]
    if not rows:
        return None
    score, human, low, high = np.array([row[:4] for row in rows], dtype=np.float64).T
    questions = tuple(row[4] for row in rows)
    return Intervals(graded.data.name, source, name, score, human, low, high, questions)


def coverage_tables(found: Sequence[Intervals]) -> None:
    """Coverage and width: over all answers, then by band of our score."""
    click.echo("\n## 90 % intervals\n")
    click.echo("| set | intervals | of | answers checked | coverage | mean width |")
    click.echo("|---|---|---|---|---|---|")
    for one in found:
        held, width = (
            cell(Estimate(mean.mean, mean.low, mean.high))
            for mean in (
                cluster_mean_interval(list(values.astype(float)), one.questions)
                for values in (one.within, one.width)
            )
        )
        n = len(one.score)
        click.echo(f"| {one.set} | {one.source} | {one.name} | {n} | {held} | {width} |")
    click.echo("\n### By score: coverage, mean width, answers\n")
    ends = [f"{low:g} to {high:g}" for low, high in zip(BANDS, (*BANDS[1:], 1.0), strict=True)]
    click.echo(f"| set | intervals | {' | '.join(ends)} |")
    click.echo("|---|---" + "|---" * len(ends) + "|")
    for one in found:
        if one.name == OURS:
            click.echo(f"| {one.set} | {one.source} | {' | '.join(_by_band(one))} |")


def _by_band(one: Intervals) -> list[str]:
    bands = np.searchsorted(np.array(BANDS), one.score, side="right") - 1
    cells = []
    for number in range(len(BANDS)):
        own = bands == number
        if own.any():
            held, width = one.within[own].mean(), one.width[own].mean()
            cells.append(f"{held:.2f}, {width:.2f}, {int(own.sum())}")
        else:
            cells.append("–")
    return cells


def review_table(found: Sequence[Intervals]) -> None:
    """The curve: r of all grades when the least certain ones are a person's."""
    click.echo("\n## When the least certain answers go to a person: r of all grades\n")
    click.echo("| set | intervals | of | who goes | 0 % | 10 % | 20 % | 30 % |")
    click.echo("|---|---|---|---|---|---|---|---|")
    for one in found:
        # What a machine gains that knows nothing of its certainty: a random order, always the same.
        chance = np.random.default_rng(SEED).random(len(one.score))
        orders = {"widest": one.width} | ({"at random": chance} if one.name == OURS else {})
        for who, widths in orders.items():
            curve = review_curve(list(one.score), list(one.human), list(widths))
            cells = " | ".join("–" if p.r is None else f"{p.r:.3f}" for p in curve)
            click.echo(f"| {one.set} | {one.source} | {one.name} | {who} | {cells} |")
