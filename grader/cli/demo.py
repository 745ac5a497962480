"""``grader demo``: the sample answers, graded."""

from __future__ import annotations

import click

from grader.cli.options import interface_language, lang_option

__all__ = ["command"]


@click.command("demo")
@click.option("--out", metavar="DIR", help="Keep the run here: grades, report, manifest.")
@lang_option
def command(out: str | None, lang: str | None) -> None:
    """Grade the sample answers of four made-up candidates with the bundled bank.

    One candidate is strong, one middling, one weak, and one tries to fool the grader.
    """
    from grader.bank import samples
    from grader.cli.score import run_score

    bank = "ds-interview"
    run_score(str(samples(bank)), bank=bank, out=out, lang=interface_language(lang))
