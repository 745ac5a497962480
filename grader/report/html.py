"""The report as one HTML file: styles, charts and script inside, nothing fetched."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import IO, Any

import msgspec

from grader.model import Grade
from grader.report.gate_words import GateWords
from grader.report.messages import Messages
from grader.report.page import page
from grader.report.schema import (
    FlagCount,
    Mean,
    MisconceptionSummary,
    PointSummary,
    Report,
    RespondentSummary,
)
from grader.report.tally import worth_reading
from grader.report.views import Numbers, grade_view, reference
from grader.report.wording import BankWords
from grader.run import Run, rounded
from grader.stats import RESAMPLES

__all__ = ["GRADES", "QUESTIONS", "REFERENCES", "RESPONDENTS", "write"]

GRADES = 2000
"""At most so many answers are shown with their evidence."""
QUESTIONS = 200
RESPONDENTS = 100
REFERENCES = 300
"""With more answers than this the reference stands with its question only."""

# Parts of the manifest that stand elsewhere, and times, with which no two pages would be alike.
_LEFT_OUT = ("bad_rows", "bank", "identity", "started", "finished")


def write(file: IO[bytes], run: Run, report: Report, m: Messages) -> None:
    """The page; of very many answers those most worth reading (see ``GRADES``)."""
    context = _context(run, report, m)
    content = page("report.html.j2", m, styles=("report.css",), script="report.js", **context)
    file.write(content)


def _context(run: Run, report: Report, m: Messages) -> dict[str, Any]:
    words = BankWords(report, m)
    chosen = _most_worth_reading(run, report)
    numbers = _numbers(report, (grade for _, grade in chosen))

    def topic_list(topics: Sequence[str]) -> str:
        return ", ".join(words.topic(topic) for topic in topics)

    def flag_list(flags: Sequence[FlagCount]) -> str:
        return "".join(f" · {m.flag(flag.name)}\u00a0{flag.count}" for flag in flags)

    def ends(mean: Mean) -> str:
        return "" if mean.low is None else m.interval(mean.low, mean.high)

    def said(item: PointSummary | MisconceptionSummary) -> str:
        return m.pick(item.translations, item.text)

    return {
        "report": report,
        "words": words,
        "verdict": words.verdict(),
        "gates": GateWords(report, m),
        "outcome": _outcome(report),
        "sections": _sections(report),
        "ticks": _ticks(m),
        "resamples": m.number(RESAMPLES),
        "questions": report.questions[:QUESTIONS],
        "respondents": [(r, _cells(r, report)) for r in report.respondents[:RESPONDENTS]],
        "grades": (grade_view(n, grade, run, m, numbers) for n, grade in chosen),
        "shown": len(chosen),
        "references": {
            q.question_id: reference(run.question(q.question_id)) for q in report.questions
        },
        "repeat_reference": len(chosen) <= REFERENCES,
        "question_text": {q.question_id: m.pick(q.translations, q.text) for q in report.questions},
        "question_number": numbers.questions,
        "topic_number": numbers.topics,
        "respondent_number": numbers.respondents,
        "flag_number": numbers.flags,
        "manifest": _manifest(run),
        "topic_list": topic_list,
        "flag_list": flag_list,
        "said": said,
        "ends": ends,
        "heat": _heat,
        "level": _level,
    }


def _numbers(report: Report, grades: Iterable[Grade]) -> Numbers:
    """Numbers of everything, but of very many respondents only for those that the page names."""
    ranked = [r.respondent for r in report.respondents]
    shown = dict.fromkeys([*ranked[:RESPONDENTS], *(grade.respondent for grade in grades)])
    names = dict.fromkeys([*(name for name in ranked if name in shown), *shown]) if ranked else ()
    return Numbers(
        questions={q.question_id: n for n, q in enumerate(report.questions)},
        topics={t.topic: n for n, t in enumerate(report.topics)},
        respondents={name: n for n, name in enumerate(names)},
        flags={f.name: n for n, f in enumerate(report.flags)},
    )


def _most_worth_reading(run: Run, report: Report) -> list[tuple[int, Grade]]:
    """Up to GRADES grades with their places, weakest first; unscored ones before all others."""
    best = heapq.nlargest(
        GRADES,
        enumerate(report.answers),
        key=lambda item: worth_reading(item[1].score, item[1].flags, item[0]),
    )
    chosen = run.chosen({answer.answer_id for _, answer in best})
    return sorted(
        ((place, rounded(grade)) for place, grade in chosen),
        key=lambda item: (-1.0 if item[1].score is None else item[1].score, item[0]),
    )


def _cells(respondent: RespondentSummary, report: Report) -> list[tuple[str, Mean | None]]:
    means = {part.topic: part.score for part in respondent.topics}
    return [(topic.topic, means.get(topic.topic)) for topic in report.topics]


def _sections(report: Report) -> list[str]:
    shown = {
        "topics": report.topics,
        "missed": report.missed_points,
        "questions": report.questions,
        "respondents": report.respondents[1:],
        "flags": report.flags,
        "bad_rows": report.bad_rows,
        "evidence": report.answers,
    }
    return [name for name, items in shown.items() if items]


def _outcome(report: Report) -> str:
    if not report.gates:
        return ""
    return "passed" if all(gate.passed for gate in report.gates) else "failed"


def _ticks(m: Messages) -> list[tuple[int, str, str]]:
    ends = ((0, "start"), (50, "middle"), (100, "end"))
    values = [(at, at / 100 * m.scale, anchor) for at, anchor in ends]
    return [(at, m.number(v, 0 if v.is_integer() else 1), anchor) for at, v, anchor in values]


def _manifest(run: Run) -> str:
    rest = {key: value for key, value in run.manifest.items() if key not in _LEFT_OUT}
    if not rest:
        return ""
    return msgspec.json.format(msgspec.json.encode(rest, enc_hook=str), indent=2).decode()


def _heat(value: float | None) -> str:
    """The class of a cell's colour: h0 weakest to h9 strongest, hx for none."""
    return "hx" if value is None else f"h{min(int(value * 10 + 1e-9), 9)}"


def _level(value: float) -> str:
    """The class of a coverage bar's colour."""
    return "l2" if value >= 0.7 else "l1" if value >= 0.4 else "l0"
