"""How much is spent on an answer: what the grading model is asked.

``fast`` does without it. ``standard`` asks about the points of which words or vectors found a
trace. ``thorough`` asks about all points, except of answers that flags have settled: an empty one,
an echo of the question, a list of keywords, an admission not to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from grader.scoring import Combination
from grader.scoring.combination import decided
from grader.signals import Measured, PreparedQuestion

__all__ = ["DEFAULT_TIER", "TIERS", "wanted"]

TIERS = ("fast", "standard", "thorough")
DEFAULT_TIER = "thorough"
# Less coverage than this by words and vectors is no trace of a point.
_TRACE = 0.1


def wanted(
    tier: str,
    combination: Combination,
    question: PreparedQuestion,
    measured: Sequence[Mapping[str, Measured]],
) -> Callable[[int, str | None], bool]:
    """What to ask the grading model.

    Args:
        measured: of each answer what the other signals measured.

    Returns:
        Whether to ask, of an answer by its place, about a point by its id (None: the reference).
    """
    settled = [decided(own) for own in measured]
    if tier == "thorough":
        return lambda answer, point: not settled[answer]

    def trace(answer: int, point: str) -> bool:
        return (combination.closeness(point, measured[answer]) or 0.0) >= _TRACE

    def asks(answer: int, point: str | None) -> bool:
        if settled[answer]:
            return False
        points = [one.id for one in question.points] if point is None else [point]
        return any(trace(answer, id) for id in points)

    return asks
