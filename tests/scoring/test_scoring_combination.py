"""The formula by hand on small cases, and what must hold for any measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import Answer, Flag, Grade, KeyPoint, Question, Rubric
from grader.model import Match, MisconceptionHit, Span
from grader.scoring import Combination, Weights
from grader.signals import Contradiction, Measured, PointMeasured, PreparedQuestion, prepare
from grader.text import Analyzer

# Numbers of their own, so that tuning the default ones leaves the arithmetic here as it is.
WEIGHTS = Weights(
    lexical=0.5,
    semantic=0.5,
    keyword=0.6,
    full=0.9,
    contradicted=0.1,
    tolerated=0.2,
    opposite=0.7,
    factor=0.15,
)
COMBINATION = Combination(WEIGHTS)
ANSWER = Answer("a1", "q", "Первое утверждение. Второе утверждение.", "Анна", {"run": 3})
ANALYZER = Analyzer()
TEXT = ANALYZER.analyse(ANSWER.text, "ru")

Values = Mapping[str, float | None]


def question(*points: KeyPoint) -> PreparedQuestion:
    asked = Question("q", "Что?", ("тема", "ещё"), rubric=Rubric("q", points))
    return prepare(asked, ANALYZER, lambda _: 1.0)


def points(values: Values, sentence: int | None = 0) -> Measured:
    return Measured(points={id: PointMeasured(v, sentence) for id, v in values.items()})


def grade(
    asked: PreparedQuestion,
    *,
    lexical: Values | None = None,
    semantic: Values | None = None,
    rubric: Values | None = None,
    polarity: Measured | None = None,
    flags: Sequence[Flag] = (),
    hits: Sequence[MisconceptionHit] = (),
) -> Grade:
    given_ = {"lexical": lexical, "semantic": semantic, "rubric": rubric}
    measured = {name: points(values) for name, values in given_.items() if values is not None}
    if polarity is not None:
        measured["polarity"] = polarity
    measured["integrity"] = Measured(flags=tuple(flags), misconceptions=tuple(hits))
    return COMBINATION.grade(asked, ANSWER, TEXT, measured)


ONE = question(KeyPoint("a", "Первый пункт"))
THREE = question(
    KeyPoint("a", "Первый пункт", 2.0),
    KeyPoint("b", "Второй пункт", 1.0, cap_without=0.5),
    KeyPoint("c", "Третий пункт", 1.0),
)


@pytest.mark.parametrize(
    ("lexical", "semantic", "rubric", "coverage"),
    [
        (0.45, 0.45, None, 0.5),  # 0.45 / 0.9
        (0.3, 0.6, None, 0.5),  # the mean of both
        (0.45, None, None, 0.5),  # who cannot judge takes no part
        (None, 0.45, None, 0.5),
        (0.09, 0.09, None, 0.1),
        (0.95, 0.95, None, 1.0),  # more than full is full
        (0.45, 0.45, 0.0, 0.5),
        (0.45, 0.45, 1.0, 0.8),  # 1 - (1 - 0.6)(1 - 0.5)
        (0.45, 0.45, 0.5, 0.65),  # 1 - (1 - 0.3)(1 - 0.5)
        (0.0, 0.0, 1.0, 0.6),
        (None, None, 1.0, 0.6),
        (None, None, 0.0, 0.0),
        (None, None, None, None),
    ],
)
def test_coverage_of_a_point_by_hand(
    lexical: float | None, semantic: float | None, rubric: float | None, coverage: float | None
) -> None:
    found = grade(ONE, lexical={"a": lexical}, semantic={"a": semantic}, rubric={"a": rubric})
    expected = None if coverage is None else pytest.approx(coverage)
    assert found.points == {"a": expected}
    assert found.score == expected
    assert found.evidence[0].signals == {"lexical": lexical, "semantic": semantic, "rubric": rubric}


def test_the_score_is_the_weighted_mean_of_the_points() -> None:
    found = grade(THREE, lexical={"a": 0.45, "b": 0.9, "c": 0.0})
    assert found.points == pytest.approx({"a": 0.5, "b": 1.0, "c": 0.0})
    assert found.score == pytest.approx((2 * 0.5 + 1.0 + 0.0) / 4)


def test_a_point_that_nobody_can_judge_takes_no_part() -> None:
    found = grade(THREE, lexical={"a": 0.45, "b": 0.9, "c": None})
    assert found.points["c"] is None
    assert found.score == pytest.approx((2 * 0.5 + 1.0) / 3)


def test_when_nothing_can_judge_there_is_no_score() -> None:
    found = grade(THREE)
    assert found.score is None
    assert found.points == {"a": None, "b": None, "c": None}
    assert found.steps == ()
    assert found.evidence[0].sentence is None


@pytest.mark.parametrize(("b", "score"), [(0.0, 0.5), (0.3, 0.5), (0.45, 0.875), (0.9, 1.0)])
def test_missing_a_required_point_caps(b: float, score: float) -> None:
    found = grade(THREE, lexical={"a": 0.9, "b": b, "c": 0.9})
    assert found.score == pytest.approx(score)
    assert [step.name for step in found.steps] == ["points", "cap"][: 2 if score == 0.5 else 1]


def test_a_cap_does_not_lift() -> None:
    found = grade(THREE, lexical={"a": 0.45, "b": 0.0, "c": 0.0})
    assert found.score == pytest.approx(0.25)


def test_misconceptions_subtract_down_to_zero() -> None:
    hits = [MisconceptionHit("m1", 0.3), MisconceptionHit("m2", 0.3)]
    full = {"a": 0.9, "b": 0.9, "c": 0.9}
    assert grade(THREE, lexical=full, hits=hits[:1]).score == pytest.approx(0.7)
    assert grade(THREE, lexical=full, hits=hits).score == pytest.approx(0.4)
    little = {"a": 0.0, "b": 0.0, "c": 0.9}
    found = grade(THREE, lexical=little, hits=hits)
    assert found.score == 0.0
    assert [hit.id for hit in found.misconceptions] == ["m1", "m2"]


def test_flags_multiply_after_everything_else() -> None:
    flags = [Flag("keyword_list", 0.5), Flag("copy", 1.0), Flag("too_long", 0.8)]
    hits = [MisconceptionHit("m", 0.2)]
    found = grade(THREE, lexical={"a": 0.9, "b": 0.0, "c": 0.9}, flags=flags, hits=hits)
    # 0.75 - 0.2, capped at 0.5, then the factors.
    assert found.score == pytest.approx(0.5 * 0.5 * 0.8)
    assert [step.name for step in found.steps] == ["points", "misconception", "cap", "flag", "flag"]
    assert [flag.name for flag in found.flags] == ["keyword_list", "copy", "too_long"]


def test_an_empty_answer_is_zero_even_if_nothing_else_can_judge() -> None:
    found = grade(THREE, flags=[Flag("empty", 0.0)])
    assert found.score == 0.0
    assert found.steps[-1].score == 0.0


def test_flags_found_by_looking_at_several_answers_are_kept() -> None:
    measured = {"lexical": points({"a": 0.9})}
    found = COMBINATION.grade(ONE, ANSWER, TEXT, measured, [Flag("copy", 1.0, "a2")])
    assert found.flags == (Flag("copy", 1.0, "a2"),)
    assert found.score == pytest.approx(1.0)


class TestContradictions:
    WORDS = (Match(Span(0, 6), "не первое", "negation"),)

    def polarity(self, agreeing: float, **degrees: float) -> Measured:
        found = {int(n.removeprefix("s")): Contradiction(d, self.WORDS) for n, d in degrees.items()}
        return Measured(whole={"polarity": agreeing}, contradicted=found)

    def test_a_point_covered_by_a_false_statement_is_hardly_covered(self) -> None:
        found = grade(ONE, lexical={"a": 0.9}, polarity=self.polarity(0.5, s0=1.0))
        assert found.points == {"a": pytest.approx(0.1)}
        assert found.evidence[0].contradicted == self.WORDS

    def test_by_how_much_of_the_statement_is_false(self) -> None:
        found = grade(ONE, lexical={"a": 0.9}, polarity=self.polarity(0.75, s0=0.5))
        assert found.points == {"a": pytest.approx(1 - 0.9 * 0.5)}

    def test_other_statements_do_not_matter(self) -> None:
        found = grade(ONE, lexical={"a": 0.9}, polarity=self.polarity(0.75, s1=1.0))
        assert found.points == {"a": pytest.approx(1.0)}
        assert found.evidence[0].contradicted == ()

    @pytest.mark.parametrize(
        ("agreeing", "factor"), [(0.9, 1.0), (0.8, 1.0), (0.55, 0.575), (0.3, 0.15), (0.1, 0.15)]
    )
    def test_several_false_statements_condemn_the_answer(
        self, agreeing: float, factor: float
    ) -> None:
        # 0.55 lies half-way: opposite 0.45 between 0.2 and 0.7.
        polarity = self.polarity(agreeing, s0=1.0, s1=1.0)
        found = grade(ONE, lexical={"a": 0.9}, polarity=polarity)
        assert found.score == pytest.approx(0.1 * factor)
        named = [flag.name for flag in found.flags]
        assert named == ([] if factor == 1.0 else ["opposite_polarity"])

    def test_one_does_not(self) -> None:
        found = grade(ONE, lexical={"a": 0.9}, polarity=self.polarity(0.3, s0=1.0))
        assert found.flags == ()

    def test_nothing_comparable_is_no_contradiction(self) -> None:
        silent = Measured(whole={"polarity": None})
        assert grade(ONE, lexical={"a": 0.9}, polarity=silent).score == pytest.approx(1.0)


class TestAlternatives:
    """Without key points the reference that the answer comes nearest to counts."""

    ASKED = prepare(
        Question("q", "Что?", ("т",), ("Градиент очень мал.", "Вход слишком велик. Выход у края.")),
        ANALYZER,
        lambda _: 1.0,
    )

    def test_the_best_reference_counts(self) -> None:
        first, second = ([p.id for p in group] for group in self.ASKED.groups)
        assert not set(first) & set(second)
        best = grade(
            self.ASKED, lexical={**dict.fromkeys(first, 0.45), **dict.fromkeys(second, 0.9)}
        )
        assert best.score == pytest.approx(1.0)
        assert set(best.points) == set(second)
        other = grade(
            self.ASKED, lexical={**dict.fromkeys(first, 0.45), **dict.fromkeys(second, 0.0)}
        )
        assert other.score == pytest.approx(0.5)
        assert set(other.points) == set(first)

    def test_a_reference_that_cannot_be_judged_is_not_preferred(self) -> None:
        first, second = ([p.id for p in group] for group in self.ASKED.groups)
        found = grade(
            self.ASKED, lexical={**dict.fromkeys(first, None), **dict.fromkeys(second, 0.0)}
        )
        assert found.score == 0.0
        assert grade(self.ASKED).score is None


def test_a_grade_carries_the_answer_and_its_evidence() -> None:
    match = Match(Span(0, 6), "первое", "lemma")
    rubric = Measured(points={"a": PointMeasured(1.0, 1, (match,))})
    lexical = Measured(whole={"chrf": 0.3}, points={"a": PointMeasured(0.45, 0)})
    found = COMBINATION.grade(ONE, ANSWER, TEXT, {"lexical": lexical, "rubric": rubric})
    assert (found.answer_id, found.question_id, found.respondent) == ("a1", "q", "Анна")
    assert (found.topics, found.text, found.extra) == (("тема", "ещё"), ANSWER.text, {"run": 3})
    assert found.signals == {"chrf": 0.3}
    (evidence,) = found.evidence
    assert evidence.matches == (match,)
    # Where keywords stood is what is shown.
    assert evidence.sentence is not None
    shown = ANSWER.text[evidence.sentence.start : evidence.sentence.end]
    assert shown == "Второе утверждение."


def test_nothing_is_shown_for_a_point_that_is_not_covered() -> None:
    assert grade(ONE, lexical={"a": 0.0}).evidence[0].sentence is None


values = st.one_of(st.none(), st.floats(0, 1))
triples = st.fixed_dictionaries({"a": values, "b": values, "c": values})


@given(
    triples,
    triples,
    triples,
    st.lists(st.floats(0, 1), max_size=3),
    st.lists(st.floats(0, 1), max_size=2),
)
def test_the_derivation_ends_in_the_score_and_stays_in_range(
    lexical: Values,
    semantic: Values,
    rubric: Values,
    factors: list[float],
    costs: list[float],
) -> None:
    found = grade(
        THREE,
        lexical=lexical,
        semantic=semantic,
        rubric=rubric,
        flags=[Flag("gibberish", factor) for factor in factors],
        hits=[MisconceptionHit("m", cost) for cost in costs],
    )
    judged = [value for value in found.points.values() if value is not None]
    assert all(0.0 <= value <= 1.0 for value in judged)
    if judged:
        assert found.score is not None
        assert 0.0 <= found.score <= 1.0
        assert found.steps[-1].score == found.score
        lowered = [step.score for step in found.steps]
        assert lowered == sorted(lowered, reverse=True)
    else:
        assert found.score is None


@given(
    st.fixed_dictionaries(dict.fromkeys(("lexical", "semantic", "rubric"), triples)),
    st.sampled_from(["lexical", "semantic", "rubric"]),
    st.sampled_from(["a", "b", "c"]),
    st.floats(0, 1),
)
def test_raising_a_measurement_never_lowers_the_score(
    measured: dict[str, dict[str, float | None]], signal: str, point: str, more: float
) -> None:
    before = measured[signal][point]
    if before is None:
        return  # judged for the first time, it may well pull the mean down
    raised = {name: dict(own) for name, own in measured.items()}
    raised[signal][point] = min(1.0, before + more)
    hits, flags = [MisconceptionHit("m", 0.2)], [Flag("too_long", 0.8)]
    low = grade(THREE, **measured, hits=hits, flags=flags).score
    high = grade(THREE, **raised, hits=hits, flags=flags).score
    assert low is not None
    assert high is not None
    assert high >= low - 1e-12


def test_default_weights_make_sense() -> None:
    weights = Weights()
    assert 0 < weights.full <= 1
    assert weights.lexical + weights.semantic > 0
    assert 0 < weights.keyword <= 1
    assert 0 <= weights.tolerated < weights.opposite <= 1
    assert 0 <= weights.contradicted < 1
    assert 0 <= weights.factor < 1
