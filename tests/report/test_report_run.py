from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from any_grades import GRADES
from hypothesis import given, settings

from grader.errors import RunError
from grader.model import (
    AnyOf,
    Flag,
    Grade,
    KeyPoint,
    Misconception,
    Question,
    Rubric,
    Translation,
)
from grader.run import (
    Run,
    RunPoint,
    RunQuestion,
    decode_grade,
    encode_grade,
    replacing,
    rounded,
)

KEYS = [
    "answer_id",
    "question_id",
    "respondent",
    "topics",
    "score",
    "points",
    "signals",
    "flags",
    "interval",
    "needs_review",
    "evidence",
    "misconceptions",
    "steps",
    "flag_details",
    "text",
    "extra",
]


@given(GRADES)
@settings(max_examples=200, deadline=None)
def test_a_line_reads_back_to_the_identical_grade(grade: Grade) -> None:
    line = encode_grade(grade)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    read = decode_grade(line)
    assert read == rounded(grade)
    assert encode_grade(read) == line


def test_keys_of_a_line(run: Run) -> None:
    line = json.loads(encode_grade(run.grade("p-value-Илья")))
    assert list(line) == KEYS
    assert line["flags"] == ["opposite_polarity"]
    assert line["flag_details"] == [{"name": "opposite_polarity", "factor": 1.0, "detail": "33%"}]
    assert line["evidence"][0]["sentence"] == [0, 90]


def test_numbers_have_six_digits() -> None:
    grade = Grade(
        "a", "q", None, (), 1 / 3, {"k": 2 / 3}, {"s": np.float64(1e-9)}, interval=(-0.0, 1)
    )
    line = encode_grade(grade)
    assert b'"score":0.333333,' in line
    assert b'"k":0.666667' in line
    assert b'"s":0.0' in line
    assert b'"interval":[0.0,1.0]' in line


def test_nan_is_cannot_judge() -> None:
    read = decode_grade(encode_grade(Grade("a", "q", None, (), float("nan"), {"k": float("nan")})))
    assert (read.score, read.points) == (None, {"k": None})


def test_extra_values_without_a_word_in_json() -> None:
    extra = {"day": datetime.date(2024, 2, 29), "n": np.int64(3), "path": Path("x")}
    read = decode_grade(encode_grade(Grade("a", "q", None, (), 0.5, extra=extra)))
    assert read.extra == {"day": "2024-02-29", "n": 3, "path": "x"}


def test_half_of_a_surrogate_pair_is_named() -> None:
    with pytest.raises(RunError, match="answer 'a1' is not valid Unicode"):
        encode_grade(Grade("a1", "q", None, (), 0.5, text="\ud800"))


def test_a_line_of_another_program_needs_only_the_promised_keys() -> None:
    line = b"""{"answer_id": "a", "question_id": "q", "respondent": null, "topics": [],
        "score": 1, "flags": ["empty"]}"""
    assert decode_grade(line) == Grade("a", "q", None, (), 1.0, flags=(Flag("empty", 1.0),))


def test_write_and_read(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path / "new" / "run")
    read = Run.read(tmp_path / "new" / "run")
    assert tuple(read.grades) == tuple(rounded(grade) for grade in run.grades)
    assert len(read.grades) == len(run.grades)
    assert read.questions == run.questions
    assert read.manifest == run.manifest
    assert sorted(os.listdir(tmp_path / "new")) == ["run"]
    assert sorted(os.listdir(tmp_path / "new" / "run")) == [
        "bank.json",
        "grades.jsonl",
        "manifest.json",
    ]


