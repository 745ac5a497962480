"""What scale people graded on, guessed from their grades."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["likely_scale", "likely_step"]

_USUAL = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 12.0, 20.0, 50.0, 100.0)
_STEPS = (1.0, 0.5, 0.25, 0.2, 0.1, 0.05)
_FINE = 10
"""On a scale of 0 to 1 with grades of any value: so many steps."""


def likely_scale(grades: Sequence[float], *, other: float | None = None) -> float:
    """The nearest usual maximum that no grade passes; beyond 100 the next whole number.

    Args:
        grades: 0 or above, at least one.
        other: a further maximum that may have been used, such as the bank's.
    """
    greatest = max(grades)
    usual = sorted({*_USUAL, *(() if other is None else (other,))})
    return next((scale for scale in usual if scale >= greatest), float(math.ceil(greatest)))


def likely_step(grades: Sequence[float], scale: float) -> float:
    """The distance between neighbouring categories of the scale.

    1 where the scale is 2 or more, as testing programmes have it, halves being means of two
    grades; on a shorter one the greatest usual step that all grades are multiples of.
    """
    fitting = [step for step in _STEPS if _whole(scale, step)]
    if scale < 2:
        fitting = [step for step in fitting if all(_whole(grade, step) for grade in grades)]
    return fitting[0] if fitting else scale / _FINE


def _whole(value: float, step: float) -> bool:
    return math.isclose(value / step, round(value / step), abs_tol=1e-6)
