"""Human grades from the columns of a run and from a file beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.errors import AnswersError, GraderError, RunError
from grader.model import Grade
from grader.review import GradeColumns


def grade(name: str, respondent: str | None = None, **extra: Any) -> Grade:
    return Grade(name, "q1", respondent, ("тема", "other"), 0.5, extra=extra)


GRADES = [
    grade("a1", "Анна", mark="3", rater=None, group="x"),
    grade("a2", "Ян", mark="2,5", rater=1, group=" "),
    grade("a3", None, mark=" ", rater=0.5),
]


def columns(tmp_path: Path, text: str | None = None, name: str = "grades.csv") -> GradeColumns:
    if text is None:
        return GradeColumns(GRADES, "run")
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return GradeColumns(GRADES, "run", path)


def test_numbers_of_the_run(tmp_path: Path) -> None:
    found = columns(tmp_path)
    assert found.numbers("mark") == [3.0, 2.5, None]
    assert found.numbers("rater") == [None, 1.0, 0.5]
    assert found.unknown == 0


def test_labels(tmp_path: Path) -> None:
    found = columns(tmp_path)
    assert found.texts("group") == ["x", None, None]
    assert found.texts("respondent") == ["Анна", "Ян", None]
    assert found.texts("topic") == ["тема"] * 3
    assert found.texts("question_id") == ["q1"] * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("g.csv", "answer_id,mark,level\na2,5,B\nzz,1,C\n\na1,,A\n"),
        ("g.csv", "id;mark;level\na2;5;B\nzz;1;C\na1;;A\n"),
        (
            "g.jsonl",
            '{"answer_id":"a2","mark":5,"level":"B"}\n{"answer_id":"zz"}\n'
            '{"answer_id":"a1","mark":null,"level":"A"}\n',
        ),
    ],
)
def test_a_file_takes_precedence_and_the_run_fills_in(tmp_path: Path, name: str, text: str) -> None:
    found = columns(tmp_path, text, name)
    assert found.numbers("mark") == [None, 5.0, None]
    assert found.numbers("rater") == [None, 1.0, 0.5]
    assert found.texts("level") == ["A", "B", None]
    assert found.unknown == 1


def test_a_column_that_there_is_not_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        columns(tmp_path, "answer_id,level\na1,2\n").numbers("levle")
    assert str(caught.value) == (
        "run: no column 'levle'; did you mean 'level'? (there are 'level', 'mark', 'rater', "
        "'group', 'question_id', 'respondent', 'topic')"
    )


def test_many_columns_are_not_all_listed() -> None:
    many = Grade("a", "q", None, (), 0.5, extra={f"c{n}": n for n in range(30)})
    with pytest.raises(RunError, match="'c11' and 19 more"):
        GradeColumns([many], "run").texts("other")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("good", "'good' is not a number"),
        (True, "True is not a number"),
        ([1], "a list is not a number"),
        ("inf", "'inf' is not a finite number"),
        ("-1", "'-1' is below 0"),
        ("−1", "'−1' is below 0"),
    ],
)
def test_what_is_no_grade_names_the_answer(value: Any, problem: str) -> None:
    found = GradeColumns([grade("a1", mark=1), grade("a2", mark=value)], "run")
    with pytest.raises(RunError) as caught:
        found.numbers("mark")
    assert str(caught.value) == f"run: field 'mark': answer 'a2': {problem}"


def test_in_a_file_the_line_too(tmp_path: Path) -> None:
    with pytest.raises(AnswersError) as caught:
        columns(tmp_path, "answer_id,mark\na1,1\na2,two\n").numbers("mark")
    assert str(caught.value).endswith(
        "grades.csv:3: field 'mark': answer 'a2': 'two' is not a number"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("answer_id,mark\na1,1\na1,2\n", r":3: .*a second row for answer 'a1' \(first on line 2\)"),
        ("answer_id,mark\nb1,1\n", "names no answer of the run"),
        ("answer_id,mark\n", "names no answer of the run"),
        ("name,mark\na1,1\n", r"no column 'answer_id' .*\(there are 'name', 'mark'\)"),
        ("answer_id,mark\na1\n", "1 cell, but the header has 2"),
    ],
)  # fmt: skip
def test_files_that_do_not_serve(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AnswersError, match=message):
        columns(tmp_path, text)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match="no such file"):
        GradeColumns(GRADES, "run", tmp_path / "none.csv")
    with pytest.raises(GraderError, match="is a folder"):
        GradeColumns(GRADES, "run", tmp_path)
