"""A comparison on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.report.comparison.schema import ChangedQuestion, ComparisonReport, Pair, ShownAnswer
from grader.report.comparison.words import ComparisonWords
from grader.report.messages import messages
from grader.report.terminal import plain

__all__ = ["print_comparison"]

SHORTENED = 300
"""So many characters of an answer are printed."""
WIDE = 96
NAME = 12

Cell = TypeVar("Cell", str, Text)

_STYLES = {"better": "bold green", "worse": "bold red", "not_shown": "bold"}


def print_comparison(report: ComparisonReport, console: Console, *, lang: str) -> None:
    """Print a comparison: verdicts, leaderboard, differences, topics, what changed most.

    Raises:
        RunError: there is no interface text in the language.
    """
    _Printer(report, console, lang).all()


class _Printer:
    def __init__(self, report: ComparisonReport, console: Console, lang: str) -> None:
        self.report, self.console = report, console
        self.m = messages(lang, report.bank.scale)
        self.words = ComparisonWords(report, self.m)

    def all(self) -> None:
        m, words = self.m, self.words
        self.console.print(plain(f"{words.title} — {m('comparison')}", "bold"))
        self.console.print(plain(words.counts, "dim"))
        for line in words.warnings():
            self.console.print(plain(line, "yellow"))
        for pair in self.report.pairs:
            first, *others = words.sentences(pair)
            self.console.print(plain(first, _STYLES[pair.difference.verdict]))
            for line in others:
                self.console.print(plain(line))
        self.leaderboard()
        self.differences()
        for pair in self.report.pairs:
            self.topics(pair)
        for pair in self.report.pairs:
            self.changed(pair)

    def leaderboard(self) -> None:
        m, words = self.m, self.words
        ks = words.ks
        heads = [m("score"), m("interval"), *self.if_wide(m("questions")), m("answers")]
        heads += [m("spread")] if ks else []
        heads += [m("pass_share"), *(m("pass_at", k=k) for k in ks)]
        table = self.table([m("system")], heads)
        for system in self.report.systems:
            spread = [Text(words.points(system.spread))] if ks else []
            table.add_row(
                plain(system.label),
                Text(words.points(system.score.mean), "bold"),
                Text(words.interval(system.score.low, system.score.high), "dim"),
                *self.if_wide(Text(m.number(system.questions))),
                Text(m.number(system.answers)),
                *spread,
                Text(m.percent(system.passed)),
                *(Text(words.pass_at(system, k)) for k in ks),
            )
        self.section(m("leaderboard"), table)

    def differences(self) -> None:
        m, words, pairs = self.m, self.words, self.report.pairs
        firsts = {pair.first for pair in pairs}
        heads = [*self.if_wide(m("questions")), m("difference"), m("interval")]
        heads += [m("p_holm" if len(pairs) > 1 else "p_value"), *self.if_wide(m("effect"))]
        table = self.table([m("system")], [*heads, m("outcomes"), m("detectable")])
        for pair in pairs:
            found = pair.difference.result
            value = words.points(found.difference.value, signed=True)
            table.add_row(
                plain(pair.second if len(firsts) == 1 else f"{pair.second} − {pair.first}"),
                *self.if_wide(Text(m.number(found.questions))),
                Text(value, _STYLES[pair.difference.verdict]),
                Text(words.interval(found.difference.low, found.difference.high), "dim"),
                Text(words.p(pair.difference.p_adjusted)),
                *self.if_wide(Text(words.number(found.effect))),
                Text(words.outcomes(pair.difference)),
                Text(words.points(found.detectable)),
            )
        versus = (
            f" — {m('versus', system=words.quoted(pairs[0].first))}" if len(firsts) == 1 else ""
        )
        self.section(m("differences") + versus, table)

    def topics(self, pair: Pair) -> None:
        m, words = self.m, self.words
        if len(pair.topics) < 2:
            return
        heads = [m("questions"), m("difference"), m("interval"), m("p_holm")]
        heads += [*self.if_wide(m("detectable")), m("verdict_column")]
        table = self.table([m("topic")], heads)
        for topic in pair.topics:
            cells = [Text("")] * (len(heads) - 2)
            style = "dim"
            if topic.difference is not None:
                found, style = topic.difference.result, _STYLES[topic.difference.verdict]
                cells = [
                    Text(words.points(found.difference.value, signed=True), style),
                    Text(words.interval(found.difference.low, found.difference.high), "dim"),
                    Text(words.p(topic.difference.p_adjusted)),
                    *self.if_wide(Text(words.points(found.detectable))),
                ]
            verdict = Text(words.verdict(topic.difference), style.removeprefix("bold "))
            count = Text(m.number(topic.questions))
            table.add_row(plain(words.topic(topic)), count, *cells, verdict)
        self.section(f"{m('topics_compared')} — {self.named(pair)}", table)

    def changed(self, pair: Pair) -> None:
        if not pair.changed:
            return
        self.section(f"{self.m('changed')} — {self.named(pair)}")
        for changed in pair.changed:
            self.question(pair, changed)

    def question(self, pair: Pair, changed: ChangedQuestion) -> None:
        m, words = self.m, self.words
        apart = words.points(changed.second - changed.first, signed=True)
        line = Text(f"{words.points(changed.first)} → {words.points(changed.second)} ({apart})  ")
        self.console.print(line.append_text(plain(words.question(changed), "bold")))
        sides = ((pair.first, changed.first_answer), (pair.second, changed.second_answer))
        for label, answer in sides:
            self.console.print(Padding(self.answer(label, answer), (0, 0, 0, 2)))
        for key, points, style in (
            ("gained", changed.gained, "green"),
            ("lost", changed.lost, "red"),
        ):
            for point in points:
                found = Text(f"{m(key)}: ", style).append_text(plain(words.point(point)))
                self.console.print(Padding(found, (0, 0, 0, 2)))

    def answer(self, label: str, answer: ShownAnswer) -> Text:
        text = " ".join(answer.text.split())
        if len(text) > SHORTENED:
            text = text[:SHORTENED].rstrip() + "…"
        head = plain(f"{label} {self.words.points(answer.score)}: ", "dim")
        flags = f" [{self.words.flags(answer.flags)}]" if answer.flags else ""
        shown = plain(text) if text else plain(self.m("empty_answer"), "dim")
        return head.append_text(shown).append_text(plain(flags, "yellow"))

    def named(self, pair: Pair) -> str:
        return f"{self.words.quoted(pair.first)} → {self.words.quoted(pair.second)}"

    def if_wide(self, cell: Cell) -> list[Cell]:
        """A column that a narrow terminal does without."""
        return [cell] if self.console.width >= WIDE else []

    def table(self, texts: Sequence[str], numbers: Sequence[str]) -> Table:
        table = Table(box=None, padding=(0, 1, 0, 1), header_style="dim")
        for title in texts:
            table.add_column(title, overflow="fold", min_width=NAME)
        for title in numbers:
            lines = title.replace("/", "/\n").replace(" ", "\n")
            table.add_column(lines, justify="right", no_wrap=True, vertical="top")
        return table

    def section(self, title: str, table: Table | None = None) -> None:
        self.console.print()
        self.console.print(plain(title, "bold"))
        if table is not None:
            self.console.print(table)
