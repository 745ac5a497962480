"""What item quality says in words and numbers, shared by terminal and Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from grader.report.items.schema import (
    ItemsReport,
    MisconceptionItem,
    PointItem,
    PointSuggestions,
    QuestionItem,
    Suggestion,
)
from grader.report.messages import DASH, Messages
from grader.report.validation.words import interval_text
from grader.run import Run, RunMisconception, RunPoint
from grader.stats import Estimate

__all__ = ["POOR", "ItemWords"]

POOR = 0.2
"""Below it a question discriminates poorly: Ebel and Frisbie (1991)."""

_VERDICTS: tuple[Literal["never", "always", "against"], ...] = ("never", "always", "against")


class ItemWords:
    """Names, numbers and sentences of one report of item quality in one language.

    Attributes:
        title: the bank's title or name, or that this is item quality.
        counts: how many answers, questions and the like, as one line.
    """

    def __init__(self, run: Run, report: ItemsReport, m: Messages) -> None:
        self._run, self._report, self._m = run, report, m
        self.title = m.pick(report.bank.titles, report.bank.name) or m("items")
        self.counts = " · ".join(self._counts())

    def question(self, question_id: str) -> str:
        """A question's text."""
        question = self._run.question(question_id)
        return self._m.pick(question.translations, question.text)

    def point(self, question_id: str, point_id: str) -> str:
        """A key point's text, of an unknown one its id."""
        return self._text(point_id, self._run.question(question_id).key_points)

    def misconception(self, question_id: str, misconception_id: str) -> str:
        """A misconception's text, of an unknown one its id."""
        return self._text(misconception_id, self._run.question(question_id).misconceptions)

    def _text(self, id: str, known: Sequence[RunPoint | RunMisconception]) -> str:
        found = next((each for each in known if each.id == id), None)
        return id if found is None else self._m.pick(found.translations, found.text)

    def number(self, value: float | None) -> str:
        """Two digits; a dash for None."""
        return self._m.measure(value)

    def interval(self, estimate: Estimate) -> str:
        """An interval: "0,61–0,80"; empty if there is none."""
        return interval_text(estimate, self.number)

    def index(self, item: QuestionItem) -> str:
        """The upper-lower index, marked where the question's own scores ranked the answers."""
        mark = "*" if item.statistics.criterion == "score" else ""
        return self.number(item.statistics.upper_lower) + mark

    def judged(self) -> list[tuple[QuestionItem, PointItem, str]]:
        """The key points with a verdict, in its words; those that work against the score first."""
        found = [
            (item, point, point.statistics.verdict)
            for item in self._report.questions
            for point in item.points
            if point.statistics.verdict is not None
        ]
        found.sort(key=lambda each: _VERDICTS[::-1].index(each[2]))
        return [(item, point, self.verdict(point)) for item, point, _ in found]

    def verdict(self, point: PointItem) -> str:
        """A key point's verdict in words; empty if there is none."""
        verdict = point.statistics.verdict
        return "" if verdict is None else self._m(f"point_{verdict}")

    def unfound(self) -> Iterator[tuple[QuestionItem, MisconceptionItem]]:
        """The misconceptions found in none of enough answers."""
        for item in self._report.questions:
            yield from ((item, each) for each in item.misconceptions if each.never)

    def terms(self, suggestions: PointSuggestions) -> str:
        """The suggested terms: "нулевой градиент (7 / 0), …"; a dash for none."""
        return ", ".join(self._term(term) for term in suggestions.terms) or DASH

    def _term(self, term: Suggestion) -> str:
        return f"{term.term} ({self._m.number(term.good)} / {self._m.number(term.other)})"

    def sentences(self) -> list[str]:
        """What the numbers come to."""
        m, items = self._m, self._report.questions
        said = [self._alpha()]
        values = [item.statistics.discrimination.value for item in items]
        known = [value for value in values if value is not None]
        if known:
            poor = sum(value < POOR for value in known)
            said.append(m.count("items_poor", poor, of=m.number(len(known)), bound=m.measure(POOR)))
        few = sum(item.statistics.n < self._report.fewest for item in items)
        if few:
            said.append(m.count("items_few", few, fewest=self._report.fewest))
        verdicts = [p.statistics.verdict for item in items for p in item.points]
        judged = [m.count(f"points_{v}", n) for v in _VERDICTS if (n := verdicts.count(v))]
        if judged:
            said.append(m("points_judged", counts="; ".join(judged)))
        return said

    def _alpha(self) -> str:
        m, found = self._m, self._report.reliability
        complete = f"{m.number(found.complete)} / {m.number(found.respondents)}"
        if found.reason is not None:
            key = f"alpha_{found.reason}"
            return m(key, complete=complete, fewest=self._report.fewest)
        interval = self.interval(found.alpha)
        value = self.number(found.alpha.value) + (f" ({interval})" if interval else "")
        return m("alpha_is", value=value, complete=complete)

    def _counts(self) -> Iterator[str]:
        m, report = self._m, self._report
        yield m.count("n_answers", report.answers)
        yield m.count("n_questions", len(report.questions))
        if report.reliability.respondents:
            yield m.count("n_respondents", report.reliability.respondents)
        if report.unscored:
            yield m.count("n_unjudged", report.unscored)

    def notes(self) -> list[str]:
        """How to read the tables."""
        m, items = self._m, self._report.questions
        notes = [m("items_note")]
        if any(item.statistics.criterion == "score" for item in items):
            notes.append("* " + m("index_own"))
        return notes
