"""How good the questions and key points of a bank are: terminal, Markdown, CSV and JSON.

::

    found = build_items(run)
    print_items(run, found, make_console(), lang="ru")
    export_items(run, found, "items.md", lang="ru")
"""

from __future__ import annotations

from grader.report.items.build import answer_grades, build_items
from grader.report.items.exporters import ITEM_EXPORTERS, export_items, render_items
from grader.report.items.schema import ItemsReport, PointSuggestions, Suggestion, items_schema
from grader.report.items.terminal import print_items

__all__ = [
    "ITEM_EXPORTERS",
    "ItemsReport",
    "PointSuggestions",
    "Suggestion",
    "answer_grades",
    "build_items",
    "export_items",
    "items_schema",
    "print_items",
    "render_items",
]
