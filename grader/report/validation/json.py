"""A validation as JSON, for programs; its schema is published in docs/schema."""

from __future__ import annotations

from typing import Any

import msgspec

from grader.report.messages import Messages
from grader.report.validation.schema import ValidationReport
from grader.run import Run

__all__ = ["DIGITS", "encoded", "render"]

DIGITS = 9
"""Digits after the point: as many as differ on no machine."""


def render(run: Run, report: ValidationReport, m: Messages) -> bytes:
    """The validation itself; language does not change it."""
    return encoded(report)


def encoded(report: msgspec.Struct) -> bytes:
    """A report of statistics as JSON, its numbers rounded to ``DIGITS``."""
    return msgspec.json.format(msgspec.json.encode(_rounded(report)), indent=2) + b"\n"


def _rounded(value: object) -> Any:
    found = msgspec.to_builtins(value)
    if isinstance(found, dict):
        return {name: _rounded(part) for name, part in found.items()}
    if isinstance(found, list | tuple):
        return [_rounded(part) for part in found]
    return round(found, DIGITS) + 0.0 if isinstance(found, float) else found
