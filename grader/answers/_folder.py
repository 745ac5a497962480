"""A folder of text or Markdown files, each one answer."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from grader.errors import AnswersError
from grader.files import decode

from ._rows import MAX_ANSWER, BadRow, Row, Source, Table

__all__ = ["folder_files", "read_folder"]

_SUFFIXES = (".txt", ".md", ".markdown")
# A character has at most four bytes; a longer file need not be read to be refused.
_MAX_BYTES = 4 * MAX_ANSWER


def folder_files(folder: Path) -> list[Path]:
    """All files in the folder and below, in a fixed order, hidden ones left out."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def read_folder(source: Source) -> Table:
    """Answers named by their paths.

    ``QUESTION.txt``, ``RESPONDENT__QUESTION.txt``, ``RESPONDENT/QUESTION.txt`` or
    ``QUESTION/RESPONDENT.txt``: which of the last two is told by where the known questions are.
    """
    return Table(None, _rows(source, folder_files(source.path)))


def _rows(source: Source, files: list[Path]) -> Iterator[Row | BadRow]:
    names = {path: _names(path.relative_to(source.path)) for path in files}
    known = source.questions or frozenset()
    pairs = [each for each in names.values() if len(each) == 2]
    question_first = sum(outer in known for outer, _ in pairs) > sum(
        inner in known for _, inner in pairs
    )
    for path in files:
        parts = names[path]
        # A name in another encoding must not break the message about it.
        shown = os.fsencode(Path(source.name) / path.relative_to(source.path)).decode(
            "utf-8", "replace"
        )
        if path.suffix.lower() not in _SUFFIXES:
            what = f"not an answer file; answers are {', '.join(_SUFFIXES)}"
            yield BadRow(what, shown)
        elif len(parts) > 2:
            yield BadRow("too deep; a folder of answers has one level of folders at most", shown)
        else:
            if len(parts) == 1:
                question, respondent = _one_name(parts[0], known)
            elif question_first:
                question, respondent = parts
            else:
                respondent, question = parts
            yield _read(path, shown, question, respondent)


def _names(path: Path) -> tuple[str, ...]:
    return tuple(
        unicodedata.normalize("NFC", part).strip() for part in (*path.parts[:-1], path.stem)
    )


def _one_name(name: str, known: frozenset[str]) -> tuple[str, str | None]:
    """Question and respondent in a single file name."""
    if name in known or "__" not in name:
        return name, None
    parts = name.split("__")
    splits = [("__".join(parts[:n]), "__".join(parts[n:])) for n in range(1, len(parts))]
    # Either may have "__" in it; a known question decides, else the last one divides.
    for respondent, question in splits:
        if question in known:
            return question, respondent
    respondent, question = splits[-1]
    return question, respondent


def _read(path: Path, shown: str, question: str, respondent: str | None) -> Row | BadRow:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return BadRow(f"an answer may have {MAX_ANSWER:,} characters; this is longer", shown)
        text = decode(path.read_bytes(), AnswersError, path=shown)
    except AnswersError as problem:
        return BadRow(problem.what, shown, problem.line)
    except OSError as problem:
        return BadRow(f"cannot be read: {problem.strerror}", shown)
    fields = {
        "question_id": question,
        "answer": text.removesuffix("\n").removesuffix("\r"),
        "respondent": respondent,
    }
    return Row(None, fields, shown)
