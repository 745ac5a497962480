from __future__ import annotations

import pytest

from grader.stats import likely_scale, likely_step


@pytest.mark.parametrize(
    ("greatest", "other", "scale"),
    [
        (0.0, None, 1), (0.4, None, 1), (1, 10.0, 1), (2, None, 2), (4.5, None, 5),
        (7, None, 10), (7, 8.0, 8), (11, None, 12), (73, None, 100), (137.5, None, 138),
    ],
)  # fmt: skip
def test_scale(greatest: float, other: float | None, scale: float) -> None:
    assert likely_scale([0, greatest], other=other) == scale


@pytest.mark.parametrize(
    ("grades", "scale", "step"),
    [
        ([0, 3, 5], 5, 1),
        ([0, 2.5, 5], 5, 1),
        ([0, 1], 1, 1),
        ([0, 0.5, 1], 1, 0.5),
        ([0.25, 0.5], 1, 0.25),
        ([0.2, 0.4], 1, 0.2),
        ([0.1, 0.4], 1, 0.1),
        ([0.15], 1, 0.05),
        ([0.123], 1, 0.1),
        ([0.5], 1.5, 0.5),
        ([3], 7.5, 0.5),
    ],
)
def test_step(grades: list[float], scale: float, step: float) -> None:
    assert likely_step(grades, scale) == step
