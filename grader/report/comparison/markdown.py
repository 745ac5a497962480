"""A comparison as Markdown tables, for pull requests and wikis."""

from __future__ import annotations

from grader.report.comparison.schema import (
    ChangedQuestion,
    ComparisonReport,
    Pair,
    ShownAnswer,
)
from grader.report.comparison.words import ComparisonWords
from grader.report.markdown import escape, table
from grader.report.messages import Messages

__all__ = ["render"]


def render(report: ComparisonReport, m: Messages) -> bytes:
    """Every table of the comparison; answers whole, each on one line."""
    words = ComparisonWords(report, m)
    parts = [f"# {escape(words.title)} — {escape(m('comparison'))}", escape(words.counts)]
    parts += map(escape, words.warnings())
    for pair in report.pairs:
        first, *others = map(escape, words.sentences(pair))
        parts.append(" ".join([f"**{first}**", *others]))
    parts += [*_leaderboard(report, words, m), *_differences(report, words, m)]
    for pair in report.pairs:
        parts += [*_topics(pair, words, m), *_changed(pair, words, m)]
    parts.append(escape(words.how_to_read()))
    for run in report.runs:
        if run.signature:
            parts.append(f"{escape(run.name)} — {escape(m('footer'))}: {escape(run.signature)}")
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _leaderboard(report: ComparisonReport, words: ComparisonWords, m: Messages) -> list[str]:
    heads = [m("system"), m("score_of", scale=m.top), m("interval"), m("questions"), m("answers")]
    heads += [m("spread"), m("pass_share"), *(m("pass_at", k=k) for k in words.ks)]
    rows = [
        [
            escape(system.label),
            words.points(system.score.mean),
            words.interval(system.score.low, system.score.high),
            m.number(system.questions),
            m.number(system.answers),
            words.points(system.spread),
            m.percent(system.passed),
            *(words.pass_at(system, k) for k in words.ks),
        ]
        for system in report.systems
    ]
    content = table(heads, "l" + "r" * (len(heads) - 1), rows)
    return [f"## {m('leaderboard')}", escape(words.leaderboard_note()), content]


def _differences(report: ComparisonReport, words: ComparisonWords, m: Messages) -> list[str]:
    rows = []
    for pair in report.pairs:
        found = pair.difference.result
        rows.append(
            [
                escape(pair.second),
                escape(pair.first),
                m.number(found.questions),
                words.points(found.difference.value, signed=True),
                words.interval(found.difference.low, found.difference.high),
                escape(words.p(found.p)),
                escape(words.p(pair.difference.p_adjusted)),
                words.number(found.effect),
                words.outcomes(pair.difference),
                words.points(found.detectable),
                words.verdict(pair.difference),
            ]
        )
    heads = [m("system"), m("compared_with"), m("questions"), m("difference"), m("interval")]
    heads += [m("p_value"), m("p_holm"), escape(m("effect")), m("outcomes"), m("detectable")]
    content = table([*heads, m("verdict_column")], "llrrrrrrrrl", rows)
    return [f"## {m('differences')}", escape(words.differences_note()), content]


def _topics(pair: Pair, words: ComparisonWords, m: Messages) -> list[str]:
    rows = []
    for topic in pair.topics:
        cells = [""] * 6
        if topic.difference is not None:
            found = topic.difference.result
            cells = [
                words.points(found.difference.value, signed=True),
                words.interval(found.difference.low, found.difference.high),
                escape(words.p(topic.difference.p_adjusted)),
                words.number(found.effect),
                words.outcomes(topic.difference),
                words.points(found.detectable),
            ]
        verdict = words.verdict(topic.difference)
        rows.append([escape(words.topic(topic)), m.number(topic.questions), *cells, verdict])
    heads = [m("topic"), m("questions"), m("difference"), m("interval"), m("p_holm")]
    heads += [escape(m("effect")), m("outcomes"), m("detectable"), m("verdict_column")]
    content = table(heads, "lrrrrrrrl", rows)
    return [f"## {m('topics_compared')}: {_named(pair, words)}", content] if rows else []


def _changed(pair: Pair, words: ComparisonWords, m: Messages) -> list[str]:
    if not pair.changed:
        return []
    parts = [f"## {m('changed')}: {_named(pair, words)}", escape(m("changed_note"))]
    for changed in pair.changed:
        parts += _question(pair, changed, words, m)
    return parts


def _question(
    pair: Pair, changed: ChangedQuestion, words: ComparisonWords, m: Messages
) -> list[str]:
    apart = words.points(changed.second - changed.first, signed=True)
    scores = f"{words.points(changed.first)} → {words.points(changed.second)} ({apart})"
    sides = ((pair.first, changed.first_answer), (pair.second, changed.second_answer))
    heads = [f"{escape(label)} · {words.points(answer.score)}" for label, answer in sides]
    cells = [_answer(answer, words, m) for _, answer in sides]
    parts = [f"### {escape(words.question(changed))}", f"{scores} · {escape(changed.question_id)}"]
    parts.append(table(heads, "ll", [cells]))
    for key, points in (("gained", changed.gained), ("lost", changed.lost)):
        if points:
            parts.append("\n".join(f"- {m(key)}: {escape(words.point(point))}" for point in points))
    return parts


def _answer(answer: ShownAnswer, words: ComparisonWords, m: Messages) -> str:
    flags = f" [{words.flags(answer.flags)}]" if answer.flags else ""
    return escape((answer.text.strip() or m("empty_answer")) + flags)


def _named(pair: Pair, words: ComparisonWords) -> str:
    return f"{escape(words.quoted(pair.first))} → {escape(words.quoted(pair.second))}"
