"""Calibration on graders made up: it finds what they do, and leaves well alone."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from simulated import (
    LENIENT,
    LIKE_DEFAULT,
    NOISY,
    OTHER,
    PEOPLE,
    STRICT,
    WEIGHTS,
    Person,
    answers,
    graded,
    weights_of,
)

from grader import Evidence, Flag, Grade, GraderError
from grader.model import Step
from grader.scoring import (
    Band,
    Calibration,
    Figures,
    Fitted,
    HeldOut,
    features,
    fit,
    uncalibrated,
)
from grader.scoring.calibration import FEATURES

BANDS = (Band(0.0, -0.1, 0.2, 40), Band(0.5, -0.4, 0.3, 40))
CALIBRATION = Calibration(
    {"score": 0.6, "semantic": 0.2}, 0.3, BANDS, answers=80, questions=8, shrinkage=3.0
)
replace = msgspec.structs.replace


def rmse(scores: NDArray[np.float64], grades: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean((scores - grades) ** 2)))


@dataclass
class Trial:
    """A fit on some answers, and the same person's grades of new answers to other questions."""

    person: Person
    count: int
    questions: int
    seed: int
    fitted: Fitted = field(init=False)

    def __post_init__(self) -> None:
        grades = answers(self.count, self.questions, self.seed)
        human = graded(self.person, grades, 1000 + self.seed)
        self.fitted = fit(grades, human.tolist(), weights_of(grades))
        self.new = answers(400, 400, 5000 + self.seed)
        self.truth = graded(self.person, self.new, 9000 + self.seed)
        self.calibrated = [self.fitted.calibration.apply(g, WEIGHTS) for g in self.new]

    def gain(self) -> float:
        """How much smaller the error on new answers is."""
        before, after = (np.array([g.score for g in of]) for of in (self.new, self.calibrated))
        return rmse(before, self.truth) - rmse(after, self.truth)

    def held(self) -> float:
        """The share of the true grades of new answers that lie within their intervals."""
        ends = np.array([grade.interval for grade in self.calibrated])
        return float(np.mean((ends[:, 0] <= self.truth + 1e-6) & (self.truth <= ends[:, 1] + 1e-6)))


@pytest.mark.parametrize("questions", [4, 10, 20])
@pytest.mark.parametrize("name", PEOPLE)
def test_twenty_grades_do_no_harm(name: str, questions: int) -> None:
    gains = np.array([Trial(PEOPLE[name], 20, questions, seed).gain() for seed in range(12)])
    assert gains.mean() > -0.005
    assert gains.min() > -0.06  # of an RMSE of 0.1 to 0.3: what 20 grades cannot tell


def test_twenty_grades_suffice_where_much_is_wrong() -> None:
    gains = [Trial(STRICT, 20, 10, seed).gain() for seed in range(10)]
    assert min(gains) > 0.1


def test_someone_who_grades_like_the_default_changes_nothing_for_most() -> None:
    trials = [Trial(LIKE_DEFAULT, 40, 10, seed).fitted.calibration for seed in range(20)]
    unchanged = [each for each in trials if each.shrinkage is None]
    assert len(unchanged) >= 12
    assert all(each.features["score"] == 1 and each.intercept == 0 for each in unchanged)


@pytest.mark.parametrize(("person", "gained"), [(STRICT, 0.15), (LENIENT, 0.02), (OTHER, 0.05)])
def test_three_hundred_grades_recover_the_person(person: Person, gained: float) -> None:
    trials = [Trial(person, 300, 30, seed) for seed in range(5)]
    assert min(trial.gain() for trial in trials) > gained
    found = [trial.fitted.calibration for trial in trials]
    for name in ("score", "semantic", "lexical"):
        mean = np.mean([each.features[name] for each in found])
        # Grades end at 0 and 1, and features go together: so near and no nearer.
        assert mean == pytest.approx(person.weights.get(name, 0.0), abs=0.25), name
    intercepts = [each.intercept for each in found]
    assert np.mean(intercepts) == pytest.approx(person.intercept, abs=0.1)


