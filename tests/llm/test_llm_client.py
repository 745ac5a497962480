"""Asking a server that behaves well, and one that does not."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import traceback
from email.utils import formatdate
from itertools import pairwise
from typing import Any

import pytest
from loopback import Handler, ModelServer, Trick, completion, status

from grader import ModelError
from grader.llm import Client, Endpoint, Request

ASK = ({"role": "user", "content": "Что такое dropout?"},)


def client(server: ModelServer, *, timeout: float = 5, retries: int = 2, key: str = "") -> Client:
    return Client(Endpoint("loop", server.url, timeout, retries), key=key or None)


def refusal(server: ModelServer, **options: Any) -> str:
    """The message of the error that asking ends in."""
    with pytest.raises(ModelError) as found:
        client(server, **options).ask(ASK)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_a_question_is_answered(server: ModelServer) -> None:
    reply = client(server).ask(ASK, temperature=0.5, top_k=3)
    assert reply.text == "Ответ на вопрос: Что такое dropout?"
    assert (reply.status, reply.finish_reason, reply.model) == ("answered", "stop", "loop-1")
    assert reply.tokens is not None
    assert (reply.tokens.prompt, reply.tokens.completion, reply.attempts) == (20, 10, 1)
    (body,) = server.asked
    assert body == {
        "model": "loop",
        "messages": list(ASK),
        "temperature": 0.5,
        "top_k": 3,
    }


def test_replies_come_in_the_order_of_the_requests_and_not_too_many_at_once(
    server: ModelServer,
) -> None:
    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.05)
        ModelServer.well(server, handler, body)

    server.tricks.extend([slowly] * 12)
    requests = [Request(({"role": "user", "content": str(n)},)) for n in range(12)]
    replies = client(server).ask_all(requests, concurrency=3)
    assert [reply.text.rpartition(" ")[2] for reply in replies] == [str(n) for n in range(12)]
    assert server.most_at_once == 3


@pytest.mark.parametrize(
    ("body", "text", "state"),
    [
        (completion("Да."), "Да.", "answered"),
        (completion("Так как", "length"), "Так как", "truncated"),
        (completion("", "length"), "", "truncated"),
        (completion("  \n"), "", "empty"),
        (completion(None), "", "empty"),
        (completion(None, refusal="Не могу."), "Не могу.", "refused"),
        (completion("", "content_filter"), "", "refused"),
        (completion("<think>Хм\nхм</think>\n\nДа."), "Да.", "answered"),
        (completion("<think>Хм, хм", "length"), "", "truncated"),
        (completion("Тег <think> тут"), "Тег <think> тут", "answered"),
        (completion("Хм\nхм</think>\n\nДа."), "Да.", "answered"),
        (
            b'{"choices":[{"message":{"content":[{"type":"text","text":"\\u042f"}]}}]}',
            "Я",
            "answered",
        ),
    ],
)
def test_what_kind_of_answer_it_is(server: ModelServer, body: bytes, text: str, state: str) -> None:
    server.tricks.append(lambda handler, _: handler.send(body))
    reply = client(server).ask(ASK)
    assert (reply.text, reply.status) == (text, state)


def test_what_is_thought_aloud_is_kept_apart(server: ModelServer) -> None:
    server.tricks.append(lambda handler, _: handler.send(completion("<think> Хм </think>Да.")))
    assert client(server).ask(ASK).thought == "Хм"


def test_a_filter_of_the_provider_is_a_refusal(server: ModelServer) -> None:
    body = json.dumps({"error": {"message": "filtered", "code": "content_filter"}}).encode()
    server.tricks.append(lambda handler, _: handler.send(body, 400))
    assert client(server).ask(ASK).status == "refused"


def half(handler: Handler, _: dict[str, Any]) -> None:
    body = completion("Длинный ответ")
    handler.send(body[: len(body) // 2], length=len(body))
    handler.hang_up()


def half_in_chunks(handler: Handler, _: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'5\r\n{"cho\r\n')
    handler.hang_up()


def drip(handler: Handler, _: dict[str, Any]) -> None:
    """Bytes often enough for no silence, and no end."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.1)


FAULTS: dict[str, tuple[Trick, str]] = {
    "429": (status(429, "slow down"), "answered 429: slow down"),
    "500": (status(500, "oops"), "answered 500: oops"),
    "503": (status(503, "loading"), "answered 503: loading"),
    "hang": (lambda _handler, _body: time.sleep(3), "no answer within 1 s"),
    "drip": (drip, "no answer within 1 s"),
    "half": (half, "the connection failed"),
    "half in chunks": (half_in_chunks, "the connection failed"),
    "disconnect": (lambda handler, _: handler.hang_up(), "the connection failed"),
    "invalid JSON": (
        lambda handler, _: handler.send(b'{"choices": [{"mess'),
        "answers with application/json that is no chat completion: '{\"choices\": [{\"mess'",
    ),
    "other JSON": (lambda handler, _: handler.send(b'{"choices": []}'), "no chat completion"),
    "wrong content type": (
        lambda handler, _: handler.send(b"<html>\n<p>Log in", kind="text/html"),
        "answers with text/html that is no chat completion: '<html> <p>Log in'",
    ),
    "a stream": (
        lambda handler, _: handler.send(b"data: {}\n\ndata: [DONE]", kind="text/event-stream"),
        "answers with text/event-stream that is no chat completion",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_waited_out(server: ModelServer, fault: str) -> None:
    server.tricks.append(FAULTS[fault][0])
    reply = client(server, timeout=1).ask(ASK)
    assert (reply.status, reply.attempts) == ("answered", 2)
    assert len(server.asked) == 2


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - {"429"}))
def test_one_that_stays_is_named_in_a_line(server: ModelServer, fault: str) -> None:
    trick, said = FAULTS[fault]
    server.tricks.extend([trick] * 10)
    assert said in refusal(server, timeout=1, retries=1)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (401, "answered 401: the server wants a key, or another one: bad"),
        (403, "answered 403: this is not allowed: bad"),
        (404, "answered 404: no such model or address; an address usually ends in /v1: bad"),
        (400, "answered 400: bad"),
    ],
)
def test_what_will_not_pass_is_asked_once(server: ModelServer, code: int, said: str) -> None:
    server.tricks.append(status(code, "bad"))
    assert refusal(server) == said
    assert len(server.asked) == 1


