"""Grading on Ray: one machine or two nodes, whatever dies, the same bytes as here."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from grader import Bank, EncoderError, RunError
from grader.answers import AnswerSource
from grader.bank import samples
from grader.cli import cli
from grader.engine import Recipe, Scoring, runs
from grader.engine import ray as engine_module
from grader.engine.ray import RayEngine
from grader.engine.workspace import Workspace
from grader.report import build_report, write_run

pytestmark = [
    pytest.mark.skipif(
        find_spec("ray") is None, reason="Ray is not installed: pip install 'answer-grader[ray]'"
    ),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc"),
    # Ray leaves sockets and processes to be collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NODE = "GRADER_TEST_NODE"


@pytest.fixture(scope="module", autouse=True)
def secluded() -> Iterator[None]:
    """A token and a folder of our own: no other Ray of this machine is met.

    Ray reads the token when it is imported, so it is imported in functions only.
    """
    folder = tempfile.mkdtemp(prefix="gr", dir="/tmp")  # paths of sockets must be short
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_SHARD", 4)
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.delenv("RAY_ADDRESS", raising=False)
        from ray import cloudpickle

        cloudpickle.register_pickle_by_value(sys.modules[__name__])
        yield
    shutil.rmtree(folder, ignore_errors=True)


def processes(mark: str) -> list[int]:
    """Processes that were started with this in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def kill_all(mark: str) -> None:
    while pids := processes(mark):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


