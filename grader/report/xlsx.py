"""The report as a workbook; texts stay texts, whatever they begin with."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import IO, Any

import xlsxwriter

from grader.report.marking import visible
from grader.report.messages import Messages
from grader.report.schema import FlagCount, Mean, Report
from grader.report.wording import BankWords
from grader.run import Run

__all__ = ["ROWS", "SHEETS", "write"]

SHEETS = ("topics", "questions", "respondents", "answers", "points")
"""Sheet names, the same in every language so that programs find them."""

ROWS = 1_048_576
"""Rows that Excel keeps in a sheet, the heading among them."""

_LONGEST = 32_767  # characters Excel keeps in a cell
# A workbook carries its time of creation; a fixed one keeps equal reports equal.
_CREATED = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)

Row = Sequence[str | float | None]
Column = tuple[str, int]
"""Heading and width in characters."""


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """A workbook of five sheets; scores are numbers on the bank's scale, coverages 0..1.

    A sheet with more rows than Excel keeps ends with a note of how many were left out.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": visible(BankWords(report, m).title), "created": _CREATED})
        sheets = _Sheets(book, report, m)
        sheets.topics()
        sheets.questions()
        sheets.respondents()
        sheets.answers(run)
        sheets.points()


class _Sheets:
    def __init__(self, book: Any, report: Report, m: Messages) -> None:
        self.book, self.report, self.m = book, report, m
        self.words = BankWords(report, m)
        self.bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self.number = book.add_format({"num_format": "0.00", "valign": "top"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})

    def topics(self) -> None:
        m = self.m
        heads = [(m("topic"), 36), (m("questions"), 10), *self.mean_heads(), (m("flags"), 40)]
        rows = [
            [self.words.topic(t.topic), t.questions, *self.mean(t.score), self.flags(t.flags)]
            for t in self.report.topics
        ]
        self.sheet("topics", heads, rows, len(rows))

    def questions(self) -> None:
        m = self.m
        heads = [(m("question_id"), 24), (m("question"), 60), (m("topics"), 28)]
        heads += [*self.mean_heads(), (m("misconceptions"), 40), (m("flags"), 40)]
        rows = [
            [
                q.question_id,
                m.pick(q.translations, q.text),
                ", ".join(self.words.topic(topic) for topic in q.topics),
                *self.mean(q.score),
                "; ".join(f"{m.pick(x.translations, x.text)} {x.count}" for x in q.misconceptions),
                self.flags(q.flags),
            ]
            for q in self.report.questions
        ]
        self.sheet("questions", heads, rows, len(rows))

    def respondents(self) -> None:
        topics = [topic.topic for topic in self.report.topics]
        heads = [(self.m("respondent"), 28), *self.mean_heads()]
        heads += [(self.words.topic(topic), 16) for topic in topics]
        rows = []
        for respondent in self.report.respondents:
            means = {part.topic: self.scaled(part.score.mean) for part in respondent.topics}
            name = self.words.respondent(respondent.respondent)
            rows.append([name, *self.mean(respondent.score), *(means.get(t) for t in topics)])
        self.sheet("respondents", heads, rows, len(rows))

    def answers(self, run: Run) -> None:
        m = self.m
        heads = [(m("answer_id"), 24), (m("question_id"), 24), (m("respondent"), 20)]
        heads += [(m("topics"), 28), *self.score_heads(), (m("flags"), 30), (m("answer"), 80)]
        rows = (
            [
                a.answer_id,
                a.question_id,
                a.respondent,
                ", ".join(self.words.topic(topic) for topic in a.topics),
                *(self.scaled(value) for value in (a.score, *(a.interval or (None, None)))),
                ", ".join(m.flag(name) for name in dict.fromkeys(a.flags)),
                a.text,
            ]
            for a in run.outcomes()
        )
        self.sheet("answers", heads, rows, self.report.answers_total)

    def points(self) -> None:
        m = self.m
        heads = [(m("question_id"), 24), (m("point"), 70), (m("weight"), 8), (m("answers"), 9)]
        heads += [(m("coverage"), 11), (m("low"), 9), (m("high"), 9), (m("missed_count"), 9)]
        points = [point for question in self.report.questions for point in question.points]
        rows = [
            [
                p.question_id,
                m.pick(p.translations, p.text),
                p.weight,
                p.coverage.answers,
                p.coverage.mean,
                p.coverage.low,
                p.coverage.high,
                p.missed,
            ]
            for p in points
        ]
        self.sheet("points", heads, rows, len(rows))

    def score_heads(self) -> list[Column]:
        m = self.m
        return [(m("score_of", scale=m.top), 12), (m("low"), 9), (m("high"), 9)]

    def mean_heads(self) -> list[Column]:
        return [(self.m("answers"), 9), *self.score_heads()]

    def mean(self, mean: Mean) -> list[float | None]:
        return [mean.answers, *(self.scaled(value) for value in (mean.mean, mean.low, mean.high))]

    def scaled(self, value: float | None) -> float | None:
        return None if value is None else round(value * self.report.bank.scale, 6)

    def flags(self, flags: Sequence[FlagCount]) -> str:
        return ", ".join(f"{self.m.flag(flag.name)} {flag.count}" for flag in flags)

    def sheet(self, name: str, columns: Sequence[Column], rows: Iterable[Row], total: int) -> None:
        sheet = self.book.add_worksheet(name)
        last = 0
        for number, (title, width) in enumerate(columns):
            sheet.write_string(0, number, _cell(title), self.bold)
            sheet.set_column(number, number, width)
        room = total if total < ROWS else ROWS - 2
        for last, row in enumerate(islice(rows, room), 1):
            for number, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(last, number, _cell(value), self.text)
                elif isinstance(value, int):
                    sheet.write_number(last, number, value, self.text)
                elif value is not None:
                    sheet.write_number(last, number, value, self.number)
        if total > room:
            last += 1
            sheet.write_string(last, 0, self.m.count("sheet_full", total - room), self.bold)
        sheet.freeze_panes(1, 1)
        if last:
            sheet.autofilter(0, 0, last, len(columns) - 1)


def _cell(text: str) -> str:
    text = visible(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
