"""grader score and grader report with gates: exit status, what is said, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import junitparser
import pytest
from click.testing import Result

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]

QUESTIONS = 8


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    asked = "".join(
        f"  - {{id: q{n}, topic: {'dl' if n % 2 else 'ml'}, question: 'What is number {n}?', "
        f"reference: It is the famous number {n} of the list., key_points: "
        "[{text: It is famous., keywords: [famous]}, {text: It is listed., keywords: [list]}]}\n"
        for n in range(QUESTIONS)
    )
    path.write_text(
        f"name: small\nlanguage: en\ntopics: {{dl: Deep learning}}\nquestions:\n{asked}", "utf-8"
    )
    return path


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A file with one answer to each question: the text at its place, or the last one."""

    def answers(name: str, *texts: str, count: int = QUESTIONS) -> Path:
        path = tmp_path / name
        rows = [
            {"id": f"a{n}", "question_id": f"q{n}", "answer": texts[min(n, len(texts) - 1)]}
            for n in range(count)
        ]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return path

    return answers


GOOD, HALF = "It is a famous number of the list.", "It is famous."


@pytest.fixture
def answers(write: Write) -> Path:
    return write("good.jsonl", GOOD, HALF, GOOD)


@pytest.fixture
def base(score: Invoke, tmp_path: Path) -> Path:
    path = tmp_path / "base"
    assert score("--out", path).exit_code == 0
    return path


class TestThresholds:
    def test_of_all_answers_and_of_topics(self, score: Invoke) -> None:
        result = score("--fail-under", "0.5", "--fail-under", "ml=0.4", "--fail-under", "dl=1")
        assert result.exit_code == 1
        mean, ml, dl = (line.strip() for line in result.stdout.splitlines()[-3:])
        assert mean.startswith("✓ mean score ")
        assert ml.startswith("✓ Ml ")
        assert dl.startswith("✗ Deep learning ")
        assert score("--fail-under", "0.5", "--fail-under", "ml=0.4").exit_code == 0

    def test_an_unknown_topic_is_refused_before_grading(
        self, score: Invoke, refused: Refused, tmp_path: Path
    ) -> None:
        said = refused(score("--fail-under", "dll=0.4", "--out", tmp_path / "run"))
        assert "no topic 'dll'" in said
        assert "topics are dl, ml" in said
        assert "did you mean 'dl'?" in said
        assert not (tmp_path / "run").exists()

    def test_an_unknown_topic_of_a_run(self, invoke: Invoke, refused: Refused, base: Path) -> None:
        assert "topics are dl, ml" in refused(invoke("report", base, "--fail-under", "x=0.4"))

    @pytest.mark.parametrize("value", ["dl=", "=0.5", "dl=1.1", "dl=-0.1", "dl=nan", "dl", "nan"])
    def test_what_is_no_threshold(self, invoke: Invoke, base: Path, value: str) -> None:
        result = invoke("report", base, "--fail-under", value)
        assert result.exit_code == 2
        assert "--fail-under" in result.stderr
        assert result.stdout == ""

    def test_a_topic_twice(self, invoke: Invoke, base: Path) -> None:
        result = invoke("report", base, "--fail-under", "dl=0.1", "--fail-under", "dl=0.2")
        assert result.exit_code == 2
        assert "'dl=0.2' is a second threshold" in result.stderr


