"""The splits of graded sets as validity is measured on them, read and graded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from agreement import BASELINES, Scores
from data import GradedSet, held_out, read
from kept_grades import grade_split
from msgspec import structs

from grader.cross_encoders import CrossEncoder, load_cross_encoder
from grader.cross_encoders.embedded import EmbeddedCrossEncoder
from grader.encoders import load_encoder
from grader.engine import Grader
from grader.engine.manifest import identity, signature
from grader.model import Grade
from grader.stats import Estimate

PointWeights = Mapping[str, Mapping[str, float]]
# Of the named scores of the answers at these places, from so many resamples.
Measure = Callable[[str, Sequence[int], int], Estimate]

OURS = "grader"


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
    "nq301": Plan("kappa", ("new",), "used", "evouna_nq"),
}


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
        return ["used" if words in used else "new" for words in asked]

    def graded(self, name: str) -> Graded:
        """The set's test splits and its train split, sampled and graded."""
        if name in self._found:
            return self._found[name]
        plan, data = PLANS[name], self.read(name)
        grader = self.grader(data, self.options.tier)
        places, grades = [], []
        train = (plan.train,) if plan.train and not plan.tuned_on else ()
        for split in plan.test + train:
            own = data.places(split, self.most(split in train))
            answers = [data.answers[n] for n in own]
            file = self._file(grader, name, split)
            places += own
            grades += grade_split(grader, answers, f"{name} {split}", file)
        kept = data.only(places)
        asked = dict.fromkeys(answer.question_id for answer in kept.answers)
        weights = {id: {p.id: p.weight for p in grader.key_points(id)} for id in asked}
        # Kept grades hold no text, which calibration learns from.
        grades = [
            structs.replace(g, text=a.text) for g, a in zip(grades, kept.answers, strict=True)
        ]
        with_rubric = any(question.rubric for question in data.bank.questions.values())
        if calibration := grader.calibrations[with_rubric]:
            grades = [calibration.apply(g, weights[g.question_id]) for g in grades]
        self._found[name] = Graded(kept, grades, weights, plan)
        return self._found[name]

    def most(self, train: bool) -> int | None:
        """How many answers of a split are graded at most; None for all."""
        limits = [self.options.limit, self.options.train if train else None]
        return min((limit for limit in limits if limit), default=None)

    def _file(self, grader: Grader, name: str, split: str) -> Path | None:
        folder = self.options.grades
        if not folder:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        train = split in {plan.train for plan in PLANS.values()}
        models = [m.version if m else "none" for m in (grader.encoder, grader.cross_encoder)]
        whole = signature(identity(grader, grader.bank.sha256))
        whole = re.sub(r"\|calibration:\w*", "", whole)
        digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
        parts = [name, split, str(self.most(train) or "all"), grader.tier, *models, digest]
        return folder / (re.sub(r"[^\w.-]+", "_", "-".join(parts)) + ".jsonl")


def _words(text: str) -> tuple[str, ...]:
    """Words to compare questions by; evouna_nq spells "covenant" "covenullt", and others so too."""
    return tuple(re.findall(r"\w+", text.casefold().replace("nan", "null")))
