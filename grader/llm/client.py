"""Asking a model server that speaks OpenAI's chat protocol, until it answers or cannot.

OpenAI's own client sends the request; it neither retries nor reads the reply here. Waiting is ours
because a rate limit is of all requests together: one that is told to wait holds back the others.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import msgspec

from grader.errors import ModelError
from grader.llm.budget import Budget, Tokens, total
from grader.llm.failures import (
    Failure,
    connection_failure,
    is_filtered,
    status_failure,
    timeout_failure,
)
from grader.llm.key import OPENAI, OPENAI_ADDRESS
from grader.llm.replies import Reply, read_reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Client", "Endpoint", "Reply", "Request", "Session", "StoppedError", "run_async"]

T = TypeVar("T")
Notice = Callable[[str, float], None]

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
# Being told to wait is no fault; but not for ever.
_MOST_RATE_LIMITS = 100
# The words of the chat template around each message, which the prompt's bytes do not show.
_TOKENS_A_MESSAGE = 64
DEFAULT_MAX_TOKENS = 1024
_LIMITS = ("max_completion_tokens", "max_tokens")
RESERVED = frozenset(["model", "messages", "stream", "n"])
"""Fields of a request that are not the user's to set."""


class StoppedError(Exception):
    """Nothing more is asked for."""


class Endpoint(msgspec.Struct, frozen=True):
    """Where a model is.

    Attributes:
        model: its name, as the server knows it.
        base_url: such as "http://localhost:8080/v1"; None for what the environment variable
            ``OPENAI_BASE_URL`` says, else OpenAI.
        timeout: seconds that one request may take.
        retries: how often a request is repeated after a fault that may pass.
    """

    model: str
    base_url: str | None = None
    timeout: float = 120.0
    retries: int = 6

    def __post_init__(self) -> None:
        if self.base_url is None:
            return
        if any(mark in self.base_url for mark in "@?#"):
            what = "an address has no user, password, query or fragment; a key goes elsewhere"
            raise ModelError(what, field="base_url")
        if not _is_address(self.base_url):
            what = f"'{self.base_url}' is not an address such as http://localhost:8080/v1"
            raise ModelError(what, field="base_url")


class Request(msgspec.Struct, frozen=True):
    """What is asked.

    Attributes:
        messages: with "role" and "content".
        params: further fields of the request, such as "temperature".
    """

    messages: tuple[Mapping[str, str], ...]
    params: Mapping[str, Any] = {}

    def worst(self) -> Tokens:
        """The most tokens it can take: a token is at least a byte of the text."""
        size = sum(len(m["content"].encode()) + _TOKENS_A_MESSAGE for m in self.messages)
        written = next((self.params[name] for name in _LIMITS if name in self.params), None)
        return Tokens(size + _TOKENS_A_MESSAGE, written or DEFAULT_MAX_TOKENS)


class Client:
    """Asks one model.

    Args:
        endpoint: where it is.
        key: the server's key, if it wants one; it is sent to the server and goes nowhere else.

    Raises:
        ModelError: the package ``openai`` is not installed.
    """

    def __init__(self, endpoint: Endpoint, *, key: str | None = None) -> None:
        try:
            import openai
        except ImportError as error:
            what = "asking a model needs the package openai: pip install 'answer-grader[llm]'"
            raise ModelError(what) from error
        self.endpoint = endpoint
        self._key = key
        self._openai = openai

    def ask(self, messages: Sequence[Mapping[str, str]], **params: Any) -> Reply:
        """What the model says.

        Raises:
            ModelError: the server does not answer, or not as it should.
        """
        return self.ask_all([Request(tuple(messages), params)], concurrency=1)[0]

    def ask_all(self, requests: Iterable[Request], *, concurrency: int) -> list[Reply]:
        """What the model says to each, in order.

        Raises:
            ModelError: as :meth:`ask`, for the first that fails.
        """

        async def all_replies() -> list[Reply]:
            free = asyncio.Semaphore(concurrency)

            async def one(request: Request) -> Reply:
                async with free:
                    return await session.reply(request)

            async with self.session() as session, asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(request)) for request in requests]
            return [task.result() for task in tasks]

        try:
            return run_async(all_replies())
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    @asynccontextmanager
    async def session(
        self, budget: Budget | None = None, *, notice: Notice | None = None
    ) -> AsyncIterator[Session]:
        """Connections that requests share.

        Args:
            notice: told why a request will be repeated, and in how many seconds.
        """
        import openai

        headers: dict[str, Any] = {}
        if urlsplit(self.address).hostname != OPENAI:
            # The environment may name an account with OpenAI, which is no other server's business.
            names = ("OpenAI-Organization", "OpenAI-Project")
            headers = {name: openai.Omit() for name in names}
        try:
            connection = openai.AsyncOpenAI(
                # A local server wants no key, but the client does.
                api_key=self._key or "none",
                base_url=self.endpoint.base_url,
                timeout=self.endpoint.timeout,
                max_retries=0,
                default_headers=headers,
                # Questions go where the user says, not where a server says.
                http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
            )
        except (openai.OpenAIError, OSError, ImportError, ValueError) as error:
            raise ModelError(f"no connection can be made: {error}") from error
        async with connection:
            yield Session(connection, self.endpoint, self._key, budget or Budget(), notice)

    @property
    def address(self) -> str:
        """Where the questions go, without what might be secret in it."""
        named = self.endpoint.base_url or os.environ.get(OPENAI_ADDRESS)
        parts = urlsplit(named or f"https://{OPENAI}/v1")
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


