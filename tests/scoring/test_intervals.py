"""Intervals: the offsets are the library's, and they hold as many grades as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.conformity_scores import AbsoluteConformityScore
from mapie.regression import SplitConformalRegressor
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from grader.scoring import Band, fit_bands, interval
from grader.scoring.intervals import FEWEST, FEWEST_IN_BAND, band_of


def sample(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores, and grades that depart from them, more in the middle and more often upwards."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(1.0, 1.2, count)
    spread = 0.05 + scores * (1 - scores)
    grades = scores + spread * (rng.gamma(2.0, 0.4, count) - 0.5)
    return scores, np.clip(grades, 0, 1)


def test_offsets_are_those_of_the_library() -> None:
    scores, grades = sample(400, 1)
    bands = fit_bands(scores, grades)
    assert len(bands) == 5
    new = np.linspace(0, 1, 101)
    # A model that says what it is told, so that the library puts its own intervals around scores.
    says = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])
    places, own = (np.array([band_of(bands, s).start for s in of]) for of in (scores, new))
    for start in (band.start for band in bands):
        rows, asked = places == start, own == start
        conformal = SplitConformalRegressor(
            says,
            confidence_level=0.9,
            conformity_score=AbsoluteConformityScore(sym=False),
            prefit=True,
        ).conformalize(scores[rows, None], grades[rows])
        _, ends = conformal.predict_interval(new[asked, None])
        ours = [interval(bands, s) for s in new[asked].tolist()]
        assert np.clip(ends[:, :, 0], 0, 1) == pytest.approx(np.array(ours), abs=1e-6)


@pytest.mark.parametrize("count", [20, 21, 38, 50, 78, 100, 150])
def test_offsets_by_hand(count: int) -> None:
    # The k-th of n errors stands at k / (n + 1): what lies beyond is at most 5 % on either side.
    errors = np.random.default_rng(count).permutation(np.arange(count) / 1000)
    low, high = math.floor(0.05 * (count + 1)), math.ceil(0.95 * (count + 1))
    (band,) = fit_bands(np.full(count, 0.5), 0.5 + errors)
    assert (band.low, band.high) == pytest.approx(((low - 1) / 1000, (high - 1) / 1000))
    assert band.answers == count


@pytest.mark.parametrize(("count", "bands"), [(60, (1, 3)), (300, (4, 5)), (1000, (5, 5))])
def test_nine_of_ten_new_grades_lie_within(count: int, bands: tuple[int, int]) -> None:
    held = []
    for seed in range(150):
        scores, grades = sample(count + 200, seed)
        found = fit_bands(scores[:count], grades[:count])
        assert bands[0] <= len(found) <= bands[1]
        ends = [interval(found, s) for s in scores[count:].tolist()]
        within = [
            low - 1e-6 <= grade <= high + 1e-6
            for (low, high), grade in zip(ends, grades[count:].tolist(), strict=True)
        ]
        held.append(np.mean(within))
    # Clipped to 0..1 an interval can only hold more, and small bands round in its favour.
    assert 0.88 <= float(np.mean(held)) <= 0.92 + 0.6 / FEWEST_IN_BAND * (count < 100)


def test_each_band_by_itself_holds_them() -> None:
    within: dict[float, list[bool]] = {}
    for seed in range(100):
        scores, grades = sample(800, seed)
        found = fit_bands(scores[:600], grades[:600])
        for score, grade in zip(scores[600:].tolist(), grades[600:].tolist(), strict=True):
            low, high = interval(found, score)
            start = band_of(found, score).start
            within.setdefault(start, []).append(low - 1e-6 <= grade <= high + 1e-6)
    assert len(within) == 5
    for start, held in within.items():
        assert 0.87 <= np.mean(held) <= 0.94, start


def test_small_bands_join_the_smaller_neighbour() -> None:
    scores = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], [50, 29, 40, 35, 31])
    bands = fit_bands(scores, scores)
    assert [(band.start, band.answers) for band in bands] == [
        (0.0, 50), (0.2, 69), (0.6, 35), (0.8, 31),
    ]  # fmt: skip


def test_few_grades_make_one_band() -> None:
    (band,) = fit_bands(np.linspace(0, 1, FEWEST), np.linspace(0, 1, FEWEST))
    assert band == Band(0.0, 0.0, 0.0, FEWEST)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=FEWEST, max_size=80),
    st.floats(0, 1),
)
def test_intervals_lie_within_the_scale(pairs: list[tuple[float, float]], score: float) -> None:
    scores, grades = np.array(pairs).T
    bands = fit_bands(scores, grades)
    assert bands[0].start == 0
    assert sum(band.answers for band in bands) == len(pairs)
    assert all(len(bands) == 1 or band.answers >= FEWEST_IN_BAND for band in bands)
    low, high = interval(bands, score)
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize(("score", "start"), [(0.0, 0.0), (0.39, 0.0), (0.4, 0.4), (1.0, 0.4)])
def test_a_score_on_an_edge_lies_above_it(score: float, start: float) -> None:
    bands = (Band(0.0, -0.1, 0.2, 30), Band(0.4, -0.2, 0.1, 30))
    assert band_of(bands, score).start == start
