"""A comparison as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

from grader.report.comparison.schema import ComparisonReport
from grader.report.messages import Messages
from grader.report.validation.json import encoded

__all__ = ["render"]


def render(report: ComparisonReport, m: Messages) -> bytes:
    """The comparison itself; language does not change it."""
    return encoded(report)
