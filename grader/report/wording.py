"""What a report says in words: names of things and the verdict."""

from __future__ import annotations

from collections.abc import Mapping

from grader.model import Grade, Match, Step
from grader.report.marking import stretch
from grader.report.messages import Messages
from grader.report.schema import Report, TopicSummary
from grader.run import RunQuestion

__all__ = ["FEW", "BankWords", "matched", "measures", "readable", "step_detail"]


# The target is a stem then, which tells a reader nothing.
_PLAIN = frozenset({"exact", "lemma"})

# A contradiction less likely than this is not worth showing.
_NOTABLE = 0.1
FEW = 5
"""With fewer questions a bootstrap interval is too narrow to call a difference real."""


class BankWords:
    """Names and sentences of one report in one language.

    Attributes:
        title: the bank's title, or its name, or "Report by topic".
        counts: how many answers, questions, topics and respondents, as one line.
    """

    def __init__(self, report: Report, m: Messages) -> None:
        self._report = report
        self._m = m
        self._topics = {topic.topic: self._topic_title(topic) for topic in report.topics}
        self.title = m.pick(report.bank.titles, report.bank.name) or m("report")
        self.counts = " · ".join(self._counts())

    def topic(self, topic: str) -> str:
        """A topic's title; of an unknown one its id made readable."""
        return self._topics.get(topic) or readable(topic)

    def respondent(self, name: str | None) -> str:
        """A respondent's name, or a word for none."""
        return self._m("unnamed") if name is None else name

    def verdict(self) -> list[str]:
        """Sentences on the gates, if any, and on the strongest and weakest topic."""
        m, overall = self._m, self._report.overall
        lines = self._gates()
        judged = [topic for topic in self._report.topics if topic.score.mean is not None]
        if not overall.answers:
            lines.append(m("verdict_empty"))
        elif not overall.judged:
            lines.append(m("verdict_none"))
        elif len(judged) == 1:
            lines.append(m("verdict_one", topic=self._quoted(judged[0])))
        elif judged:
            lines.append(self._contrast(judged[0], judged[-1]))
        return lines

    def _gates(self) -> list[str]:
        m, gates = self._m, self._report.gates
        if not gates:
            return []
        if [gate.gate for gate in gates] != ["mean"]:
            passed = sum(gate.passed for gate in gates)
            return [m("gates_verdict", passed=m.number(passed), of=m.number(len(gates)))]
        failed = "failed" if self._report.overall.judged else "not_judged"
        key = "passed" if gates[0].passed else failed
        return [m(key, threshold=m.out_of(gates[0].threshold)) + "."]

    def _contrast(self, worst: TopicSummary, best: TopicSummary) -> str:
        m = self._m
        text = m("verdict", best=self._scored(best), worst=self._scored(worst))
        high, low = worst.score.high, best.score.low
        if min(worst.questions, best.questions) < FEW or high is None or low is None:
            return f"{text} {m('verdict_few')}"
        return f"{text} {m('verdict_overlap' if low <= high else 'verdict_apart')}"

    def _scored(self, topic: TopicSummary) -> str:
        return f"{self._quoted(topic)} ({self._m.score(topic.score.mean)})"

    def _quoted(self, topic: TopicSummary) -> str:
        title = self.topic(topic.topic)
        return f"«{title}»" if self._m.lang == "ru" else f"“{title}”"

    def _topic_title(self, topic: TopicSummary) -> str:
        return self._m.pick(topic.titles, "") or readable(topic.topic)

    def _counts(self) -> list[str]:
        m, report = self._m, self._report
        counts = [m.count("n_answers", report.overall.answers)]
        counts.append(m.count("n_questions", len(report.questions)))
        counts.append(m.count("n_topics", len(report.topics)))
        nameless = any(r.respondent is None for r in report.respondents)
        named = report.respondents_total - nameless
        if named:
            counts.append(m.count("n_respondents", named))
        unjudged = report.overall.answers - report.overall.judged
        if unjudged:
            counts.append(m.count("n_unjudged", unjudged))
        return counts


def matched(match: Match, grade: Grade, m: Messages) -> tuple[str, str]:
    """The words that matched; then what they matched and how, empty if that is plain to see."""
    words = stretch(grade.text, match.span).strip()
    if match.how in _PLAIN or words.lower() == match.target.lower():
        return words, ""
    return words, f" → {match.target} ({m.how(match.how)})"


def measures(signals: Mapping[str, float | None], m: Messages, verdict: str | None = None) -> str:
    """Measurements in one line: "ключевые слова 1,00 · модель 0,62 (раскрыто частично)".

    Args:
        verdict: what the grading model says; stands behind its number.
    """
    parts = []
    for name, value in signals.items():
        if name == "contradiction" and (value or 0.0) < _NOTABLE:
            continue
        part = f"{m.signal(name)} {m.measure(value)}"
        if name == "entailment" and verdict is not None:
            part += f" ({m('says_' + verdict)})"
        parts.append(part)
    return " · ".join(parts)


def step_detail(step: Step, question: RunQuestion, m: Messages) -> str:
    """A step's detail with the id it begins with, if any, put into words."""
    name, space, rest = step.detail.partition(" ")
    named = {name: m.flag(name)} if step.name == "flag" else {}
    if step.name == "misconception":
        named = {item.id: m.pick(item.translations, item.text) for item in question.misconceptions}
    elif step.name == "cap":
        named = {item.id: m.pick(item.translations, item.text) for item in question.key_points}
    return f"{named.get(name, name)}{space}{rest}"


def readable(topic: str) -> str:
    """The id of a topic without a title, as words."""
    words = topic.replace("_", " ").strip() or topic
    return words[:1].upper() + words[1:]
