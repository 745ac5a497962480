"""Runs killed at random moments, and what is left of them.

    python benchmarks/kills.py [--trials 100] [--answers 600]

Each trial grades the same answers into a new folder with two worker processes, kills one process at
a random moment (the command or a worker, in turn) with signal 9, gives the same command again where
it was the command, and compares every file with those of a run that nobody disturbed. Needs /proc.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

VICTIMS = ("command", "worker")
FILES = ("bank.json", "grades.jsonl", "report.html", "report.json")
# Many shards, so that there is much to interrupt.
SHARD = 20
_COMMAND = "import sys; sys.path.insert(0, sys.argv[1]); import kills; kills.grade(*sys.argv[2:])"


def grade(answers: str, folder: str) -> None:
    """What a trial runs: ``grader score --tier fast --workers 2`` with small shards."""
    from grader.answers import AnswerSource
    from grader.bank import Bank
    from grader.engine import Recipe, Scoring, runs
    from grader.report import build_report, write_run

    runs._SHARD = SHARD
    recipe = Recipe(Bank.load("ds-interview"), tier="fast")
    source = AnswerSource(answers, known_questions=recipe.bank.questions)
    scoring = Scoring(recipe, source, Path(folder))
    run = scoring.run(progress=lambda total, done: nullcontext(), workers=2)
    write_run(run, build_report(run), folder, lang="en")
    scoring.finish()


def start(answers: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A process of its own that grades."""
    here = str(Path(__file__).parent)
    return subprocess.Popen([sys.executable, "-c", _COMMAND, here, str(answers), str(folder)])


def trial(answers: Path, folder: Path, victim: str, moment: float) -> str:
    """One run with one kill.

    Args:
        victim: of VICTIMS.
        moment: seconds after the start.

    Returns:
        What was hit: the victim, or "nothing" if it was not there at that moment.

    Raises:
        RuntimeError: the run ended otherwise than well or by the kill.
    """
    process = start(answers, folder)
    time.sleep(moment)
    targets = [process.pid] if victim == "command" else workers(process.pid)
    hit = "nothing"
    for pid in targets[:1]:
        if process.poll() is None:
            os.kill(pid, signal.SIGKILL)
            hit = victim
    code = process.wait(300)
    if code == -signal.SIGKILL:
        code = start(answers, folder).wait(300)
    if code:
        raise RuntimeError(f"the run in {folder} ended with {code}")
    return hit


def workers(pid: int) -> list[int]:
    """Worker processes of a process."""
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(child)
    except OSError:
        pass  # ended while it was looked at
    return found


def kept(folder: Path) -> dict[str, bytes]:
    """All files of a run by name; of the manifest what is not a time."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    rest = {key: value for key, value in manifest.items() if key not in ("started", "finished")}
    return files | {"manifest.json": json.dumps(rest).encode()}


def write_answers(path: Path, count: int) -> None:
    """So many answers: the samples, over and over."""
    from grader.bank import samples

    lines = samples("ds-interview").read_text("utf-8").splitlines()
    with path.open("w", encoding="utf-8") as file:
        for number, line in enumerate(itertools.islice(itertools.cycle(lines), count)):
            row = json.loads(line) | {"answer_id": f"a{number}"}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def undisturbed(answers: Path, folder: Path) -> float:
    """Grade without a kill; returns the seconds it took."""
    began = time.monotonic()
    if code := start(answers, folder).wait(600):
        raise RuntimeError(f"the undisturbed run ended with {code}")
    return time.monotonic() - began


def trials(
    answers: Path, work: Path, moments: Sequence[tuple[str, float]], whole: dict[str, bytes]
) -> Counter[tuple[str, bool]]:
    """What was hit, and whether all files were as they should be, counted."""
    found: Counter[tuple[str, bool]] = Counter()
    for number, (victim, moment) in enumerate(moments):
        folder = work / f"trial{number}"
        hit = trial(answers, folder, victim, moment)
        found[hit, kept(folder) == whole] += 1
    return found


@click.command()
@click.option("--trials", "count", default=100, show_default=True)
@click.option("--answers", "size", default=600, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(count: int, size: int, seed: int) -> None:
    """Print how many killed runs ended with the bytes of an undisturbed one."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        answers = work / "answers.jsonl"
        write_answers(answers, size)
        undisturbed(answers, work / "first")  # fills the cache
        seconds = undisturbed(answers, work / "whole")
        whole = kept(work / "whole")
        assert set(FILES) < set(whole)
        moments = [(victim, chance.uniform(0, seconds)) for victim in VICTIMS * -(-count // 2)]
        found = trials(answers, work, moments[:count], whole)
    click.echo(f"{size} answers, {seconds:.1f} s undisturbed, {count} trials\n")
    click.echo("| killed | runs | identical |")
    click.echo("|---|---:|---:|")
    for hit in (*VICTIMS, "nothing"):
        runs, same = found[hit, True] + found[hit, False], found[hit, True]
        click.echo(f"| {hit} | {runs} | {same} |")


if __name__ == "__main__":
    main()
