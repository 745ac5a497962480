"""Statements that say the opposite of the reference.

No similarity can tell "the gradient vanishes" from "the gradient does not vanish". This signal
aligns every statement of the answer with the reference statements it shares most words with, and
looks for what turns the meaning round: a negation on one side only, or opposite poles of one axis
("grows" against "falls").

Sets of what is known beforehand (keys that a question expects, statements of its references, axes
of meaning) are integers with a bit for each, so that one operation tells that nothing opposes.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from grader.model import Match, Span
from grader.signals.measured import Contradiction, Measured
from grader.signals.prepared import PreparedQuestion
from grader.text import Text, Unit, language

__all__ = ["PolaritySignal"]

# A statement is compared with a reference statement if they share that much of the shorter one.
_ALIGNED = 0.55
_ALIGNED_CLAUSE = 0.6
# Sets of keys of which a question remembers the weight.
_REMEMBERED = 1 << 8
_CYRILLIC = re.compile("[\u0400-\u052f]")
_CLAUSE_END = re.compile("[,;:()→—–]")


class _Key(NamedTuple):
    """What a question knows of a key that its references have, or would have but for a prefix.

    Attributes:
        bit: its own.
        statements: the reference statements that have it.
        opposable: whether a reference may say the opposite of it, as it is and negated.
    """

    bit: int
    statements: int
    opposable: tuple[bool, ...]


class _Conflict(NamedTuple):
    """A word of the answer, and the word of the reference that says the opposite."""

    position: int
    against: str
    how: str


class PolaritySignal:
    """Finds statements whose polarity is opposite to that of the reference."""

    name = "polarity"

    def __init__(self) -> None:
        self._expected: dict[str, _Expected] = {}

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        expected = self._expected.get(question.question.id)
        if expected is None or expected.question is not question:
            expected = self._expected[question.question.id] = _Expected(question)
        return [_one(expected, answer) for answer in answers]


def _one(expected: _Expected, answer: Text) -> Measured:
    reading = _Reading(answer, expected.known, expected.only)
    contradicted: dict[int, Contradiction] = {}
    aligned = 0
    for index, (first, last) in enumerate(answer.sentences):
        conflicts = expected.conflicts(reading, first, last)
        if conflicts is None:
            continue
        aligned += 1
        if conflicts:
            positions = {conflict.position for conflict in conflicts}
            contradicted[index] = Contradiction(
                _degree(reading.clauses(first, last), positions),
                tuple(
                    Match(Span(*answer.place(position, 1)), against, how)
                    for position, against, how in dict.fromkeys(conflicts)
                ),
            )
    # One statement more, taken as agreeing, so that a single slip does not condemn an answer.
    opposite = sum(one.degree for one in contradicted.values())
    agreeing = 1.0 - opposite / (aligned + 1) if aligned else None
    return Measured(whole={"polarity": agreeing}, contradicted=contradicted)


def _degree(clauses: Sequence[tuple[int, int]], conflicts: set[int]) -> float:
    """How much of a statement is turned round: all of it if half of its clauses are."""
    hit = sum(any(first <= token < last for token in conflicts) for first, last in clauses)
    return min(1.0, 2.0 * max(1, hit) / max(1, len(clauses)))


class _Reading:
    """A text by what a question knows of its words.

    Args:
        known: the keys that matter.
        only: for each of the two poles the axes of which a reference statement has that one only.

    Attributes:
        keys: the keys of the units; None where nothing is known.
        firsts: the first tokens of the units.
    """

    def __init__(self, text: Text, known: Mapping[str, _Key], only: Sequence[int] = (0, 0)) -> None:
        self.text = text
        self.keys = list(map(known.get, text.keys))
        self.firsts = [unit.first for unit in text.units]
        self._only = only

    @cached_property
    def opposable(self) -> int:
        """The tokens that a reference statement may say the opposite of."""
        tokens = 0
        for unit, key in zip(self.text.units, self.keys, strict=True):
            if key is not None and key.opposable[self.text.negated(unit)]:
                tokens |= 1 << unit.first
        for position, axis, side, _ in self.bearings[0]:
            if axis & self._only[1 - side]:
                tokens |= 1 << position
        return tokens

    @cached_property
    def bearings(self) -> tuple[list[tuple[int, int, int, int]], int]:
        """The words on axes, and the tokens that attenuate what their statement says.

        Of a word its token, axis and pole, flipped by a negation, and the first token of the term
        that it is a part of, or -1.
        """
        # "Forward pass" names a thing; its words do not place anything on an axis.
        terms = {
            position: unit.first
            for unit in self.text.units
            if unit.words > 1
            for position in range(unit.first, unit.first + unit.words)
        }
        tokens = self.text.tokens
        poles: list[tuple[int, int, int, int]] = []
        attenuating = 0
        for position, bearing in enumerate(map(_bearing, [token.folded for token in tokens])):
            if bearing is not None:
                attenuates, axes = bearing
                attenuating |= attenuates << position
                negated, term = tokens[position].negated, terms.get(position, -1)
                poles += ((position, axis, pole ^ negated, term) for axis, pole in axes)
        return poles, attenuating

    def clauses(self, first: int, last: int) -> list[tuple[int, int]]:
        """The clauses of a statement that has several, as first and last+1 token."""
        starts = self._clause_starts
        inner = starts[bisect_right(starts, first) : bisect_left(starts, last)]
        found = [(a, b) for a, b in itertools.pairwise([first, *inner, last]) if b - a > 1]
        return found if len(found) > 1 else []

    @cached_property
    def _clause_starts(self) -> list[int]:
        """The tokens with the punctuation of a clause right before them."""
        tokens = self.text.tokens
        starts = [token.start for token in tokens]
        found = dict.fromkeys(
            position
            for end in _CLAUSE_END.finditer(self.text.text)
            if 0 < (position := bisect_right(starts, end.start())) < len(tokens)
            and tokens[position - 1].end <= end.start()
        )
        return list(found)


class _Statement:
    """What some tokens of a text say.

    Attributes:
        keys: the known ones that they have.
        near: the reference statements that share two of these or more.
    """

    def __init__(self, reading: _Reading, first: int, last: int) -> None:
        self._reading = reading
        self._text = reading.text
        self._first = first
        self._tokens = (1 << last) - (1 << first)
        self._units = slice(bisect_left(reading.firsts, first), bisect_left(reading.firsts, last))
        keys = near = held = 0
        for key in reading.keys[self._units]:
            if key is not None and not keys & key.bit:
                keys |= key.bit
                near |= held & key.statements
                held |= key.statements
        self.keys = keys
        self.near = near

    def names(self) -> Iterable[str]:
        """All its keys, known or not."""
        return dict.fromkeys(self._text.keys[self._units])

    def opposable(self) -> bool:
        """Whether a reference statement may say the opposite of any of its words."""
        return bool(self._tokens & self._reading.opposable)

    @cached_property
    def words(self) -> dict[int, Unit]:
        """The unit that decides on each key, by the key's bit: the first."""
        words: dict[int, Unit] = {}
        units, keys = self._text.units[self._units], self._reading.keys[self._units]
        for unit, key in zip(units, keys, strict=True):
            if key is not None:
                words.setdefault(key.bit, unit)
        return words

    @cached_property
    def said(self) -> tuple[int, int]:
        """The keys that are not negated, and those that are."""
        weak = self._tokens & self._reading.bearings[1]
        said = [0, 0]
        for bit, unit in self.words.items():
            # "Hardly changes" lies between "changes" and "does not change": it opposes neither.
            if not (weak and self._text.tokens[unit.first].predicate):
                said[self._text.negated(unit)] |= bit
        return said[0], said[1]

    @cached_property
    def poles(self) -> dict[tuple[int, int], Unit]:
        """The first word at every (axis, side)."""
        poles: dict[tuple[int, int], Unit] = {}
        for position, axis, side, term in self._reading.bearings[0]:
            if self._tokens >> position & 1 and term < self._first:
                poles.setdefault((axis, side), Unit(position, 1, ""))
        return poles

    @cached_property
    def only(self) -> tuple[int, int]:
        """The axes of which only the first pole occurs, and those with only the second."""
        sides = [0, 0]
        for axis, side in self.poles:
            sides[side] |= axis
        return sides[0] & ~sides[1], sides[1] & ~sides[0]

    def shown(self, unit: Unit) -> str:
        """A word as written, with the negation over it."""
        written = self._text.written(unit)
        if not self._text.negated(unit):
            return written
        return f"{'не' if _CYRILLIC.search(written) else 'not'} {written}"


