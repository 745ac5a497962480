"""The published JSON Schemas: generated, valid, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import grader.bank
from grader.bank import Bank, schema
from grader.errors import BankError

ROOT = Path(__file__).parents[2]
KINDS = ("bank", "questions", "rubrics")


def fits(kind: str, data: object) -> bool:
    return bool(jsonschema.Draft202012Validator(schema(kind)).is_valid(data))


def test_public_names() -> None:
    names = grader.bank.__all__
    assert names == sorted(names)
    assert all(hasattr(grader.bank, name) for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_published_schema_is_the_generated_one(kind: str) -> None:
    published = ROOT / "docs" / "schema" / f"{kind}.schema.json"
    made = json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
    assert published.read_text(encoding="utf-8") == made, (
        f"run: grader bank schema {kind} > {published.relative_to(ROOT)}"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid_and_describes_every_field(kind: str) -> None:
    made = schema(kind)
    jsonschema.Draft202012Validator.check_schema(made)
    for name, definition in made["$defs"].items():
        assert definition["additionalProperties"] is False
        assert definition["description"], name
        for field, each in definition["properties"].items():
            assert each.get("description"), f"{name}.{field}"


def test_unknown_kind() -> None:
    with pytest.raises(BankError, match="no schema 'question'; did you mean 'questions'"):
        schema("question")


def loads(tmp_path: Path, entry: dict[str, Any]) -> bool:
    path = tmp_path / "b.json"
    path.write_text(json.dumps([entry]))
    try:
        Bank.load(path)
    except BankError:
        return False
    return True


GOOD: dict[str, Any] = {"id": "a", "topic": "t", "question": "x", "reference": "y"}
POINT: dict[str, Any] = {"text": "x", "keywords": ["a | b"]}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"question_id": "b"}, False),
        ({"id": 5}, True),
        ({"id": " "}, False),
        ({"topics": ["u"]}, False),
        ({"topic": ["u", "v"]}, True),
        ({"reference": ["y", "z"]}, True),
        ({"references": ["y", "z"]}, False),
        ({"reference": [""]}, False),
        ({"difficulty": "hard"}, True),
        ({"difficulty": "Hard"}, False),
        ({"language": "pt-BR"}, True),
        ({"language": "ru RU"}, False),
        ({"wrong": 1}, False),
        ({"translations": {"en": {"question": "q", "reference": "r"}}}, True),
        ({"translations": {"en": {"question": "q", "reference": "r", "references": []}}}, False),
        ({"translations": {"English": {"question": "q"}}}, False),
        ({"key_points": [POINT]}, True),
        ({"key_points": [{**POINT, "weight": 0}]}, False),
        ({"key_points": [{**POINT, "cap_without": 0}]}, True),
        ({"key_points": [{**POINT, "cap_without": 1.01}]}, False),
        ({"key_points": [{**POINT, "keywords": [{"near": ["a", "b"], "within": 3}]}]}, True),
        ({"key_points": [{**POINT, "keywords": [{"all": ["a", "b"], "within": 3}]}]}, False),
        ({"key_points": [{**POINT, "keywords": [{"all": ["a", "b"], "near": ["a", "b"]}]}]}, False),
        ({"key_points": [{**POINT, "keywords": [{}]}]}, False),
        ({"key_points": [{**POINT, "keywords": [{"regex": "a"}]}]}, True),
    ],
)
def test_schema_and_loader_agree(tmp_path: Path, change: dict[str, Any], good: bool) -> None:
    entry = {**GOOD, **change}
    assert fits("questions", {"questions": [entry]}) is good
    assert loads(tmp_path, entry) is good


def test_rubric_schema() -> None:
    assert fits("rubrics", {"rubrics": [{"question": "a", "key_points": [POINT]}]})
    assert not fits("rubrics", {"rubrics": [{"question": "a", "key_points": []}]})
    assert not fits("rubrics", {"rubrics": [{"key_points": [POINT]}]})
    assert fits("bank", {"name": "x", "topics": {"a": "A", "b": {"ru": "Б"}}})
    assert not fits("bank", {"questions": []})


def test_bundled_files_fit_the_schemas() -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    folder = ROOT / "datasets" / "ds-interview"
    kinds = {path: "questions" for path in folder.glob("*.yaml") if path.name != "terms.yaml"}
    kinds |= dict.fromkeys((ROOT / "rubrics").glob("*.yaml"), "rubrics")
    kinds[folder / "bank.yaml"] = "bank"
    for path, kind in kinds.items():
        validator = jsonschema.Draft202012Validator(schema(kind))
        errors = [f"{e.json_path}: {e.message}" for e in validator.iter_errors(yaml.load(path))]
        assert not errors, f"{path.name}: {errors[0]}"
