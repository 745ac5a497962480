"""Files of a comparison: one exporter for each file extension."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from grader.report.comparison.schema import ComparisonReport
from grader.report.exporters import find_exporter, write_whole
from grader.report.messages import Messages, messages

__all__ = ["COMPARISON_EXPORTERS", "export_comparison", "render_comparison"]

Exporter = Callable[[ComparisonReport, Messages], bytes]

COMPARISON_EXPORTERS: dict[str, str] = {
    ".html": "grader.report.comparison.html:render",
    ".json": "grader.report.comparison.json:render",
    ".md": "grader.report.comparison.markdown:render",
}
"""Where each exporter is, by extension; imported on use."""


def render_comparison(extension: str, report: ComparisonReport, *, lang: str) -> bytes:
    """The content of a file.

    Args:
        extension: with its dot, such as ".html"; case does not matter.
        lang: language of the interface text.

    Raises:
        RunError: there is no exporter for the extension, or no text in the language.
    """
    exporter = cast(Exporter, find_exporter(COMPARISON_EXPORTERS, extension))
    return exporter(report, messages(lang, report.bank.scale))


def export_comparison(report: ComparisonReport, path: str | os.PathLike[str], *, lang: str) -> None:
    """Write a file, whole or not at all; the extension says which kind.

    Raises:
        RunError: as :func:`render_comparison`, or the file cannot be written.
    """
    target = Path(path)
    write_whole(target, lambda: render_comparison(target.suffix, report, lang=lang))
