"""English interface text of calibration."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "calibration": "Calibration to human grades",
    # sentences
    "calibration_formula": "New score = {formula}, from 0 to 1.",
    "calibration_score": "score",
    "calibration_graded": "graded answers",
    "calibration_learned": (
        "{n} question has graded answers enough to learn from. There, new score = {formula}.",
        "{n} questions have graded answers enough to learn from. There, new score = {formula}.",
    ),
    "calibration_learned_nothing": (
        "{n} question has graded answers enough to learn from, but nothing was learned from them.",
        "{n} questions have graded answers enough to learn from, but nothing was learned from "
        "them.",
    ),
    "calibration_strength": "Strength of the pull to the score as it is: {strength}, chosen on "
    "answers held out.",
    "calibration_default": "No other weights predict the grades better than the score as it is by "
    "more than one standard error, so scores stay and only intervals are added.",
    "calibration_covers": "The {coverage} interval holds {held} of the grades held out; its mean "
    "width is {width}.",
    "calibration_unchecked": "There are too few grades to check whether the intervals hold "
    "{coverage} of them.",
    "calibration_review": (
        "{n} answer of {of} has an interval wider than {width}: a person should look at it.",
        "{n} answers of {of} have an interval wider than {width}: a person should look at them.",
    ),
    "calibration_written": "Calibration: {path}",
    "calibration_next": "Grade with it: grader score ANSWERS --calibration {path}",
    # sections
    "calibration_held_out": "Agreement on answers held out",
    "calibration_curve": "When a person grades the least certain answers",
    # columns
    "calibration_before": "As graded",
    "calibration_after": "Calibrated",
    "calibration_share": "To a person",
    "calibration_with": "{statistic} of all",
    "calibration_rest": "{statistic} of the rest",
    "calibration_note": "Of all: with the person's grades where a person graded. Of the rest: of "
    "the answers left to the machine. RMSE and width are in points of the scale.",
}
