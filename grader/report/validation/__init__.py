"""Machine grades against human ones, as a report: terminal, HTML, Markdown and JSON.

::

    found = build_validation(run, human, Fields("grade"))
    print_validation(found, make_console(), lang="ru")
    export_validation(run, found, "validation.html", lang="ru")
"""

from __future__ import annotations

from grader.report.validation.build import build_validation
from grader.report.validation.exporters import (
    VALIDATION_EXPORTERS,
    export_validation,
    render_validation,
)
from grader.report.validation.schema import Fields, ValidationReport, validation_schema
from grader.report.validation.terminal import print_validation

__all__ = [
    "VALIDATION_EXPORTERS",
    "Fields",
    "ValidationReport",
    "build_validation",
    "export_validation",
    "print_validation",
    "render_validation",
    "validation_schema",
]
