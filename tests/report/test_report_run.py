from __future__ import annotations

import datetime
import json
import os
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import compute, parquet

from grader.errors import RunError
from grader.model import (
    AnyOf,
    Evidence,
    Flag,
    Grade,
    KeyPoint,
    Match,
    Misconception,
    MisconceptionHit,
    Question,
    Rubric,
    Span,
    Step,
    Translation,
)
from grader.run import (
    Outcome,
    Run,
    RunPoint,
    RunQuestion,
    decode_grade,
    decode_part,
    encode_grade,
    encode_part,
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

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
UNIT = st.floats(0, 1)
SPANS = st.builds(Span, st.integers(0, 50), st.integers(0, 50))
MATCHES = st.lists(st.builds(Match, SPANS, TEXT, TEXT), max_size=2).map(tuple)
MEASURES = st.dictionaries(TEXT, st.none() | UNIT, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXT | st.floats(-1e6, 1e6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
GRADES = st.builds(
    Grade,
    answer_id=TEXT,
    question_id=TEXT,
    respondent=st.none() | TEXT,
    topics=st.lists(TEXT, max_size=3).map(tuple),
    score=st.none() | UNIT,
    points=MEASURES,
    signals=MEASURES,
    flags=st.lists(st.builds(Flag, TEXT, UNIT, TEXT), max_size=3).map(tuple),
    interval=st.none() | st.tuples(UNIT, UNIT),
    evidence=st.lists(
        st.builds(Evidence, TEXT, st.none() | UNIT, st.none() | SPANS, MEASURES, MATCHES, MATCHES),
        max_size=2,
    ).map(tuple),
    misconceptions=st.lists(st.builds(MisconceptionHit, TEXT, UNIT, MATCHES), max_size=2).map(
        tuple
    ),
    steps=st.lists(st.builds(Step, TEXT, UNIT, TEXT), max_size=2).map(tuple),
    text=TEXT,
    extra=st.dictionaries(TEXT, JSON, max_size=2),
)


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


# Grades that stay on disk


def as_parts(folder: Path, kind: str, size: int = 15) -> None:
    """Turn a run's grades.jsonl into parts."""
    lines = (folder / "grades.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "grades.jsonl").unlink()
    (folder / "grades").mkdir()
    for number, start in enumerate(range(0, len(lines), size)):
        part = lines[start : start + size]
        data = b"".join(part) if kind == "jsonl" else encode_part(map(decode_grade, part))
        (folder / "grades" / f"{number:05}.{kind}").write_bytes(data)


@given(st.lists(GRADES, max_size=4))
@settings(max_examples=50, deadline=None)
def test_a_part_reads_back_to_the_identical_grades(grades: list[Grade]) -> None:
    assert decode_part(encode_part(grades)) == [rounded(grade) for grade in grades]


def test_simple_columns_of_a_part_can_be_queried(run: Run) -> None:
    table = parquet.read_table(BytesIO(encode_part(run.grades)))
    row = table.filter(compute.equal(table["answer_id"], "p-value-Илья")).to_pylist()[0]
    assert row["score"] == 0.133333
    assert (row["low"], row["high"]) == (0.05, 0.3)
    assert row["flags"] == ["opposite_polarity"]
    assert row["topics"] == ["статистика"]
    assert json.loads(row["flag_details"])[0]["detail"] == "33%"


def test_half_of_a_surrogate_pair_in_a_part_is_named() -> None:
    grades = [Grade("a1", "q", None, (), 0.5), Grade("a2", "q", None, (), 0.5, text="\ud800")]
    with pytest.raises(RunError, match="answer 'a2' is not valid Unicode"):
        encode_part(grades)


@pytest.mark.parametrize("kind", ["lines", "jsonl", "parquet"])
def test_stored_grades_are_those_in_memory(run: Run, tmp_path: Path, kind: str) -> None:
    run.write(tmp_path)
    if kind != "lines":
        as_parts(tmp_path, kind)
    read = Run.read(tmp_path)
    expected = tuple(rounded(grade) for grade in run.grades)
    assert len(read.grades) == 40
    assert tuple(read.grades) == tuple(read.grades) == read.loaded().grades == expected
    assert list(read.outcomes()) == [Outcome.of(grade) for grade in expected]
    assert expected[7] in read.grades
    ids = {expected[39].answer_id, expected[3].answer_id}
    assert [place for place, _ in read.chosen(ids)] == [3, 39]
    assert [grade for _, grade in read.chosen(ids)] == [expected[3], expected[39]]
    assert read.grade("clt-Анна") == next(g for g in expected if g.answer_id == "clt-Анна")


@pytest.mark.parametrize("kind", ["lines", "jsonl", "parquet"])
def test_a_stored_run_is_copied_as_it_is(run: Run, tmp_path: Path, kind: str) -> None:
    run.write(tmp_path / "a")
    if kind != "lines":
        as_parts(tmp_path / "a", kind)
    for target in ("b", "a"):
        Run.read(tmp_path / "a").write(tmp_path / target)
    for name in ("a", "b"):
        files = sorted(str(p.relative_to(tmp_path / name)) for p in (tmp_path / name).rglob("*"))
        parts = ["grades", *(f"grades/0000{n}.parquet" for n in range(3))]
        grades = parts if kind == "parquet" else ["grades.jsonl"]
        assert files == ["bank.json", *grades, "manifest.json"]
        assert tuple(Run.read(tmp_path / name).grades) == tuple(map(rounded, run.grades))


def test_a_run_in_place_of_one_in_parts(
    run: Run, make_run: Callable[..., Run], tmp_path: Path
) -> None:
    run.write(tmp_path)
    as_parts(tmp_path, "parquet")
    make_run(*list(run.grades)[:2]).write(tmp_path)
    assert len(Run.read(tmp_path).grades) == 2


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_missing_part(run: Run, tmp_path: Path, kind: str) -> None:
    run.write(tmp_path)
    as_parts(tmp_path, kind)
    (tmp_path / "grades" / f"00001.{kind}").unlink()
    with pytest.raises(RunError, match="grades: there is no part 00001"):
        Run.read(tmp_path)


def test_an_answer_in_two_parts(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path)
    as_parts(tmp_path, "parquet")
    shutil.copy(tmp_path / "grades/00000.parquet", tmp_path / "grades/00003.parquet")
    for read in (lambda: list(Run.read(tmp_path).outcomes()), Run.read(tmp_path).loaded):
        with pytest.raises(RunError, match=r"is already on line 1 of 00000\.parquet") as caught:
            read()
        assert str(caught.value).startswith(
            f"{tmp_path / 'grades/00003.parquet'}:1: field 'answer_id'"
        )


def test_a_part_that_is_none(run: Run, tmp_path: Path) -> None:
    run.write(tmp_path)
    as_parts(tmp_path, "parquet")
    path = tmp_path / "grades" / "00001.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RunError, match=r"00001.parquet: the file is cut off or not Parquet"):
        Run.read(tmp_path).loaded()
    parquet.write_table(parquet.read_table(BytesIO(whole)).drop_columns("text"), path)
    with pytest.raises(RunError, match=r"00001.parquet: the columns are not those of grades"):
        len(Run.read(tmp_path).grades)
    table = parquet.read_table(BytesIO(whole))
    spoilt = table["points"].to_pylist()
    spoilt[2] = '{"k1": "much"}'
    place = table.schema.get_field_index("points")
    changed = table.set_column(place, table.schema.field("points"), [spoilt])
    parquet.write_table(changed, path)
    with pytest.raises(RunError, match=r"00001.parquet:3: field 'points': Expected `float"):
        list(Run.read(tmp_path).outcomes())
