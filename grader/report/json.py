"""The report as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

from typing import IO

import msgspec

from grader.report.messages import Messages
from grader.report.schema import Report
from grader.run import Run

__all__ = ["write"]


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """The report itself; the language does not change it."""
    file.write(msgspec.json.format(msgspec.json.encode(report), indent=2))
    file.write(b"\n")
