"""Options and habits that commands share."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

__all__ = [
    "bank_option",
    "encoder_option",
    "grades_options",
    "human_option",
    "interface_language",
    "lang_option",
    "model_options",
    "progress",
    "rubrics_option",
    "say_unknown",
]

_Command = TypeVar("_Command", bound=Callable[..., Any])

bank_option = click.option(
    "--bank",
    default="ds-interview",
    show_default=True,
    metavar="NAME|PATH",
    help="A bundled bank, a folder, a YAML or a JSON Lines file.",
)
rubrics_option = click.option(
    "--rubrics",
    metavar="PATH",
    help="Rubrics for the bank: a file or a folder of files.",
)
encoder_option = click.option(
    "--encoder",
    default="embedded",
    show_default=True,
    metavar="ENCODER",
    help="embedded, none, st:MODEL (sentence-transformers) or http:URL.",
)
human_option = click.option(
    "--human", required=True, metavar="FIELD", help="Column of the human grades."
)
lang_option = click.option(
    "--lang",
    type=click.Choice(["ru", "en"]),
    help="Language of the report; by default that of the locale.",
)


def _together(*options: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Several options as one, in the order of the help."""

    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


model_options = _together(
    click.option(
        "--tier",
        type=click.Choice(["fast", "standard", "thorough"]),
        default="thorough",
        show_default=True,
        help="fast: words, keywords, vectors. standard: also the grading model, where these found "
        "a trace. thorough: the grading model on every point.",
    ),
    click.option(
        "--cross-encoder",
        default="embedded",
        show_default=True,
        metavar="MODEL",
        help="The grading model: embedded, none or st:MODEL (sentence-transformers).",
    ),
    click.option(
        "--calibration",
        default="default",
        show_default=True,
        metavar="FILE",
        help="Scores as a certain person gives them; 'grader calibrate' writes the file. "
        "default: intervals only. none: not even these.",
    ),
)
"""The options of how much is spent on an answer, and by which model."""


def grades_options(columns: str) -> Callable[[_Command], _Command]:
    """The options of where human grades are and on what scale.

    Args:
        columns: what the file of grades has beside the answers' ids, for the help.
    """
    return _together(
        click.option(
            "--grades",
            metavar="FILE",
            help=f'A file with "answer_id" and {columns}; by default those of the graded answers.',
        ),
        click.option(
            "--scale",
            type=click.FloatRange(0, min_open=True),
            metavar="N",
            help="Greatest human grade there can be; guessed from the grades by default.",
        ),
    )


def interface_language(chosen: str | None) -> str:
    """The language asked for, else Russian for a Russian locale and English for any other."""
    if chosen:
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ru" if value.startswith("ru") else "en"
    system = locale.getlocale()[0] or ""
    return "ru" if system.startswith(("ru", "Russian")) else "en"


def say_unknown(rows: int, grades: str | None, language: str) -> None:
    """Say how many rows of a file of grades are of no answer of the run, if there are such."""
    if rows:
        text = {
            "ru": f"Строк в {grades} без ответа в этом запуске: {rows}",
            "en": f"Rows of {grades} whose answer the run has not: {rows}",
        }[language]
        click.echo(text, err=True)


@contextmanager
def progress(total: int, what: str, done: int = 0) -> Iterator[Callable[[int], None] | None]:
    """A progress bar with rate and time left on standard error; none unless it is a terminal.

    Args:
        done: how many of the total are done already.
    """
    if not sys.stderr.isatty() or total < 2:
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")

    columns: list[Any] = [
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(),
        TimeRemainingColumn(),
    ]  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda more: bar.advance(task, more)
