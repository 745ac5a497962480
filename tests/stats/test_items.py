"""Item analysis against worked examples and literal formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.stats import (
    FEWEST,
    RESAMPLES,
    SEED,
    Estimate,
    correlation,
    item_statistics,
    log_odds,
    point_statistics,
    reliability,
    rest_scores,
    upper_lower,
)
from grader.stats.bootstrap import weight_blocks

UNIT = st.floats(0, 1)
TABLES = st.tuples(st.integers(FEWEST, 12), st.integers(2, 6), st.integers(0, 2**32 - 1)).map(
    lambda drawn: np.random.default_rng(drawn[2]).random(drawn[:2]).round(2)
)
MAYBE = st.none() | UNIT
ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(MAYBE, min_size=width, max_size=width), max_size=15)
)

# Five persons, ten items, published with alpha 0.619658; the item variances add up to 2.3, that of
# the totals 5, 3, 7, 5, 9 is 5.2, and 10/9 · (1 − 2.3/5.2) = 0.619658.
FIVE_BY_TEN = [
    [0, 1, 0, 1, 1, 1, 0, 0, 1, 0],
    [1, 0, 0, 0, 0, 0, 0, 1, 1, 0],
    [1, 0, 0, 1, 1, 1, 0, 1, 1, 1],
    [1, 0, 1, 0, 0, 1, 0, 1, 0, 1],
    [1, 1, 1, 1, 1, 1, 0, 1, 1, 1],
]


def literal_alpha(table: NDArray[np.float64]) -> float:
    k = table.shape[1]
    variances = table.var(axis=0, ddof=1).sum()
    return float(k / (k - 1) * (1 - variances / table.sum(axis=1).var(ddof=1)))


def test_alpha_of_a_worked_example() -> None:
    found = reliability(FIVE_BY_TEN)
    assert found.alpha.value == pytest.approx(0.619658, abs=1e-6)
    assert (found.respondents, found.complete, found.questions) == (5, 5, 10)
    assert found.reason is None


def test_alpha_by_hand() -> None:
    # Variances 2.5 and 2.5, of the sums (0, 3, 3, 6, 8) 9.5: 2 · (1 − 5/9.5) = 18/19.
    found = reliability([[0, 0], [1, 2], [2, 1], [3, 3], [4, 4]])
    assert found.alpha.value == pytest.approx(18 / 19)
    assert found.without == (None, None)


@given(TABLES)
def test_alpha_is_the_literal_formula(table: NDArray[np.float64]) -> None:
    found = reliability(table.tolist())
    assert found.alpha.value == pytest.approx(literal_alpha(table))
    for item, alpha in enumerate(found.without):
        if table.shape[1] < 3:
            assert alpha is None
        else:
            assert alpha == pytest.approx(literal_alpha(np.delete(table, item, axis=1)))


def test_the_interval_resamples_respondents() -> None:
    table = np.random.default_rng(1).random((9, 1)) + np.random.default_rng(2).random((9, 4)) / 2
    found = reliability(table.tolist()).alpha
    (weights,) = weight_blocks(9, RESAMPLES, SEED)
    alphas = [literal_alpha(np.repeat(table, row.astype(int), axis=0)) for row in weights]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(alphas, [0.025, 0.975])))


def test_identical_questions_have_the_alpha_one() -> None:
    assert reliability([[n, n, n] for n in range(6)]).alpha.value == pytest.approx(1)


@pytest.mark.parametrize(
    ("scores", "reason", "complete"),
    [
        ([], "no_respondents", 0),
        ([[None, None]] * 6, "no_respondents", 0),
        ([[0.1], [0.2], [0.3], [0.4], [0.5]], "one_question", 5),
        ([[0.1, 0.2]] * 4, "few_respondents", 4),
        ([[0.1, 0.2]] * 4 + [[0.3, None]] * 9, "few_respondents", 4),
        ([[0.1, 0.2]] * 9, "no_variance", 9),
    ],
)
def test_no_alpha_and_why(
    scores: Sequence[Sequence[float | None]], reason: str, complete: int
) -> None:
    found = reliability(scores)
    assert found.alpha == Estimate(None)
    assert (found.reason, found.complete) == (reason, complete)


def test_alpha_is_of_complete_respondents() -> None:
    table = np.random.default_rng(4).random((8, 3))
    scores: list[list[float | None]] = [*table.tolist(), [0.5, None, 0.2], [None, None, None]]
    found = reliability(scores)
    assert found.alpha.value == pytest.approx(literal_alpha(table))
    assert (found.respondents, found.complete) == (9, 8)


@given(TABLES)
def test_discrimination_is_the_correlation_with_the_sum_of_the_others(
    table: NDArray[np.float64],
) -> None:
    rest = rest_scores(table.tolist())
    for item in range(table.shape[1]):
        own, others = table[:, item], np.delete(table, item, axis=1).sum(axis=1)
        found = correlation(own.tolist(), [row[item] for row in rest]).value
        assert found == pytest.approx(np.corrcoef(own, others)[0, 1], abs=1e-6)


def test_rest_does_not_take_hard_questions_for_poor_respondents() -> None:
    # Both are as good as those who were asked the same question, which was easy or hard.
    rest = rest_scores([[0.5, 0.9, None], [0.5, None, 0.1]])
    assert [row[0] for row in rest] == [0, 0]
    assert rest_scores([[0.5, None]]) == [[None, 0]]


@given(ROWS)
def test_rest_has_the_same_shape_and_no_nan(scores: list[list[float | None]]) -> None:
    rest = rest_scores(scores)
    assert [len(row) for row in rest] == [len(row) for row in scores]
    assert all(value is None or math.isfinite(value) for row in rest for value in row)


def test_interval_of_a_correlation() -> None:
    # Textbook: r = 0.5 with n = 28 lies between tanh(0.5493 ± 0.3920).
    x = np.random.default_rng(0).normal(size=28)
    noise = np.random.default_rng(1).normal(size=28)
    x = (x - x.mean()) / x.std()
    noise -= noise.mean() + (noise @ x) / (x @ x) * x
    found = correlation(x.tolist(), (0.5 * x + math.sqrt(0.75) * noise / noise.std()).tolist())
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.156, abs=5e-4)
    assert found.high == pytest.approx(0.736, abs=5e-4)


@given(st.lists(st.tuples(MAYBE, MAYBE), max_size=20))
def test_correlation_is_in_range_and_symmetric(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    x, y = [a for a, _ in pairs], [b for _, b in pairs]
    found, turned = correlation(x, y), correlation(y, x)
    assert (found.value is None) == (turned.value is None)
    if found.value is not None:
        assert found.value == pytest.approx(turned.value)
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= found.value <= found.high <= 1


def test_correlation_that_cannot_be_judged() -> None:
    assert correlation([1, 2, 3, 4], [1, 2, 3, 4]) == Estimate(None)
    assert correlation([0.1] * 9, range(9)) == Estimate(None)
    assert correlation([1, 2, 3, 4, None, 5], [1, 2, 3, None, 4, 5]) == Estimate(None)
    assert correlation(range(5), range(5)) == Estimate(1, 1, 1)


def test_upper_lower_by_hand() -> None:
    # Of eleven answers the groups are the first and last three by the criterion.
    scores = [0, 0.3, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0.7, 1]
    assert upper_lower(scores, range(11)) == pytest.approx(0.9 - 0.1)
    assert upper_lower(scores, range(11, 0, -1)) == pytest.approx(0.1 - 0.9)
    assert upper_lower(scores, [0.5] * 11) is None
    assert upper_lower(scores[:9], range(9)) is None


@given(st.lists(st.tuples(UNIT, st.integers(0, 3)), min_size=10, max_size=30), st.randoms())
def test_upper_lower_knows_no_order(rows: list[tuple[float, int]], random: object) -> None:
    found = upper_lower(*zip(*rows, strict=True))
    random.shuffle(rows)  # type: ignore[attr-defined]
    assert upper_lower(*zip(*rows, strict=True)) == (
        None if found is None else pytest.approx(found)
    )
    assert found is None or -1 <= found <= 1


def test_a_question() -> None:
    scores = [0.0, 0.001, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 0.999, 1.0, None]
    found = item_statistics(scores, [*range(10), 3])
    assert (found.n, found.full, found.zero) == (10, 0.2, 0.2)
    assert found.facility == pytest.approx(0.54)
    assert found.criterion == "rest"
    assert found.discrimination.value == pytest.approx(np.corrcoef(scores[:10], range(10))[0, 1])
    alone = [None] * 11
    assert item_statistics(scores, alone, [*range(10), None]).criterion == "human"
    assert item_statistics(scores, alone).criterion == "score"
    assert item_statistics(scores, alone).discrimination == Estimate(None)


def test_a_question_without_scores() -> None:
    found = item_statistics([None, None], [None, 0.1])
    assert (found.n, found.facility, found.full, found.zero) == (0, None, None, None)
    assert (found.upper_lower, found.criterion) == (None, None)


def test_points_by_hand() -> None:
    better = [0.0, 0.2, 0.5, 0.7, 0.8, 1.0, 1.0, 0.9]
    coverages = [[value, 1 - value, 0.0, 0.5, None] for value in better]
    up, down, never, always, unjudged = point_statistics(coverages, [2, 1, 1, 1, 1])
    assert (up.n, up.covered, up.zero) == (8, 0.75, 0.125)
    # The others of the first point go down as it goes up, and the reverse.
    assert up.rest.value == pytest.approx(-1)
    assert (up.verdict, down.verdict) == ("against", "against")
    assert (never.verdict, never.zero, never.rest.value) == ("never", 1, None)
    assert always.verdict == "always"
    assert (unjudged.n, unjudged.covered, unjudged.verdict) == (0, None, None)


def test_the_rest_of_a_point_weighs_the_other_points() -> None:
    table = np.random.default_rng(5).random((20, 3))
    weights = np.array([3.0, 1.0, 2.0])
    for point, found in enumerate(point_statistics(table.tolist(), weights.tolist())):
        others = np.delete(table, point, axis=1) @ np.delete(weights, point)
        assert found.rest.value == pytest.approx(np.corrcoef(table[:, point], others)[0, 1])


def test_points_that_cannot_be_judged() -> None:
    (alone,) = point_statistics([[0.1], [0.9], [0.5], [0.3], [0.7]], [1])
    assert alone.rest == Estimate(None)
    (few,) = point_statistics([[0.0]] * 4, [1])
    assert (few.verdict, few.covered) == (None, 0)
    assert point_statistics([], [1, 2])[0].n == 0
    assert point_statistics([[], []], []) == ()


@given(ROWS)
def test_points_of_anything(coverages: list[list[float | None]]) -> None:
    width = len(coverages[0]) if coverages else 2
    for found in point_statistics(coverages, [1.0] * width):
        assert found.n <= len(coverages)
        assert found.covered is None or 0 <= found.covered <= 1


def test_log_odds_by_hand() -> None:
    # Six of six against none of six; the prior is half an answer on either side.
    expected = 2 * math.log(6.5 / 0.5) / math.sqrt(2 * (1 / 6.5 + 1 / 0.5))
    assert log_odds(6, 6, 0, 6) == pytest.approx(expected)
    assert log_odds(0, 6, 6, 6) == pytest.approx(-expected)
    assert log_odds(3, 6, 3, 6) == pytest.approx(0)


@pytest.mark.parametrize("counts", [(0, 6, 0, 6), (6, 6, 6, 6), (0, 0, 3, 6), (3, 6, 0, 0)])
def test_log_odds_that_say_nothing(counts: tuple[int, int, int, int]) -> None:
    assert log_odds(*counts) is None