def test_same_run_same_bytes(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path / "a")
    Run.read(tmp_path / "a").write(tmp_path / "b")
    for name in ("bank.json", "grades.jsonl", "manifest.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_an_existing_run_is_replaced_and_other_files_stay(
    run: Run, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    run.write(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    make_run(run.grades[0]).write(tmp_path)
    assert len(Run.read(tmp_path).grades) == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_failed_write_leaves_nothing(run: Run, tmp_path: Path) -> None:
    def fail(_: Path) -> None:
        raise RuntimeError("disc on fire")

    with pytest.raises(RuntimeError):
        run.write(tmp_path / "run", also=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_over_a_run_keeps_the_old_files_whole(
    run: Run, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    run.write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = make_run(run.grades[0], Grade("x", "clt", None, (), 0.5, text="\ud800"))
    with pytest.raises(RunError):
        broken.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_remains_of_a_killed_process_do_not_matter(run: Run, tmp_path: Path) -> None:
    remains = tmp_path / f".run.{os.getpid()}.tmp"
    remains.mkdir()
    (remains / "grades.jsonl").write_text("half")
    run.write(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_writing_where_a_file_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine")
    with pytest.raises(RunError, match="cannot write the run"):
        run.write(path)
    with pytest.raises(RunError, match="cannot write the run"):
        run.write(path / "below")
    assert path.read_text() == "mine"


def test_replacing_keeps_the_old_file_on_failure(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "old")]


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"nowhere: no run here; 'grader score"):
        Run.read(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["bank.json", "grades.jsonl", "manifest.json"])
def test_a_file_is_missing(run: Run, tmp_path: Path, name: str) -> None:
    run.write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(RunError, match=rf"{name}: the run is not complete"):
        Run.read(tmp_path)


@pytest.mark.parametrize("name", ["bank.json", "grades.jsonl", "manifest.json"])
def test_a_folder_in_place_of_a_file(run: Run, tmp_path: Path, name: str) -> None:
    run.write(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(RunError, match=rf"{name}: cannot be read"):
        Run.read(tmp_path)


@pytest.mark.parametrize("name", ["bank.json", "manifest.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b'{"questions": [{"id": 5}]}x'])
def test_a_broken_json_file(run: Run, tmp_path: Path, name: str, content: bytes) -> None:
    run.write(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RunError, match=rf"{name}: .*score the answers again"):
        Run.read(tmp_path)


def cut(line: bytes) -> bytes:
    return line[: len(line) // 2]


def with_value(name: str, value: object) -> Callable[[bytes], bytes]:
    return lambda line: msgspec.json.encode(json.loads(line) | {name: value}) + b"\n"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cut, "the line is cut off or not JSON"),
        (lambda _: b"\xff\xfe\n", "the line is cut off or not JSON"),
        (lambda _: b'"text"\n', "Expected `object`, got `str`"),
        (with_value("score", "high"), r"field 'score': Expected `float \| null`, got `str`"),
        (with_value("score", 7), "field 'score': the score 7.0 is not between 0 and 1"),
        (
            with_value("flags", ["other"]),
            "field 'flags': 'flags' and 'flag_details' name different",
        ),
        (with_value("question_id", "?"), r"field 'question_id': question '\?' is not in bank.json"),
        (with_value("answer_id", "batch-norm-Анна"), "is already on line 2"),
    ],
)
def test_a_broken_line_is_named(
    run: Run, tmp_path: Path, spoil: Callable[[bytes], bytes], message: str
) -> None:
    run.write(tmp_path)
    path = tmp_path / "grades.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = spoil(lines[4])
    if not lines[4].endswith(b"\n"):
        lines[4] += b"\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(RunError, match=message) as caught:
        Run.read(tmp_path).loaded()
    assert str(caught.value).startswith(f"{path}:5: ")


def test_blank_lines_are_passed_over(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path)
    path = tmp_path / "grades.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n\n"))
    assert len(Run.read(tmp_path).grades) == len(run.grades)


def test_grade_by_answer(run: Run) -> None:
    assert run.grade("clt-Анна").question_id == "clt"
    with pytest.raises(RunError, match="no answer 'clt-Ана'; did you mean 'clt-Анна'"):
        run.grade("clt-Ана")
    with pytest.raises(RunError, match=r"no answer '???'$".replace("?", r"\?")):
        run.grade("???")


def test_a_question_the_run_does_not_have(run: Run) -> None:
    assert run.question("clt").text.startswith("Сформулируйте")
    assert run.question("?") == RunQuestion("?", "?", ())


def test_snapshot_of_a_question() -> None:
    point = KeyPoint("k", "Текст.", 3, translations={"en": "Text."})
    wrong = Misconception("m", "Неверно.", (AnyOf(("неверно",)),), 0.4, {"en": "Wrong."})
    question = Question(
        "q",
        "Что?",
        ("тема",),
        ("Ответ.",),
        rubric=Rubric("q", (point,), (wrong,)),
        translations={"en": Translation("What?", ("Answer.",))},
    )
    snapshot = RunQuestion.of(question)
    assert snapshot.key_points == (RunPoint("k", "Текст.", 3, {"en": "Text."}),)
    assert snapshot.misconceptions[0].cost == 0.4
    assert snapshot.translations == {"en": "What?"}
    sentence = KeyPoint("s1", "Ответ.")
    assert RunQuestion.of(question, [sentence]).key_points == (RunPoint("s1", "Ответ."),)
    assert RunQuestion.of(Question("q", "Что?", ("т",))).key_points == ()
