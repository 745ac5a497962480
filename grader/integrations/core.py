"""What all integrations share: grade one answer, say why in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from threading import Lock
from typing import Any, NamedTuple

from grader.bank import Bank
from grader.cache import Cache
from grader.cross_encoders import CrossEncoder, load_cross_encoder
from grader.encoders import Encoder, load_encoder
from grader.engine import Grader
from grader.engine.tiers import DEFAULT_TIER, TIERS
from grader.errors import AnswersError, BankError
from grader.model import Evidence, Grade, Question
from grader.report.marking import stretch
from grader.report.messages import Messages, messages
from grader.run import RunQuestion
from grader.text import fold
from grader.text.language import language_of_word

__all__ = [
    "DEFAULT_TIER",
    "NAME",
    "AnswerGrader",
    "Graded",
    "answer_grader",
    "as_text",
    "as_texts",
]

NAME = "grader"
"""What the frameworks' reports call the score."""

# From so much of its coverage on, a point counts as made, or as made in part.
_COVERED, _PARTLY = 0.7, 0.35
# Questions without a bank that stay prepared.
_PREPARED = 256
# Frameworks ask from several threads; a grader prepares questions as they come.
_LOCK = Lock()


class Graded(NamedTuple):
    """A grade, and the question with the points it refers to."""

    grade: Grade
    question: RunQuestion

    @property
    def score(self) -> float | None:
        """0..1, or None when nothing could judge the answer."""
        return self.grade.score

    def reason(self, lang: str = "en") -> str:
        """A line each: points made, made in part, missing, contradicted; misconceptions; flags.

        Raises:
            RunError: there is no interface text in the language.
        """
        return "\n".join(_reason(self, messages(lang)))

    def point_reason(self, evidence: Evidence, lang: str = "en") -> str:
        """The same of one point: its verdict, its statement, the words that made it."""
        m = messages(lang)
        return f"{m(_verdict(evidence))}: {_point(self, evidence, m)}"

    def details(self) -> dict[str, Any]:
        """The grade's parts as plain data: points, flags, misconceptions, interval."""
        grade = self.grade
        return {
            "question_id": grade.question_id,
            "points": dict(grade.points),
            "flags": {flag.name: flag.factor for flag in grade.flags},
            "misconceptions": [hit.id for hit in grade.misconceptions],
            "interval": None if grade.interval is None else list(grade.interval),
            "needs_review": grade.needs_review,
        }


class AnswerGrader:
    """Grades answers one at a time, to the questions of a bank or to any with a reference.

    Args:
        bank: what ``--bank`` takes; None where each question comes with its reference.
        rubrics: what ``--rubrics`` takes.
        tier: "fast", "standard" or "thorough".

    Raises:
        BankError: the bank cannot be read, or rubrics are given without one, or there is no such
            tier.
    """

    def __init__(
        self, bank: str | None = None, rubrics: str | None = None, tier: str = DEFAULT_TIER
    ) -> None:
        if tier not in TIERS:
            raise BankError(f"no tier {tier!r}; use {', '.join(TIERS)}")
        if bank is None and rubrics is not None:
            raise BankError("rubrics belong to a bank; name it too", path=rubrics)
        self._tier = tier
        self._bank = None
        if bank is not None:
            self._bank = Grader(Bank.load(bank, rubrics), tier=tier, cache=Cache.default())
            self._ids = _ids(self._bank.bank)

    def knows(self, name: object) -> bool:
        """Whether the bank has a question of that id or text."""
        return self._bank is not None and isinstance(name, str) and _plain(name) in self._ids

    def grade(
        self,
        answer: str,
        *,
        question: str | None = None,
        question_id: str | None = None,
        references: Sequence[str] = (),
    ) -> Graded:
        """Grade one answer.

        Args:
            question: the question's text; with a bank, instead of the id.
            references: one or more full-mark answers, where there is no bank.

        Raises:
            BankError: the bank has no such question.
            AnswersError: no question is named, or there is no bank and no reference.
        """
        with _LOCK:
            if self._bank is not None:
                name = question_id or question
                if not name:
                    what = "the sample names no question of the bank; give its id"
                    raise AnswersError(what, field="question_id")
                found = self._ids.get(_plain(name)) or self._bank.bank.question(name).id
                return _graded(self._bank, found, answer)
            full = tuple(text for text in references if text.strip())
            if not full:
                what = "the sample has no reference answer; give one, or a bank"
                raise AnswersError(what, field="reference")
            return _graded(_one_question(question or "", full, self._tier), "question", answer)


