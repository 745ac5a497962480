"""Calibration: scores as a certain person would give them, with intervals around them.

A linear correction of what was measured, with weights of zero or more: whatever raises a
measurement never lowers the score. Questions with many graded answers have weights of their own,
which take in what those answers teach (:mod:`grader.scoring.exemplars`). It is fitted to human
grades by :mod:`grader.scoring.fitting` and kept as a JSON file.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from grader.errors import GraderError
from grader.files import read_bytes
from grader.model import Grade, Step
from grader.run import replacing
from grader.scoring.exemplars import GRADED, Exemplars
from grader.scoring.intervals import COVERAGE, Band, interval

__all__ = [
    "FEATURES",
    "KEPT",
    "LIFT",
    "REVIEW_WIDTH",
    "Calibration",
    "Figures",
    "HeldOut",
    "bounds",
    "features",
    "uncalibrated",
]

FEATURES = ("score", "lexical", "semantic", "rubric", "entailment")
"""The default score, and the signals that measure each point."""
KEPT = 0.2
"""An answer with a flag of this factor or a lower one keeps its score."""
LIFT = 0.35
"""Graded answers may lift an answer's score by this much at most."""
REVIEW_WIDTH = 0.5
"""A person should look at answers whose interval is wider."""

_DEFAULTS = Path(__file__).parent / "data"
_STEP = "calibration"
_MODEL = "entailment"
_MEASURED = ("points", "signals", "reference")
# Of the mean over the points, by the grading model: it finds next to nothing of what is expected.
_HOLLOW = 0.1
_GREATEST = 2**27


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How scores agree with human grades: correlation, error (of 0..1), quadratic kappa."""

    r: float | None
    rmse: float
    qwk: float | None


class HeldOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Agreement on answers that the calibration had not seen.

    Attributes:
        before: of the scores as they were.
        after: of the calibrated ones.
        coverage: share of the human grades within their intervals, None with too few grades.
        width: mean width of these.
    """

    before: Figures
    after: Figures
    coverage: float | None = None
    width: float | None = None


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What turns a score into a person's, and the interval in which that person's grade lies.

    Attributes:
        features: weight of each feature (see ``FEATURES``), 0 or above.
        intercept: what is added to the weighted sum.
        bands: of the intervals, from a start of 0 upwards.
        answers, questions: how many it was fitted on.
        shrinkage: how strongly the weights were drawn to the default, which is the score itself;
            None when nothing better than the default was found.
        tier: which signals the scores were made with, empty when unknown.
        signature: of the run it was fitted on.
        held_out: how it did on answers held out.
        coverage: share of the true grades that lie within their intervals, 0..1.
        review_width: a person should look at answers whose interval is wider.
        exemplars: other weights, for the questions that have many graded answers; None when there
            are none, or when they did not help.
    """

    features: Mapping[str, float]
    intercept: float
    bands: tuple[Band, ...]
    answers: int
    questions: int
    shrinkage: float | None = None
    tier: str = ""
    signature: str = ""
    held_out: HeldOut | None = None
    coverage: float = COVERAGE
    review_width: float = REVIEW_WIDTH
    exemplars: Exemplars | None = None

    def __post_init__(self) -> None:
        _check(self.features, self.intercept, FEATURES)
        if self.exemplars is not None:
            _check(self.exemplars.features, self.exemplars.intercept, (*FEATURES, GRADED))
        starts = [band.start for band in self.bands]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("the bands do not begin at 0 and rise")
        if any(not -1 <= band.low <= band.high <= 1 for band in self.bands):
            raise ValueError("a band's 'low' and 'high' are not in order within -1..1")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Calibration:
        """Read a calibration.

        Raises:
            GraderError: the file is missing, unreadable or no calibration; names the field.
        """
        file = Path(path)
        data = read_bytes(file, GraderError, limit=_GREATEST)
        try:
            return msgspec.json.decode(data, type=cls)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at ")
            field = where.strip("`").removeprefix("$").removeprefix(".") or None
            raise GraderError(f"no calibration: {what}", path=file, field=field) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            what = "no calibration: not JSON; 'grader calibrate RUN' writes one"
            raise GraderError(what, path=file) from error

    @classmethod
    def default(cls, tier: str, *, rubric: bool) -> Calibration | None:
        """The intervals that come with the package; scores stay as they are.

        Args:
            tier: which signals the scores are made with.
            rubric: for questions with key points, whose scores are much surer than those of
                questions with references only.
        """
        file = _DEFAULTS / f"{tier}-{'rubric' if rubric else 'reference'}.json"
        return cls.read(file) if file.is_file() else None

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the calibration, whole or not at all.

        Raises:
            GraderError: the file cannot be written.
        """
        file = Path(path)
        data = msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"
        try:
            with replacing(file) as temporary:
                temporary.write_bytes(data)
        except OSError as error:
            raise GraderError(f"cannot be written: {error.strerror}", path=file) from error

    def predict(self, found: Mapping[str, float | None]) -> float:
        """The calibrated score of an answer with these features, 0..1.

        Args:
            found: features by name, "score" among them; it stands in for those that are missing.
                Without "graded" the weights are those of all questions.
        """
        intercept, terms = self._formula(found)
        total = intercept + sum(weight * value for weight, value in terms)
        return min(1.0, max(0.0, total))

    def apply(self, grade: Grade, point_weights: Mapping[str, float]) -> Grade:
        """The grade with its calibrated score and interval.

        A calibration that the grade already had is undone first. An answer that could not be
        judged stays as it is, and no score leaves its :func:`bounds`.

        Args:
            point_weights: weight of each of the question's points by id.
        """
        grade = uncalibrated(grade)
        if grade.score is None:
            return grade
        score, steps = grade.score, grade.steps
        graded, named = None, [name for name, weight in self.features.items() if weight > 0]
        if self.exemplars is not None:
            graded, named = self.exemplars.predict(grade.question_id, grade.text), list(FEATURES)
        found = features(grade, point_weights, graded, named)
        least, most = bounds(grade)
        calibrated = min(most, max(least, self.predict(found)))
        if round(calibrated - score, 6) != 0:
            score = calibrated
            steps = (*steps, Step(_STEP, score, self._detail(found)))
        low, high = interval(self.bands, score)
        return msgspec.structs.replace(
            grade,
            score=score,
            steps=steps,
            interval=(low, high),
            needs_review=high - low > self.review_width,
        )

    def _formula(
        self, found: Mapping[str, float | None]
    ) -> tuple[float, list[tuple[float, float]]]:
        """The intercept, and weight and value of each feature that counts."""
        own = self if self.exemplars is None or found.get(GRADED) is None else self.exemplars
        score = found["score"] or 0.0
        return own.intercept, [
            (weight, score if (value := found.get(name)) is None else value)
            for name, weight in own.features.items()
            if weight > 0
        ]

    def _detail(self, found: Mapping[str, float | None]) -> str:
        intercept, terms = self._formula(found)
        shown = [f"{_short(weight)}×{_short(value)}" for weight, value in terms]
        if round(intercept, 3) or not terms:
            shown.insert(0, _short(intercept))
        return " + ".join(shown)


