"""Further signals in a grade: what they measured, and their share of the score.

A point's coverage is ``(1 - Σw)·coverage + Σw·value`` over the further signals that have a weight
and judged the point. One that could not judge (None) leaves its weight to the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from grader.model import Evidence, KeyPoint

__all__ = ["OWN", "alone", "blended", "counting", "unblended"]

OWN = "own"
"""Name of a point's coverage as it was before further signals, where they had a share in it."""


def counting(
    values: Mapping[str, float | None], weights: Mapping[str, float]
) -> list[tuple[float, float]]:
    """Weight and value of the further signals that have a weight and judged the point.

    Args:
        values: what each signal measured for the point.
        weights: of further signals by name, 0..1 and together 1 at most.
    """
    return [
        (weight, value)
        for name, weight in weights.items()
        if weight and (value := values.get(name)) is not None
    ]


def blended(coverage: float | None, judged: Sequence[tuple[float, float]]) -> float:
    """A point's coverage with what further signals say of it, 0..1.

    Args:
        coverage: by our own signals; None if they could not judge.
        judged: see :func:`counting`; at least one.
    """
    share = sum(weight for weight, _ in judged)
    total = sum(weight * value for weight, value in judged)
    whole = total / share if coverage is None else (1.0 - share) * coverage + total
    return min(1.0, max(0.0, whole))


def unblended(evidence: Sequence[Evidence]) -> tuple[Evidence, ...] | None:
    """The evidence as it was before further signals; None if these had no share."""
    if not any(OWN in one.signals for one in evidence):
        return None
    return tuple(replace(one, coverage=one.signals.get(OWN, one.coverage)) for one in evidence)


def alone(points: Sequence[KeyPoint], evidence: Sequence[Evidence], name: str) -> float | None:
    """What a further signal alone would give the answer: the weighted mean of its points' values.

    Returns:
        0..1; None if it judged no point.
    """
    judged = [
        (point.weight, value)
        for point, one in zip(points, evidence, strict=True)
        if (value := one.signals.get(name)) is not None
    ]
    if not judged:
        return None
    return sum(weight * value for weight, value in judged) / sum(weight for weight, _ in judged)
