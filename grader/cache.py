"""What was computed once and may be asked for again, in one file that processes share.

Keys are hashes of everything a value depends on, so an entry is never wrong, only no longer asked
for. The file is SQLite in WAL mode: several processes may read and write it at once. A cache that
cannot be read or written is done without: it may cost time, never a result.

Where: ``GRADER_CACHE`` (a folder, or ``off``), else the user's cache folder. How large:
``GRADER_CACHE_MB`` (default 1024); beyond it, what has not been used for longest goes.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path

import msgspec

__all__ = ["Cache", "CacheInfo", "digest"]

FILE = "cache.sqlite"
_MEGABYTES = 1024
_DAY = 86_400
_BUSY = 20.0  # seconds to wait for another process
_BLOCK = 1 << 20
_ASKED = 500  # keys in one question to SQLite
_KEPT = 0.8  # of the bound, after making room
_TABLE = """
CREATE TABLE IF NOT EXISTS entries (
    kind TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, day INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


def digest(*parts: str | bytes) -> bytes:
    """A key of 16 bytes for these parts in this order."""
    whole = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "little") + data)
    return whole.digest()


class CacheInfo(msgspec.Struct, frozen=True):
    """What a cache holds.

    Attributes:
        path: the file.
        bytes: its size on disk.
        limit: the size it is kept below.
        entries: how many, by kind.
    """

    path: str
    bytes: int
    limit: int
    entries: dict[str, int]


class Cache:
    """Values by kind and key.

    Args:
        folder: where the file is kept; made when something is written. None for a cache that
            keeps nothing.
        limit: bytes to stay below.
    """

    def __init__(self, folder: Path | None, limit: int = _MEGABYTES << 20) -> None:
        self._path = None if folder is None else folder / FILE
        self._limit = limit
        self._connection: sqlite3.Connection | None = None
        self._day = int(time.time() // _DAY)

    @classmethod
    def default(cls) -> Cache:
        """That of the environment, or of the user."""
        where = os.environ.get("GRADER_CACHE", "")
        if where.casefold() in {"off", "none", "0"}:
            return cls(None)
        if where:
            folder = Path(where)
        else:
            from platformdirs import user_cache_path

            folder = user_cache_path("answer-grader", appauthor=False)
        size = os.environ.get("GRADER_CACHE_MB", "")
        return cls(folder, (int(size) if size.isdecimal() else _MEGABYTES) << 20)

    @property
    def keeps(self) -> bool:
        """Whether anything is kept, as far as is known by now."""
        return self._path is not None

    def get(self, kind: str, key: bytes) -> bytes | None:
        """The value, or None."""
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that there are, by key."""
        found: dict[bytes, bytes] = {}
        old: list[bytes] = []
        with self._open() as connection:
            if connection is None:
                return found
            for some in _batches(keys):
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT key, value, day FROM entries WHERE kind = ? AND key IN ({marks})",
                    (kind, *some),
                )
                for key, value, day in rows:
                    found[key] = value
                    if day != self._day:
                        old.append(key)
            if old:
                with connection:
                    connection.executemany(
                        "UPDATE entries SET day = ? WHERE kind = ? AND key = ?",
                        ((self._day, kind, key) for key in old),
                    )
        return found

    def put(self, kind: str, key: bytes, value: bytes) -> None:
        """Keep one value."""
        self.put_many(kind, {key: value})

    def put_many(self, kind: str, values: Mapping[bytes, bytes]) -> None:
        """Keep values; what is there already is replaced."""
        if not values:
            return
        with self._open(write=True) as connection:
            if connection is None:
                return
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)",
                    ((kind, key, value, self._day) for key, value in values.items()),
                )
            self._make_room(connection)

    def file_digest(self, *paths: Path) -> str:
        """SHA-256 of files one after the other, anew only if a size or time of change is another.

        Raises:
            OSError: a file cannot be read.
        """
        stats = [(path.resolve(), path.stat()) for path in paths]
        key = digest(*(f"{path} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats))
        known = self.get("file", key)
        if known is not None:
            return known.hex()
        whole = sha256()
        for path in paths:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    whole.update(block)
        self.put("file", key, whole.digest())
        return whole.hexdigest()

    def file(self, name: str) -> Path | None:
        """Where a file may be kept that is too large for an entry; None if nowhere."""
        if self._path is None:
            return None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        return self._path.with_name(name)

    def info(self) -> CacheInfo:
        """What it holds."""
        entries: dict[str, int] = {}
        with self._open() as connection:
            if connection is not None:
                rows = connection.execute("SELECT kind, COUNT(*) FROM entries GROUP BY kind")
                entries = dict(rows.fetchall())
        size = sum(path.stat().st_size for path in self._files() if path.exists())
        return CacheInfo(str(self._path or "off"), size, self._limit, entries)

    def clear(self) -> None:
        """Forget everything.

        Raises:
            OSError: the file cannot be removed.
        """
        self.close()
        for path in self._files():
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _open(self, *, write: bool = False) -> Iterator[sqlite3.Connection | None]:
        """The connection; None, and nothing raised, where there is no cache to be had."""
        if self._path is None or not (write or self._connection or self._path.exists()):
            yield None
            return
        try:
            if self._connection is None:
                self._connection = self._connected(self._path)
            yield self._connection
        except (OSError, sqlite3.OperationalError):
            if self._connection is not None:
                return  # busy for too long, a full disk: this time without
            self._path = None
            yield None
        except sqlite3.DatabaseError:
            connected = self._connection is not None
            with suppress(OSError):  # another file, or a damaged one
                self.clear()
            self._path = None
            if not connected:
                yield None

    def _connected(self, path: Path) -> sqlite3.Connection:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # Losing the last entries with the power costs nothing but computing them again.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(_TABLE)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _make_room(self, connection: sqlite3.Connection) -> None:
        """Below the bound again, if above: what has not been used for longest goes first."""
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        used = (pages - free) * page
        if used <= self._limit:
            return
        sizes = "SELECT day, SUM(LENGTH(value) + LENGTH(key)) FROM entries GROUP BY day"
        days = connection.execute(sizes + " ORDER BY day").fetchall()
        wanted = (1.0 - _KEPT * self._limit / used) * sum(size for _, size in days)
        for day, size in days:
            # Keys are hashes, so their first byte picks a fair share.
            below = min(256, int(256 * wanted / size) + 1)
            with connection:
                connection.execute(
                    "DELETE FROM entries WHERE day = ? AND SUBSTR('0' || HEX(key), 1, 3) < ?",
                    (day, f"{below:03X}"),
                )
            wanted -= size
            if wanted <= 0:
                return

    def _files(self) -> list[Path]:
        if self._path is None:
            return []
        own = [self._path.with_name(self._path.name + end) for end in ("", "-wal", "-shm")]
        return own + sorted(self._path.parent.glob("*.onnx*"))


def _batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    rest = iter(keys)
    while some := list(islice(rest, _ASKED)):
        yield some
