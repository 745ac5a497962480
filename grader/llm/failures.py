"""Why a model server did not answer, and whether to ask again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz
from typing import TYPE_CHECKING, Any

from grader.errors import ModelError

if TYPE_CHECKING:
    import openai

__all__ = [
    "Failure",
    "connection_failure",
    "is_filtered",
    "reply_failure",
    "status_failure",
    "timeout_failure",
]

_LONGEST = 300
_READ, _SHOWN = 2000, 80
_RATE_LIMIT = 429
# Nobody waits longer than this for one answer.
_MOST_PATIENCE = 900.0
_PASSING = frozenset({408, 409, 425, _RATE_LIMIT})
_HINTS = {
    401: "the server wants a key, or another one",
    402: "the account has no money left",
    403: "this is not allowed",
    404: "no such model or address; an address usually ends in /v1",
    405: "no such address; it usually ends in /v1",
    **dict.fromkeys(
        (301, 302, 303, 307, 308), "the server sends questions elsewhere; name that address"
    ),
}
# Of a question, not of the key: some providers answer so to what their filter dislikes.
_OF_ONE_QUESTION = 403


class Failure(ModelError):  # noqa: N818 - says what it is
    """A request that was not answered.

    Attributes:
        passing: asking again may help.
        fatal: no other question would be answered either.
        rate_limit: the server asked for fewer requests.
        wait: seconds it asked to wait, None if it did not say.
        charged: it may have cost tokens nevertheless.
    """

    def __init__(
        self,
        what: str,
        *,
        passing: bool = False,
        fatal: bool = False,
        rate_limit: bool = False,
        wait: float | None = None,
        charged: bool = False,
    ) -> None:
        super().__init__(what)
        self.passing = passing
        self.fatal = fatal
        self.rate_limit = rate_limit
        self.wait = wait
        self.charged = charged


def timeout_failure(seconds: float) -> Failure:
    """The server took too long."""
    return Failure(f"no answer within {seconds:g} s", passing=True, charged=True)


def connection_failure(error: Exception, *, there: bool) -> Failure:
    """The connection could not be made, or broke.

    Args:
        there: whether the server has been reached before; one that never was will not be.
    """
    # The name of the HTTP library's own error, whichever of its versions the client uses.
    refused = type(error.__cause__).__name__ == "ConnectError"
    reason: BaseException = error
    while reason.__cause__ is not None:
        reason = reason.__cause__
    what = _short(str(reason) or type(reason).__name__)
    if refused and not there:
        return Failure(f"is not there: {what}", fatal=True)
    return Failure(f"the connection failed: {what}", passing=True, charged=not refused)


def status_failure(error: openai.APIStatusError, key: str | None) -> Failure:
    """The server answered with an HTTP error."""
    status = error.status_code
    what = _HINTS.get(status, "")
    said = _short(hidden(_message(error), key))
    text = ": ".join(part for part in (f"answered {status}", what, said) if part)
    wait = _seconds(error.response.headers)
    spent = status == _RATE_LIMIT and getattr(error, "code", None) == "insufficient_quota"
    if wait is not None and wait > _MOST_PATIENCE:
        return Failure(f"{text}; it asks to wait {wait:.0f} s, try again then", fatal=True)
    return Failure(
        text,
        passing=not spent and (status in _PASSING or status >= 500),
        fatal=spent or (status in _HINTS and status != _OF_ONE_QUESTION),
        rate_limit=status == _RATE_LIMIT,
        wait=wait,
    )


def reply_failure(content: bytes, kind: str, key: str | None) -> Failure:
    """The server answered with something that is no answer.

    Args:
        kind: its content type.
    """
    start = _short(hidden(content[:_READ].decode("utf-8", "replace"), key), _SHOWN)
    what = f"answers with {kind or 'something'} that is no chat completion: {start!r}"
    return Failure(what, passing=True, charged=True)


def hidden(text: str, key: str | None) -> str:
    """A text of the server without the key that it may have sent back."""
    return text.replace(key, "***") if key else text


def is_filtered(error: openai.APIStatusError) -> bool:
    """Whether a filter of the provider refused the question."""
    return error.status_code == 400 and "content_filter" in {error.code, error.type}


def _message(error: openai.APIStatusError) -> str:
    """What the server says, wherever in the body it says it."""
    body: Any = error.body
    for name in ("error", "message", "detail"):
        if isinstance(body, Mapping) and name in body:
            body = body[name]
    return body if isinstance(body, str) else "" if body is None else str(body)


def _seconds(headers: Mapping[str, str]) -> float | None:
    """How long Retry-After says to wait (RFC 9110, section 10.2.3): seconds, or a date."""
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        date = parsedate_tz(value)
    try:
        return None if date is None else max(0.0, mktime_tz(date) - time.time())
    except (ValueError, OverflowError):  # a year that no clock has
        return None


def _short(text: str, most: int = _LONGEST) -> str:
    """The beginning as one line that steers no terminal."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= most else f"{line[:most]}…"
