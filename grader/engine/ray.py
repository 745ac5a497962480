"""Shards on a Ray cluster: of one machine, or of many.

The shards travel to the workers and the grades back, so the machines need no common folder; each
needs this package in the same version. What a worker does is idempotent: when it or its machine is
lost, Ray starts another and gives it the shard again.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

from grader.engine.local import ONE_THREAD
from grader.engine.recipe import Recipe
from grader.engine.work import graded
from grader.engine.workspace import Job, Workspace
from grader.errors import RunError

__all__ = ["RayEngine"]

# Half a CPU each: actors that ask for all there are wait for ever without a word.
_CPUS = 0.5
# Shards on their way to a worker, so that it need not wait for the next.
_AHEAD = 2
# A shard that has seen so many workers die is likely to have killed them.
_RETRIES = 5


class RayEngine:
    """Grades shards in an actor pool.

    Args:
        workers: how many actors; None for one a CPU of the cluster.
        address: of a running cluster ("host:6379", "ray://host:10001", "auto"); None starts one on
            this machine and ends it afterwards.

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

        own = not ray.is_initialized()
        if own:
            self._connect(ray)
        try:
            yield from self._graded(ray, recipe, workspace, deque(shards))
        finally:
            if own:
                ray.shutdown()

    def _connect(self, ray: Any) -> None:
        # Usage statistics would leave the machine.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        local: dict[str, Any] = {} if self.address else {"include_dashboard": False}
        try:
            ray.init(
                address=self.address, log_to_driver=False, logging_level=logging.ERROR, **local
            )
        except Exception as error:  # it raises whatever its parts raise
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            where = self.address or "this machine"
            raise RunError(f"no Ray cluster at {where}: {reason}") from error

    def _graded(
        self, ray: Any, recipe: Recipe, workspace: Workspace, waiting: deque[int]
    ) -> Iterator[int]:
        workers = self.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        remote = ray.remote(
            num_cpus=_CPUS,
            max_restarts=-1,
            max_task_retries=_RETRIES,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": dict(ONE_THREAD)},
        )(_Worker)
        shared = ray.put(recipe)
        actors = [remote.remote(shared, version("answer-grader")) for _ in range(workers)]
        pending: dict[Any, tuple[int, Any]] = {}
        free = actors * _AHEAD
        while waiting or pending:
            while waiting and free:
                number, actor = waiting.popleft(), free.pop()
                pending[actor.grade.remote(workspace.job(number))] = number, actor
            for reference in ray.wait(list(pending), num_returns=1)[0]:
                number, actor = pending.pop(reference)
                free.append(actor)
                workspace.keep(number, _result(ray, reference, number))
                yield number


class _Worker:
    """One actor: a grader of its own, made when the first shard comes."""

    def __init__(self, recipe: Recipe, wanted: str) -> None:
        here = version("answer-grader")
        if here != wanted:
            raise RunError(f"a machine of the cluster has answer-grader {here}, not {wanted}")
        self._grader = recipe.grader(threads=1)

    def grade(self, job: Job) -> bytes:
        return graded(self._grader, job)


def _result(ray: Any, reference: Any, number: int) -> bytes:
    try:
        found = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, RunError):
            raise error.cause from None
        raise RunError(f"shard {number} cannot be graded: {error.cause}") from error
    except ray.exceptions.RayError as error:
        reason = " ".join(str(error).split())[:300]
        raise RunError(f"no worker could grade shard {number}: {reason}") from error
    assert isinstance(found, bytes)
    return found
