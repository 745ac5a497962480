"""How fast the grader is, beside other packages and beside what the machine could do.

    python benchmarks/speed --help

Everything is measured on texts made from the sample answers of the bundled bank (``material.py``),
on the same cores with the same numbers of threads, with caches that are empty at the start. What is
compared is measured in one run and in turn, since machines are noisy.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from speed.comparison import compared, print_comparison
from speed.material import rows, write_answers, write_questions
from speed.ours import OURS
from speed.peers import PEERS
from speed.process import use_cores
from speed.stages import print_stages, staged
from speed.tables import machine, print_machine
from speed.whole import again, growth, print_again, print_growth, print_start, start


def _sizes(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[int]:
    return [int(float(size)) for size in value.split(",")] if value else []


@click.command()
@click.option("--peers", is_flag=True, help="Answers a second, beside other packages.")
@click.option("--start", "started", is_flag=True, help="Cold start of short commands.")
@click.option(
    "--growth",
    "sizes",
    is_flag=False,
    flag_value="1e3,1e4,1e5,1e6",
    callback=_sizes,
    metavar="[SIZES]",
    help="Time and memory of `grader score --tier fast`, by number of answers.",
)
@click.option("--stages", is_flag=True, help="Processor time by stage, beside its floor.")
@click.option("--again", "repeated", is_flag=True, help="The same command a second time.")
@click.option("--only", multiple=True, metavar="TEXT", help="Rows of --peers that hold this text.")
@click.option("--rounds", default=3, show_default=True, help="Runs of which the median counts.")
@click.option(
    "--answers", "limit", default=250_000, show_default=True, help="At most so many in a run."
)
@click.option("--cores", default=2, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the texts.")
@click.option(
    "--slips", default=0.0, show_default=True, help="Share of words that are misspelt at random."
)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write all figures there too.")
def main(
    peers: bool,
    started: bool,
    sizes: list[int],
    stages: bool,
    repeated: bool,
    only: tuple[str, ...],
    rounds: int,
    limit: int,
    cores: int,
    seed: int,
    slips: float,
    out: Path | None,
) -> None:
    """Prints the tables asked for as Markdown; that of --peers if none is."""
    peers = peers or not (started or sizes or stages or repeated)
    use_cores(cores)
    found: dict[str, Any] = {"machine": machine(cores), "seed": seed, "slips": slips}
    print_machine(found["machine"])

    def keep(table: str, figures: Any) -> Any:
        """Written as they come, so that what fails later loses none."""
        found[table] = figures
        if out:
            text = json.dumps(found, ensure_ascii=False, indent=1)
            out.write_text(text + "\n", encoding="utf-8")
        return figures

    if peers:
        names = [n for n in (*OURS, *PEERS) if not only or any(text in n for text in only)]
        with TemporaryDirectory() as name:
            write_questions(Path(name, "questions.json"))
            write_answers(rows(seed, slips), limit, Path(name, "answers.jsonl"))
            print_comparison(keep("peers", compared(names, Path(name), rounds, cores)))
    if started:
        print_start(keep("start", start(seed)))
    if sizes:
        print_growth(keep("growth", growth(sizes, seed, slips)))
    if stages:
        print_stages(keep("stages", staged(seed, limit)))
    if repeated:
        print_again(keep("again", again(rounds, seed, limit)))
