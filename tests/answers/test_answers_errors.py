"""Bad answer files: each bad row named by file, line and field, all in one line."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from grader.answers import AnswerSource, BadRow, read_answers
from grader.errors import AnswersError
from grader.model import Answer

KNOWN = {"chain-rule": "Что такое правило цепочки?", "dropout": "Зачем нужен дропаут?"}
GOOD = '{"id": "good", "question_id": "dropout", "answer": "x"}'


def one(folder: Path, text: str | bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def said(source: Path | str, **options: Any) -> str:
    """The error's one line, without the folder's name."""
    with pytest.raises(AnswersError) as caught:
        read_answers(source, known_questions=KNOWN, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(Path(source).parent) + "/", "")


def skipped(source: Path) -> list[str]:
    """The bad rows' lines when they are skipped."""
    found = read_answers(source, known_questions=KNOWN, skip_bad=True)
    assert found.answers
    return [str(each).replace(str(source.parent) + "/", "") for each in found.bad]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": ', "a.jsonl:2: broken JSON at column 8: Expecting value"),
        ('{"id": "b"} {}', "a.jsonl:2: broken JSON at column 13: more text after the value"),
        ("[1, 2]", "a.jsonl:2: expected a JSON object, got a list"),
        ("null", "a.jsonl:2: expected a JSON object, got null"),
        ("[" * 100_000, "a.jsonl:2: broken JSON: nested too deeply"),
        ('{"answer": "\\ud83d", "qid": "dropout"}', "a.jsonl:2: half of a surrogate pair"),
        (
            '{"qid": "dropout", "text_": "x"}',
            "a.jsonl:2: field 'answer': missing among 'qid', 'text_'; "
            "name its column: --map answer=COLUMN",
        ),
        ('{"answer": "x"}', "a.jsonl:2: field 'question_id': missing among 'answer'; name its"),
        ("{}", "a.jsonl:2: field 'question_id': missing among none"),
        ('{"qid": "dropout", "answer": ["x"]}', "field 'answer': expected a text, got a list"),
        ('{"qid": "dropout", "answer": {"a": 1}}', "field 'answer': expected a text, got an obj"),
        ('{"qid": {}, "answer": "x"}', "a.jsonl:2: field 'qid': expected a text, got an object"),
        ('{"qid": null, "answer": "x"}', "a.jsonl:2: field 'qid': is empty"),
        ('{"qid": " ", "answer": "x"}', "a.jsonl:2: field 'qid': is empty"),
        (
            '{"qid": "dropuot", "answer": "x"}',
            "a.jsonl:2: field 'qid': unknown question 'dropuot'; did you mean 'dropout'?",
        ),
        (
            '{"question": "Что такое правило цепочек", "answer": "x"}',
            "unknown question 'Что такое правило цепочек'; did you mean 'chain-rule'?",
        ),
        ('{"qid": "zzz", "answer": "x"}', "a.jsonl:2: field 'qid': unknown question 'zzz'"),
        (
            '{"id": "good", "qid": "dropout", "answer": "x"}',
            "a.jsonl:2: field 'id': a second answer 'good' (first on line 1)",
        ),
        ('{"id": [], "qid": "dropout", "answer": "x"}', "field 'id': expected a text, got a list"),
        (
            json.dumps({"qid": "dropout", "answer": "x" * 200_001}),
            "a.jsonl:2: field 'answer': 200,001 characters; an answer may have 200,000",
        ),
    ],
)
def test_bad_json_lines(tmp_path: Path, line: str, message: str) -> None:
    path = one(tmp_path, f"{GOOD}\n{line}\n", "a.jsonl")
    found = said(path)
    assert message in found
    assert found.endswith("; --skip-bad grades the rest")
    (bad,) = skipped(path)
    assert found == f"{bad}; --skip-bad grades the rest"


def test_all_bad_rows_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    path = one(tmp_path, f'{{"id"\n{GOOD}\n5\n{{"qid": 1}}\n', "a.jsonl")
    message = said(path)
    assert message.startswith("a.jsonl:1: broken JSON at column 6")
    assert message.endswith("; and 2 more; --skip-bad grades the rest")
    found = read_answers(path, skip_bad=True)
    assert [each.id for each in found.answers] == ["good"]
    assert [each.line for each in found.bad] == [1, 3, 4]
    assert found.bad[2] == BadRow(
        "missing among 'qid'; name its column: --map answer=COLUMN", str(path), 4, "answer"
    )
    kinds = [type(each) for each in AnswerSource(path)]
    assert kinds == [BadRow, Answer, BadRow, BadRow]


