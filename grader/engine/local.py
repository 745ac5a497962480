"""Shards on the cores of this machine."""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import active_children, connection, get_context, parent_process
from threading import Thread

from grader.engine.grader import Grader
from grader.engine.recipe import Recipe
from grader.engine.work import MOST_DEATHS, ONE_THREAD, grade_shard
from grader.engine.workspace import Workspace
from grader.errors import RunError

__all__ = ["LocalEngine"]


class LocalEngine:
    """Grades shards in worker processes; one that dies is replaced and its shard graded again.

    Workers read shards and keep grades themselves: only numbers pass between processes. (What is
    larger than a pipe's buffer blocks its writer for ever when the reader is killed.)

    Args:
        workers: how many processes.
        prepare: whether to learn beforehand what the whole bank tells, for the cache.
    """

    def __init__(self, workers: int, *, prepare: bool = False) -> None:
        self.workers = workers
        self._prepare = prepare

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        """See :class:`grader.engine.work.Engine`."""
        workspace.put_recipe(recipe)
        if self._prepare:
            # By a process that ends then: what learning needs is more than what grading does.
            with _pool(1, workspace) as pool, suppress(BrokenProcessPool):
                pool.submit(_prepare).result()
        waiting = deque(shards)
        deaths: Counter[int] = Counter()
        while waiting:
            pending: dict[Future[None], int] = {}
            with _pool(self.workers, workspace) as pool, suppress(BrokenProcessPool):
                yield from self._graded(pool, waiting, pending)
            for number in pending.values():
                deaths[number] += 1
                if deaths[number] == MOST_DEATHS:
                    what = f"worker processes die of shard {number}; is there memory enough?"
                    raise RunError(what)
            waiting.extendleft(pending.values())

    def _graded(
        self, pool: ProcessPoolExecutor, waiting: deque[int], pending: dict[Future[None], int]
    ) -> Iterator[int]:
        """Grade what waits; what is on its way stands in ``pending``."""
        while waiting or pending:
            # One more than there are workers, so that none of them waits.
            while waiting and len(pending) <= self.workers:
                future = pool.submit(_work, waiting[0])
                pending[future] = waiting.popleft()
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                future.result()
                yield pending.pop(future)


@contextmanager
def _pool(workers: int, workspace: Workspace) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with this one, however it ends."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    others = set(active_children())
    os.environ.update(ONE_THREAD)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (workspace,))
    try:
        yield pool
    except BaseException:
        for process in set(active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_workspaces: list[Workspace] = []


def _start(workspace: Workspace) -> None:
    """What a worker does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process decides
    parent = parent_process()
    assert parent is not None, "a worker has a parent"
    Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    _workspaces.append(workspace)


def _end_with(sentinel: int) -> None:
    """A killed parent closes no queues: without this its workers would wait for ever."""
    connection.wait([sentinel])
    os._exit(1)


@cache
def _grader() -> Grader:
    return _workspaces[0].recipe().grader(threads=1)


def _prepare() -> None:
    _grader().prepare()


def _work(number: int) -> None:
    grade_shard(_grader(), _workspaces[0], number)
