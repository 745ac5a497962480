"""Any grade at all, for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.model import Evidence, Flag, Grade, Match, MisconceptionHit, Span, Step

__all__ = ["GRADES"]

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
UNIT = st.floats(0, 1)
SPANS = st.builds(Span, st.integers(0, 50), st.integers(0, 50))
MATCHES = st.lists(st.builds(Match, SPANS, TEXT, TEXT), max_size=2).map(tuple)
MEASURES = st.dictionaries(TEXT, st.none() | UNIT, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
GRADES = st.builds(
    Grade,
    answer_id=TEXT,
    question_id=TEXT,
    respondent=st.none() | TEXT,
    topics=st.lists(TEXT, max_size=3).map(tuple),
    score=st.none() | UNIT,
    points=MEASURES,
    signals=MEASURES,
    flags=st.lists(st.builds(Flag, TEXT, UNIT, TEXT), max_size=3).map(tuple),
    interval=st.none() | st.tuples(UNIT, UNIT),
    evidence=st.lists(
        st.builds(Evidence, TEXT, st.none() | UNIT, st.none() | SPANS, MEASURES, MATCHES, MATCHES),
        max_size=2,
    ).map(tuple),
    misconceptions=st.lists(st.builds(MisconceptionHit, TEXT, UNIT, MATCHES), max_size=2).map(
        tuple
    ),
    steps=st.lists(st.builds(Step, TEXT, UNIT, TEXT), max_size=2).map(tuple),
    text=TEXT,
    extra=st.dictionaries(TEXT, JSON, max_size=2),
)
