from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.stats import (
    Clustered,
    Interval,
    cluster_mean_interval,
    clustered,
    mean_intervals,
)
from grader.stats.bootstrap import percentiles, weight_blocks

UNIT = st.floats(0, 1)
ROWS = st.lists(st.tuples(st.none() | UNIT, st.sampled_from("abcdef")), max_size=40)


def interval(rows: list[tuple[float | None, str]]) -> Interval:
    return cluster_mean_interval([value for value, _ in rows], [cluster for _, cluster in rows])


def test_agrees_with_a_loop_over_resampled_clusters() -> None:
    generator = np.random.default_rng(3)
    groups = [generator.random(size) for size in (3, 5, 1, 4, 7, 2)]
    values = [float(value) for group in groups for value in group]
    clusters = [number for number, group in enumerate(groups) for _ in group]
    ours = cluster_mean_interval(values, clusters, resamples=20_000)
    other = np.random.default_rng(4)
    means = [
        np.concatenate([groups[i] for i in other.integers(0, 6, size=6)]).mean()
        for _ in range(20_000)
    ]
    assert ours.mean == pytest.approx(np.mean(values))
    assert ours.low == pytest.approx(np.quantile(means, 0.025), abs=0.01)
    assert ours.high == pytest.approx(np.quantile(means, 0.975), abs=0.01)


def test_agrees_with_scipy_when_every_answer_is_its_own_cluster() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(5).random(50)
    theirs = scipy_stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=6
    ).confidence_interval
    ours = cluster_mean_interval(list(values), range(50), resamples=20_000)
    assert ours.low == pytest.approx(theirs.low, abs=0.005)
    assert ours.high == pytest.approx(theirs.high, abs=0.005)


def test_holds_the_true_mean_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(7)
    held = 0
    for _ in range(300):
        level = generator.normal(0.5, 0.1, size=40)
        values = (level[:, None] + generator.normal(0, 0.1, size=(40, 3))).ravel()
        found = cluster_mean_interval(list(values), np.repeat(range(40), 3).tolist(), resamples=500)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.5 <= found.high
    assert 0.89 <= held / 300 <= 0.985


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_ends_surround_means_of_the_range_and_none_counts_for_nothing(
    rows: list[tuple[float | None, str]],
) -> None:
    found = interval(rows)
    judged = [(value, cluster) for value, cluster in rows if value is not None]
    assert found == interval(judged)
    assert (found.mean is None) == (not judged)
    if len({cluster for _, cluster in judged}) < 2:
        assert (found.low, found.high) == (None, None)
    else:
        values = [value for value, _ in judged]
        assert found.low is not None
        assert found.high is not None
        assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_of_rows_does_not_matter(
    rows: list[tuple[float | None, str]], random: object
) -> None:
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    first, second = interval(rows), interval(mixed)
    for name in ("mean", "low", "high"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-12)


def test_nan_is_left_out_like_none() -> None:
    assert cluster_mean_interval([0.2, math.nan, 0.4], [1, 2, 3]) == cluster_mean_interval(
        [0.2, None, 0.4], [1, 2, 3]
    )


def test_nothing_to_judge() -> None:
    assert cluster_mean_interval([], []) == Interval(None, None, None)
    assert cluster_mean_interval([None, None], ["a", "b"]) == Interval(None, None, None)


def test_one_question_has_a_mean_but_no_interval() -> None:
    assert cluster_mean_interval([0.2, 0.4], ["a", "a"]) == Interval(pytest.approx(0.3), None, None)


def test_same_seed_same_ends() -> None:
    values = list(np.random.default_rng(8).random(30))
    assert cluster_mean_interval(values, range(30)) == cluster_mean_interval(values, range(30))
    assert cluster_mean_interval(values, range(30)) != cluster_mean_interval(
        values, range(30), seed=1
    )


def test_wider_level_gives_a_wider_interval() -> None:
    values = list(np.random.default_rng(9).random(30))
    narrow, wide = (cluster_mean_interval(values, range(30), level=x) for x in (0.5, 0.99))
    assert narrow.low is not None
    assert wide.low is not None
    assert narrow.high is not None
    assert wide.high is not None
    assert wide.low < narrow.low < narrow.high < wide.high


def test_labels_of_several_types() -> None:
    assert cluster_mean_interval([0.0, 1.0], ["a", 1]).low is not None


def test_labels_that_differ_only_by_nul_are_different() -> None:
    assert cluster_mean_interval([0.0, 1.0], ["a", "a\0"]).low is not None


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 95.0])
def test_wrong_level(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        cluster_mean_interval([0.1, 0.2], [1, 2], level=level)


def test_wrong_lengths() -> None:
    with pytest.raises(ValueError, match="2 values but 1 clusters"):
        cluster_mean_interval([0.1, 0.2], [1])


def test_many_clusters_come_in_blocks_that_draw_as_many_as_there_are() -> None:
    blocks = list(weight_blocks(3_000, 2_000, 1))
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 2_000
    assert all((block.sum(axis=1) == 3_000).all() for block in blocks)


def test_percentiles_of_mostly_undefined_values() -> None:
    assert percentiles(np.array([math.nan] * 20 + [1.0] * 80), 0.9) == (None, None)
    assert percentiles(np.array([math.nan] * 5 + [1.0] * 95), 0.9) == (1.0, 1.0)


def test_groups_together_are_as_each_alone() -> None:
    random = np.random.default_rng(7)
    values = np.where(random.random(3000) < 0.1, np.nan, random.random(3000))
    group, cluster = random.integers(0, 40, 3000), random.integers(0, 9, 3000)
    together = mean_intervals(clustered(values, group, cluster, groups=41))
    assert together[40] == Interval(None)
    for number in range(40):
        own = group == number
        alone = cluster_mean_interval(values[own].tolist(), cluster[own].tolist())
        assert together[number].mean == alone.mean
        assert together[number].low == pytest.approx(alone.low, abs=1e-12)
        assert together[number].high == pytest.approx(alone.high, abs=1e-12)
    own = Clustered.single(values[:200])
    alone = cluster_mean_interval(values[:200].tolist(), range(200))
    for found in mean_intervals([own, Clustered.single(-values[:200]), own])[::2]:
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
