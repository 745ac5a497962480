"""The report as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

import msgspec

from grader.report.messages import Messages
from grader.report.schema import Report
from grader.run import Run

__all__ = ["render"]


def render(run: Run, report: Report, m: Messages, fail_under: float | None) -> bytes:
    """The report itself; language and threshold do not change it."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
