"""Item quality on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report.items.schema import ItemsReport
from grader.report.items.words import POOR, ItemWords
from grader.report.messages import messages
from grader.report.terminal import plain, text_table
from grader.run import Run

__all__ = ["print_items"]

ROWS = 15
"""So many questions, key points, misconceptions and suggestions are printed."""
_GOOD = 0.3


def print_items(run: Run, report: ItemsReport, console: Console, *, lang: str) -> None:
    """Print item quality: reliability, weakest questions, doubtful points, suggestions.

    Raises:
        RunError: there is no interface text in the language.
    """
    _Printer(run, report, console, lang).all()


class _Printer:
    def __init__(self, run: Run, report: ItemsReport, console: Console, lang: str) -> None:
        self.report, self.console = report, console
        self.m = messages(lang)
        self.words = ItemWords(run, report, self.m)

    def all(self) -> None:
        m, words = self.m, self.words
        self.console.print(plain(f"{words.title} — {m('items')}", "bold"))
        self.console.print(plain(words.counts, "dim"))
        for sentence in words.sentences():
            self.console.print(plain(sentence))
        self.questions()
        self.points()
        self.misconceptions()
        self.suggestions()

    def questions(self) -> None:
        m, words, items = self.m, self.words, self.report.questions
        human = self.report.human is not None
        widths = any(item.width is not None for item in items)
        heads = ["N", m("facility"), *([m("human_share")] if human else []), m("discrimination")]
        heads += [m("interval_95"), m("index_27"), m("full"), m("zero")]
        heads += [m("width")] if widths else []
        table = text_table([m("question")], [*heads, m("alpha_without")])
        for item in items[:ROWS]:
            found = item.statistics
            r = found.discrimination.value
            cells = [Text(m.number(found.n)), Text(words.number(found.facility), "bold")]
            cells += [Text(words.number(item.human))] if human else []
            cells.append(Text(words.number(r), _colour(r)))
            cells.append(Text(words.interval(found.discrimination), "dim"))
            cells += map(Text, (words.index(item), m.percent(found.full), m.percent(found.zero)))
            cells += [Text(words.number(item.width))] if widths else []
            cells.append(Text(words.number(item.alpha_without), "dim"))
            table.add_row(plain(words.question(item.question_id)), *cells)
        self.section(f"{m('questions')} — {m('weakest_first')}", table, len(items))
        for note in words.notes():
            self.console.print(plain(note, "dim"))

    def points(self) -> None:
        m, words = self.m, self.words
        judged = words.judged()
        if not judged:
            return
        heads = [m("verdict_head"), "N", m("covered"), m("point_rest"), m("interval_95")]
        table = text_table([m("point")], heads)
        for item, point, verdict in judged[:ROWS]:
            found = point.statistics
            table.add_row(
                self.named(words.point(item.question_id, point.point_id), item.question_id),
                Text(verdict, "red" if found.verdict == "against" else "yellow"),
                Text(m.number(found.n)),
                Text(m.percent(found.covered)),
                Text(words.number(found.rest.value)),
                Text(words.interval(found.rest), "dim"),
            )
        self.section(m("points_doubtful"), table, len(judged))

    def misconceptions(self) -> None:
        m, words = self.m, self.words
        unfound = list(words.unfound())
        if not unfound:
            return
        table = text_table([m("misconception")], [m("answers")])
        for item, each in unfound[:ROWS]:
            text = words.misconception(item.question_id, each.misconception_id)
            table.add_row(self.named(text, item.question_id), Text(m.number(item.answers)))
        self.section(m("misconceptions_never"), table, len(unfound))

    def suggestions(self) -> None:
        m, words = self.m, self.words
        found = [each for each in self.report.suggestions or () if each.terms]
        if not found:
            return
        table = text_table([m("point"), m("consider")], [m("fired")])
        for each in found[:ROWS]:
            table.add_row(
                self.named(words.point(each.question_id, each.point_id), each.question_id),
                plain(words.terms(each)),
                Text(f"{m.number(each.fired)} / {m.number(each.good)}"),
            )
        self.section(m("suggestions"), table, len(found))
        self.console.print(plain(m("suggestions_note"), "dim"))

    def named(self, text: str, question_id: str) -> Text:
        shown = plain(text)
        return shown.append("\n").append_text(plain(self.words.question(question_id), "dim"))

    def section(self, title: str, table: Table, rows: int) -> None:
        self.console.print()
        self.console.print(plain(title, "bold"))
        self.console.print(table)
        if rows > ROWS:
            self.console.print(Text("  " + self.m.count("n_more", rows - ROWS), "dim"))


def _colour(discrimination: float | None) -> str:
    if discrimination is None:
        return "dim"
    return "green" if discrimination >= _GOOD else "yellow" if discrimination >= POOR else "red"
