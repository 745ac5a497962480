"""Statements that say the opposite of the reference.

No similarity can tell "the gradient vanishes" from "the gradient does not vanish". This signal
aligns every statement of the answer with the reference statements it shares most words with, and
looks for what turns the meaning round: a negation on one side only, or opposite poles of one axis
("grows" against "falls").
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from grader.model import Match, Span
from grader.signals.measured import Contradiction, Measured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, language

__all__ = ["PolaritySignal"]

# A statement is compared with a reference statement if they share that much of the shorter one.
_ALIGNED = 0.55
_ALIGNED_CLAUSE = 0.6
_CLAUSE_END = frozenset(",;:()→—–")


class _Word(NamedTuple):
    """A word that bears on the meaning.

    Attributes:
        position: its token.
        shown: as written, with the negation over it.
        negated: None if it is said to a small degree only ("hardly").
    """

    position: int
    shown: str
    negated: bool | None


class _Conflict(NamedTuple):
    """A word of the answer, and the word of the reference that says the opposite."""

    position: int
    against: str
    how: str


@dataclass(frozen=True, slots=True)
class _Statement:
    """What decides the meaning of one statement.

    Attributes:
        keys: its content words by key.
        poles: for each axis of meaning, which of its two poles occur (flipped by a negation).
    """

    keys: Mapping[str, _Word]
    poles: Mapping[str, Mapping[int, _Word]]


@dataclass(frozen=True, slots=True)
class _Expected:
    """What references and points say.

    Attributes:
        statements: their sentences, and every two neighbouring ones.
        clauses: the clauses of those that have several.
        said: every key they use, and whether negated.
    """

    statements: Sequence[_Statement]
    clauses: Sequence[_Statement]
    said: frozenset[tuple[str, bool]]


class PolaritySignal:
    """Finds statements whose polarity is opposite to that of the reference."""

    name = "polarity"

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        texts = [*question.references, *(t for p in question.points for t in p.texts)]
        said = frozenset((unit.key, text.negated(unit)) for text in texts for unit in text.units)
        expected = [s for text in texts for s in _statements(text, pairs=True)]
        clauses = [s for text in texts for own in _clauses(text) for s in own]
        return [
            self._one(question, _Expected(expected, clauses, said), answer) for answer in answers
        ]

    def _one(
        self,
        question: PreparedQuestion,
        expected: _Expected,
        answer: Text,
    ) -> Measured:
        contradicted: dict[int, Contradiction] = {}
        aligned = 0
        own_clauses = _clauses(answer)
        for index, statement in enumerate(_statements(answer, pairs=False)):
            conflicts = _conflicts(question, statement, expected, _ALIGNED)
            for clause in own_clauses[index] if not conflicts else ():
                found = _conflicts(question, clause, expected, _ALIGNED_CLAUSE, clauses=True)
                if found is not None:
                    conflicts = [*(conflicts or []), *found]
            if conflicts is None:
                continue
            aligned += 1
            if conflicts:
                contradicted[index] = Contradiction(
                    _degree(answer, index, {conflict.position for conflict in conflicts}),
                    tuple(
                        Match(Span(*answer.place(position, 1)), against, how)
                        for position, against, how in dict.fromkeys(conflicts)
                    ),
                )
        # One statement more, taken as agreeing, so that a single slip does not condemn an answer.
        opposite = sum(one.degree for one in contradicted.values())
        agreeing = 1.0 - opposite / (aligned + 1) if aligned else None
        return Measured(whole={"polarity": agreeing}, contradicted=contradicted)


def _statements(text: Text, *, pairs: bool) -> list[_Statement]:
    singles = [_statement(text, first, last) for first, last in text.sentences]
    if not pairs:
        return singles
    both = [_statement(text, a, d) for (a, _), (_, d) in itertools.pairwise(text.sentences)]
    return singles + both


def _clause_ranges(text: Text, first: int, last: int) -> list[tuple[int, int]]:
    """The clauses of a statement as first and last+1 token."""
    starts = [first]
    for position in range(first + 1, last):
        between = text.text[text.tokens[position - 1].end : text.tokens[position].start]
        if _CLAUSE_END.intersection(between):
            starts.append(position)
    return [(a, b) for a, b in itertools.pairwise([*starts, last]) if b - a > 1]


def _clauses(text: Text) -> list[list[_Statement]]:
    """The clauses of every statement that has more than one."""
    found = []
    for first, last in text.sentences:
        ranges = _clause_ranges(text, first, last)
        found.append([_statement(text, *r) for r in ranges] if len(ranges) > 1 else [])
    return found


def _degree(text: Text, sentence: int, conflicts: set[int]) -> float:
    """How much of a statement is turned round: all of it if half of its clauses are."""
    ranges = _clause_ranges(text, *text.sentences[sentence])
    hit = sum(any(first <= token < last for token in conflicts) for first, last in ranges)
    return min(1.0, 2.0 * max(1, hit) / max(1, len(ranges)))


def _statement(text: Text, first: int, last: int) -> _Statement:
    keys: dict[str, _Word] = {}
    weak = any(_attenuates(token.folded) for token in text.tokens[first:last])
    # "Forward pass" names a thing; its words do not place anything on an axis.
    named: set[int] = set()
    for unit in text.units:
        if first <= unit.first < last:
            negated = text.negated(unit)
            shown = _shown(text, unit.first, unit.words, negated=negated)
            # "Hardly changes" lies between "changes" and "does not change": it opposes neither.
            open_ = weak and text.tokens[unit.first].predicate
            keys.setdefault(unit.key, _Word(unit.first, shown, None if open_ else negated))
            if unit.words > 1:
                named.update(range(unit.first, unit.first + unit.words))
    poles: dict[str, dict[int, _Word]] = {}
    for position in range(first, last):
        token = text.tokens[position]
        for axis, pole in _poles(token.folded) if position not in named else ():
            side = 1 - pole if token.negated else pole
            shown = _shown(text, position, 1, negated=token.negated)
            poles.setdefault(axis, {}).setdefault(side, _Word(position, shown, token.negated))
    return _Statement(keys, poles)


def _shown(text: Text, first: int, words: int, *, negated: bool) -> str:
    written = text.text[text.tokens[first].start : text.tokens[first + words - 1].end]
    cyrillic = any("\u0400" <= c <= "\u052f" for c in written)
    return f"{'не' if cyrillic else 'not'} {written}" if negated else written


def _conflicts(
    question: PreparedQuestion,
    statement: _Statement,
    expected: _Expected,
    aligned: float,
    *,
    clauses: bool = False,
) -> list[_Conflict] | None:
    """Words that turn the best aligned reference statement round; None if none is aligned."""
    mass = sum(question.weight(key) for key in statement.keys)
    if not mass:
        return None
    best: tuple[float, list[_Conflict]] | None = None
    for reference in expected.clauses if clauses else expected.statements:
        common = statement.keys.keys() & reference.keys.keys()
        if len(common) < 2:
            continue
        shared = sum(question.weight(key) for key in common)
        other = sum(question.weight(key) for key in reference.keys)
        overlap = shared / max(min(mass, other), 1e-9)
        # Of equally good alignments the one without a conflict speaks for the answer.
        if overlap < aligned or (best is not None and shared < best[0] * 0.8):
            continue
        found = _compare(statement, reference, expected.said)
        if best is None or shared > best[0] * 1.25 or len(found) < len(best[1]):
            best = (max(shared, best[0] if best else 0.0), found)
    return None if best is None else best[1]


def _compare(
    ours: _Statement, theirs: _Statement, said: frozenset[tuple[str, bool]]
) -> list[_Conflict]:
    conflicts: set[_Conflict] = set()
    for key in ours.keys.keys() & theirs.keys.keys():
        word, expected = ours.keys[key], theirs.keys[key]
        if word.negated is None or expected.negated in (None, word.negated):
            continue
        # What the reference itself says both ways decides nothing.
        if (key, word.negated) not in said:
            conflicts.add(_Conflict(word.position, expected.shown, "negation"))
    for axis in ours.poles.keys() & theirs.poles.keys():
        own, other = ours.poles[axis], theirs.poles[axis]
        if len(own) == len(other) == 1 and own.keys() != other.keys():
            (word,), (expected,) = own.values(), other.values()
            conflicts.add(_Conflict(word.position, expected.shown, "opposite"))
    for key, word in ours.keys.items():
        plain = key[2:] if key.startswith("не") and len(key) > 5 else "не" + key
        if key not in theirs.keys and plain in theirs.keys:
            shown = theirs.keys[plain].shown
            conflicts.add(_Conflict(word.position, shown, "negation"))
    return sorted(conflicts)


@lru_cache(maxsize=1 << 16)
def _attenuates(folded: str) -> bool:
    return any(_fits(folded, word) for code in ("ru", "en") for word in language(code).attenuators)


@lru_cache(maxsize=1 << 16)
def _poles(folded: str) -> tuple[tuple[str, int], ...]:
    """The axes a word form lies on, and at which pole."""
    return tuple(
        (axis, pole)
        for word, axis, pole in _words_on_axes().get(folded[:2], ())
        if _fits(folded, word)
    )


@lru_cache(maxsize=1)
def _words_on_axes() -> dict[str, list[tuple[str, str, int]]]:
    """Every word of the axes with its axis and pole, by its first two letters."""
    index: dict[str, list[tuple[str, str, int]]] = {}
    for code in ("ru", "en"):
        for number, poles in enumerate(language(code).opposites):
            for pole, words in enumerate(poles):
                for word in words:
                    index.setdefault(word[:2], []).append((word, f"{code}{number}", pole))
    return index


def _fits(folded: str, word: str) -> bool:
    return folded.startswith(word[:-1]) if word.endswith("*") else folded == word
