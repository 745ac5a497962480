"""The cache costs time at worst, never a result."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grader.bank import Bank
from grader.cache import FILE, Cache, digest
from grader.cross_encoders import Pair
from grader.cross_encoders.cached import CachedCrossEncoder
from grader.encoders import Encoder
from grader.encoders.cached import CachedEncoder


def test_what_was_put_is_there_for_another_process(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.get("vector", b"a") is None
    cache.put_many("vector", {b"a": b"1", b"b": b"2"})
    cache.put("bank", b"a", b"3")
    script = (
        "import sys, pathlib; from grader.cache import Cache;"
        "print(Cache(pathlib.Path(sys.argv[1])).get_many('vector', [b'a', b'b', b'c']))"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "{b'a': b'1', b'b': b'2'}"
    assert cache.info().entries == {"bank": 1, "vector": 2}


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from grader.cache import Cache, digest;"
        "cache = Cache(pathlib.Path(sys.argv[1]));"
        "[cache.put('vector', digest(sys.argv[2], str(n)), b'x' * 100) for n in range(200)]"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(n)]) for n in range(4)
    ]
    assert [process.wait() for process in started] == [0] * 4
    assert Cache(tmp_path).info().entries == {"vector": 800}


def test_keys_tell_parts_apart() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("a") == digest(b"a")
    assert len(digest("\ud83d")) == 16


def test_it_stays_below_its_bound_and_forgets_the_oldest(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=300_000)
    cache.put_many("vector", {digest("old", str(n)): b"x" * 400 for n in range(300)})
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE entries SET day = day - 9")
    cache.put_many("vector", {digest("new", str(n)): b"x" * 400 for n in range(300)})
    assert cache.info().entries["vector"] < 500
    new = cache.get_many("vector", [digest("new", str(n)) for n in range(300)])
    assert len(new) == 300


@pytest.mark.parametrize(
    "content", [b"no database at all, but long enough" * 50, b"SQLite format 3\0"]
)
def test_a_damaged_file_is_done_without(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    cache = Cache(tmp_path)
    cache.put("vector", b"a", b"1")
    assert cache.get("vector", b"a") is None
    again = Cache(tmp_path)
    again.put("vector", b"a", b"1")
    assert again.get("vector", b"a") == b"1"


def test_a_place_where_nothing_can_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "folder")
    cache.put("vector", b"a", b"1")
    assert cache.get("vector", b"a") is None
    assert cache.info().entries == {}


def test_it_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE", "off")
    cache = Cache.default()
    cache.put("vector", b"a", b"1")
    assert cache.get("vector", b"a") is None
    assert cache.info().path == "off"


def test_a_file_that_changed_has_another_digest(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    path = tmp_path / "file"
    path.write_text("one")
    first = cache.file_digest(path)
    assert cache.file_digest(path) == first
    path.write_text("other")
    assert cache.file_digest(path) != first


class Counting:
    """A model that counts what it is asked."""

    name = "counting"
    version = "1"
    dimension = 3

    def __init__(self) -> None:
        self.asked: list[object] = []

    def judge(self, pairs: list[Pair]) -> np.ndarray:
        self.asked += pairs
        rows = [[len(p.answer), len(p.point), len(p.question), np.nan] for p in pairs]
        return np.asarray(rows, np.float32)

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        return np.asarray([[len(t), t.count("a"), 1] for t in texts], np.float32)


def test_a_model_is_asked_once(tmp_path: Path) -> None:
    model = Counting()
    pairs = [Pair("q", "point", "answer"), Pair("q", "p", "a"), Pair("q", "point", "answer")]
    first = CachedCrossEncoder(model, Cache(tmp_path)).judge(pairs)
    again = CachedCrossEncoder(model, Cache(tmp_path)).judge([*pairs, Pair("new", "p", "a")])
    assert len(model.asked) == 3
    np.testing.assert_array_equal(again[:3], first)
    np.testing.assert_array_equal(first[:, 0], [6, 1, 6])
    assert CachedCrossEncoder(model, Cache(tmp_path)).judge([]).shape == (0, 4)


def test_another_version_of_a_model_is_asked_anew(tmp_path: Path) -> None:
    model = Counting()
    CachedEncoder(model, Cache(tmp_path)).encode(["aa", "b", "aa"])
    assert model.asked == ["b", "aa"]
    model.version = "2"
    CachedEncoder(model, Cache(tmp_path)).encode(["aa"])
    assert model.asked == ["b", "aa", "aa"]


def test_cached_vectors_are_the_encoders(tmp_path: Path, encoder: Encoder) -> None:
    texts = ["Градиент затухает", "", "the loss", "Градиент затухает"]
    cached = CachedEncoder(encoder, Cache(tmp_path))
    cached.encode(texts[:2])
    np.testing.assert_array_equal(cached.encode(texts), encoder.encode(texts))


def test_a_bank_from_the_cache_is_the_bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "bank"
    folder.mkdir()
    question = "id: a\n    question: Что это?\n    topics: [t]\n    references: ['{}']\n"
    (folder / "bank.yaml").write_text("name: small\n", encoding="utf-8")
    one = folder / "one.yaml"
    one.write_text("questions:\n  - " + question.format("Это."), encoding="utf-8")
    first = Bank.load(folder)
    assert Cache.default().info().entries["bank"] == 1
    assert Bank.load(folder) == first
    one.write_text("questions:\n  - " + question.format("То."), encoding="utf-8")
    changed = Bank.load(folder)
    assert changed.questions["a"].references == ("То.",)
    assert Bank.load("ds-interview") == Bank.load("ds-interview")
