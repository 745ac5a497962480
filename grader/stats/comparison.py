"""Every statistic of one set of answers, from one table of sums and its resamples."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.stats.bootstrap import Estimate, FloatArray
from grader.stats.pairs import (
    Pair,
    correlation,
    given_length,
    nearest,
    true_score,
    true_score_columns,
)
from grader.stats.results import (
    Category,
    Degradation,
    Raters,
    Spread,
    Statistics,
    TrueScore,
)
from grader.stats.sums import Columns, Resampling, Sums, above, floor

__all__ = ["Answers", "Draw", "compare"]

_Values = dict[str, FloatArray]


class Answers(NamedTuple):
    """Answers that both sides graded, a number each; NaN for no second grade."""

    machine: FloatArray
    human: FloatArray
    second: FloatArray
    length: FloatArray | None
    questions: NDArray[np.object_]
    groups: NDArray[np.object_] | None

    def only(self, kept: NDArray[np.bool_]) -> Answers:
        """Some of them."""
        return Answers(
            machine=self.machine[kept],
            human=self.human[kept],
            second=self.second[kept],
            length=None if self.length is None else self.length[kept],
            questions=self.questions[kept],
            groups=None if self.groups is None else self.groups[kept],
        )


class Draw(NamedTuple):
    """The categories of the scale and how to resample."""

    step: float
    categories: int
    level: float
    resamples: int
    seed: int

    def by_question(self, answers: Answers) -> Resampling:
        """Resamples of the answers' questions."""
        questions: list[Hashable] = answers.questions.tolist()
        return Resampling(questions, level=self.level, resamples=self.resamples, seed=self.seed)

    def rounded(self, grades: FloatArray) -> FloatArray:
        """Each grade's nearest category."""
        return nearest(grades, self.step) * self.step


def compare(answers: Answers, draw: Draw) -> Statistics:
    """Every statistic of one set of answers, of which there must be at least one."""
    resampling = draw.by_question(answers)
    human, rounded = answers.human, draw.rounded(answers.machine)
    pairs = {
        name: Pair(name, human, other, draw.step, draw.categories)
        for name, other in (
            ("trim", answers.machine), ("round", rounded), ("raters", answers.second)
        )
    }  # fmt: skip
    twice = bool(pairs["raters"].kept.any())
    columns = Columns(len(human))
    for pair in pairs.values():
        pair.add(columns)
    _add_length(columns, answers)
    _add_within(columns, answers, resampling)
    true_score_columns(columns, answers.machine, human, answers.second, float(human.mean()))
    whole, drawn = resampling.sums(columns)
    floors = _floors(answers)
    values = _values(whole, pairs, floors)
    again = None if drawn is None else _values(drawn, pairs, floors)

    def estimate(name: str) -> Estimate:
        return resampling.estimate(values[name], None if again is None else again[name])

    def spread(mean: str, grades: FloatArray) -> Spread:
        least, most = (float(grades.min()), float(grades.max())) if len(grades) else (None, None)
        return Spread(estimate(f"{mean}_mean"), estimate(f"{mean}_sd"), least, most)

    confusion = pairs["round"].confusion()
    return Statistics(
        n=len(human),
        questions=resampling.clusters,
        human=spread("trim.x", human),
        machine=spread("trim.y", answers.machine),
        rounded=spread("round.y", rounded),
        smd=estimate("trim.smd"),
        smd_pooled=estimate("trim.smd_pooled"),
        smd_rounded=estimate("round.smd"),
        pearson=estimate("trim.pearson"),
        spearman=resampling.spearman(answers.machine, human, pairs["trim"].kept),
        qwk=estimate("round.qwk"),
        qwk_continuous=estimate("trim.qwk"),
        kappa=estimate("round.kappa"),
        exact=estimate("round.exact"),
        adjacent=estimate("round.adjacent"),
        rmse=estimate("trim.rmse"),
        r2=estimate("trim.r2"),
        length=estimate("length"),
        partial=estimate("partial"),
        within=estimate("within"),
        disattenuated=estimate("disattenuated"),
        confusion=_rows(confusion),
        distribution=tuple(
            Category(
                grade=index * draw.step,
                human=float(confusion[index].sum() / len(human)),
                machine=float(confusion[:, index].sum() / len(human)),
                difference=estimate(f"difference.{index}"),
            )
            for index in range(draw.categories)
        ),
        raters=_raters(answers, pairs["raters"], resampling, estimate, spread) if twice else None,
        degradation=Degradation(
            **{key: estimate(f"degradation.{key}") for key in Degradation.__struct_fields__}
        )
        if twice
        else None,
        true_score=TrueScore(
            single=len(human) - int(pairs["raters"].kept.sum()),
            double=int(pairs["raters"].kept.sum()),
            **{key: estimate(f"true.{key}") for key in ("error_variance", "true_variance")},
            mse=estimate("true.mse"),
            prmse=estimate("true.prmse"),
        )
        if twice
        else None,
    )


