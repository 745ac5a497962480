"""Whole commands: cold start, many answers, the same once more."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
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
_AGAIN: Mapping[str, int] = {"fast": 10_000, "standard": 300, "thorough": 300}


def start(seed: int) -> dict[str, Any]:
    """Seconds of short commands, each ``_TIMES`` times with an empty cache and once more after it.

    The commands take turns, so that noise meets all alike.
    """
    found: dict[str, dict[str, list[float]]] = {}
    with TemporaryDirectory() as name:
        answers = Path(name, "answers.jsonl")
        write_answers(rows(seed), 1, answers)
        commands = {
            _BARE: [PYTHON, "-c", "import click"],
            "grader --help": [GRADER, "--help"],
            **{
                f"grader score, one answer, {tier}": score_command(answers, tier, Path(name, tier))
                for tier in ("fast", "thorough")
            },
        }
        for _ in range(_TIMES):
            for label, command in commands.items():
                own = found.setdefault(label, {"empty": [], "warm": []})
                with TemporaryDirectory() as cache:
                    for seconds in own.values():
                        once = ran(command, cache=Path(cache), watched=False)
                        seconds.append(once.seconds)
    return found


def print_start(found: dict[str, Any]) -> None:
    bare = statistics.median(found[_BARE]["empty"] + found[_BARE]["warm"])
    lines = []
    for label, own in found.items():
        empty, warm = (statistics.median(own[cache]) for cache in ("empty", "warm"))
        ratios = (f"{empty / bare:.1f}", f"{warm / bare:.1f}")
        lines.append([f"`{label}`", f"{empty:.3f}", ratios[0], f"{warm:.3f}", ratios[1]])
    header = ("", "empty cache, s", "× import click", "warm cache, s", "× import click")
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
    """The same command twice with nothing changed between, ``rounds`` times from an empty cache."""
    found: dict[str, Any] = {
        tier: {"answers": min(size, limit), "first": [], "second": [], "same": []}
        for tier, size in _AGAIN.items()
    }
    for _ in range(rounds):
        for tier, row in found.items():
            click.echo(f"again: {tier}", err=True)
            with TemporaryDirectory() as name:
                folder = Path(name)
                answers, out, cache = (folder / own for own in ("answers.jsonl", "run", "cache"))
                write_answers(rows(seed), row["answers"], answers)
                grades = []
                for which in ("first", "second"):
                    once = ran(score_command(answers, tier, out), cache=cache, watched=False)
                    row[which].append(once.seconds)
                    grades.append(_grades(out))
                row["same"].append(grades[0] == grades[1])
    return found


def print_again(found: dict[str, Any]) -> None:
    lines = []
    for tier, row in found.items():
        first, second = (statistics.median(row[which]) for which in ("first", "second"))
        same = "yes" if all(row["same"]) else "**no**"
        ratio = f"{second / first:.2f}"
        lines.append([tier, number(row["answers"]), f"{first:.2f}", f"{second:.2f}", ratio, same])
    header = ("tier", "answers", "first, s", "again, s", "again ÷ first", "same grades")
    table("The same command again", header, lines)


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _grades(run: Path) -> bytes:
    """What a run says of its answers, whether in one file or in parts."""
    own = [path for path in _files(run) if str(path.relative_to(run)).startswith("grades")]
    if not own:
        raise FileNotFoundError(f"{run} holds no grades")
    return b"".join(path.read_bytes() for path in own)
