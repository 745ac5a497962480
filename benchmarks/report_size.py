"""What a report of very many grades takes: seconds and peak memory.

    python benchmarks/report_size.py --answers 1000000 [--kind parquet] [--folder /tmp]

The sample answers of the bundled bank are graded once and stored over and over, each time by new
respondents. A process of its own then reads the run, builds the report and writes report.json and
report.html. A million grades take 3.4 GB of disk.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from grader.run import Run

PART = 10_000
"""Grades a part."""

T = TypeVar("T")


@click.command()
@click.option("--answers", default=100_000, show_default=True)
@click.option(
    "--kind",
    type=click.Choice(["lines", "jsonl", "parquet"]),
    default="lines",
    show_default=True,
    help="One grades.jsonl, or parts.",
)
@click.option("--folder", help="Where to put the run, for as long as this takes.")
@click.option("--step", type=click.Choice(["store", "report"]), hidden=True)
def main(answers: int, kind: str, folder: str | None, step: str | None) -> None:
    """Print seconds and megabytes as a Markdown table."""
    if step is not None and folder is not None:
        store(Path(folder), answers, kind) if step == "store" else report(Path(folder))
        return
    with tempfile.TemporaryDirectory(dir=folder) as made:
        # Peaks are those of a whole process, so every step has its own.
        for name in ("store", "report"):
            options = ["--answers", str(answers), "--kind", kind, "--folder", made, "--step", name]
            subprocess.run([sys.executable, __file__, *options], check=True)


def store(folder: Path, answers: int, kind: str) -> None:
    """Write the run: the sample's grades over and over with new ids."""
    from grader import Bank, Grader, read_answers
    from grader.bank import samples
    from grader.engine import score
    from grader.run import decode_grade, encode_part

    bank = Bank.load("ds-interview")
    asked = {id: question.text for id, question in bank.questions.items()}
    read = read_answers(str(samples("ds-interview")), known_questions=asked)
    run = score(Grader(bank, tier="fast"), read)
    run.write(folder)
    lines = islice(copies(run), answers)
    if kind == "lines":
        with (folder / "grades.jsonl").open("wb") as file:
            file.writelines(lines)
        return
    (folder / "grades.jsonl").unlink()
    (folder / "grades").mkdir()
    for number in count():
        part = list(islice(lines, PART))
        if not part:
            return
        data = b"".join(part) if kind == "jsonl" else encode_part(map(decode_grade, part))
        (folder / "grades" / f"{number:05}.{kind}").write_bytes(data)


def copies(run: Run) -> Iterator[bytes]:
    """The grades as lines, without end, each time of other answers by other respondents."""
    from msgspec.structs import replace

    from grader.run import encode_grade

    lines = [
        encode_grade(replace(g, answer_id=f"{g.answer_id}~", respondent=f"{g.respondent}~"))
        for g in run.grades
    ]
    for number in count():
        for line in lines:
            yield line.replace(b'~"', b'~%d"' % number, 2)


def report(folder: Path) -> None:
    """Print what each step of a report takes."""
    from grader.report import build_report, export
    from grader.run import Run

    click.echo("| step | seconds | of them CPU | peak MB so far |")
    click.echo("|---|---|---|---|")

    def timed(name: str, work: Callable[[], T]) -> T:
        started, used = time.perf_counter(), time.process_time()
        found = work()
        took, cpu = time.perf_counter() - started, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        click.echo(f"| {name} | {took:.1f} | {cpu:.1f} | {peak:.0f} |")
        return found

    run = timed("read", lambda: Run.read(folder))
    built = timed("build the report", lambda: build_report(run))
    for name in ("report.json", "report.html"):
        timed(name, lambda name=name: export(run, built, folder / name, lang="ru"))
    size = sum(path.stat().st_size for path in (folder / "report.json", folder / "report.html"))
    click.echo(f"\n{built.answers_total} answers, {len(built.questions)} questions, ", nl=False)
    click.echo(f"{built.respondents_total} respondents; reports of {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
