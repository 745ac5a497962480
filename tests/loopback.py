"""A model server on loopback that answers well, and badly when told to."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

__all__ = ["Handler", "ModelServer", "Trick", "completion", "status"]


class Handler(BaseHTTPRequestHandler):
    """One request; ``state`` is the server's."""

    state: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state = self.state
        with state.lock:
            state.asked.append(body)
            state.headers.append(dict(self.headers))
            state.keys.append(self.headers.get("Authorization", ""))
            state.under_way += 1
            state.most_at_once = max(state.most_at_once, state.under_way)
            trick = state.tricks.popleft() if state.tricks else None
        try:
            (trick or state.well)(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with state.lock:
                state.under_way -= 1

    def do_GET(self) -> None:
        """The list of models."""
        models = [{"id": name, "object": "model"} for name in self.state.models]
        self.send(json.dumps({"object": "list", "data": models}).encode())

    def send(
        self,
        content: bytes,
        code: int = 200,
        kind: str = "application/json",
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Send a response; ``length`` other than the content's is a lie."""
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        """Close the connection at once."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


Trick = Callable[[Handler, dict[str, Any]], None]


def completion(text: str | None, finish_reason: str = "stop", **message: Any) -> bytes:
    """The body of a chat completion."""
    choice = {"message": {"content": text, **message}, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 20, "completion_tokens": 10}
    return json.dumps({"choices": [choice], "usage": usage, "model": "loop-1"}).encode()


def status(code: int, message: str = "", **headers: str) -> Trick:
    """Answers with an HTTP error."""
    body = json.dumps({"error": {"message": message}}).encode()
    return lambda handler, _: handler.send(body, code, **headers)


@dataclass
class ModelServer:
    """Runs while its block does.

    Attributes:
        reply: from the last message to the answer's text.
        tricks: what to do instead with the next requests, in order.
        asked: the bodies of all requests.
        keys: their Authorization headers.
        headers: all of theirs.
        models: that it says it has.
        most_at_once: requests under way at the same time.
    """

    reply: Callable[[str], str] = lambda asked: f"Ответ на вопрос: {asked}"
    tricks: deque[Trick] = field(default_factory=deque)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    models: list[str] = field(default_factory=lambda: ["loop-1"])
    under_way: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def well(self, handler: Handler, body: dict[str, Any]) -> None:
        """Answer as a server should."""
        handler.send(completion(self.reply(body["messages"][-1]["content"])))

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def questions(self) -> list[str]:
        """The last message of every request."""
        return [body["messages"][-1]["content"] for body in self.asked]

    def __enter__(self) -> ModelServer:
        handler = type("Bound", (Handler,), {"state": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
