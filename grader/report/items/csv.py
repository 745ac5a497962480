"""Item quality as CSV: a row for each question, key point and misconception."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import asdict

from grader.report.items.schema import ItemsReport
from grader.report.messages import Messages
from grader.run import DIGITS, Run
from grader.stats import Estimate

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
    mark, by which Excel knows the encoding; NUL, which spreadsheets cannot read, becomes U+FFFD.
    """
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(run, report):
        writer.writerow({name: _short(value) for name, value in row.items()})
    return file.getvalue().replace("\0", "\ufffd").encode("utf-8-sig", "replace")


def _rows(run: Run, report: ItemsReport) -> Iterator[dict[str, Any]]:
    """By column, and what is no column beside them."""
    for item in report.questions:
        question = run.question(item.question_id)
        own = {"kind": "question", "text": question.text, **asdict(item)}
        yield own | asdict(item.statistics) | _correlation(item.statistics.discrimination)
        texts = {each.id: each.text for each in question.key_points}
        for point in item.points:
            own = _part("point", question.id, point.point_id, texts)
            yield own | asdict(point.statistics) | _correlation(point.statistics.rest)
        texts = {each.id: each.text for each in question.misconceptions}
        for each in item.misconceptions:
            own = _part("misconception", question.id, each.misconception_id, texts)
            verdict = "never" if each.never else None
            yield own | {"n": item.answers, "found": each.count, "verdict": verdict}


def _part(kind: str, question_id: str, id: str, texts: Mapping[str, str]) -> dict[str, Any]:
    return {"kind": kind, "question_id": question_id, "id": id, "text": texts.get(id, id)}


def _correlation(found: Estimate) -> dict[str, Any]:
    return {"correlation": found.value, "low": found.low, "high": found.high}


def _short(value: Any) -> Any:
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value