def test_nothing_is_left(tmp_path: Path) -> None:
    path = one(tmp_path, "5\n6\n", "a.jsonl")
    for skip_bad in (False, True):
        message = said(path, skip_bad=skip_bad)
        assert message.endswith("got 5; and 1 more; no good row is left")


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.jsonl", "\n \n"), ("a.json", "[]"), ("a.csv", "qid,answer\n"), ("a.tsv", "qid\tanswer")],
)
def test_no_answers(tmp_path: Path, name: str, text: str) -> None:
    assert said(one(tmp_path, text, name)) == f"{name}: no answers"
    assert list(AnswerSource(tmp_path / name)) == []


def test_no_answers_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    assert said(tmp_path / "f") == "f: no answers"


def test_sources_that_are_not_there(tmp_path: Path) -> None:
    assert said(tmp_path / "absent.csv") == "absent.csv: no such file or folder"
    path = one(tmp_path, "x", "a.docx")
    assert "a.docx: answers are read from a folder or a file of .jsonl" in said(path)
    assert "did you mean '.json'?" in said(one(tmp_path, "x", "a.json1"))
    assert "answers are read from" in said(one(tmp_path, "x", "answers"))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_empty_table(tmp_path: Path, name: str) -> None:
    assert said(one(tmp_path, "\n\n", name)) == f"{name}: no header row: the file is empty"


def test_json_under_another_name(tmp_path: Path) -> None:
    for text in ("[\n{}\n]", "[{}]", "{\n}"):
        message = said(one(tmp_path, text, "a.jsonl"))
        assert message.startswith("a.jsonl:1: ")
        assert "not JSON Lines; name the file .json" in message


def test_broken_json_stops_there(tmp_path: Path) -> None:
    path = one(tmp_path, f"[{GOOD},\n{GOOD}\n{GOOD}]", "a.json")
    assert said(path, skip_bad=True) == "a.json:3: broken JSON at column 1: expected ',' or ']'"
    assert said(one(tmp_path, '{"a": 1,\n "b"}', "a.json")).startswith("a.json:2: broken JSON at")
    expected = "a.json:1: expected a JSON list, or an object with a list under 'answers' or"
    assert said(one(tmp_path, "5", "a.json")).startswith(expected)


def test_bad_elements_of_a_json_list(tmp_path: Path) -> None:
    text = f'[{GOOD},\n\n5, {{"qid": "dropout"}},\n{GOOD}]'
    assert skipped(one(tmp_path, text, "a.json")) == [
        "a.json:3: expected a JSON object, got 5",
        "a.json:3: field 'answer': missing among 'qid'; name its column: --map answer=COLUMN",
        "a.json:4: field 'id': a second answer 'good' (first on line 1)",
    ]


def test_json_lines_on_standard_input_name_it() -> None:
    data = f'{GOOD}\n{{"id": }}\n'.encode()
    assert said("-", stdin=io.BytesIO(data)).startswith("<stdin>:2: broken JSON at column 8")
    data = f'{{"id": }}\n{GOOD}\n'.encode()
    assert said("-", stdin=io.BytesIO(data)).startswith("<stdin>:1: broken JSON at column 8")
    assert said("-", stdin=io.BytesIO(b"")) == "<stdin>: no header row: the file is empty"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("dropout,x,y,z", ["a.csv:3: 4 cells, but the header has 3"]),
        ("dropout", ["a.csv:3: 1 cell, but the header has 3"]),
        ('dropout,"x"y,z', ["a.csv:3: broken CSV: ',' expected after '\"'"]),
        ("nothing,x,", ["a.csv:3: field 'qid': unknown question 'nothing'"]),
        (
            'dropout,"x\ny,z\ndropout,x,y',
            ["a.csv:3: a quoted cell that begins in this row never ends; no row after it was read"],
        ),
        ("dropout,x\ry,z", ["a.csv:3: broken CSV: new-line character seen in unquoted field"]),
        ("\n,,\n,x,\n", ["a.csv:5: field 'qid': is empty"]),
        (f"dropout,{'x' * 200_001},", ["a.csv:3: field 'answer': 200,001 characters; an answer"]),
    ],
)
def test_bad_csv_rows(tmp_path: Path, text: str, rows: list[str]) -> None:
    found = skipped(one(tmp_path, f"qid,answer,note\ndropout,x,\n{text}\n", "a.csv"))
    assert len(found) == len(rows)
    for each, start in zip(found, rows, strict=True):
        assert each.startswith(start)


