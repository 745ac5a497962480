"""Options and habits that commands share."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

__all__ = [
    "bank_option",
    "encoder_option",
    "interface_language",
    "lang_option",
    "progress",
    "rubrics_option",
]

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
lang_option = click.option(
    "--lang",
    type=click.Choice(["ru", "en"]),
    help="Language of the report; by default that of the locale.",
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


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[int], None] | None]:
    """A progress bar with rate and time left on standard error; none unless it is a terminal."""
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
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
