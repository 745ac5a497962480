"""The report by topic: aggregated once, shown on the terminal and in files of every kind.

::

    report = build_report(run)
    print_report(report, make_console(), lang="ru")
    export(run, report, "report.html", lang="ru")
"""

from __future__ import annotations

from grader.report.aggregate import build_report
from grader.report.explain import print_grade
from grader.report.exporters import EXPORTERS, export, render, render_to, write_run, written_run
from grader.report.gate_words import gate_lines
from grader.report.gates import MARGIN, Gates, check_gates, gated, refuse_gates
from grader.report.messages import LANGUAGES, Messages, messages
from grader.report.schema import GateResult, Report, report_schema
from grader.report.terminal import make_console, print_report

__all__ = [
    "EXPORTERS",
    "LANGUAGES",
    "MARGIN",
    "GateResult",
    "Gates",
    "Messages",
    "Report",
    "build_report",
    "check_gates",
    "export",
    "gate_lines",
    "gated",
    "make_console",
    "messages",
    "print_grade",
    "print_report",
    "refuse_gates",
    "render",
    "render_to",
    "report_schema",
    "write_run",
    "written_run",
]
