"""Splitting a text into statements: sentences, list items, lines."""

from __future__ import annotations

import re
from functools import lru_cache

from grader.text.language import fold, language

__all__ = ["split_sentences"]

# A list marker at the start of a line: "- ", "• ", "1) ", "2. ", "а) ".
_MARKER = re.compile(r"(?:[-–—•*·▪▪️◦‣🔹🔸#>]+|\(?\d{1,2}[.)]|\(?[a-zа-я]\))\s+", re.IGNORECASE)
_LINE = re.compile(r"[^\n\r\u2028\u2029]+")
# Stops, each with what closes after it. Here as below a set of characters comes first, for which
# the search is quick.
_STOP = re.compile(
    r"[.!?…؟।;。!?;](?:(?<=[.!?…؟।])[.!?…؟।]*[\"'»”)\]]*(?=\s|$)|(?<=;)(?=\s|$)"
    r"|(?<=[。!?;])[。!?;]*[」』”]*(?=[\u3040-\u9fff])|(?<=。)。*)"
)
# An inline numbering, "…: 1) first, 2) second", starts a new statement as well.
_INLINE_MARKER = re.compile(r"[(\d](?<=[\s,;:].)(?=(?:(?<=\()\d{1,2}|(?<=\d)\d?)\)\s)")
_LAST_WORD = re.compile(r"[^\W\d_]\S*+$")
_NUMBER = re.compile(r"(?:^|\s)\d{1,2}$")
_OPENING = re.compile("[ \\t\"'«“(]*")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of every statement in ``text``, in order, without surrounding white space.

    A full stop after an abbreviation, an initial or inside a number ends nothing; a line break, a
    list marker or a semicolon does. Text without any punctuation is one statement.
    """
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        start = line.start()
        marker = _MARKER.match(text, start + _indent(line.group()))
        if marker:
            start = marker.end()
        for cut in _cuts(text, start, line.end()):
            _append(spans, text, start, cut)
            start = cut
        _append(spans, text, start, line.end())
    return spans


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _cuts(text: str, start: int, end: int) -> list[int]:
    cuts = [
        stop.end()
        for stop in _STOP.finditer(text, start, end)
        if stop.group()[0] != "." or _ends_sentence(text, start, stop.start(), stop.end())
    ]
    if text.find(")", start, end) >= 0:
        cuts += [
            mark.start()
            for mark in _INLINE_MARKER.finditer(text, start, end)
            if not _in_brackets(text[start : mark.start()])
        ]
    return sorted(cuts)


def _in_brackets(before: str) -> bool:
    """Whether a bracket is still open: "(0, 1)" is no numbering. Markers close none: "1)"."""
    return before.rfind("(") > before.rfind(")")


def _ends_sentence(text: str, start: int, dot: int, after: int) -> bool:
    opened = _OPENING.match(text, after)
    assert opened
    following = text[opened.end() : opened.end() + 1]
    if following and following.islower():
        return False  # "т.е. функция", "и т.д. а потом": the sentence goes on
    word = _LAST_WORD.search(text[max(start, dot - 20) : dot])
    if word is None:
        # "1." in the middle of a line is numbering, "0.5." at the end of a sentence is not.
        return not _NUMBER.search(text[max(start, dot - 4) : dot])
    last = fold(word.group()).rstrip(".").rpartition(".")[2]
    if len(last) == 1 and text[dot - 1].isupper():
        return False  # an initial
    return not (following and last in _abbreviations())


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    return language("ru").abbreviations | language("en").abbreviations


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    if not _LETTER_OR_DIGIT.search(text, start, end):
        return
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    spans.append((start, start + len(piece.strip())))
