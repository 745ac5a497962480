"""``grader calibrate``: fit the scores of a run to human grades."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import (
    grades_options,
    human_option,
    interface_language,
    lang_option,
    say_unknown,
)

if TYPE_CHECKING:
    from grader.report.calibration import ExemplarWeights
    from grader.report.validation import ValidationReport
    from grader.run import Run
    from grader.scoring import Calibration, Figures, Fitted
    from grader.stats import ReviewPoint

__all__ = ["command"]


@click.command("calibrate")
@click.argument("run", metavar="RUN")
@human_option
@grades_options("that column")
@click.option(
    "--out",
    metavar="FILE",
    help="Where to write; by default calibration.json beside the run's bank, or in RUN.",
)
@lang_option
def command(
    run: str,
    human: str,
    grades: str | None,
    scale: float | None,
    out: str | None,
    lang: str | None,
) -> None:
    """Fit the scores of RUN to human grades, with an interval for each score.

    FIELD is a column that the answers were graded with and that was carried through, or one of
    --grades. At least 20 answers need a human grade. Writes a file for grader score --calibration;
    docs/calibration.md explains it.
    """
    from msgspec.structs import replace

    from grader.report import make_console, messages
    from grader.report.calibration import CalibrationReport, print_calibration
    from grader.report.validation import Fields, build_validation
    from grader.review import GradeColumns
    from grader.run import Run
    from grader.scoring import HeldOut, fit, uncalibrated

    language = interface_language(lang)
    loaded = Run.read(run).loaded()
    columns = GradeColumns(tuple(loaded.grades), run, grades)
    people, fields = columns.numbers(human), Fields(human)
    say_unknown(columns.unknown, grades, language)
    loaded = replace(loaded, grades=tuple(uncalibrated(grade) for grade in loaded.grades))
    before = build_validation(loaded, people, fields, scale=scale)
    weights = {id: {p.id: p.weight for p in q.key_points} for id, q in loaded.questions.items()}
    fitted = fit(
        tuple(loaded.grades),
        [None if grade is None else grade / before.scale.end for grade in people],
        weights,
        tier=str(loaded.manifest.get("tier") or ""),
        signature=before.signature,
    )
    after = build_validation(_with_scores(loaded, fitted), people, fields, scale=scale)
    held_out = HeldOut(_figures(before), _figures(after), fitted.held, fitted.width)
    calibration = replace(fitted.calibration, held_out=held_out)
    path = _default_path(run, loaded) if out is None else Path(out)
    calibration.write(path)
    applied = [calibration.apply(grade, weights[grade.question_id]) for grade in loaded.grades]
    report = CalibrationReport(
        before=before,
        after=after,
        weights=calibration.features,
        intercept=calibration.intercept,
        shrinkage=calibration.shrinkage,
        level=calibration.coverage,
        held=fitted.held,
        width=fitted.width,
        review=sum(grade.needs_review is True for grade in applied),
        answers=len(applied),
        review_width=calibration.review_width,
        curve=_curve(fitted),
        learned=fitted.learned,
        exemplars=_exemplars(calibration),
    )
    print_calibration(report, make_console(), lang=language)
    m = messages(language)
    click.echo("\n" + m("calibration_written", path=path))
    click.echo(m("calibration_next", path=path))


def _exemplars(calibration: Calibration) -> ExemplarWeights | None:
    from grader.report.calibration import ExemplarWeights

    found = calibration.exemplars
    return None if found is None else ExemplarWeights(found.features, found.intercept)


def _with_scores(run: Run, fitted: Fitted) -> Run:
    """The run with the scores that the calibration gives to answers held out."""
    from msgspec.structs import replace

    grades = list(run.grades)
    for place, score in zip(fitted.places, fitted.after.tolist(), strict=True):
        grades[place] = replace(grades[place], score=score)
    return replace(run, grades=tuple(grades))


def _figures(report: ValidationReport) -> Figures:
    from grader.scoring import Figures

    found = report.statistics.overall
    rmse = (found.rmse.value or 0.0) / report.scale.end
    return Figures(found.pearson.value, rmse, found.qwk.value)


def _curve(fitted: Fitted) -> tuple[ReviewPoint, ...]:
    from grader.stats import review_curve

    if fitted.low is None or fitted.high is None:
        return ()
    widths = (fitted.high - fitted.low).tolist()
    return review_curve(fitted.after.tolist(), fitted.human.tolist(), widths)


def _default_path(run: str, loaded: Run) -> Path:
    """Beside the bank if the run names one by its path, else in the run's directory."""
    from grader.bank import Bank

    options = loaded.manifest.get("options")
    bank = options.get("bank") if isinstance(options, dict) else None
    if isinstance(bank, str) and bank not in Bank.bundled() and Path(bank).exists():
        path = Path(bank)
        return (path if path.is_dir() else path.parent) / "calibration.json"
    return Path(run) / "calibration.json"
