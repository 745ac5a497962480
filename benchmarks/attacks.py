"""Whether the grader can be fooled, and whether it is thrown by what should not matter.

    python benchmarks/attacks.py --help

*Attacks* (``attack_kinds.py``) are texts that deserve no full mark, made from genuine answers and
references. An attack passes if its grade is at or above the median that the same grader gives to
genuine full-mark answers (graded 0.95 or better by people; the top quarter if those are fewer than
ten), which half of those pass; *drop* is by how much the grade fell of the answer that the attack
was made from. *Invariances* (``invariance_kinds.py``) are genuine answers in other clothes: their
grade should stay. Everything is made deterministically.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from agreement import BASELINES, Scores
from attack_kinds import ATTACKS
from attack_measures import (
    UNCHANGED_FULL,
    UNCHANGED_ZERO,
    Made,
    Results,
    attacks,
    extended,
    full_marks,
    invariances,
    mean,
    measured,
    places_of,
)
from data import GradedSet, read
from invariance_kinds import INVARIANCES

from grader.cross_encoders.embedded import EmbeddedCrossEncoder
from grader.engine import Grader
from grader.engine.tiers import DEFAULT_TIER, TIERS

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
PEERS = ("token_set_ratio", "chrF", "TF-IDF char")


@click.command()
@click.argument("answers", nargs=-1, required=True, type=FILE)
@click.option("--questions", type=FILE, help="Questions, where the answers' rows hold none.")
@click.option("--encoder", default="embedded", show_default=True, help="As for `grader score`.")
@click.option("--tier", type=click.Choice(TIERS), default=DEFAULT_TIER, show_default=True)
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="A grading model (model.onnx, tokenizer.json) in place of the one in the package.",
)
@click.option("--limit", type=int, help="At most so many answers of a set.")
@click.option(
    "--baselines/--no-baselines", default=True, show_default=True, help="Attack those as well."
)
@click.option("--show", default=0, help="Print so many texts of every kind, with their grades.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the figures there too.")
def main(
    answers: Sequence[Path],
    questions: Path | None,
    encoder: str,
    tier: str,
    model: Path | None,
    limit: int | None,
    baselines: bool,
    show: int,
    out: Path | None,
) -> None:
    """How often attacks pass, and by how much grades drop under invariances: Markdown tables.

    ANSWERS are graded sets, as for agreement.py.
    """
    judge = EmbeddedCrossEncoder(model) if model else "embedded"
    found = []
    for path in answers:
        data = read(path, questions, limit)
        made = attacks(data) + invariances(data)
        whole = extended(data, made)
        grader = Grader(data.bank, encoder=encoder, tier=tier, cross_encoder=judge)
        grades = {"grader": [grade.score for grade in grader.grade_all(whole.answers)]}
        if baselines:
            grades |= {name: list(BASELINES[name](whole)) for name in PEERS}
        found.append(measured(data, made, grades))
        attack_table(data, found[-1])
        if show:
            samples(data, made, grades["grader"], show)
    attack_summary(found)
    invariance_summary(found)
    if out:
        text = json.dumps([vars(results) for results in found], ensure_ascii=False, indent=1)
        out.write_text(text + "\n", encoding="utf-8")


def attack_table(data: GradedSet, results: Results) -> None:
    names = list(results.bars)
    click.echo(
        f"\n### {data.name}: attacks, {len(data.answers)} genuine answers to "
        f"{len({a.question_id for a in data.answers})} questions\n"
    )
    click.echo(
        f"| attack | n | mean grade | drop | {' | '.join(f'{name}: passed' for name in names)} |"
    )
    click.echo("|---|---|---|---|" + "---|" * len(names))
    bars = " | ".join(f"{results.bars[name]:.3f}" for name in names)
    click.echo(f"| *median of full-mark answers* | {len(full_marks(data))} | | | {bars} |")
    for kind, row in results.attacks.items():
        passed = " | ".join(cell(row["pass"][name]) for name in names)
        click.echo(
            f"| {kind} | {row['n']} | {cell(row['mean'])} | {cell(row['drop'])} | {passed} |"
        )


def attack_summary(found: Sequence[Results]) -> None:
    click.echo("\n### Pass rates of attacks (of so many), by set\n")
    averages = {
        kind: mean([r.attacks[kind]["pass"]["grader"] for r in found if kind in r.attacks]) or 0.0
        for kind in (UNCHANGED_FULL, UNCHANGED_ZERO, *ATTACKS)
    }
    worst = max(ATTACKS, key=lambda kind: averages[kind])
    _header("attack", found)
    for kind in averages:
        _row(kind, found, lambda r: r.attacks, lambda row: cell(row["pass"]["grader"]), worst)
    for name in found[0].bars:
        rates = [
            mean([r.attacks[k]["pass"][name] for k in ATTACKS if k in r.attacks]) for r in found
        ]
        click.echo(f"| *mean of attacks: {name}* | {' | '.join(map(cell, rates))} |")


def invariance_summary(found: Sequence[Results]) -> None:
    click.echo("\n### Mean drop of the grade (share that drops by more than 0.1), by set\n")
    _header("invariance", found)
    averages = {
        kind: mean([r.invariances[kind]["drop"] for r in found if kind in r.invariances]) or 0.0
        for kind in INVARIANCES
    }
    worst = max(averages, key=lambda kind: averages[kind])
    for kind in INVARIANCES:
        _row(kind, found, lambda r: r.invariances, _drop, worst)
    for kind in dict.fromkeys(kind for results in found for kind in results.otherwise):
        label = f"genuine {kind}: human − grade"
        _row(kind, found, lambda r: r.otherwise, _drop, "", label)


def _drop(row: dict[str, Any]) -> str:
    return f"{row['drop']:+.3f} ({row['far']:.2f})" if row["drop"] is not None else "–"


def _header(what: str, found: Sequence[Results]) -> None:
    click.echo(f"| {what} | {' | '.join(results.name for results in found)} |")
    click.echo("|---|" + "---|" * len(found))


def _row(
    kind: str,
    found: Sequence[Results],
    rows: Callable[[Results], dict[str, dict[str, Any]]],
    shown: Callable[[dict[str, Any]], str],
    worst: str,
    label: str | None = None,
) -> None:
    cells = [
        f"{shown(own[kind])} of {own[kind]['n']}" if kind in own else "–"
        for own in map(rows, found)
    ]
    name = f"**{kind}** (worst)" if kind == worst else label or kind
    click.echo(f"| {name} | {' | '.join(cells)} |")


def cell(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def samples(data: GradedSet, made: Sequence[Made], grades: Scores, count: int) -> None:
    """Some texts of every kind, spread evenly, to be judged by eye."""
    for kind in (*ATTACKS, *INVARIANCES):
        own = places_of(made, kind, 0)
        click.echo(f"\n#### {data.name}: {kind}\n")
        for n in own[:: max(1, len(own) // count)][:count]:
            grade, origin = grades[len(data.answers) + n], made[n].origin
            click.echo(f"- [{cell(grade)}] {made[n].answer.text!r}")
            if origin is not None:
                click.echo(f"    from [{cell(grades[origin])}] {data.answers[origin].text!r}")


if __name__ == "__main__":
    main()
