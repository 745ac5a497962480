"""The grader and the others on the same texts, in one run, in turn."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from speed.ours import TIERS, api
from speed.peers import weights
from speed.process import PYTHON, FailedError, ran
from speed.tables import megabytes, number, table

__all__ = ["compared", "print_comparison"]


def compared(
    names: Sequence[str], folder: Path, rounds: int, threads: int
) -> dict[str, dict[str, Any]]:
    """Of each row what was measured in every round.

    A row is measured in a new process with an empty cache, first to find how many answers take
    some seconds, then once a round, all rows one after another, so that noise meets all alike.

    Args:
        folder: with ``answers.jsonl``.
    """
    found: dict[str, dict[str, Any]] = {}
    with weights() as models:
        for name in names:
            click.echo(f"{name}: how many answers?", err=True)
            found[name] = {"rounds": [], **_measured(name, folder, models, threads, 0)}
        for number_ in range(rounds):
            for name, row in found.items():
                if "answers" in row:
                    click.echo(f"round {number_ + 1}: {name}", err=True)
                    once = _measured(name, folder, models, threads, row["answers"])
                    row["rounds"].append(once)
    return found


def _measured(name: str, folder: Path, models: Path, threads: int, answers: int) -> dict[str, Any]:
    worker = [PYTHON, "-m", "speed.worker", name, str(folder), str(models)]
    with TemporaryDirectory() as cache:
        try:
            done = ran([*worker, str(threads), str(answers)], cache=Path(cache))
        except FailedError as failure:
            return {"skipped": f"failed: {failure.message}"}
    measured: dict[str, Any] = json.loads(done.said.splitlines()[-1])
    return {**measured, "peak": done.peak}


def print_comparison(found: dict[str, dict[str, Any]]) -> None:
    rates = {name: _rate(row) for name, row in found.items()}
    tiers = [tier for tier in TIERS if rates.get(api(tier))]
    header = (
        *("", "load, s", "answers", "answers/s", "CPU ms an answer", "peak MB"),
        *(f"{tier} is … times as fast" for tier in tiers),
    )
    lines = []
    for name, row in found.items():
        rate = rates[name]
        if rate is None:
            lines.append([name, _skipped(row), *[""] * (len(header) - 2)])
            continue
        ratios = [(rates[api(tier)] or 0.0) / rate for tier in tiers]
        lines.append(
            [
                name,
                f"{_median(row, 'load'):.2f}",
                number(row["answers"]),
                number(rate),
                number(_median(row, "cpu") / row["answers"] * 1e3),
                megabytes(_median(row, "peak")),
                *map(number, ratios),
            ]
        )
    table("Answers a second, beside other packages", header, lines)


def _rate(row: dict[str, Any]) -> float | None:
    """Answers a second; None of a row that could not be measured."""
    whole = row["rounds"] and all("seconds" in once for once in row["rounds"])
    return row["answers"] / _median(row, "seconds") if whole else None


def _median(row: dict[str, Any], what: str) -> float:
    return float(statistics.median(once[what] for once in row["rounds"]))


def _skipped(row: dict[str, Any]) -> str:
    return next(str(one["skipped"]) for one in (row, *row["rounds"]) if "skipped" in one)
