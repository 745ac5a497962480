"""Item quality as Markdown tables: every question and every key point."""

from __future__ import annotations

from grader.report.items.schema import ItemsReport
from grader.report.items.words import ItemWords
from grader.report.markdown import escape, table
from grader.report.messages import Messages
from grader.run import Run

__all__ = ["render"]


def render(run: Run, report: ItemsReport, m: Messages) -> bytes:
    """Every table; scores are 0..1."""
    words = ItemWords(run, report, m)
    parts = [f"# {escape(words.title)} — {escape(m('items'))}", escape(words.counts)]
    parts += map(escape, words.sentences())
    parts += [*_questions(report, words, m), *_points(report, words, m)]
    parts += [*_misconceptions(words, m), *_suggestions(report, words, m)]
    if report.signature:
        parts.append(f"{escape(m('footer'))}: {escape(report.signature)}")
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _questions(report: ItemsReport, words: ItemWords, m: Messages) -> list[str]:
    human = report.human is not None
    rows = []
    for item in report.questions:
        found = item.statistics
        cells = [escape(words.question(item.question_id)), escape(item.question_id)]
        cells += [m.number(found.n), words.number(found.facility)]
        cells += [words.number(item.human)] if human else []
        cells += [words.number(found.discrimination.value), words.interval(found.discrimination)]
        cells += [escape(words.index(item)), m.percent(found.full), m.percent(found.zero)]
        rows.append([*cells, words.number(item.width), words.number(item.alpha_without)])
    heads = [m("question"), m("question_id"), "N", m("facility")]
    heads += [m("human_share")] if human else []
    heads += [m("discrimination"), m("interval_95"), m("index_27"), m("full"), m("zero")]
    heads += [m("width"), m("alpha_without")]
    content = table(heads, "ll" + "r" * (len(heads) - 2), rows)
    return [f"## {m('questions')} — {m('weakest_first')}", content, *map(escape, words.notes())]


def _points(report: ItemsReport, words: ItemWords, m: Messages) -> list[str]:
    rows = [
        [
            escape(words.point(item.question_id, point.point_id)),
            escape(item.question_id),
            m.number(point.statistics.n),
            m.percent(point.statistics.covered),
            m.percent(point.statistics.zero),
            words.number(point.statistics.rest.value),
            words.interval(point.statistics.rest),
            words.verdict(point),
        ]
        for item in report.questions
        for point in item.points
    ]
    if not rows:
        return []
    heads = [m("point"), m("question_id"), "N", m("covered"), m("zero"), m("point_rest")]
    content = table([*heads, m("interval_95"), m("verdict_head")], "llrrrrrl", rows)
    return [f"## {m('points')}", content]


def _misconceptions(words: ItemWords, m: Messages) -> list[str]:
    rows = [
        [
            escape(words.misconception(item.question_id, each.misconception_id)),
            escape(item.question_id),
            m.number(item.answers),
        ]
        for item, each in words.unfound()
    ]
    heads = [m("misconception"), m("question_id"), m("answers")]
    return [f"## {m('misconceptions_never')}", table(heads, "llr", rows)] if rows else []


def _suggestions(report: ItemsReport, words: ItemWords, m: Messages) -> list[str]:
    rows = [
        [
            escape(words.point(each.question_id, each.point_id)),
            escape(each.question_id),
            f"{m.number(each.fired)} / {m.number(each.good)}",
            escape(words.terms(each)),
        ]
        for each in report.suggestions or ()
    ]
    if not rows:
        return []
    heads = [m("point"), m("question_id"), m("fired"), m("consider")]
    content = table(heads, "llrl", rows)
    return [f"## {m('suggestions')}", content, escape(m("suggestions_note"))]
