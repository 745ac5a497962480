"""Files of a report: one exporter for each file extension."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from grader.errors import RunError
from grader.report.messages import Messages, messages
from grader.report.schema import Report
from grader.run import Run, replacing

__all__ = [
    "EXPORTERS",
    "Exporter",
    "export",
    "find_exporter",
    "render",
    "write_run",
    "write_whole",
]

Exporter = Callable[[Run, Report, Messages, float | None], bytes]
"""Makes a file's content from the run, its report, the texts and the threshold (0..1 or None)."""

EXPORTERS: dict[str, str] = {
    ".csv": "grader.report.csv:render",
    ".html": "grader.report.html:render",
    ".json": "grader.report.json:render",
    ".md": "grader.report.markdown:render",
    ".xlsx": "grader.report.xlsx:render",
    ".xml": "grader.report.junit:render",
}
"""Where each exporter is, by extension; imported on use."""


def render(
    extension: str, run: Run, report: Report, *, lang: str, fail_under: float | None = None
) -> bytes:
    """The content of a report file.

    Args:
        extension: with its dot, such as ".html"; case does not matter.
        run: the grades behind the report.
        report: what ``build_report`` made of them.
        lang: language of the interface text.
        fail_under: threshold on the mean score, 0..1; shown, and a failure in JUnit.

    Raises:
        RunError: there is no exporter for the extension, or no text in the language.
    """
    exporter = cast(Exporter, find_exporter(EXPORTERS, extension))
    return exporter(run, report, messages(lang, report.bank.scale), fail_under)


def export(
    run: Run,
    report: Report,
    path: str | os.PathLike[str],
    *,
    lang: str,
    fail_under: float | None = None,
) -> None:
    """Write a report file, whole or not at all; the extension says which kind.

    Raises:
        RunError: as :func:`render`, or the file cannot be written.
    """
    target = Path(path)
    write_whole(
        target, lambda: render(target.suffix, run, report, lang=lang, fail_under=fail_under)
    )


def find_exporter(exporters: Mapping[str, str], extension: str) -> Callable[..., bytes]:
    """The exporter of a table such as ``EXPORTERS`` for an extension.

    Raises:
        RunError: there is none.
    """
    where = exporters.get(extension.lower())
    if where is None:
        known = ", ".join(sorted(exporters))
        raise RunError(f"no report of the kind '{extension}'; known are {known}")
    module, _, name = where.partition(":")
    return cast(Callable[..., bytes], getattr(import_module(module), name))


def write_whole(target: Path, content: Callable[[], bytes]) -> None:
    """Write a file, whole or not at all.

    Raises:
        RunError: as ``content`` does, or the file cannot be written; names the file.
    """
    try:
        made = content()
        with replacing(target) as temporary:
            temporary.write_bytes(made)
    except RunError as error:
        raise RunError(error.what, path=target, field=error.field) from error
    except OSError as error:
        raise RunError(f"cannot be written: {error.strerror}", path=target) from error


def write_run(
    run: Run,
    report: Report,
    directory: str | os.PathLike[str],
    *,
    lang: str,
    fail_under: float | None = None,
) -> None:
    """Write a run with its report.json and report.html; a new directory appears complete.

    Raises:
        RunError: the directory cannot be written.
    """

    def reports(folder: Path) -> None:
        for name in ("report.json", "report.html"):
            export(run, report, folder / name, lang=lang, fail_under=fail_under)

    run.write(directory, also=reports)
