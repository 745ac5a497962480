"""How far does a language model as judge agree with given grades, beside the grader without it?

Prints Markdown tables: agreement over all answers, means by what an answer tries, and what asking
has cost. Judgements are cached, so a second time costs nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from data import GradedSet, read

from grader import Grader
from grader.cache import Cache
from grader.llm.judge import Judge
from grader.model import Grade
from grader.signals import WeightedSignal
from grader.stats import Estimate, Statistics, validate

_SHOWN = ("pearson", "spearman", "qwk", "rmse")


def main() -> None:
    """Grade, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--questions", type=Path, help="where these are in a file of their own")
    parser.add_argument("--judge", required=True, metavar="MODEL@BASE_URL")
    parser.add_argument("--weight", type=float, default=0.3, help="of the judge in the third row")
    parser.add_argument("--tier", default="thorough")
    parser.add_argument("--limit", type=int, help="so many answers, spread evenly")
    options = parser.parse_args()
    data = read(options.answers, options.questions, options.limit)
    judge = Judge(options.judge)
    started = time.monotonic()
    grades, spent = _graded(data, judge, 0.0, options.tier)
    seconds = time.monotonic() - started
    blended, _ = _graded(data, judge, options.weight, options.tier)
    _agreement(data, judge, grades, blended, options.weight)
    _by_kind(data, judge, grades)
    print("\n" + ", ".join(f"{name} {count}" for name, count in spent.items()), end="")
    print(f", {seconds:.0f} s for {len(grades)} answers")


def _graded(
    data: GradedSet, judge: Judge, weight: float, tier: str
) -> tuple[list[Grade], dict[str, int]]:
    """Grades without calibration, and what they cost."""
    signals = [WeightedSignal(judge, weight)]
    grader = Grader(
        data.bank, tier=tier, signals=signals, calibration="none", cache=Cache.default()
    )
    grades: list[Grade] = []
    for number, answer in enumerate(data.answers, 1):
        grades += grader.grade_all([answer])
        print(f"\r{number}/{len(data.answers)}", end="", file=sys.stderr)
    return grades, grader.spent().get(judge.name, {})


def _agreement(
    data: GradedSet, judge: Judge, grades: list[Grade], blended: list[Grade], weight: float
) -> None:
    alone = [grade.signals.get(judge.name) for grade in grades]
    ours = [grade.score for grade in grades]
    rows = {
        "grader": ours,
        f"{judge.name} alone": alone,
        f"grader, {judge.name} ×{weight:g}": [grade.score for grade in blended],
        "grader, answers that the judge could judge": [
            None if judged is None else score for judged, score in zip(alone, ours, strict=True)
        ],
    }
    print("| | answers | " + " | ".join(_SHOWN) + " |")
    print("|---|--:" + "|--:" * len(_SHOWN) + "|")
    for name, scores in rows.items():
        found = _compared(data, scores)
        cells = [_cell(getattr(found, key)) for key in _SHOWN]
        print(f"| {name} | {found.n} | " + " | ".join(cells) + " |")


def _compared(data: GradedSet, scores: Sequence[float | None]) -> Statistics:
    questions = [answer.question_id for answer in data.answers]
    scale = float(data.scale)
    machine = [None if score is None else score * scale for score in scores]
    human = [grade * scale for grade in data.human]
    return validate(machine, human, questions, scale=scale, step=0.5).overall


def _by_kind(data: GradedSet, judge: Judge, grades: list[Grade]) -> None:
    print("\n| kind | answers | given | grader | judge | points not judged |")
    print("|---|--:|--:|--:|--:|--:|")
    for kind in sorted(set(data.kinds)):
        own = [n for n, other in enumerate(data.kinds) if other == kind]
        sides = [
            [data.human[n] for n in own],
            [grades[n].score for n in own],
            [grades[n].signals.get(judge.name) for n in own],
        ]
        points = [one.signals.get(judge.name) for n in own for one in grades[n].evidence]
        missing = sum(value is None for value in points)
        means = " | ".join(map(_mean, sides))
        print(f"| {kind} | {len(own)} | {means} | {missing} of {len(points)} |")


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.2f}" if known else "—"


def _cell(estimate: Estimate) -> str:
    if estimate.value is None:
        return "—"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.2f}"
    return f"{estimate.value:.2f} ({estimate.low:.2f}…{estimate.high:.2f})"


if __name__ == "__main__":
    main()
