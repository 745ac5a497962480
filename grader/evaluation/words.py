"""What an evaluation says in words and numbers, shared by terminal, Markdown and JUnit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grader.evaluation.plan import Plan
from grader.evaluation.results import Comparison, Result
from grader.llm.budget import Tokens
from grader.report import Report, messages
from grader.report.comparison.words import ComparisonWords
from grader.report.gate_words import GateWords
from grader.report.messages import DASH
from grader.report.wording import BankWords

__all__ = ["EvaluationWords", "GateRow"]

_TEXTS = {
    "ru": {
        "evaluation": "Оценка моделей",
        "missing": "Нет ответов",
        "tokens": "Токены",
        "gates": "Пороги",
        "cost": "Стоимость",
        "failed": "{name}: не получилось: {what}",
        "lacks": "{name}: не хватает ответов: {n} из {of}{why}. Та же команда спросит только о "
        "них.",
        "budget": "следующий вопрос мог бы превысить бюджет",
        "n_failed": "Не получилось оценить моделей: {n}.",
        "n_missing": "Не хватает ответов: {n}.",
        "not_compared": "Сравнения нет: {what}",
        "absent": "Сравнивать надо было с {name}, но этой оценки нет: сравнение — с {instead}.",
        "spent": "Всего токенов: прочитано {prompt}, написано {completion}.",
        "money": "Стоимость ответов: {money}.",
        "problems": "На что обратить внимание",
        "differences": "Разница",
        "compared": "сравнение",
        "truncated": "оборвано ответов: {n}",
        "refused": "отказов: {n}",
        "empty": "пустых ответов: {n}",
    },
    "en": {
        "evaluation": "Evaluation of models",
        "missing": "Missing",
        "tokens": "Tokens",
        "gates": "Gates",
        "cost": "Cost",
        "failed": "{name}: failed: {what}",
        "lacks": "{name}: {n} of {of} answers are missing{why}. The same command asks only for "
        "these.",
        "budget": "the next question could have passed the budget",
        "n_failed": "Models failed: {n}.",
        "n_missing": "Answers missing: {n}.",
        "not_compared": "Not compared: {what}",
        "absent": "{name}, the baseline of the comparison, was not graded: the baseline is "
        "{instead}.",
        "spent": "Tokens in all: {prompt} read, {completion} written.",
        "money": "The answers cost {money}.",
        "problems": "What to know",
        "differences": "Differences",
        "compared": "comparison",
        "truncated": "answers cut off: {n}",
        "refused": "refused: {n}",
        "empty": "empty: {n}",
    },
}
_CENTS = 4
_UNFINISHED = ("truncated", "refused", "empty")


class GateRow(NamedTuple):
    """What one gate says of one system."""

    name: str
    mark: str
    demand: str
    found: str
    line: str
    passed: bool


class EvaluationWords:
    """Names, numbers and sentences of one evaluation in one language.

    Attributes:
        title: of the bank, or its name.
        m: texts and numbers of the language, on the bank's scale.
        results: the best first.
    """

    def __init__(
        self,
        plan: Plan,
        results: Sequence[Result],
        comparison: Comparison | None,
        lang: str,
    ) -> None:
        self.m = messages(lang, plan.bank.scale)
        self.results = sorted(results, key=_rank)
        self.title = self.m.pick(plan.bank.title, plan.bank.name)
        self._topics = dict.fromkeys(t for q in plan.bank.questions.values() for t in q.topics)
        self._comparison = comparison
        self._texts = _TEXTS[lang]

    def __call__(self, key: str, **values: object) -> str:
        """A text of this evaluation."""
        return self._texts[key].format(**values)

    def heads(self) -> list[str]:
        """Of the leaderboard, without the first, which is the system's."""
        m = self.m
        heads = [m("score_of", scale=m.top), m("interval"), m("answers")]
        heads += [self("missing")] if self._lacking else []
        heads += [self("tokens")]
        heads += [self("cost")] if self._priced else []
        return [*heads, self("gates")] if self._gated else heads

    def row(self, result: Result) -> list[str]:
        """A system's cells under these."""
        m, mean = self.m, None if result.graded is None else result.graded[1].overall
        cells = [
            m.score(None if mean is None else mean.mean),
            m.interval(None, None) if mean is None else m.interval(mean.low, mean.high),
            m.number(len(result.system.asks) - result.missing),
        ]
        cells += [m.number(result.missing)] if self._lacking else []
        cells.append(m.number(result.kept.spent.prompt + result.kept.spent.completion))
        cells += [self._money(result.money)] if self._priced else []
        return [*cells, self._gates_passed(result)] if self._gated else cells

    def verdict(self) -> list[str]:
        """What matters most, on one line: what failed, what is missing, gates."""
        m, parts = self.m, []
        gates = [row.passed for row in self.gates()]
        missing = sum(result.missing for result in self.results if result.failure is None)
        if failed := sum(result.failure is not None for result in self.results):
            parts.append(self("n_failed", n=m.number(failed)))
        if missing:
            parts.append(self("n_missing", n=m.number(missing)))
        if gates:
            numbers = {"passed": m.number(sum(gates)), "of": m.number(len(gates))}
            parts.append(m("gates_verdict", **numbers))
        return [" ".join(parts)] if parts else []

    def problem(self, result: Result) -> str | None:
        """Why a system failed, or what it lacks; None if all is well."""
        name = result.system.name
        if result.failure is not None:
            return self("failed", name=name, what=result.failure)
        if result.missing:
            numbers = {"n": result.missing, "of": len(result.system.asks)}
            return self("lacks", name=name, why=self._why(result), **numbers)
        return None

    def problems(self) -> list[str]:
        """What failed, what is missing, what is cut off."""
        lines = [line for line in map(self.problem, self.results) if line is not None]
        lines += [line for line in map(self._unfinished, self.results) if line is not None]
        compared = self._comparison
        if compared is not None and compared.refusal is not None:
            lines.append(self("not_compared", what=compared.refusal))
        if compared is not None and compared.report is not None and compared.absent is not None:
            instead = compared.report.baseline
            lines.append(self("absent", name=compared.absent, instead=instead))
        return lines

    def differences(self) -> list[str]:
        """What the comparison comes to, a line a pair."""
        if self._comparison is None or self._comparison.report is None:
            return []
        report = self._comparison.report
        words = ComparisonWords(report, self.m)
        return [" ".join(words.sentences(pair)) for pair in report.pairs]

    def topics(self) -> list[list[str]]:
        """Of each topic its title and every graded system's mean score, in the bank's order."""
        rows: dict[str, list[str]] = {}
        graded = self.graded()
        for number, (_, report) in enumerate(graded):
            words = BankWords(report, self.m)
            for topic in report.topics:
                row = rows.setdefault(
                    topic.topic, [words.topic(topic.topic), *([DASH] * len(graded))]
                )
                row[number + 1] = self.m.score(topic.score.mean)
        return [rows[topic] for topic in self._topics if topic in rows]

    def graded(self) -> list[tuple[str, Report]]:
        """Names and reports of the systems that were graded."""
        return [(r.system.name, r.graded[1]) for r in self.results if r.graded is not None]

    def gates(self) -> list[GateRow]:
        """What every gate says of every system; no tick while answers are missing."""
        found = []
        for result in self.results:
            if result.graded is None:
                continue
            words = GateWords(result.graded[1], self.m)
            for gate in result.graded[1].gates:
                mark = DASH if gate.passed and result.missing else words.mark(gate)
                demand, measured = words.demand(gate), words.found(gate)
                line = f"{mark} {words.said(gate)}"
                name = result.system.name
                found.append(GateRow(name, mark, demand, measured, line, gate.passed))
        return found

    def spent(self) -> str:
        """What the answers have cost, in all."""
        m, results = self.m, self.results
        tokens = Tokens(
            sum(r.kept.spent.prompt for r in results),
            sum(r.kept.spent.completion for r in results),
        )
        text = self("spent", prompt=m.number(tokens.prompt), completion=m.number(tokens.completion))
        if not self._priced:
            return text
        money = sum(result.money or 0.0 for result in results)
        return f"{text} {self('money', money=self._money(money))}"

    def _why(self, result: Result) -> str:
        """Why answers are missing, as one of them says it, in brackets."""
        if result.collected is None:
            return ""
        reason = next(iter(result.collected.failed.values()), None)
        if result.collected.over_budget:
            reason = self("budget")
        return "" if reason is None else f" ({reason})"

    def _unfinished(self, result: Result) -> str | None:
        """How many answers are cut off, refused or empty, which explains a low score."""
        parts = [
            self(status, n=self.m.number(result.kept.statuses[status]))
            for status in _UNFINISHED
            if result.kept.statuses.get(status)
        ]
        return f"{result.system.name}: {', '.join(parts)}" if parts else None

    def _gates_passed(self, result: Result) -> str:
        report: Report | None = None if result.graded is None else result.graded[1]
        if report is None:
            return DASH
        passed, of = sum(gate.passed for gate in report.gates), len(report.gates)
        mark = "✗" if passed < of else DASH if result.missing else "✓"
        return f"{mark} {passed}/{of}"

    def _money(self, value: float | None) -> str:
        return DASH if value is None else self.m.number(value, _CENTS)

    @property
    def _lacking(self) -> bool:
        return any(result.missing for result in self.results)

    @property
    def _priced(self) -> bool:
        return any(result.system.setup.price is not None for result in self.results)

    @property
    def _gated(self) -> bool:
        return any(result.graded and result.graded[1].gates for result in self.results)


def _rank(result: Result) -> tuple[bool, float]:
    """The best first, those without a score last."""
    return result.score is None, -(result.score or 0.0)
