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

import hashlib
import re
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import click
import msgspec
import numpy as np
from agreement import BASELINES, Scores, cell
from data import GradedSet, held_out, read, spread
from numpy.typing import NDArray

from grader.answers import AnswerSet
from grader.cross_encoders import CrossEncoder, load_cross_encoder
from grader.cross_encoders.embedded import EmbeddedCrossEncoder
from grader.encoders import load_encoder
from grader.engine import Grader
from grader.engine.score import signature
from grader.engine.tiers import DEFAULT_TIER, TIERS
from grader.errors import GraderError, RunError
from grader.model import Answer, Evidence, Flag, Grade, Step
from grader.run import decode_grade, encode_grade, rounded
from grader.scoring import Calibration, fit, uncalibrated
from grader.stats import (
    LEVEL,
    RESAMPLES,
    SEED,
    Estimate,
    agreement,
    cluster_mean_interval,
    review_curve,
)
from grader.stats.sums import Columns, Resampling, ratio

FloatArray = NDArray[np.float64]
PointWeights = Mapping[str, Mapping[str, float]]
# From answers rightly and wrongly taken, wrongly and rightly refused.
TwoWay = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
# Of the named scores of the answers at these places, from so many resamples.
Measure = Callable[[str, Sequence[int], int], Estimate]

OURS = "grader"
BANDS = (0.0, 0.2, 0.4, 0.6, 0.8)
SAMPLE = 200  # answers of a split in the table of tiers
_CHUNK = 256
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Plan:
    """What is measured of a set.

    Attributes:
        figure: "r", "F1", "kappa" or "QWK".
        test: the splits that it is measured on, first together, then each.
        train: the split that thresholds and calibrations come from.
        tuned_on: the set of that split, if another one.
    """

    figure: str
    test: tuple[str, ...] = ("all",)
    train: str | None = None
    tuned_on: str | None = None


PLANS = {
    "ru_answers": Plan("r"),
    "sprag": Plan("r"),
    "mohler": Plan("r"),
    "saf_en": Plan("r", ("test_ua", "test_uq")),
    "beetle": Plan("F1", ("test_ua", "test_uq"), "train"),
    "scientsbank": Plan("F1", ("test_ua", "test_uq", "test_ud"), "train"),
    "asap_sas": Plan("QWK", ("test_public",), "train"),
    "evouna_nq": Plan("kappa", ("unseen",), "used"),
    "nq301": Plan("kappa", ("asked_in_used", "new"), "used", "evouna_nq"),
}


# --------------------------------------------------------------------------------------- grading


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    public: Path
    russian: Path
    tier: str
    encoder: str
    model: Path | None
    limit: int | None
    train: int | None
    grades: Path | None


@dataclass(frozen=True)
class Graded:
    """A set's answers with our grades and the baselines' scores."""

    data: GradedSet
    grades: list[Grade]
    weights: PointWeights
    plan: Plan

    @cached_property
    def scores(self) -> dict[str, Scores]:
        """Ours and the baselines' by name; those may pass 1."""
        found: dict[str, Scores] = {OURS: [grade.score for grade in self.grades]}
        return found | {name: baseline(self.data) for name, baseline in BASELINES.items()}

    @cached_property
    def questions(self) -> list[str]:
        return [answer.question_id for answer in self.data.answers]

    def places(self, *splits: str) -> list[int]:
        """Where the answers of these splits stand."""
        return [n for n, split in enumerate(self.data.splits) if split in splits]

    def as_grades(self, name: str) -> list[Grade]:
        """Grades that calibration takes: a baseline's hold a score and nothing else."""
        if name == OURS:
            return self.grades
        return [
            Grade(answer.id, answer.question_id, None, (), None if s is None else min(1.0, s))
            for answer, s in zip(self.data.answers, self.scores[name], strict=True)
        ]

    def best(self, measure: Measure, places: Sequence[int]) -> str:
        """The baseline that does best at these places."""
        values = {name: measure(name, places, 2).value for name in BASELINES}
        return max(values, key=lambda name: -2.0 if (v := values[name]) is None else v)


