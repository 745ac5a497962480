"""Reading files so that what is wrong with them can be named."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import BankError
from grader.files import (
    BrokenJson,
    decode,
    did_you_mean,
    encoding_hint,
    json_elements,
    json_value,
    nearest,
    quoted,
    read_bytes,
)


def test_read_bytes_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"absent\.yaml: no such file"):
        read_bytes(tmp_path / "absent.yaml", BankError)


def test_read_bytes_names_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="cannot be read"):
        read_bytes(tmp_path, BankError)


def test_read_bytes_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 2**20)
    assert len(read_bytes(path, BankError, limit=2**20)) == 2**20
    path.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(BankError, match="larger than 1 MB"):
        read_bytes(path, BankError, limit=2**20)


def test_decode_drops_a_byte_order_mark_at_the_beginning_only() -> None:
    data = "\ufeffтекст".encode()
    assert decode(data, BankError, path="a") == "текст"
    assert decode(data, BankError, path="a", first_line=2) == "\ufeffтекст"


def test_decode_names_line_and_byte() -> None:
    with pytest.raises(BankError) as caught:
        decode(b"one\ntwo\n\xff three", BankError, path="a.txt", first_line=1)
    assert str(caught.value).startswith("a.txt:3: not UTF-8 (byte 1 of the line)")
    with pytest.raises(BankError) as caught:
        decode(b"\xef\xbb\xbfab\xff", BankError, path="a.txt")
    assert "byte 6 of the line" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        ("Градиент затухает".encode("cp1251"), "iconv -f cp1251"),
        ("gradient".encode("utf-16"), "iconv -f utf-16"),
        ("Градиент затухает".encode("koi8-r"), ""),
        ("naïve café, déjà vu".encode("latin-1"), ""),
        (b"\x98\xff", ""),
        (b"PK\x03\x04\x00\xff\xfe", ""),
    ],
)
def test_encoding_hint(data: bytes, hint: str) -> None:
    assert hint in encoding_hint(data)
    assert bool(hint) == bool(encoding_hint(data))


def test_nearest_and_its_sentence() -> None:
    names = ["chain-rule", "dropout", "precision-recall"]
    assert nearest("chain-rul", names) == "chain-rule"
    assert nearest("completely other", names) is None
    assert did_you_mean("drop-out", names) == "; did you mean 'dropout'?"
    assert did_you_mean("x", []) == ""


def test_quoted_is_short_and_on_one_line() -> None:
    assert quoted("a\nb") == r"'a\nb'"
    assert quoted(3) == "3"
    assert quoted(["a"]) == "a list"
    assert quoted({}) == "an object"
    assert quoted(None) == "null"
    assert len(quoted("x" * 1000)) == 60


def test_json_value_takes_not_a_number_as_nothing() -> None:
    assert json_value(' {"a": NaN, "b": [Infinity, -Infinity]} ') == {"a": None, "b": [None, None]}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": }', "broken JSON at column 7: Expecting value"),
        ('{"a": 1} x', "broken JSON at column 10: more text after the value"),
        ("", "broken JSON at column 1: Expecting value"),
        ("[" * 100_000, "broken JSON: nested too deeply"),
        (r'"\ud83d"', "half of a surrogate pair"),
        ("9" * 5000, "broken JSON: a huge number"),
    ],
)
def test_json_value_says_what_is_broken(text: str, what: str) -> None:
    with pytest.raises(BrokenJson) as caught:
        json_value(text)
    assert what in str(caught.value)


def test_json_value_takes_whole_surrogate_pairs() -> None:
    assert json_value(r'"\ud83d\ude00"') == "😀"
    assert json_value(r'"\\ud83d"') == r"\ud83d"


def test_json_elements_of_a_list_have_lines() -> None:
    rest, elements = json_elements('\n[1,\n\n "a",\n {"b":\n 2},\n3]\n', ["answers"])
    assert rest == {}
    assert list(elements) == [(2, 1), (4, "a"), (5, {"b": 2}), (7, 3)]
    assert list(json_elements(" [ ] ", [])[1]) == []


def test_json_elements_of_an_object_are_those_of_its_list() -> None:
    text = '{"name": "x", "other": [0],\n "answers":\n [1,\n 2], "more": {"answers": [9]}}'
    rest, elements = json_elements(text, ["answers"])
    assert rest == {"name": "x", "other": [0], "more": {"answers": [9]}}
    assert list(elements) == [(3, 1), (4, 2)]


def test_json_elements_prefers_keys_in_their_order_and_may_take_any_list() -> None:
    text = '{"rows": [1], "answers": [2]}'
    assert list(json_elements(text, ["answers", "rows"])[1]) == [(1, 2)]
    assert list(json_elements('{"n": 1, "mine": [3]}', ["answers"], any_key=True)[1]) == [(1, 3)]
    with pytest.raises(BrokenJson, match="with a list under 'answers' or 'rows'"):
        json_elements('{"mine": [3]}', ["answers", "rows"])
    with pytest.raises(BrokenJson, match="expected a JSON list"):
        json_elements("5", ["answers"])


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[1,\n2\n3]", 3, "expected ',' or ']'"),
        ("[1,\n2,\n", 3, "Expecting value"),
        ("[1]\n\n2", 3, "more text after the value"),
        ("[1,\n" + "[" * 100_000, 2, "nested too deeply"),
        ('[1,\n"\\udc00"]', 2, "half of a surrogate pair"),
        ('{"a":\n 1', 2, "broken JSON"),
    ],
)
def test_json_elements_names_the_broken_line(text: str, line: int, what: str) -> None:
    with pytest.raises(BrokenJson) as caught:
        list(json_elements(text, ["answers"])[1])
    assert what in str(caught.value)
    assert caught.value.line == line


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=8,
)


@given(st.lists(_JSON), st.sampled_from([None, 1]), st.booleans())
def test_json_elements_reads_what_json_wrote(
    values: list[object], indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only)
    assert [value for _, value in json_elements(text, [])[1]] == values
    text = json.dumps({"n": values, "answers": values}, indent=indent, ensure_ascii=ascii_only)
    assert [value for _, value in json_elements(text, ["answers"])[1]] == values


def test_read_bytes_of_a_file_without_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = tmp_path / "a"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(BankError, match="cannot be read"):
        read_bytes(path, BankError)
