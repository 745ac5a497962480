"""What graded answers to the same question teach, on questions made up."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from grader import Evidence, Flag, Grade, GraderError
from grader.model import Step
from grader.scoring import Calibration, Fitted, bounds, features, fit, learn
from grader.scoring.calibration import LIFT

replace = msgspec.structs.replace

# What the person of these tests looks for, and what anybody says.
WORTH = {"membrane": 0.3, "ribosome": 0.25, "enzyme": 0.25, "diffuses": 0.2}
OTHER = ("cells", "water", "moves", "because", "energy", "through", "plants", "slowly", "inside")
LISTED = "membrane ribosome enzyme diffuses"


def answered(count: int, seed: int, question: str = "q") -> tuple[list[Grade], list[float]]:
    """Answers that say some of the words, with scores that know little of it, and grades."""
    rng = np.random.default_rng(seed)
    grades, human = [], []
    for number in range(count):
        said = [word for word in WORTH if rng.random() < 0.5]
        words = [*said, *rng.choice(OTHER, 6).tolist()]
        rng.shuffle(words)
        due = sum(WORTH[word] for word in said)
        score = float(np.clip(0.3 + 0.3 * due + rng.normal(0, 0.1), 0.01, 1))
        grades.append(grade(" ".join(words), score, question, f"{question}{number}"))
        human.append(float(np.clip(due + rng.normal(0, 0.05), 0, 1)))
    return grades, human


def grade(text: str, score: float, question: str = "q", id: str = "a") -> Grade:
    evidence = (Evidence("p", score, signals={"lexical": score}),)
    steps = (Step("points", score),)
    return Grade(id, question, None, ("t",), score, evidence=evidence, steps=steps, text=text)


def r(left: object, right: object) -> float:
    return float(np.corrcoef(np.asarray(left), np.asarray(right))[0, 1])


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(*answered(150, 0), {})


def test_learns_what_words_are_worth(fitted: Fitted) -> None:
    assert fitted.learned == 1
    assert r(fitted.before, fitted.human) < 0.8
    assert r(fitted.after, fitted.human) > 0.8
    found = fitted.calibration.exemplars
    assert found is not None
    assert list(found.models) == ["q"]
    assert found.models["q"].answers == 150
    assert 0.3 < found.features["graded"] <= 1
    new, human = answered(200, 1)
    scores = [fitted.calibration.apply(one, {}).score for one in new]
    assert r(scores, human) == pytest.approx(r(fitted.after, fitted.human), abs=0.07)


def test_what_is_told_was_foretold_without_the_answer() -> None:
    grades, _ = answered(100, 2)
    chance = np.random.default_rng(0).random(100)
    learned = learn(["q"] * 100, [one.text for one in grades], chance)
    assert abs(r(learned.predicted, chance)) < 0.3
    # The same answer many times over is held out as one.
    texts = [one.text for one in grades for _ in range(3)]
    again = learn(["q"] * 300, texts, np.repeat(chance, 3))
    assert abs(r(again.predicted, np.repeat(chance, 3))) < 0.3


def test_few_answers_teach_nothing() -> None:
    grades, human = answered(30, 3)
    few = fit(grades, human, {})
    assert few.learned == 0
    assert few.calibration.exemplars is None
    silent = fit([replace(one, text="") for one in grades], human, {})
    assert few.calibration == silent.calibration
    copies = learn(["q"] * 90, [one.text for one in grades * 3], np.array(human * 3))
    assert not copies.models
    assert np.isnan(copies.predicted).all()


def test_other_questions_keep_their_weights() -> None:
    grades, human = answered(100, 4)
    for number in range(8):
        more, of_them = answered(10, 10 + number, f"other{number}")
        grades, human = grades + more, human + of_them
    found = fit(grades, human, {}).calibration
    silent = fit([replace(one, text="") for one in grades], human, {}).calibration
    assert found.exemplars is not None
    assert list(found.exemplars.models) == ["q"]
    assert (found.features, found.intercept) == (silent.features, silent.intercept)
    for one in grades[100:]:
        now, before = found.apply(one, {}), silent.apply(one, {})
        assert (now.score, now.steps) == (before.score, before.steps)


def test_the_same_answers_give_the_same_calibration(fitted: Fitted) -> None:
    again = fit(*answered(150, 0), {})
    assert again.calibration == fitted.calibration
    assert (again.after == fitted.after).all()


def test_spelling_of_spaces_letters_and_yo_is_all_one(fitted: Fitted) -> None:
    found = fitted.calibration.exemplars
    assert found is not None
    plain = found.predict("q", "membrane moves еще")
    assert found.predict("q", "  Membrane\n mo\u200bves  ЕЩЁ") == plain
    assert plain is not None
    assert found.predict("q", " … ") is None
    assert found.predict("other", "membrane") is None


# Words alone


def test_a_list_of_words_rises_by_little(fitted: Fitted) -> None:
    found = fitted.calibration.exemplars
    assert found is not None
    assert (found.predict("q", LISTED) or 0) > 0.7
    listed = grade(LISTED, 0.1)
    assert features(listed, {}, 1.0)["graded"] == pytest.approx(0.1 + LIFT)
    without = dict(features(listed, {}), graded=0.1)
    lifted = fitted.calibration.apply(listed, {}).score
    assert lifted is not None
    assert lifted - fitted.calibration.predict(without) <= LIFT + 1e-9


@pytest.mark.parametrize("factor", [0.0, 0.15, 0.6])
def test_a_flagged_list_does_not_rise(fitted: Fitted, factor: float) -> None:
    listed = replace(grade(LISTED, 0.3 * factor), flags=(Flag("keyword_list", factor),))
    found = fitted.calibration.apply(listed, {})
    assert found.score is not None
    assert found.score <= 0.3 * factor
    assert found.score <= bounds(listed)[1]
    assert features(listed, {}, 1.0)["graded"] == listed.score


def test_what_the_grading_model_finds_hollow_gains_nothing(fitted: Fitted) -> None:
    def judged(value: float) -> Grade:
        signals = {"lexical": 0.3, "entailment": value}
        return replace(grade(LISTED, 0.3), evidence=(Evidence("p", 0.3, signals=signals),))

    assert features(judged(0.05), {}, 0.9)["graded"] == 0.3
    assert features(judged(0.05), {}, 0.1)["graded"] == 0.1
    assert features(judged(0.5), {}, 0.9)["graded"] == pytest.approx(0.3 + LIFT)
    whole = replace(grade(LISTED, 0.3), signals={"entailment": 0.02})
    assert features(whole, {}, 0.9)["graded"] == 0.3
    low, high = (fitted.calibration.apply(judged(value), {}).score for value in (0.05, 0.5))
    assert (low or 0) < (high or 0)


# The file


def test_read_back_it_gives_the_same_scores(fitted: Fitted, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    fitted.calibration.write(path)
    assert path.stat().st_size < 50_000
    read = Calibration.read(path)
    assert read == fitted.calibration
    new, _ = answered(20, 5)
    assert [read.apply(one, {}) for one in new] == [fitted.calibration.apply(o, {}) for o in new]


def test_stored_coefficients_are_as_good_as_those_fitted() -> None:
    from sklearn.linear_model import Ridge

    from grader.scoring.exemplars import _vectors

    grades, human = answered(100, 6)
    texts = [one.text for one in grades]
    model = learn(["q"] * 100, texts, np.array(human)).models["q"]
    ridge = Ridge(alpha=model.penalty, solver="sparse_cg").fit(_vectors(texts), human)
    new = [one.text for one in answered(50, 7)[0]]
    exact = np.clip(ridge.predict(_vectors(new)), 0, 1)
    assert [model.predict(text) for text in new] == pytest.approx(exact, abs=2e-3)


def test_the_step_tells_of_graded_answers(fitted: Fitted) -> None:
    found = fitted.calibration.exemplars
    assert found is not None
    step = fitted.calibration.apply(grade("membrane moves slowly inside", 0.3), {}).steps[-1]
    assert step.name == "calibration"
    assert f"{found.features['graded']:.3g}×" in step.detail or found.features["graded"] < 0.1


def damaged(part: dict[str, object] | None = None, **change: object) -> dict[str, object]:
    """What the file holds of graded answers, with something in the part or the model changed."""
    zeros = base64.b64encode(bytes(2 * 2**14)).decode()
    model = {"coefficients": zeros, "intercept": 0.5, "answers": 60, "penalty": 1.0, **change}
    whole = {"features": {"score": 0.5, "graded": 0.5}, "intercept": 0.0, "shrinkage": 1.0}
    return {**whole, "models": {"q": model}, **(part or {})}


def infinite() -> str:
    return base64.b64encode(np.full(2**14, np.inf, dtype="<f2").tobytes()).decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"coefficients": "AAAA"}, "'coefficients' has 3 bytes instead of 32768"),
        ({"coefficients": "no base64!"}, "Invalid base64"),
        ({"coefficients": infinite()}, "'coefficients' or 'intercept' is not a finite number"),
        ({"intercept": "high"}, "Expected `float`"),
        ({"words": 3}, "unknown field `words`"),
        ({"part": {"features": {"graded": 1.5}}}, "the weight of 'graded' is not there or not wit"),
        ({"part": {"features": {"score": 1.0}}}, "the weight of 'graded' is not there or not wit"),
        ({"part": {"features": {"graded": 1, "x": 1}}}, "unknown feature 'x'; known are score"),
    ],
)
def test_damaged_files_are_one_line(
    tmp_path: Path, change: dict[str, Any], message: str, fitted: Fitted
) -> None:
    path = tmp_path / "c.json"
    plain = msgspec.to_builtins(replace(fitted.calibration, exemplars=None))
    path.write_text(json.dumps({**plain, "exemplars": damaged()}))
    assert Calibration.read(path).exemplars is not None
    path.write_text(json.dumps({**plain, "exemplars": damaged(**change)}))
    with pytest.raises(GraderError) as caught:
        Calibration.read(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert message in said
    assert "\n" not in said