def test_good_rows_after_bad_csv_rows_are_read(tmp_path: Path) -> None:
    text = 'qid,answer\ndropout,"x"y\ndropout,1\ndropout,"x\ny",z\ndropout,2\n'
    found = read_answers(one(tmp_path, text, "a.csv"), skip_bad=True)
    assert [(each.text, each.line) for each in found.answers] == [("1", 3), ("2", 6)]
    assert [each.line for each in found.bad] == [2, 4]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "вопросик;ответик;кто",
            "a.csv: field 'question_id': missing among 'вопросик', 'ответик', 'кто'; "
            "name its column: --map question_id=COLUMN",
        ),
        ("qid,a,b", "a.csv: field 'answer': missing among 'qid', 'a', 'b'; name its column"),
        (",".join("abcdefghijklmnopq"), "'l' and 5 more; name its column"),
        ("qid,answer,answer", "a.csv:1: field 'answer': the header has this column twice"),
        ('qid,"answer', "a.csv:1: a quoted cell that begins in this row never ends"),
    ],
)
def test_bad_headers(tmp_path: Path, header: str, message: str) -> None:
    assert message in said(one(tmp_path, f"{header}\nx\n", "a.csv"))


def test_bad_mappings(tmp_path: Path) -> None:
    path = one(tmp_path, "qid,answer\ndropout,x\n", "a.csv")
    assert said(path, mapping={"anser": "x"}) == (
        "--map anser=…: no such field; did you mean 'answer'? "
        "(fields: answer_id, question_id, answer, respondent)"
    )
    for field in ("respondent", "answer"):
        message = said(path, mapping={field: "answr"})
        assert (
            f"a.csv: field '{field}': no column 'answr'; did you mean 'answer'? (there" in message
        )
    path = one(tmp_path, f"{GOOD}\n", "a.jsonl")
    assert said(path, mapping={"respondent": "who"}) == (
        "a.jsonl: field 'respondent': no row has 'who', which --map names for it"
    )
    assert "field 'answer': no row has 'who'" in said(path, mapping={"answer": "who"})
    one(tmp_path, f'{GOOD}\n{{"qid": "dropout", "who": "y"}}\n', "a.jsonl")
    message = "a.jsonl:1: field 'answer': no column 'who' (there are 'id', 'question_id', 'answer')"
    assert said(path, mapping={"answer": "who"}).startswith(message)
    found = read_answers(one(tmp_path, GOOD, "a.jsonl"), mapping={"answer": "id"}).answers
    assert found[0].text == "good"


CYRILLIC = "Это ответ на вопрос о дропауте"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.csv", f"qid,answer\ndropout,x\ndropout,{CYRILLIC}\n", 3),
        ("a.csv", f'qid,answer\ndropout,x\ndropout,"\n{CYRILLIC}"\n', 4),
        ("a.csv", f"qid,answer,{CYRILLIC}\ndropout,x,y\n", 1),
        ("a.tsv", f"qid\tanswer\ndropout\t{CYRILLIC}\n", 2),
        ("a.jsonl", f'{GOOD}\n{{"qid": "dropout", "answer": "{CYRILLIC}"}}\n', 2),
        ("a.json", f'[{GOOD},\n{{"qid": "dropout",\n"answer": "{CYRILLIC}"}}]', 3),
    ],
)
def test_wrong_encoding(tmp_path: Path, name: str, text: str, line: int) -> None:
    message = said(one(tmp_path, text.encode("cp1251"), name))
    assert message.startswith(f"{name}:{line}: not UTF-8 (byte ")
    assert "looks like cp1251; convert with iconv -f cp1251 -t utf-8" in message


def test_utf_16(tmp_path: Path) -> None:
    text = "qid,answer\ndropout,x\n".encode("utf-16")
    assert "looks like UTF-16" in said(one(tmp_path, text, "a.csv"))


def test_byte_order_mark_alone(tmp_path: Path) -> None:
    path = one(tmp_path, f"\ufeff\n{GOOD}\n", "a.jsonl")
    assert skipped(path) == ["a.jsonl:1: a byte order mark and nothing else"]