@contextmanager
def node(*arguments: str) -> Iterator[str]:
    """A node of one CPU, in processes of its own; gives the mark they bear."""
    mark = f"{NODE}={secrets.token_hex(8)}"
    name, _, value = mark.partition("=")
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1"]
    process = subprocess.Popen(
        [*command, *arguments],
        env=os.environ | {name: value},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ray runtime started" in line:
                break
        else:
            pytest.fail("".join(said))
        yield mark
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        kill_all(mark)
        process.wait()
        process.stdout.close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    """The address of a cluster of one node."""
    port = free_port()
    with node("--head", f"--port={port}", "--include-dashboard=false"):
        yield f"127.0.0.1:{port}"


@pytest.fixture
def second(head: str) -> Iterator[str]:
    """A second node; gives its mark."""
    with node(f"--address={head}") as mark:
        yield mark


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of parts of two kinds; a copy lies in another part than what it was copied from."""
    import pyarrow as pa
    from pyarrow import parquet

    folder = tmp_path_factory.mktemp("answers")
    lines = samples("ds-interview").read_text(encoding="utf-8").splitlines()[:71]
    rows = [json.loads(line) for line in lines]
    rows.append(rows[0] | {"answer_id": "copied", "respondent": "Someone"})
    names = ("answer_id", "question_id", "answer", "respondent")
    for number, start in enumerate(range(0, 72, 24)):
        own = [{name: row[name] for name in names} for row in rows[start : start + 24]]
        if number == 1:
            parquet.write_table(pa.Table.from_pylist(own), folder / f"{number}.parquet")
        else:
            text = "\n".join(json.dumps(row, ensure_ascii=False) for row in own)
            (folder / f"{number}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return Recipe(Bank.load("ds-interview"), tier="fast")


@pytest.fixture(scope="module")
def graded(recipe: Recipe, answers: Path) -> Callable[..., dict[str, bytes]]:
    """Grades the answers into a folder; gives the files that do not tell the time."""

    def grade(folder: Path, **options: Any) -> dict[str, bytes]:
        source = AnswerSource(answers, known_questions=recipe.bank.questions)
        work = Scoring(recipe, source, folder, kind=options.pop("kind", "jsonl"))
        run = work.run(progress=lambda total, done: nullcontext(), **options)
        write_run(run, build_report(run), folder, lang="en")
        work.finish()
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        del found["manifest.json"]
        return found

    return grade


@pytest.fixture(scope="module")
def whole(
    graded: Callable[..., dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    """The files of a local run."""
    files = graded(tmp_path_factory.mktemp("whole"), workers=1)
    assert {"grades.jsonl", "report.json", "report.html"} <= files.keys()
    assert files["grades.jsonl"].count(b"\n") == 72
    return files


class Disturbed(RayEngine):
    """An engine that something happens to once it has graded so many shards."""

    def __init__(self, disturb: Callable[[Disturbed], None], after: int, **options: Any) -> None:
        super().__init__(**options)
        self.actors: list[Any] = []
        self.left = 0
        self._disturb = disturb
        self._after = after

    def _actor(self, ray: Any) -> Any:
        self.actors.append(super()._actor(ray))
        return self.actors[-1]

    def grade(self, recipe: Recipe, workspace: Workspace, shards: Sequence[int]) -> Iterator[int]:
        for count, number in enumerate(super().grade(recipe, workspace, shards), 1):
            yield number
            if count == self._after:
                self.left = len(shards) - count
                self._disturb(self)


def kill_a_worker(engine: Disturbed) -> None:
    import ray

    pid = ray.get(engine.actors[0].__ray_call__.remote(lambda _: os.getpid()))
    os.kill(pid, signal.SIGKILL)


def test_a_killed_worker_loses_and_doubles_nothing(
    graded: Callable[..., dict[str, bytes]],
    whole: dict[str, bytes],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    engine = Disturbed(kill_a_worker, after=3, workers=2)
    assert graded(tmp_path, engine=engine) == whole
    assert engine.left == 15
    assert capfd.readouterr().out == ""  # reports are printed there


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_two_nodes_give_the_same(
    graded: Callable[..., dict[str, bytes]],
    whole: dict[str, bytes],
    head: str,
    second: str,
    tmp_path: Path,
    kind: str,
) -> None:
    """One is killed, and with it half of the places for workers: those left grade all."""
    nodes: list[set[str]] = []

    def kill_the_second(engine: Disturbed) -> None:
        import ray

        ask = [a.__ray_call__.remote(lambda _: _node_id()) for a in engine.actors]
        nodes.append(set(ray.get(ask)))
        kill_all(second)

    engine = Disturbed(kill_the_second, after=5, workers=4, address=head)
    files = graded(tmp_path / "ray", engine=engine, kind=kind)
    assert engine.left == 13
    assert len(nodes[0]) == 2
    if kind == "jsonl":
        assert files == whole
    else:
        assert sum(name.endswith(".parquet") for name in files) == 18
        assert files == graded(tmp_path / "local", workers=1, kind=kind)


def _node_id() -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())


def test_another_version_is_refused(
    graded: Callable[..., dict[str, bytes]],
    head: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "version", lambda name: "0.0.0")
    with pytest.raises(RunError, match=r"^the machine .* has answer-grader \S+, not 0\.0\.0; inst"):
        graded(tmp_path, engine=RayEngine(address=head))
    assert list((tmp_path / ".unfinished" / "answers").iterdir())  # to go on from


def test_an_error_of_a_worker_is_the_callers(recipe: Recipe, head: str, tmp_path: Path) -> None:
    source = AnswerSource(samples("ds-interview"), known_questions=recipe.bank.questions)
    workspace = Workspace(tmp_path)
    workspace.take_in(source, {}, size=4, started="", check=lambda count, bad: None)
    missing = Recipe(recipe.bank, tier="fast", encoder="http:http://127.0.0.1:1/v1#m")
    with pytest.raises(EncoderError, match=r"127\.0\.0\.1:1/v1"):
        list(RayEngine(address=head).grade(missing, workspace, [0]))


class Deadly(engine_module._Worker):
    """A worker that every shard kills."""

    def grade(self, recipe: Sequence[Any], job: Any) -> bytes:
        os._exit(1)


def test_a_shard_that_kills_its_workers_ends_the_run(
    graded: Callable[..., dict[str, bytes]],
    head: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_module, "_Worker", Deadly)
    with pytest.raises(RunError, match=r"^no worker could grade shard \d+: "):
        graded(tmp_path, engine=RayEngine(workers=1, address=head))


def test_an_address_where_no_cluster_is(answers: Path, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    began = time.monotonic()
    options = ("--tier", "fast", "--out", str(tmp_path), "--engine", "ray", "--address", address)
    result = CliRunner().invoke(cli, ["score", str(answers), *options])
    assert time.monotonic() - began < 30
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(f"grader: no Ray cluster at {address}: ")
    assert result.stderr.count("\n") == 1
