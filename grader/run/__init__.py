"""A run: the grades of a set of answers, what they were graded against, and how.

On disk a run is a directory of grades, ``bank.json`` (the questions as they were) and
``manifest.json`` (versions, hashes, options, signature); reports lie beside them. The grades are
``grades.jsonl`` (one grade a line) or numbered parts, ``grades/00000.jsonl`` or
``grades/00000.parquet`` and so on. Files are written whole under a temporary name and renamed, so
a reader never sees half of one.

Keys of the manifest that reports use, all optional::

    signature  one line that names everything the grades depend on
    bank       {name, title: text or {lang: text}, scale: number, topics: {id: text or {…}}}
    bad_rows   [{path, line, field, what}] rows of the input that were left out
"""

from __future__ import annotations

from grader.run.lines import DIGITS, Outcome, decode_grade, encode_grade, round_off, rounded
from grader.run.parquet import decode_part, encode_part
from grader.run.questions import RunMisconception, RunPoint, RunQuestion
from grader.run.run import Run
from grader.run.stored import StoredGrades
from grader.run.writing import replacing

__all__ = [
    "DIGITS",
    "Outcome",
    "Run",
    "RunMisconception",
    "RunPoint",
    "RunQuestion",
    "StoredGrades",
    "decode_grade",
    "decode_part",
    "encode_grade",
    "encode_part",
    "replacing",
    "round_off",
    "rounded",
]
