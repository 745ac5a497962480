"""``grader validate``: a run's scores against human grades."""

from __future__ import annotations

import click

from grader.cli.options import (
    grades_options,
    human_option,
    interface_language,
    lang_option,
    say_unknown,
)

__all__ = ["command"]


@click.command("validate")
@click.argument("run", metavar="RUN")
@human_option
@click.option(
    "--human2", "second", metavar="FIELD", help="Column of a second person's grades, for some."
)
@click.option("--group", metavar="FIELD", help="Column of subgroups to compare.")
@grades_options("these columns")
@click.option(
    "--step",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help="Between neighbouring grades; 1 by default, less on a scale of 0 to 1.",
)
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="FILE",
    help="Write the validation here; .html, .md or .json. May be repeated.",
)
@lang_option
def command(
    run: str,
    human: str,
    second: str | None,
    group: str | None,
    grades: str | None,
    scale: float | None,
    step: float | None,
    targets: tuple[str, ...],
    lang: str | None,
) -> None:
    """Compare the scores of RUN with human grades: agreement, bias, fairness.

    FIELD is a column that the answers were graded with and that was carried through, or one of
    --grades; subgroups may also be "respondent" or "topic". The statistics are those of ETS's
    RSMTool, each with a 95 % interval; docs/validate.md explains them.
    """
    from grader.report import make_console
    from grader.report.validation import (
        Fields,
        build_validation,
        export_validation,
        print_validation,
    )
    from grader.review import GradeColumns
    from grader.run import Run

    language = interface_language(lang)
    loaded = Run.read(run).loaded()
    columns = GradeColumns(tuple(loaded.grades), run, grades)
    report = build_validation(
        loaded,
        columns.numbers(human),
        Fields(human, second, group),
        second=None if second is None else columns.numbers(second),
        groups=None if group is None else columns.texts(group),
        scale=scale,
        step=step,
    )
    say_unknown(columns.unknown, grades, language)
    if not targets:
        print_validation(report, make_console(), lang=language)
    for target in targets:
        export_validation(loaded, report, target, lang=language)
        click.echo(target)
