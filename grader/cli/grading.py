"""Grading into a folder while a person looks on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import progress

if TYPE_CHECKING:
    from grader.engine import Scoring
    from grader.engine.work import Engine
    from grader.report import Gates, Report
    from grader.run import Run

__all__ = ["finished", "grade"]

_TITLE = {"ru": "Проверяю ответы", "en": "Grading"}
_SPENT = {
    "ru": {
        "requests": "запросов",
        "cached": "взято из кэша",
        "prompt_tokens": "токенов на входе",
        "completion_tokens": "токенов на выходе",
        "unjudged": "без вердикта",
        "unquoted": "вердиктов без цитаты",
    },
    "en": {
        "requests": "requests",
        "cached": "from the cache",
        "prompt_tokens": "tokens read",
        "completion_tokens": "tokens written",
        "unjudged": "without a verdict",
        "unquoted": "verdicts without a quote",
    },
}
_GO_ON = {
    "ru": "\nПрервано. Та же команда продолжит с этого места.",
    "en": "\nInterrupted. The same command goes on from here.",
}


def finished(
    scoring: Scoring, folder: Path, gates: Gates, language: str
) -> tuple[Run, Report] | None:
    """The run that lies in the folder already, if it is what grading again would make.

    Raises:
        RunError: the gates cannot be applied to it.
    """
    from grader.errors import RunError
    from grader.report import written_run
    from grader.run import Run

    try:
        found = Run.read(folder)
    except RunError:
        return None  # there is none, or what there is is damaged and will be replaced
    if not scoring.makes(found.manifest):
        return None
    return written_run(folder, lang=language, gates=gates)


def grade(
    scoring: Scoring,
    out: Path | None,
    gates: Gates,
    language: str,
    *,
    engine: Engine | None = None,
    workers: int | None = None,
    restart: bool = False,
) -> tuple[Run, Report]:
    """Grade with a progress bar, and keep what was graded.

    Args:
        out: the run's folder; None if it is not to be kept.
        engine: who grades; by default this machine.
        workers: how many processes that is.
        restart: begin anew where an unfinished run is found.

    Raises:
        GraderError: the answers are wrong, the gates cannot be applied, or the folder cannot be
            written.
    """
    from grader.report import build_report, gated, write_run
    from grader.run import Run

    try:
        run = scoring.run(
            engine=engine,
            workers=workers,
            restart=restart,
            progress=lambda total, done: progress(total, _TITLE[language], done),
        )
        report = gated(build_report(run), gates, run)
        if out is not None:
            write_run(run, report, out, lang=language)
            scoring.finish()
            run = Run.read(out)
    except KeyboardInterrupt:
        if out is not None:
            click.echo(_GO_ON[language], err=True)
        raise click.exceptions.Exit(130) from None
    _say_spent(run, language)
    return run, report


def _say_spent(run: Run, lang: str) -> None:
    """What further signals have cost, of those that count it."""
    for name, counts in run.manifest.get("spent", {}).items():
        parts = [f"{_SPENT[lang].get(what, what)} {count}" for what, count in counts.items()]
        click.echo(f"{name}: {', '.join(parts)}", err=True)
