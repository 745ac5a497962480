"""Keywords of the rubric found in the answer: key points covered, misconceptions hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grader.bank import compile_regex
from grader.model import AllOf, AnyOf, Match, MisconceptionHit, Near, Pattern, Regex, Span
from grader.signals.measured import Measured, PointMeasured
from grader.signals.prepared import PreparedQuestion
from grader.text import Analyzer, Text, language

__all__ = ["KeywordMatcher", "RubricSignal"]

# Words that may stand between the neighbours of a phrase.
_GAP = 2


@dataclass(frozen=True, slots=True)
class _Hit:
    """Words ``first`` up to ``last`` (exclusive) of the answer, and what they matched."""

    first: int
    last: int
    target: str
    how: str


@dataclass(frozen=True, slots=True)
class _Found:
    coverage: float
    hits: tuple[_Hit, ...] = ()


class KeywordMatcher:
    """Matches patterns against analysed texts; words compare as the analyzer has it."""

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._compiled = lru_cache(maxsize=1 << 14)(analyzer.phrase)
        self._expression = lru_cache(maxsize=1 << 12)(compile_regex)

    def coverage(self, pattern: Pattern, text: Text) -> tuple[float, tuple[Match, ...]]:
        """How far the pattern is satisfied, 0..1, and by which words."""
        index = _Index(text)
        found = self._find(pattern, text, index)
        return found.coverage, tuple(_match(text, hit) for hit in found.hits)

    def best(
        self, patterns: Sequence[Pattern], text: Text, index: _Index
    ) -> tuple[float, tuple[Match, ...], _Hit | None]:
        """The best satisfied of alternative patterns."""
        best = _Found(0.0)
        for pattern in patterns:
            found = self._find(pattern, text, index)
            if found.coverage > best.coverage:
                best = found
        first = best.hits[0] if best.hits else None
        return best.coverage, tuple(_match(text, hit) for hit in best.hits), first

    def _find(self, pattern: Pattern, text: Text, index: _Index) -> _Found:
        match pattern:
            case AnyOf(phrases):
                for phrase in phrases:
                    for hit in self._phrase(phrase, text, index):
                        return _Found(1.0, (hit,))
                return _Found(0.0)
            case AllOf(parts):
                found = [self._find(part, text, index) for part in parts]
                hits = tuple(hit for one in found for hit in one.hits)
                return _Found(sum(one.coverage for one in found) / len(found), hits)
            case Near(parts, within):
                return self._near(parts, within, text, index)
            case Regex(expression):
                return self._regex(expression, text)

    def _all_hits(self, pattern: Pattern, text: Text, index: _Index) -> list[_Hit]:
        if isinstance(pattern, AnyOf):
            return [hit for p in pattern.phrases for hit in self._phrase(p, text, index)]
        found = self._find(pattern, text, index)
        if found.coverage < 1 or not found.hits:
            return []
        first = min(hit.first for hit in found.hits)
        last = max(hit.last for hit in found.hits)
        return [_Hit(first, last, found.hits[0].target, found.hits[0].how)]

    def _near(self, parts: tuple[Pattern, ...], within: int, text: Text, index: _Index) -> _Found:
        places = sorted(
            (
                (hit.first, number, hit)
                for number, part in enumerate(parts)
                for hit in self._all_hits(part, text, index)
            ),
            key=lambda place: place[:2],
        )
        if len({number for _, number, _ in places}) < len(parts):
            return _Found(0.0)
        latest: dict[int, _Hit] = {}
        for _, number, hit in places:
            latest[number] = hit
            if len(latest) == len(parts):
                first = min(one.first for one in latest.values())
                if max(one.last for one in latest.values()) - first <= within + len(parts):
                    return _Found(1.0, tuple(latest[n] for n in sorted(latest)))
        return _Found(0.0)

    def _regex(self, expression: str, text: Text) -> _Found:
        # Searched as written, and with ё as е on both sides, so that either spelling matches.
        for pattern, candidate in (
            (expression, text.text),
            (_without_yo(expression), _without_yo(text.text)),
        ):
            found = self._expression(pattern).search(candidate)
            if found is not None and found.end() > found.start():
                covered = [
                    i
                    for i, token in enumerate(text.tokens)
                    if token.end > found.start() and token.start < found.end()
                ]
                if covered:
                    hit = _Hit(covered[0], covered[-1] + 1, expression, "regex")
                    return _Found(1.0, (hit,))
        return _Found(0.0)

    def _phrase(self, phrase: str, text: Text, index: _Index) -> Iterator[_Hit]:
        """Places where the phrase stands, outside of negations it does not have itself."""
        parts = self._compiled(phrase, text.language.code)
        if not parts:
            return
        negators = _negator_keys()
        own_negation = any(key in negators for key, _ in parts)
        for start, length, kind in index.places(*parts[0]):
            last = position = start + length
            how = kind
            for key, prefix in parts[1:]:
                place = next(
                    (
                        (first, words, matched)
                        for first, words, matched in index.places(key, prefix)
                        if position <= first <= position + _GAP
                    ),
                    None,
                )
                if place is None:
                    break
                position = last = place[0] + place[1]
                how = "typo" if "typo" in (how, place[2]) else "phrase"
            else:
                negated = any(token.negated for token in text.tokens[start:last])
                if own_negation or not negated:
                    yield _Hit(start, last, phrase, how)


def _without_yo(text: str) -> str:
    return text.replace("ё", "е").replace("Ё", "Е")


class _Index:
    """Where each key of a text stands, single words and terms alike."""

    def __init__(self, text: Text) -> None:
        self._tokens = text.tokens
        self._exact: dict[str, list[tuple[int, int, str]]] = {}
        for position, token in enumerate(text.tokens):
            how = "typo" if token.corrected else "lemma"
            self._exact.setdefault(token.key, []).append((position, 1, how))
        for unit in text.units:
            if unit.key[:1] == "=":
                self._exact.setdefault(unit.key, []).append((unit.first, unit.words, "term"))

    def places(self, key: str, prefix: bool) -> Sequence[tuple[int, int, str]]:
        if not prefix:
            return self._exact.get(key, ())
        return [
            (position, 1, "prefix")
            for position, token in enumerate(self._tokens)
            if token.folded.startswith(key) or (token.corrected or "").startswith(key)
        ]


@lru_cache(maxsize=1)
def _negator_keys() -> frozenset[str]:
    keys = set()
    for code in ("ru", "en"):
        own = language(code)
        keys |= {own.analyse(word).key for word in own.negators}
    return frozenset(keys)


def _match(text: Text, hit: _Hit) -> Match:
    start, end = text.place(hit.first, hit.last - hit.first)
    return Match(Span(start, end), hit.target, hit.how)


class RubricSignal:
    """Coverage of key points by their keywords, and misconceptions by theirs."""

    name = "rubric"

    def __init__(self, matcher: KeywordMatcher) -> None:
        self._matcher = matcher

    def measure(self, question: PreparedQuestion, answers: Sequence[Text]) -> list[Measured]:
        return [self._one(question, answer) for answer in answers]

    def _one(self, question: PreparedQuestion, answer: Text) -> Measured:
        index = _Index(answer)
        points: dict[str, PointMeasured] = {}
        judged = weights = 0.0
        for prepared in question.points:
            point = prepared.point
            if not point.keywords:
                continue
            coverage, matches, hit = self._matcher.best(point.keywords, answer, index)
            sentence = _sentence_of(answer, hit.first) if hit is not None else None
            points[point.id] = PointMeasured(coverage, sentence, matches)
            judged += coverage * point.weight
            weights += point.weight
        misconceptions = []
        for misconception in question.rubric.misconceptions:
            coverage, matches, _ = self._matcher.best(misconception.keywords, answer, index)
            if coverage >= 1.0:
                misconceptions.append(
                    MisconceptionHit(misconception.id, misconception.cost, matches)
                )
        whole = {"keywords": judged / weights if weights else None}
        return Measured(whole=whole, points=points, misconceptions=tuple(misconceptions))


def _sentence_of(text: Text, token: int) -> int | None:
    return next((i for i, (a, b) in enumerate(text.sentences) if a <= token < b), None)
