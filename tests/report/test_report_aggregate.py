from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from grader.errors import RunError
from grader.model import Flag, Grade, MisconceptionHit
from grader.report import Report, aggregate, build_report, report_schema, tally
from grader.run import Run, RunMisconception, RunPoint, RunQuestion
from grader.stats import cluster_mean_interval

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "report.schema.json"


def grade(answer: str, question: str, score: float | None, topics: str = "t", **rest: Any) -> Grade:
    return Grade(
        answer, question, rest.pop("respondent", None), tuple(topics.split()), score, **rest
    )


def report_of(*grades: Grade, manifest: dict[str, Any] | None = None) -> Report:
    return build_report(Run(grades, {}, manifest or {}))


def test_published_schema_is_the_one_of_the_code() -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))
    assert published == report_schema(), "write report_schema() to docs/schema/report.schema.json"


def test_report_fits_its_schema(report: Report, empty_run: Run, unjudged_run: Run) -> None:
    for each in (report, build_report(empty_run), build_report(unjudged_run)):
        jsonschema.validate(json.loads(msgspec.json.encode(each)), report_schema())


def test_json_reads_back(report: Report) -> None:
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_overall(run: Run, report: Report) -> None:
    scores = [each.score for each in run.grades]
    expected = cluster_mean_interval(scores, [each.question_id for each in run.grades])
    assert (report.overall.answers, report.overall.judged) == (40, 39)
    assert report.overall.mean == pytest.approx(expected.mean, abs=1e-6)
    assert report.overall.low == pytest.approx(expected.low, abs=1e-6)
    assert report.overall.high == pytest.approx(expected.high, abs=1e-6)


def test_same_report_before_and_after_the_run_is_stored(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path)
    assert build_report(Run.read(tmp_path)) == build_report(run)


def test_an_answer_counts_in_each_of_its_topics_weakest_first() -> None:
    report = report_of(
        grade("1", "p", 0.2, "a b"), grade("2", "q", 0.6, "a"), grade("3", "r", None, "c")
    )
    found = [(t.topic, t.score.answers, t.score.judged, t.questions) for t in report.topics]
    assert found == [("b", 1, 1, 1), ("a", 2, 2, 2), ("c", 1, 0, 1)]
    assert report.topics[1].score.mean == pytest.approx(0.4)
    assert report.topics[1].score.low == pytest.approx(0.2)
    assert report.topics[0].score.low is None


def test_a_topic_named_twice_counts_once() -> None:
    assert report_of(grade("1", "q", 0.5, "a a")).topics[0].score.answers == 1


def test_within_a_question_answers_are_resampled() -> None:
    report = report_of(grade("1", "q", 0.0), grade("2", "q", 1.0))
    assert report.questions[0].score.low == 0.0
    assert report.questions[0].score.high == 1.0
    assert report.overall.low is None


def test_points_of_a_question_and_the_most_missed() -> None:
    points = (RunPoint("a", "Альфа", 2.0), RunPoint("b", "Бета"), RunPoint("never", "Никем"))
    question = RunQuestion("q", "Вопрос", ("t",), (), points)
    grades = (
        grade("1", "q", 0.5, points={"a": 0.2, "b": 1.0}),
        grade("2", "q", 0.5, points={"a": 0.4, "b": 0.8, "stray": 0.0}),
        grade("3", "q", None, points={"a": None, "b": None}),
    )
    report = build_report(Run(grades, {"q": question}, {}))
    found = [(p.point_id, p.coverage.mean, p.missed) for p in report.questions[0].points]
    assert found == [("a", pytest.approx(0.3), 2), ("b", pytest.approx(0.9), 0), ("stray", 0, 1)]
    assert (
        report.questions[0].points[0].coverage.answers,
        report.questions[0].points[0].weight,
    ) == (3, 2)
    assert [point.point_id for point in report.missed_points] == ["stray", "a"]
    assert report.missed_points[1].text == "Альфа"


def test_at_most_twenty_missed_points() -> None:
    grades = [grade(str(n), f"q{n:02}", 0.1, points={"k": 0.1}) for n in range(30)]
    report = report_of(*grades)
    assert [point.question_id for point in report.missed_points] == [f"q{n:02}" for n in range(20)]


def test_misconceptions_are_counted_by_answer() -> None:
    hit, other = MisconceptionHit("m", 0.2), MisconceptionHit("unknown", 0.2)
    known = RunMisconception("m", "Неверно", 0.2, {"en": "Wrong"})
    question = RunQuestion("q", "Вопрос", ("t",), misconceptions=(known,))
    grades = (
        grade("1", "q", 0.1, misconceptions=(hit, hit, other)),
        grade("2", "q", 0.1, misconceptions=(hit,)),
    )
    found = build_report(Run(grades, {"q": question}, {})).questions[0].misconceptions
    assert [(m.misconception_id, m.text, m.count) for m in found] == [
        ("m", "Неверно", 2),
        ("unknown", "unknown", 1),
    ]


def test_flags_are_counted_by_answer_most_frequent_first() -> None:
    copy, empty = Flag("copy", 1.0), Flag("empty", 0.0)
    report = report_of(
        grade("1", "q", 0.0, flags=(copy, copy)), grade("2", "q", 0.0, flags=(empty, copy))
    )
    assert [(flag.name, flag.count) for flag in report.flags] == [("copy", 2), ("empty", 1)]
    assert report.answers[0].flags == ("copy",)
    assert report.topics[0].flags == report.questions[0].flags == report.flags


