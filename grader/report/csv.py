"""The grades as CSV: one row an answer, the same columns in every language."""

from __future__ import annotations

import csv
import io
from typing import IO, Any

from grader.report.messages import Messages
from grader.report.schema import Report
from grader.run import Outcome, Run

__all__ = ["COLUMNS", "write"]

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


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """One row an answer in the input's order, then its extra columns as ``extra.NAME``.

    UTF-8 with a byte order mark, by which Excel knows the encoding. ``score``, ``low`` and
    ``high`` are 0..1, ``scaled_score`` is on the bank's scale; empty means "cannot judge".
    Texts are as given, except that NUL, which spreadsheets cannot read, becomes U+FFFD: an
    answer that begins with "=" is a formula to a spreadsheet that opens this file, so give
    people whom you do not trust with that the .xlsx report.
    """
    extras = list(dict.fromkeys(name for outcome in run.outcomes() for name in outcome.extra))
    text = io.TextIOWrapper(file, "utf-8-sig", "replace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *(_cell(f"extra.{name}") for name in extras)])
    for outcome in run.outcomes():
        row = _row(run, report, outcome) + [outcome.extra.get(name) for name in extras]
        writer.writerow([_cell(value) for value in row])
    text.detach()  # which leaves the file open


def _row(run: Run, report: Report, outcome: Outcome) -> list[Any]:
    scaled = None if outcome.score is None else round(outcome.score * report.bank.scale, 6)
    low, high = outcome.interval or (None, None)
    return [
        outcome.answer_id,
        outcome.question_id,
        outcome.respondent,
        ";".join(outcome.topics),
        outcome.score,
        scaled,
        low,
        high,
        outcome.needs_review,
        ";".join(dict.fromkeys(outcome.flags)),
        run.question(outcome.question_id).text,
        outcome.text,
    ]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("\0", "\ufffd")
