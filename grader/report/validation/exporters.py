"""Files of a validation: one exporter for each file extension."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

from grader.report.exporters import find_exporter, write_whole
from grader.report.messages import Messages, messages
from grader.report.validation.schema import ValidationReport
from grader.run import Run

__all__ = ["VALIDATION_EXPORTERS", "export_validation", "render_validation"]

Exporter = Callable[[Run, ValidationReport, Messages], bytes]

VALIDATION_EXPORTERS: dict[str, str] = {
    ".html": "grader.report.validation.html:render",
    ".json": "grader.report.validation.json:render",
    ".md": "grader.report.validation.markdown:render",
}
"""Where each exporter is, by extension; imported on use."""


def render_validation(extension: str, run: Run, report: ValidationReport, *, lang: str) -> bytes:
    """The content of a file.

    Args:
        extension: with its dot, such as ".html"; case does not matter.
        run: what was validated, for the texts of its questions.
        lang: language of the interface text.

    Raises:
        RunError: there is no exporter for the extension, or no text in the language.
    """
    exporter = cast(Exporter, find_exporter(VALIDATION_EXPORTERS, extension))
    return exporter(run, report, messages(lang, report.scale.end))


def export_validation(
    run: Run, report: ValidationReport, path: str | os.PathLike[str], *, lang: str
) -> None:
    """Write a file, whole or not at all; the extension says which kind.

    Raises:
        RunError: as :func:`render_validation`, or the file cannot be written.
    """
    target = Path(path)
    write_whole(target, lambda: render_validation(target.suffix, run, report, lang=lang))