def test_held_out_agreement_foretells_new_answers() -> None:
    for seed in range(3):
        trial = Trial(OTHER, 300, 30, seed)
        foretold = rmse(trial.fitted.after, trial.fitted.human)
        after = np.array([grade.score for grade in trial.calibrated])
        assert foretold == pytest.approx(rmse(after, trial.truth), rel=0.15)
        assert foretold < rmse(trial.fitted.before, trial.fitted.human)


@pytest.mark.parametrize("person", [LENIENT, NOISY, OTHER])
@pytest.mark.parametrize(("count", "questions", "most"), [(100, 20, 0.935), (400, 80, 0.92)])
def test_intervals_hold_nine_of_ten_new_grades(
    person: Person, count: int, questions: int, most: float
) -> None:
    # In bands of thirty errors the ends round outwards: 29 of 31 lie between them.
    trials = [Trial(person, count, questions, seed) for seed in range(15)]
    assert 0.88 <= np.mean([trial.held() for trial in trials]) <= most
    told = [trial.fitted.held for trial in trials if trial.fitted.held is not None]
    assert len(told) == len(trials)
    assert 0.88 <= np.mean(told) <= most + 0.005


def test_the_same_grades_give_the_same_calibration() -> None:
    first, second = (Trial(OTHER, 60, 12, 3).fitted for _ in range(2))
    assert first.calibration == second.calibration
    assert (first.after == second.after).all()


def test_too_few_grades() -> None:
    grades = answers(30, 6, 0)
    human = [0.5 if place < 19 else None for place in range(30)]
    with pytest.raises(GraderError, match=r"^19 answers have a score and a human grade; .* 20$"):
        fit(grades, human, weights_of(grades))
    with pytest.raises(ValueError, match="outside"):
        fit(grades, [2.0] * 30, weights_of(grades))


def test_with_few_grades_coverage_is_not_told() -> None:
    fitted = Trial(NOISY, 20, 10, 0).fitted
    assert fitted.held is fitted.width is fitted.low is None
    assert sum(band.answers for band in fitted.calibration.bands) == 20


def test_answers_without_score_or_grade_are_left_out() -> None:
    grades = answers(60, 12, 1)
    human: list[float | None] = [*graded(OTHER, grades, 1).tolist()]
    human[5] = None
    grades[7] = replace(grades[7], score=None)
    fitted = fit(grades, human, weights_of(grades))
    assert fitted.places == tuple(place for place in range(60) if place not in (5, 7))
    assert fitted.calibration.answers == len(fitted.human) == 58
    assert fitted.calibration.questions == 12


def test_features_that_most_answers_lack_take_no_part() -> None:
    grades = answers(60, 12, 1)

    def with_entailment(grade: Grade) -> Grade:
        evidence = [replace(e, signals={**e.signals, "entailment": 0.7}) for e in grade.evidence]
        return replace(grade, evidence=tuple(evidence))

    human = graded(OTHER, grades, 1).tolist()
    few = [with_entailment(g) if place < 20 else g for place, g in enumerate(grades)]
    most = [with_entailment(g) if place < 40 else g for place, g in enumerate(grades)]
    names = [list(fit(some, human, weights_of(some)).calibration.features) for some in (few, most)]
    assert names == [
        ["score", "lexical", "semantic"],
        ["score", "lexical", "semantic", "entailment"],
    ]


# One answer


def answer(
    score: float,
    *,
    points: float | None = None,
    flags: tuple[Flag, ...] = (),
    semantic: float | None = 0.8,
) -> Grade:
    points = score if points is None else points
    steps = [Step("points", points)]
    if points != score:
        steps.append(Step("flag", score))
    return Grade(
        "a",
        "q",
        None,
        ("topic",),
        score,
        flags=flags,
        evidence=(
            Evidence("p1", points, signals={"lexical": 0.4, "semantic": semantic, "rubric": None}),
            Evidence("p2", points, signals={"lexical": 1.0, "semantic": None, "rubric": None}),
        ),
        steps=tuple(steps),
    )


