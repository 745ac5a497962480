"""The report as Markdown tables, for pull requests and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import IO

from grader.report.gate_words import GateWords
from grader.report.marking import visible
from grader.report.messages import Messages
from grader.report.schema import FlagCount, Mean, Report
from grader.report.wording import BankWords
from grader.run import Run

__all__ = ["escape", "table", "write"]

_SPECIAL = re.compile(r"([\\|`*\[\]~]|(?<!\w)_|_(?!\w))")

_MENTION = re.compile(r"@(?=\w)")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line, in a table cell too.

    A name after "@" is parted from it by an empty comment: in a pull request it calls nobody.
    """
    line = " ".join(visible(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub("@<!-- -->", _SPECIAL.sub(r"\\\1", line))


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """Every table of the report; scores on the bank's scale."""
    words = BankWords(report, m)
    parts = [f"# {escape(words.title)}", _headline(report, words, m)]
    parts += [escape(line) for line in words.verdict()]
    parts += [*_gates(report, m), *_topics(report, words, m)]
    parts += [*_questions(report, m), *_missed(report, m)]
    parts += [*_respondents(report, words, m), *_flags(report, m), *_bad_rows(report, m)]
    if report.signature:
        parts.append(f"{escape(m('footer'))}: {escape(report.signature)}")
    file.write(("\n\n".join(parts) + "\n").encode("utf-8", "replace"))


def _headline(report: Report, words: BankWords, m: Messages) -> str:
    mean = report.overall
    text = f"{m('overall')}: **{m.out_of(mean.mean)}**"
    if mean.low is not None:
        text += f" ({m('interval')} {m.interval(mean.low, mean.high)})"
    return f"{text} · {escape(words.counts)}"


def table(heads: Sequence[str], align: str, rows: Iterable[Sequence[str]]) -> str:
    """A table; ``align`` is a letter a column, l or r. Cells must be escaped."""
    rule = {"l": ":--", "r": "--:"}
    lines = [heads, [rule[side] for side in align], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _section(title: str, content: str) -> list[str]:
    return [f"## {title}", content]


def _mean(mean: Mean, m: Messages) -> list[str]:
    return [m.number(mean.answers), m.score(mean.mean), m.interval(mean.low, mean.high)]


def _flag_list(flags: Sequence[FlagCount], m: Messages) -> str:
    return ", ".join(f"{escape(m.flag(flag.name))} {flag.count}" for flag in flags)


def _mean_heads(m: Messages) -> list[str]:
    return [m("answers"), m("score_of", scale=m.top), m("interval")]


def _topics(report: Report, words: BankWords, m: Messages) -> list[str]:
    if not report.topics:
        return []
    rows = [
        [escape(words.topic(t.topic)), *_mean(t.score, m), _flag_list(t.flags, m)]
        for t in report.topics
    ]
    heads = [m("topic"), *_mean_heads(m), m("flags")]
    return _section(m("topics"), table(heads, "lrrrl", rows))


def _gates(report: Report, m: Messages) -> list[str]:
    if not report.gates:
        return []
    words = GateWords(report, m)
    rows = [
        [words.mark(gate), escape(words.demand(gate)), escape(words.found(gate))]
        for gate in report.gates
    ]
    return _section(words.title, table(["", m("gate"), m("gate_result")], "lll", rows))


def _questions(report: Report, m: Messages) -> list[str]:
    if not report.questions:
        return []
    rows = [
        [
            escape(m.pick(q.translations, q.text)),
            escape(q.question_id),
            *_mean(q.score, m),
            _flag_list(q.flags, m),
        ]
        for q in report.questions
    ]
    heads = [m("question"), m("question_id"), *_mean_heads(m), m("flags")]
    return _section(m("questions"), table(heads, "llrrrl", rows))


def _missed(report: Report, m: Messages) -> list[str]:
    if not report.missed_points:
        return []
    rows = [
        [
            escape(m.pick(p.translations, p.text)),
            escape(p.question_id),
            m.percent(p.coverage.mean),
            m.number(p.missed),
            m.number(p.coverage.answers),
        ]
        for p in report.missed_points
    ]
    heads = [m("point"), m("question_id"), m("coverage"), m("missed_count"), m("answers")]
    return _section(m("missed"), table(heads, "llrrr", rows))


def _respondents(report: Report, words: BankWords, m: Messages) -> list[str]:
    if not report.respondents:
        return []
    topics = [topic.topic for topic in report.topics]
    rows = []
    for respondent in report.respondents:
        by_topic = {part.topic: part.score for part in respondent.topics}
        cells = [m.score(by_topic[t].mean) if t in by_topic else "" for t in topics]
        name = escape(words.respondent(respondent.respondent))
        rows.append([name, *_mean(respondent.score, m), *cells])
    heads = [m("respondent"), *_mean_heads(m), *(escape(words.topic(t)) for t in topics)]
    return _section(m("respondents"), table(heads, "lrrr" + "r" * len(topics), rows))


def _flags(report: Report, m: Messages) -> list[str]:
    if not report.flags:
        return []
    rows = [
        [escape(m.flag(f.name)), m.number(f.count), escape(m.flag_meaning(f.name))]
        for f in report.flags
    ]
    return _section(m("flags"), table([m("flag"), m("count"), m("meaning")], "lrl", rows))


def _bad_rows(report: Report, m: Messages) -> list[str]:
    if not report.bad_rows:
        return []
    rows = [
        [escape(r.path or ""), str(r.line or ""), escape(r.field or ""), escape(r.what)]
        for r in report.bad_rows
    ]
    heads = [m("file"), m("line"), m("field"), m("problem")]
    return _section(m("bad_rows"), table(heads, "lrll", rows))
