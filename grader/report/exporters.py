"""Files of a report: one exporter for each file extension."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from grader.errors import RunError
from grader.report.aggregate import build_report
from grader.report.gates import Gates, gated
from grader.report.messages import Messages, messages
from grader.report.schema import Report
from grader.run import Run, replacing

__all__ = [
    "EXPORTERS",
    "Exporter",
    "export",
    "find_exporter",
    "render",
    "render_to",
    "write_run",
    "write_whole",
    "written_run",
]

JSON, HTML = "report.json", "report.html"

Exporter = Callable[[IO[bytes], Run, Report, Messages], None]
"""Writes a file from the run, its report and the texts."""

EXPORTERS: dict[str, str] = {
    ".csv": "grader.report.csv:write",
    ".html": "grader.report.html:write",
    ".json": "grader.report.json:write",
    ".md": "grader.report.markdown:write",
    ".xlsx": "grader.report.xlsx:write",
    ".xml": "grader.report.junit:write",
}
"""Where each exporter is, by extension; imported on use."""


def render(extension: str, run: Run, report: Report, *, lang: str) -> bytes:
    """The content of a report file, in memory; see :func:`render_to`."""
    file = BytesIO()
    render_to(file, extension, run, report, lang=lang)
    return file.getvalue()


def render_to(file: IO[bytes], extension: str, run: Run, report: Report, *, lang: str) -> None:
    """Write the content of a report file to an open one, such as standard output.

    Args:
        file: open for writing bytes.
        extension: with its dot, such as ".html"; case does not matter.
        run: the grades behind the report.
        report: what ``build_report`` made of them, with its gates: shown, and cases in JUnit.
        lang: language of the interface text.

    Raises:
        RunError: there is no exporter for the extension, or no text in the language; or a grade
            cannot be read.
    """
    exporter = cast(Exporter, find_exporter(EXPORTERS, extension))
    exporter(file, run, report, messages(lang, report.bank.scale))


def export(run: Run, report: Report, path: str | os.PathLike[str], *, lang: str) -> None:
    """Write a report file, whole or not at all; the extension says which kind.

    Raises:
        RunError: as :func:`render_to`, or the file cannot be written.
    """
    target = Path(path)
    with _whole(target) as file:
        render_to(file, target.suffix, run, report, lang=lang)


def find_exporter(exporters: Mapping[str, str], extension: str) -> Callable[..., Any]:
    """The exporter of a table such as ``EXPORTERS`` for an extension.

    Raises:
        RunError: there is none.
    """
    where = exporters.get(extension.lower())
    if where is None:
        known = ", ".join(sorted(exporters))
        raise RunError(f"no report of the kind '{extension}'; known are {known}")
    module, _, name = where.partition(":")
    return cast(Callable[..., Any], getattr(import_module(module), name))


def write_whole(target: Path, content: Callable[[], bytes]) -> None:
    """Write a file, whole or not at all.

    Raises:
        RunError: as ``content`` does, or the file cannot be written; names the file.
    """
    with _whole(target) as file:
        file.write(content())


@contextmanager
def _whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when the block ends well."""
    try:
        with replacing(target) as temporary, temporary.open("wb") as file:
            yield file
    except RunError as error:
        raise RunError(error.what, path=target, field=error.field) from error
    except OSError as error:
        raise RunError(f"cannot be written: {error.strerror}", path=target) from error


def write_run(run: Run, report: Report, directory: str | os.PathLike[str], *, lang: str) -> None:
    """Write a run with its report.json and report.html; a new directory appears complete.

    Raises:
        RunError: the directory cannot be written.
    """
    shown = _shown(run, report, lang)

    def reports(folder: Path) -> None:
        for name in (JSON, HTML):
            export(shown, report, folder / name, lang=lang)

    shown.write(directory, also=reports)


def written_run(
    directory: str | os.PathLike[str], *, lang: str, gates: Gates | None = None
) -> tuple[Run, Report]:
    """A run with its report as they were written; gates and report.html as asked for now.

    Raises:
        RunError: the directory holds no complete run, or cannot be written; or as
            :func:`~grader.report.check_gates`.
    """
    folder = Path(directory)
    run = Run.read(folder)
    try:
        report = msgspec.json.decode((folder / JSON).read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        report = build_report(run)
        export(run, report, folder / JSON, lang=lang)
    before, report = report, gated(report, gates or Gates(), run)
    shown = _shown(run, report, lang)
    if report != before:
        export(shown, report, folder / JSON, lang=lang)
    if shown.manifest != run.manifest or not (folder / HTML).exists():
        export(shown, report, folder / HTML, lang=lang)
        try:
            shown.write_manifest(folder)
        except OSError as error:
            raise RunError(f"cannot be written: {error.strerror}", path=folder) from error
    return shown, report


def _shown(run: Run, report: Report, lang: str) -> Run:
    """The run; its manifest says how its page is written."""
    gates = msgspec.json.decode(msgspec.json.encode(report.gates))
    page = {"lang": lang, "gates": gates}
    return msgspec.structs.replace(run, manifest={**run.manifest, "page": page})