class Bench:
    """Reads and grades sets, each once."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.encoder = load_encoder(options.encoder)
        self._found: dict[str, Graded] = {}

    @cached_property
    def model(self) -> CrossEncoder | None:
        folder = self.options.model
        return EmbeddedCrossEncoder(folder) if folder else load_cross_encoder("embedded")

    def grader(self, data: GradedSet, tier: str) -> Grader:
        model = None if tier == "fast" else self.model
        return Grader(data.bank, encoder=self.encoder, tier=tier, cross_encoder=model)

    def read(self, name: str) -> GradedSet:
        """A set with its splits as they are measured here."""
        options = self.options
        if name == "ru_answers":
            answers, questions = (options.russian / f"{s}.jsonl" for s in ("answers", "questions"))
            return replace(read(answers, questions), name=name)
        data = read(options.public / f"{name}.jsonl.gz")
        if name == "evouna_nq":
            splits = ["unseen" if held_out(a.question_id, 2) else "used" for a in data.answers]
            return replace(data, splits=splits)
        if name == "nq301":
            return replace(data, splits=self._asked_before(data))
        return data

    def _asked_before(self, data: GradedSet) -> list[str]:
        """Whether an answer's question, in the same words, is one that training used."""
        evouna = self.read("evouna_nq")
        used = {
            _words(evouna.bank.questions[answer.question_id].text)
            for answer, split in zip(evouna.answers, evouna.splits, strict=True)
            if split == "used"
        }
        asked = [_words(data.bank.questions[answer.question_id].text) for answer in data.answers]
        return ["asked_in_used" if words in used else "new" for words in asked]

    def graded(self, name: str) -> Graded:
        """The set's test splits and its train split, sampled and graded."""
        if name in self._found:
            return self._found[name]
        plan, data = PLANS[name], self.read(name)
        grader = self.grader(data, self.options.tier)
        places, grades = [], []
        train = (plan.train,) if plan.train and not plan.tuned_on else ()
        for split in plan.test + train:
            most = self._most(split in train)
            own = [n for n, s in enumerate(data.splits) if s == split]
            own = [own[n] for n in spread(len(own), most)]
            answers = [data.answers[n] for n in own]
            places += own
            grades += grade_split(grader, answers, f"{name} {split}", self._file(grader, split))
        kept = data.only(places)
        asked = dict.fromkeys(answer.question_id for answer in kept.answers)
        weights = {id: {p.id: p.weight for p in grader.key_points(id)} for id in asked}
        if grader.calibration:
            grades = [grader.calibration.apply(g, weights[g.question_id]) for g in grades]
        self._found[name] = Graded(kept, grades, weights, plan)
        return self._found[name]

    def _most(self, train: bool) -> int | None:
        limits = [self.options.limit, self.options.train if train else None]
        return min((limit for limit in limits if limit), default=None)

    def _file(self, grader: Grader, split: str) -> Path | None:
        options, bank = self.options, grader.bank
        if not options.grades:
            return None
        options.grades.mkdir(parents=True, exist_ok=True)
        train = split in {plan.train for plan in PLANS.values()}
        models = [m.version if m else "none" for m in (grader.encoder, grader.cross_encoder)]
        whole = signature(grader, AnswerSet((), (), bank.sha256))
        whole = re.sub(r"\|calibration:\w*", "", whole)
        parts = [split, str(self._most(train) or "all"), grader.tier, *models]
        name = "-".join([_set_name(bank.name), *parts, _hash(whole)[:8]])
        return options.grades / (re.sub(r"[^\w.-]+", "_", name) + ".jsonl")


def grade_split(
    grader: Grader, answers: Sequence[Answer], label: str, file: Path | None
) -> list[Grade]:
    """Grades without texts and calibration; those that the file has are read, the rest appended.

    Args:
        label: names the answers in messages on progress.
    """
    grades = _kept(file, answers) if file else []
    if file:
        file.write_bytes(b"".join(encode_grade(grade) for grade in grades))
    click.echo(f"{label}: {len(answers)} answers, {len(grades)} already graded", err=True)
    started, before = time.perf_counter(), len(grades)
    while len(grades) < len(answers):
        chunk = answers[len(grades) : len(grades) + _CHUNK]
        new = [bare(grade) for grade in grader.grade_all(chunk)]
        if file:
            with file.open("ab") as stream:
                stream.write(b"".join(encode_grade(grade) for grade in new))
        grades += new
        speed = (len(grades) - before) / (time.perf_counter() - started)
        click.echo(f"{label}: {len(grades)} of {len(answers)}, {speed:.0f} a second", err=True)
    return grades


