"""Item quality as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

from grader.report.items.schema import ItemsReport
from grader.report.messages import Messages
from grader.report.validation.json import encoded
from grader.run import Run

__all__ = ["render"]


def render(run: Run, report: ItemsReport, m: Messages) -> bytes:
    """The report itself; language does not change it."""
    return encoded(report)
