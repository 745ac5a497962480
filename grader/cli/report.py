"""``grader report``: a run shown again, or written as a file."""

from __future__ import annotations

import click

from grader.cli.options import interface_language, lang_option

__all__ = ["command"]


@click.command("report")
@click.argument("run", metavar="RUN")
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="FILE",
    help="Write the report here; .html, .md, .csv, .xlsx, .json or .xml (JUnit). May be repeated.",
)
@click.option("--fail-under", type=click.FloatRange(0, 1), metavar="0..1", help="Threshold shown.")
@lang_option
def command(run: str, targets: tuple[str, ...], fail_under: float | None, lang: str | None) -> None:
    """Print the report of RUN, a directory made by "score --out", or write it as files."""
    from grader.report import build_report, export, make_console, print_report
    from grader.run import Run

    language = interface_language(lang)
    loaded = Run.read(run)
    report = build_report(loaded)
    if not targets:
        print_report(report, make_console(), lang=language, fail_under=fail_under)
    for target in targets:
        export(loaded, report, target, lang=language, fail_under=fail_under)
        click.echo(target)