def bare(grade: Grade) -> Grade:
    """What calibration needs of a grade, rounded as files hold it: no text of anyone's."""
    grade = rounded(uncalibrated(grade))
    return msgspec.structs.replace(
        grade,
        flags=tuple(Flag(flag.name, flag.factor) for flag in grade.flags),
        evidence=tuple(
            Evidence(e.point_id, e.coverage, signals=e.signals, verdict=e.verdict)
            for e in grade.evidence
        ),
        misconceptions=(),
        steps=tuple(Step(step.name, step.score) for step in grade.steps),
        text="",
    )


def _kept(file: Path, answers: Sequence[Answer]) -> list[Grade]:
    """The grades of the file, up to the first that is not the next answer's."""
    found: list[Grade] = []
    lines = file.read_bytes().splitlines() if file.exists() else []
    for line, answer in zip(lines, answers, strict=False):
        try:
            grade = decode_grade(line)
        except RunError:
            break
        if (grade.answer_id, grade.question_id) != (answer.id, answer.question_id):
            break
        found.append(grade)
    return found


def _set_name(bank: str) -> str:
    return "ru_answers" if bank == "answers" else bank


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -------------------------------------------------------------------------------------- measures


def correlation(graded: Graded) -> Measure:
    """Pearson's r of the scores as they are."""

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        scores, human, clusters = _sides(graded, name, places)
        return agreement(scores, human, clusters, None, 1, resamples=resamples).pearson

    return measure


def two_way(graded: Graded, tuning: Graded, statistic: TwoWay) -> Measure:
    """Agreement on correct or not, by the threshold that is best on the train split."""
    train = tuning.places(tuning.plan.train or "")

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        limit = threshold(*_sides(tuning, name, train)[:2], statistic)
        scores, human, clusters = _sides(graded, name, places)
        kept = [n for n, score in enumerate(scores) if score is not None]
        taken = np.array([(scores[n] or 0.0) >= limit for n in kept])
        right = np.array([human[n] >= 0.5 for n in kept])
        return two_way_estimate(taken, right, [clusters[n] for n in kept], statistic, resamples)

    return measure


def two_way_estimate(
    taken: NDArray[np.bool_],
    right: NDArray[np.bool_],
    clusters: Sequence[Hashable],
    statistic: TwoWay,
    resamples: int = RESAMPLES,
) -> Estimate:
    """A statistic of two verdicts on each answer, with its interval."""
    if not len(taken):
        return Estimate(None)
    resampling = Resampling(clusters, level=LEVEL, resamples=resamples, seed=SEED)
    cells = (taken & right, taken & ~right, ~taken & right, ~taken & ~right)
    columns = Columns(len(taken))
    for number, cell_ in enumerate(cells):
        columns.add(str(number), cell_)
    whole, drawn = (
        None if sums is None else statistic(*(sums[str(number)] for number in range(4)))
        for sums in resampling.sums(columns)
    )
    assert whole is not None, "the whole set has sums"
    return resampling.estimate(whole, drawn)


def threshold(scores: Scores, human: Sequence[float], statistic: TwoWay) -> float:
    """The score from which to take an answer as correct that makes the statistic greatest.

    Midway between two neighbouring scores, the lowest of equally good ones.
    """
    pairs = sorted((s, h >= 0.5) for s, h in zip(scores, human, strict=True) if s is not None)
    x = np.array([score for score, _ in pairs], dtype=np.float64)
    right = np.array([verdict for _, verdict in pairs], dtype=np.float64)
    if len(x) < 2 or x[0] == x[-1]:
        return 0.5
    cuts = np.flatnonzero(np.diff(x) > 0)  # the last answer below each threshold
    missed, refused = np.cumsum(right)[cuts], cuts + 1.0
    hits = right.sum() - missed
    false = len(x) - refused - hits
    values = statistic(hits, false, missed, refused - missed)
    best = cuts[int(np.argmax(np.nan_to_num(values, nan=-2.0)))]
    return float(x[best] + x[best + 1]) / 2


def weighted_f1(tp: FloatArray, fp: FloatArray, fn: FloatArray, tn: FloatArray) -> FloatArray:
    """The F1 of both classes, weighted by how many answers are of each."""

    def f1(hits: FloatArray) -> FloatArray:
        return np.nan_to_num(ratio(2 * hits, 2 * hits + fp + fn))

    return ratio((tp + fn) * f1(tp) + (fp + tn) * f1(tn), tp + fp + fn + tn)


