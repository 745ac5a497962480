"""Signals that others bring: found by their metadata, checked, weighted, named when they fail."""

from __future__ import annotations

import json
import math
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import Answer, Bank, Grade, Grader, Question
from grader.engine import Recipe
from grader.engine.manifest import identity, signature
from grader.errors import GraderError
from grader.model import Flag, Match, Span
from grader.scoring import Calibration, features
from grader.scoring.blending import blended, counting
from grader.signals import (
    Measured,
    PointMeasured,
    PreparedQuestion,
    WeightedSignal,
    load_signal,
    load_signals,
)
from grader.text import Text

PAGE = Path(__file__).parents[2] / "docs" / "signals.md"

Install = Callable[[str, Mapping[str, str], str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a package into a folder of its own, as pip does, where Python finds it."""

    def run(package: str, signals: Mapping[str, str], code: str) -> None:
        folder = tmp_path / package
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{package}.py").write_text(code, "utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {place}" for name, place in signals.items()]
        (info / "entry_points.txt").write_text("\n".join(["[grader.signals]", *lines]) + "\n")
        monkeypatch.syspath_prepend(str(folder))
        installed.append(package)

    installed: list[str] = []
    yield run
    for package in installed:
        sys.modules.pop(package, None)


@pytest.fixture
def numbers(install: Install) -> None:
    """The package of the documents, installed."""
    page = PAGE.read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (project,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert code.count("\n") <= 30
    named = tomllib.loads(project)["project"]["entry-points"]["grader.signals"]
    install("numbers_signal", named, code)


class Told:
    """Says of every answer what it is told to say."""

    def __init__(
        self,
        value: float | None = None,
        name: str = "told",
        *,
        only: str | None = None,
        found: Callable[[Text], Measured] | None = None,
    ) -> None:
        self.name, self.version = name, "1"
        self.value, self.only, self.found = value, only, found

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        if self.found is not None:
            return [self.found(answer) for answer in answers]
        points = {
            point.id: PointMeasured(self.value)
            for point in question.points
            if self.only in {None, point.id}
        }
        return [Measured(points=points) for _ in answers]


@pytest.fixture(scope="module")
def grade(bundled: Bank) -> Callable[..., Grade]:
    """One middling answer, graded by words and further signals."""
    question = next(q for q in bundled.questions.values() if q.rubric and q.rubric.key_points)
    assert question.rubric is not None
    text = ". ".join(point.text for point in question.rubric.key_points[:2])

    def run(*signals: WeightedSignal, text: str = text) -> Grade:
        grader = Grader(bundled, encoder=None, tier="fast", signals=signals, calibration="none")
        return grader.grade(question.id, text)

    return run


@pytest.mark.usefixtures("numbers")
def test_the_example_of_the_documents_measures(bank_of: Callable[..., Bank]) -> None:
    bank = bank_of(
        Question("q", "Что такое порог?", ("ml",), ("Порог равен 0,5. Классов всегда два вместе.",))
    )
    grader = Grader(bank, encoder=None, tier="fast", signals=["numbers"])
    right, wrong = (grader.grade("q", f"Порог равен {n}") for n in ("0,5", "0,7"))
    assert [one.signals["numbers"] for one in right.evidence] == [1.0, None]
    assert [one.signals["numbers"] for one in wrong.evidence] == [0.0, None]
    assert (right.signals["numbers"], wrong.signals["numbers"]) == (1.0, 0.0)


@pytest.mark.usefixtures("numbers")
def test_an_unknown_signal_is_refused_in_one_line_with_the_known() -> None:
    with pytest.raises(GraderError, match=r"^field 'signal': no signal 'nope'") as caught:
        load_signal("nope:x")
    assert "known are judge, numbers;" in str(caught.value)


def test_two_packages_with_one_name_are_told_apart_by_nobody(install: Install) -> None:
    for package in ("first_pack", "second_pack"):
        install(package, {"same": f"{package}:make"}, "def make(options): ...")
    with pytest.raises(GraderError, match=r"several packages have a signal 'same'.*first_pack"):
        load_signal("same")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def make(options): raise KeyError('no such thing')", "cannot be made: KeyError: 'no"),
        ("import no_such_module", "cannot be made: ModuleNotFoundError: No module"),
        ("other = 1", "cannot be made: AttributeError"),
        ("def make(options): return object()", "has no name"),
        ("class make:\n  name = 'x'\n  def __init__(s, options): ...", "has no version"),
        (
            "class make:\n  name, version = 'x', '1'\n  def __init__(s, options): ...",
            "has no method 'measure'",
        ),
        (
            "class make:\n  name, version = 'lexical', '1'\n  measure = print\n"
            "  def __init__(s, options): ...",
            "calls itself 'lexical', a name that is taken",
        ),
    ],
)
def test_a_signal_that_cannot_be_made_is_named(install: Install, code: str, said: str) -> None:
    install("broken", {"broken": "broken:make"}, code)
    with pytest.raises(GraderError, match="the signal 'broken'") as caught:
        load_signal("broken")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_reach_the_factory_and_the_last_number_is_the_weight(install: Install) -> None:
    code = (
        "class make:\n  version = '1'\n  measure = print\n"
        "  def __init__(s, options): s.name = f'got {options}'"
    )
    install("echoing", {"echo": "echoing:make"}, code)
    found = load_signals(["echo", "echo:", "echo:a=b", "echo:a=0.5=0", "echo:c:d=.25"])
    assert [(one.name, one.weight) for one in found] == [
        ("got None", 0.0),
        ("got ", 0.0),
        ("got a=b", 0.0),
        ("got a=0.5", 0.0),
        ("got c:d", 0.25),
    ]
    with pytest.raises(GraderError, match=r"weight 5 of 'got a' is not within 0\.\.1; if it"):
        load_signals(["echo:a=5"])


@pytest.mark.parametrize("weight", [-0.1, 1.1, math.nan, math.inf])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    with pytest.raises(GraderError, match=r"is not within 0\.\.1"):
        load_signals([WeightedSignal(Told(), weight)])


def test_weights_together_are_one_at_most_and_names_are_different() -> None:
    load_signals([WeightedSignal(Told(name=str(n)), 0.1) for n in range(10)])
    with pytest.raises(GraderError, match=r"of a, b add up to 1\.2; 1 is the most"):
        load_signals([WeightedSignal(Told(name=name), 0.6) for name in "ab"])
    with pytest.raises(GraderError, match="two signals are named 'told'"):
        load_signals([WeightedSignal(Told(1.0)), WeightedSignal(Told(0.0))])


def _raises(_: Text) -> Measured:
    raise ZeroDivisionError("by\nzero")


def _measures(**points: object) -> Callable[[Text], Measured]:
    found = {id: msgspec.structs.replace(PointMeasured(None), value=v) for id, v in points.items()}
    return lambda _: Measured(points=found)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (_raises, "the signal 'told' failed: ZeroDivisionError: by zero"),
        (_measures(unknown=1.0), "the signal 'told' judged 'unknown', which is no point"),
        (lambda _: Measured(whole={"x": 1.5}), "the signal 'told' measured 1.5, which is not with"),
        (lambda _: Measured(whole={"x": math.nan}), "the signal 'told' measured nan"),
        (lambda _: Measured(whole={"x": "high"}), "the signal 'told' measured str instead of a"),
        (lambda _: Measured(whole={"x": [1]}), "the signal 'told' measured list instead of a num"),
        (lambda _: Measured(whole=[0.5]), "the signal 'told' gave list instead of a mapping"),
        (lambda _: {"x": 1}, "the signal 'told' gave dict instead of Measured"),
    ],
)
def test_a_signal_that_measures_wrongly_is_named(
    grade: Callable[..., Grade], found: Callable[[Text], Measured], said: str
) -> None:
    with pytest.raises(GraderError) as caught:
        grade(WeightedSignal(Told(found=found)))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda p: PointMeasured("high"), "measured str instead of a number"),
        (lambda p: PointMeasured([1]), "measured list instead of a number"),
        (lambda p: 0.5, "gave float instead of PointMeasured"),
    ],
)
def test_a_point_that_is_no_number_is_named(
    dropout: PreparedQuestion, given: Callable[[object], Any], said: str
) -> None:
    points = {point.id: given(point) for point in dropout.points}
    signal = WeightedSignal(Told(found=lambda _: Measured(points=points)))
    with pytest.raises(GraderError, match=f"^the signal 'told' {said}"):
        signal.measure(dropout, dropout.references[:1])


def test_numbers_of_other_packages_become_plain(dropout: PreparedQuestion) -> None:
    points = {point.id: PointMeasured(np.float32(0.5)) for point in dropout.points}  # type: ignore[arg-type]
    whole = {"told": np.int64(1)}
    signal = WeightedSignal(Told(found=lambda _: Measured(whole, points)))  # type: ignore[arg-type]
    (found,) = signal.measure(dropout, dropout.references[:1])
    values = [found.whole["told"], *(point.value for point in found.points.values())]
    assert {type(value) for value in values} == {float}
    assert json.loads(msgspec.json.encode(found))["whole"] == {"told": 1.0}


class Loose(Told):
    """Gives what it is told instead of a list."""

    def __init__(self, rows: Any) -> None:
        super().__init__()
        self.rows = rows

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> Any:
        return self.rows(answers)


def test_rows_may_come_one_at_a_time_but_must_come(dropout: PreparedQuestion) -> None:
    one_by_one = WeightedSignal(Loose(lambda answers: (Measured() for _ in answers)))
    assert one_by_one.measure(dropout, dropout.references[:1]) == [Measured()]
    with pytest.raises(GraderError, match=r"^the signal 'told' failed: TypeError: 'NoneType'"):
        WeightedSignal(Loose(lambda _: None)).measure(dropout, dropout.references[:1])
    broken = WeightedSignal(Loose(lambda answers: (1 / 0 for _ in answers)))
    with pytest.raises(GraderError, match=r"^the signal 'told' failed: ZeroDivisionError"):
        broken.measure(dropout, dropout.references[:1])


def test_a_signal_that_leaves_answers_out_is_named(dropout: PreparedQuestion) -> None:
    class Forgetful(Told):
        def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
            return []

    with pytest.raises(GraderError, match="the signal 'told' measured 0 of 1 answers"):
        WeightedSignal(Forgetful()).measure(dropout, dropout.references[:1])


def test_a_user_error_of_a_signal_stays_what_it_is(grade: Callable[..., Grade]) -> None:
    def refused(_: Text) -> Measured:
        raise GraderError("no licence", path="licence.txt")

    with pytest.raises(GraderError, match=r"^licence.txt: no licence$"):
        grade(WeightedSignal(Told(found=refused)))


def test_without_weight_a_signal_is_shown_and_changes_nothing(
    bundled: Bank, sampled: list[Answer], sample_grades: list[Grade]
) -> None:
    def meddling(text: Text) -> Measured:
        return Measured(
            whole={"entailment": 0.0, "told": 0.5}, flags=(Flag("gibberish", 0.0, "no"),)
        )

    signals = [WeightedSignal(Told(1.0, "all")), WeightedSignal(Told(found=meddling))]
    grader = Grader(bundled, encoder=None, tier="fast", signals=signals)
    for with_, without in zip(grader.grade_all(sampled), sample_grades, strict=True):
        assert with_.signals["all"] == 1.0
        assert (with_.signals["told"], with_.signals["told.entailment"]) == (0.5, 0.0)
        assert all(one.signals["all"] == 1.0 for one in with_.evidence)
        for name in ("score", "points", "flags", "steps", "interval", "misconceptions"):
            assert getattr(with_, name) == getattr(without, name)


def test_a_weight_moves_judged_points_only_and_the_derivation_says_so(
    grade: Callable[..., Grade],
) -> None:
    before = grade()
    first = before.evidence[0].point_id
    after = grade(WeightedSignal(Told(0.0, only=first), 0.4))
    own = before.points[first]
    assert own is not None
    assert own > 0
    assert after.points == {**before.points, first: pytest.approx(0.6 * own)}
    assert after.evidence[0].signals["own"] == own
    assert all("own" not in one.signals for one in after.evidence[1:])
    assert after.steps[0] == before.steps[0]
    assert after.steps[1].name == "signals"
    assert after.steps[1].detail.startswith("told ×0.4: ")
    assert after.steps[-1].score == after.score
    assert (after.score or 0) < (before.score or 0)


def test_none_leaves_the_weight_to_the_rest(grade: Callable[..., Grade]) -> None:
    assert grade(WeightedSignal(Told(None), 0.9)).steps == grade().steps
    assert grade(WeightedSignal(Told(None), 0.9)).signals["told"] is None


def test_with_all_the_weight_it_is_the_grade(grade: Callable[..., Grade]) -> None:
    found = grade(WeightedSignal(Told(0.25), 1.0))
    assert set(found.points.values()) == {0.25}
    assert found.steps[1].score == pytest.approx(0.25)


def test_flags_and_caps_apply_to_the_blended_score(grade: Callable[..., Grade]) -> None:
    assert grade(WeightedSignal(Told(1.0), 1.0), text="").score == 0.0
    unknowing = grade(WeightedSignal(Told(1.0), 1.0), text="не знаю")
    assert any(flag.factor < 1 for flag in unknowing.flags)
    assert (unknowing.score or 0) < 0.5


shares = st.floats(0, 1) | st.none()


@given(own=shares, values=st.lists(shares, max_size=4), weights=st.lists(st.floats(0, 1)))
def test_blending(own: float | None, values: list[float | None], weights: list[float]) -> None:
    pairs = list(zip(values, weights, strict=False))
    total = max(1.0, sum(weight for _, weight in pairs))
    named = {str(n): weight / total for n, (_, weight) in enumerate(pairs)}
    measured = {str(n): value for n, (value, _) in enumerate(pairs)}
    judged = counting(measured, named)
    assert len(judged) == sum(v is not None and named[n] > 0 for n, v in measured.items())
    if judged:
        found = blended(own, judged)
        known = [value for _, value in judged] + ([] if own is None else [own])
        assert min(known) - 1e-9 <= found <= max(known) + 1e-9
        assert found == pytest.approx(blended(own, judged[::-1]))


def test_what_is_left_after_flags_is_measured_from_the_blended_mean(
    grade: Callable[..., Grade],
) -> None:
    found = grade(WeightedSignal(Told(0.0), 0.5))
    measured = features(found, {}, named=("score", "lexical"))
    plain = features(grade(), {}, named=("score", "lexical"))
    assert measured["lexical"] == pytest.approx(plain["lexical"])


def test_intervals_of_the_package_are_not_of_weighted_scores(bundled: Bank) -> None:
    def calibrations(weight: float, chosen: str | Calibration) -> set[bool]:
        signals = [WeightedSignal(Told(), weight)]
        grader = Grader(bundled, tier="fast", signals=signals, calibration=chosen)
        return {one is None for one in grader.calibrations.values()}

    own = Grader(bundled, tier="fast").calibrations
    assert calibrations(0.0, "default") == {one is None for one in own.values()} == {False}
    assert calibrations(0.1, "default") == {True}
    fitted = own[True]
    assert fitted is not None
    assert calibrations(0.1, fitted) == {False}


def test_the_signature_names_further_signals_and_is_as_ever_without(bundled: Bank) -> None:
    plain = identity(Grader(bundled, encoder=None, tier="fast"), "0")
    assert "signals" not in plain
    signals = [WeightedSignal(Told(name="a"), 0.5), WeightedSignal(Told(name="b"))]
    more = identity(Grader(bundled, encoder=None, tier="fast", signals=signals), "0")
    assert more == {**plain, "signals": "a@1=0.5,b@1"}
    assert signature(more) == f"{signature(plain)}|signals:a@1=0.5,b@1"


@pytest.mark.usefixtures("numbers")
def test_a_recipe_carries_them_to_other_processes(bundled: Bank) -> None:
    recipe = Recipe.asked(
        bundled,
        encoder="none",
        tier="fast",
        cross_encoder="none",
        calibration="none",
        signals=("numbers=0.5",),
    )
    arrived = msgspec.msgpack.decode(msgspec.msgpack.encode(recipe), type=Recipe)
    (found,) = arrived.grader().further
    assert (found.name, found.weight) == ("numbers", 0.5)


def test_matches_of_a_further_signal_are_shown(grade: Callable[..., Grade]) -> None:
    quoted = Match(Span(0, 3), "model", "quote")

    class Quoting(Told):
        def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
            point = PointMeasured(1.0, matches=(quoted,), against=1.0, verdict="contradicted")
            return [Measured(points={p.id: point for p in question.points}) for _ in answers]

    found = grade(WeightedSignal(Quoting()))
    assert all(one.matches[-1] == quoted for one in found.evidence)
    assert all(one.verdict is None for one in found.evidence)


def test_replacing_the_weight_keeps_the_signal() -> None:
    one = WeightedSignal(Told(name="a"))
    assert (one.label, replaced(one, weight=0.25).label) == ("a@1", "a@1=0.25")
