"""An answer's text cut into pieces by what was found in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from grader.model import Grade, Match, Span

__all__ = ["CONTRADICTED", "MATCH", "MISCONCEPTION", "Piece", "pieces", "stretch", "visible"]

MATCH = "match"
MISCONCEPTION = "misconception"
CONTRADICTED = "contradicted"

# What a reader most needs to see wins where findings overlap.
_RANK = {MATCH: 0, MISCONCEPTION: 1, CONTRADICTED: 2}

# Control characters, which a terminal obeys and XML forbids; bidirectional overrides, which
# make text read as what it is not; lone surrogates, which no file can hold.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Piece(NamedTuple):
    """A stretch of an answer with one finding, or none.

    Attributes:
        kind: MATCH, MISCONCEPTION, CONTRADICTED, or "".
        matches: the findings of that kind that overlap here.
    """

    text: str
    kind: str
    matches: tuple[Match, ...]


def visible(text: str) -> str:
    """The text with characters that cannot be shown safely replaced by U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def stretch(text: str, span: Span) -> str:
    """The part of the text a span names; what lies outside the text is left out."""
    return text[max(span.start, 0) : max(span.end, 0)]


def pieces(grade: Grade, limit: int | None = None) -> list[Piece]:
    """The answer's text in pieces that joined give the text, or its first ``limit`` characters."""
    text = grade.text[:limit]
    found = [
        (max(match.span.start, 0), min(match.span.end, len(text)), kind, match)
        for kind, match in _found(grade)
    ]
    found = [item for item in found if item[0] < item[1]]
    cuts = sorted({0, len(text), *(item[0] for item in found), *(item[1] for item in found)})
    result: list[Piece] = []
    for start, end in pairwise(cuts):
        here = [(kind, match) for low, high, kind, match in found if low <= start and end <= high]
        kind = max((kind for kind, _ in here), key=_RANK.__getitem__, default="")
        matches = tuple(dict.fromkeys(match for other, match in here if other == kind))
        if result and result[-1][1:] == (kind, matches):
            result[-1] = Piece(result[-1].text + text[start:end], kind, matches)
        else:
            result.append(Piece(text[start:end], kind, matches))
    return result


def _found(grade: Grade) -> Iterator[tuple[str, Match]]:
    for evidence in grade.evidence:
        for match in evidence.matches:
            yield MATCH, match
        for match in evidence.contradicted:
            yield CONTRADICTED, match
    for hit in grade.misconceptions:
        for match in hit.matches:
            yield MISCONCEPTION, match