def _raters(
    answers: Answers,
    pair: Pair,
    resampling: Resampling,
    estimate: Callable[[str], Estimate],
    spread: Callable[[str, FloatArray], Spread],
) -> Raters:
    return Raters(
        n=int(pair.kept.sum()),
        first=spread("raters.x", answers.human[pair.kept]),
        second=spread("raters.y", answers.second[pair.kept]),
        spearman=resampling.spearman(answers.human, answers.second, pair.kept),
        smd=estimate("raters.smd_pooled"),
        confusion=_rows(pair.confusion()),
        **{
            key: estimate(f"raters.{key}")
            for key in ("pearson", "qwk", "kappa", "exact", "adjacent")
        },
    )


def _values(sums: Sums, pairs: Mapping[str, Pair], floors: Mapping[str, float]) -> _Values:
    """Every statistic but rank correlation, by name: NaN where undefined."""
    found: _Values = {}
    for name, pair in pairs.items():
        found |= {f"{name}.{key}": value for key, value in pair.statistics(sums).items()}
    trim, rounded, raters = "trim", "round", "raters"
    source = {"pearson": trim, "qwk": rounded, "qwk_continuous": trim}
    source |= dict.fromkeys(("kappa", "exact", "adjacent"), rounded)
    for key, name in source.items():
        plain = key.removesuffix("_continuous")
        found[f"degradation.{key}"] = found[f"{name}.{plain}"] - found[f"{raters}.{plain}"]
    found["degradation.smd"] = found["trim.smd"] - found["raters.smd_pooled"]
    found["disattenuated"] = found["trim.pearson"] / np.sqrt(above(found["raters.pearson"]))
    shares = (sums.rows("round.q") - sums.rows("round.p")) / found["trim.n"][:, None]
    found |= {f"difference.{index}": share for index, share in enumerate(shares.T)}
    found |= {f"true.{key}": value for key, value in true_score(sums)._asdict().items()}
    found["within"] = correlation(
        above(sums["within.xx"], floors["within.x"]),
        above(sums["within.yy"], floors["within.y"]),
        sums["within.xy"],
    )
    return found | _given_length(sums, found["trim.pearson"], floors)


def _floors(answers: Answers) -> dict[str, float]:
    n = len(answers.human)
    return {
        "x": floor(answers.human),
        "y": floor(answers.machine),
        "within.x": floor(answers.human) * n,
        "within.y": floor(answers.machine) * n,
        "length": 0.0 if answers.length is None else floor(answers.length),
    }


def _add_length(columns: Columns, answers: Answers) -> None:
    length = np.zeros_like(answers.human) if answers.length is None else answers.length
    z, x, y = (side - side.mean() for side in (length, answers.human, answers.machine))
    moments = {"x": x, "y": y, "z": z, "xx": x * x, "yy": y * y, "zz": z * z}
    for key, values in (moments | {"xz": x * z, "yz": y * z}).items():
        columns.add(f"length.{key}", values)


def _given_length(sums: Sums, pearson: FloatArray, floors: Mapping[str, float]) -> _Values:
    n = sums["trim.n"]
    x, y, z, xx, yy, zz, xz, yz = (
        sums[f"length.{key}"] / n for key in ("x", "y", "z", "xx", "yy", "zz", "xz", "yz")
    )
    vx, vy = above(xx - x * x, floors["x"]), above(yy - y * y, floors["y"])
    vz = above(zz - z * z, floors["length"])
    with_human = correlation(vx, vz, xz - x * z)
    with_machine = correlation(vy, vz, yz - y * z)
    return {
        "length": with_human,
        "partial": given_length(pearson, with_human, with_machine),
    }


def _add_within(columns: Columns, answers: Answers, resampling: Resampling) -> None:
    numbers = resampling.numbers
    sizes = np.bincount(numbers)
    x, y = (
        side - (np.bincount(numbers, weights=side) / sizes)[numbers]
        for side in (answers.human, answers.machine)
    )
    for key, values in (("xx", x * x), ("yy", y * y), ("xy", x * y)):
        columns.add(f"within.{key}", values)


def _rows(table: NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in table.tolist())
