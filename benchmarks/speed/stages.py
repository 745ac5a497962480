"""The table of where the time of an answer goes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from speed.process import PYTHON, THREADS, ran
from speed.tables import number, table

__all__ = ["print_stages", "staged"]

# Answers for the tier fast, and for the others.
_ANSWERS, _ANSWERS_WITH_MODEL = 2_000, 200


def staged(seed: int, limit: int) -> dict[str, Any]:
    """What ``stage_worker.py`` measures on one thread.

    Args:
        limit: at most so many answers.
    """
    answers = min(_ANSWERS, limit)
    numbers = map(str, (answers, min(_ANSWERS_WITH_MODEL, limit), seed))
    with TemporaryDirectory() as name:
        one_thread = dict.fromkeys(THREADS, "1")
        worker = [PYTHON, "-m", "speed.stage_worker", *numbers]
        done = ran(worker, cache=Path(name), watched=False, settings=one_thread)
    found: dict[str, Any] = json.loads(done.said.splitlines()[-1])
    return found


def print_stages(found: dict[str, Any]) -> None:
    lines = [
        [
            name,
            number(row["cpu"] * 1e6),
            number(row["floor"] * 1e6),
            number(row["cpu"] / row["floor"]),
        ]
        for name, row in found["stages"].items()
    ]
    header = ("", "CPU µs an answer", "floor, µs", "× floor")
    table(f"By stage, {number(found['answers'])} answers", header, lines)
    click.echo(
        f"\nMeasured here, one core: {found['bandwidth'] / 1e9:.1f} GB/s read from memory, "
        f"{found['peaks']['float32'] / 1e9:.0f} billion operations a second on float32, "
        f"{found['peaks']['int8'] / 1e9:.0f} on int8."
    )
