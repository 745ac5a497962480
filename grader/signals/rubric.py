"""Keywords of the rubric found in the answer: key points covered, misconceptions hit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from grader.bank import compile_regex
from grader.model import AllOf, AnyOf, Match, MisconceptionHit, Near, Pattern, Regex, Span
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Analyzer, Text, language

__all__ = ["KeywordMatcher", "RubricSignal"]

# Words that may stand between the neighbours of a phrase.
_GAP = 2


class _Hit(msgspec.Struct, frozen=True, gc=False):
    """Words ``first`` up to ``last`` (exclusive) of the answer, and what they matched."""

    first: int
    last: int
    target: str
    how: str


class _Found(msgspec.Struct, frozen=True, gc=False):
    coverage: float
    hits: tuple[_Hit, ...] = ()


_NOTHING = _Found(0.0)


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """What patterns look for in a text.

    Attributes:
        keys: of words and of terms.
        terms: of terms only.
        shortest: letters of the shortest prefix.
        prefixes: without their asterisks, by so many first letters.
    """

    keys: frozenset[str]
    terms: frozenset[str]
    shortest: int
    prefixes: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, patterns: Iterable[_Compiled]) -> _Wanted:
        found = frozenset(key for pattern in patterns for key in pattern.wanted())
        prefixes = [key[:-1] for key in found if key.endswith("*")]
        shortest = min(map(len, prefixes), default=0)
        grouped: dict[str, list[str]] = {}
        for prefix in prefixes:
            grouped.setdefault(prefix[:shortest], []).append(prefix)
        return cls(
            keys=frozenset(key for key in found if not key.endswith("*")),
            terms=frozenset(key for key in found if key.startswith("=")),
            shortest=shortest,
            prefixes=grouped,
        )

    def prefixes_of(self, *forms: str) -> set[str]:
        """Those with which one of these forms of a word begins."""
        return {
            prefix
            for form in forms
            for prefix in self.prefixes.get(form[: self.shortest], ())
            if form.startswith(prefix)
        }


class _Index:
    """Where the wanted keys and prefixes stand in a text.

    Attributes:
        places: of each that occurs the first word, the number of words and how they were
            recognised.
        keys: those that occur.
        negated: words that stand in the reach of a negation.
    """

    def __init__(self, text: Text, wanted: _Wanted) -> None:
        self.text = text
        self.negated: list[int] = []
        self.places = places = defaultdict[str, list[tuple[int, int, str]]](list)
        keys, shortest, prefixes = wanted.keys, wanted.shortest, wanted.prefixes
        for position, token in enumerate(text.tokens):
            if token.negated:
                self.negated.append(position)
            if token.key in keys:
                places[token.key].append((position, 1, "typo" if token.corrected else "lemma"))
            if token.folded[:shortest] in prefixes or token.corrected:
                for prefix in wanted.prefixes_of(token.folded, token.corrected or token.folded):
                    places[prefix + "*"].append((position, 1, "prefix"))
        for unit in text.units:
            if unit.key in wanted.terms:
                places[unit.key].append((unit.first, unit.words, "term"))
        self.keys = set(places)

    def is_negated(self, first: int, last: int) -> bool:
        """Whether any of these words stands in the reach of a negation."""
        return any(first <= position < last for position in self.negated)

    @cached_property
    def yo_less(self) -> str:
        return _without_yo(self.text.text)


class _Phrase(msgspec.Struct, frozen=True, gc=False):
    """A phrase as keys and prefixes (an asterisk after each).

    Attributes:
        keys: all of them.
        negated: it has a negation itself.
    """

    target: str
    first: str
    rest: tuple[str, ...]
    keys: frozenset[str]
    negated: bool

    def hits(self, index: _Index) -> list[_Hit]:
        """Places where the phrase stands, outside of negations it does not have itself."""
        found = []
        places = index.places
        for start, length, kind in places[self.first]:
            last, how = start + length, kind
            for part in self.rest:
                for first, words, matched in places[part]:
                    if last <= first <= last + _GAP:
                        last = first + words
                        how = "typo" if "typo" in (how, matched) else "phrase"
                        break
                else:
                    break
            else:
                if not index.negated or self.negated or not index.is_negated(start, last):
                    found.append(_Hit(start, last, self.target, how))
        return found


class _AnyOf(msgspec.Struct, frozen=True, gc=False):
    phrases: tuple[_Phrase, ...]

    def find(self, index: _Index) -> _Found:
        for phrase in self.phrases:
            # Most phrases end here: not all of their words are in the text.
            if phrase.keys <= index.keys and (hits := phrase.hits(index)):
                return _Found(1.0, (hits[0],))
        return _NOTHING

    def wanted(self) -> Iterator[str]:
        return chain.from_iterable(phrase.keys for phrase in self.phrases)

    def all(self, index: _Index) -> list[_Hit]:
        possible = [phrase for phrase in self.phrases if phrase.keys <= index.keys]
        return [hit for phrase in possible for hit in phrase.hits(index)]


class _AllOf(msgspec.Struct, frozen=True, gc=False):
    parts: tuple[_Compiled, ...]

    def find(self, index: _Index) -> _Found:
        found = [part.find(index) for part in self.parts]
        hits = tuple(hit for one in found for hit in one.hits)
        return _Found(sum(one.coverage for one in found) / len(found), hits)

    def wanted(self) -> Iterator[str]:
        return chain.from_iterable(part.wanted() for part in self.parts)

    def all(self, index: _Index) -> list[_Hit]:
        return _whole(self.find(index))


class _Near(msgspec.Struct, frozen=True, gc=False):
    parts: tuple[_Compiled, ...]
    within: int

    def find(self, index: _Index) -> _Found:
        places: list[tuple[int, int, _Hit]] = []
        for number, part in enumerate(self.parts):
            hits = part.all(index)
            if not hits:
                return _NOTHING
            places += [(hit.first, number, hit) for hit in hits]
        places.sort(key=itemgetter(0, 1))
        latest: dict[int, _Hit] = {}
        for _, number, hit in places:
            latest[number] = hit
            if len(latest) == len(self.parts):
                first = min(one.first for one in latest.values())
                last = max(one.last for one in latest.values())
                if last - first <= self.within + len(self.parts):
                    return _Found(1.0, tuple(latest[n] for n in sorted(latest)))
        return _NOTHING

    def wanted(self) -> Iterator[str]:
        return chain.from_iterable(part.wanted() for part in self.parts)

    def all(self, index: _Index) -> list[_Hit]:
        return _whole(self.find(index))


class _Regex(msgspec.Struct, frozen=True, gc=False):
    """Searched as written, and with ё as е on both sides, so that either spelling matches.

    Attributes:
        yo_less: the expression with ё as е, None if it has no ё.
    """

    target: str
    written: Any
    yo_less: Any

    def find(self, index: _Index) -> _Found:
        text = index.text.text
        hit = self._hit(self.written.search(text), index)
        if hit is None and (self.yo_less is not None or index.yo_less != text):
            hit = self._hit((self.yo_less or self.written).search(index.yo_less), index)
        return _NOTHING if hit is None else _Found(1.0, (hit,))

    def wanted(self) -> Iterator[str]:
        return iter(())

    def all(self, index: _Index) -> list[_Hit]:
        return _whole(self.find(index))

    def _hit(self, found: Any, index: _Index) -> _Hit | None:
        if found is None or found.end() == found.start():
            return None
        covered = [
            i
            for i, token in enumerate(index.text.tokens)
            if token.end > found.start() and token.start < found.end()
        ]
        return _Hit(covered[0], covered[-1] + 1, self.target, "regex") if covered else None


_Compiled = _AnyOf | _AllOf | _Near | _Regex


def _whole(found: _Found) -> list[_Hit]:
    """Everything that was found as one hit; none unless the pattern is fully satisfied."""
    if found.coverage < 1 or not found.hits:
        return []
    first = min(hit.first for hit in found.hits)
    last = max(hit.last for hit in found.hits)
    return [_Hit(first, last, found.hits[0].target, found.hits[0].how)]


class KeywordMatcher:
    """Matches patterns against analysed texts; words compare as the analyzer has it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._cached = lru_cache(maxsize=1 << 12)(self._with_keys)

    def coverage(self, pattern: Pattern, text: Text) -> tuple[float, tuple[Match, ...]]:
        """How far the pattern is satisfied, 0..1, and by which words."""
        compiled, wanted = self._cached(pattern, text.language.code)
        found = compiled.find(_Index(text, wanted))
        return found.coverage, _matches(text, found)

    def compiled(self, pattern: Pattern, code: str) -> _Compiled:
        """The pattern as it is looked for in texts of that language."""
        match pattern:
            case AnyOf(phrases):
                return _AnyOf(tuple(self._phrases(phrases, code)))
            case AllOf(parts):
                return _AllOf(tuple(self.compiled(part, code) for part in parts))
            case Near(parts, within):
                return _Near(tuple(self.compiled(part, code) for part in parts), within)
            case Regex(expression):
                written, yo = compile_regex(expression), _without_yo(expression)
                return _Regex(expression, written, None if yo == expression else compile_regex(yo))

    def _with_keys(self, pattern: Pattern, code: str) -> tuple[_Compiled, _Wanted]:
        compiled = self.compiled(pattern, code)
        return compiled, _Wanted.of([compiled])

    def _phrases(self, phrases: Sequence[str], code: str) -> Iterator[_Phrase]:
        for phrase in phrases:
            parts = self._analyzer.phrase(phrase, code)
            if parts:
                negated = any(key in _negator_keys() for key, _ in parts)
                keys = tuple(key + "*" if prefix else key for key, prefix in parts)
                yield _Phrase(phrase, keys[0], keys[1:], frozenset(keys), negated)


