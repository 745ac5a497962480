"""How long it takes: start-up, whole commands, and answers per second by stage.

    python benchmarks/speed.py [--encoder …] [--repeat 5]

The sample answers of the bundled bank are graded ``--repeat`` times over; every figure is the
median of several runs in one go, since machines are noisy.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

PYTHON = sys.executable


def seconds(run: Callable[[], object], times: int) -> float:
    """Median wall-clock time of so many runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def process(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([PYTHON, *arguments], check=True, capture_output=True)


@click.command()
@click.option("--encoder", default="embedded", show_default=True)
@click.option("--repeat", default=5, show_default=True, help="Times the sample answers over.")
def main(encoder: str, repeat: int) -> None:
    """Print start-up and throughput as Markdown tables."""
    commands(encoder)
    stages(encoder, repeat)


def commands(encoder: str) -> None:
    grader = ("-c", "from grader.cli import main; main()")
    bare = seconds(process("-c", "import click"), 9)
    click.echo("| command | seconds | over `import click` |")
    click.echo("|---|---|---|")
    click.echo(f"| `import click` | {bare:.3f} | 1.0 |")
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.jsonl")
        one.write_text('{"question_id": "dropout", "answer": "Случайно отключает нейроны."}\n')
        for name, times, arguments in (
            ("grader --help", 9, ("--help",)),
            ("grader score, one answer", 5, ("score", str(one), "--encoder", encoder)),
            ("grader demo", 3, ("demo",)),
        ):
            took = seconds(process(*grader, *arguments), times)
            click.echo(f"| `{name}` | {took:.3f} | {took / bare:.1f} |")


def stages(encoder: str, repeat: int) -> None:
    from grader import Bank, Grader, read_answers
    from grader.bank import samples
    from grader.engine import score
    from grader.report import build_report, render
    from grader.signals import Signal

    rows: list[tuple[str, float]] = []

    def timed(name: str, run: Callable[[], object]) -> None:
        started = time.perf_counter()
        run()
        rows.append((name, time.perf_counter() - started))

    path = samples("ds-interview")
    loaded: list[Bank] = []
    timed("load bank", lambda: loaded.append(Bank.load("ds-interview")))
    bank = loaded[0]
    asked = {id: question.text for id, question in bank.questions.items()}
    answers = read_answers(str(path), known_questions=asked)
    grader = Grader(bank, encoder=encoder)
    timed("prepare bank", lambda: grader.grade("dropout", "Отключает нейроны."))
    many = answers.answers * repeat
    spent: dict[str, float] = {}

    def watch(signal: Signal) -> None:
        measure = signal.measure

        def watched(*arguments):  # type: ignore[no-untyped-def]
            started = time.perf_counter()
            found = measure(*arguments)
            spent[signal.name] = spent.get(signal.name, 0.0) + time.perf_counter() - started
            return found

        signal.measure = watched  # type: ignore[method-assign]

    for signal in grader._signals:
        watch(signal)
    started = time.perf_counter()
    grader.grade_all(many)
    graded = time.perf_counter() - started
    run = score(Grader(bank, encoder="none"), answers)
    report = build_report(run)
    click.echo(f"\n{len(many)} answers, encoder {encoder}: {len(many) / graded:.0f} answers/s\n")
    click.echo("| stage | ms | ms per answer |")
    click.echo("|---|---|---|")
    for name, took in rows:
        click.echo(f"| {name} | {took * 1000:.0f} | |")
    for name, took in sorted(spent.items(), key=lambda item: -item[1]):
        click.echo(f"| signal: {name} | {took * 1000:.0f} | {took * 1000 / len(many):.2f} |")
    rest = graded - sum(spent.values())
    click.echo(f"| analysis and combination | {rest * 1000:.0f} | {rest * 1000 / len(many):.2f} |")
    html = seconds(lambda: render(".html", run, report, lang="ru"), 3)
    click.echo(f"| HTML report of {len(answers.answers)} answers | {html * 1000:.0f} | |")


if __name__ == "__main__":
    main()