@pytest.mark.parametrize("size", [300_000, 3_000_000, 50_000_000])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", GOOD + '\n{"qid": "dropout", "answer": "%s"}\n'),
        ("a.json", "[" + GOOD + ',\n{"qid": "dropout", "answer": "%s"}]\n'),
        ("a.csv", "qid,answer\ndropout,%s\ndropout,x\n"),
        ("a.csv", 'qid,answer\ndropout,x\ndropout,"\n%s"\n'),
        ("f/dropout.txt", "%s"),
    ],
)
def test_a_huge_answer_is_named_quickly(tmp_path: Path, name: str, text: str, size: int) -> None:
    (tmp_path / "f").mkdir()
    one(tmp_path / "f", "x", "chain-rule.txt")
    path = one(tmp_path, text % ("x" * size), name)
    started = time.perf_counter()
    (message,) = skipped(path.parent if "/" in name else path)
    assert time.perf_counter() - started < 3
    assert "200,000" in message
    assert "dropout.txt" in message if "/" in name else message.startswith(f"{name}:")


def test_a_huge_answer_of_many_lines_ends_the_reading(tmp_path: Path) -> None:
    text = 'qid,answer\ndropout,x\ndropout,"' + "слово\n" * 1_000_000 + '"\ndropout,y\n'
    path = one(tmp_path, text, "a.csv")
    (message,) = skipped(path)
    assert message.startswith("a.csv:3: the row is too long; an answer may have 200,000 char")
    assert message.endswith("(a quote that never ends?); no row after it was read")


def test_bad_files_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    (folder / "Алиса" / "more").mkdir(parents=True)
    one(folder, "x", "dropout.txt")
    one(folder, "x", "dropuot.txt")
    one(folder, "x", "notes.docx")
    one(folder, f"x\n{CYRILLIC}".encode("cp1251"), "chain-rule.txt")
    one(folder / "Алиса" / "more", "x", "dropout.txt")
    found = skipped(folder)
    assert len(found) == 4
    assert "f/chain-rule.txt:2: not UTF-8 (byte 1 of the line); looks like cp1251" in found[0]
    assert "f/dropuot.txt: field 'question_id': unknown question 'dropuot'; did you" in found[1]
    assert found[2] == "f/notes.docx: not an answer file; answers are .txt, .md, .markdown"
    assert "f/Алиса/more/dropout.txt: too deep" in found[3]


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    one(folder, "x", "dropout.txt")
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("x")
    except OSError:
        pytest.skip("the file system takes text only")
    found = read_answers(folder, skip_bad=True)
    (bad,) = found.bad
    assert bad.field == "question_id"
    assert bad.what == "holds half of a surrogate pair"
    assert str(bad).encode()


def test_answer_ids_of_a_folder_are_unique(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    one(folder, "x", "A__dropout.txt")
    one(folder, "y", "A__dropout.md")
    found = read_answers(folder, known_questions=KNOWN).answers
    assert [each.id for each in found] == ["dropout-A", "dropout-A-2"]


def test_bad_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("qid,answer\n")
    assert said(path).startswith("a.xlsx: not an XLSX workbook: ")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Лист"
    book.save(path)
    assert said(path) == "a.xlsx: the sheet 'Лист' is empty"
    for row in (["qid", "answer"], ["dropout", "x"], ["dropuot", "y"], [None, "z"]):
        sheet.append(row)
    book.save(path)
    assert skipped(path) == [
        "a.xlsx:3: field 'qid': unknown question 'dropuot'; did you mean 'dropout'?",
        "a.xlsx:4: field 'qid': is empty",
    ]
    sheet["C1"] = "answer"
    book.save(path)
    assert said(path) == "a.xlsx:1: field 'answer': the header has this column twice"


def test_bad_parquet(tmp_path: Path) -> None:
    path = one(tmp_path, "PAR1 and nothing more", "a.parquet")
    assert said(path).startswith("a.parquet: not a whole Parquet file: ")
    rows = [{"qid": "dropout", "answer": "слово" * 50} for _ in range(1000)]
    pq.write_table(pa.Table.from_pylist(rows), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[10:60] = bytes(50)
    path.write_bytes(data)
    assert said(path).startswith("a.parquet: not a whole Parquet file: ")
    pq.write_table(pa.table({"qid": ["dropout", "x"], "answer": [b"\xff", b"y"]}), path)
    message = said(path)
    assert message.startswith("a.parquet:1: field 'answer': expected a text, got bytes; and 1 more")
    pq.write_table(pa.table({"qid": ["dropout"], "text_": ["x"]}), path)
    assert "field 'answer': missing among 'qid', 'text_'" in said(path)


def test_a_folder_called_like_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    one(tmp_path / "a.csv", "x", "dropout.txt")
    assert len(read_answers(tmp_path / "a.csv").answers) == 1
