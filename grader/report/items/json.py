"""Item quality as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

import msgspec

from grader.report.items.schema import ItemsReport
from grader.report.messages import Messages
from grader.report.validation.json import _rounded
from grader.run import Run

__all__ = ["render"]


def render(run: Run, report: ItemsReport, m: Messages) -> bytes:
    """The report itself; language does not change it."""
    return msgspec.json.format(msgspec.json.encode(_rounded(report)), indent=2) + b"\n"
