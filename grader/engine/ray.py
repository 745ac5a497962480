"""Shards on a Ray cluster: of one machine, or of many.

The shards travel to the workers and the grades back, so the machines need no common folder; each
needs this package in the same version. A shard's grades depend on nothing but the shard: when a
worker or its machine is lost, another takes its place and the shard is graded again.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from importlib.metadata import version
from typing import Any

from grader.engine.grader import Grader
from grader.engine.recipe import Recipe
from grader.engine.work import MOST_DEATHS, ONE_THREAD, graded
from grader.engine.workspace import Job, Workspace
from grader.errors import GraderError, RunError

__all__ = ["RayEngine"]

# Half a CPU each: actors that ask for all there are wait for ever without a word.
_CPUS = 0.5
# Shards on their way to a worker, so that it need not wait for the next.
_AHEAD = 2
# Seconds to wait for an answer at the address; Ray itself waits for minutes.
_PATIENCE = 5.0


class RayEngine:
    """Grades shards in an actor pool.

    Args:
        workers: how many actors; None for one a CPU of the cluster.
        address: of the head of a running cluster ("host:6379"), of which this machine is a part;
            "auto" for the one that was started on this machine; None starts one and ends it
            afterwards.

    Raises:
        RunError: Ray is not installed.
    """

    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        try:
            import ray  # noqa: F401
        except ImportError as error:
            what = "the engine 'ray' needs an extra: pip install 'answer-grader[ray]'"
            raise RunError(what) from error
        self.workers = workers
        self.address = address

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        """See :class:`grader.engine.work.Engine`."""
        import ray

        with nullcontext() if ray.is_initialized() else _connected(ray, self.address):
            try:
                yield from self._graded(ray, recipe, workspace, shards)
            except (OSError, ray.exceptions.RayError) as error:
                what = "the head of the Ray cluster does not answer any more"
                raise RunError(f"{what}; the same command goes on from here") from error

    def _graded(
        self, ray: Any, recipe: Recipe, workspace: Workspace, shards: Sequence[int]
    ) -> Iterator[int]:
        workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        actors = [self._actor(ray) for _ in range(workers)]
        free = list(range(workers)) * _AHEAD
        # In a list it is fetched by a worker when it needs it, not with every shard.
        shared = [ray.put(recipe)]
        pending: dict[Any, tuple[int, int, Any]] = {}
        deaths: Counter[int] = Counter()
        # What is given moves to the end, what is lost to the front. Once all is given, free workers
        # get again what has been away longest: who has it may be waiting for room since a machine
        # was lost.
        left = dict.fromkeys(shards)
        while left:
            while free:
                number, place = next(iter(left)), free.pop()
                left[number] = left.pop(number)
                actor = actors[place]
                pending[actor.grade.remote(shared, workspace.job(number))] = number, place, actor
            for task in ray.wait(list(pending))[0]:
                number, place, actor = pending.pop(task)
                free.append(place)
                try:
                    grades = _result(ray, task, number)
                except _LostError as error:
                    deaths[number] += 1
                    if deaths[number] == MOST_DEATHS:
                        raise RunError(f"no worker could grade shard {number}: {error}") from error
                    if actors[place] is actor:
                        actors[place] = self._actor(ray)
                    if number in left:
                        left = {number: None} | left
                    continue
                if number in left:
                    workspace.keep(number, grades)
                    del left[number]
                    yield number

    def _actor(self, ray: Any) -> Any:
        remote = ray.remote(
            num_cpus=_CPUS,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": dict(ONE_THREAD)},
        )(_Worker)
        return remote.remote(version("answer-grader"))


class _Worker:
    """One actor: a grader of its own, made when the first shard comes.

    Args:
        wanted: the version of this package that all machines must have.
    """

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._grader: Grader | None = None

    def grade(self, recipe: Sequence[Any], job: Job) -> bytes:
        """The grades of a shard; ``recipe`` is a reference to one, in a list."""
        if self._grader is None:
            self._grader = self._made(recipe[0])
        return graded(self._grader, job)

    def _made(self, recipe: Any) -> Grader:
        import ray

        here = version("answer-grader")
        if here != self._wanted:
            where = socket.gethostname()
            what = f"the machine {where} has answer-grader {here}, not {self._wanted}"
            raise RunError(f"{what}; install the same version on all machines of the cluster")
        found = ray.get(recipe)
        assert isinstance(found, Recipe)
        return found.grader(threads=1)


@contextmanager
def _connected(ray: Any, address: str | None) -> Iterator[None]:
    """Connected to a cluster, or to one of its own."""
    if address == "auto":
        address = os.environ.get("RAY_ADDRESS", address)
    # Usage statistics would leave the machine.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is None:
            ray.init("local", include_dashboard=False, **options)
        else:
            _knock(address)
            ray.init(address, **options)
    except Exception as error:  # it raises whatever its parts raise
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        where = address or "this machine"
        raise RunError(f"no Ray cluster at {where}: {reason}") from error
    # Ray prints on standard output that a worker died; reports are printed there.
    with redirect_stdout(sys.stderr):
        try:
            yield
        finally:
            ray.shutdown()


def _knock(address: str) -> None:
    """Find out in seconds whether anything is at "host:port".

    Raises:
        OSError: nothing is.
    """
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


class _LostError(Exception):
    """A worker, its machine or what it made is lost."""


def _result(ray: Any, task: Any, number: int) -> bytes:
    try:
        found = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, GraderError):
            raise error.cause from None
        raise RunError(f"shard {number} cannot be graded: {error.cause}") from error
    except ray.exceptions.RayError as error:
        raise _LostError(" ".join(str(error).split())[:300]) from error
    assert isinstance(found, bytes)
    return found
