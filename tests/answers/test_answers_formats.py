"""Every format of answers, from real files."""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import grader.answers
from grader.answers import AnswerSource, read_answers
from grader.errors import AnswersError
from grader.model import Answer, Question, Translation

COLUMNS = ("answer_id", "question_id", "respondent", "answer", "kind")
ROWS = [
    ("a1", "q1", "Алиса", 'Кавычки ", запятые; и\nпереводы строк', "full"),
    ("a2", "q1", "Борис", "", "empty"),
    ("a3", "q2", "Вика", "  пробелы\tостаются ", "odd"),
]
EXPECTED = [Answer(a, q, text, who, {"kind": kind}, None) for a, q, who, text, kind in ROWS]


def as_dicts() -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


def write_json_lines(path: Path) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in as_dicts()]
    path.write_text("\ufeff" + "\n\n".join(lines), encoding="utf-8")


def write_json(path: Path) -> None:
    path.write_text(json.dumps(as_dicts(), indent=2), encoding="utf-8")


def write_wrapped_json(path: Path) -> None:
    path.write_text(json.dumps({"run": 1, "tags": [], "answers": as_dicts()}), encoding="utf-8")


def write_delimited(delimiter: str, end: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle, delimiter=delimiter, lineterminator=end)
            writer.writerow(COLUMNS)
            writer.writerows(ROWS)
            writer.writerow([""] * len(COLUMNS))

    return write


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate([COLUMNS, *ROWS], start=1):
        for column, cell in enumerate(row, start=1):
            sheet.cell(number, column, cell or None)
    book.save(path)


def write_parquet(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(as_dicts()), path)


FILES = {
    "a.jsonl": (write_json_lines, [1, 3, 5]),
    "a.ndjson": (write_json_lines, [1, 3, 5]),
    "lines.json": (write_json_lines, [1, 3, 5]),
    "a.json": (write_json, [2, 9, 16]),
    "wrapped.json": (write_wrapped_json, [1, 1, 1]),
    "a.csv": (write_delimited(",", "\r\n"), [2, 4, 5]),
    "semicolon.csv": (write_delimited(";", "\n"), [2, 4, 5]),
    "tab.CSV": (write_delimited("\t", "\n"), [2, 4, 5]),
    "a.tsv": (write_delimited("\t", "\n"), [2, 4, 5]),
    "a.xlsx": (write_xlsx, [2, 3, 4]),
    "a.parquet": (write_parquet, [1, 2, 3]),
}


def without_lines(answers: tuple[Answer, ...]) -> list[Answer]:
    return [
        Answer(each.id, each.question_id, each.text, each.respondent, each.extra)
        for each in answers
    ]


def test_public_names() -> None:
    names = grader.answers.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    assert all(hasattr(grader.answers, name) for name in names)


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_answers(tmp_path: Path, name: str) -> None:
    write, lines = FILES[name]
    path = tmp_path / name
    write(path)
    found = read_answers(path, known_questions=["q1", "q2"])
    assert without_lines(found.answers) == EXPECTED
    assert [each.line for each in found.answers] == lines
    assert found.bad == ()
    assert list(AnswerSource(str(path))) == list(found.answers)
    assert len(found.sha256) == 64
    assert read_answers(path).sha256 == found.sha256


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "wrapped.json", "a.csv", "tab.CSV"])
def test_standard_input_is_told_by_how_it_begins(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    FILES[name][0](path)
    found = read_answers("-", stdin=io.BytesIO(path.read_bytes()))
    assert without_lines(found.answers) == EXPECTED
    assert found.sha256 == read_answers(path).sha256


def test_one_json_line_on_standard_input() -> None:
    data = json.dumps(as_dicts()[0]).encode()
    assert read_answers("-", stdin=io.BytesIO(data)).answers[0].id == "a1"


def test_standard_input_of_the_process(tmp_path: Path) -> None:
    code = "from grader.answers import read_answers; print(len(read_answers('-').answers))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b'{"question_id": "q", "answer": "x"}\n{"question_id": "q", "answer": "y"}',
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == b"2"


def test_standard_input_takes_text_only(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path)
    with pytest.raises(AnswersError, match="<stdin>: standard input takes JSON Lines, JSON or CSV"):
        read_answers("-", stdin=io.BytesIO(path.read_bytes()))


@pytest.mark.parametrize(
    "header",
    [
        ("ID", "Question ID", "Answer", "Student"),
        ("id", "qid", "TEXT", "Candidate"),
        ("ответ_id", "Вопрос", "Ответ", "Студент"),
        ("answer-id", "question", "response", "model"),
        ("answer_id", "question_id", "completion", "user"),
        ("answer_id", "question_id", "output", "author"),
        ("id", "вопрос", "текст", "имя"),
        ("id", "question_id", "answer", "кандидат"),
        ("id", "question_id", "answer", "Респондент"),
        ("id", "question_id", "answer", "модель"),
    ],
)
def test_usual_column_names(tmp_path: Path, header: tuple[str, ...]) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(header) + "\na,q,text,who\n", encoding="utf-8")
    assert read_answers(path).answers == (Answer("a", "q", "text", "who", {}, 2),)