@lru_cache(maxsize=8)
def answer_grader(
    bank: str | None = None, rubrics: str | None = None, tier: str = DEFAULT_TIER
) -> AnswerGrader:
    """The :class:`AnswerGrader` of these arguments, made once."""
    return AnswerGrader(bank, rubrics, tier)


def as_text(value: object) -> str | None:
    """A name or an answer, which YAML or JSON may have read as a number."""
    return None if value is None else str(value)


def as_texts(value: object) -> list[str]:
    """One text or several; none for None."""
    several = value if isinstance(value, list | tuple) else [value]
    return [str(one) for one in several if one is not None]


def _graded(grader: Grader, question_id: str, answer: str) -> Graded:
    grade = grader.grade(question_id, answer)
    question = grader.bank.questions[question_id]
    return Graded(grade, RunQuestion.of(question, grader.key_points(question_id)))


@lru_cache(maxsize=_PREPARED)
def _one_question(question: str, references: tuple[str, ...], tier: str) -> Grader:
    """A grader for one question; what it learns is small and not worth a place in the cache."""
    code = _language(" ".join((question, *references)))
    only = Question("question", question, ("question",), references, code)
    bank = Bank("question", {}, code, 1.0, {}, {"question": only}, (), "")
    model = None if tier == "fast" else _model()
    return Grader(bank, encoder=_encoder(), cross_encoder=model, tier=tier)


@cache
def _encoder() -> Encoder | None:
    return load_encoder("embedded", cache=Cache.default())


@cache
def _model() -> CrossEncoder | None:
    return load_cross_encoder("embedded", cache=Cache.default())


def _language(text: str) -> str:
    """Russian if most words are written in Cyrillic, else English."""
    words = fold(text).split()
    return (
        "ru"
        if 2 * sum(language_of_word(word, "en") == "ru" for word in words) > len(words)
        else "en"
    )


def _ids(bank: Bank) -> dict[str, str]:
    """Question ids by themselves and by the questions' texts in every language."""
    found: dict[str, str] = {}
    for question in bank.questions.values():
        texts = (question.text, *(each.question for each in question.translations.values()))
        found.update({_plain(text): question.id for text in texts})
    return found | {_plain(id): id for id in bank.questions}


def _plain(text: str) -> str:
    return " ".join(text.split())


def _reason(graded: Graded, m: Messages) -> Iterator[str]:
    grade = graded.grade
    if grade.score is None:
        yield m("no_score")
    by_verdict: dict[str, list[str]] = {}
    for evidence in grade.evidence:
        by_verdict.setdefault(_verdict(evidence), []).append(_point(graded, evidence, m))
    for verdict in ("says_covered", "says_partly", "says_absent", "says_contradicted"):
        if verdict in by_verdict:
            yield f"{m(verdict)}: {'; '.join(by_verdict[verdict])}"
    if grade.misconceptions:
        known = {
            each.id: m.pick(each.translations, each.text) for each in graded.question.misconceptions
        }
        named = (known.get(hit.id, hit.id) for hit in grade.misconceptions)
        yield f"{m('misconceptions')}: {'; '.join(named)}"
    if grade.flags:
        flags = (f"{m.flag(flag.name)} ({m.factor(flag.factor)})" for flag in grade.flags)
        yield f"{m('flags')}: {'; '.join(flags)}"


def _verdict(evidence: Evidence) -> str:
    """The key of the words for how the answer stands to the point."""
    coverage = evidence.coverage
    if coverage is None:
        return "no_score"
    if coverage >= _COVERED:
        return "says_covered"
    if evidence.contradicted or evidence.verdict == "contradicted":
        return "says_contradicted"
    return "says_partly" if coverage >= _PARTLY else "says_absent"


def _point(graded: Graded, evidence: Evidence, m: Messages) -> str:
    """The point's statement and the words of the answer that made it."""
    points = {point.id: point for point in graded.question.key_points}
    point = points.get(evidence.point_id)
    text = m.pick(point.translations, point.text) if point else evidence.point_id
    if evidence.sentence is None or (evidence.coverage or 0.0) < _PARTLY:
        return text
    quoted = _plain(stretch(graded.grade.text, evidence.sentence))
    return f"{text} («{quoted}»)" if m.lang == "ru" else f"{text} (“{quoted}”)"
