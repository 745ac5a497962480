"""Files of item quality: one exporter for each file extension."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from grader.report.exporters import find_exporter, write_whole
from grader.report.items.schema import ItemsReport
from grader.report.messages import Messages, messages
from grader.run import Run

__all__ = ["ITEM_EXPORTERS", "export_items", "render_items"]

Exporter = Callable[[Run, ItemsReport, Messages], bytes]

ITEM_EXPORTERS: dict[str, str] = {
    ".csv": "grader.report.items.csv:render",
    ".json": "grader.report.items.json:render",
    ".md": "grader.report.items.markdown:render",
}
"""Where each exporter is, by extension; imported on use."""


def render_items(extension: str, run: Run, report: ItemsReport, *, lang: str) -> bytes:
    """The content of a file.

    Args:
        extension: with its dot, such as ".md"; case does not matter.
        run: what was judged, for the texts of its questions.
        lang: language of the interface text.

    Raises:
        RunError: there is no exporter for the extension, or no text in the language.
    """
    exporter = cast(Exporter, find_exporter(ITEM_EXPORTERS, extension))
    return exporter(run, report, messages(lang))


def export_items(run: Run, report: ItemsReport, path: str | os.PathLike[str], *, lang: str) -> None:
    """Write a file, whole or not at all; the extension says which kind.

    Raises:
        RunError: as :func:`render_items`, or the file cannot be written.
    """
    target = Path(path)
    write_whole(target, lambda: render_items(target.suffix, run, report, lang=lang))