class Session:
    """Requests to one server that share its connections, its rate limit and a budget."""

    def __init__(
        self,
        connection: AsyncOpenAI,
        endpoint: Endpoint,
        key: str | None,
        budget: Budget,
        notice: Notice | None,
    ) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._key = key
        self.budget = budget
        self._notice = notice
        self._not_before = 0.0
        self._there = False
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Ask for nothing more; what is under way may still come."""
        self._stopped.set()

    async def reply(self, request: Request) -> Reply:
        """What the model says; faults that may pass are waited out.

        Raises:
            ModelError: the server does not answer, or not as it should; ``Failure`` if asking
                another question makes no sense either.
            BudgetSpentError: the next attempt could pass the budget.
            StoppedError: the session was stopped before the next attempt.
        """
        started = time.monotonic()
        attempts = faults = limits = 0
        lost: list[Tokens] = []
        while True:
            await self._wait()
            attempts += 1
            try:
                reply = await self._attempt(request)
            except Failure as fault:
                lost += [request.worst()] if fault.charged else []
                limits += fault.rate_limit
                faults += not fault.rate_limit
                given_up = faults > self._endpoint.retries or limits > _MOST_RATE_LIMITS
                if given_up or not fault.passing:
                    raise
                await self._hold_back(fault, attempts)
            else:
                lost += [request.worst()] if reply.tokens is None else []
                return msgspec.structs.replace(
                    reply,
                    lost=total(*lost) if lost else None,
                    attempts=attempts,
                    seconds=round(time.monotonic() - started, 3),
                )

    async def _attempt(self, request: Request) -> Reply:
        async with self.budget.attempt(request.worst()) as attempt:
            try:
                reply = await self._send(request)
            except Failure as fault:
                if not fault.charged:
                    attempt.free()
                raise
            if reply.tokens is not None:
                attempt.charge(reply.tokens)
            return reply

    async def _send(self, request: Request) -> Reply:
        import openai

        completions = self._connection.chat.completions.with_raw_response
        try:
            # The client's own limit is on silence, this one also on a drip of bytes.
            async with asyncio.timeout(self._endpoint.timeout):
                response = await completions.create(
                    model=self._endpoint.model,
                    messages=cast(Any, request.messages),
                    extra_body=dict(request.params),
                )
        except (TimeoutError, openai.APITimeoutError) as error:
            raise timeout_failure(self._endpoint.timeout) from error
        except openai.APIStatusError as error:
            if is_filtered(error):
                return Reply("", "refused", "content_filter", Tokens(0, 0))
            self._there = True
            # Not "from error", which may hold the key.
            raise status_failure(error, self._key) from None
        except openai.APIConnectionError as error:
            raise connection_failure(error, there=self._there) from error
        self._there = True
        kind = response.headers.get("content-type", "")
        return read_reply(response.content, kind, self._key)

    async def _wait(self) -> None:
        """Until the server takes requests again; not all of them at the same moment."""
        while not self._stopped.is_set() and (left := self._not_before - time.monotonic()) > 0:
            await self._sleep(left + random.uniform(0, min(1.0, left)))
        if self._stopped.is_set():
            raise StoppedError

    async def _hold_back(self, fault: Failure, attempts: int) -> None:
        """As long as the server says, for all requests; else longer each time, with jitter."""
        if fault.wait:
            self._not_before = max(self._not_before, time.monotonic() + fault.wait)
            self._tell(fault, fault.wait)
            return
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts - 1, 10))
        seconds = random.uniform(longest / 2, longest)
        self._tell(fault, seconds)
        await self._sleep(seconds)

    def _tell(self, fault: Failure, seconds: float) -> None:
        if self._notice is not None:
            self._notice(fault.what, seconds)

    async def _sleep(self, seconds: float) -> None:
        """Wait so long, or until the session is stopped."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns; in a thread of its own where a loop is running, as in notebooks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
