"""``grader report``: a run shown again, or written as a file."""

from __future__ import annotations

from typing import Any

import click

from grader.cli.options import (
    asked_gates,
    gate_options,
    interface_language,
    lang_option,
    say_gates,
)

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
@gate_options
@lang_option
def command(run: str, targets: tuple[str, ...], lang: str | None, **gates: Any) -> None:
    """Print the report of RUN, a directory made by "score --out", or write it as files."""
    from grader.report import build_report, export, gated, make_console, print_report
    from grader.run import Run

    language = interface_language(lang)
    loaded = Run.read(run)
    report = gated(build_report(loaded), asked_gates(**gates), loaded)
    if not targets:
        print_report(report, make_console(), lang=language)
    for target in targets:
        export(loaded, report, target, lang=language)
        click.echo(target)
    if targets:
        say_gates(report, language)
    if not all(gate.passed for gate in report.gates):
        raise click.exceptions.Exit(1)