def _without_yo(text: str) -> str:
    return text.replace("ё", "е").replace("Ё", "Е")


@lru_cache(maxsize=1)
def _negator_keys() -> frozenset[str]:
    keys = set()
    for code in ("ru", "en"):
        own = language(code)
        keys |= {own.analyse(word).key for word in own.negators}
    return frozenset(keys)


def _matches(text: Text, found: _Found) -> tuple[Match, ...]:
    return tuple(
        Match(Span(*text.place(hit.first, hit.last - hit.first)), hit.target, hit.how)
        for hit in found.hits
    )


class _Asked(msgspec.Struct, frozen=True, gc=False):
    """The patterns of one question: of points (id, weight) and of misconceptions (id, cost)."""

    points: tuple[tuple[str, float, tuple[_Compiled, ...]], ...]
    misconceptions: tuple[tuple[str, float, tuple[_Compiled, ...]], ...]
    wanted: _Wanted


class RubricSignal:
    """Coverage of key points by their keywords, and misconceptions by theirs.

    One is for one bank: questions are told apart by their ids.
    """

    name = "rubric"

    def __init__(self, matcher: KeywordMatcher) -> None:
        self._matcher = matcher
        self._asked: dict[str, _Asked] = {}

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        asked = self._asked.get(question.question.id)
        if asked is None:
            asked = self._asked[question.question.id] = self._compiled(question)
        return [_measured(asked, answer) for answer in answers]

    def _compiled(self, question: PreparedQuestion) -> _Asked:
        def compiled(keywords: Sequence[Pattern]) -> tuple[_Compiled, ...]:
            return tuple(self._matcher.compiled(p, question.question.language) for p in keywords)

        judged = [prepared.point for prepared in question.points if prepared.point.keywords]
        points = tuple((p.id, p.weight, compiled(p.keywords)) for p in judged)
        wrong = question.rubric.misconceptions
        misconceptions = tuple((m.id, m.cost, compiled(m.keywords)) for m in wrong)
        patterns = [pattern for _, _, own in (*points, *misconceptions) for pattern in own]
        return _Asked(points, misconceptions, _Wanted.of(patterns))


