"""The reference side of one question, prepared once and shared by all signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from grader.model import AllOf, AnyOf, KeyPoint, Near, Pattern, Question, Regex, Rubric
from grader.text import Analyzer, Spelling, Text, language

__all__ = ["PreparedPoint", "PreparedQuestion", "prepare"]

# A sentence of a reference shorter than this says nothing that could be asked of an answer.
_SHORTEST_POINT = 3
# What is left of the weight of words that are no merit.
_DEMOTED = 0.3
# Keys of a question whose weights are kept.
_KNOWN_WEIGHTS = 1 << 13


@dataclass(frozen=True)
class PreparedPoint:
    """A key point with its statement analysed, in every language it is given in."""

    point: KeyPoint
    texts: tuple[Text, ...]

    @property
    def id(self) -> str:
        return self.point.id


@dataclass(frozen=True)
class PreparedQuestion:
    """A question as the signals need it.

    Attributes:
        question: as the bank has it.
        asked: the question's text, in every language it is given in.
        asked_parts: keys of its words taken one by one: of "on-policy" also "policy".
        references: the reference answers, likewise.
        groups: the rubric's key points; without them, for each reference its sentences, of which
            the group that an answer covers best counts.
        idf: how telling a key is, from the references of the whole bank.
        spelling: the words expected in an answer.
    """

    question: Question
    asked: tuple[Text, ...]
    asked_parts: frozenset[str]
    references: tuple[Text, ...]
    groups: tuple[tuple[PreparedPoint, ...], ...]
    idf: Callable[[str], float]
    spelling: Spelling

    @cached_property
    def points(self) -> tuple[PreparedPoint, ...]:
        """The points of all groups."""
        return tuple(point for group in self.groups for point in group)

    @property
    def has_rubric(self) -> bool:
        """Whether the points are the rubric's, not sentences of references."""
        return bool(self.question.rubric and self.question.rubric.key_points)

    @property
    def rubric(self) -> Rubric:
        return self.question.rubric or Rubric(self.question.id)

    @cached_property
    def asked_keys(self) -> frozenset[str]:
        """What the question itself says: repeating it is no merit."""
        return self.asked_parts.union(*(text.keys for text in self.asked))

    @cached_property
    def asked_words(self) -> frozenset[str]:
        """The words of the question one by one, parts of its terms included."""
        return frozenset(t.key for text in self.asked for t in text.tokens if t.content)

    @cached_property
    def expected_keys(self) -> frozenset[str]:
        """What references and points say."""
        texts = [*self.references, *(text for point in self.points for text in point.texts)]
        return frozenset(key for text in texts for key in text.keys)

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of question, references and points, one by one: LSTM and HTTP are such."""
        texts = [*self.asked, *self.references, *(t for p in self.points for t in p.texts)]
        return frozenset(token.key for text in texts for token in text.tokens)

    @cached_property
    def joined_keys(self) -> dict[str, set[str]]:
        """For each expected key those that share a statement with it somewhere."""
        joined: dict[str, set[str]] = {}
        for text in (*self.references, *(t for point in self.points for t in point.texts)):
            for units in text.unit_sentences:
                keys = {unit.key for unit in units}
                for key in keys:
                    joined.setdefault(key, set()).update(keys)
        return joined

    @cached_property
    def weight(self) -> Callable[[str], float]:
        """How much a key counts: rare in the bank, not given by the question, no filler."""
        idf, idle = self.idf, self._idle_keys
        # Asked for every key of every answer, most of them over and over.
        return lru_cache(_KNOWN_WEIGHTS)(
            lambda key: idf(key) * (_DEMOTED if key in idle else 1.0),
        )

    def tells(self, key: str) -> bool:
        """Whether saying this says anything: not given by the question, no filler."""
        return key not in self._idle_keys

    @cached_property
    def _idle_keys(self) -> frozenset[str]:
        return self.asked_keys | _generic_keys()


@lru_cache(maxsize=1)
def _generic_keys() -> frozenset[str]:
    """Keys of words that could stand in an answer to any question."""
    return frozenset(
        own.analyse(word).key for own in (language("ru"), language("en")) for word in own.generic
    )


def prepare(
    question: Question, analyzer: Analyzer, idf: Callable[[str], float]
) -> PreparedQuestion:
    """Analyse everything that answers to ``question`` are compared with."""
    code = question.language
    asked = [analyzer.analyse(question.text, code)]
    asked += [analyzer.analyse(t.question, other) for other, t in question.translations.items()]
    references = [analyzer.analyse(text, other) for text, other in question.reference_texts()]
    rubric = question.rubric
    if rubric is not None and rubric.key_points:
        groups = [
            tuple(
                PreparedPoint(
                    point,
                    (
                        analyzer.analyse(point.text, code),
                        *(analyzer.analyse(t, other) for other, t in point.translations.items()),
                    ),
                )
                for point in rubric.key_points
            )
        ]
    else:
        groups = [
            tuple(_sentence_points(reference, analyzer, "" if number == 1 else f"r{number}"))
            for number, reference in enumerate(references, 1)
        ]
    return PreparedQuestion(
        question=question,
        asked=tuple(asked),
        asked_parts=frozenset(
            key
            for text in asked
            for token in text.tokens
            if token.content
            for key, _ in analyzer.phrase(token.folded, text.language.code)
        ),
        references=tuple(references),
        groups=tuple(groups),
        idf=idf,
        spelling=analyzer.spelling(_expected(question)),
    )


def _sentence_points(reference: Text, analyzer: Analyzer, prefix: str) -> Iterable[PreparedPoint]:
    """The sentences of a reference, each weighing as many points as it has content words."""
    sentences = [
        reference.sentence_text(i)
        for i, units in enumerate(reference.unit_sentences)
        if len(units) >= _SHORTEST_POINT
    ] or [reference.text]
    for number, sentence in enumerate(sentences, 1):
        text = analyzer.analyse(sentence, reference.language.code)
        point = KeyPoint(f"{prefix}s{number}", sentence, float(len(text.units) or 1))
        yield PreparedPoint(point, (text,))


def _expected(question: Question) -> list[tuple[str, str]]:
    code = question.language
    texts = [(question.text, code), *question.reference_texts()]
    texts += [(t.question, other) for other, t in question.translations.items()]
    if question.rubric is not None:
        for point in question.rubric.key_points:
            texts += [(point.text, code), *((t, o) for o, t in point.translations.items())]
            texts += [(phrase, code) for phrase in _phrases(point.keywords)]
        for misconception in question.rubric.misconceptions:
            texts += [(phrase, code) for phrase in _phrases(misconception.keywords)]
    return texts


def _phrases(patterns: Iterable[Pattern]) -> Iterable[str]:
    for pattern in patterns:
        match pattern:
            case AnyOf(phrases):
                yield from (p for p in phrases if "*" not in p)
            case AllOf(parts) | Near(parts):
                yield from _phrases(parts)
            case Regex():
                pass