def features(
    grade: Grade,
    point_weights: Mapping[str, float],
    graded: float | None = None,
    named: Collection[str] = FEATURES,
) -> dict[str, float | None]:
    """What a calibration goes by: the score, and each signal's mean over the points.

    What misconceptions, caps and flags left of the points' mean is left of the signals' means too,
    so a flagged answer gains nothing by what its words measured.

    Args:
        grade: not calibrated.
        point_weights: weight of each point by id; 1 for one that is not there.
        graded: the grade that graded answers to the question foretell, 0..1. Words can be listed
            without being understood, so it counts as ``LIFT`` above the score at most, and as no
            more than the score where a flag or the grading model finds the answer wanting.
        named: the features that are asked for; the score is always among them.

    Returns:
        "score" and those signals that some point names, 0..1; None for one that measured nothing.
        "graded" where it is given.
    """
    left, hollow = _left(grade), _flagged(grade) < 1
    found: dict[str, float | None] = {"score": grade.score}
    for name in named:
        if name == "score":
            continue
        if any(name in one.signals for one in grade.evidence):
            judged = [
                (point_weights.get(one.point_id, 1.0), value)
                for one in grade.evidence
                if (value := one.signals.get(name)) is not None
            ]
            total = sum(weight for weight, _ in judged)
            mean = sum(weight * value for weight, value in judged) / total if total else None
        else:
            mean = grade.signals.get(name)
            if mean is None:
                continue
        found[name] = None if mean is None else min(1.0, max(0.0, mean)) * left
        hollow = hollow or (name == _MODEL and mean is not None and mean < _HOLLOW)
    if graded is not None:
        found[GRADED] = min(graded, (grade.score or 0.0) + (0.0 if hollow else LIFT))
    return found


def bounds(grade: Grade) -> tuple[float, float]:
    """The least and the most that calibration may give an answer, 0..1.

    A score of 0 stays, and so does one that a heavy flag lowered; one that a lighter flag lowered
    may fall and not rise; any other is free.

    Args:
        grade: not calibrated, with a score.
    """
    score = grade.score or 0.0
    factor = _flagged(grade)
    if score == 0 or factor <= KEPT:
        return score, score
    return 0.0, score if factor < 1 else 1.0


def uncalibrated(grade: Grade) -> Grade:
    """The grade as it was before calibration."""
    steps, score = grade.steps, grade.score
    if steps and steps[-1].name == _STEP:
        steps = steps[:-1]
        score = steps[-1].score if steps else None
    if steps == grade.steps and grade.interval is None and grade.needs_review is None:
        return grade
    return msgspec.structs.replace(
        grade, score=score, steps=steps, interval=None, needs_review=None
    )


def _flagged(grade: Grade) -> float:
    """The lowest factor of the answer's flags, 0..1."""
    return min((flag.factor for flag in grade.flags), default=1.0)


def _check(weights: Mapping[str, float], intercept: float, known: tuple[str, ...]) -> None:
    """Raise ValueError unless these are weights and an intercept."""
    for name, weight in weights.items():
        if name not in known:
            raise ValueError(f"unknown feature '{name}'; known are {', '.join(known)}")
        if not 0 <= weight < math.inf:
            raise ValueError(f"the weight of '{name}' is {weight:g}, not 0 or above")
    if not math.isfinite(intercept):
        raise ValueError("the intercept is not a finite number")


def _left(grade: Grade) -> float:
    """What is left in the score of what was measured, 0..1; 1 when that is not told."""
    measured = [step.score for step in grade.steps if step.name in _MEASURED]
    if not measured:
        return 1.0
    return min(1.0, (grade.score or 0.0) / measured[-1]) if measured[-1] > 0 else 0.0


def _short(value: float) -> str:
    return f"{round(value, 3) + 0.0:g}".replace("-", "−")