class TestNoWorseThan:
    def test_the_same_answers(self, score: Invoke, base: Path) -> None:
        result = score("--no-worse-than", base)
        assert result.exit_code == 0
        assert "✓ no worse than base by more than 0.2: difference 0.00 " in result.stdout

    def test_worse_answers(self, score: Invoke, write: Write, base: Path) -> None:
        result = score("--no-worse-than", base, of=write("half.jsonl", HALF))
        assert result.exit_code == 1
        assert "worse, 8 questions compared" in result.stdout

    def test_what_cannot_be_told_does_not_pass(
        self, score: Invoke, write: Write, tmp_path: Path
    ) -> None:
        one, other = write("one.jsonl", HALF, GOOD), write("other.jsonl", *[GOOD] * 7, HALF)
        assert score("--out", tmp_path / "one", of=one).exit_code == 0
        result = score("--no-worse-than", tmp_path / "one", of=other)
        assert result.exit_code == 1
        assert "not shown with 8 questions; at this difference" in result.stdout
        margin = ("--margin", "0.9")
        assert score("--no-worse-than", tmp_path / "one", *margin, of=other).exit_code == 0

    def test_who_leaves_questions_out_does_not_pass(
        self, score: Invoke, write: Write, base: Path
    ) -> None:
        result = score("--no-worse-than", base, of=write("few.jsonl", GOOD, count=6))
        assert result.exit_code == 1
        assert "2 questions of the baseline have no score here: q6, q7" in result.stdout

    def test_graded_otherwise_is_refused_before_grading(
        self, invoke: Invoke, refused: Refused, bank: Path, answers: Path, base: Path
    ) -> None:
        out = base.parent / "run"
        words = ("--bank", bank, "--encoder", "embedded", "--tier", "fast", "--out", out)
        said = refused(invoke("score", answers, *words, "--no-worse-than", base))
        assert "another encoder none (here embedded" in said
        assert not out.exists()

    def test_another_bank(self, score: Invoke, refused: Refused, bank: Path, base: Path) -> None:
        bank.write_text(bank.read_text("utf-8").replace("What is", "Which is"), "utf-8")
        assert "another bank small@" in refused(score("--no-worse-than", base))

    def test_no_such_run(self, score: Invoke, refused: Refused, tmp_path: Path) -> None:
        assert "no run here" in refused(score("--no-worse-than", tmp_path / "nowhere"))
        assert "not complete" in refused(score("--no-worse-than", tmp_path))

    def test_the_run_is_not_its_own_baseline(
        self, score: Invoke, refused: Refused, base: Path
    ) -> None:
        assert "is the baseline" in refused(score("--out", base, "--no-worse-than", base))

    def test_a_margin_of_nothing(self, score: Invoke) -> None:
        result = score("--margin", "0.1")
        assert result.exit_code == 2
        assert "--no-worse-than" in result.stderr

    @pytest.mark.parametrize("margin", ["0", "-0.1", "1.1", "x"])
    def test_what_is_no_margin(self, score: Invoke, base: Path, margin: str) -> None:
        assert score("--no-worse-than", base, "--margin", margin).exit_code == 2


class TestReports:
    def test_files_and_the_gates_on_standard_error(
        self, invoke: Invoke, base: Path, tmp_path: Path
    ) -> None:
        targets = [tmp_path / name for name in ("r.xml", "r.md", "r.json")]
        words = [word for path in targets for word in ("--to", path)]
        result = invoke("report", base, "--fail-under", "dl=1", *words)
        assert result.exit_code == 1
        assert result.stdout.split() == [str(path) for path in targets]
        assert result.stderr.startswith("✗ Deep learning ")
        junit, markdown, data = targets
        assert next(iter(junitparser.JUnitXml.fromfile(str(junit)))).failures == 1
        assert "| ✗ | Deep learning ≥ 10.0 |" in markdown.read_text("utf-8")
        assert json.loads(data.read_text("utf-8"))["gates"][0]["outcome"] == "failed"

    def test_other_formats_on_standard_output_stay_clean(self, score: Invoke) -> None:
        result = score("--format", "json", "--fail-under", "1")
        assert result.exit_code == 1
        assert json.loads(result.stdout)["gates"][0]["gate"] == "mean"
        assert result.stderr.startswith("✗ mean score ")

    def test_the_run_keeps_its_gates(self, score: Invoke, invoke: Invoke, tmp_path: Path) -> None:
        out = tmp_path / "run"
        first = score("--out", out, "--fail-under", "dl=1")
        assert first.exit_code == 1
        page = (out / "report.html").read_bytes()
        assert b"Deep learning" in page
        stamp = (out / "report.html").stat().st_mtime_ns
        again = score("--out", out, "--fail-under", "dl=1")
        assert (again.exit_code, again.stdout) == (1, first.stdout)
        assert (out / "report.html").stat().st_mtime_ns == stamp
        assert score("--out", out).exit_code == 0
        assert json.loads((out / "report.json").read_bytes())["gates"] == []
        assert invoke("report", out).exit_code == 0

    def test_in_russian(self, score: Invoke, base: Path) -> None:
        said = score("--no-worse-than", base, "--fail-under", "dl=1", "--lang", "ru").stdout
        assert "Пройдено порогов качества: 1 из 2." in said
        assert "✓ не хуже base более чем на 0,2: разница 0,00 [0,00; 0,00]" in said
