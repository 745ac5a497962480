"""Asking a model server that speaks OpenAI's chat protocol, until it answers or cannot.

OpenAI's own client sends the request; it neither retries nor reads the reply here. Waiting is ours
because a rate limit is of all requests together: one that is told to wait holds back the others.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit, urlunsplit

import msgspec

from grader.errors import ModelError
from grader.llm.budget import Budget, Tokens
from grader.llm.failures import (
    Failure,
    connection_failure,
    is_filtered,
    status_failure,
    timeout_failure,
)
from grader.llm.replies import Reply, read_reply

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Client", "Endpoint", "Reply", "Request", "Session"]

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
# Being told to wait is no fault; but not for ever.
_MOST_RATE_LIMITS = 100
# The words of the chat template around each message, which the prompt's bytes do not show.
_TOKENS_A_MESSAGE = 64
DEFAULT_MAX_TOKENS = 1024
_LIMITS = ("max_completion_tokens", "max_tokens")


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
        if self.base_url is not None and not _is_address(self.base_url):
            raise ModelError(
                f"'{self.base_url}' is not an address such as http://localhost:8080/v1",
                field="base_url",
            )


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
            return asyncio.run(all_replies())
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    @asynccontextmanager
    async def session(self, budget: Budget | None = None) -> AsyncIterator[Session]:
        """Connections that requests share."""
        import openai

        try:
            connection = openai.AsyncOpenAI(
                # A local server wants no key, but the client does.
                api_key=self._key or "none",
                base_url=self.endpoint.base_url,
                timeout=self.endpoint.timeout,
                max_retries=0,
            )
        except openai.OpenAIError as error:
            raise ModelError(str(error)) from error
        async with connection:
            yield Session(connection, self.endpoint, self._key, budget or Budget())

    @property
    def address(self) -> str:
        """Where the questions go, without what might be secret in it."""
        import openai

        connection = openai.OpenAI(api_key="none", base_url=self.endpoint.base_url)
        parts = urlsplit(str(connection.base_url))
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))


class Session:
    """Requests to one server that share its connections, its rate limit and a budget."""

    def __init__(
        self, connection: AsyncOpenAI, endpoint: Endpoint, key: str | None, budget: Budget
    ) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._key = key
        self.budget = budget
        self._not_before = 0.0

    async def reply(self, request: Request) -> Reply:
        """What the model says; faults that may pass are waited out.

        Raises:
            ModelError: the server does not answer, or not as it should; ``Failure`` if asking
                another question makes no sense either.
            BudgetSpentError: the next attempt could pass the budget.
        """
        started = time.monotonic()
        attempts = faults = limits = 0
        while True:
            await self._wait()
            attempts += 1
            try:
                reply = await self._attempt(request)
            except Failure as fault:
                limits += fault.rate_limit
                faults += not fault.rate_limit
                given_up = faults > self._endpoint.retries or limits > _MOST_RATE_LIMITS
                if given_up or not fault.passing:
                    raise
                await self._hold_back(fault, attempts)
            else:
                seconds = round(time.monotonic() - started, 3)
                return msgspec.structs.replace(reply, attempts=attempts, seconds=seconds)

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
        params = {"max_tokens": DEFAULT_MAX_TOKENS, **request.params}
        if "max_completion_tokens" in params:
            del params["max_tokens"]
        try:
            # The client's own limit is on silence, this one also on a drip of bytes.
            async with asyncio.timeout(self._endpoint.timeout):
                response = await completions.create(
                    model=self._endpoint.model,
                    messages=cast(Any, request.messages),
                    extra_body=params,
                )
        except (TimeoutError, openai.APITimeoutError) as error:
            raise timeout_failure(self._endpoint.timeout) from error
        except openai.APIStatusError as error:
            if is_filtered(error):
                return Reply("", "refused", "content_filter", Tokens(0, 0))
            raise status_failure(error, self._key) from error
        except openai.APIConnectionError as error:
            raise connection_failure(error) from error
        return read_reply(response.content, response.headers.get("content-type", ""))

    async def _wait(self) -> None:
        """Until the server takes requests again; not all of them at the same moment."""
        while (left := self._not_before - time.monotonic()) > 0:
            await asyncio.sleep(left + random.uniform(0, min(1.0, left)))

    async def _hold_back(self, fault: Failure, attempts: int) -> None:
        """As long as the server says, for all requests; else longer each time, with jitter."""
        if fault.wait is not None:
            self._not_before = max(self._not_before, time.monotonic() + fault.wait)
            return
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(attempts - 1, 10))
        await asyncio.sleep(random.uniform(longest / 2, longest))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
