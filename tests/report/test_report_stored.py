"""Grades that stay on disk, in one file or in parts, and are read one at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from any_grades import GRADES
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import compute, parquet

from grader.errors import RunError
from grader.model import Grade
from grader.run import Outcome, Run, decode_grade, decode_part, encode_part, rounded


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


@pytest.mark.parametrize("line", [b'{"answer_id": "p', b'{"no": 1}\n'])
def test_a_broken_line_is_named_while_one_grade_is_looked_for(
    run: Run, tmp_path: Path, line: bytes
) -> None:
    run.write(tmp_path)
    with (tmp_path / "grades.jsonl").open("ab") as file:
        file.write(line)
    with pytest.raises(RunError, match=r"grades\.jsonl:41: "):
        list(Run.read(tmp_path).chosen({"none of them"}))