def test_an_empty_account_is_no_rate_limit(server: ModelServer) -> None:
    body = json.dumps({"error": {"message": "pay", "code": "insufficient_quota"}}).encode()
    server.tricks.append(lambda handler, _: handler.send(body, 429))
    assert "pay" in refusal(server)
    assert len(server.asked) == 1


def test_the_server_says_how_long_to_wait_and_all_requests_do(server: ModelServer) -> None:
    moments: list[float] = []

    def timed(handler: Handler, body: dict[str, Any]) -> None:
        moments.append(time.monotonic())
        if len(moments) == 1:
            status(429, Retry_After="1.5")(handler, body)
        else:
            ModelServer.well(server, handler, body)

    server.tricks.extend([timed] * 4)
    requests = [Request(({"role": "user", "content": str(n)},)) for n in range(3)]
    client(server).ask_all(requests, concurrency=1)
    first, *later = moments
    assert min(later) - first >= 1.5
    assert all(b - a < 1.5 for a, b in pairwise(later))


def test_waiting_until_a_date(server: ModelServer) -> None:
    later = formatdate(time.time() + 2, usegmt=True)
    server.tricks.append(status(503, Retry_After=later))
    started = time.monotonic()
    client(server).ask(ASK)
    assert time.monotonic() - started > 0.9  # a date is whole seconds


def test_nobody_waits_for_an_hour(server: ModelServer) -> None:
    server.tricks.append(status(429, Retry_After="3600"))
    assert "it asks to wait 3600 s, try again then" in refusal(server)


def test_rate_limits_are_no_faults(server: ModelServer) -> None:
    server.tricks.extend([status(429, Retry_After="0.01")] * 20)
    assert client(server, retries=0).ask(ASK).attempts == 21


@pytest.mark.parametrize("wait", ["0", "-5", "nan", "Mon, 01 Jan 99999 00:00:00 GMT", "soon"])
def test_who_says_to_wait_for_nothing_is_asked_ever_more_seldom(
    server: ModelServer, wait: str
) -> None:
    server.tricks.extend([status(503, Retry_After=wait)] * 2)
    started = time.monotonic()
    assert client(server).ask(ASK).attempts == 3
    assert time.monotonic() - started > 1.4


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(ModelError, match="is not there"):
        Client(Endpoint("loop", f"http://127.0.0.1:{port}/v1")).ask(ASK)
    assert time.monotonic() - started < 5


def test_the_key_is_sent_and_never_told(server: ModelServer) -> None:
    key = "sk-very-secret-1234"
    server.tricks.append(status(401, f"Incorrect API key provided: {key}"))
    said = refusal(server, key=key)
    assert server.keys == [f"Bearer {key}"]
    assert key not in said
    assert "Incorrect API key provided: ***" in said


def test_nor_is_it_told_when_the_server_sends_it_back(server: ModelServer) -> None:
    key = "sk-very-secret-1234"
    server.tricks.append(lambda handler, _: handler.send(f"Bearer {key}".encode()))
    with pytest.raises(ModelError) as found:
        client(server, retries=0, key=key).ask(ASK)
    assert "Bearer ***" in str(found.value)
    server.tricks.append(status(401, f"bad {key}"))
    with pytest.raises(ModelError) as found:
        client(server, key=key).ask(ASK)
    shown = "".join(traceback.format_exception(found.value))
    assert "bad ***" in shown
    assert key not in shown


def test_a_server_does_not_steer_the_terminal(server: ModelServer) -> None:
    server.tricks.append(status(400, "\x1b]0;title\x07\x1b[2Jbad"))
    assert refusal(server) == "answered 400: ]0;title [2Jbad"


def test_an_account_with_openai_is_its_own_business(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-mine")
    client(server).ask(ASK)
    assert not {name for name in server.headers[0] if name.lower().startswith("openai-")}


def test_questions_do_not_follow_a_server_elsewhere(server: ModelServer) -> None:
    server.tricks.append(status(307, Location="http://127.0.0.1:9/v1/chat/completions"))
    assert "the server sends questions elsewhere; name that address" in refusal(server)


def test_the_environment_names_a_server_too(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    there = Client(Endpoint("loop"))
    assert there.address == server.url
    assert there.ask(ASK).status == "answered"


def test_asking_where_a_loop_is_running_as_in_a_notebook(server: ModelServer) -> None:
    async def cell() -> str:
        return client(server).ask(ASK).status

    assert asyncio.run(cell()) == "answered"


@pytest.mark.parametrize(
    "url", ["https://user:pass@example.org/v1", "https://example.org/v1?token=abc", "http://x/#y"]
)
def test_an_address_that_may_hold_a_secret_is_not_repeated(url: str) -> None:
    with pytest.raises(ModelError, match="has no user, password, query or fragment") as found:
        Endpoint("m", url)
    assert "example" not in str(found.value)


@pytest.mark.parametrize("url", ["localhost:8080", "ftp://x/v1", "http://", "", "http://["])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ModelError, match="is not an address such as http://localhost:8080/v1"):
        Endpoint("m", url)
