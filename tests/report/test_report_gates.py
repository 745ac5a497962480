"""Gates: what passes, what fails, what cannot be told, and how often it is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import msgspec
import numpy as np
import pytest
from html_page import Page

from grader.errors import RunError
from grader.model import Grade
from grader.report import (
    GateResult,
    Gates,
    build_report,
    check_gates,
    gate_lines,
    gated,
    make_console,
    print_report,
    render,
    report_schema,
    write_run,
    written_run,
)
from grader.run import Run, RunQuestion
from grader.stats import FEWEST_PAIRED

IDENTITY = {
    "grader": "1",
    "bank": "b@1",
    "answers": "a1",
    "tier": "fast",
    "--grades-as": "jsonl",
}
MANIFEST = {
    "identity": IDENTITY,
    "bank": {"scale": 5, "topics": {"nlp": {"en": "Texts", "ru": "Тексты"}, "sql": {"en": "SQL"}}},
}


def run_of(
    scores: Mapping[str, Sequence[float | None]] | Sequence[float | None],
    topics: Mapping[str, str] | None = None,
    manifest: dict[str, Any] | None = None,
) -> Run:
    """A run of answers with these scores, by question; a mere list has one answer a question."""
    if not isinstance(scores, Mapping):
        scores = {f"q{number:04}": [score] for number, score in enumerate(scores)}
    grades = tuple(
        Grade(f"{id}-{n}", id, f"r{n}", ((topics or {}).get(id, "nlp"),), score)
        for id, own in scores.items()
        for n, score in enumerate(own)
    )
    questions = {id: RunQuestion(id, f"{id}?", ("nlp",)) for id in scores}
    return Run(grades, questions, {**MANIFEST, **(manifest or {})})


def checked(run: Run, **gates: Any) -> tuple[GateResult, ...]:
    return check_gates(Gates(**gates), run, build_report(run))


@pytest.fixture
def beside(tmp_path: Path) -> Any:
    """What the gate of the baseline says of two lists of scores."""

    def compare(before: Any, after: Any, **options: Any) -> GateResult:
        run_of(before).write(tmp_path / "base")
        (result,) = checked(run_of(after), baseline=str(tmp_path / "base"), **options)
        return result

    return compare


def lines(run: Run, gates: Gates, lang: str = "en") -> list[str]:
    return gate_lines(gated(build_report(run), gates, run), lang)


class TestThresholds:
    @pytest.mark.parametrize(
        ("threshold", "outcome"), [(0.0, "passed"), (0.5, "passed"), (0.500001, "failed")]
    )
    def test_of_the_mean(self, threshold: float, outcome: str) -> None:
        (result,) = checked(run_of([0.25, 0.75]), fail_under=threshold)
        assert (result.gate, result.outcome) == ("mean", outcome)
        assert result.passed == (outcome == "passed")

    def test_of_topics_in_their_order(self) -> None:
        run = run_of({"a": [0.2], "b": [0.8]}, {"a": "nlp", "b": "sql"})
        results = checked(run, topics={"sql": 0.7, "nlp": 0.3})
        assert [(r.topic, r.outcome) for r in results] == [("sql", "passed"), ("nlp", "failed")]

    @pytest.mark.parametrize("scores", [[], [None, None]])
    def test_what_cannot_be_judged_fails_even_at_zero(self, scores: list[None]) -> None:
        results = checked(run_of(scores), fail_under=0.0, topics={"nlp": 0.0})
        assert [result.outcome for result in results] == ["failed", "failed"]

    def test_a_topic_of_the_bank_without_answers_fails(self) -> None:
        run = run_of([0.9, 0.9])
        (result,) = checked(run, topics={"sql": 0.1})
        assert result.outcome == "failed"
        assert lines(run, Gates(topics={"sql": 0.1})) == ["✗ Sql ≥ 0.5: nothing could be scored"]

    def test_an_unknown_topic_names_the_known(self) -> None:
        with pytest.raises(RunError, match=r"no topic 'nlpp'.*topics are nlp, sql.*mean 'nlp'"):
            checked(run_of([0.9]), topics={"nlpp": 0.1})

    def test_a_mean_just_below_does_not_look_as_if_it_passed(self) -> None:
        run = run_of([0.5999, 0.5999])
        assert lines(run, Gates(fail_under=0.6)) == ["✗ mean score 2.9995 < 3.0"]
        assert lines(run, Gates(fail_under=0.5999)) == ["✓ mean score 3.0 ≥ 2.9995"]


class TestBaseline:
    def test_the_same_answers_pass(self, beside: Any) -> None:
        scores = [0.1, 0.9, 0.5, 0.4, 0.7, 0.2]
        result = beside(scores, scores)
        assert result.outcome == "passed"
        found = result.comparison
        assert (found.questions, found.difference, found.low, found.high) == (6, 0, 0, 0)
        assert (found.baseline, found.margin, found.missing) == ("base", 0.02, ())

    def test_far_worse_fails(self, beside: Any) -> None:
        scores = np.linspace(0.5, 0.9, 20).tolist()
        result = beside(scores, [score - 0.3 for score in scores])
        assert result.outcome == "failed"
        assert result.comparison.difference == pytest.approx(-0.3)
        assert result.comparison.high < -0.02

    def test_a_wide_interval_cannot_tell(self, beside: Any) -> None:
        before = [0.5] * 20
        after = [0.1, 0.9] * 10
        result = beside(before, after)
        assert result.outcome == "unclear"
        assert not result.passed
        found = result.comparison
        assert found.low < -0.02 < found.difference
        # As many as would make the interval's lower half as wide as the margin.
        assert found.enough_questions == pytest.approx(20 * (found.low / 0.02) ** 2, rel=0.01)
        assert beside(before, after, margin=-found.low + 0.001).outcome == "passed"
        assert beside(before, after, margin=-found.low).outcome == "unclear"

    def test_so_many_questions_as_it_says_do(self, beside: Any) -> None:
        generator = np.random.default_rng(5)
        noise = generator.normal(0, 0.15, 40)
        few = (noise - noise.mean() + 0.01).tolist()
        enough = beside([0.5] * 40, [0.5 + d for d in few]).comparison.enough_questions
        assert enough > 40
        many = [few[n % 40] for n in range(enough + 40 - enough % 40)]
        assert beside([0.5] * len(many), [0.5 + d for d in many]).outcome == "passed"

    def test_with_few_questions_nothing_passes(self, beside: Any) -> None:
        for count in range(1, FEWEST_PAIRED):
            assert beside([0.5] * count, [0.9] * count).outcome == "unclear"
        assert beside([0.5] * FEWEST_PAIRED, [0.9] * FEWEST_PAIRED).outcome == "passed"

    @pytest.mark.parametrize("instead", [[], [None]])
    def test_a_question_without_a_score_fails(self, beside: Any, instead: list[None]) -> None:
        before = {f"q{n}": [0.5] for n in range(10)}
        result = beside(before, {**{f"q{n}": [1.0] for n in range(9)}, "q9": instead})
        assert result.outcome == "failed"
        assert result.comparison.missing == ("q9",)
        assert result.comparison.difference == 0.5

    def test_nothing_judged_fails(self, beside: Any) -> None:
        result = beside([0.5] * 10, [None] * 10)
        assert result.outcome == "failed"
        assert (result.comparison.questions, result.comparison.difference) == (0, None)

    def test_questions_of_the_run_alone_do_not_count(self, beside: Any) -> None:
        before = {f"q{n}": [0.5] for n in range(10)}
        result = beside(before, {**before, "more": [0.0], "others": [0.0]})
        assert result.outcome == "passed"
        assert result.comparison.questions == 10

    def test_several_respondents_are_one_mean_a_question(self, beside: Any) -> None:
        before = {f"q{n}": [0.2, 0.8] for n in range(10)}
        result = beside(before, {f"q{n}": [0.3, 0.6, 0.6] for n in range(10)})
        assert result.comparison.difference == 0
        assert result.outcome == "passed"


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "said"),
        [
            ({"tier": "thorough"}, r"another tier thorough \(here fast\);"),
            ({"bank": "b@2", "grader": "2"}, r"another grader 2 \(here 1\), another bank b@2"),
            ({"signals": "judge:x"}, r"another signals judge:x \(here none\)"),
        ],
    )
    def test_graded_otherwise(self, tmp_path: Path, changed: dict[str, str], said: str) -> None:
        run_of([0.5], manifest={"identity": IDENTITY | changed}).write(tmp_path / "base")
        with pytest.raises(RunError, match=rf"base: cannot be the baseline.*{said}"):
            checked(run_of([0.5]), baseline=str(tmp_path / "base"))

    def test_other_answers_kept_otherwise_are_what_it_is_for(self, tmp_path: Path) -> None:
        changed = {"answers": "a2", "--grades-as": "parquet", "--map answer": "text"}
        run_of([0.5] * 9, manifest={"identity": IDENTITY | changed}).write(tmp_path / "base")
        (result,) = checked(run_of([0.5] * 9), baseline=str(tmp_path / "base"))
        assert result.passed

    def test_no_question_in_common(self, tmp_path: Path) -> None:
        run_of({"other": [0.5]}).write(tmp_path / "base")
        with pytest.raises(RunError, match=r"base: .*no question in common"):
            checked(run_of([0.5]), baseline=str(tmp_path / "base"))

    def test_a_baseline_without_scores(self, tmp_path: Path) -> None:
        run_of([None, None]).write(tmp_path / "base")
        with pytest.raises(RunError, match=r"base: .*none of its answers has a score"):
            checked(run_of([0.5, 0.5]), baseline=str(tmp_path / "base"))

    @pytest.mark.parametrize("side", ["base", "run"])
    def test_nobody_knows_how_it_was_graded(self, tmp_path: Path, side: str) -> None:
        unknown = {"identity": None}
        run_of([0.5], manifest=unknown if side == "base" else None).write(tmp_path / "base")
        run = run_of([0.5], manifest=unknown if side == "run" else None)
        with pytest.raises(RunError, match="does not say how it was graded"):
            checked(run, baseline=str(tmp_path / "base"))

    def test_no_baseline(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match="no run here"):
            checked(run_of([0.5]), baseline=str(tmp_path / "nowhere"))

    @pytest.mark.parametrize(
        "wrong", [{"fail_under": 1.5}, {"topics": {"a": -1}}, {"margin": 0}, {"baselin": "x"}]
    )
    def test_gates_of_a_file_are_checked(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, Gates)


class TestErrorRates:
    """Seed 71; the spread of a share of 300 is about 0.013 at 0.05."""

    REPLICATIONS = 300

    def share_passed(self, beside: Any, shift: float, questions: int, margin: float) -> float:
        generator = np.random.default_rng(71)
        passed = 0
        for _ in range(self.REPLICATIONS):
            before = generator.beta(2, 2, questions)
            after = np.clip(before, 0.3, 0.7) + shift + generator.uniform(-0.2, 0.2, questions)
            # Clipping moves single questions, not the mean of a symmetric distribution.
            passed += beside(before.tolist(), after.tolist(), margin=margin).passed
        return passed / self.REPLICATIONS

    @pytest.mark.parametrize("questions", [8, 40])
    def test_worse_by_the_margin_passes_one_time_in_twenty(
        self, beside: Any, questions: int
    ) -> None:
        assert 0.01 <= self.share_passed(beside, -0.05, questions, 0.05) <= 0.085

    def test_as_good_passes_with_enough_questions(self, beside: Any) -> None:
        assert self.share_passed(beside, 0.0, 150, 0.05) >= 0.9


@pytest.fixture
def three(tmp_path: Path) -> tuple[Run, Gates]:
    """A run that passes one gate, fails one, and cannot show the third."""
    run_of([0.5] * 20).write(tmp_path / "ba|se")
    gates = Gates(fail_under=0.4, topics={"nlp": 0.61}, baseline=str(tmp_path / "ba|se"))
    return run_of([0.1, 0.9] * 10), gates


class TestShown:
    def test_lines(self, three: tuple[Run, Gates]) -> None:
        run, gates = three
        mean, topic, baseline = lines(run, gates)
        assert mean == "✓ mean score 2.5 ≥ 2.0"
        assert topic == "✗ Texts 2.5 < 3.05"
        assert baseline.startswith(
            "✗ no worse than ba|se by more than 0.1: difference 0.00 [−0.80, 0.80], "
            "not shown with 20 questions; at this difference, about "
        )
        found = check_gates(gates, run, build_report(run))[2].comparison
        assert found is not None
        assert found.low is not None
        word = baseline.split()[-3]
        assert word.startswith("0.")
        assert -found.low < float(word) <= -found.low + 0.001

    def test_lines_in_russian(self, three: tuple[Run, Gates]) -> None:
        mean, topic, baseline = lines(*three, lang="ru")
        assert mean == "✓ средний балл 2,5 ≥ 2,0"
        assert topic == "✗ Тексты 2,5 < 3,05"
        assert "не хуже ba|se более чем на 0,1: разница 0,00 [−0,80; 0,80]" in baseline
        assert "на 20 вопросах этого не показать; при такой разнице хватило бы" in baseline

    def test_missing_questions_are_named_up_to_five(self, tmp_path: Path) -> None:
        run_of([0.5] * 20).write(tmp_path / "base")
        (line,) = lines(run_of([0.5] * 13), Gates(baseline=str(tmp_path / "base")))
        assert line.endswith(
            "7 questions of the baseline have no score here: q0013, q0014, q0015, q0016, q0017, …"
        )

    @pytest.mark.parametrize("lang", ["en", "ru"])
    def test_every_file_holds_them(self, three: tuple[Run, Gates], lang: str) -> None:
        run, gates = three
        report = gated(build_report(run), gates, run)
        demands = {"en": "no worse than ba|se", "ru": "не хуже ba|se"}[lang]
        page = Page(render(".html", run, report, lang=lang))
        assert page.problems == []
        assert len(page.all("li", class_="failed")) == 2
        assert any(demands in text for text in page.text)
        text = render(".md", run, report, lang=lang).decode()
        rows = [line for line in text.splitlines() if line.startswith(("| ✓", "| ✗"))]
        assert len(rows) == 3
        assert text.index(rows[2]) < text.index({"en": "## Topics", "ru": "## Темы"}[lang])
        assert demands.replace("|", r"\|") in rows[2]
        data = json.loads(render(".json", run, report, lang=lang))
        jsonschema.validate(data, report_schema())
        assert [gate["outcome"] for gate in data["gates"]] == ["passed", "failed", "unclear"]

    def test_junit_has_a_case_for_each(self, three: tuple[Run, Gates]) -> None:
        run, gates = three
        report = gated(build_report(run), gates, run)
        xml = junitparser.JUnitXml.fromstring(render(".xml", run, report, lang="en"))
        suite = next(iter(xml))
        assert (suite.name, suite.tests, suite.failures) == ("gates", 3, 2)
        found = [[result.type for result in case.result] for case in suite]
        assert found == [[], ["gate_failed"], ["gate_unclear"]]
        assert xml.tests == 3 + len(report.questions)
        assert "not shown with 20 questions" in list(suite)[2].result[0].message

    def test_on_the_terminal_last_each_on_one_line(
        self, three: tuple[Run, Gates], capsys: pytest.CaptureFixture[str]
    ) -> None:
        run, gates = three
        print_report(gated(build_report(run), gates, run), make_console(), lang="en")
        shown = capsys.readouterr().out
        assert shown.splitlines()[-3:] == lines(run, gates)
        assert "Gates passed: 1 of 3." in shown

    def test_without_gates_nothing_is_said(self) -> None:
        run = run_of([0.5, 0.5])
        report = gated(build_report(run), Gates(), run)
        assert report.gates == ()
        for extension in (".html", ".md", ".xml"):
            assert "gate" not in render(extension, run, report, lang="en").decode().lower().replace(
                "gates-title", ""
            ).replace(".gates", "")


class TestWritten:
    def test_a_written_run_is_shown_again_with_its_gates(
        self, three: tuple[Run, Gates], tmp_path: Path
    ) -> None:
        run, gates = three
        write_run(run, gated(build_report(run), gates, run), tmp_path / "run", lang="en")
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
        _, report = written_run(tmp_path / "run", lang="en", gates=gates)
        assert [gate.outcome for gate in report.gates] == ["passed", "failed", "unclear"]
        assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()} == before

    def test_other_gates_are_written_anew_and_none_too(
        self, three: tuple[Run, Gates], tmp_path: Path
    ) -> None:
        run, gates = three
        folder = tmp_path / "run"
        plain = build_report(run)
        write_run(run, plain, folder, lang="en")
        first = {path.name: path.read_bytes() for path in folder.iterdir()}
        written_run(folder, lang="en", gates=gates)
        assert json.loads((folder / "report.json").read_bytes())["gates"][1]["topic"] == "nlp"
        assert b"Texts 2.5" in (folder / "report.html").read_bytes()
        written_run(folder, lang="en")
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == first

    def test_a_changed_baseline_changes_the_page(self, tmp_path: Path) -> None:
        run_of([0.5] * 10).write(tmp_path / "base")
        run, gates = run_of([0.5] * 10), Gates(baseline=str(tmp_path / "base"))
        folder = tmp_path / "run"
        write_run(run, gated(build_report(run), gates, run), folder, lang="en")
        run_of([0.9] * 10).write(tmp_path / "base")
        _, report = written_run(folder, lang="en", gates=gates)
        assert report.gates[0].outcome == "failed"
        assert b"worse, 10 questions compared" in (folder / "report.html").read_bytes()
