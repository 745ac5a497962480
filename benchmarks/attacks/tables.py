"""The tables that the command prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
from agreement import Scores
from data import GradedSet

from attacks.invariances import INVARIANCES
from attacks.kinds import ATTACKS
from attacks.measures import (
    UNCHANGED_FULL,
    UNCHANGED_ZERO,
    Made,
    Results,
    full_marks,
    mean,
    places_of,
)


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


def attack_total(found: Sequence[Results]) -> None:
    """Each attack over all sets, then of each grader the mean and the worst."""
    click.echo("\n### Attacks on all sets together (means over sets)\n")
    click.echo("| attack | texts | passed | unchanged: passed | net |")
    click.echo("|---|---|---|---|---|")
    made = [kind for kind in ATTACKS if any(kind in r.attacks for r in found)]
    if not made:
        return
    for kind in made:
        click.echo(_total(kind, kind, found))
    texts = sum(r.attacks[kind]["n"] for kind in made for r in found if kind in r.attacks)
    for name in found[0].bars:
        rates = {kind: over_sets(found, kind, "pass", name) or 0.0 for kind in made}
        average = cell(mean(list(rates.values())))
        click.echo(f"| *{name}: mean of attacks* | {texts} | {average} | – | – |")
        worst = max(made, key=lambda kind: rates[kind])
        click.echo(_total(worst, f"**{name}: worst, {worst}**", found, name))
    ranked = [(r.attacks[k]["pass"]["grader"], k, r) for k in made for r in found if k in r.attacks]
    rate, kind, where = max(ranked, key=lambda one: one[0])
    count = where.attacks[kind]["n"]
    click.echo(f"\nWorst on one set: {kind}, {where.name}: {cell(rate)} of {count} passed.")


def _total(kind: str, label: str, found: Sequence[Results], name: str = "grader") -> str:
    texts = sum(r.attacks[kind]["n"] for r in found if kind in r.attacks)
    cells = [cell(over_sets(found, kind, "pass", name))]
    for what in ("control", "net"):
        cells.append(cell(over_sets(found, kind, what) if name == "grader" else None))
    return f"| {label} | {texts} | {' | '.join(cells)} |"


def over_sets(found: Sequence[Results], kind: str, what: str, name: str = "") -> float | None:
    """The mean over the sets that have it; None if none has."""
    rows = [results.attacks[kind] for results in found if kind in results.attacks]
    return mean([row[what][name] if name else row[what] for row in rows if what in row])


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