def test_respondents_best_first_with_a_mean_for_each_topic(report: Report) -> None:
    names = [r.respondent for r in report.respondents]
    assert names == ["Анна Ковалёва", None, "Илья Громов", "gpt-nano-2"]
    anna = report.respondents[0]
    assert sorted(part.topic for part in anna.topics) == sorted(t.topic for t in report.topics)
    assert sum(part.score.answers for part in anna.topics) == anna.score.answers + 1
    assert all(part.score.low is not None for part in anna.topics)


def test_no_respondents_when_nobody_is_named() -> None:
    assert report_of(grade("1", "q", 0.5)).respondents == ()


def test_histogram() -> None:
    scores = [0.0, 0.05, 0.1, 0.3, 0.7, 0.95, 1.0, None]
    report = report_of(*(grade(str(n), "q", score) for n, score in enumerate(scores)))
    assert [each.count for each in report.histogram] == [2, 1, 0, 1, 0, 0, 0, 1, 0, 2]
    assert report.histogram[3].low == 0.3


def test_answers_keep_the_order_of_the_input(run: Run, report: Report) -> None:
    assert [a.answer_id for a in report.answers] == [g.answer_id for g in run.grades]


def test_of_very_many_answers_those_most_worth_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "ANSWERS", 4)
    scores = [0.9, 0.2, None, 0.1, 0.5, 0.2, 0.8, 0.95]
    flagged = {0: (Flag("copy", 1.0),)}
    grades = [grade(str(n), "q", score, flags=flagged.get(n, ())) for n, score in enumerate(scores)]
    report = report_of(*grades)
    # Of two that are equally weak the earlier one.
    assert [answer.answer_id for answer in report.answers] == ["0", "1", "2", "3"]
    assert (report.answers_total, report.overall.answers) == (8, 8)
    assert report_of(*grades[:4]).answers_total == 4


def test_of_very_many_respondents_the_best_and_those_without_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    everyone = [*"abcdef", None]
    grades = [
        grade(f"{name}{n}", f"q{n}", score, respondent=name)
        for name, score in zip(everyone, [0.1, 0.9, None, 0.9, 0.3, 0.8, 0.0], strict=True)
        for n in range(2)
    ]
    whole = report_of(*grades)
    monkeypatch.setattr(aggregate, "RESPONDENTS", 3)
    monkeypatch.setattr(aggregate, "_TOGETHER", 2)
    report = report_of(*grades)
    assert [each.respondent for each in report.respondents] == ["b", "d", "f", None]
    assert (report.respondents_total, whole.respondents_total) == (7, 7)
    assert all(each in whole.respondents for each in report.respondents)


def test_nothing(empty_run: Run) -> None:
    report = build_report(empty_run)
    assert (report.overall.answers, report.overall.mean, report.topics) == (0, None, ())
    assert (report.bank.scale, report.bank.titles, report.signature) == (1.0, {}, "")


def test_nothing_judged(unjudged_run: Run) -> None:
    report = build_report(unjudged_run)
    assert report.overall.mean is None
    assert report.missed_points == ()
    assert [t.topic for t in report.topics] == sorted(t.topic for t in report.topics)


def test_manifest(report: Report) -> None:
    assert report.bank.scale == 10
    assert report.bank.titles["en"] == "Data science interview"
    assert {t.titles["en"] for t in report.topics} >= {"Statistics", "Deep learning"}
    assert [(row.line, row.field) for row in report.bad_rows] == [(17, "answer"), (23, None)]
    assert report.signature.startswith("grader:")


def test_manifest_in_short() -> None:
    bank = {"title": "Один язык", "topics": {"t": "Тема"}}
    report = report_of(grade("1", "q", 1), manifest={"bank": bank, "bad_rows": ["line 3: bad"]})
    assert report.bank.titles == {"": "Один язык"}
    assert report.topics[0].titles == {"": "Тема"}
    assert report.bad_rows[0].what == "line 3: bad"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({"bank": "name"}, "'bank' is not an object"),
        ({"bank": {"scale": 0}}, "scale is not a positive number"),
        ({"bank": {"scale": True}}, "scale is not a positive number"),
        ({"bank": {"scale": "10"}}, "scale is not a positive number"),
        ({"bank": {"topics": ["a"]}}, "topics are not an object"),
        ({"bad_rows": [{"line": "x"}]}, "bad rows"),
        ({"bad_rows": 5}, "bad rows"),
    ],
)
def test_a_manifest_that_reports_cannot_use(manifest: dict[str, Any], message: str) -> None:
    with pytest.raises(RunError, match=message):
        report_of(manifest=manifest)


def test_grades_in_another_order_give_the_same_means(
    run: Run, report: Report, make_run: Callable[..., Run]
) -> None:
    other = build_report(make_run(*reversed(run.grades)))
    assert other.overall == report.overall
    assert other.topics == report.topics
    assert other.respondents == report.respondents
    assert [(q.question_id, q.score.mean) for q in other.questions] == [
        (q.question_id, q.score.mean) for q in report.questions
    ]
