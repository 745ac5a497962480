from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model import Evidence, Grade, Match, MisconceptionHit, Span
from grader.report.marking import (
    CONTRADICTED,
    MATCH,
    MISCONCEPTION,
    Piece,
    pieces,
    stretch,
    visible,
)


def match(start: int, end: int, target: str = "t") -> Match:
    return Match(Span(start, end), target, "exact")


def grade(
    text: str,
    matches: tuple[Match, ...] = (),
    against: tuple[Match, ...] = (),
    wrong: tuple[Match, ...] = (),
) -> Grade:
    evidence = (Evidence("k", 1.0, None, {}, matches, against),)
    return Grade(
        "a",
        "q",
        None,
        (),
        1.0,
        text=text,
        evidence=evidence,
        misconceptions=(MisconceptionHit("m", 0.1, wrong),),
    )


def kinds(found: list[Piece]) -> list[tuple[str, str]]:
    return [(piece.text, piece.kind) for piece in found]


def test_pieces() -> None:
    found = pieces(grade("один два три", (match(0, 4),), (match(9, 12),), (match(5, 8),)))
    assert kinds(found) == [
        ("один", MATCH),
        (" ", ""),
        ("два", MISCONCEPTION),
        (" ", ""),
        ("три", CONTRADICTED),
    ]


def test_where_findings_overlap_the_gravest_shows() -> None:
    found = pieces(grade("абвгд", (match(0, 4),), (match(2, 3),), (match(1, 5),)))
    assert kinds(found) == [
        ("а", MATCH),
        ("б", MISCONCEPTION),
        ("в", CONTRADICTED),
        ("гд", MISCONCEPTION),
    ]


def test_two_matches_of_one_stretch() -> None:
    (piece,) = pieces(grade("абв", (match(0, 3, "x"), match(0, 3, "y"), match(0, 3, "x"))))
    assert [found.target for found in piece.matches] == ["x", "y"]


SPANS = st.lists(st.builds(match, st.integers(-5, 40), st.integers(-5, 40)), max_size=5).map(tuple)


@given(st.text(max_size=30), SPANS, SPANS, SPANS)
def test_pieces_joined_give_the_text_whatever_the_spans(
    text: str, matches: tuple[Match, ...], against: tuple[Match, ...], wrong: tuple[Match, ...]
) -> None:
    found = pieces(grade(text, matches, against, wrong))
    assert "".join(piece.text for piece in found) == text
    assert all(piece.text for piece in found)
    assert all(bool(piece.kind) == bool(piece.matches) for piece in found)


def test_a_long_text_is_cut() -> None:
    assert kinds(pieces(grade("абвгд", (match(1, 5),)), 3)) == [("а", ""), ("бв", MATCH)]


def test_stretch_stays_inside_the_text() -> None:
    assert stretch("абв", Span(1, 9)) == "бв"
    assert stretch("абв", Span(-2, 2)) == "аб"
    assert stretch("абв", Span(-5, -1)) == ""
    assert stretch("абв", Span(2, 1)) == ""


@pytest.mark.parametrize(
    "char", ["\0", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\ud800", "\uffff"]
)
def test_what_a_terminal_would_obey_is_replaced(char: str) -> None:
    assert visible(f"а{char}б") == "а\ufffdб"


def test_line_ends_and_emoji_stay() -> None:
    assert visible("а\r\nб\rв\tг 👩‍👩‍👧 ё\u0301") == "а\nб\nв\tг 👩‍👩‍👧 ё\u0301"
