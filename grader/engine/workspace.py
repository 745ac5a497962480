"""An unfinished run on disk: answers in shards, and the grades of the shards that are done.

::

    .unfinished/
        plan.json              what is being graded, and against what; written last of the intake
        answers/00000.msgpack  one shard of answers
        copies/00000.msgpack   flags of those of its answers that several respondents handed in
        grades/00000.jsonl     the shard's grades (or .parquet)
        spent/00000.json       what further signals that count it have cost, such as tokens
        recipe.msgpack         of the graders of worker processes

Every file is written under a temporary name and renamed: it is whole or it is not there. A shard's
grades depend on nothing but the shard, so it may be graded twice, by anyone, at any time, and what
is kept is the same.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from grader.answers import BadRow
from grader.engine.copies import Copies
from grader.engine.recipe import Recipe
from grader.errors import RunError
from grader.model import Answer, Flag
from grader.run import replacing

__all__ = ["Job", "Plan", "Workspace", "changed"]

Spent = Mapping[str, Mapping[str, int]]

FOLDER = ".unfinished"
PLAN = "plan.json"
RECIPE = "recipe.msgpack"


class Plan(msgspec.Struct, frozen=True):
    """What a run is to be.

    Attributes:
        identity: everything the grades depend on, each under a name that users know.
        answers: how many there are.
        size: how many lie in a shard; in the last there may be fewer.
        asked: ids of the questions that they answer, in the order of first mention.
        bad: rows that were left out.
        started: when the intake began, ISO 8601.
    """

    identity: dict[str, str]
    answers: int
    size: int
    asked: tuple[str, ...]
    bad: tuple[BadRow, ...]
    started: str

    @property
    def shards(self) -> int:
        """In how many shards they lie."""
        return -(-self.answers // self.size)

    def in_shard(self, number: int) -> int:
        """How many answers a shard has."""
        return min(self.size, self.answers - number * self.size)


class Job(msgspec.Struct, frozen=True):
    """One shard as it goes to whoever grades it.

    Attributes:
        number: its place among the shards.
        answers: a list of :class:`Answer` in MessagePack.
        copies: flags by answer id, in MessagePack.
        kind: the grades' format, "jsonl" or "parquet".
    """

    number: int
    answers: bytes
    copies: bytes
    kind: str = "jsonl"


class Workspace:
    """The folder of an unfinished run.

    Args:
        folder: of the run; the workspace is a hidden folder in it.
        kind: the format of the grades, "jsonl" or "parquet".
    """

    def __init__(self, folder: Path, kind: str = "jsonl") -> None:
        self.folder = folder / FOLDER
        self.kind = kind

    def plan(self) -> Plan | None:
        """What was begun here; None if nothing was, or not all answers were taken in.

        Raises:
            RunError: the plan cannot be read.
        """
        path = self.folder / PLAN
        try:
            return msgspec.json.decode(path.read_bytes(), type=Plan)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            what = "the plan of the unfinished run cannot be read; --restart begins anew"
            raise RunError(what, path=path) from error

    def take_in(
        self,
        rows: Iterable[Answer | BadRow],
        identity: Mapping[str, str],
        *,
        size: int,
        started: str,
        check: Callable[[int, list[BadRow]], object],
    ) -> Plan:
        """Put the answers into shards.

        Args:
            rows: the answers, in order, and rows that are none.
            size: answers a shard.
            check: told how many answers and which bad rows there were; may raise.

        Raises:
            RunError: the folder cannot be written.
        """
        self.remove()
        copies = Copies()
        asked: dict[str, None] = {}
        bad: list[BadRow] = []
        count = shards = 0
        good = _good(rows, bad)
        try:
            while answers := list(islice(good, size)):
                for answer in answers:
                    copies.add(answer)
                    asked[answer.question_id] = None
                path = self._path("answers", shards, ".msgpack")
                self._write(path, msgspec.msgpack.encode(answers))
                count += len(answers)
                shards += 1
            check(count, bad)
            flags = copies.flags(answer for n in range(shards) for answer in self._shard(n))
            self._keep_copies(flags, shards)
            plan = Plan(dict(identity), count, size, tuple(asked), tuple(bad), started)
            self._write(self.folder / PLAN, msgspec.json.encode(plan))
        except BaseException:
            self.remove()
            raise
        return plan

    def missing(self, plan: Plan) -> list[int]:
        """The shards that have no grades yet."""
        return [n for n in range(plan.shards) if not self._path("grades", n, self._end).exists()]

    def job(self, number: int) -> Job:
        """A shard to grade.

        Raises:
            RunError: it cannot be read.
        """
        copies = self._path("copies", number, ".msgpack")
        try:
            answers = self._path("answers", number, ".msgpack").read_bytes()
            flags = copies.read_bytes() if copies.exists() else b"\x80"
        except OSError as error:
            what = f"cannot be read: {error.strerror}; --restart begins anew"
            raise RunError(what, path=error.filename) from error
        return Job(number, answers, flags, self.kind)

    def keep(self, number: int, grades: bytes, spent: Spent | None = None) -> None:
        """Keep the grades of a shard.

        Args:
            spent: what they have cost.

        Raises:
            RunError: they cannot be written.
        """
        if spent:
            self._write(self._path("spent", number, ".json"), msgspec.json.encode(spent))
        self._write(self._path("grades", number, self._end), grades)

    def spent(self) -> dict[str, dict[str, int]]:
        """What all grades kept so far have cost, by signal.

        Raises:
            RunError: it cannot be read.
        """
        total: dict[str, Counter[str]] = {}
        for path in sorted((self.folder / "spent").glob("*.json")):
            try:
                found = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, int]])
            except (OSError, msgspec.DecodeError) as error:
                raise RunError("cannot be read; --restart begins anew", path=path) from error
            for name, counts in found.items():
                total.setdefault(name, Counter()).update(counts)
        return {name: dict(counts) for name, counts in total.items()}

    def put_recipe(self, recipe: Recipe) -> None:
        """Leave the recipe of the grader for worker processes.

        Raises:
            RunError: it cannot be written.
        """
        self._write(self.folder / RECIPE, msgspec.msgpack.encode(recipe))

    def recipe(self) -> Recipe:
        """The recipe that was left."""
        return msgspec.msgpack.decode((self.folder / RECIPE).read_bytes(), type=Recipe)

    def parts(self, plan: Plan) -> list[Path]:
        """The files of grades, in order."""
        return [self._path("grades", n, self._end) for n in range(plan.shards)]

    def remove(self) -> None:
        """Remove the workspace, if there is one, and the folder if nothing else is in it.

        Raises:
            RunError: it cannot be removed.
        """
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise RunError(f"cannot be removed: {error.strerror}", path=self.folder) from error
        with suppress(OSError):
            self.folder.parent.rmdir()

    @property
    def _end(self) -> str:
        return f".{self.kind}"

    def _path(self, what: str, number: int, end: str) -> Path:
        return self.folder / what / f"{number:05}{end}"

    def _keep_copies(self, flags: Mapping[str, tuple[Flag, ...]], shards: int) -> None:
        for number in range(shards) if flags else ():
            own = {a.id: flags[a.id] for a in self._shard(number) if a.id in flags}
            if own:
                self._write(self._path("copies", number, ".msgpack"), msgspec.msgpack.encode(own))

    def _shard(self, number: int) -> list[Answer]:
        data = self._path("answers", number, ".msgpack").read_bytes()
        return msgspec.msgpack.decode(data, type=list[Answer])

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as temporary:
                temporary.write_bytes(data)
        except OSError as error:
            raise RunError(f"cannot be written: {error.strerror}", path=path) from error


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What is not as it was, by the names of the identity."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def _good(rows: Iterable[Answer | BadRow], bad: list[BadRow]) -> Iterator[Answer]:
    """The answers; rows that are none go to ``bad``."""
    for row in rows:
        if isinstance(row, Answer):
            yield row
        else:
            bad.append(row)
