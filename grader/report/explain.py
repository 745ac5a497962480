"""One grade with everything behind it, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.model import Evidence, Grade, Match
from grader.report.aggregate import bank_scale
from grader.report.marking import CONTRADICTED, MATCH, MISCONCEPTION, pieces, stretch
from grader.report.messages import Messages, messages
from grader.report.terminal import level_colour, plain, text_table
from grader.report.wording import matched, measures, step_detail
from grader.run import Run, RunQuestion

__all__ = ["print_grade"]

_STYLES = {MATCH: "green underline", MISCONCEPTION: "yellow", CONTRADICTED: "red bold underline"}


def print_grade(run: Run, grade: Grade, console: Console, *, lang: str) -> None:
    """Print everything behind one grade: question, answer, points, flags and derivation.

    Raises:
        RunError: there is no interface text in the language, or the manifest's scale is wrong.
    """
    m = messages(lang, bank_scale(run.manifest))
    question = run.question(grade.question_id)
    _print_texts(question, grade, console, m)
    _heading(console, f"{m('score')}: {m.out_of(grade.score)}")
    if grade.interval:
        likely = f"{m('true_interval')} {m.interval(*grade.interval)}"
        if grade.needs_review:
            likely += f" · {m('needs_review')}"
        _indented(console, Text(likely, "dim"))
    _print_points(question, grade, console, m)
    _print_findings(question, grade, console, m)
    _print_derivation(question, grade, console, m)


def _print_texts(question: RunQuestion, grade: Grade, console: Console, m: Messages) -> None:
    _heading(console, m("question"), first=True)
    _indented(console, plain(m.pick(question.translations, question.text)))
    named = [grade.answer_id, grade.respondent, *grade.topics]
    title = plain(m("answer_text"), "bold")
    title.append_text(plain("   " + " · ".join(part for part in named if part), "not bold dim"))
    console.print()
    console.print(title)
    answer = Text()
    for piece in pieces(grade):
        answer.append_text(plain(piece.text, _STYLES.get(piece.kind, "")))
    _indented(console, answer if grade.text.strip() else Text(m("empty_answer"), "dim"))


def _print_points(question: RunQuestion, grade: Grade, console: Console, m: Messages) -> None:
    evidence = {item.point_id: item for item in grade.evidence}
    known = {point.id: point for point in question.key_points}
    names = list(dict.fromkeys([*evidence, *grade.points]))
    if not names:
        return
    _heading(console, m("points"))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", width=7, no_wrap=True)
    table.add_column()
    for name in names:
        item = evidence.get(name) or Evidence(name, grade.points.get(name))
        point = known.get(name)
        line = plain(m.pick(point.translations, point.text) if point else name)
        if point:
            line.append(f"  {m('weighs', weight=f'{point.weight:g}')}", "dim")
        table.add_row(Text(m.percent(item.coverage), level_colour(item.coverage)), line)
        for detail in _details(item, grade, m):
            table.add_row("", detail)
    console.print(table)


def _details(item: Evidence, grade: Grade, m: Messages) -> Iterable[Text]:
    if item.sentence is not None:
        yield plain(f"«{stretch(grade.text, item.sentence).strip()}»", "italic")
    if item.matches:
        yield Text(f"{m('found')}: ", "dim").append_text(_matches(item.matches, grade, m, MATCH))
    if item.contradicted:
        found = _matches(item.contradicted, grade, m, CONTRADICTED)
        yield Text(f"{m('contradicted')}: ", "dim").append_text(found)
    if item.signals:
        yield plain(measures(item.signals, m, item.verdict), "dim")


def _matches(matches: Iterable[Match], grade: Grade, m: Messages, kind: str) -> Text:
    parts = []
    for match in matches:
        words, note = matched(match, grade, m)
        parts.append(plain(words, _STYLES[kind]).append_text(plain(note, "dim")))
    return Text(", ").join(parts)


def _print_findings(question: RunQuestion, grade: Grade, console: Console, m: Messages) -> None:
    known = {item.id: item for item in question.misconceptions}
    if grade.misconceptions:
        _heading(console, m("misconceptions"))
    for hit in grade.misconceptions:
        item = known.get(hit.id)
        line = plain(m.pick(item.translations, item.text) if item else hit.id, "yellow")
        line.append(f"  {m('misconception_cost', cost=m.score(hit.cost))}", "dim")
        _indented(console, line)
        if hit.matches:
            found = _matches(hit.matches, grade, m, MISCONCEPTION)
            console.print(Padding(found, (0, 0, 0, 4), expand=False))
    if grade.flags:
        _heading(console, m("flags"))
    for flag in grade.flags:
        line = plain(m.flag(flag.name), "yellow").append(f"  {m.factor(flag.factor)}", "dim")
        _indented(console, line)
        note = " ".join(part for part in (m.flag_meaning(flag.name), flag.detail) if part)
        console.print(Padding(plain(note, "dim"), (0, 0, 0, 4), expand=False))


def _print_derivation(question: RunQuestion, grade: Grade, console: Console, m: Messages) -> None:
    if grade.signals:
        _heading(console, m("signals"))
        _indented(console, plain(measures(grade.signals, m)))
    if not grade.steps:
        return
    _heading(console, m("derivation"))
    table = text_table([], [])
    table.add_column("", no_wrap=True)
    table.add_column("", ratio=1)
    table.add_column("", justify="right", no_wrap=True)
    table.show_header = False
    for step in grade.steps:
        score = Text(m.score(step.score), "bold")
        table.add_row(plain(m.step(step.name)), plain(step_detail(step, question, m), "dim"), score)
    console.print(table)


def _heading(console: Console, title: str, *, first: bool = False) -> None:
    if not first:
        console.print()
    console.print(Text(title, "bold"))


def _indented(console: Console, text: Text) -> None:
    console.print(Padding(text, (0, 0, 0, 2), expand=False))
