"""The grades as CSV: one row an answer, the same columns in every language."""

from __future__ import annotations

import csv
import io
from typing import Any

from grader.model import Grade
from grader.report.messages import Messages
from grader.report.schema import Report
from grader.run import Run, rounded

__all__ = ["COLUMNS", "render"]

COLUMNS = (
    "answer_id",
    "question_id",
    "respondent",
    "topics",
    "score",
    "scaled_score",
    "low",
    "high",
    "needs_review",
    "flags",
    "question",
    "answer",
)


def render(run: Run, report: Report, m: Messages, fail_under: float | None) -> bytes:
    """One row an answer in the input's order, then its extra columns as ``extra.NAME``.

    UTF-8 with a byte order mark, by which Excel knows the encoding. ``score``, ``low`` and
    ``high`` are 0..1, ``scaled_score`` is on the bank's scale; empty means "cannot judge".
    Texts are as given, except that NUL, which spreadsheets cannot read, becomes U+FFFD: an
    answer that begins with "=" is a formula to a spreadsheet that opens this file, so give
    people whom you do not trust with that the .xlsx report.
    """
    extras = list(dict.fromkeys(name for grade in run.grades for name in grade.extra))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(_cell(f"extra.{name}") for name in extras)])
    for grade in run.grades:
        row = _row(run, report, rounded(grade)) + [grade.extra.get(name) for name in extras]
        writer.writerow([_cell(value) for value in row])
    return file.getvalue().encode("utf-8-sig", "replace")


def _row(run: Run, report: Report, grade: Grade) -> list[Any]:
    scaled = None if grade.score is None else round(grade.score * report.bank.scale, 6)
    low, high = grade.interval or (None, None)
    return [
        grade.answer_id,
        grade.question_id,
        grade.respondent,
        ";".join(grade.topics),
        grade.score,
        scaled,
        low,
        high,
        grade.needs_review,
        ";".join(dict.fromkeys(flag.name for flag in grade.flags)),
        run.question(grade.question_id).text,
        grade.text,
    ]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("\0", "\ufffd")
