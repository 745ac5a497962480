"""Whether the grader can be fooled, and whether it is thrown by what should not matter.

    python benchmarks/attacks --help

*Attacks* (``kinds.py``) are texts that deserve no full mark, made from genuine answers and
references. An attack passes if its grade is at or above the median that the same grader gives to
genuine full-mark answers (graded 0.95 or better by people; the top quarter if those are fewer than
ten), which half of those pass; *drop* is by how much the grade fell of the answer that the attack
was made from. *Invariances* (``invariances.py``) are genuine answers in other clothes: their
grade should stay. Everything is made deterministically.

Attacks made from zero answers have a control: how many of the same zero answers pass unchanged. A
question that has none lends "I do not know." *Net* is the share that passes although, unchanged,
it does not; it stands beside the pass rate and never for it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from agreement import BASELINES
from data import read

from attacks.measures import attacks, extended, ignorance, invariances, measured
from attacks.tables import attack_summary, attack_table, attack_total, invariance_summary, samples
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
        unchanged = grader.grade_all(ignorance(data))
        ignorant = {grade.question_id: grade.score for grade in unchanged}
        found.append(measured(data, made, grades, ignorant))
        attack_table(data, found[-1])
        if show:
            samples(data, made, grades["grader"], show)
    attack_summary(found)
    invariance_summary(found)
    attack_total(found)
    if out:
        text = json.dumps([vars(results) for results in found], ensure_ascii=False, indent=1)
        out.write_text(text + "\n", encoding="utf-8")
