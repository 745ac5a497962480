"""A validation on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report.messages import messages
from grader.report.terminal import plain
from grader.report.validation.schema import ValidationReport
from grader.report.validation.words import ALONE, ValidationWords
from grader.stats import Estimate

__all__ = ["print_validation"]

QUESTIONS = 5
"""So many of the questions with the lowest correlation are printed."""
WIDEST_MATRIX = 11


def print_validation(report: ValidationReport, console: Console, *, lang: str) -> None:
    """Print a validation: verdict, statistics, grades, confusion, subgroups, weakest questions.

    Raises:
        RunError: there is no interface text in the language.
    """
    _Printer(report, console, lang).all()


class _Printer:
    def __init__(self, report: ValidationReport, console: Console, lang: str) -> None:
        self.report, self.console = report, console
        self.m = messages(lang, report.scale.end)
        self.words = ValidationWords(report, self.m)
        self.found = report.statistics

    def all(self) -> None:
        m, words = self.m, self.words
        self.console.print(plain(f"{words.title} — {m('validation')}", "bold"))
        self.console.print(plain(words.counts, "dim"))
        self.console.print(plain(words.scale, "dim"))
        for sentence in words.verdict():
            self.console.print(plain(sentence))
        self.statistics()
        self.alone()
        self.grades()
        self.confusion()
        self.true_score()
        self.subgroups()
        self.fairness()
        self.questions()

    def statistics(self) -> None:
        m, words, raters = self.m, self.words, self.found.overall.raters is not None
        heads = [m("machine_human"), m("interval")]
        heads += [m("human_human"), m("interval"), m("degradation")] if raters else []
        table = self.table([m("statistic")], [*heads, m("guideline")])
        table.columns[0].no_wrap = True
        for row in words.rows():
            style = "bold" if row.met is None else "bold green" if row.met else "bold yellow"
            cells = [Text(words.value(row.key, row.machine.value), style)]
            cells.append(self.interval(row.key, row.machine))
            if raters:
                people = row.raters or Estimate(None)
                known = row.raters is not None
                cells.append(Text(words.value(row.key, people.value) if known else ""))
                cells.append(self.interval(row.key, people))
                lost = words.value(row.key, row.difference.value) if row.difference else ""
                cells.append(Text(lost))
            table.add_row(plain(words.name(row.key)), *cells, Text(row.guideline, "dim"))
        self.section(m("agreement"), table)

    def alone(self) -> None:
        m, words = self.m, self.words
        if not (rows := words.alone()):
            return
        heads = [m("answers"), words.name(ALONE[0]), m("interval"), *map(words.name, ALONE[1:])]
        table = self.table([m("side")], heads)
        for name, found in rows:
            first, *rest = [getattr(found, key, Estimate(None)) for key in ALONE]
            table.add_row(
                plain(name),
                Text(m.number(found.n if found else 0)),
                Text(words.number(first.value), "bold"),
                self.interval(ALONE[0], first),
                *[Text(words.number(one.value)) for one in rest],
            )
        self.section(m("alone"), table)

    def interval(self, key: str, estimate: Estimate) -> Text:
        return Text(self.words.interval(key, estimate), "dim")

    def grades(self) -> None:
        m, words = self.m, self.words
        heads = [m("mean"), m("interval"), m("sd"), m("least"), m("greatest")]
        table = self.table([m("side")], heads)
        for name, side in words.sides():
            ends = (words.number(side.least), words.number(side.greatest))
            table.add_row(
                plain(name),
                Text(words.number(side.mean.value), "bold"),
                self.interval("mean", side.mean),
                Text(words.number(side.sd.value)),
                *map(Text, ends),
            )
        self.section(m("grades"), table)

    def confusion(self) -> None:
        m, overall = self.m, self.found.overall
        if len(overall.confusion) > WIDEST_MATRIX:
            return
        grades = [self.words.grade(category.grade) for category in overall.distribution]
        table = self.table([""], grades)
        for grade, row in zip(grades, overall.confusion, strict=True):
            cells = [Text(m.number(count), "" if count else "dim") for count in row]
            table.add_row(Text(grade, "dim"), *cells)
        self.section(f"{m('confusion')} — {m('person')} ↓, {m('machine')} →", table)

    def true_score(self) -> None:
        m, words, true = self.m, self.words, self.found.overall.true_score
        if true is None:
            return
        table = self.table([m("statistic")], ["", m("interval")])
        for key in ("error_variance", "true_variance", "mse", "prmse"):
            estimate = getattr(true, key)
            value = Text(words.number(estimate.value), "bold")
            table.add_row(plain(words.name(key)), value, self.interval(key, estimate))
        self.section(m("true_score"), table)

    def subgroups(self) -> None:
        m, words = self.m, self.words
        if not self.found.subgroups:
            return
        heads = [m("answers"), words.name("pearson"), words.name("qwk"), m("mean_difference")]
        table = self.table([m("subgroup")], [*heads, "DSM", m("interval")])
        for group in self.found.subgroups:
            own = group.statistics
            apart = (own.machine.mean.value or 0.0) - (own.human.mean.value or 0.0)
            table.add_row(
                plain(words.group(group.group)),
                Text(m.number(own.n)),
                Text(words.number(own.pearson.value)),
                Text(words.number(own.qwk.value)),
                Text(words.number(apart, signed=True)),
                Text(words.number(group.dsm.value, signed=True), "bold"),
                self.interval("dsm", group.dsm),
            )
        self.section(m("subgroups"), table)

    def fairness(self) -> None:
        m, words, fair = self.m, self.words, self.found.fairness
        if fair is None:
            return
        table = self.table([m("measure")], [m("explained"), m("interval"), m("p_value")])
        for key in ("osa", "osd", "csd"):
            measure = getattr(fair, key)
            table.add_row(
                plain(f"{words.name(key)}: {m(f'stat_{key}_note')}"),
                Text(words.value(key, measure.r2.value), "bold"),
                self.interval(key, measure.r2),
                Text(words.p(measure.p)),
            )
        self.section(m("fairness"), table)

    def questions(self) -> None:
        m, words = self.m, self.words
        known = [question for question in self.found.questions if question.pearson is not None]
        if len(self.found.questions) < 2 or not known:
            return
        heads = [m("answers"), words.name("pearson"), m("mean_difference")]
        table = self.table([m("question")], heads)
        for question in known[:QUESTIONS]:
            apart = words.number(question.machine - question.human, signed=True)
            r = Text(words.number(question.pearson), "bold")
            count = Text(m.number(question.n))
            table.add_row(plain(question.question_id), count, r, Text(apart))
        self.section(f"{m('by_question')} — {m('weakest_first')}", table)

    def table(self, texts: Sequence[str], numbers: Sequence[str]) -> Table:
        table = Table(box=None, padding=(0, 1, 0, 1), header_style="dim")
        for title in texts:
            table.add_column(title, overflow="fold")
        for title in numbers:
            table.add_column(title, justify="right", overflow="fold")
        return table

    def section(self, title: str, table: Table) -> None:
        self.console.print()
        self.console.print(plain(title, "bold"))
        self.console.print(table)
