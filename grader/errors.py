"""Errors that are the user's to mend.

::

    GraderError                 anything below; the command line prints one line and exits with 2
    ├── BankError               a bank, a rubric file or a term lexicon is wrong
    ├── AnswersError            an answer file is wrong
    ├── EncoderError            an encoder cannot be had or does not answer
    ├── ModelError              a language model cannot be asked
    └── RunError                a run directory cannot be read or written
"""

from __future__ import annotations

__all__ = ["AnswersError", "BankError", "EncoderError", "GraderError", "ModelError", "RunError"]


class GraderError(Exception):
    """What is wrong, where, and what to do about it, in one line.

    Args:
        what: what is wrong, and what to do, without a final full stop.
        path: the file or folder concerned.
        line: its line, counted from 1.
        field: the field of the record.
    """

    def __init__(
        self, what: str, *, path: object = None, line: int | None = None, field: str | None = None
    ) -> None:
        self.what = what
        self.path = None if path is None else str(path)
        self.line = line
        self.field = field
        super().__init__(str(self))

    def __str__(self) -> str:
        where = self.path or ""
        if self.line is not None:
            where += f":{self.line}" if where else f"line {self.line}"
        if self.field is not None:
            where += f": field '{self.field}'" if where else f"field '{self.field}'"
        text = f"{where}: {self.what}" if where else self.what
        # What servers and files say must not steer the terminal that it is shown on.
        shown = "".join(char if char.isprintable() else " " for char in text)
        return " ".join(shown.split())


class BankError(GraderError):
    """A bank, a rubric file or a term lexicon is wrong."""


class AnswersError(GraderError):
    """An answer file is wrong."""


class EncoderError(GraderError):
    """An encoder cannot be had or does not answer."""


class ModelError(GraderError):
    """A language model cannot be asked: its server is wrong, away, or refuses."""


class RunError(GraderError):
    """A run directory cannot be read or written."""
