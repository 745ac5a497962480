"""Fits what is fitted of the default combination, and its intervals, to human grades.

Two weights: ``entailment``, the share of the grading model in a point's coverage, and ``against``,
what a contradicted point costs. For each pair of a grid the scores of every set are computed anew
from the signals that the grades carry; the pair with the highest mean correlation over the sets
is taken, and of those within one standard error of it (over sets) the one nearest to the middle of
the grid. Each set is also judged with the pair that the *other* sets choose: that is the honest
figure, since it saw none of the set's grades.

The intervals for questions with references only are fitted on the same answers to such questions,
every set with the same weight, by bands of the score; those for questions with key points on our
own training answers that were kept from training, whose labels are a language model's.

    python training/combination.py --public FOLDER --limit 300 [--write]

Sets: the parts of SAF, Beetle, SciEntsBank, EVOUNA and NQ-301 that the grading model has not seen,
and the sample answers of the bank (written and graded by a language model).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from grading_pairs import UNSEEN, may_train
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from data import GradedSet, held_out, read, spread  # noqa: E402

from grader.bank import Bank, samples  # noqa: E402
from grader.engine import Grader  # noqa: E402
from grader.engine.tiers import TIERS  # noqa: E402
from grader.model import Answer, Grade, KeyPoint, Question, Rubric  # noqa: E402
from grader.scoring import Calibration, Weights, fit_bands, interval  # noqa: E402

SHARES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
COSTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parts:
    """Of each answer of a set what its score is made of.

    Attributes:
        closeness: mean coverage by words and vectors, 0..1.
        judged: the grading model's mean judgement; NaN where it was not asked.
        against: how much of it is contradicted.
        left: what misconceptions, caps and flags left of the score.
        human: people's grades.
    """

    name: str
    closeness: Floats
    judged: Floats
    against: Floats
    left: Floats
    human: Floats

    def scores(self, share: float, cost: float) -> Floats:
        judged = np.isnan(self.judged)
        both = share * np.nan_to_num(self.judged) + (1 - share) * self.closeness
        mean = np.where(judged, self.closeness, both)
        return np.asarray(np.maximum(0, mean - cost * self.against) * self.left)

    def correlation(self, share: float, cost: float) -> float:
        return float(np.corrcoef(self.scores(share, cost), self.human)[0, 1])


def graded_sets(public: Path, limit: int) -> Iterator[GradedSet]:
    """Answers to questions, or splits, that the grading model was not trained on."""
    for name in ("saf_en", "beetle", "scientsbank", "evouna_nq", "nq301"):
        data = read(public / f"{name}.jsonl.gz")
        places = [
            place
            for place, (answer, split) in enumerate(zip(data.answers, data.splits, strict=True))
            if not may_train(name, answer.question_id, split)
        ]
        yield data.only([places[one] for one in spread(len(places), limit)])
    bank = Bank.load("ds-interview")
    rows = [json.loads(line) for line in samples("ds-interview").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["question_id"] not in UNSEEN]
    answers = [Answer(str(n), row["question_id"], row["answer"]) for n, row in enumerate(rows)]
    human = [float(row["expected"]) for row in rows]
    kinds = [row["kind"] for row in rows]
    yield GradedSet("samples", bank, answers, human, kinds, 5, ["all"] * len(rows))


def kept_back() -> GradedSet:
    """The written answers that the grading model was not trained on, with their points."""
    questions, answers, human = {}, [], []
    for file in sorted((ROOT / "datasets" / "training").glob("written_*.jsonl")):
        for item in map(json.loads, file.read_text("utf-8").splitlines()):
            if not held_out(item["id"], 20):
                continue
            points = tuple(KeyPoint(point["id"], point["text"]) for point in item["points"])
            questions[item["id"]] = Question(
                item["id"], item["question"], ("written",), (item["reference"],), item["language"],
                rubric=Rubric(item["id"], points),
            )  # fmt: skip
            for answer in item["answers"]:
                labels = [*answer["labels"].values(), *answer["labels2"].values()]
                human.append(float(np.mean([{"c": 1.0, "p": 0.5}.get(one, 0.0) for one in labels])))
                answers.append(Answer(str(len(answers)), item["id"], answer["text"]))
    bank = Bank("written", {}, "ru", 1.0, {}, questions, (), "")
    return GradedSet("written", bank, answers, human, [""] * len(human), 1, ["all"] * len(human))


def parts(data: GradedSet, grades: Sequence[Grade]) -> Parts:
    rows = [_parts(data, grade) for grade in grades]
    found = np.array(rows, dtype=np.float64).T
    return Parts(data.name, *found, np.array(data.human))


def _parts(data: GradedSet, grade: Grade) -> tuple[float, float, float, float]:
    """Closeness, judgement, contradiction and what is left, undone from the derivation."""
    if not grade.score or not grade.evidence:
        return 0.0, np.nan, 0.0, 0.0
    rubric = data.bank.questions[grade.question_id].rubric
    point_weights = {p.id: p.weight for p in rubric.key_points} if rubric else {}
    steps = {step.name: step.score for step in grade.steps}
    mean, judged, against = steps["points"], np.nan, 0.0
    if grade.signals.get("entailment") is not None:
        judged = float(grade.signals["entailment"] or 0)
        against = float(grade.signals.get("contradiction") or 0)
    elif any(e.signals.get("entailment") is not None for e in grade.evidence):
        size = np.array([point_weights.get(e.point_id, 1.0) for e in grade.evidence])
        own = [np.array([e.signals.get(n) or 0.0 for e in grade.evidence]) for n in _NAMES]
        judged, against, mean = (float(size @ values / size.sum()) for values in own)
    before = [steps[n] for n in ("points", "reference", "contradiction") if n in steps][-1]
    return mean, judged, against, grade.score / before if before > 0 else 0.0


_NAMES = ("entailment", "contradiction", "closeness")


def choose(sets: Sequence[Parts]) -> tuple[float, float]:
    """The pair with the best mean correlation; of those as good nearly, the middle one."""
    pairs = list(product(SHARES, COSTS))
    table = np.array([[one.correlation(*pair) for one in sets] for pair in pairs])
    means = table.mean(axis=1)
    behind = table[means.argmax()] - table
    error = behind.std(axis=1, ddof=1) / np.sqrt(len(sets))
    middle = (float(np.median(SHARES)), float(np.median(COSTS)))
    near = [n for n in range(len(pairs)) if means.max() - means[n] <= min(error[n], 0.005)]
    near = near or [int(means.argmax())]
    return min(
        (pairs[n] for n in near), key=lambda p: abs(p[0] - middle[0]) + abs(p[1] - middle[1])
    )


def intervals(sets: Sequence[tuple[Floats, Floats]], tier: str) -> Calibration:
    """Bands of the pooled errors, as many answers of every set."""
    least = min(len(scores) for scores, _ in sets)
    pooled = [np.array([one[p] for p in spread(len(one), least)]) for two in sets for one in two]
    scores, human = np.concatenate(pooled[::2]), np.concatenate(pooled[1::2])
    return Calibration(
        features={"score": 1.0},
        intercept=0.0,
        bands=fit_bands(scores, human),
        answers=len(scores),
        questions=0,
        tier=tier,
    )


def main() -> None:
    """Print the choice, and with ``--write`` keep the intervals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=300, help="answers of a set")
    parser.add_argument("--write", action="store_true", help="keep the intervals")
    arguments = parser.parse_args()
    sets = list(graded_sets(arguments.public, arguments.limit))
    kept = kept_back()
    for tier in TIERS[::-1]:
        made = [
            Grader(data.bank, tier=tier, calibration="none").grade_all(data.answers)
            for data in sets
        ]
        if tier == "thorough":
            _tell([parts(data, grades) for data, grades in zip(sets, made, strict=True)])
        found = [
            (np.array([g.score or 0.0 for g in grades]), np.array(data.human))
            for data, grades in zip(sets, made, strict=True)
            if data.name != "samples"  # seen in training
        ]
        calibration = intervals(found, tier)
        made = Grader(kept.bank, tier=tier, calibration="none").grade_all(kept.answers)
        scores, human = np.array([g.score or 0.0 for g in made]), np.array(kept.human)
        with_rubric = intervals([(scores, human)], tier)
        r = np.corrcoef(scores, human)[0, 1]
        print(f"{tier}, written, kept back: r {r:.3f}, {with_rubric.bands}", flush=True)
        for place, data in enumerate(sets[: len(found)]):
            scores, human = found[place]
            others = intervals([one for one in found if one is not found[place]], tier)
            low, high = np.array([interval(others.bands, float(score)) for score in scores]).T
            inside = ((low <= human + 1e-9) & (human <= high + 1e-9)).mean()
            print(f"{tier}, {data.name}: coverage by the others' intervals {inside:.3f}")
        print(tier, calibration.bands, flush=True)
        if arguments.write:
            target = ROOT / "grader" / "scoring" / "data"
            target.mkdir(exist_ok=True)
            calibration.write(target / f"{tier}-reference.json")
            with_rubric.write(target / f"{tier}-rubric.json")


def _tell(sets: Sequence[Parts]) -> None:
    now = Weights()
    print("set, as it is, words only, model only, with the pair that the others choose")
    for place, one in enumerate(sets):
        pair = choose([*sets[:place], *sets[place + 1 :]])
        shown = [
            one.correlation(now.entailment, now.against),
            float(np.corrcoef(one.closeness * one.left, one.human)[0, 1]),
            one.correlation(1.0, 0.0),
            one.correlation(*pair),
        ]
        print(one.name, len(one.human), *(f"{value:.3f}" for value in shown), pair)
    print("chosen by all:", choose(sets), flush=True)


if __name__ == "__main__":
    main()
