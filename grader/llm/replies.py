"""What a model server sends back, as an answer."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from grader.llm.budget import Tokens
from grader.llm.failures import Failure

__all__ = ["Reply", "read_reply"]

# What a model that thinks aloud writes before its answer.
_THOUGHT = re.compile(r"\s*<think>(.*?)(?:</think>\s*|\Z)", re.DOTALL)
_REFUSED = frozenset({"content_filter", "refusal", "safety"})
_SHOWN = 80


class Reply(msgspec.Struct, frozen=True):
    """What a model said.

    Attributes:
        text: the answer, without what the model thought aloud; may be empty.
        status: "answered", "truncated" (at the limit of tokens), "refused" or "empty".
        finish_reason: as the server says it.
        tokens: read and written; None if the server does not say.
        model: as the server names it.
        thought: what it thought aloud before, None if it did not.
        attempts: requests it took.
        seconds: from the first request to the answer, waiting included.
    """

    text: str
    status: str
    finish_reason: str | None = None
    tokens: Tokens | None = None
    model: str | None = None
    thought: str | None = None
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
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None
    model: str | None = None


_DECODER = msgspec.json.Decoder(_Completion, strict=False)


def read_reply(content: bytes, kind: str) -> Reply:
    """The reply in the body of an answer to ``/chat/completions``.

    Args:
        kind: its content type, for the message.

    Raises:
        Failure: the body is something else.
    """
    try:
        completion = _DECODER.decode(content)
        choice = completion.choices[0]
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError) as error:
        start = " ".join(content[:_SHOWN].decode("utf-8", "replace").split())
        what = f"answers with {kind or 'something'} that is no chat completion: {start!r}"
        raise Failure(what, passing=True, charged=True) from error
    message = choice.message
    text, thought = _answer(_text(message.content))
    usage = completion.usage
    return Reply(
        text=text or (message.refusal or ""),
        status=_status(text, message.refusal, choice.finish_reason),
        finish_reason=choice.finish_reason,
        tokens=None if usage is None else Tokens(usage.prompt_tokens, usage.completion_tokens),
        model=completion.model,
        thought=thought or message.reasoning_content or None,
    )


def _text(content: str | list[dict[str, Any]] | None) -> str:
    """The text of a message; some servers send it in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content or ""


def _answer(text: str) -> tuple[str, str | None]:
    """The answer, and what was thought aloud before it."""
    found = _THOUGHT.match(text)
    return (
        (text.strip(), None) if found is None else (text[found.end() :].strip(), found[1].strip())
    )


def _status(text: str, refusal: str | None, finish_reason: str | None) -> str:
    if refusal or finish_reason in _REFUSED:
        return "refused"
    if finish_reason == "length":
        return "truncated"
    return "answered" if text else "empty"
