"""Systems, leaderboard, differences and changed questions of a comparison."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.errors import RunError
from grader.model import Grade
from grader.report import make_console, messages
from grader.report.comparison import ComparisonReport, build_comparison, print_comparison
from grader.report.comparison.words import ComparisonWords
from grader.run import Run, RunPoint, RunQuestion
from grader.stats import ALPHA, TIE, holm, paired, pass_at_k, pooled_sd

QUESTIONS = 30
IDENTITY = {"bank": "b@1", "tier": "fast", "answers": "x", "--grades-as": "jsonl"}


def question(n: int) -> RunQuestion:
    points = (RunPoint("p", f"Point {n}.", translations={"ru": f"Пункт {n}."}), RunPoint("q", "Q."))
    topics = ("even", "all") if n % 2 == 0 else ("odd", "all")
    return RunQuestion(f"q{n:02}", f"Question {n}?", topics, (), points)


def run_of(
    *systems: tuple[str | None, Any],
    identity: dict[str, str] | None = None,
    **manifest: Any,
) -> Run:
    """A run whose respondents have so many scores for each question; None is not scored."""
    grades = [
        Grade(f"{name}-{n}-{k}", f"q{n:02}", name, question(n).topics, score, points(score),
              text=f"{name} says {score}")
        for name, scores in systems
        for n, samples in enumerate(scores)
        for k, score in enumerate(samples)
    ]  # fmt: skip
    questions = {question(n).id: question(n) for n in range(QUESTIONS)}
    about = {"identity": identity or IDENTITY, "signature": "s", **manifest}
    return Run(tuple(grades), questions, about)


def points(score: float | None) -> dict[str, float | None]:
    return {"p": score, "q": None}


def scores(seed: int, shift: float = 0.0, samples: int = 1) -> list[list[float]]:
    random = np.random.default_rng(seed)
    level = np.random.default_rng(0).uniform(0.2, 0.7, QUESTIONS)
    noisy = level[:, None] + shift + random.normal(0, 0.05, (QUESTIONS, samples))
    return [[round(float(x), 6) for x in row] for row in np.clip(noisy, 0, 1)]


A, B, C = scores(1, samples=3), scores(2, 0.1, samples=3), scores(3, samples=2)


def means(all_scores: list[list[float]]) -> dict[str, float]:
    return {f"q{n:02}": math.fsum(each) / len(each) for n, each in enumerate(all_scores)}


@pytest.fixture(scope="module")
def found() -> ComparisonReport:
    runs = [("runs/one", run_of(("a", A), ("b", B))), ("runs/two", run_of((None, C)))]
    return build_comparison(runs, all_pairs=True)


def test_each_respondent_of_each_run_is_a_system(found: ComparisonReport) -> None:
    assert {system.label for system in found.systems} == {"a", "b", "two"}
    assert found.baseline == "a"
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        ("a", "b"), ("a", "two"), ("b", "two"),
    ]  # fmt: skip
    assert [run.name for run in found.runs] == ["one", "two"]


def test_pairs_are_those_of_the_statistics_with_their_p_corrected(found: ComparisonReport) -> None:
    pairs = [(A, B), (A, C), (B, C)]
    expected = [paired(means(x), means(y), alpha=ALPHA / 3) for x, y in pairs]
    assert [pair.difference.result for pair in found.pairs] == expected
    p_values = [each.p for each in expected if each is not None]
    assert [pair.difference.p_adjusted for pair in found.pairs] == holm(p_values)
    assert [pair.difference.verdict for pair in found.pairs] == ["better", "not_shown", "worse"]


def test_topics_are_corrected_within_their_pair(found: ComparisonReport) -> None:
    first, second = means(A), means(B)
    named = {"even": 15, "all": 30, "odd": 15}
    topics = found.pairs[0].topics
    assert {topic.topic: topic.questions for topic in topics} == named
    p_values = []
    for topic in topics:
        ids = [q for q in first if topic.topic in question(int(q[1:])).topics]
        expected = paired({q: first[q] for q in ids}, second, alpha=ALPHA / 3)
        assert expected is not None
        assert topic.difference is not None
        assert topic.difference.result == expected
        p_values.append(expected.p)
    assert [t.difference.p_adjusted for t in topics if t.difference] == holm(p_values)


def test_leaderboard(found: ComparisonReport) -> None:
    best = found.systems[0]
    assert best.label == "b"
    assert (best.answers, best.judged, best.questions, best.samples) == (90, 90, 30, 3)
    assert best.score.mean == pytest.approx(sum(means(B).values()) / 30)
    assert best.score.low is not None
    assert best.score.low < (best.score.mean or 0)
    assert best.spread == pooled_sd(B)
    assert best.passed == pytest.approx(np.mean(np.array(B) >= 0.6))
    assert [each.k for each in best.pass_at_k] == [1, 2, 3]
    counted = [sum(score >= 0.6 for score in each) for each in B]
    for each in best.pass_at_k:
        assert each.value == pytest.approx(np.mean([pass_at_k(3, c, each.k) for c in counted]))
    assert best.pass_at_k[0].value == pytest.approx(best.passed)


def test_questions_that_changed_most(found: ComparisonReport) -> None:
    pair = found.pairs[0]
    first, second = means(A), means(B)
    apart = {q: abs(second[q] - first[q]) for q in first}
    assert [each.question_id for each in pair.changed] == sorted(
        apart, key=lambda q: -round(apart[q], 9)
    )[:5]
    for each in pair.changed:
        n = int(each.question_id[1:])
        assert (each.first, each.second) == (first[each.question_id], second[each.question_id])
        for shown, samples in ((each.first_answer, A[n]), (each.second_answer, B[n])):
            mean = sum(samples) / 3
            nearest = min(samples, key=lambda score: abs(score - mean))
            assert shown.score == nearest
            assert shown.text.endswith(f"says {nearest}")
        gained = each.second_answer.score >= 0.5 > each.first_answer.score
        assert [point.point_id for point in each.gained] == (["p"] if gained else [])


def test_ties_do_not_count_as_changed_and_none_may_be_asked_for() -> None:
    close = [[score[0] + TIE / 2] for score in C]
    runs = [("x", run_of(("a", [s[:1] for s in C]), ("b", close)))]
    assert build_comparison(runs).pairs[0].changed == ()
    runs = [("x", run_of(("a", A), ("b", B)))]
    assert build_comparison(runs, changed=0).pairs[0].changed == ()
    assert len(build_comparison(runs, changed=99).pairs[0].changed) <= QUESTIONS


def test_points_lost_and_those_nobody_can_judge() -> None:
    run = run_of(("a", [[0.9]] * 8), ("b", [[0.1]] * 8))
    changed = build_comparison([("x", run)]).pairs[0].changed[0]
    assert [point.text for point in changed.lost] == ["Point 0."]
    assert changed.gained == ()


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("m", "m"), {"one:m", "two:m"}),
        ((None, None), {"one", "two"}),
        ((None, "one"), {"one", "one:one", "two:one"}),
        (("one", None), {"one", "two"}),
        ((" a\nb ", "c"), {"a b", "c"}),
        (("", "c"), {"''", "c"}),
    ],
)
def test_labels_tell_systems_apart(names: tuple[str | None, str | None], labels: set[str]) -> None:
    runs = [
        (f"dir/{at}", run_of((name, A))) for at, name in zip(("one", "two"), names, strict=True)
    ]
    found = {system.label for system in build_comparison(runs).systems}
    assert found <= labels
    assert len(found) == 2


def test_folders_of_one_name_are_told_apart_by_their_paths() -> None:
    runs = [("x/run", run_of((None, A))), ("y/run", run_of((None, B)))]
    assert [run.name for run in build_comparison(runs).runs] == ["x/run", "y/run"]


def test_baseline_by_name_and_by_a_wrong_one() -> None:
    runs = [("one", run_of(("gpt", A), ("llama", B)))]
    report = build_comparison(runs, baseline="llama")
    assert [(pair.first, pair.second) for pair in report.pairs] == [("llama", "gpt")]
    with pytest.raises(RunError, match="no 'lama' to compare with; did you mean 'llama'"):
        build_comparison(runs, baseline="lama")
    with pytest.raises(RunError, match="there are 'gpt', 'llama'"):
        build_comparison(runs, baseline="zzzzzz")


def refusals() -> Iterator[tuple[list[tuple[str, Run]], str]]:
    one = run_of(("a", A))
    yield [("one", one)], "needs two runs or respondents; there is only 'a'"
    yield [("one", one), ("one", one)], "'one:a' is there twice; name each run once"
    yield [("one", one), ("two", run_of())], "two: the run has no answers"
    far = run_of(("b", [[]] * 29 + [[0.5]]))
    yield [("one", one), ("two", far)], "'a' and 'b' have 1 scored question in common"
    none = run_of(("b", [[None]] * 3))
    yield [("one", one), ("two", none)], "'a' and 'b' have no scored questions in common"
    crowd = run_of(*((f"r{n}", [[0.5]] * 2) for n in range(51)))
    yield [("one", crowd)], "one: field 'respondent': more than 50 respondents"
    other = run_of(("b", B), identity={**IDENTITY, "tier": "thorough", "bank": "b@2"})
    yield (
        [("one", one), ("two", other)],
        ("the runs were graded differently: bank b@1 / b@2; tier fast / thorough; grade"),
    )
    unknown = Run(one.grades, one.questions, {})
    yield [("one", one), ("two", unknown)], "graded differently: bank b@1 / "


@pytest.mark.parametrize(("runs", "message"), list(refusals()))
def test_refused(runs: list[tuple[str, Run]], message: str) -> None:
    with pytest.raises(RunError) as caught:
        build_comparison(runs)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_answers_and_options_may_differ() -> None:
    other = run_of(("b", B), identity={**IDENTITY, "answers": "y", "--grades-as": "parquet"})
    report = build_comparison([("one", run_of(("a", A))), ("two", other)])
    assert report.graded_differently == ()


def test_graded_differently_but_compared_anyway() -> None:
    other = run_of(("b", B), identity={**IDENTITY, "tier": "thorough"})
    report = build_comparison([("one", run_of(("a", A))), ("two", other)], anyway=True)
    assert report.graded_differently == ("tier: fast / thorough",)
    assert "The runs were graded differently" in said(report, "en")
    assert "оценены по-разному" in said(report, "ru")


def test_a_system_with_too_little_does_not_stop_the_others() -> None:
    run = run_of(("a", A), ("b", B), ("few", [[0.5]]), ("mute", [[None]] * 4))
    report = build_comparison([("x", run)])
    assert [pair.second for pair in report.pairs] == ["b"]
    assert [(each.second, each.questions) for each in report.incomparable] == [
        ("few", 1), ("mute", 0),
    ]  # fmt: skip
    mute = report.systems[-1]
    assert (mute.label, mute.score.mean, mute.passed, mute.pass_at_k) == ("mute", None, None, ())
    text = said(report, "en")
    assert "“a” and “few” cannot be compared: 1 scored question in common." in text
    assert "4 answers of “mute” could not be scored." in text
    assert "None" not in text


def test_questions_of_one_side_only_are_counted() -> None:
    part = [[] if n < 4 else scores for n, scores in enumerate(B)]
    report = build_comparison([("one", run_of(("a", A))), ("two", run_of(("b", part)))])
    pair = report.pairs[0]
    assert (pair.only_first, pair.only_second) == (4, 0)
    assert pair.difference.result.questions == 26
    assert "4 questions have scored answers of “a” only and are left out." in said(report, "en")
    assert "4 вопроса с оценёнными ответами только у «a» не учтены." in said(report, "ru")


# words


def said(report: ComparisonReport, lang: str, width: int = 400) -> str:
    stream = io.StringIO()
    print_comparison(report, make_console(stream, width), lang=lang)
    return stream.getvalue()


def sentences(lang: str, *systems: tuple[str, Any], scale: float = 10) -> list[str]:
    report = build_comparison([("x", run_of(*systems, bank={"scale": scale}))])
    return ComparisonWords(report, messages(lang, scale)).sentences(report.pairs[0])


def test_sentences_of_a_real_difference() -> None:
    (better,) = sentences("en", ("a", A), ("b", B))
    assert better.startswith("“b” is better than “a” by 1.0")
    assert better.endswith("), p < 0.001.")
    (worse,) = sentences("ru", ("b", B), ("a", A), scale=1)
    assert worse.startswith("«a» хуже, чем «b», на 0,10")
    low, high = worse.split("интервал ")[1].split(")")[0].split("–")
    assert 0 < float(low.replace(",", ".")) < float(high.replace(",", "."))


def test_sentences_of_no_difference_name_what_could_be_seen() -> None:
    first, second = sentences("en", ("a", A), ("c", C))
    assert first.startswith("No difference between “a” and “c” is shown: ")
    told = paired(means(A), means(C))
    assert told is not None
    assert told.detectable is not None
    points = f"{told.detectable * 10:.2f}"
    assert second == (
        f"With 30 questions, a true difference of {points} would be found four times out of five."
    )
    (same,) = sentences("ru", ("a", A), ("b", A))
    assert same == "У «a» и «b» одинаковые баллы за каждый вопрос."


def test_sentences_of_too_few_questions() -> None:
    _, few = sentences("en", ("a", A[:4]), ("b", B[:4]))
    assert few == "4 questions are too few to show any difference; at least 6 are needed."
    _, few = sentences("ru", ("a", A[:5]), ("b", B[:5]))
    assert few == "5 вопросов мало, чтобы доказать какую-либо разницу; нужно хотя бы 6."


def test_a_topic_too_small_to_tell_is_not_said_to_be_without_difference() -> None:
    report = build_comparison([("x", run_of(("a", A[:12]), ("b", B[:12])))])
    words = ComparisonWords(report, messages("en"))
    verdicts = {topic.topic: words.verdict(topic.difference) for topic in report.pairs[0].topics}
    assert verdicts == {"even": "too few", "odd": "too few", "all": "better"}


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("lang", ["en", "ru"])
def test_names_and_numbers_fit_the_terminal(lang: str, width: int) -> None:
    named = run_of(("model-number-1", scores(1, samples=12)), ("model-number-2", scores(2, 0.1)))
    report = build_comparison([("x", named)], changed=0)
    words = ComparisonWords(report, messages(lang))
    assert words.ks == [2, 5, 12]
    text = said(report, lang, width)
    result = report.pairs[0].difference.result
    (row,) = (
        line for line in text.splitlines() if line.startswith(" model-number-2") and "+" in line
    )
    for part in (
        words.points(result.difference.value, signed=True),
        words.interval(result.difference.low, result.difference.high),
        words.outcomes(report.pairs[0].difference),
        words.points(result.detectable),
    ):
        assert part in row
    assert max(map(len, text.splitlines())) <= width
    assert "…\n" not in text


def test_reading_from_disk_is_the_same(tmp_path: Path, found: ComparisonReport) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, run in zip(folders, (run_of(("a", A), ("b", B)), run_of((None, C))), strict=True):
        run.write(folder)
    again = build_comparison([(str(f), Run.read(f)) for f in folders], all_pairs=True)
    assert again == found