def kappa(tp: FloatArray, fp: FloatArray, fn: FloatArray, tn: FloatArray) -> FloatArray:
    """Cohen's kappa."""
    n = tp + fp + fn + tn
    chance = ratio((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), n * n)
    return ratio(ratio(tp + tn, n) - chance, 1 - chance)


def calibrated_qwk(graded: Graded) -> Measure:
    """Mean over questions of quadratic weighted kappa, calibrated on each one's train answers."""
    train = graded.places(graded.plan.train or "")
    known: dict[str, Scores] = {}

    def measure(name: str, places: Sequence[int], resamples: int) -> Estimate:
        if name not in known:
            known[name] = by_question(graded, name, train)
        values: dict[str, float | None] = {}
        for question in dict.fromkeys(graded.questions[n] for n in places):
            own = [n for n in places if graded.questions[n] == question]
            scores, human = [known[name][n] for n in own], [graded.data.human[n] for n in own]
            scale = graded.data.scales[question]
            found = agreement(scores, human, [question] * len(own), None, scale, resamples=2)
            values[question] = found.qwk.value
        mean = cluster_mean_interval(list(values.values()), list(values), resamples=resamples)
        return Estimate(mean.mean, mean.low, mean.high)

    return measure


def by_question(graded: Graded, name: str, train: Sequence[int]) -> Scores:
    """All scores, calibrated on the train answers of their question."""
    grades = graded.as_grades(name)
    scores = [grade.score for grade in grades]
    for question in graded.weights:
        calibration = fitted(graded, name, [n for n in train if graded.questions[n] == question])
        if calibration is None:
            if name == OURS:
                click.echo(f"{graded.data.name} {question}: too few to calibrate", err=True)
            continue
        for n, asked in enumerate(graded.questions):
            if asked == question:
                scores[n] = calibration.apply(grades[n], graded.weights[question]).score
    return scores


def fitted(graded: Graded, name: str, places: Sequence[int]) -> Calibration | None:
    """A calibration to the human grades of these answers; None if they are too few."""
    grades, human = graded.as_grades(name), graded.data.human
    try:
        found = fit([grades[n] for n in places], [human[n] for n in places], graded.weights)
    except GraderError:
        return None
    return found.calibration


def _sides(
    graded: Graded, name: str, places: Sequence[int]
) -> tuple[list[float | None], list[float], list[str]]:
    """Scores, human grades and questions at these places."""
    scores, questions = graded.scores[name], graded.questions
    human = graded.data.human
    return (
        [scores[n] for n in places],
        [human[n] for n in places],
        [questions[n] for n in places],
    )


# --------------------------------------------------------------------------------------- figures


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
    of = "all" if len(splits) > 1 and graded.plan.tuned_on else ", ".join(splits)
    cells = [graded.data.name, of, graded.plan.figure, str(len(places)), str(asked)]
    cells += [cell(measure(name, places, RESAMPLES)) for name in (OURS, best)]
    cells[-2] += f" ({unjudged} not judged)" if unjudged else ""
    return f"| {' | '.join([*cells, best])} |"


# ------------------------------------------------------------------------------------- intervals


@dataclass(frozen=True)
class Intervals:
    """Answers with their scores and intervals.

    Attributes:
        source: "default", or how many answers to other questions they were fitted on.
        name: whose scores.
    """

    set: str
    source: str
    name: str
    score: FloatArray
    human: FloatArray
    low: FloatArray
    high: FloatArray
    questions: tuple[str, ...]

    @property
    def width(self) -> FloatArray:
        return self.high - self.low

    @property
    def within(self) -> NDArray[np.bool_]:
        low, high = self.low - _ROUNDING, self.high + _ROUNDING
        return (low <= self.human) & (self.human <= high)


def intervals(graded: Graded) -> list[Intervals]:
    """The default ones if there are any, then ours and the best baseline's fitted on a half.

    The best baseline is the one with the highest r. Halves are of questions, by their hash.
    """
    places = graded.places(*graded.plan.test)
    found = [_collected(graded, "default", OURS, [graded.grades[n] for n in places], places)]
    # Salted, since evouna_nq's unseen questions are themselves chosen by such a hash.
    half = [n for n in places if held_out(f"interval {graded.questions[n]}", 2)]
    other = sorted(set(places) - set(half))
    for name in (OURS, graded.best(correlation(graded), places)):
        calibration = fitted(graded, name, half)
        if calibration is None:
            continue
        grades = graded.as_grades(name)
        new = [calibration.apply(grades[n], graded.weights[graded.questions[n]]) for n in other]
        found.append(_collected(graded, f"half ({calibration.answers})", name, new, other))
    return [one for one in found if one is not None]


