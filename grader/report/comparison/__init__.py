"""Runs compared by question, as a report: terminal, HTML, Markdown and JSON.

::

    found = build_comparison([("run-a", run_a), ("run-b", run_b)])
    print_comparison(found, make_console(), lang="ru")
    export_comparison(found, "comparison.html", lang="ru")
"""

from __future__ import annotations

from grader.report.comparison.build import PASS, build_comparison
from grader.report.comparison.exporters import (
    COMPARISON_EXPORTERS,
    export_comparison,
    render_comparison,
)
from grader.report.comparison.schema import ComparisonReport, comparison_schema
from grader.report.comparison.terminal import print_comparison

__all__ = [
    "COMPARISON_EXPORTERS",
    "PASS",
    "ComparisonReport",
    "build_comparison",
    "comparison_schema",
    "export_comparison",
    "print_comparison",
    "render_comparison",
]