def test_of_several_usual_names_the_first_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"text": "t", "answer": "a", "question": "Почему?", "question_id": "q", "model": "m"}
    path.write_text(json.dumps({**row, "name": "n", "student": "s"}))
    assert read_answers(path).answers == (
        Answer(
            "q-s", "q", "a", "s", {"text": "t", "question": "Почему?", "model": "m", "name": "n"}, 1
        ),
    )


def test_mapping_overrides_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("answer,Q,reply,who\nx,q,y,z\n")
    mapping = {"answer": "reply", "question_id": "Q", "respondent": "who"}
    assert read_answers(path, mapping=mapping).answers == (
        Answer("q-z", "q", "y", "z", {"answer": "x"}, 2),
    )


def test_generated_ids_are_unique_and_repeatable(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [("q1", None), ("q1", "A"), ("q1", "A"), ("q2", ""), ("q1", None), ("q1", "A")]
    path.write_text(
        "\n".join(json.dumps({"qid": q, "answer": "x", "user": who}) for q, who in rows)
    )
    ids = [each.id for each in read_answers(path).answers]
    assert ids == ["q1-1", "q1-A", "q1-A-2", "q2-1", "q1-4", "q1-A-3"]


def test_an_empty_cell_gets_a_generated_id(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,qid,answer\na,q,x\n,q,y\n")
    assert [each.id for each in read_answers(path).answers] == ["a", "q-2"]


def test_questions_by_their_text(tmp_path: Path) -> None:
    questions = {"q1": "Зачем нужен дропаут?", "q2": "Что такое ёмкость модели?"}
    path = tmp_path / "a.csv"
    path.write_text(
        "question,answer\nq1,x\nзачем нужен   дропаут,y\nЧто такое емкость модели ?,z\n",
        encoding="utf-8",
    )
    found = read_answers(path, known_questions=questions).answers
    assert [each.question_id for each in found] == ["q1", "q1", "q2"]
    full = {
        "q1": Question("q1", questions["q1"], ("t",), translations={"en": Translation("Why?")}),
        "q2": Question("q2", questions["q2"], ("t",)),
    }
    assert read_answers(path, known_questions=full).answers == found
    path.write_text("question,answer\nwhy,x\n")
    assert read_answers(path, known_questions=full).answers[0].question_id == "q1"


def test_null_empty_and_not_a_number_are_empty_answers(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"qid": "q", "answer": null}\n{"qid": "q", "answer": ""}\n{"qid": "q", "answer": NaN}\n'
    )
    assert [each.text for each in read_answers(path).answers] == ["", "", ""]


def test_numbers_become_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = [{"id": n, "qid": 7, "user": 8, "answer": each} for n, each in enumerate([5, 0.5, True])]
    path.write_text("\n".join(map(json.dumps, rows)))
    found = read_answers(path, known_questions={"7"}).answers
    assert [(each.id, each.text) for each in found] == [("0", "5"), ("1", "0.5"), ("2", "true")]
    assert {(each.question_id, each.respondent) for each in found} == {("7", "8")}


def test_further_columns_can_be_written_as_json(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    day = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
    row = {
        "qid": "q",
        "answer": "x",
        "day": day,
        "list": [1, None],
        "object": {"a": float("nan"), "b": day},
        "money": Decimal("1.50"),
        "bytes": b"\xff",
        "infinite": float("inf"),
        "flag": True,
    }
    pq.write_table(pa.Table.from_pylist([row]), path)
    extra = read_answers(path).answers[0].extra
    assert json.loads(json.dumps(extra, allow_nan=False)) == {
        "day": "2026-01-02T03:04:00Z",
        "list": [1, None],
        "object": {"a": None, "b": "2026-01-02T03:04:00Z"},
        "money": "1.50",
        "bytes": "/w==",
        "infinite": None,
        "flag": True,
    }


def test_workbook_of_numbers_and_dates(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B3"], sheet["C3"], sheet["D3"], sheet["E3"] = "question", "answer", "when", None
    sheet["B4"], sheet["C4"], sheet["D4"], sheet["E4"] = 1, 0.25, datetime.date(2026, 1, 2), "more"
    sheet["B6"], sheet["C6"] = 2, 1e300
    book.create_sheet("other").append(["x"])
    book.save(path)
    first, second = read_answers(path).answers
    assert first == Answer("1-1", "1", "0.25", None, {"when": "2026-01-02", "column 4": "more"}, 4)
    assert (second.question_id, second.text, second.line) == ("2", "1e+300", 6)


def test_nul_characters_are_tolerated(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"qid,answer\nq,a\0b\n")
    (tmp_path / "a.jsonl").write_text('{"qid": "q", "answer": "a\\u0000b"}')
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "q.txt").write_bytes(b"a\0b\n")
    for name in ("a.csv", "a.jsonl", "f"):
        assert read_answers(tmp_path / name).answers[0].text == "a\0b"


def test_old_macintosh_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"qid,answer\rq,x\rq,y")
    assert [each.text for each in read_answers(path).answers] == ["x", "y"]


def tree(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def named(folder: Path, known: set[str] | None) -> set[tuple[str, str | None, str]]:
    found = read_answers(folder, known_questions=known).answers
    return {(each.question_id, each.respondent, each.text) for each in found}


def test_folder_of_questions(tmp_path: Path) -> None:
    folder = tree(tmp_path / "f", {"q1.txt": "\ufeffодин\n", "q2.md": "два\r\n", ".x.txt": "no"})
    expected = {("q1", None, "один"), ("q2", None, "два")}
    assert named(folder, {"q1", "q2"}) == named(folder, None) == expected
    before = read_answers(folder).sha256
    assert [each.id for each in read_answers(folder).answers] == ["q1-1", "q2-1"]
    folder.rename(tmp_path / "g")
    assert read_answers(tmp_path / "g").sha256 == before
    (tmp_path / "g" / "q1.txt").rename(tmp_path / "g" / "q3.txt")
    assert read_answers(tmp_path / "g").sha256 != before


def test_folder_of_respondents_or_of_questions(tmp_path: Path) -> None:
    expected = {("q1", "Алиса", "a"), ("q2", "Алиса", "b"), ("q1", "Борис", "c")}
    one = tree(tmp_path / "1", {"Алиса/q1.md": "a", "Алиса/q2.markdown": "b", "Борис/q1.txt": "c"})
    two = tree(tmp_path / "2", {"q1/Алиса.txt": "a", "q2/Алиса.txt": "b", "q1/Борис.md": "c"})
    assert named(one, {"q1", "q2"}) == expected
    assert named(two, {"q1", "q2"}) == expected
    assert named(one, None) == expected


def test_folder_of_joined_names(tmp_path: Path) -> None:
    files = {"Алиса__q1.txt": "a", "Б__В__q1.txt": "b", "Г__q__2.txt": "c", "q__2.txt": "d"}
    folder = tree(tmp_path / "f", files)
    assert named(folder, {"q1", "q__2"}) == {
        ("q1", "Алиса", "a"),
        ("q1", "Б__В", "b"),
        ("q__2", "Г", "c"),
        ("q__2", None, "d"),
    }
    (folder / "q__2.txt").unlink()
    assert ("2", "Г__q", "c") in named(folder, None)


def test_folder_may_be_mixed(tmp_path: Path) -> None:
    folder = tree(tmp_path / "f", {"q1.txt": "a", "Алиса/q1.txt": "b", "Борис__q1.txt": "c"})
    assert named(folder, {"q1"}) == {("q1", None, "a"), ("q1", "Алиса", "b"), ("q1", "Борис", "c")}


TEXTS = st.lists(st.text(max_size=60), min_size=1, max_size=5)
SLOW_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@SLOW_FIXTURE
@given(texts=TEXTS, ascii_only=st.booleans(), end=st.sampled_from(["\n", "\r\n"]))
def test_json_lines_bring_back_any_text(
    tmp_path: Path, texts: list[str], ascii_only: bool, end: str
) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("w", encoding="utf-8", newline="") as handle:
        for text in texts:
            row = {"question_id": "q", "answer": text, "note": text}
            handle.write(json.dumps(row, ensure_ascii=ascii_only) + end)
    found = read_answers(path).answers
    assert [each.text for each in found] == texts
    assert [each.extra["note"] for each in found] == texts
    assert [each.line for each in found] == list(range(1, len(texts) + 1))


@SLOW_FIXTURE
@given(
    texts=TEXTS,
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_csv_brings_back_any_text(
    tmp_path: Path, texts: list[str], delimiter: str, end: str, quoting: Literal[0, 1]
) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        # Python 3.11 writes a lone \r without the quotes it needs.
        quotes = csv.QUOTE_ALL if any("\r" in text for text in texts) else quoting
        writer = csv.writer(handle, delimiter=delimiter, lineterminator=end, quoting=quotes)
        writer.writerow(["question_id", "answer", "note"])
        writer.writerows(["q", text, text] for text in texts)
    found = read_answers(path).answers
    assert [each.text for each in found] == texts
    assert [each.extra["note"] for each in found] == texts


@SLOW_FIXTURE
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".jsonl", ".json", ".csv", ".tsv"]))
def test_any_bytes_are_read_or_refused_in_one_line(
    tmp_path: Path, data: bytes, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with pytest.raises(AnswersError) as caught:
        read_answers(path, skip_bad=True)
    assert "\n" not in str(caught.value)


def test_a_hundred_thousand_lines_take_about_a_second(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = '{"answer_id": "a%d", "question_id": "q", "user": "Алиса", "answer": "%s", "n": %d}\n'
    with path.open("w", encoding="utf-8") as handle:
        handle.writelines(line % (n, "слово " * 20, n) for n in range(100_000))
    started = time.process_time()
    assert len(read_answers(path, known_questions={"q": "Почему?"}).answers) == 100_000
    # Measuring coverage takes several times as long as what is measured.
    assert time.process_time() - started < (3 if sys.gettrace() is None else 30)


def test_iterating_may_stop_early(tmp_path: Path) -> None:
    for name in ("a.csv", "a.jsonl", "a.parquet"):
        path = tmp_path / name
        FILES[name][0](path)
        rows = iter(AnswerSource(path))
        assert isinstance(next(rows), Answer)
        rows.close()  # type: ignore[attr-defined]
    assert os.listdir(tmp_path)


def test_a_folder_of_parts_is_one_whole(tmp_path: Path) -> None:
    rows = [{"id": f"a{n}", "question_id": "q", "answer": f"text {n}"} for n in range(4)]
    folder = tmp_path / "parts"
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in rows[:2])
    (folder / "0.jsonl").write_text(lines, encoding="utf-8")
    pq.write_table(pa.Table.from_pylist(rows[2:]), folder / "1.parquet")
    (folder / "_SUCCESS").write_text("")
    found = read_answers(folder)
    assert [answer.id for answer in found.answers] == ["a0", "a1", "a2", "a3"]
    (folder / "2.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(AnswersError, match=r"2\.jsonl:1: .*first in .*0\.jsonl:1"):
        read_answers(folder)
    (folder / "2.jsonl").write_bytes(b"{")
    with pytest.raises(AnswersError, match=r"2\.jsonl:1"):
        read_answers(folder)
