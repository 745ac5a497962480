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

from grader.model import Match, Span
from grader.signals.measured import Contradiction, Measured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, language

__all__ = ["PolaritySignal"]

# A statement is compared with a reference statement if they share that much of the shorter one.
_ALIGNED = 0.34
_ALIGNED_CLAUSE = 0.6
_CLAUSE_END = frozenset(",;:()→—–")


@dataclass(frozen=True, slots=True)
class _Statement:
    """What decides the meaning of one statement.

    Attributes:
    keys: content keys, whether each is negated (None: said to a small degree only), where.
        poles: by axis, which poles occur: (pole 0 or 1, flipped by negation) and the token.
    """

    keys: Mapping[str, tuple[bool | None, int]]
    poles: Mapping[str, Mapping[int, int]]


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
                    _degree(answer, index, {token for token, _ in conflicts}),
                    tuple(
                        Match(Span(*answer.place(token, 1)), against, "opposite")
                        for token, against in conflicts
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
    keys: dict[str, tuple[bool | None, int]] = {}
    weak = any(_attenuates(token.folded) for token in text.tokens[first:last])
    for unit in text.units:
        if first <= unit.first < last:
            # "hardly changes" lies between "changes" and "does not change": it opposes neither.
            negated = None if weak and text.tokens[unit.first].predicate else text.negated(unit)
            keys.setdefault(unit.key, (negated, unit.first))
    poles: dict[str, dict[int, int]] = {}
    # "Forward pass" names a thing; its words do not place anything on an axis.
    named = {
        position
        for unit in text.units
        if unit.words > 1
        for position in range(unit.first, unit.first + unit.words)
    }
    for position in range(first, last):
        if position in named:
            continue
        token = text.tokens[position]
        for axis, pole in _poles(token.folded):
            side = 1 - pole if token.negated else pole
            poles.setdefault(axis, {}).setdefault(side, position)
    return _Statement(keys, poles)


def _conflicts(
    question: PreparedQuestion,
    statement: _Statement,
    expected: _Expected,
    aligned: float,
    *,
    clauses: bool = False,
) -> list[tuple[int, str]] | None:
    """Tokens that turn the best aligned reference statement round; None if none is aligned."""
    mass = sum(question.weight(key) for key in statement.keys)
    if not mass:
        return None
    best: tuple[float, list[tuple[int, str]]] | None = None
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
) -> list[tuple[int, str]]:
    conflicts: list[tuple[int, str]] = []
    for key in ours.keys.keys() & theirs.keys.keys():
        (negated, position), (expected, _) = ours.keys[key], theirs.keys[key]
        if negated is None or expected is None or negated == expected:
            continue
        # What the reference itself says both ways decides nothing.
        if (key, negated) not in said:
            conflicts.append((position, key.lstrip("=")))
    for axis, poles in ours.poles.items():
        other = theirs.poles.get(axis)
        if other is None or len(other) > 1 or len(poles) > 1:
            continue
        (pole, position), expected_pole = next(iter(poles.items())), next(iter(other))
        if pole != expected_pole:
            conflicts.append((position, axis))
    for key, (_, position) in ours.keys.items():
        if key in theirs.keys:
            continue
        plain = key[2:] if key.startswith("не") and len(key) > 5 else "не" + key
        if plain in theirs.keys:
            conflicts.append((position, plain))
    return sorted(set(conflicts))


@lru_cache(maxsize=1 << 16)
def _attenuates(folded: str) -> bool:
    return any(_fits(folded, word) for code in ("ru", "en") for word in language(code).attenuators)


@lru_cache(maxsize=1 << 16)
def _poles(folded: str) -> tuple[tuple[str, int], ...]:
    found = []
    for code in ("ru", "en"):
        for left, right in language(code).opposites:
            for pole, words in enumerate((left, right)):
                if any(_fits(folded, word) for word in words):
                    found.append((f"{left[0].rstrip('*')}/{right[0].rstrip('*')}", pole))
                    break
    return tuple(found)


def _fits(folded: str, word: str) -> bool:
    return folded.startswith(word[:-1]) if word.endswith("*") else folded == word
