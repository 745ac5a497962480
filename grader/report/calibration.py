"""A calibration on the terminal: what it changes, how it does, what review by people brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rich.console import Console
from rich.text import Text

from grader.report.messages import Messages, messages
from grader.report.terminal import plain, text_table
from grader.report.validation.schema import ValidationReport
from grader.report.validation.words import ValidationWords
from grader.stats import ReviewPoint

__all__ = ["CalibrationReport", "ExemplarWeights", "print_calibration"]

_STATISTICS = ("pearson", "qwk", "rmse")


class ExemplarWeights(msgspec.Struct, frozen=True):
    """The weights for questions with many graded answers, and what is added to their sum."""

    weights: Mapping[str, float]
    intercept: float


class CalibrationReport(msgspec.Struct, frozen=True):
    """What there is to say of a calibration.

    Attributes:
        before, after: agreement of the scores without it and with it, on answers held out.
        weights: of the features, 0 or above.
        intercept: what is added to their sum.
        shrinkage: strength of the pull to the score as it is; None when it stays so.
        level: the share of grades that the intervals are made to hold.
        held, width: the share they hold on answers held out, and their mean width of 0..1; None
            when that cannot be told.
        review: answers that a person should look at.
        answers: of so many.
        review_width: because their interval is wider.
        curve: agreement by the share of answers that go to a person, in units of 0..1.
        learned: how many questions had graded answers enough to learn from.
        exemplars: the weights for these, None when the others predict as well.
    """

    before: ValidationReport
    after: ValidationReport
    weights: Mapping[str, float]
    intercept: float
    shrinkage: float | None
    level: float
    held: float | None
    width: float | None
    review: int
    answers: int
    review_width: float
    curve: Sequence[ReviewPoint]
    learned: int = 0
    exemplars: ExemplarWeights | None = None


def print_calibration(report: CalibrationReport, console: Console, *, lang: str) -> None:
    """Print a calibration: formula, agreement before and after, intervals, review.

    Raises:
        RunError: there is no interface text in the language.
    """
    m = messages(lang, report.before.scale.end)
    words = ValidationWords(report.before, m)
    console.print(plain(f"{words.title} — {m('calibration')}", "bold"))
    console.print(plain(words.counts, "dim"))
    console.print(plain(words.scale, "dim"))
    for sentence in _sentences(report, m):
        console.print(plain(sentence))
    _agreement(report, console, m)
    if report.curve:
        _curve(report, console, m)
    console.print(plain(m("calibration_note"), "dim"))


def _sentences(report: CalibrationReport, m: Messages) -> list[str]:
    if report.shrinkage is None:
        said = [m("calibration_default")]
    else:
        formula = _formula(report.weights, report.intercept, m)
        said = [m("calibration_formula", formula=formula)]
        said.append(m("calibration_strength", strength=m.number(report.shrinkage)))
    if report.exemplars is not None:
        own = report.exemplars
        formula = _formula(own.weights, own.intercept, m)
        said.append(m.count("calibration_learned", report.learned, formula=formula))
    elif report.learned:
        said.append(m.count("calibration_learned_nothing", report.learned))
    level = m.percent(report.level)
    if report.held is None or report.width is None:
        said.append(m("calibration_unchecked", coverage=level))
    else:
        held, width = m.percent(report.held), m.score(report.width)
        said.append(m("calibration_covers", coverage=level, held=held, width=width))
    width, of = m.score(report.review_width), m.number(report.answers)
    said.append(m.count("calibration_review", report.review, of=of, width=width))
    return said


def _formula(weights: Mapping[str, float], intercept: float, m: Messages) -> str:
    """The calibration in words: "0.02 + 0.71 × score + 0.20 × meaning"."""
    own = {name: m(f"calibration_{name}") for name in ("score", "graded")}
    terms = [
        f"{m.measure(weight)} × {own[name] if name in own else m.signal(name)}"
        for name, weight in weights.items()
        if weight >= 0.005
    ]
    return " + ".join([m.measure(intercept).replace("-", "−"), *terms])


def _agreement(report: CalibrationReport, console: Console, m: Messages) -> None:
    sides = report.before, report.after
    words = ValidationWords(report.before, m)
    table = text_table([m("statistic")], [m("calibration_before"), m("calibration_after")])
    for key in _STATISTICS:
        values = [getattr(side.statistics.overall, key).value for side in sides]
        shown = [words.value(key, value) for value in values]
        table.add_row(plain(words.name(key)), Text(shown[0]), Text(shown[1], "bold"))
    console.print()
    console.print(plain(m("calibration_held_out"), "bold"))
    console.print(table)


def _curve(report: CalibrationReport, console: Console, m: Messages) -> None:
    names = ("r", "RMSE")
    heads = [m(key, statistic=s) for key in ("calibration_with", "calibration_rest") for s in names]
    table = text_table([m("calibration_share")], heads)
    for point in report.curve:
        left = None if point.rmse_rest is None else m.scale * point.rmse_rest
        cells = (point.r, m.scale * point.rmse, point.r_rest, left)
        share = f"{m.percent(point.share)} ({m.number(point.answers)})"
        table.add_row(plain(share), *(Text(m.measure(cell)) for cell in cells))
    console.print()
    console.print(plain(m("calibration_curve"), "bold"))
    console.print(table)
