"""The reference side of one question, prepared once and shared by all signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from grader.model import AllOf, AnyOf, KeyPoint, Near, Pattern, Question, Regex, Rubric
from grader.text import Analyzer, Spelling, Text

__all__ = ["PreparedPoint", "PreparedQuestion", "prepare"]

# A sentence of a reference shorter than this says nothing that could be asked of an answer.
_SHORTEST_POINT = 3


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
        references: the reference answers, likewise.
        points: the rubric's key points or, without a rubric, the sentences of the first reference.
        from_references: True if the points are sentences of a reference.
        idf: how telling a key is, from the references of the whole bank.
        spelling: the words expected in an answer.
    """

    question: Question
    asked: tuple[Text, ...]
    references: tuple[Text, ...]
    points: tuple[PreparedPoint, ...]
    from_references: bool
    idf: Callable[[str], float]
    spelling: Spelling

    @property
    def rubric(self) -> Rubric:
        return self.question.rubric or Rubric(self.question.id)

    @cached_property
    def asked_keys(self) -> frozenset[str]:
        """What the question itself says: repeating it is no merit."""
        return frozenset(key for text in self.asked for key in text.keys)

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

    def weight(self, key: str) -> float:
        """How much a key counts: rare in the bank, and not given by the question."""
        return self.idf(key) * (0.3 if key in self.asked_keys else 1.0)


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
        points = [
            PreparedPoint(
                point,
                (
                    analyzer.analyse(point.text, code),
                    *(analyzer.analyse(t, other) for other, t in point.translations.items()),
                ),
            )
            for point in rubric.key_points
        ]
    else:
        points = list(_sentence_points(references[0], analyzer, code))
    return PreparedQuestion(
        question=question,
        asked=tuple(asked),
        references=tuple(references),
        points=tuple(points),
        from_references=not (rubric is not None and rubric.key_points),
        idf=idf,
        spelling=analyzer.spelling(_expected(question)),
    )


def _sentence_points(reference: Text, analyzer: Analyzer, code: str) -> Iterable[PreparedPoint]:
    sentences = [
        reference.sentence_text(i)
        for i, units in enumerate(reference.unit_sentences)
        if len(units) >= _SHORTEST_POINT
    ] or [reference.text]
    for number, sentence in enumerate(sentences, 1):
        text = analyzer.analyse(sentence, code)
        yield PreparedPoint(KeyPoint(f"s{number}", sentence, float(len(text.units) or 1)), (text,))


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
