"""Keyword patterns as files write them, to the patterns of :mod:`grader.model`."""

from __future__ import annotations

import unicodedata

from msgspec import UNSET

from grader.documents import Place
from grader.files import quoted
from grader.model import AllOf, AnyOf, Near, Pattern, Regex

from ._regex import compile_regex
from .schema import KeywordGroup

__all__ = ["pattern"]

_MAX_DEPTH = 10


def pattern(entry: str | KeywordGroup, place: Place, depth: int = 1) -> Pattern:
    """One keyword pattern.

    Raises:
        BankError: at the place, when the pattern has an empty alternative, a ``*`` that does not
            end a word, a group without two parts or with several kinds, or a regular expression
            that :func:`compile_regex` refuses.
    """
    if isinstance(entry, str):
        return AnyOf(tuple(_phrase(part, place) for part in entry.split("|")))
    if depth > _MAX_DEPTH:
        raise place.error(f"groups nested more than {_MAX_DEPTH} deep")
    kinds = [kind for kind in ("all", "near", "regex") if getattr(entry, kind) is not UNSET]
    if len(kinds) != 1:
        raise place.error("a keyword group has exactly one of 'all', 'near' and 'regex'")
    if entry.within is not UNSET and entry.near is UNSET:
        raise place.at("within").error("goes with 'near' only")
    if isinstance(entry.regex, str):
        try:
            compile_regex(entry.regex)
        except ValueError as problem:
            raise place.at("regex").error(str(problem)) from None
        return Regex(entry.regex)
    place = place.at(kinds[0])
    entries = entry.all if isinstance(entry.all, list) else entry.near
    assert isinstance(entries, list)
    if len(entries) < 2:
        raise place.error("needs at least two parts")
    parts = tuple(pattern(part, place.at(index), depth + 1) for index, part in enumerate(entries))
    if kinds[0] == "all":
        return AllOf(parts)
    return Near(parts) if entry.within is UNSET else Near(parts, entry.within)


def _phrase(text: str, place: Place) -> str:
    phrase = " ".join(unicodedata.normalize("NFC", text).split())
    if not phrase:
        raise place.error("an empty alternative beside '|'")
    for word in phrase.split(" "):
        if "*" in word[:-1] or word == "*":
            raise place.error(f"in {quoted(phrase)}: '*' may only end a word")
    if not any(char.isalnum() for char in phrase):
        raise place.error(f"{quoted(phrase)} holds no word")
    return phrase
