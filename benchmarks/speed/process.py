"""Running a command in a process of its own: seconds, processor time, memory of all its processes.

Every process gets the same cores and the same numbers of threads.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import click

__all__ = ["GRADER", "PYTHON", "THREADS", "FailedError", "Ran", "ran", "use_cores"]

PYTHON = sys.executable
GRADER = str(Path(PYTHON).with_name("grader"))
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
# All weights are local folders; nothing may ask the network or tell it anything.
_OFFLINE = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
_QUIET = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
_PAUSE = 0.05  # seconds between two looks at the memory
_SHARE = 0.02  # of a core that looking may cost


class FailedError(click.ClickException):
    """The command ended with an error; the message is the last line it said."""


@dataclass(frozen=True)
class Ran:
    """What a command took.

    Attributes:
        seconds: from its start to its end.
        cpu: seconds of processor time of all its processes.
        peak: bytes of memory of all its processes at one time, at most; pages that several share
            are counted once (proportional set size). 0 if it was not watched.
        said: its standard output.
    """

    seconds: float
    cpu: float
    peak: int
    said: str


def use_cores(number: int) -> None:
    """Keeps this process and those it starts on so many cores, with as many threads each."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:number])
    os.environ |= {name: str(number) for name in THREADS} | _OFFLINE | _QUIET


def ran(
    command: Sequence[str],
    *,
    cache: Path,
    watched: bool = True,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Ran:
    """Runs a command to its end.

    Args:
        cache: where the grader keeps what it may need again.
        watched: whether to measure memory, which takes a little of the time measured.
        settings: further variables of its environment.

    Raises:
        FailedError: if its exit status is not 0.
    """
    above = str(Path(__file__).resolve().parents[1])
    before = _children()
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=os.environ | {"GRADER_CACHE": str(cache), "PYTHONPATH": above, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        with _peak(process.pid, watched) as peak:
            said, complained = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)  # a session of its own hears no Ctrl-C
        raise
    seconds = time.perf_counter() - started
    if process.returncode:
        last = (complained.strip().splitlines() or ["no message"])[-1]
        raise FailedError(f"{Path(command[0]).name} {command[1]}: {last[:200]}")
    return Ran(seconds, _children() - before, peak[0], said)


def _children() -> float:
    """Seconds of processor time of the processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _peak(session: int, watched: bool) -> Iterator[list[int]]:
    """In the list's only place, the most memory that the session's processes had at one time."""
    peak = [0]
    over = threading.Event()

    def watch() -> None:
        pause = 0.0
        while not over.wait(pause):
            started = time.perf_counter()
            peak[0] = max(peak[0], _memory(session))
            pause = max(_PAUSE, (time.perf_counter() - started) / _SHARE)

    thread = threading.Thread(target=watch)
    if watched:
        thread.start()
    try:
        yield peak
    finally:
        over.set()
        if watched:
            thread.join()


def _memory(session: int) -> int:
    """Bytes that the processes of a session have in memory, a page that two share half to each."""
    total = 0
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal():
            continue
        try:
            # After the name in brackets: state, parent, group, session.
            if int((process / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                rollup = (process / "smaps_rollup").read_text()
                total += 1024 * int(rollup.partition("\nPss:")[2].split()[0])
        except (OSError, IndexError):
            pass  # it has ended
    return total
