"""``grader compare``: runs compared by question."""

from __future__ import annotations

import sys

import click

from grader.cli.options import interface_language, lang_option

__all__ = ["command"]


@click.command("compare")
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@click.option(
    "--baseline",
    metavar="NAME",
    help="The respondent or run that others are compared with; by default the first.",
)
@click.option("--all-pairs", is_flag=True, help="Compare all with one another.")
@click.option(
    "--pass",
    "pass_mark",
    type=click.FloatRange(0, 1),
    default=0.6,
    show_default=True,
    metavar="0..1",
    help="Score from which an answer passes.",
)
@click.option(
    "--changed",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    metavar="N",
    help="Show so many of the questions that changed most.",
)
@click.option("--anyway", is_flag=True, help="Compare even if the runs were graded differently.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "md", "json"]),
    default="table",
    show_default=True,
    help="What to print on standard output.",
)
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="FILE",
    help="Write the comparison here instead; .html, .md or .json. May be repeated.",
)
@lang_option
def command(
    runs: tuple[str, ...],
    baseline: str | None,
    all_pairs: bool,
    pass_mark: float,
    changed: int,
    anyway: bool,
    format_: str,
    targets: tuple[str, ...],
    lang: str | None,
) -> None:
    """Say whether one model, prompt or version answers better than another.

    Each RUN is a directory made by "score --out"; what is compared are the respondents in them,
    question by question: the difference with its interval, whether it can be chance, by topic, and
    the questions that changed most. Several answers of a respondent to a question are averaged.
    docs/compare.md explains the numbers.
    """
    from grader.report import make_console
    from grader.report.comparison import (
        build_comparison,
        export_comparison,
        print_comparison,
        render_comparison,
    )
    from grader.run import Run

    language = interface_language(lang)
    report = build_comparison(
        [(run, Run.read(run)) for run in runs],
        baseline=baseline,
        all_pairs=all_pairs,
        pass_mark=pass_mark,
        changed=changed,
        anyway=anyway,
    )
    for target in targets:
        export_comparison(report, target, lang=language)
        click.echo(target, err=format_ != "table")
    if format_ != "table":
        sys.stdout.buffer.write(render_comparison(f".{format_}", report, lang=language))
        sys.stdout.buffer.flush()
    elif not targets:
        print_comparison(report, make_console(), lang=language)
