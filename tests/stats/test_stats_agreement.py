from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.stats import Agreement, Estimate, agreement

METRICS = ("pearson", "spearman", "qwk", "exact", "adjacent", "rmse", "mae", "partial")


def sample(n: int = 120, seed: int = 1) -> tuple[list[float], list[float], list[int], list[float]]:
    generator = np.random.default_rng(seed)
    human = generator.integers(0, 6, size=n) / 5
    scores = np.clip(0.6 * human + 0.3 * generator.random(n) + 0.05, 0, 1)
    lengths = 40 + 100 * human + 80 * generator.random(n)
    return scores.tolist(), human.tolist(), (np.arange(n) % 12).tolist(), lengths.tolist()


def whole(value: float, scale: int) -> int:
    return min(scale, max(0, math.floor(value * scale + 0.5 + 1e-9)))


# Values from scipy 1.17 (pearsonr, spearmanr), scikit-learn 1.9 (cohen_kappa_score with labels
# 0..5, errors) and, for the partial correlation, pearsonr of residuals from numpy's polyfit.
GOLDEN_SCORES = [0.1, 0.35, 0.4, 0.8, 0.95, 0.6, 0.2, 0.0]
GOLDEN_HUMAN = [0.0, 0.4, 0.2, 1.0, 0.8, 0.6, 0.4, 0.0]
GOLDEN_LENGTHS = [10, 30, 25, 80, 60, 70, 20, 5]
GOLDEN = {
    "pearson": 0.9115439434246049,
    "spearman": 0.8916309815169778,
    "qwk": 0.8823529411764706,
    "exact": 0.375,
    "adjacent": 1.0,
    "rmse": 0.13919410907075053,
    "mae": 0.1125,
    "partial": 0.41782344827353146,
}


def test_against_scipy_and_sklearn() -> None:
    scipy_stats: Any = pytest.importorskip("scipy.stats")
    metrics: Any = pytest.importorskip("sklearn.metrics")
    x, y, clusters, lengths = sample()
    found = agreement(x, y, clusters, lengths, 5)
    assert found.pearson.value == pytest.approx(scipy_stats.pearsonr(x, y).statistic)
    assert found.spearman.value == pytest.approx(scipy_stats.spearmanr(x, y).statistic)
    p, q = ([whole(value, 5) for value in side] for side in (x, y))
    kappa = metrics.cohen_kappa_score(p, q, weights="quadratic", labels=range(6))
    assert found.qwk.value == pytest.approx(kappa)
    assert found.exact.value == pytest.approx(metrics.accuracy_score(p, q))
    near = np.mean(np.abs(np.array(p) - np.array(q)) <= 1)
    assert found.adjacent.value == pytest.approx(near)
    assert found.rmse.value == pytest.approx(metrics.mean_squared_error(x, y) ** 0.5)
    assert found.mae.value == pytest.approx(metrics.mean_absolute_error(x, y))
    # Partial correlation is the correlation of what a line on length leaves over.
    left = [
        side - np.polyval(np.polyfit(lengths, side, 1), lengths) for side in map(np.array, (x, y))
    ]
    assert found.partial.value == pytest.approx(scipy_stats.pearsonr(*left).statistic)


def test_golden_values() -> None:
    found = agreement(GOLDEN_SCORES, GOLDEN_HUMAN, range(8), GOLDEN_LENGTHS, 5)
    assert {name: getattr(found, name).value for name in METRICS} == pytest.approx(GOLDEN)


def test_kappa_counts_categories_nobody_used() -> None:
    metrics: Any = pytest.importorskip("sklearn.metrics")
    x, y = [0.0, 0.2, 1.0, 1.0], [0.0, 1.0, 1.0, 0.2]
    p, q = ([whole(value, 5) for value in side] for side in (x, y))
    full = metrics.cohen_kappa_score(p, q, weights="quadratic", labels=range(6))
    assert full != pytest.approx(metrics.cohen_kappa_score(p, q, weights="quadratic"))
    assert agreement(x, y, range(4), None, 5).qwk.value == pytest.approx(full)


def test_intervals_agree_with_a_loop_over_resampled_questions() -> None:
    scipy_stats: Any = pytest.importorskip("scipy.stats")
    metrics: Any = pytest.importorskip("sklearn.metrics")
    x, y, clusters, lengths = sample()
    found = agreement(x, y, clusters, lengths, 5, resamples=4000)
    generator = np.random.default_rng(10)
    members = [np.flatnonzero(np.array(clusters) == c) for c in range(12)]
    rows: dict[str, list[float]] = {"pearson": [], "spearman": [], "qwk": [], "rmse": []}
    for _ in range(1500):
        at = np.concatenate([members[i] for i in generator.integers(0, 12, size=12)])
        a, b = np.array(x)[at], np.array(y)[at]
        rows["pearson"].append(scipy_stats.pearsonr(a, b).statistic)
        rows["spearman"].append(scipy_stats.spearmanr(a, b).statistic)
        p, q = ([whole(value, 5) for value in side] for side in (a, b))
        rows["qwk"].append(metrics.cohen_kappa_score(p, q, weights="quadratic", labels=range(6)))
        rows["rmse"].append(float(np.sqrt(np.mean((a - b) ** 2))))
    for name, values in rows.items():
        estimate = getattr(found, name)
        low, high = np.quantile(values, [0.025, 0.975])
        assert estimate.low == pytest.approx(low, abs=0.01), name
        assert estimate.high == pytest.approx(high, abs=0.01), name


