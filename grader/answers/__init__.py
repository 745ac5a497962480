"""Answers from files of every format, each bad row named.

::

    from grader.answers import read_answers

    answers = read_answers("answers.csv", known_questions=bank.questions)
"""

from __future__ import annotations

from ._read import AnswerSet, iter_answers, read_answers, read_rows
from ._rows import BadRow, Row

__all__ = ["AnswerSet", "BadRow", "Row", "iter_answers", "read_answers", "read_rows"]
