"""The HTTP encoder against a real server on loopback, well-behaved and otherwise."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from grader import EncoderError, Grader, load_encoder
from grader.bank import Bank
from grader.encoders import Encoder
from grader.encoders.http import HttpEncoder


@dataclass
class Server:
    """What the server was asked, and what it answers before it answers well."""

    encoder: Encoder
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bad: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    shape: Callable[[list[dict[str, Any]]], object] = lambda rows: {"data": rows}

    def answer(self, body: dict[str, Any]) -> bytes:
        vectors = self.encoder.encode(body["input"])
        rows = [{"index": i, "embedding": (3 * v).tolist()} for i, v in enumerate(vectors)]
        return json.dumps(self.shape(rows[::-1])).encode()


@pytest.fixture
def server(hashing: Encoder) -> Iterator[Server]:
    state = Server(hashing)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.asked.append(body)
            state.headers.append(dict(self.headers))
            state.paths.append(self.path)
            code, headers, content = state.bad.pop(0) if state.bad else (200, {}, b"")
            content = content or state.answer(body)
            self.send_response(code)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}"
        yield state
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited between attempts; tests need not."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    monkeypatch.delenv("GRADER_EMBEDDINGS_KEY", raising=False)
    return waited


def refused(url: str) -> str:
    with pytest.raises(EncoderError) as caught:
        HttpEncoder(url)
    assert "\n" not in str(caught.value)
    assert caught.value.field == "encoder"
    return str(caught.value)


def test_unit_vectors_in_the_order_of_the_texts(server: Server, hashing: Encoder) -> None:
    encoder = HttpEncoder(server.url)
    texts = [f"текст номер {n}" for n in range(150)]
    vectors = encoder.encode(texts)
    assert vectors.shape == (150, hashing.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, hashing.encode(texts), atol=1e-6)
    assert encoder.dimension == hashing.dimension
    # In batches, not one by one and not all at once.
    assert 1 < len(server.asked) - 1 < 10
    assert [text for body in server.asked[1:] for text in body["input"]] == texts


def test_no_texts_are_no_request(server: Server) -> None:
    encoder = HttpEncoder(server.url)
    assert encoder.encode([]).shape == (0, encoder.dimension)
    assert len(server.asked) == 1


def test_a_text_without_words_is_a_zero_row(server: Server) -> None:
    vectors = HttpEncoder(server.url).encode(["", "слово"])
    assert not vectors[0].any()
    assert "" not in server.asked[-1]["input"]  # which servers refuse


@pytest.mark.parametrize("tail", ["", "/", "/v1", "/v1/"])
def test_the_address_with_or_without_v1(server: Server, tail: str) -> None:
    HttpEncoder(server.url + tail)
    assert server.paths == ["/v1/embeddings"]


def test_the_model_is_named_after_a_hash(server: Server) -> None:
    encoder = HttpEncoder(f"{server.url}/v1#bge-m3")
    assert server.asked[0]["model"] == "bge-m3"
    assert encoder.name == f"http:{server.url}/v1#bge-m3"
    assert HttpEncoder(server.url).name == f"http:{server.url}"


def test_the_name_loads_the_same_encoder_again(server: Server) -> None:
    first = HttpEncoder(f"{server.url}#m")
    again = load_encoder(first.name)
    assert again is not None
    assert (again.name, again.version, again.dimension) == (
        first.name,
        first.version,
        first.dimension,
    )
    plain = load_encoder(server.url)
    assert plain is not None
    assert plain.name == f"http:{server.url}"


def test_the_version_tells_models_apart(server: Server, hashing: Encoder) -> None:
    first = HttpEncoder(server.url).version
    assert HttpEncoder(server.url).version == first
    server.shape = lambda rows: {"data": [{**r, "embedding": r["embedding"][::-1]} for r in rows]}
    assert HttpEncoder(server.url).version != first


def test_the_key_goes_into_the_header_and_nowhere_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    HttpEncoder(server.url)
    assert "Authorization" not in server.headers[0]
    monkeypatch.setenv("GRADER_EMBEDDINGS_KEY", "secret-1\n")
    encoder = HttpEncoder(server.url)
    assert server.headers[1]["Authorization"] == "Bearer secret-1"
    assert "secret-1" not in repr(vars(encoder))
    server.bad = [(401, {}, b"no")]
    assert "secret-1" not in refused(server.url)


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(server: Server, waits: list[float], code: int) -> None:
    server.bad = [(code, {}, b"later"), (code, {}, b"later")]
    assert HttpEncoder(server.url).dimension
    assert len(server.asked) == 3
    assert waits == sorted(waits)
    assert len(waits) == 2
    assert waits[0] > 0


def test_it_waits_as_long_as_the_server_says(server: Server, waits: list[float]) -> None:
    later = b"later"
    server.bad = [
        (429, {"Retry-After": "7"}, later),
        (429, {"Retry-After": "0"}, later),
        (429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, later),
    ]
    assert HttpEncoder(server.url).dimension
    assert waits[:2] == [7.0, 0.0]
    assert 0 < waits[2] < 10


def test_it_does_not_wait_for_hours(server: Server, waits: list[float]) -> None:
    server.bad = [(429, {"Retry-After": "86400"}, b"later")]
    assert HttpEncoder(server.url).dimension
    assert waits[0] <= 60
    server.bad = [(429, {"Retry-After": "-5"}, b"later")]
    assert HttpEncoder(server.url).dimension
    assert waits[1] == 0


def test_it_gives_up_in_the_end(server: Server) -> None:
    server.bad = [(500, {}, b"broken")] * 20
    assert "500" in refused(server.url)
    assert len(server.asked) < 10


def test_what_will_not_change_is_not_tried_again(server: Server) -> None:
    for code in (400, 401, 404):
        server.asked.clear()
        server.bad = [(code, {}, b"no")]
        assert str(code) in refused(server.url)
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"<html>hello</html>",
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"data": null}',
        b'{"data": 5}',
        b'{"data": []}',
        b'{"data": [{"embedding": [1, 2]}]}',
        b'{"data": [{"index": 0}]}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": 1.5}]}',
        b'{"data": [{"index": 0, "embedding": "AAAA"}]}',
        b'{"data": [{"index": 0, "embedding": [[1], [2]]}]}',
        b'{"data": [{"index": 0, "embedding": [1, null]}]}',
        b'{"data": [{"index": 0, "embedding": [1, NaN]}]}',
        b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [2]}]}',
    ],
)
def test_answers_of_another_shape(server: Server, content: bytes) -> None:
    server.bad = [(200, {}, content or b" ")]
    assert "does not answer as an embeddings server" in refused(server.url)


def test_vectors_of_different_lengths(server: Server) -> None:
    encoder = HttpEncoder(server.url)
    server.shape = lambda rows: {
        "data": [{**row, "embedding": row["embedding"][: 2 + row["index"]]} for row in rows]
    }
    with pytest.raises(EncoderError, match="different lengths"):
        encoder.encode(["один", "два"])
    server.shape = lambda rows: {"data": [{**r, "embedding": r["embedding"][:5]} for r in rows]}
    with pytest.raises(EncoderError, match="different lengths"):
        encoder.encode(["один", "два"])


def test_a_body_that_breaks_off(server: Server) -> None:
    server.bad = [(200, {"Content-Length": "10000"}, b'{"data": ')] * 8
    assert "does not answer" in refused(server.url)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert f"127.0.0.1:{port}" in refused(f"http://127.0.0.1:{port}")


def test_something_else_listens() -> None:
    def greet(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"220 mail.example.org ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening,))
        thread.start()
        assert "does not answer" in refused(f"http://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()


@pytest.mark.parametrize(
    "url", ["localhost:8080", "ftp://host/x", "http://", "http:///v1", "", "http://[::1", "#model"]
)
def test_what_is_no_address(url: str) -> None:
    assert "http://localhost:8080/v1#MODEL" in refused(url)


def test_grades_are_those_of_the_encoder_behind_it(
    server: Server, hashing: Encoder, bundled: Bank
) -> None:
    text = "Случайно обнуляет часть нейронов, и сеть меньше переобучается."
    near = Grader(bundled, encoder=f"http:{server.url}", tier="fast").grade("dropout", text)
    here = Grader(bundled, encoder=hashing, tier="fast").grade("dropout", text)
    assert near.score == pytest.approx(here.score, abs=1e-5)
    assert near.signals == pytest.approx(here.signals, abs=1e-4)
