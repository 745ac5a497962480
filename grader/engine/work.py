"""Grading one shard: the same few lines, whoever runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from grader.engine.grader import Grader
from grader.engine.recipe import Recipe
from grader.engine.workspace import Job, Workspace
from grader.model import Answer, Flag
from grader.run import encode_grade, encode_part

__all__ = ["MOST_DEATHS", "ONE_THREAD", "Engine", "InProcess", "grade_shard", "graded"]

MOST_DEATHS = 5
"""A shard that has seen so many workers die is likely to have killed them."""

ONE_THREAD: Mapping[str, str] = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""The environment of a worker, which has one core: threads of libraries would slow all of them."""


class Engine(Protocol):
    """Something that grades shards, here or elsewhere."""

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        """Grade shards and keep their grades in the workspace.

        Yields:
            the number of a shard when its grades are kept, in the order they are.

        Raises:
            GraderError: a shard cannot be graded.
        """
        ...


class InProcess:
    """Grades shards in this process, one after the other.

    Args:
        grader: what to grade with.
    """

    def __init__(self, grader: Grader) -> None:
        self._grader = grader

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        """See :class:`Engine`."""
        for number in shards:
            grade_shard(self._grader, workspace, number)
            yield number


def grade_shard(grader: Grader, workspace: Workspace, number: int) -> None:
    """Grade one shard and keep its grades, and what they have cost."""
    workspace.keep(number, graded(grader, workspace.job(number)), grader.spent())


def graded(grader: Grader, job: Job) -> bytes:
    """The grades of a shard, as a file of ``job.kind`` holds them."""
    answers = msgspec.msgpack.decode(job.answers, type=list[Answer])
    copies = msgspec.msgpack.decode(job.copies, type=dict[str, tuple[Flag, ...]])
    grades = grader.grade_all(answers, copies=copies)
    return encode_part(grades) if job.kind == "parquet" else b"".join(map(encode_grade, grades))
