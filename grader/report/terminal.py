"""The report on the terminal.

Only :class:`rich.text.Text` reaches the screen, never markup, so nothing a respondent wrote
is taken for a colour or a command.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.report.gate_words import GateWords
from grader.report.marking import visible
from grader.report.messages import Messages, messages
from grader.report.schema import Mean, Report
from grader.report.wording import BankWords

__all__ = ["level_colour", "make_console", "plain", "print_report", "text_table"]

ROWS = 5
"""So many of the weakest questions and most missed points are printed."""
RESPONDENTS = 100
BAD_ROWS = 20
BAR = 10
PIPED_WIDTH = 100
WIDEST = 120


def make_console(file: IO[str] | None = None, width: int | None = None) -> Console:
    """A console for reports: colour on a terminal only and not under NO_COLOR.

    Args:
        file: where to print, standard output by default.
        width: in columns; by default the terminal's up to 120, beyond which lines are hard to
            follow, or 100 (or COLUMNS) when piped, since rich's 80 would fold tables in files.
    """
    stream = sys.stdout if file is None else file
    if width is None and not stream.isatty() and not os.environ.get("COLUMNS", "").isdigit():
        width = PIPED_WIDTH
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    if width is None:
        console.width = min(console.width, WIDEST)
    return console


def print_report(report: Report, console: Console, *, lang: str) -> None:
    """Print the report: topics, questions, missed points, respondents, flags, bad rows, gates.

    Raises:
        RunError: there is no interface text in the language.
    """
    _Printer(report, console, messages(lang, report.bank.scale)).all()


class _Printer:
    def __init__(self, report: Report, console: Console, m: Messages) -> None:
        self.report, self.console, self.m = report, console, m
        self.words = BankWords(report, m)

    def all(self) -> None:
        self.headline()
        self.topics()
        self.questions()
        self.missed()
        self.respondents()
        self.flags()
        self.bad_rows()
        self.gates()

    def headline(self) -> None:
        m, mean = self.m, self.report.overall
        self.console.print(plain(self.words.title, "bold"))
        self.console.print(plain(self.words.counts, "dim"))
        line = Text(f"{m('overall')}: ").append(m.out_of(mean.mean), "bold")
        if mean.low is not None:
            line.append(f"   {m('interval')} {m.interval(mean.low, mean.high)}", "dim")
        self.console.print(line)
        for sentence in self.words.verdict():
            self.console.print(plain(sentence))

    def topics(self) -> None:
        m = self.m
        if not self.report.topics:
            return
        table = text_table([m("topic")], [m("answers"), m("score"), m("interval")])
        table.add_column("", no_wrap=True, width=BAR)
        table.add_column(m("flags"), justify="right", no_wrap=True)
        for topic in self.report.topics:
            flagged = sum(flag.count for flag in topic.flags)
            table.add_row(
                plain(self.words.topic(topic.topic)),
                *self.mean(topic.score),
                self.bar(topic.score.mean),
                Text(m.number(flagged) if flagged else "", "yellow"),
            )
        self.section(f"{m('topics')} — {m('weakest_first')}", table)

    def questions(self) -> None:
        m, questions = self.m, self.report.questions
        judged = [question for question in questions if question.score.mean is not None]
        if not judged:
            return
        table = text_table([m("question")], [m("answers"), m("score"), m("interval")])
        for question in judged[:ROWS]:
            text = m.pick(question.translations, question.text)
            table.add_row(plain(text), *self.mean(question.score))
        self.section(m("weakest_questions"), table)

    def missed(self) -> None:
        m, points = self.m, self.report.missed_points
        if not points:
            return
        texts = {q.question_id: m.pick(q.translations, q.text) for q in self.report.questions}
        table = text_table([m("point")], [m("coverage"), m("answers")])
        for point in points[:ROWS]:
            text = plain(m.pick(point.translations, point.text))
            text.append("\n").append_text(plain(texts[point.question_id], "dim"))
            coverage = Text(m.percent(point.coverage.mean))
            table.add_row(text, coverage, Text(m.number(point.coverage.answers)))
        self.section(m("missed"), table)

    def respondents(self) -> None:
        m = self.m
        if len(self.report.respondents) < 2:
            return
        table = text_table([m("respondent")], [m("answers"), m("score"), m("interval")])
        table.add_column("", no_wrap=True, width=BAR)
        for respondent in self.report.respondents[:RESPONDENTS]:
            name = plain(self.words.respondent(respondent.respondent))
            table.add_row(name, *self.mean(respondent.score), self.bar(respondent.score.mean))
        self.section(f"{m('respondents')} — {m('best_first')}", table)
        self.more(self.report.respondents_total - RESPONDENTS)

    def flags(self) -> None:
        if not self.report.flags:
            return
        table = text_table([], [self.m("count")])
        table.add_column(self.m("flag"), no_wrap=True)
        table.add_column(self.m("meaning"), ratio=1)
        for flag in self.report.flags:
            name, meaning = self.m.flag(flag.name), self.m.flag_meaning(flag.name)
            count = Text(self.m.number(flag.count))
            table.add_row(count, plain(name, "yellow"), plain(meaning))
        self.section(self.m("flags"), table)

    def bad_rows(self) -> None:
        rows = self.report.bad_rows
        if not rows:
            return
        self.section(self.m("bad_rows"))
        for row in rows[:BAD_ROWS]:
            where = ":".join(str(part) for part in (row.path, row.line) if part is not None)
            parts = [part for part in (where, row.field) if part]
            line = plain(": ".join([*parts, row.what]))
            self.console.print(Padding(line, (0, 0, 0, 2), expand=False))
        self.more(len(rows) - BAD_ROWS)

    def gates(self) -> None:
        if not self.report.gates:
            return
        words = GateWords(self.report, self.m)
        self.section(words.title)
        for result in self.report.gates:
            line = plain(words.line(result), "green" if result.passed else "red")
            self.console.print(line, soft_wrap=True)

    def more(self, left: int) -> None:
        if left > 0:
            self.console.print(Text("  " + self.m.count("n_more", left), "dim"))

    def section(self, title: str, table: Table | None = None) -> None:
        self.console.print()
        self.console.print(plain(title, "bold"))
        if table is not None:
            self.console.print(table)

    def mean(self, mean: Mean) -> list[Text]:
        m = self.m
        return [
            Text(m.number(mean.answers)),
            Text(m.score(mean.mean), "bold"),
            Text(m.interval(mean.low, mean.high), "dim"),
        ]

    def bar(self, value: float | None) -> Text:
        if value is None:
            return Text("")
        full, rest = ("#", ".") if self.console.options.ascii_only else ("█", "░")
        length = round(value * BAR)
        return Text(full * length, level_colour(value)).append(rest * (BAR - length), "dim")


def plain(text: str, style: str = "") -> Text:
    """Text as it is, in a style, with control characters made harmless."""
    return Text(visible(text), style)


def level_colour(value: float | None) -> str:
    """Green, yellow or red for a score or coverage of 0..1; dim for None."""
    if value is None:
        return "dim"
    return "green" if value >= 0.7 else "yellow" if value >= 0.4 else "red"


def text_table(texts: Sequence[str], numbers: Sequence[str]) -> Table:
    """A table without lines: first columns of text that share the width, then of numbers."""
    table = Table(box=None, padding=(0, 1, 0, 1), expand=True, header_style="dim", pad_edge=True)
    for title in texts:
        table.add_column(title, ratio=3, overflow="fold")
    for title in numbers:
        table.add_column(title, justify="right", no_wrap=True)
    return table
