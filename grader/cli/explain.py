"""``grader explain``: the whole derivation of one grade."""

from __future__ import annotations

import click

from grader.cli.options import interface_language, lang_option

__all__ = ["command"]


@click.command("explain")
@click.argument("run", metavar="RUN")
@click.argument("answer_id")
@lang_option
def command(run: str, answer_id: str, lang: str | None) -> None:
    """Print why the answer ANSWER_ID of RUN has its grade: points, evidence, flags, steps."""
    from grader.report import make_console, print_grade
    from grader.run import Run

    loaded = Run.read(run)
    print_grade(loaded, loaded.grade(answer_id), make_console(), lang=interface_language(lang))
