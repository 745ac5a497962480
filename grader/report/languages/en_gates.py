"""English interface text of gates."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "gates": "Gates",
    "gates_of": "Gates (scores out of {scale})",
    "gates_verdict": "Gates passed: {passed} of {of}.",
    "gate": "Gate",
    "gate_result": "Result",
    "gate_mean": "mean score",
    "gate_nothing": "nothing could be scored",
    "gate_demand": "no worse than {baseline} by more than {margin}",
    "gate_difference": "difference {difference}",
    "gate_ends": "[{low}, {high}]",
    "gate_passed": ("shown with {n} question", "shown with {n} questions"),
    "gate_failed": ("worse, {n} question compared", "worse, {n} questions compared"),
    "gate_unclear": ("not shown with {n} question", "not shown with {n} questions"),
    "gate_few": (
        "cannot tell from {n} question, at least {fewest} are needed",
        "cannot tell from {n} questions, at least {fewest} are needed",
    ),
    "gate_missing": (
        "{n} question of the baseline has no score here: {named}",
        "{n} questions of the baseline have no score here: {named}",
    ),
    "gate_enough": (
        "at this difference, about {n} question or --margin {margin} would do",
        "at this difference, about {n} questions or --margin {margin} would do",
    ),
    "gate_margin": "at this difference, --margin {margin} would do",
}