def test_features_are_means_by_weight_of_what_was_measured() -> None:
    found = features(answer(0.5), {"p1": 3.0})
    assert found == {
        "score": 0.5,
        "lexical": pytest.approx(0.55),
        "semantic": pytest.approx(0.8),
        "rubric": None,
    }


def test_features_fall_with_flags_and_caps() -> None:
    found = features(answer(0.1, points=0.4), WEIGHTS)
    assert found["semantic"] == pytest.approx(0.2)
    assert features(answer(0.0, points=0.0), WEIGHTS)["semantic"] == 0


def test_a_score_with_its_derivation_and_interval() -> None:
    found = CALIBRATION.apply(answer(0.5), WEIGHTS)
    assert found.score == pytest.approx(0.3 + 0.6 * 0.5 + 0.2 * 0.8)
    assert found.steps[-1] == Step("calibration", found.score, "0.3 + 0.6×0.5 + 0.2×0.8")
    assert found.interval == pytest.approx((0.36, 1.0))
    assert found.needs_review is True
    assert CALIBRATION.apply(answer(0.1, semantic=0.1), WEIGHTS).needs_review is False


def test_the_score_stands_in_for_a_signal_that_measured_nothing() -> None:
    found = CALIBRATION.apply(answer(0.5, semantic=None), WEIGHTS)
    assert found.score == pytest.approx(0.3 + 0.8 * 0.5)


def test_undone_and_done_again() -> None:
    grade = answer(0.5)
    found = CALIBRATION.apply(grade, WEIGHTS)
    assert uncalibrated(found) == grade
    assert CALIBRATION.apply(found, WEIGHTS) == found
    assert uncalibrated(grade) is grade


def test_the_default_adds_intervals_only() -> None:
    default = Calibration({"score": 1.0}, 0.0, BANDS, answers=20, questions=4)
    grade = answer(0.5)
    found = default.apply(grade, WEIGHTS)
    assert found == replace(grade, interval=(0.5 - 0.4, 0.5 + 0.3), needs_review=True)


def test_what_nothing_could_judge_stays() -> None:
    grade = Grade("a", "q", None, ("topic",), None)
    assert CALIBRATION.apply(grade, WEIGHTS) == grade


