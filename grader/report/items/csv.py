"""Item quality as CSV: a row for each question, key point and misconception."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from grader.report.csv import _cell
from grader.report.items.schema import ItemsReport
from grader.report.messages import Messages
from grader.run import DIGITS, Run

__all__ = ["COLUMNS", "render"]

COLUMNS = (
    "kind",
    "question_id",
    "id",
    "text",
    "n",
    "facility",
    "covered",
    "full",
    "zero",
    "correlation",
    "low",
    "high",
    "upper_lower",
    "criterion",
    "human",
    "width",
    "alpha_without",
    "found",
    "verdict",
)


def render(run: Run, report: ItemsReport, m: Messages) -> bytes:
    """The same columns in every language and for every kind of row; empty where one has none.

    ``correlation`` is that with the rest of the score, with its interval. UTF-8 with a byte order
    mark, by which Excel knows the encoding.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(run, report):
        writer.writerow({name: _cell(_short(value)) for name, value in row.items()})
    return file.getvalue().encode("utf-8-sig", "replace")


def _rows(run: Run, report: ItemsReport) -> Iterator[dict[str, Any]]:
    for item in report.questions:
        question, found = run.question(item.question_id), item.statistics
        yield {
            "kind": "question",
            "question_id": question.id,
            "text": question.text,
            "n": found.n,
            "facility": found.facility,
            "full": found.full,
            "zero": found.zero,
            "correlation": found.discrimination.value,
            "low": found.discrimination.low,
            "high": found.discrimination.high,
            "upper_lower": found.upper_lower,
            "criterion": found.criterion,
            "human": item.human,
            "width": item.width,
            "alpha_without": item.alpha_without,
        }
        texts = {point.id: point.text for point in question.key_points}
        for point in item.points:
            yield {
                "kind": "point",
                "question_id": question.id,
                "id": point.point_id,
                "text": texts.get(point.point_id, point.point_id),
                "n": point.statistics.n,
                "covered": point.statistics.covered,
                "zero": point.statistics.zero,
                "correlation": point.statistics.rest.value,
                "low": point.statistics.rest.low,
                "high": point.statistics.rest.high,
                "verdict": point.statistics.verdict,
            }
        texts = {each.id: each.text for each in question.misconceptions}
        for each in item.misconceptions:
            yield {
                "kind": "misconception",
                "question_id": question.id,
                "id": each.misconception_id,
                "text": texts.get(each.misconception_id, each.misconception_id),
                "n": item.answers,
                "found": each.count,
                "verdict": "never" if each.never else None,
            }


def _short(value: Any) -> Any:
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value
