"""How far grades can be trusted: the figures of the goals, intervals, and what review brings.

    python benchmarks/validity.py --public FOLDER --russian FOLDER [--set NAME ...] [--tier …]
        [--limit N] [--train N] [--grades DIR] [--model FOLDER] [--encoder …] [--tiers]

FOLDERs hold graded sets as ``data.py`` describes them: ``--public`` a ``.jsonl.gz`` file for each
public set, ``--russian`` ``answers.jsonl`` and ``questions.jsonl``. What is printed is Markdown;
progress goes to standard error. With ``--tiers`` the table of tiers is printed instead.

Thresholds and calibrations come from train splits alone, those of baselines in the same way. The
best baseline is the one that does best on the very answers it is shown for, which favours it.

With ``--grades DIR`` grades are kept there without any text, a file for each split, and read again
by the next run; a run that was cut off goes on where it stopped. They are kept as they are before
calibration, so another calibration needs no new ones. A file is named after all else in the run's
signature; that knows the package's version but not its code, so after a change of what scores
answers begin with an empty folder.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click
from agreement import cell
from data import GradedSet
from figures import calibrated_qwk, correlation, kappa, two_way, weighted_f1
from grading import OURS, PLANS, Bench, Graded, Measure, Options, Plan
from intervals import coverage_tables, intervals, review_table

from grader.engine.tiers import DEFAULT_TIER, TIERS
from grader.errors import GraderError
from grader.stats import RESAMPLES

SAMPLE = 200  # answers of a split in the table of tiers
NOTES = {
    "nq301": "only answers to questions that do not occur, in the same words, in the half of "
    "evouna_nq that the grading model was trained on (new); the others are left out everywhere.",
}


def figures(bench: Bench, names: Sequence[str]) -> None:
    """The table of goals."""
    click.echo("\n## Figures\n")
    click.echo("| set | answers of | figure | answers | questions | grader | best baseline | |")
    click.echo("|---|---|---|---|---|---|---|---|")
    for name in names:
        graded = bench.graded(name)
        measure = _measure(bench, graded)
        test = graded.plan.test
        together = [test] if len(test) > 1 and graded.plan.figure != "F1" else []
        for splits in (*together, *((split,) for split in test)):
            click.echo(_figure(graded, splits, measure))
    _notes(names)


def _measure(bench: Bench, graded: Graded) -> Measure:
    plan = graded.plan
    if plan.figure == "r":
        return correlation(graded)
    if plan.figure == "QWK":
        return calibrated_qwk(graded)
    tuning = bench.graded(plan.tuned_on) if plan.tuned_on else graded
    return two_way(graded, tuning, weighted_f1 if plan.figure == "F1" else kappa)


def _figure(graded: Graded, splits: Sequence[str], measure: Measure) -> str:
    places = graded.places(*splits)
    unjudged = sum(graded.scores[OURS][n] is None for n in places)
    best = graded.best(measure, places)
    asked = len({graded.questions[n] for n in places})
    cells = [graded.data.name, ", ".join(splits), graded.plan.figure, str(len(places)), str(asked)]
    cells += [cell(measure(name, places, RESAMPLES)) for name in (OURS, best)]
    cells[-2] += f" ({unjudged} not judged)" if unjudged else ""
    return f"| {' | '.join([*cells, best])} |"


def tier_table(bench: Bench, names: Sequence[str]) -> None:
    """r and speed of each tier on some answers of each test split; nothing is read again."""
    most = min(SAMPLE, bench.options.limit or SAMPLE)
    click.echo(f"\n## Tiers: r and answers per second on up to {most} answers of each split\n")
    click.echo(f"| set | answers of | {' | '.join(TIERS)} | best baseline | |")
    click.echo("|---|---" + "|---" * len(TIERS) + "|---|---|")
    spent, counted = dict.fromkeys(TIERS, 0.0), 0
    for name in names:
        data = bench.read(name)
        for split in PLANS[name].test:
            part = data.only(data.places(split, most))
            places = range(len(part.answers))
            cells = []
            for tier in TIERS:
                graded, seconds = _timed(bench, part, tier, PLANS[name])
                spent[tier] += seconds
                r = cell(correlation(graded)(OURS, places, RESAMPLES))
                cells.append(f"{r}, {len(part.answers) / seconds:.0f}/s")
            best = graded.best(correlation(graded), places)
            cells += [cell(correlation(graded)(best, places, RESAMPLES)), best]
            counted += len(part.answers)
            click.echo(f"| {name} | {split} | {' | '.join(cells)} |")
    speeds = " | ".join(f"{counted / spent[tier]:.0f}/s" for tier in TIERS)
    click.echo(f"| all | | {speeds} | | |")
    _notes(names)


def _notes(names: Sequence[str]) -> None:
    for name in names:
        if name in NOTES:
            click.echo(f"\n{name}: {NOTES[name]}")


def _timed(bench: Bench, data: GradedSet, tier: str, plan: Plan) -> tuple[Graded, float]:
    """The answers graded, and in how many seconds once everything is loaded."""
    grader = bench.grader(data, tier)
    grader.grade_all(data.answers[:1])
    started = time.perf_counter()
    grades = grader.grade_all(data.answers)
    seconds = time.perf_counter() - started
    click.echo(f"{data.name} {tier}: {len(grades)} answers in {seconds:.1f} s", err=True)
    return Graded(data, grades, {}, plan), seconds


FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--public", required=True, type=FOLDER, help="Where the public sets are.")
@click.option("--russian", required=True, type=FOLDER, help="Where the Russian answers are.")
@click.option("--set", "names", multiple=True, type=click.Choice(list(PLANS)), help="Only these.")
@click.option("--tier", type=click.Choice(TIERS), default=DEFAULT_TIER, show_default=True)
@click.option("--limit", type=int, help="At most so many answers of a split.")
@click.option(
    *("--train", "most_train"),
    default=3000,
    show_default=True,
    help="At most so many answers of a train split; 0 for all.",
)
@click.option(
    "--grades", type=click.Path(file_okay=False, path_type=Path), help="Keep the grades there."
)
@click.option("--model", type=FOLDER, help="Of a grading model, instead of the package's.")
@click.option("--encoder", default="embedded", show_default=True)
@click.option("--tiers", is_flag=True, help="The table of tiers instead.")
def main(
    public: Path,
    russian: Path,
    names: Sequence[str],
    tier: str,
    limit: int | None,
    most_train: int,
    grades: Path | None,
    model: Path | None,
    encoder: str,
    tiers: bool,
) -> None:
    """Print agreement, intervals and the review curve of each set as Markdown tables."""
    options = Options(public, russian, tier, encoder, model, limit, most_train, grades)
    chosen = [name for name in PLANS if not names or name in names]
    try:
        bench = Bench(options)
        if tiers:
            tier_table(bench, chosen)
            return
        figures(bench, chosen)
        click.echo(f"\n{_legend(bench)}")
        found = [one for name in chosen for one in intervals(bench.graded(name))]
    except GraderError as error:
        raise click.ClickException(str(error)) from error
    coverage_tables(found)
    review_table(found)


def _legend(bench: Bench) -> str:
    options = bench.options
    models = [bench.encoder, None if options.tier == "fast" else bench.model]
    named = ["none" if m is None else f"{m.name}@{m.version}" for m in models]
    return (
        f"Tier {options.tier}, encoder {named[0]}, grading model {named[1]}; answers of a split: "
        f"{options.limit or 'all'}, of a train split at most "
        f"{bench.most(True) or 'all'}. Intervals in brackets: 95 %, bootstrap by question."
    )


if __name__ == "__main__":
    main()