class _Expected:
    """What the references and points of a question say.

    Attributes:
        known: their keys, and the opposites of these by prefix.
        only: for each of the two poles the axes of which a statement has that one only.
    """

    def __init__(self, question: PreparedQuestion) -> None:
        self.question = question
        texts = [*question.references, *(t for point in question.points for t in point.texts)]
        said: dict[str, set[bool]] = {}
        for text in texts:
            for unit in text.units:
                said.setdefault(unit.key, set()).add(text.negated(unit))
        opposites = [o for key in said for o in (key[2:], "не" + key) if _opposite(o) == key]
        bits = {key: 1 << number for number, key in enumerate(dict.fromkeys([*said, *opposites]))}
        self._said = tuple(
            sum(bits[key] for key, ways in said.items() if way in ways) for way in (False, True)
        )
        self._weights = {bits[key]: question.weight(key) for key in said}
        self._counters = {bits[key]: bits[o] for key in bits if (o := _opposite(key)) in said}
        self._prefixed = sum(self._counters)
        plain = {key: _Key(bit, 0, (False, False)) for key, bit in bits.items()}
        wholes: list[_Statement] = []
        clauses: list[_Statement] = []
        for text in texts:
            reading = _Reading(text, plain)
            pairs = [(a, d) for (a, _), (_, d) in itertools.pairwise(text.sentences)]
            wholes += (_Statement(reading, *place) for place in (*text.sentences, *pairs))
            clauses += (
                _Statement(reading, *c) for place in text.sentences for c in reading.clauses(*place)
            )
        self._wholes = (1 << len(wholes)) - 1
        self._mass = lru_cache(_REMEMBERED)(self._weigh)
        self._references = {
            1 << number: (statement, self._mass(statement.keys))
            for number, statement in enumerate([*wholes, *clauses])
        }
        self.only = [0, 0]
        holders = dict.fromkeys(bits.values(), 0)
        for number, (statement, _) in self._references.items():
            for bit in statement.words:
                holders[bit] |= number
            for side in (0, 1):
                self.only[side] |= statement.only[side]
        self.known = {
            key: _Key(
                bit,
                holders[bit],
                tuple(bit in self._counters or ways == said[key] for ways in ({True}, {False})),
            )
            for key, bit in bits.items()
        }

    def conflicts(self, reading: _Reading, first: int, last: int) -> list[_Conflict] | None:
        """Words that turn a statement, or clauses of it, round; None if nothing is aligned."""
        statement = _Statement(reading, first, last)
        conflicts = self._conflicts(statement, statement.near & self._wholes, _ALIGNED)
        unsettled = conflicts is None or (not conflicts and statement.opposable())
        if unsettled and statement.near & ~self._wholes:
            for clause in reading.clauses(first, last):
                own = _Statement(reading, *clause)
                found = self._conflicts(own, own.near & ~self._wholes, _ALIGNED_CLAUSE)
                if found is not None:
                    conflicts = [*(conflicts or []), *found]
        return conflicts

    def _conflicts(
        self, statement: _Statement, near: int, aligned: float
    ) -> list[_Conflict] | None:
        """Words that turn the best aligned reference statement round; None if none is aligned.

        Args:
            near: the reference statements to compare with.
            aligned: the share of the lighter statement's weight that both must have.
        """
        if not near:
            return None
        mass = sum(map(self.question.weight, statement.names()))
        most = 0.0
        conflicts: list[_Conflict] | None = None
        for number in _bits(near):
            reference, its_mass = self._references[number]
            shared = self._mass(statement.keys & reference.keys)
            if shared / max(min(mass, its_mass), 1e-9) < aligned:
                continue
            # Of equally good alignments the one without a conflict speaks for the answer.
            better = shared > most * 1.25
            if not better and (not conflicts or shared < most * 0.8):
                continue
            if not statement.opposable():
                return []
            found = self._compare(statement, reference)
            if better or len(found) < len(conflicts or ()):
                most, conflicts = max(shared, most), found
        return conflicts

    def _weigh(self, keys: int) -> float:
        """The weight of expected keys."""
        return sum([self._weights[bit] for bit in _bits(keys)])

    def _compare(self, ours: _Statement, theirs: _Statement) -> list[_Conflict]:
        conflicts: set[_Conflict] = set()
        # What the reference itself says both ways decides nothing.
        disputed = ours.said[0] & ~self._said[0] | ours.said[1] & ~self._said[1]
        for bit in _bits(disputed & (theirs.said[0] | theirs.said[1])):
            shown = theirs.shown(theirs.words[bit])
            conflicts.add(_Conflict(ours.words[bit].first, shown, "negation"))
        for side in (0, 1):
            for axis in _bits(ours.only[side] & theirs.only[1 - side]):
                shown = theirs.shown(theirs.poles[axis, 1 - side])
                conflicts.add(_Conflict(ours.poles[axis, side].first, shown, "opposite"))
        for bit in _bits(ours.keys & self._prefixed & ~theirs.keys):
            if self._counters[bit] & theirs.keys:
                shown = theirs.shown(theirs.words[self._counters[bit]])
                conflicts.add(_Conflict(ours.words[bit].first, shown, "negation"))
        return sorted(conflicts)


