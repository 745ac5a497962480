"""Processes are killed for real: what is graded after that is graded as if nothing had been."""

from __future__ import annotations

import random
import time
from pathlib import Path

import kills
import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    kills.write_answers(path, 100)
    return path


@pytest.fixture(scope="module")
def seconds(answers: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    work = tmp_path_factory.mktemp("first")
    kills.undisturbed(answers, work / "first")
    return kills.undisturbed(answers, work / "second")


@pytest.fixture(scope="module")
def whole(
    answers: Path, seconds: float, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    work = tmp_path_factory.mktemp("whole")
    kills.undisturbed(answers, work / "run")
    found = kills.kept(work / "run")
    assert {*kills.FILES, "manifest.json"} == set(found)
    assert found["grades.jsonl"].count(b"\n") == 100
    return found


@pytest.mark.parametrize("victim", kills.VICTIMS)
def test_a_run_killed_at_any_moment_ends_with_the_same_bytes(
    answers: Path, seconds: float, whole: dict[str, bytes], tmp_path: Path, victim: str
) -> None:
    chance = random.Random(victim)
    moments = [(victim, chance.uniform(0.3, 1.0) * seconds) for _ in range(4)]
    found = kills.trials(answers, tmp_path, moments, whole)
    assert sum(count for (_, same), count in found.items() if same) == len(moments)
    assert found[victim, True], "nothing was ever hit"


def test_a_run_killed_again_and_again_still_ends(
    answers: Path, seconds: float, whole: dict[str, bytes], tmp_path: Path
) -> None:
    for share in (0.4, 0.6, 0.7):
        process = kills.start(answers, tmp_path / "run")
        time.sleep(share * seconds)
        process.kill()
        process.wait()
    kills.undisturbed(answers, tmp_path / "run")
    assert kills.kept(tmp_path / "run") == whole


def test_workers_end_with_a_killed_command(answers: Path, tmp_path: Path) -> None:
    process = kills.start(answers, tmp_path / "run")
    found: list[int] = []
    while len(found) < 2 and process.poll() is None:
        found = kills.workers(process.pid)
    process.kill()
    process.wait()
    assert len(found) == 2
    until = time.monotonic() + 60
    while (left := [p for p in found if Path(f"/proc/{p}").exists()]) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
