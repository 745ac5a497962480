"""Terms that good answers have and the keywords have not: for a person to consider.

Only key points whose keywords fire in few of the good answers are looked at. An answer's terms
are those of the sentence that covered the point best, or of the whole answer if none did. A word
among the keywords of another key point speaks for that one and is left out, as is one of the
question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from grader.bank import Bank, compile_regex
from grader.model import AllOf, AnyOf, Evidence, Grade, KeyPoint, Near, Pattern, Question, Regex
from grader.report.items import PointSuggestions, Suggestion
from grader.run import Run
from grader.stats import FEWEST, log_odds
from grader.text import Analyzer, Text, fold

__all__ = ["suggest_terms"]

GOOD = 0.7
"""A grade from here on is high, as a share of its scale."""
RARELY = 0.2
"""Keywords fire rarely if they fire in at most this share of the good answers."""
MOST_TERMS = 5
_LONGEST = 3
_FEWEST_WITH = 3
_BEYOND_CHANCE = 1.96
_FIRED = 0.5

Term = tuple[str, ...]


class _Known(NamedTuple):
    """What the keywords of a rubric have: word keys, word beginnings, expressions."""

    keys: frozenset[str]
    prefixes: tuple[str, ...]
    expressions: tuple[str, ...]

    def has(self, term: Term, written: str) -> bool:
        """Whether any word of the term is among them."""
        return (
            not self.keys.isdisjoint(term)
            or any(word.startswith(self.prefixes) for word in (*term, *fold(written).split()))
            or any(compile_regex(each).search(written) for each in self.expressions)
        )


def suggest_terms(
    run: Run, bank: Bank, grades: Sequence[float | None]
) -> tuple[PointSuggestions, ...]:
    """Terms to consider for the key points whose keywords rarely fire in good answers.

    Args:
        bank: with the keywords the run was graded by.
        grades: how good each of the run's answers is, 0..1; None leaves an answer out.

    Returns:
        One for each such point that has at least ``FEWEST`` good answers and as many others; its
        terms are those that good answers have more often, beyond chance at 5 %.
    """
    analyzer = Analyzer(bank.terms)
    answers: dict[str, list[tuple[Grade, float]]] = {}
    for grade, value in zip(run.grades, grades, strict=True):
        if value is not None:
            answers.setdefault(grade.question_id, []).append((grade, value))
    return tuple(
        found
        for name, own in answers.items()
        if name in bank.questions
        for found in _question(bank.questions[name], own, analyzer)
    )


def _question(
    question: Question, answers: Sequence[tuple[Grade, float]], analyzer: Analyzer
) -> Iterator[PointSuggestions]:
    good = [grade for grade, value in answers if value >= GOOD]
    others = [grade for grade, value in answers if value < GOOD]
    if question.rubric is None or min(len(good), len(others)) < FEWEST:
        return
    said = set(analyzer.analyse(question.text, question.language).keys)
    patterns = [pattern for point in question.rubric.key_points for pattern in point.keywords]
    known = _known(patterns, question.language, analyzer)
    for point in question.rubric.key_points:
        fired = sum(_fired(grade, point) for grade in good)
        if not point.keywords or fired > RARELY * len(good):
            continue
        with_it, without = (
            [_terms(_said(grade, point), question.language, analyzer) for grade in group]
            for group in (good, others)
        )
        terms = [each for each in _ranked(with_it, without, known) if said.isdisjoint(each[0])]
        best = tuple(_distinct(terms))
        yield PointSuggestions(question.id, point.id, len(good), fired, len(others), best)


def _evidence(grade: Grade, point: KeyPoint) -> Evidence | None:
    return next((each for each in grade.evidence if each.point_id == point.id), None)


def _fired(grade: Grade, point: KeyPoint) -> bool:
    evidence = _evidence(grade, point)
    return evidence is not None and (evidence.signals.get("rubric") or 0.0) >= _FIRED


def _said(grade: Grade, point: KeyPoint) -> str:
    evidence = _evidence(grade, point)
    if evidence is None or evidence.sentence is None:
        return grade.text
    return grade.text[evidence.sentence.start : evidence.sentence.end]


def _terms(said: str, language: str, analyzer: Analyzer) -> dict[Term, str]:
    """The terms of one to three words of a text, stopwords aside, and how it writes them."""
    text: Text = analyzer.analyse(said, language)
    found: dict[Term, str] = {}
    for units in text.unit_sentences:
        for first in range(len(units)):
            for last in range(first, min(first + _LONGEST, len(units))):
                stretch = units[first : last + 1]
                start = text.tokens[stretch[0].first].start
                end = text.tokens[stretch[-1].first + stretch[-1].words - 1].end
                if any(text.negated(unit) for unit in stretch):
                    continue
                found.setdefault(tuple(unit.key for unit in stretch), text.text[start:end])
    return found


def _ranked(
    good: Sequence[Mapping[Term, str]], others: Sequence[Mapping[Term, str]], known: _Known
) -> Iterator[tuple[Term, Suggestion]]:
    """The terms beyond chance, highest z first, then longest."""
    counts = Counter(term for answer in good for term in answer)
    elsewhere = Counter(term for answer in others for term in answer)
    found = []
    for term, count in counts.items():
        z = log_odds(count, len(good), elsewhere[term], len(others))
        if count < _FEWEST_WITH or z is None or z < _BEYOND_CHANCE:
            continue
        forms = Counter(answer[term].lower() for answer in good if term in answer)
        written = min(forms, key=lambda form: (-forms[form], form))
        if not known.has(term, written):
            found.append((term, Suggestion(written, count, elsewhere[term], z)))
    yield from sorted(found, key=lambda each: (-each[1].z, -len(each[0]), each[0]))


def _distinct(terms: Sequence[tuple[Term, Suggestion]]) -> Iterator[Suggestion]:
    """The first terms that have no word in common with one before them."""
    taken: set[str] = set()
    shown = 0
    for term, suggestion in terms:
        if taken.isdisjoint(term) and shown < MOST_TERMS:
            taken.update(term)
            shown += 1
            yield suggestion


def _known(patterns: Sequence[Pattern], language: str, analyzer: Analyzer) -> _Known:
    parts, expressions = [], []
    for leaf in _leaves(patterns):
        if isinstance(leaf, Regex):
            expressions.append(leaf.pattern)
        else:
            parts += [part for phrase in leaf.phrases for part in analyzer.phrase(phrase, language)]
    keys = frozenset(key for key, prefix in parts if not prefix)
    return _Known(keys, tuple(key for key, prefix in parts if prefix), tuple(expressions))


def _leaves(patterns: Sequence[Pattern]) -> Iterator[AnyOf | Regex]:
    for pattern in patterns:
        match pattern:
            case AllOf(parts) | Near(parts):
                yield from _leaves(parts)
            case AnyOf() | Regex():
                yield pattern
