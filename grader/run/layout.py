"""Where the files of a run lie in its directory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from grader.errors import RunError
from grader.run.lines import AGAIN
from grader.run.writing import LEFT, replacing

__all__ = ["BANK", "MANIFEST", "grade_files", "lines_of", "sweep", "write_lines", "write_parts"]

BANK = "bank.json"
MANIFEST = "manifest.json"

_WHOLE = "grades.jsonl"
_PARTS = "grades"
_KINDS = {".jsonl", ".parquet"}


def grade_files(folder: Path) -> list[Path]:
    """The files of grades in a run's directory, in order.

    Raises:
        RunError: a part is missing.
    """
    whole, parts = folder / _WHOLE, folder / _PARTS
    if whole.exists() or not parts.is_dir():
        return [whole]
    found = sorted(path for path in parts.iterdir() if path.suffix in _KINDS)
    for number, path in enumerate(found):
        if path.stem != f"{number:05}":
            raise RunError(f"there is no part {number:05}; {AGAIN}", path=parts)
    return found


def write_lines(folder: Path, lines: Iterable[bytes]) -> None:
    """Write grades as one file of lines, in place of those that were there.

    A directory with a manifest is taken for a finished run: it goes before they change.

    Raises:
        OSError: they cannot be written.
    """
    with replacing(folder / _WHOLE) as path, path.open("wb") as file:
        file.writelines(lines)
        (folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder / _PARTS, ignore_errors=True)


def write_parts(folder: Path, files: Sequence[Path]) -> None:
    """Copy files of grades as numbered parts, in place of those that were there.

    The manifest goes as in :func:`write_lines`.

    Raises:
        OSError: they cannot be written.
    """
    parts = folder / _PARTS
    fresh, old = (folder / f".{_PARTS}.{os.getpid()}.{end}{LEFT}" for end in ("new", "old"))
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for number, file in enumerate(files):
        with replacing(fresh / f"{number:05}{file.suffix}") as path:
            shutil.copyfile(file, path)
    (folder / MANIFEST).unlink(missing_ok=True)
    if parts.exists():
        parts.replace(old)
    fresh.replace(parts)
    shutil.rmtree(old, ignore_errors=True)
    (folder / _WHOLE).unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what a killed process was writing."""
    for path in folder.glob(f".*{LEFT}"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def lines_of(files: Iterable[Path]) -> Iterator[bytes]:
    """The lines of files, each with its end."""
    for path in files:
        with path.open("rb", buffering=1 << 20) as file:
            for line in file:
                yield line if line.endswith(b"\n") else line + b"\n"
