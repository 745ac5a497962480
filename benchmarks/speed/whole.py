"""Whole commands: cold start, many answers, the same once more."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from speed.material import rows, write_answers
from speed.ours import score_command
from speed.process import GRADER, PYTHON, ran
from speed.tables import megabytes, number, table

__all__ = ["again", "growth", "print_again", "print_growth", "print_start", "start"]

_TIMES = 9
_BARE = "python -c 'import click'"
# Commands and, of those that grade one answer, the tier.
_STARTED = {
    _BARE: "",
    "grader --help": "",
    "grader score, one answer, fast": "fast",
    "grader score, one answer, thorough": "thorough",
}
_STATES = ("empty cache", "another answer", "the same answer")
_AGAIN: Mapping[str, int] = {"fast": 10_000, "standard": 300, "thorough": 300}


def start(seed: int) -> dict[str, Any]:
    """Seconds of short commands, ``_TIMES`` times each, by what the cache holds.

    The commands take turns, so that noise meets all alike.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for turn in range(_TIMES):
        with TemporaryDirectory() as name:
            folder = Path(name)
            two = [folder / "one.jsonl", folder / "other.jsonl"]
            answers = rows(seed + turn)
            for path in two:
                write_answers(answers, 1, path)
            for label, tier in _STARTED.items():
                own = found.setdefault(label, {state: [] for state in _STATES})
                cache = folder / label
                for state, path in zip(_STATES, (two[0], two[1], two[1]), strict=True):
                    command = _short(label, tier, path, folder / f"{tier} {state}")
                    own[state].append(ran(command, cache=cache, watched=False).seconds)
    return found


def _short(label: str, tier: str, answers: Path, out: Path) -> list[str]:
    if tier:
        return score_command(answers, tier, out)
    return [PYTHON, "-c", "import click"] if label == _BARE else [GRADER, "--help"]


def print_start(found: dict[str, Any]) -> None:
    bare = statistics.median(chain.from_iterable(found[_BARE].values()))
    lines = []
    for label, own in found.items():
        cells = [f"`{label}`"]
        for state in _STATES:
            seconds = statistics.median(own[state])
            cells += [f"{seconds:.3f}", f"{seconds / bare:.1f}"]
        lines.append(cells)
    header = [""]
    for state in _STATES:
        header += [f"{state}, s", "× import click"]
    table(f"Cold start, median of {_TIMES}", header, lines)


def growth(sizes: Sequence[int], seed: int, slips: float) -> list[dict[str, Any]]:
    """What ``grader score --tier fast`` takes for so many answers, from file to run."""
    found = []
    for size in sizes:
        click.echo(f"growth: {size} answers", err=True)
        with TemporaryDirectory() as name:
            answers, out = Path(name, "answers.jsonl"), Path(name, "run")
            characters = write_answers(rows(seed, slips), size, answers)
            once = ran(score_command(answers, "fast", out), cache=Path(name, "cache"))
            files = {str(f.relative_to(out)): f.stat().st_size for f in _files(out)}
            found.append(
                {
                    "answers": size,
                    "characters": characters,
                    "seconds": once.seconds,
                    "cpu": once.cpu,
                    "peak": once.peak,
                    "bytes": answers.stat().st_size,
                    "run": files,
                    "cache": sum(f.stat().st_size for f in _files(Path(name, "cache"))),
                }
            )
    return found


def print_growth(found: Iterable[dict[str, Any]]) -> None:
    header = (
        *("answers", "characters each", "seconds", "µs an answer", "CPU µs an answer", "peak MB"),
        *("answers MB", "run MB", "cache MB"),
    )
    lines = [
        [
            *(number(row["answers"]), number(row["characters"]), number(row["seconds"])),
            number(row["seconds"] / row["answers"] * 1e6),
            number(row["cpu"] / row["answers"] * 1e6),
            *(megabytes(row["peak"]), megabytes(row["bytes"])),
            *(megabytes(sum(row["run"].values())), megabytes(row["cache"])),
        ]
        for row in found
    ]
    table("`grader score --tier fast`, by number of answers", header, lines)


def again(rounds: int, seed: int, limit: int) -> dict[str, Any]:
    """The same answers into a new folder, into another, and into the first once more.

    Each time from an empty cache, ``rounds`` times.
    """
    found: dict[str, Any] = {
        tier: {"answers": min(size, limit), "first": [], "elsewhere": [], "again": [], "same": []}
        for tier, size in _AGAIN.items()
    }
    for _ in range(rounds):
        for tier, row in found.items():
            click.echo(f"again: {tier}", err=True)
            with TemporaryDirectory() as name:
                folder = Path(name)
                answers, cache = folder / "answers.jsonl", folder / "cache"
                write_answers(rows(seed), row["answers"], answers)
                grades = []
                for which, out in (("first", "run"), ("elsewhere", "other"), ("again", "run")):
                    command = score_command(answers, tier, folder / out)
                    row[which].append(ran(command, cache=cache, watched=False).seconds)
                    grades.append(_grades(folder / out))
                row["same"].append(grades[0] == grades[1] == grades[2])
    return found


def print_again(found: dict[str, Any]) -> None:
    lines = []
    for tier, row in found.items():
        first, *others = (statistics.median(row[name]) for name in ("first", "elsewhere", "again"))
        cells = [tier, number(row["answers"]), f"{first:.2f}"]
        for seconds in others:
            cells += [f"{seconds:.2f}", f"{first / seconds:.1f}"]
        lines.append([*cells, "yes" if all(row["same"]) else "**no**"])
    header = ("tier", "answers", "first, s", "another folder, s", "times as fast")
    header = (*header, "the same folder, s", "times as fast", "same grades")
    table("The same command again", header, lines)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _grades(run: Path) -> bytes:
    """What a run says of its answers, whether in one file or in parts."""
    own = [path for path in _files(run) if str(path.relative_to(run)).startswith("grades")]
    if not own:
        raise FileNotFoundError(f"{run} holds no grades")
    return b"".join(path.read_bytes() for path in own)
