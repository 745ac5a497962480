"""``grader score``: answers in, grades and a report out."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from grader.cli.options import (
    bank_option,
    encoder_option,
    interface_language,
    lang_option,
    model_options,
    progress,
    rubrics_option,
)

__all__ = ["command", "run_score"]


def _mapping(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = {}
    for value in values:
        field, separator, column = value.partition("=")
        if not separator or not field or not column:
            raise click.BadParameter(f"'{value}' is not FIELD=COLUMN, such as answer=response")
        pairs[field] = column
    return pairs


@click.command("score")
@click.argument("answers")
@bank_option
@rubrics_option
@encoder_option
@model_options
@click.option("--out", metavar="DIR", help="Keep the run here: grades, report, manifest.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "md", "csv"]),
    default="table",
    show_default=True,
    help="What to print on standard output.",
)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 1),
    metavar="0..1",
    help="Exit with 1 if the mean score is below.",
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="FIELD=COLUMN",
    help="Which column holds answer_id, question_id, answer or respondent.",
)
@click.option("--skip-bad", is_flag=True, help="Leave bad rows out and list them in the report.")
@lang_option
def command(
    answers: str,
    bank: str,
    rubrics: str | None,
    encoder: str,
    tier: str,
    cross_encoder: str,
    calibration: str,
    out: str | None,
    format_: str,
    fail_under: float | None,
    mapping: dict[str, str],
    skip_bad: bool,
    lang: str | None,
) -> None:
    """Grade ANSWERS and report by topic.

    ANSWERS is a JSON Lines, JSON, CSV, TSV, XLSX or Parquet file, a folder of text files, or "-"
    for standard input. Each answer needs a question id and a text; a respondent and any further
    columns are carried through.
    """
    run_score(
        answers,
        bank=bank,
        rubrics=rubrics,
        encoder=encoder,
        tier=tier,
        cross_encoder=cross_encoder,
        calibration=calibration,
        out=out,
        format_=format_,
        fail_under=fail_under,
        mapping=mapping,
        skip_bad=skip_bad,
        lang=interface_language(lang),
    )


def run_score(
    answers: str,
    *,
    bank: str,
    rubrics: str | None = None,
    encoder: str = "embedded",
    tier: str = "thorough",
    cross_encoder: str = "embedded",
    calibration: str = "default",
    out: str | None = None,
    format_: str = "table",
    fail_under: float | None = None,
    mapping: dict[str, str] | None = None,
    skip_bad: bool = False,
    lang: str = "en",
) -> None:
    """Grade, print, keep; exits with 1 if the mean is below ``fail_under``."""
    from grader.answers import read_answers
    from grader.bank import Bank
    from grader.engine import Grader, score
    from grader.report import build_report, make_console, print_report, render, write_run

    if out is not None:
        _check_out(Path(out))
    loaded = Bank.load(bank, rubrics)
    asked = {id: question.text for id, question in loaded.questions.items()}
    rows = read_answers(answers, mapping=mapping or {}, known_questions=asked, skip_bad=skip_bad)
    grader = Grader(
        loaded,
        encoder=encoder,
        tier=tier,
        cross_encoder=cross_encoder,
        calibration=calibration,
    )
    options = {
        "bank": bank,
        "rubrics": rubrics,
        "encoder": encoder,
        "tier": tier,
        "cross_encoder": cross_encoder,
        "calibration": calibration,
        "skip_bad": skip_bad,
    }
    title = {"ru": "Проверяю ответы", "en": "Grading"}[lang]
    with progress(len(rows.answers), title) as advance:
        run = score(grader, rows, options=options, progress=advance)
    report = build_report(run)
    if out is not None:
        write_run(run, report, out, lang=lang, fail_under=fail_under)
    if format_ == "table":
        print_report(report, make_console(), lang=lang, fail_under=fail_under)
        if out is not None:
            _say_where(out, lang)
    else:
        sys.stdout.buffer.write(
            render(f".{format_}", run, report, lang=lang, fail_under=fail_under)
        )
        sys.stdout.buffer.flush()
    mean = report.overall.mean
    if fail_under is not None and (mean is None or mean < fail_under):
        raise click.exceptions.Exit(1)


def _check_out(out: Path) -> None:
    """Find out before grading, not after, that the directory cannot be written."""
    from grader.errors import RunError

    if out.exists() and not out.is_dir():
        raise RunError("is a file; --out needs a directory", path=out)
    if out.is_dir() and any(out.iterdir()) and not (out / "manifest.json").exists():
        raise RunError("holds other files; name a new directory or that of a run", path=out)


def _say_where(out: str, lang: str) -> None:
    report = Path(out, "report.html")
    hint = {
        "ru": f"\nОтчёт: {report}\nПочему такая оценка: grader explain {out} ОТВЕТ",
        "en": f"\nReport: {report}\nWhy a grade is what it is: grader explain {out} ANSWER_ID",
    }[lang]
    click.echo(hint)
