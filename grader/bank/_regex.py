"""Regular expressions that a rubric may hold: linear in time, and aware of all scripts.

RE2 cannot explode, but its ``\\w`` knows ASCII only; here ``\\w`` and ``\\W`` mean letters of any
script, digits and the underscore.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

__all__ = ["compile_regex"]

_WORD = r"\p{L}\p{M}\p{N}_"
# What RE2 may use for one pattern, a quarter of its default: the time of a search grows with the
# size of the program as well as with the text.
_MAX_MEMORY = 2**21
_MAX_LENGTH = 1000
_REPEATED_GROUP = re.compile(r"\)[*+{]")


def compile_regex(pattern: str) -> Any:
    """The compiled RE2 expression: case is ignored, ``\\w`` knows letters of every script.

    Returns:
        an object with the methods of :class:`re.Pattern`.

    Raises:
        ValueError: in one line, when RE2 refuses the pattern (backreferences, lookaround, too
            large), when it matches the empty text or repeats a repetition, or has ``\\b`` beside
            a letter for which RE2 has no word boundary.
    """
    import re2

    if len(pattern) > _MAX_LENGTH:
        raise ValueError(f"a regular expression of over {_MAX_LENGTH} characters")
    translated = _any_script(pattern)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    try:
        compiled = re2.compile(translated, options)
    except re2.error as problem:
        reason = problem.args[0] if problem.args else problem
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"RE2 refuses the regular expression: {text}{_remedy(text)}") from None
    if compiled.search("") is not None:
        raise ValueError("the regular expression matches the empty text, so it always matches")
    if inner := _repeated_repeat(pattern):
        raise ValueError(f"the regular expression repeats a repetition; write {inner}")
    return compiled


def _remedy(reason: str) -> str:
    if "perl operator" in reason:
        return " (no lookaround: it has no linear-time match)"
    if "invalid escape sequence" in reason and reason[-1:].isdigit():
        return " (no backreferences: they have no linear-time match)"
    if "too large" in reason or "repetition size" in reason:
        return " (too large)"
    return ""


def _any_script(pattern: str) -> str:
    """The pattern with ``\\w`` and ``\\W`` widened to all scripts."""
    out: list[str] = []
    in_class = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            _check_boundary(pattern, at)
            out.append(_escape(pattern[at : at + 2], in_class))
            at += 2
            continue
        if in_class:
            # A ] that comes first, or first after ^, stands for itself.
            in_class = char != "]" or pattern[:at].endswith(("[", "[^"))
        elif char == "[":
            in_class = True
        out.append(char)
        at += 1
    return "".join(out)


def _escape(pair: str, in_class: bool) -> str:
    if pair == r"\w":
        return _WORD if in_class else f"[{_WORD}]"
    if pair == r"\W":
        if in_class:
            raise ValueError(r"\W inside [...] is not supported; list the characters instead")
        return f"[^{_WORD}]"
    return pair


def _check_boundary(pattern: str, at: int) -> None:
    """Refuse a word boundary where RE2, which asks for an ASCII letter, can never find one."""
    pair = pattern[at : at + 2]
    before, after = pattern[at - 1 : at], pattern[at + 2 : at + 3]
    if pair in (r"\b", r"\B") and any(
        char.isalpha() and not char.isascii() for char in (before, after)
    ):
        raise ValueError(
            rf"{pair} knows ASCII letters only and never holds beside {before or after!r}; "
            r"write (^|\W) or (\W|$), or use a keyword phrase"
        )


def _repeated_repeat(pattern: str) -> str | None:
    """What to write instead of a group that is one unbounded repeat and itself so repeated."""
    if not _REPEATED_GROUP.search(pattern):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
        except (re.error, RecursionError, OverflowError):
            # RE2 knows syntax that Python does not; such a pattern goes unchecked.
            return None
    return "x+ or x* once, not (x+)+" if _any_nested(parsed) else None


def _any_nested(parsed: Any) -> bool:
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, re._parser.SubPattern):  # type: ignore[attr-defined]
            for operator, operand in part:
                if _is_unbounded(operator, operand) and _is_one_repeat(operand[2]):
                    return True
                waiting.append(operand)
        elif isinstance(part, (list, tuple)):
            waiting.extend(part)
    return False


def _is_unbounded(operator: Any, operand: Any) -> bool:
    return (
        str(operator) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
        and str(operand[1]) == "MAXREPEAT"
    )


def _is_one_repeat(parsed: Any) -> bool:
    """Whether the part is a single unbounded repeat, however many groups stand around it."""
    while len(parsed) == 1:
        operator, operand = parsed[0]
        if str(operator) != "SUBPATTERN":
            return _is_unbounded(operator, operand)
        parsed = operand[-1]
    return False