@pytest.mark.parametrize("factor", [0.0, 0.1, 0.15, 0.2, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("points", [0.02, 0.4, 1.0])
def test_flagged_answers_are_not_lifted(points: float, factor: float) -> None:
    grade = answer(points * factor, points=points, flags=(Flag("keyword_list", factor),))
    found = CALIBRATION.apply(grade, WEIGHTS)
    assert found.score == grade.score
    assert found.steps == grade.steps
    assert found.interval is not None


def test_a_light_flag_lets_a_score_fall_and_a_heavy_one_does_not() -> None:
    strict = Calibration({"score": 0.5}, 0.0, BANDS, answers=20, questions=4)
    light, heavy = (
        strict.apply(answer(0.4 * f, points=0.4, flags=(Flag("x", f),)), WEIGHTS).score
        for f in (0.8, 0.2)
    )
    assert light == pytest.approx(0.16)
    assert heavy == pytest.approx(0.08)


def test_a_flag_that_informs_changes_nothing() -> None:
    told = CALIBRATION.apply(answer(0.5, flags=(Flag("copy", 1.0),)), WEIGHTS)
    assert told.score == CALIBRATION.apply(answer(0.5), WEIGHTS).score


def test_flagged_answers_do_not_bend_the_fit() -> None:
    grades = answers(80, 16, 2)
    human = graded(LENIENT, grades, 2)
    flagged = [
        replace(
            g,
            answer_id=f"f-{g.answer_id}",
            score=(g.score or 0) * 0.1,
            flags=(Flag("keyword_list", 0.1),),
            steps=(*g.steps, Step("flag", (g.score or 0) * 0.1)),
        )
        for g in grades
    ]
    alone = fit(grades, human.tolist(), weights_of(grades)).calibration
    both = fit(grades + flagged, [*human.tolist(), *[0.0] * 80], weights_of(grades)).calibration
    assert both.intercept == pytest.approx(alone.intercept, abs=0.02)
    assert both.features["score"] == pytest.approx(alone.features["score"], abs=0.05)


weights = st.dictionaries(st.sampled_from(FEATURES), st.floats(0, 3))
values = st.fixed_dictionaries({name: st.floats(0, 1) for name in FEATURES})


@given(weights, st.floats(-1, 1), values, st.sampled_from(FEATURES), st.floats(0, 1))
def test_monotone(
    weights: dict[str, float],
    intercept: float,
    low: dict[str, float],
    name: str,
    more: float,
) -> None:
    calibration = Calibration(weights, intercept, BANDS, answers=20, questions=4)
    high = {**low, name: min(1.0, low[name] + more)}
    assert 0 <= calibration.predict(low) <= calibration.predict(high) + 1e-12 <= 1 + 1e-12


@given(st.floats(0, 1), st.floats(0, 1), weights, st.floats(-1, 1))
def test_a_higher_score_of_an_answer_stays_higher(
    a: float, b: float, weights: dict[str, float], intercept: float
) -> None:
    calibration = Calibration(weights, intercept, BANDS, answers=20, questions=4)
    low, high = (calibration.apply(answer(max(0.001, s)), WEIGHTS) for s in sorted((a, b)))
    assert low.score is not None
    assert high.score is not None
    assert low.score <= high.score + 2e-6  # a change below 1e-6 is none


def test_grading_needs_none_of_the_libraries_that_fit(tmp_path: Path) -> None:
    CALIBRATION.write(tmp_path / "c.json")
    code = (
        "import sys; from grader import Grade; from grader.scoring import Calibration; "
        "grade = Grade('a', 'q', None, (), 0.5); "
        "assert Calibration.read(sys.argv[1]).apply(grade, {}).interval; "
        "print({'mapie', 'sklearn', 'scipy'} & set(sys.modules))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "c.json")]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert shown == "set()\n"


# The file


def test_read_back_as_written(tmp_path: Path) -> None:
    calibration = replace(
        Trial(OTHER, 100, 20, 0).fitted.calibration,
        tier="fast",
        signature="grader:0|bank:b",
        held_out=HeldOut(Figures(0.5, 0.2, 0.4), Figures(0.6, 0.1, None), 0.9, 0.4),
    )
    path = tmp_path / "calibration.json"
    calibration.write(path)
    assert Calibration.read(path) == calibration
    assert [file.name for file in tmp_path.iterdir()] == ["calibration.json"]


GOOD = msgspec.json.encode(CALIBRATION).decode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weights: 3", "no calibration: not JSON; 'grader calibrate RUN' writes one"),
        ("{}", "no calibration: Object missing required field `features`"),
        ("[]", "no calibration: Expected `object`, got `array`"),
        (GOOD.replace("0.6", '"much"'), "field 'features[...]': no calibration: Expected `float`"),
        (GOOD.replace("0.6", "-0.6"), "no calibration: the weight of 'score' is -0.6, not 0 or"),
        (GOOD.replace("semantic", "chrf"), "no calibration: unknown feature 'chrf'; known are sco"),
        (GOOD.replace('"start":0.0', '"start":0.7'), "no calibration: the bands do not begin at 0"),
        (GOOD.replace("-0.4", "0.4"), "no calibration: a band's 'low' and 'high' are not in order"),
        (GOOD.replace('"tier"', '"tear"'), "no calibration: Object contains unknown field `tear`"),
        (GOOD[:-9], "no calibration: not JSON"),
    ],
)
def test_bad_files_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GraderError) as caught:
        Calibration.read(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: {message}")
    assert "\n" not in said


def test_no_file_and_nowhere_to_write(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match=r"none\.json: no such file"):
        Calibration.read(tmp_path / "none.json")
    with pytest.raises(GraderError, match=r"cannot be written: No such file or directory"):
        CALIBRATION.write(tmp_path / "no" / "c.json")
    assert not list(tmp_path.iterdir())
