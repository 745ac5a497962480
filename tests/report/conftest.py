"""A run as graders make it: 40 Russian answers by three people, on three topics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pytest

from grader.model import Evidence, Flag, Grade, Match, MisconceptionHit, Span, Step
from grader.report import Report, build_report
from grader.run import Run, RunMisconception, RunPoint, RunQuestion


class Point(NamedTuple):
    """A point, a sentence of an answer that makes it, and the words of it that match."""

    text: str
    said: str
    words: str


class Asked(NamedTuple):
    id: str
    topic: str
    text: str
    points: tuple[Point, ...]


DEEP, STATS, RL = "глубокое_обучение", "статистика", "обучение_с_подкреплением"

QUESTIONS = tuple(
    Asked(item["id"], item["topic"], item["text"], tuple(Point(**p) for p in item["points"]))
    for item in json.loads(Path(__file__).with_name("questions.json").read_text("utf-8"))
)

TITLES = {
    DEEP: {"ru": "Глубокое обучение", "en": "Deep learning"},
    STATS: {"ru": "Статистика", "en": "Statistics"},
    RL: {"ru": "Обучение с подкреплением", "en": "Reinforcement learning"},
}

PEOPLE = {
    "Анна Ковалёва": (1.0, 0.8, 1.0, 0.9, 0.4, 1.0, 0.7),
    "Илья Громов": (0.9, 0.3, 0.0, 0.7, 0.6, 0.1, 0.8),
    "gpt-nano-2": (0.6, 0.0, 0.2, 0.5, 0.0, 0.1, 0.0),
}

HOSTILE = "<script>alert(1)</script> [bold]жирно[/bold] | =1+1 \x00\x1b[31m\u202e «ёж» 🙈🏽"

MANIFEST = {
    "signature": "grader:0.1.0|bank:ds-interview@5f1c2a|enc:embedded@1|seed:20240229",
    "bank": {
        "name": "ds-interview",
        "title": {"ru": "Собеседование по Data Science", "en": "Data science interview"},
        "scale": 10,
        "topics": TITLES,
    },
    "versions": {"grader": "0.1.0", "python": "3.11.7"},
    "options": {"encoder": "embedded", "skip_bad": True},
    "bad_rows": [
        {"path": "answers.jsonl", "line": 17, "field": "answer", "what": "expected text, got 5"},
        {"path": "answers.jsonl", "line": 23, "what": "broken JSON at column 40"},
    ],
}


def grade_of(asked: Asked, respondent: str, coverages: list[float], closing: str = "") -> Grade:
    """The grade of an answer that makes each point as far as its coverage says."""
    said = [p.said if c >= 0.3 else "" for p, c in zip(asked.points, coverages, strict=True)]
    text = " ".join([part for part in said if part] + ([closing] if closing else []))
    evidence = []
    for number, (point, coverage) in enumerate(zip(asked.points, coverages, strict=True), 1):
        at = text.find(point.said) if coverage >= 0.3 else -1
        word = text.find(point.words, at) if at >= 0 else -1
        evidence.append(
            Evidence(
                f"k{number}",
                coverage,
                Span(at, at + len(point.said)) if at >= 0 else None,
                {"lexical": coverage * 0.8, "rubric": float(at >= 0), "semantic": coverage},
                (Match(Span(word, word + len(point.words)), point.words, "lemma"),)
                if at >= 0
                else (),
            )
        )
    score = sum(coverages) / len(coverages)
    terms = " + ".join(f"1×{coverage:.2f}" for coverage in coverages)
    return Grade(
        answer_id=f"{asked.id}-{respondent.split(maxsplit=1)[0]}",
        question_id=asked.id,
        respondent=respondent,
        topics=(asked.topic,),
        score=score,
        points={item.point_id: item.coverage for item in evidence},
        signals={"tfidf": score * 0.7, "chrf": score * 0.6, "similarity": score, "polarity": None},
        interval=(max(0.0, score - 0.15), min(1.0, score + 0.12)),
        evidence=tuple(evidence),
        steps=(Step("points", score, f"({terms}) / {len(coverages)}"),),
        text=text,
        extra={"group": "A"},
    )


def flagged(grade: Grade, flag: Flag, text: str) -> Grade:
    """The grade of another text, which says nothing, with a flag that multiplies its score."""
    coverage = 0.2 if text else 0.0
    evidence = tuple(Evidence(item.point_id, coverage, None) for item in grade.evidence)
    points = {item.point_id: coverage for item in evidence}
    score = coverage * flag.factor
    steps = (Step("points", coverage), Step("flag", score, f"{flag.name} ×{flag.factor:g}"))
    return replaced(
        grade,
        score=score,
        flags=(flag,),
        steps=steps,
        text=text,
        evidence=evidence,
        points=points,
        interval=None,
    )


def replaced(grade: Grade, **changes: object) -> Grade:
    fields = {name: getattr(grade, name) for name in grade.__struct_fields__}
    return Grade(**fields | changes)  # type: ignore[arg-type]


def plain_grades() -> Iterator[Grade]:
    for respondent, levels in PEOPLE.items():
        level = cycle(levels)
        for asked in QUESTIONS:
            yield grade_of(asked, respondent, [next(level) for _ in asked.points])


def special_grades(grades: dict[str, Grade]) -> None:
    """Put flags, a misconception, a contradiction and a None among the grades."""
    terms = "насыщение, сигмоида, градиент, ReLU, батч, нормализация, инициализация"
    key = "neuron-saturation-gpt-nano-2"
    grades[key] = flagged(grades[key], Flag("keyword_list", 0.3, "7 терминов, 0 глаголов"), terms)
    key = "clt-gpt-nano-2"
    grades[key] = flagged(grades[key], Flag("dont_know", 0.1, "не знаю"), "Не знаю, честно говоря.")
    key = "replay-buffer-gpt-nano-2"
    grades[key] = flagged(grades[key], Flag("empty", 0.0), "")
    key = "residual-gpt-nano-2"
    echo = Flag("question_echo", 0.2, "повторено 92 %")
    grades[key] = flagged(grades[key], echo, "Остаточные связи в глубоких сетях нужны затем, что.")
    key = "p-value-Илья"
    asked = QUESTIONS[4]
    wrong = "Значит, p = 0,03 — это вероятность 3 %, что нулевая гипотеза верна."
    grade = grade_of(asked, "Илья Громов", [0.8, 0.1, 0.4], wrong)
    at = grade.text.find("вероятность 3 %")
    against = Match(Span(at, at + 15), "не вероятность", "phrase")
    hit = MisconceptionHit("inverse", 0.3, (Match(Span(at + 17, at + 46), "гипотеза", "phrase"),))
    second = replaced_evidence(grade.evidence[1], against)
    score = (grade.score or 0.0) - 0.3
    grades[key] = replaced(
        grade,
        evidence=(grade.evidence[0], second, grade.evidence[2]),
        misconceptions=(hit,),
        score=score,
        interval=(0.05, 0.3),
        flags=(Flag("opposite_polarity", 1.0, "33%"),),
        steps=(*grade.steps, Step("misconception", score, "inverse −0.3")),
    )
    key = "multiple-gpt-nano-2"
    grades[key] = replaced(grades[key], score=None, points={}, evidence=(), steps=(), interval=None)


def replaced_evidence(evidence: Evidence, against: Match) -> Evidence:
    return Evidence(
        evidence.point_id, evidence.coverage, evidence.sentence, evidence.signals, (), (against,)
    )


def hostile_grades() -> Iterator[Grade]:
    """Four answers to a question whose every text wants to be something else."""
    for number in range(4):
        yield Grade(
            answer_id=f"hostile-{number} {HOSTILE}",
            question_id="hostile",
            respondent=[*PEOPLE, None][number],
            topics=(STATS, RL),
            score=number / 4,
            points={"k<1>": number / 4, "k2": None},
            signals={"odd|signal": None},
            flags=(Flag("made|up <flag>", 1.0, HOSTILE),),
            evidence=(Evidence("k<1>", number / 4, Span(0, 8), {}, (odd_match(number),)),),
            misconceptions=(MisconceptionHit("<m>", 0.1),),
            steps=(Step("odd <step>", number / 4, HOSTILE),),
            text=("=1+1 " if number else "") + HOSTILE,
            extra={"note": "=cmd()", "n": number},
        )


def odd_match(number: int) -> Match:
    return Match(Span(-3, 5 + 1000 * number), "<b>&amp;", "odd")


@pytest.fixture(scope="session")
def run() -> Run:
    """40 grades: flags, a misconception, a contradiction, a None, hostile text, bad rows."""
    grades = {grade.answer_id: grade for grade in plain_grades()}
    special_grades(grades)
    questions = {asked.id: snapshot(asked) for asked in QUESTIONS}
    questions["hostile"] = RunQuestion(
        "hostile", HOSTILE, (STATS, RL), (), (RunPoint("k<1>", HOSTILE),), ()
    )
    return Run((*grades.values(), *hostile_grades()), questions, dict(MANIFEST))


def snapshot(asked: Asked) -> RunQuestion:
    wrong = ()
    if asked.id == "p-value":
        wrong = (RunMisconception("inverse", "Это вероятность нулевой гипотезы.", 0.3),)
    points = (RunPoint(f"k{n}", point.text, 1.0) for n, point in enumerate(asked.points, 1))
    reference = " ".join(point.text for point in asked.points)
    return RunQuestion(asked.id, asked.text, (asked.topic,), (reference,), tuple(points), wrong)


@pytest.fixture(scope="session")
def report(run: Run) -> Report:
    return build_report(run)


@pytest.fixture(scope="session")
def empty_run() -> Run:
    return Run((), {}, {})


@pytest.fixture(scope="session")
def make_run(run: Run) -> Callable[..., Run]:
    """A run of the given grades with the other run's questions and manifest."""

    def make(*grades: Grade) -> Run:
        return Run(grades, run.questions, run.manifest)

    return make


@pytest.fixture(scope="session")
def unjudged_run(run: Run) -> Run:
    """The same answers, none of which could be judged."""
    nothing = {"score": None, "points": {}, "evidence": (), "interval": None, "steps": ()}
    return Run(
        tuple(replaced(grade, **nothing) for grade in run.grades), run.questions, run.manifest
    )