def _measured(asked: _Asked, answer: Text) -> Measured:
    if not asked.points and not asked.misconceptions:
        return Measured(whole={"keywords": None})
    index = _Index(answer, asked.wanted)
    points: dict[str, PointMeasured] = {}
    judged = weights = 0.0
    for id, weight, patterns in asked.points:
        found = _best(patterns, index)
        sentence = _sentence_of(answer, found.hits[0].first) if found.hits else None
        points[id] = PointMeasured(found.coverage, sentence, _matches(answer, found))
        judged += found.coverage * weight
        weights += weight
    hits = [(id, cost, _best(patterns, index)) for id, cost, patterns in asked.misconceptions]
    return Measured(
        whole={"keywords": judged / weights if weights else None},
        points=points,
        misconceptions=tuple(
            MisconceptionHit(id, cost, _matches(answer, found))
            for id, cost, found in hits
            if found.coverage >= 1.0
        ),
    )


def _best(patterns: Sequence[_Compiled], index: _Index) -> _Found:
    """The best satisfied of alternative patterns."""
    best = _NOTHING
    for pattern in patterns:
        found = pattern.find(index)
        if found.coverage > best.coverage:
            best = found
    return best


def _sentence_of(text: Text, token: int) -> int | None:
    return next((i for i, (a, b) in enumerate(text.sentences) if a <= token < b), None)
