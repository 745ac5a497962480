"""Review by people: agreement when the least certain answers are theirs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.stats import review_curve


def test_by_hand() -> None:
    none, half, everything = review_curve(
        [0.0, 0.5, 1.0, 0.2], [0.0, 1.0, 0.0, 0.2], [0.1, 0.9, 0.9, 0.2], [0.0, 0.25, 1.0]
    )
    assert none.answers == 0
    assert none.rmse == none.rmse_rest == pytest.approx(math.sqrt((0.25 + 1) / 4))
    r = np.corrcoef([0.0, 0.5, 1.0, 0.2], [0.0, 1.0, 0.0, 0.2])[0, 1]
    assert (none.r, none.r_rest) == pytest.approx((r, r))
    # Of the two widest the first goes first.
    assert half.answers == 1
    assert half.rmse == pytest.approx(math.sqrt(1 / 4))
    assert half.rmse_rest == pytest.approx(math.sqrt(1 / 3))
    assert half.r_rest == pytest.approx(np.corrcoef([0.0, 1.0, 0.2], [0.0, 0.0, 0.2])[0, 1])
    assert (everything.answers, everything.rmse) == (4, 0.0)
    assert everything.r == pytest.approx(1.0)
    assert everything.r_rest is everything.rmse_rest is None


def test_constant_sides_have_no_correlation() -> None:
    (point,) = review_curve([0.1 + 0.2, 0.3], [0.0, 1.0], [1.0, 1.0], [0.0])
    assert point.r is None


@pytest.mark.parametrize("sides", [([0.1], [0.1, 0.2], [1.0]), ([], [], [])])
def test_what_cannot_be(sides: tuple[list[float], list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="differ in length or are empty"):
        review_curve(*sides)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1))
def test_review_by_people_never_adds_error(rows: list[tuple[float, float, float]]) -> None:
    scores, human, widths = zip(*rows, strict=True)
    errors = [point.rmse for point in review_curve(scores, human, widths, [0, 0.2, 0.5, 1])]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 0
