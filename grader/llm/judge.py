"""A language model as a judge: is this key point in this answer? One point at a time.

A further signal (:mod:`grader.signals.registry`) that is off unless asked for. What is sent is
fixed: prompts in ``prompts/judge.*.txt``, temperature 0, a seed. The answer is fenced by lines that
nobody can write into it, since they hold its own hash, and is stripped of what models take for
control characters. What comes back must be of the given shape and quote the answer to the letter.
Judgements are cached. docs/signals.md says what it costs and what it is worth.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import msgspec

from grader.cache import Cache, digest
from grader.errors import ModelError
from grader.llm.client import Client, Endpoint, Reply, Request, Session, run_async
from grader.llm.failures import Failure
from grader.llm.key import read_key
from grader.model import KeyPoint, Match, Span
from grader.signals import Measured, PointMeasured, PreparedQuestion
from grader.text import Text

__all__ = ["Judge"]

_KEY = "GRADER_JUDGE_KEY"
_OPTIONS = re.compile(r"(?P<model>.+?)@(?P<url>https?://.+)")
_PROMPTS = Path(__file__).parent / "prompts"
_KIND = "judgement"
_CONCURRENCY = 8
# So many questions rejected and none taken: it is not the answers.
_MOST_REJECTED = 64
# In characters; a longer answer is none, and would cost without end.
_LONGEST = 20_000
_PARAMS = {"temperature": 0, "seed": 1, "max_tokens": 512}
# Less than this is found in any answer. In letters and digits.
_SHORTEST_QUOTE = 3
_VALUES = {"covered": 1.0, "partly": 0.5, "absent": 0.0, "contradicted": 0.0}
_SHAPE = {
    "type": "json_schema",
    "json_schema": {
        "name": "judgement",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {
                "quote": {"type": "string"},
                "verdict": {"type": "string", "enum": list(_VALUES)},
            },
            "required": ["quote", "verdict"],
            "additionalProperties": False,
        },
    },
}
# Lines that look like our own, and what chat templates mark turns and roles with.
_CONTROL = re.compile(
    r"<<[0-9a-f]{16}>>|<[|｜][^<>\n]{0,60}[|｜]>|</?(?:s|bos|eos|pad|unk|think)>|<<?/?SYS>>?"
    r"|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]"
    r"|</?(?:start|end)_of_turn>",
    re.IGNORECASE,
)


class _Judgement(msgspec.Struct, frozen=True):
    """What the model says of one point."""

    verdict: Literal["covered", "partly", "absent", "contradicted"]
    quote: str = ""


class _Asked(NamedTuple):
    """One point of one answer.

    Attributes:
        again: what is added to the question where the first reply was no judgement.
    """

    answer: int
    point: str
    system: str
    user: str
    again: str


class Judge:
    """Asks a model behind a server that speaks OpenAI's protocol.

    covered is 1, partly 0.5, absent and contradicted 0. A verdict other than absent that quotes
    nothing of the answer counts as None, and so does what is no verdict the second time either. An
    answer without a word covers nothing; nobody is asked about it.

    Args:
        options: ``MODEL@BASE_URL``, such as ``qwen3@http://localhost:8080/v1``. The server's key is
            read from ``GRADER_JUDGE_KEY``, for OpenAI else ``OPENAI_API_KEY``, and never stored.
        cache: where judgements are kept; by default the user's.

    Raises:
        ModelError: the options name no model and address, or hold a secret.
    """

    def __init__(self, options: str | None, *, cache: Cache | None = None) -> None:
        found = _OPTIONS.fullmatch(options or "")
        if found is None:
            what = "the judge needs MODEL@BASE_URL, such as qwen3@http://localhost:8080/v1"
            raise ModelError(what, field="signal")
        model, url = found.groups()
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.query:
            what = f"the judge's address may hold no key; set {_KEY} in the environment"
            raise ModelError(what, field="signal")
        self._endpoint = Endpoint(model, url.rstrip("/"))
        self.name = f"judge:{model}"
        prompts = [path.read_bytes() for path in sorted(_PROMPTS.glob("judge.*.txt"))]
        fixed = msgspec.json.encode([_PARAMS, _SHAPE, _LONGEST], order="deterministic")
        self.version = digest(self._endpoint.base_url or "", fixed, *prompts).hex()[:12]
        self._cache = cache or Cache.default()
        self._structured = True
        self._accepted = False
        self._spent: Counter[str] = Counter()

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        """One :class:`Measured` for each answer, in order.

        Raises:
            ModelError: the server does not answer, or rejects what it is asked.
        """
        asked = [
            _prompt(question, point.point, number, answer.source)
            for number, answer in enumerate(answers)
            for point in question.points
            if answer.tokens and len(answer.source) <= _LONGEST
        ]
        rows = [self._unasked(question, answer) for answer in answers]
        for one, judgement in zip(asked, self._judgements(asked), strict=True):
            rows[one.answer][one.point] = self._measured(judgement, answers[one.answer].source)
        return [Measured(points=points) for points in rows]

    def spent(self) -> dict[str, int]:
        """What was used since this was last asked.

        Returns:
            "requests", "prompt_tokens" and "completion_tokens" as the server counts them, "cached"
            (points found in the cache), "unjudged" (no valid verdict) and "unquoted" (a verdict
            without a quote of the answer); empty if there was nothing to judge.
        """
        spent, self._spent = self._spent, Counter()
        names = ("requests", "cached", "prompt_tokens", "completion_tokens", "unjudged", "unquoted")
        return {name: spent[name] for name in names} if any(spent.values()) else {}

    def _unasked(self, question: PreparedQuestion, answer: Text) -> dict[str, PointMeasured]:
        """What is known without asking."""
        if not answer.tokens:
            return {point.id: PointMeasured(0.0) for point in question.points}
        if len(answer.source) > _LONGEST:
            self._spent["unjudged"] += len(question.points)
        return {}

    def _measured(self, judgement: _Judgement | None, answer: str) -> PointMeasured:
        if judgement is None:
            self._spent["unjudged"] += 1
            return PointMeasured(None)
        value = _VALUES[judgement.verdict]
        if judgement.verdict == "absent":
            return PointMeasured(value)
        quote = judgement.quote.strip()
        start = answer.find(quote)
        if start < 0 or sum(map(str.isalnum, quote)) < _SHORTEST_QUOTE:
            self._spent["unquoted"] += 1
            return PointMeasured(None)
        match = Match(Span(start, start + len(quote)), self._endpoint.model, "quote")
        return PointMeasured(value, matches=(match,))

    def _judgements(self, asked: Sequence[_Asked]) -> list[_Judgement | None]:
        """What the model says to each, from the cache if it said so before."""
        keys = [digest(self.version, self._endpoint.model, o.system, o.user) for o in asked]
        known: dict[bytes, _Judgement | None] = {
            key: msgspec.json.decode(value, type=_Judgement)
            for key, value in self._cache.get_many(_KIND, keys).items()
        }
        self._spent["cached"] += sum(key in known for key in keys)
        new = {key: one for key, one in zip(keys, asked, strict=True) if key not in known}
        self._accepted |= bool(known)
        if new:
            known |= run_async(self._ask(new))
        return [known[key] for key in keys]

    async def _ask(self, asked: dict[bytes, _Asked]) -> dict[bytes, _Judgement | None]:
        named = _KEY if _KEY in os.environ else None
        key = read_key(named, base_url=self._endpoint.base_url)
        client = Client(self._endpoint, key=key)
        free = asyncio.Semaphore(_CONCURRENCY)
        found: dict[bytes, _Judgement | None] = dict.fromkeys(asked)
        rejected: list[Failure] = []

        async def one(key: bytes, prompt: _Asked) -> None:
            async with free:
                try:
                    judgement = await self._judge(session, prompt)
                except Failure as failure:
                    if failure.passing or failure.fatal:
                        raise
                    rejected.append(failure)
                    if len(rejected) >= _MOST_REJECTED and not self._accepted:
                        raise
                    return
            # What was paid for is kept, whatever becomes of the rest; a failure is tried again.
            if judgement is not None:
                self._cache.put(_KIND, key, msgspec.json.encode(judgement))
            found[key] = judgement

        # The shortest first: if that is rejected, the reason is hardly its length.
        first, *others = sorted(asked.items(), key=lambda item: len(item[1].user))
        try:
            async with client.session() as session:
                # Whether it knows of schemas is found out once, not by all at a time.
                await one(*first)
                async with asyncio.TaskGroup() as group:
                    for each in others:
                        group.create_task(one(*each))
            if rejected and not self._accepted:
                raise rejected[0]
        except ExceptionGroup as group:
            raise self._named(group.exceptions[0]) from group
        except ModelError as error:
            raise self._named(error) from error
        return found

    def _named(self, error: Exception) -> Exception:
        """A server's failure with the name of the judge and its address."""
        if not isinstance(error, ModelError):
            return error
        return ModelError(f"{self.name} at {self._endpoint.base_url}: {error.what}")

    async def _judge(self, session: Session, prompt: _Asked) -> _Judgement | None:
        """The judgement; None if neither the first nor the second reply is one.

        Raises:
            ModelError: as :meth:`_reply`.
        """
        for user in (prompt.user, f"{prompt.user}\n{prompt.again}"):
            reply = await self._reply(session, prompt.system, user)
            if reply.status == "refused":
                return None
            if (judgement := _read(reply.text)) is not None:
                return judgement
        return None

    async def _reply(self, session: Session, system: str, user: str) -> Reply:
        """What the model replies. A server that rejects the schema is asked without from then on.

        Raises:
            ModelError: the server does not answer, or rejects the question, as for its length.
        """
        messages = ({"role": "system", "content": system}, {"role": "user", "content": user})
        if not self._structured:
            return await self._sent(session, Request(messages, _PARAMS))
        try:
            shaped = {**_PARAMS, "response_format": _SHAPE}
            return await self._sent(session, Request(messages, shaped))
        except Failure as failure:
            if failure.passing or failure.fatal:
                raise
        reply = await self._sent(session, Request(messages, _PARAMS))
        self._structured = False
        return reply

    async def _sent(self, session: Session, request: Request) -> Reply:
        """The reply to one request, and what it cost."""
        try:
            reply = await session.reply(request)
        except Failure:
            self._spent["requests"] += 1
            raise
        self._accepted = True
        self._spent["requests"] += reply.attempts
        if reply.tokens is not None:
            self._spent["prompt_tokens"] += reply.tokens.prompt
            self._spent["completion_tokens"] += reply.tokens.completion
        return reply


def _prompt(question: PreparedQuestion, point: KeyPoint, number: int, answer: str) -> _Asked:
    """What is asked about one point of one answer, in the language of the question."""
    own = question.question
    system, user, again = _parts("ru" if own.language == "ru" else "en")
    fence = f"<<{digest(answer).hex()[:16]}>>"
    neutral = _CONTROL.sub(" ", answer)
    filled = {"fence": fence, "question": own.text, "point": point.text, "answer": neutral}
    return _Asked(number, point.id, system, user.substitute(filled), again)


@lru_cache
def _parts(language: str) -> tuple[str, Template, str]:
    """What the system says, what is asked, and what is added the second time."""
    text = (_PROMPTS / f"judge.{language}.txt").read_text("utf-8")
    system, user, again = (part.strip() for part in text.split("\n---\n"))
    return system, Template(user), again


def _read(text: str) -> _Judgement | None:
    """The judgement in a reply, with or without words around it."""
    inside = text[text.find("{") : text.rfind("}") + 1]
    try:
        return msgspec.json.decode(inside, type=_Judgement)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
