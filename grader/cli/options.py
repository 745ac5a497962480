"""Options and habits that commands share."""

from __future__ import annotations

import locale
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from grader.report import Gates, Report

__all__ = [
    "asked_gates",
    "bank_option",
    "encoder_option",
    "gate_options",
    "grades_options",
    "human_option",
    "interface_language",
    "lang_option",
    "model_options",
    "progress",
    "rubrics_option",
    "say_gates",
    "say_unknown",
    "signal_option",
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


signal_option = click.option(
    "--signal",
    "signals",
    multiple=True,
    metavar="NAME[:OPTIONS][=WEIGHT]",
    help="A further signal: judge:MODEL@BASE_URL (a language model), or one of an installed "
    "package. Shown beside the score; with a weight of 0 to 1 that share of it. May be repeated.",
)


def _thresholds(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str | None, float]:
    """The least mean by topic, of all answers under None."""
    found: dict[str | None, float] = {}
    for value in values:
        topic, equals, number = value.rpartition("=")
        if equals and not topic:
            raise click.BadParameter(f"'{value}' names no topic; write TOPIC=VALUE, or VALUE alone")
        threshold: float = click.FloatRange(0, 1)(number, parameter, context)
        key = topic or None
        if math.isnan(threshold) or key in found:
            what = "is not a number" if math.isnan(threshold) else "is a second threshold"
            raise click.BadParameter(f"'{value}' {what}")
        found[key] = threshold
    return found


gate_options = _together(
    click.option(
        "--fail-under",
        multiple=True,
        callback=_thresholds,
        metavar="[TOPIC=]0..1",
        help="Exit with 1 if the mean score, or that of the topic, is below. May be repeated.",
    ),
    click.option(
        "--no-worse-than",
        metavar="RUN",
        help="Exit with 1 unless the answers are shown to be no worse than those of this run, "
        "graded alike; compared question by question.",
    ),
    click.option(
        "--margin",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="0..1",
        help="With --no-worse-than: not worse by more than this, 0.02 by default.",
    ),
)
"""The options of what a run has to reach; :func:`asked_gates` makes one value of them."""


def asked_gates(
    fail_under: Mapping[str | None, float], no_worse_than: str | None, margin: float | None
) -> Gates:
    """The gates that the options ask for.

    Raises:
        UsageError: there is a margin and nothing that it is of.
    """
    from grader.report import MARGIN, Gates

    if margin is not None and no_worse_than is None:
        raise click.UsageError("--margin is of --no-worse-than RUN")
    return Gates(
        fail_under=fail_under.get(None),
        topics={topic: least for topic, least in fail_under.items() if topic is not None},
        baseline=no_worse_than,
        margin=MARGIN if margin is None else margin,
    )


def say_gates(report: Report, language: str) -> None:
    """Say what the gates say on standard error, where the report itself goes elsewhere."""
    from grader.report import gate_lines

    for line in gate_lines(report, language):
        click.echo(line, err=True)


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
