"""Answers from files of every format, each bad row named.

::

    from grader.answers import read_answers

    answers = read_answers("answers.csv", known_questions=bank.questions)
"""

from __future__ import annotations

from ._read import AnswerSet, AnswerSource, read_answers, read_rows
from ._rows import MAX_ANSWER, BadRow, Row

__all__ = [
    "MAX_ANSWER",
    "AnswerSet",
    "AnswerSource",
    "BadRow",
    "Row",
    "read_answers",
    "read_rows",
]
