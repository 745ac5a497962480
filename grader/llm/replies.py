"""What a model server sends back, as an answer."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from grader.llm.budget import Tokens
from grader.llm.failures import reply_failure

__all__ = ["Reply", "read_reply"]

# What a model that thinks aloud writes before its answer; some templates open the tag themselves.
_THOUGHT = re.compile(r"\s*(?:<think>)?(?P<whole>.*?)</think>\s*|\s*<think>(?P<cut>.*)", re.DOTALL)
_REFUSED = frozenset({"content_filter", "refusal", "safety"})


class Reply(msgspec.Struct, frozen=True):
    """What a model said.

    Attributes:
        text: the answer, without what the model thought aloud; may be empty.
        status: "answered", "truncated" (at the limit of tokens), "refused" or "empty".
        finish_reason: as the server says it.
        tokens: read and written; None if the server does not say.
        model: as the server names it.
        thought: what it thought aloud before, None if it did not.
        lost: what requests may have cost that broke off, or whose cost the server does not say, at
            the worst; None if there were none.
        attempts: requests it took.
        seconds: from the first request to the answer, waiting included.
    """

    text: str
    status: str
    finish_reason: str | None = None
    tokens: Tokens | None = None
    model: str | None = None
    thought: str | None = None
    lost: Tokens | None = None
    attempts: int = 1
    seconds: float = 0.0


class _Message(msgspec.Struct):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None
    model: str | None = None


_DECODER = msgspec.json.Decoder(_Completion, strict=False)


def read_reply(content: bytes, kind: str, key: str | None = None) -> Reply:
    """The reply in the body of an answer to ``/chat/completions``.

    Args:
        kind: its content type, for the message.
        key: what the message must not show.

    Raises:
        Failure: the body is something else.
    """
    try:
        completion = _DECODER.decode(content)
        choice = completion.choices[0]
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
        raise reply_failure(content, kind, key) from error
    message = choice.message
    text, thought = _answer(_text(message.content))
    return Reply(
        text=text or (message.refusal or ""),
        status=_status(text, message.refusal, choice.finish_reason),
        finish_reason=choice.finish_reason,
        tokens=_tokens(completion.usage),
        model=completion.model,
        thought=thought or message.reasoning_content or None,
    )


def _tokens(usage: _Usage | None) -> Tokens | None:
    """What the server says that it took, if it says both and they can be."""
    if usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    if usage.prompt_tokens < 0 or usage.completion_tokens < 0:
        return None
    return Tokens(usage.prompt_tokens, usage.completion_tokens)


def _text(content: str | list[dict[str, Any]] | None) -> str:
    """The text of a message; some servers send it in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content)
    return content or ""


def _answer(text: str) -> tuple[str, str | None]:
    """The answer, and what was thought aloud before it."""
    found = _THOUGHT.match(text)
    if found is None:
        return text.strip(), None
    thought = found["whole"] if found["cut"] is None else found["cut"]
    return text[found.end() :].strip(), thought.strip()


def _status(text: str, refusal: str | None, finish_reason: str | None) -> str:
    if refusal or finish_reason in _REFUSED:
        return "refused"
    if finish_reason == "length":
        return "truncated"
    return "answered" if text else "empty"