def _collected(
    graded: Graded, source: str, name: str, grades: Sequence[Grade], places: Sequence[int]
) -> Intervals | None:
    rows = [
        (grade.score, graded.data.human[n], *grade.interval, graded.questions[n])
        for n, grade in zip(places, grades, strict=True)
        if grade.score is not None and grade.interval is not None
    ]
    if not rows:
        return None
    score, human, low, high = np.array([row[:4] for row in rows], dtype=np.float64).T
    questions = tuple(row[4] for row in rows)
    return Intervals(graded.data.name, source, name, score, human, low, high, questions)


def coverage_tables(found: Sequence[Intervals]) -> None:
    """Coverage and width: over all answers, then by band of our score."""
    click.echo("\n## 90 % intervals\n")
    click.echo("| set | intervals | of | answers checked | coverage | mean width |")
    click.echo("|---|---|---|---|---|---|")
    for one in found:
        held, width = (
            cell(Estimate(mean.mean, mean.low, mean.high))
            for mean in (
                cluster_mean_interval(list(values.astype(float)), one.questions)
                for values in (one.within, one.width)
            )
        )
        n = len(one.score)
        click.echo(f"| {one.set} | {one.source} | {one.name} | {n} | {held} | {width} |")
    click.echo("\n### By score: coverage, mean width, answers\n")
    ends = [f"{low:g} to {high:g}" for low, high in zip(BANDS, (*BANDS[1:], 1.0), strict=True)]
    click.echo(f"| set | intervals | {' | '.join(ends)} |")
    click.echo("|---|---" + "|---" * len(ends) + "|")
    for one in found:
        if one.name == OURS:
            click.echo(f"| {one.set} | {one.source} | {' | '.join(_by_band(one))} |")


def _by_band(one: Intervals) -> list[str]:
    bands = np.searchsorted(np.array(BANDS), one.score, side="right") - 1
    cells = []
    for number in range(len(BANDS)):
        own = bands == number
        if own.any():
            held, width = one.within[own].mean(), one.width[own].mean()
            cells.append(f"{held:.2f}, {width:.2f}, {int(own.sum())}")
        else:
            cells.append("–")
    return cells


def review_table(found: Sequence[Intervals]) -> None:
    """The curve: r of all grades when the least certain ones are a person's."""
    click.echo("\n## When the least certain answers go to a person: r of all grades\n")
    click.echo("| set | intervals | of | who goes | 0 % | 10 % | 20 % | 30 % |")
    click.echo("|---|---|---|---|---|---|---|---|")
    for one in found:
        # What a machine gains that knows nothing of its certainty: a random order, always the same.
        chance = np.random.default_rng(SEED).random(len(one.score))
        orders = {"widest": one.width} | ({"at random": chance} if one.name == OURS else {})
        for who, widths in orders.items():
            curve = review_curve(list(one.score), list(one.human), list(widths))
            cells = " | ".join("–" if p.r is None else f"{p.r:.3f}" for p in curve)
            click.echo(f"| {one.set} | {one.source} | {one.name} | {who} | {cells} |")


# ----------------------------------------------------------------------------------------- tiers


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
            own = [n for n, s in enumerate(data.splits) if s == split]
            part = data.only([own[n] for n in spread(len(own), most)])
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


def _timed(bench: Bench, data: GradedSet, tier: str, plan: Plan) -> tuple[Graded, float]:
    """The answers graded, and in how many seconds once everything is loaded."""
    grader = bench.grader(data, tier)
    grader.grade_all(data.answers[:1])
    started = time.perf_counter()
    grades = grader.grade_all(data.answers)
    seconds = time.perf_counter() - started
    click.echo(f"{data.name} {tier}: {len(grades)} answers in {seconds:.1f} s", err=True)
    return Graded(data, grades, {}, plan), seconds


# --------------------------------------------------------------------------------------- command


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
        f"{bench._most(True) or 'all'}. Intervals in brackets: 95 %, bootstrap by question."
    )


if __name__ == "__main__":
    main()