PAIRS = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 4)), min_size=1, max_size=30
)


@given(PAIRS, st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_ranges(rows: list[tuple[float, float, int]], scale: int) -> None:
    x, y, clusters = map(list, zip(*rows, strict=True))
    lengths = [10.0 * value for value in y]
    found = agreement(x, y, clusters, lengths, scale, resamples=100)
    assert (found.n, found.missing) == (len(rows), 0)
    for name in METRICS:
        estimate: Estimate = getattr(found, name)
        if estimate.value is None:
            assert (estimate.low, estimate.high) == (None, None)
            continue
        bottom = 0 if name in {"exact", "adjacent", "rmse", "mae"} else -1
        assert bottom - 1e-9 <= estimate.value <= 1 + 1e-9
        if estimate.low is not None and estimate.high is not None:
            assert estimate.low <= estimate.high


@given(PAIRS)
@settings(max_examples=40, deadline=None)
def test_perfect_and_symmetric(rows: list[tuple[float, float, int]]) -> None:
    x, y, clusters = map(list, zip(*rows, strict=True))
    same = agreement(x, x, clusters, None, 5, resamples=50)
    assert same.exact.value == 1
    assert same.rmse.value == same.mae.value == 0
    assume(max(x) - min(x) > 0.3)
    assert same.pearson.value == pytest.approx(1)
    assert same.spearman.value == pytest.approx(1)
    assert same.qwk.value == pytest.approx(1)
    one, two = (
        agreement(x, y, clusters, None, 5, resamples=50),
        agreement(y, x, clusters, None, 5, resamples=50),
    )
    for name in METRICS:
        assert getattr(one, name).value == pytest.approx(getattr(two, name).value, abs=1e-9)


def test_none_and_nan_leave_the_answer_out_and_are_counted() -> None:
    x, y, clusters, lengths = sample(40)
    holes: list[float | None] = [None, math.nan, *x[2:]]
    graded: list[float | None] = [*y[:39], None]
    found = agreement(holes, graded, clusters, lengths, 5)
    assert (found.n, found.missing) == (37, 3)
    kept = slice(2, 39)
    assert found == agreement_without(x[kept], y[kept], clusters[kept], lengths[kept], 3)


def agreement_without(
    x: list[float], y: list[float], clusters: list[int], lengths: list[float], missing: int
) -> Agreement:
    found = agreement(x, y, clusters, lengths, 5)
    values = {name: getattr(found, name) for name in found.__struct_fields__}
    return Agreement(**values | {"missing": missing})


def test_constant_scores_have_no_correlation() -> None:
    found = agreement([0.5] * 10, [0.1 * i for i in range(10)], range(10), range(10), 5)
    nothing = Estimate(None)
    assert (found.pearson, found.spearman, found.partial) == (nothing, nothing, nothing)
    assert found.qwk.value == pytest.approx(0)
    assert agreement([0.5] * 4, [0.5] * 4, range(4), None, 5).qwk == nothing


def test_without_lengths_or_with_equal_ones_partial_is_undefined() -> None:
    x, y, clusters, _ = sample(30)
    assert agreement(x, y, clusters, None, 5).partial == Estimate(None)
    assert agreement(x, y, clusters, [7] * 30, 5).partial == Estimate(None)


def test_one_question_gives_values_without_intervals() -> None:
    x, y, _, lengths = sample(30)
    found = agreement(x, y, ["q"] * 30, lengths, 5)
    assert found.clusters == 1
    assert found.pearson.value is not None
    assert (found.pearson.low, found.pearson.high) == (None, None)


def test_nothing_to_compare() -> None:
    found = agreement([None, 0.5], [0.5, None], ["a", "b"], None, 5)
    assert (found.n, found.clusters, found.missing) == (0, 0, 2)
    assert found.pearson == Estimate(None)


def test_halves_round_upwards() -> None:
    assert agreement([0.5], [0.6], ["a"], None, 5).exact.value == 1
    assert agreement([0.29], [0.2], ["a"], None, 5).exact.value == 1
    assert agreement([0.3], [0.4], ["a"], None, 5).exact.value == 1


def test_large_data_goes_by_blocks_with_the_same_estimates() -> None:
    x, y, _, lengths = sample(4000, seed=2)
    clusters = (np.arange(4000) % 40).tolist()
    found = agreement(x, y, clusters, lengths, 5)
    assert found.spearman.low is not None
    assert found.spearman.value is not None
    assert found.spearman.high is not None
    assert found.spearman.low < found.spearman.value < found.spearman.high


@pytest.mark.parametrize("lengths", [None, [1.0]])
def test_wrong_lengths(lengths: list[float] | None) -> None:
    with pytest.raises(ValueError, match="differ in length"):
        agreement([0.1, 0.2], [0.1], ["a", "b"], lengths, 5)


def test_wrong_scale_and_level() -> None:
    with pytest.raises(ValueError, match="scale"):
        agreement([0.1], [0.1], ["a"], None, 0)
    with pytest.raises(ValueError, match="level"):
        agreement([0.1, 0.3], [0.1, 0.2], ["a", "b"], None, 5, level=2)
