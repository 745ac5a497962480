"""Shards on a Ray cluster: of one machine, or of many.

The shards travel to the workers and the grades back, so the machines need no common folder; each
needs this package in the same version. A shard's grades depend on nothing but the shard: when a
worker or its machine is lost, Ray starts another and gives it the shard again.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from typing import Any

from grader.engine.grader import Grader
from grader.engine.local import ONE_THREAD
from grader.engine.recipe import Recipe
from grader.engine.work import graded
from grader.engine.workspace import Job, Workspace
from grader.errors import GraderError, RunError

__all__ = ["RayEngine"]

# Half a CPU each: actors that ask for all there are wait for ever without a word.
_CPUS = 0.5
# Shards on their way to a worker, so that it need not wait for the next.
_AHEAD = 2
# A shard that has seen so many workers die is likely to have killed them.
_RETRIES = 5
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
        # Ray reads it when it is loaded, and warns of much that mends itself.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")
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

        if ray.is_initialized():
            yield from self._graded(ray, recipe, workspace, shards)
        else:
            with _connected(ray, self.address):
                yield from self._graded(ray, recipe, workspace, shards)

    def _graded(
        self, ray: Any, recipe: Recipe, workspace: Workspace, shards: Sequence[int]
    ) -> Iterator[int]:
        actors = self._actors(ray)
        # In a list it is fetched by a worker when it needs it, not with every shard.
        shared = [ray.put(recipe)]
        free = actors * _AHEAD
        pending: dict[Any, tuple[int, Any]] = {}
        # What is given moves to the end. Once all is given, free workers get again what has been
        # away longest: the worker that has it may be waiting for a machine that is gone.
        left = dict.fromkeys(shards)
        try:
            while left:
                while free:
                    number, actor = next(iter(left)), free.pop()
                    left[number] = left.pop(number)
                    task = actor.grade.remote(shared, workspace.job(number))
                    pending[task] = number, actor
                for task in ray.wait(list(pending))[0]:
                    number, actor = pending.pop(task)
                    free.append(actor)
                    if number in left:
                        workspace.keep(number, _result(ray, task, number))
                        del left[number]
                        yield number
        finally:
            for actor in actors:
                ray.kill(actor)

    def _actors(self, ray: Any) -> list[Any]:
        remote = ray.remote(
            num_cpus=_CPUS,
            max_restarts=-1,
            max_task_retries=_RETRIES,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": dict(ONE_THREAD)},
        )(_Worker)
        workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        return [remote.remote(version("answer-grader")) for _ in range(workers)]


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
    try:
        # Ray prints on standard output that a worker died; reports are printed there.
        with redirect_stdout(sys.stderr):
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


def _result(ray: Any, task: Any, number: int) -> bytes:
    try:
        found = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, GraderError):
            raise error.cause from None
        raise RunError(f"shard {number} cannot be graded: {error.cause}") from error
    except ray.exceptions.RayError as error:
        reason = " ".join(str(error).split())[:300]
        raise RunError(f"no worker could grade shard {number}: {reason}") from error
    assert isinstance(found, bytes)
    return found