def _opposite(key: str) -> str:
    """The key without the prefix of negation, or with it."""
    return key[2:] if key.startswith("не") and len(key) > 5 else "не" + key


def _bits(mask: int) -> Iterator[int]:
    """The bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


@lru_cache(maxsize=1 << 16)
def _bearing(folded: str) -> tuple[bool, tuple[tuple[int, int], ...]] | None:
    """Whether a word form attenuates, and the axes it lies on, each with the number of its pole.

    None, as for most, if it does neither.
    """
    languages = [language(code) for code in ("ru", "en")]
    attenuates = any(_fits(folded, word) for own in languages for word in own.attenuators)
    poles = tuple(
        (axis, pole)
        for word, axis, pole in _words_on_axes().get(folded[:2], ())
        if _fits(folded, word)
    )
    return (attenuates, poles) if attenuates or poles else None


@lru_cache(maxsize=1)
def _words_on_axes() -> dict[str, list[tuple[str, int, int]]]:
    """Every word of the axes with the bit of its axis and its pole, by its first two letters."""
    index: dict[str, list[tuple[str, int, int]]] = {}
    axes = [axis for code in ("ru", "en") for axis in language(code).opposites]
    for number, poles in enumerate(axes):
        for pole, words in enumerate(poles):
            for word in words:
                index.setdefault(word[:2], []).append((word, 1 << number, pole))
    return index


def _fits(folded: str, word: str) -> bool:
    return folded.startswith(word[:-1]) if word.endswith("*") else folded == word
