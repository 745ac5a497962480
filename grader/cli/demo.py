"""``grader demo``: the sample answers, graded."""

from __future__ import annotations

import click

from grader.cli.options import lang_option

__all__ = ["command"]


@click.command("demo")
@click.option("--out", metavar="DIR", help="Keep the run here: grades, report, manifest.")
@lang_option
@click.pass_context
def command(context: click.Context, out: str | None, lang: str | None) -> None:
    """Grade the sample answers of four made-up candidates with the bundled bank.

    One candidate is strong, one middling, one weak, and one tries to fool the grader.
    """
    from grader.bank import samples
    from grader.cli.score import command as score

    given = {"answers": str(samples("ds-interview")), "mapping": {}, "fail_under": {}}
    context.invoke(score, out=out, lang=lang, **given)
