"""grader score: every format, every way in, every exit status."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from grader import Run

Invoke = Callable[..., Result]
Refused = Callable[[Result], str]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestFormats:
    def test_a_table_by_topic_is_the_default(self, score: Invoke) -> None:
        result = score()
        assert result.exit_code == 0
        assert "Deep learning" in result.stdout
        assert "3 answers" in result.stdout
        assert "don't know" in result.stdout
        assert result.stderr == ""

    def test_in_russian(self, score: Invoke) -> None:
        result = score("--lang", "ru")
        assert "Глубокое обучение" in result.stdout
        assert "Deep learning" not in result.stdout

    def test_in_the_language_of_the_locale(self, invoke: Invoke, answers: Path, bank: Path) -> None:
        words = ("score", answers, "--bank", bank, "--encoder", "none", "--tier", "fast")
        assert "Глубокое обучение" in invoke(*words, lang="ru_RU").stdout
        assert "Deep learning" in invoke(*words, lang="de_DE").stdout

    def test_json(self, score: Invoke) -> None:
        report = json.loads(score("--format", "json").stdout)
        assert report["bank"]["name"] == "small"

    def test_markdown(self, score: Invoke) -> None:
        result = score("--format", "md")
        assert result.stdout.startswith("# small")
        assert "|" in result.stdout

    def test_csv(self, score: Invoke) -> None:
        found = rows(score("--format", "csv").stdout)
        assert [row["answer_id"] for row in found] == ["a1", "a2", "a3"]
        assert float(found[1]["score"]) > 0.6
        assert float(found[2]["score"]) < 0.15
        assert found[2]["flags"] == "dont_know"

    def test_an_unknown_format(self, score: Invoke) -> None:
        assert score("--format", "pdf").exit_code == 2


class TestWaysIn:
    def test_standard_input(self, score: Invoke, answers: Path) -> None:
        text = answers.read_text("utf-8")
        piped = score("--format", "csv", of="-", stdin=text)
        assert piped.exit_code == 0
        assert piped.stdout == score("--format", "csv").stdout

    def test_nothing_on_standard_input(self, score: Invoke, refused: Refused) -> None:
        refused(score(of="-", stdin=""))

    def test_columns_of_other_names(self, score: Invoke, refused: Refused, tmp_path: Path) -> None:
        odd = tmp_path / "odd.csv"
        odd.write_text("k,frage,wort,wer\na1,l2,Штраф за большие веса,Ян\n", encoding="utf-8")
        assert "odd.csv" in refused(score(of=odd))
        names = ["answer_id=k", "question_id=frage", "answer=wort", "respondent=wer"]
        options = [word for name in names for word in ("--map", name)]
        (row,) = rows(score(*options, "--format", "csv", of=odd).stdout)
        assert (row["answer_id"], row["respondent"]) == ("a1", "Ян")

    @pytest.mark.parametrize("mapping", ["answer", "=x", "answer=", ""])
    def test_a_mapping_that_is_none(self, score: Invoke, mapping: str) -> None:
        result = score("--map", mapping)
        assert result.exit_code == 2
        assert "FIELD=COLUMN" in result.stderr

    def test_a_column_that_is_not_there(self, score: Invoke, refused: Refused) -> None:
        assert "response" in refused(score("--map", "answer=response"))

    def test_bad_rows_stop_the_run_before_anything_is_graded(
        self, score: Invoke, refused: Refused, answers: Path, tmp_path: Path
    ) -> None:
        with answers.open("a", encoding="utf-8") as file:
            file.write('{"id": "a4", "question_id": "satration", "answer": "x"}\n{"id": \n')
        said = refused(score("--out", tmp_path / "run"))
        assert "answers.jsonl:4" in said
        assert "saturation" in said
        assert not (tmp_path / "run").exists()

    def test_or_are_left_out_and_listed(self, score: Invoke, answers: Path, tmp_path: Path) -> None:
        with answers.open("a", encoding="utf-8") as file:
            file.write('{"id": "a4", "question_id": "l9", "answer": "x"}\n')
        result = score("--skip-bad", "--out", tmp_path / "run")
        assert result.exit_code == 0
        assert "answers.jsonl" in result.stdout
        run = Run.read(tmp_path / "run")
        assert [grade.answer_id for grade in run.grades] == ["a1", "a2", "a3"]
        assert [row["line"] for row in run.manifest["bad_rows"]] == [4]

    def test_rubrics_from_elsewhere(self, score: Invoke, tmp_path: Path) -> None:
        rubric = tmp_path / "rubric.yaml"
        rubric.write_text(
            "rubrics:\n- question: l2\n  key_points:\n"
            "  - {id: only, text: Штраф за веса., keywords: [штраф]}\n",
            encoding="utf-8",
        )
        score("--rubrics", rubric, "--out", tmp_path / "run")
        run = Run.read(tmp_path / "run")
        assert list(run.grade("a2").points) == ["only"]
        assert list(run.grade("a1").points) == ["edge", "slope"]


class TestRun:
    def test_a_run_is_kept(self, score: Invoke, tmp_path: Path) -> None:
        out = tmp_path / "deep" / "run"
        result = score("--out", out)
        assert result.exit_code == 0
        assert "explain" in result.stdout
        assert {path.name for path in out.iterdir()} >= {
            "grades.jsonl",
            "report.json",
            "report.html",
            "manifest.json",
        }
        text = (out / "grades.jsonl").read_text("utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        expected = {
            "answer_id", "question_id", "respondent", "topics", "score", "points", "signals",
            "flags", "interval",
        }  # fmt: skip
        assert all(expected <= line.keys() for line in lines)
        assert lines[0]["extra"] == {}
        assert lines[0]["respondent"] == "Анна"
        assert lines[2]["flags"] == ["dont_know"]

    def test_the_same_input_gives_the_same_bytes(self, score: Invoke, tmp_path: Path) -> None:
        for name in ("one", "two"):
            score("--out", tmp_path / name)
        one, two = (tmp_path / name / "grades.jsonl" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        signatures = {Run.read(tmp_path / n).manifest["signature"] for n in ("one", "two")}
        assert len(signatures) == 1

    def test_a_run_can_be_replaced(self, score: Invoke, tmp_path: Path, answers: Path) -> None:
        score("--out", tmp_path / "run")
        answers.write_text('{"id": "b", "question_id": "l2", "answer": "x"}\n', encoding="utf-8")
        assert score("--out", tmp_path / "run").exit_code == 0
        assert [g.answer_id for g in Run.read(tmp_path / "run").grades] == ["b"]

    def test_other_files_are_not_touched(
        self, score: Invoke, refused: Refused, tmp_path: Path, answers: Path
    ) -> None:
        before = sorted(tmp_path.iterdir())
        assert "other files" in refused(score("--out", tmp_path))
        assert "is a file" in refused(score("--out", answers))
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
    def test_a_folder_that_cannot_be_written(
        self, score: Invoke, refused: Refused, tmp_path: Path
    ) -> None:
        tmp_path.chmod(0o500)
        try:
            refused(score("--out", tmp_path / "run"))
        finally:
            tmp_path.chmod(0o700)

    def test_a_path_below_a_file(self, score: Invoke, refused: Refused, answers: Path) -> None:
        result = score("--out", answers / "run")
        assert result.exit_code == 2
        assert result.stderr.startswith("grader: ")


class TestExitStatus:
    @pytest.mark.parametrize(("limit", "status"), [("0", 0), ("0.3", 0), ("0.99", 1), ("1", 1)])
    def test_fail_under(self, score: Invoke, limit: str, status: int) -> None:
        result = score("--fail-under", limit)
        assert result.exit_code == status
        assert "Deep learning" in result.stdout  # the report is there either way

    @pytest.mark.parametrize("limit", ["-0.1", "1.5", "60%", "x"])
    def test_a_threshold_outside_of_the_scale(self, score: Invoke, limit: str) -> None:
        assert score("--fail-under", limit).exit_code == 2

    def test_the_run_is_kept_when_it_fails(self, score: Invoke, tmp_path: Path) -> None:
        assert score("--fail-under", "0.99", "--out", tmp_path / "run").exit_code == 1
        assert (tmp_path / "run" / "manifest.json").exists()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b'{"id": "a1", "question_id": "l2", "answer": "x"}\n{"id":\n', ":2"),
            ('{"id": "a1", "question_id": "l2", "answer": "ж"}'.encode("cp1251"), "UTF-8"),
            (b'{"id": "a1", "answer": "x"}', "question_id"),
            (b'{"id":"a","qid":"l2","answer":"x"}\n{"id":"a","qid":"l2","answer":"y"}', "'a'"),
            (b"", "answers.jsonl"),
        ],
    )
    def test_bad_answers(
        self, score: Invoke, refused: Refused, answers: Path, content: bytes, said: str
    ) -> None:
        answers.write_bytes(content)
        assert said in refused(score())

    def test_bad_banks(
        self, invoke: Invoke, refused: Refused, answers: Path, tmp_path: Path
    ) -> None:
        cyclic = tmp_path / "cyclic.yaml"
        cyclic.write_text("questions: &a\n- *a\n")
        explosive = tmp_path / "explosive.yaml"
        explosive.write_text(
            "questions:\n- {id: q, topic: t, question: Q?, reference: R,"
            " key_points: [{text: T, keywords: [{regex: '(x+x+)+\\1y'}]}]}\n"
        )
        missing = tmp_path / "missing.yaml"
        for bank in (cyclic, explosive, missing, tmp_path / "nowhere"):
            said = refused(
                invoke("score", answers, "--bank", bank, "--encoder", "none", "--tier", "fast")
            )
            assert bank.name in said

    def test_bad_encoders(self, score: Invoke, refused: Refused) -> None:
        assert "embedded, none" in refused(score("--encoder", "word2vec"))
        assert "http://localhost" in refused(score("--encoder", "http:nowhere"))

    def test_debug_shows_the_traceback_too(self, invoke: Invoke, bank: Path) -> None:
        words = ("score", "nowhere.csv", "--bank", bank, "--encoder", "none", "--tier", "fast")
        result = invoke("--debug", *words)
        assert result.exit_code == 2
        assert "Traceback" in result.stderr
        assert result.stderr.splitlines()[-1].startswith("grader: nowhere.csv")
