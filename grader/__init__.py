"""Grades written answers against reference answers and rubrics, with evidence for every point.

>>> from grader import Bank, Grader
>>> grader = Grader(Bank.load("ds-interview"))
>>> grade = grader.grade("dropout", "Случайно обнуляет часть нейронов при обучении.")
>>> grade.score, grade.points, grade.evidence  # doctest: +SKIP

Names are loaded when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.answers import AnswerSet, read_answers
    from grader.bank import Bank
    from grader.encoders import Encoder, load_encoder
    from grader.engine import Grader
    from grader.errors import (
        AnswersError,
        BankError,
        EncoderError,
        GraderError,
        ModelError,
        RunError,
    )
    from grader.model import (
        Answer,
        Evidence,
        Flag,
        Grade,
        KeyPoint,
        Misconception,
        Question,
        Rubric,
        Translation,
    )
    from grader.report import Report, build_report
    from grader.run import Run

_HOME = {
    "Answer": "model",
    "AnswerSet": "answers",
    "AnswersError": "errors",
    "Bank": "bank",
    "BankError": "errors",
    "Encoder": "encoders",
    "EncoderError": "errors",
    "Evidence": "model",
    "Flag": "model",
    "Grade": "model",
    "Grader": "engine",
    "GraderError": "errors",
    "KeyPoint": "model",
    "Misconception": "model",
    "ModelError": "errors",
    "Question": "model",
    "Report": "report",
    "Rubric": "model",
    "Run": "run",
    "RunError": "errors",
    "Translation": "model",
    "build_report": "report",
    "load_encoder": "encoders",
    "read_answers": "answers",
}

__all__ = [
    "Answer",
    "AnswerSet",
    "AnswersError",
    "Bank",
    "BankError",
    "Encoder",
    "EncoderError",
    "Evidence",
    "Flag",
    "Grade",
    "Grader",
    "GraderError",
    "KeyPoint",
    "Misconception",
    "ModelError",
    "Question",
    "Report",
    "Rubric",
    "Run",
    "RunError",
    "Translation",
    "build_report",
    "load_encoder",
    "read_answers",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'grader' has no attribute '{name}'")
    return getattr(import_module(f"grader.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
