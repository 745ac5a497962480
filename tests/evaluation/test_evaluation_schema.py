"""Evaluation files: the published schema, what is accepted, what is said of what is not."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from grader import GraderError
from grader.evaluation import Beginning, Evaluation, evaluation_schema
from grader.llm import Price

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "eval.md").read_text("utf-8")
EXAMPLE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


def fits(data: object) -> bool:
    return bool(jsonschema.Draft202012Validator(evaluation_schema()).is_valid(data))


def plain(text: str) -> Any:
    """The file as editors read it."""
    return YAML(typ="safe", pure=True).load(text)


def written(folder: Path, text: str) -> Path:
    path = folder / "eval.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def read(folder: Path, text: str) -> Evaluation:
    return Evaluation.read(written(folder, text))


def test_published_schema_is_the_generated_one() -> None:
    published = ROOT / "docs" / "schema" / "eval.schema.json"
    made = json.dumps(evaluation_schema(), ensure_ascii=False, indent=2) + "\n"
    assert published.read_text("utf-8") == made, (
        f"run: grader init --schema > {published.relative_to(ROOT)}"
    )


def test_schema_is_valid_and_describes_every_field() -> None:
    made = evaluation_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    for name, definition in made["$defs"].items():
        assert definition["additionalProperties"] is False
        assert definition["description"], name
        for field, each in definition["properties"].items():
            assert each.get("description"), f"{name}.{field}"


def test_every_field_stands_in_its_table_of_the_page() -> None:
    sections = dict(re.findall(r"^##+ ([^\n]*)\n(.*?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))
    titles = {"EvaluationFile": "Every field", "ModelEntry": "models", "PromptEntry": "prompts"}
    for name, definition in evaluation_schema()["$defs"].items():
        section = titles.get(name, name.removesuffix("Entry").lower())
        listed = re.findall(r"^\| `(\w+)`", sections[section], re.MULTILINE)
        assert sorted(listed) == sorted(definition["properties"]), name


def test_the_example_is_accepted(tmp_path: Path) -> None:
    assert fits(plain(EXAMPLE))
    evaluation = read(tmp_path, EXAMPLE)
    assert [setup.name for setup in evaluation.setups] == ["small", "warm"]


SMALL = {"models": [{"model": "m", "base_url": "http://h/v1"}]}


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"models": []}, False),
        ({"models": [{"name": "x"}]}, False),
        ({"models": [{"model": " "}]}, False),
        ({"bank": ""}, False),
        ({"samples": 0}, False),
        ({"samples": 1.5}, False),
        ({"language": "en"}, True),
        ({"language": "English"}, False),
        ({"grading": {"tier": "slow"}}, False),
        ({"grading": {"tier": "fast", "signals": ["a", "b=0.2"]}}, True),
        ({"grading": {"signals": "a"}}, False),
        ({"budget": {"tokens": 0}}, False),
        ({"budget": {"tokens": 10}}, True),
        ({"budget": {"money": -1}}, False),
        ({"gates": {"fail_under": 1.01}}, False),
        ({"gates": {"fail_under": 0, "topics": {"ml": 1}}}, True),
        ({"gates": {"topics": {"ml": 7}}}, False),
        ({"gates": {"no_worse_than": "x", "margin": 0}}, False),
        ({"gates": {"no_worse_than": "x", "margin": 0.1}}, True),
        ({"timeout": 0}, False),
        ({"retries": -1}, False),
        ({"wrong": 1}, False),
        ({"models": [{"model": "m", "params": {"temperature": None, "stop": ["a"]}}]}, True),
        ({"models": [{"model": "m", "params": {"temperature": -1}}]}, False),
        ({"models": [{"model": "m", "params": {"further": {"top_k": 4, "x": {"y": []}}}}]}, True),
        ({"models": [{"model": "m", "price": {"read": 1}}]}, False),
        ({"models": [{"model": "m", "price": {"read": 1, "written": 0}}]}, True),
        ({"prompts": [{"system": "x"}]}, False),
    ],
)
def test_schema_and_loader_agree(tmp_path: Path, change: dict[str, Any], good: bool) -> None:
    data = SMALL | change
    assert fits(data) is good
    text = StringIO()
    YAML(typ="safe", pure=True).dump(data, text)
    try:
        read(tmp_path, text.getvalue())
    except GraderError:
        assert not good
    else:
        assert good


def test_what_a_file_says(tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Be brief.\n")
    (tmp_path / "ask.txt").write_text("Q: {{ question }}")
    evaluation = read(
        tmp_path,
        """\
        models:
          - model: org/small:1b
            base_url: http://h/v1
            params: {temperature: , max_tokens: 5, seed: 7, stop: "1",
                     further: {top_k: 4, min_p: 0.1, on: true, word: 1a, none: null, all: [1]}}
            price: {read: 1, written: 2}
          - {name: big, model: b, params: {temperature: 0.5, max_completion_tokens: 9}}
        prompts:
          - {name: brief, system: brief.txt}
          - {name: own, template: ask.txt}
        samples: 2
        timeout: 3
        retries: 0
        """,
    )
    names = ["org/small:1b+brief", "org/small:1b+own", "big+brief", "big+own"]
    assert [setup.name for setup in evaluation.setups] == names
    assert [setup.folder for setup in evaluation.setups] == [
        "org-small-1b+brief",
        "org-small-1b+own",
        "big+brief",
        "big+own",
    ]
    first, second, third, _ = evaluation.setups
    assert first.job.params == {
        "max_tokens": 5,
        "seed": 7,
        "stop": "1",
        "top_k": 4,
        "min_p": 0.1,
        "on": True,
        "word": "1a",
        "none": None,
        "all": [1],
    }
    assert third.job.params == {"temperature": 0.5, "max_completion_tokens": 9}
    assert (first.job.prompt.system, first.job.prompt.template) == ("Be brief.", "{{ question }}")
    assert (second.job.prompt.system, second.job.prompt.template) == (None, "Q: {{ question }}")
    assert (first.price, third.price) == (Price(1.0, 2.0), None)
    assert first.job.endpoint.timeout == 3
    assert first.job.samples == 2
    assert [setup.name for setup in evaluation.only(("big", "org/small:1b+own"))] == names[1:]


M = "models: [{model: m, base_url: 'http://h/v1'%s}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "eval.yaml: is empty"),
        ("- a", "eval.yaml:1: expected a mapping of fields, got a list"),
        ("models: [", "eval.yaml:1: broken YAML"),
        ("models:\n\t- a", "eval.yaml:2: broken YAML"),
        ("a: 1\na: 2", "eval.yaml:2: key 'a' stands twice (first on line 1)"),
        ("models: !!python/name:os.system x", "a tag"),
        ("bank: x", "eval.yaml:1: missing field 'models'"),
        ("models: []", "eval.yaml:1: field 'models': needs at least 1"),
        ("models: x", "field 'models': expected a list, got 'x'"),
        ("models: [x]", "field 'models[0]': expected a mapping, got 'x'"),
        (
            M % "" + "\nmodles: 1",
            "eval.yaml:2: field 'modles': unknown field; did you mean 'models'",
        ),
        (M % "" + "\ntier: fast", "field 'tier': unknown field; it belongs into 'grading'"),
        (M % ", temperature: 1", "[0].temperature': unknown field; it belongs into 'params'"),
        (M % ", params: {temprature: 1}", "unknown field; did you mean 'temperature'?"),
        (M % ", params: {temperature: hot}", "expected a number or nothing, got 'hot'"),
        (M % ", params: {temperature: nan}", "must be at least 0, got nan"),
        (M % ", params: {max_tokens: 0}", "must be at least 1, got 0"),
        (M % ", params: {further: {n: 2}}", "further.n': is set by grader; leave it out"),
        (M % ", params: {further: {seed: 2}}", "further.seed': belongs into 'params' itself"),
        (M % "" + "\ngrading: {tier: slow}", "unknown tier 'slow': fast, standard or thorough"),
        (M % "" + "\nlanguage: English", "expected a language code such as 'ru', got 'English'"),
        (M % "" + "\nsamples: 0", "field 'samples': must be at least 1, got 0"),
        (M % "" + "\nsamples: 3", "params.temperature': 3 samples at temperature 0 would be"),
        (M % "" + "\nbudget: {money: 1}", "money': needs the price of every model, 'm' has none"),
        (M % "" + "\ngates: {margin: 0.1}", "gates.margin': is of no_worse_than, which is missing"),
        (M % "" + "\ncompare: {baseline: n}", "compare.baseline': no model 'n'; there are 'm'"),
        (
            M % ", name: small" + "\ncompare: {baseline: smal}",
            "compare.baseline': no model 'smal'; did you mean 'small'?",
        ),
        (
            M % "" + "\nprompts: [{name: a, system: no.txt}]",
            "prompts[0].system': %s/no.txt: no such",
        ),
        (
            M % "" + "\nprompts: [{name: a, template: x.txt}]",
            "[0].template': %s/x.txt: does not ask",
        ),
        (M % "" + "\nprompts: [{name: a, template: y.txt}]", "y.txt:2: the template is broken"),
        (M % "" + "\nprompts: [{name: a}, {name: 'a '}]", "prompts[1].name': a second prompt 'a'"),
        ("models:\n- model: m\n- model: m", "eval.yaml:3: field 'models[1].model': 'm' names the"),
        ("models: [{model: a/b}, {model: A-b}]", "'A-b' names the same folder as 'a/b'; give it"),
        ("models: [{model: '..'}]", "cannot be a folder's name"),
        (f"models: [{{model: {'x' * 201}}}]", "cannot be a folder's name"),
        ("models: [{model: summary.md}]", "'summary.md' is taken; give it a name of its own"),
        ("models: [{model: m, base_url: localhost}]", "base_url': 'localhost' is not an address"),
        (M % ", key_env: A, key_file: b", "key_file': says where the key is, as key_env does"),
    ],
)
def test_errors(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "x.txt").write_text("no question")
    (tmp_path / "y.txt").write_text("a\n{% if %}")
    with pytest.raises(GraderError) as caught:
        read(tmp_path, text)
    assert message.replace("%s", str(tmp_path)) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "field",
    [
        "key: sk-1234",
        "api_key: sk-1234",
        "API_KEY: sk-1234",
        "token: {a: sk-1234}",
        "key_env: sk-1234",
        "key_env: gsk_sk1234",
        "key_env: 0123456789abcdef",
        "key_env: abcdef0123456789",
        "params: {api_key: sk-1234}",
        "params: {further: {api_key: sk-1234}}",
        "params: {further: {Authorization: sk-1234}}",
        "params: {further: {extra: [{headers: {x-api-key: sk-1234}}]}}",
        "base_url: 'https://me:sk-1234@h/v1'",
    ],
)
def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path, field: str) -> None:
    with pytest.raises(GraderError) as caught:
        read(tmp_path, f"models: [{{model: m, {field}}}]")
    name = field.partition(":")[0]
    assert f"field 'models[0].{name}" in str(caught.value)
    assert "key_env" in str(caught.value)
    for secret in ("sk-1234", "gsk_", "0123"):
        assert secret not in str(caught.value)


def test_a_schema_may_have_a_field_of_a_secret_name(tmp_path: Path) -> None:
    further = "{response_format: {schema: {properties: {token: {type: string}}}}}"
    (setup,) = read(tmp_path, M % f", params: {{further: {further}}}").setups
    properties = setup.job.params["response_format"]["schema"]["properties"]
    assert properties == {"token": {"type": "string"}}


@pytest.mark.parametrize("suffix", ["?api-key=hush", "#hush"])
def test_an_address_with_a_query_is_refused_and_not_repeated(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(GraderError, match=r"field 'models\[0\].base_url'") as caught:
        read(tmp_path, f"models: [{{model: m, base_url: 'http://h/v1{suffix}'}}]")
    assert "hush" not in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(GraderError, match=r"none\.yaml: no such file"):
        Evaluation.read(tmp_path / "none.yaml")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "eval.yaml"
    path.write_bytes("bank: банк".encode("cp1251"))
    with pytest.raises(GraderError, match="looks like cp1251"):
        Evaluation.read(path)


def test_banks_are_bundled_or_beside_the_file(tmp_path: Path) -> None:
    assert read(tmp_path, M % "").bank().name == "ds-interview"
    with pytest.raises(GraderError, match=r"yaml:2: field 'bank': no bank 'ds-intervew'; did you"):
        read(tmp_path, M % "" + "\nbank: ds-intervew").bank()
    own = "questions: [{id: a, topic: t, question: x, reference: y}]"
    (tmp_path / "own.yaml").write_text(own)
    assert read(tmp_path, M % "" + "\nbank: own.yaml").bank().name == "own"


CHARACTERS = st.characters(blacklist_categories=["Cc", "Cs", "Cn", "Co"])
texts = st.text(CHARACTERS, min_size=1, max_size=40).filter(
    lambda text: text.strip() == text and re.search(r"\w", text) and not text.startswith(".")
)


@pytest.mark.parametrize("lang", ["ru", "en"])
@given(model=texts, limit=st.none() | st.integers(1, 99), gate=st.none() | st.floats(0, 1))
def test_what_init_writes_is_what_was_said(
    tmp_path_factory: pytest.TempPathFactory,
    lang: str,
    model: str,
    limit: int | None,
    gate: float | None,
) -> None:
    text = Beginning("ds-interview", model, "http://h/v1", None, limit, gate).text(lang)
    assert fits(plain(text))
    assert plain(text)["models"][0]["model"] == model
    evaluation = read(tmp_path_factory.mktemp("init"), text)
    assert evaluation.setups[0].job.endpoint.model == model
    assert evaluation.file.questions.limit == limit
    assert evaluation.gates.fail_under == (None if gate is None else pytest.approx(gate, rel=1e-5))


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_suggestion_that_init_writes_is_one(tmp_path: Path, lang: str) -> None:
    """The lines that are commented out are valid as soon as they are not."""
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "brief.txt").write_text("Be brief.")
    text = Beginning("ds-interview", "m", "http://h/v1", None, None, None).text(lang)
    head, separator, body = text.partition("\nbank:")
    shown = head + separator + re.sub(r"^( *)# (?=[ \w-])", r"\1", body, flags=re.MULTILINE)
    assert shown.count("\n#") == text.count("\n#", 0, len(head))
    assert fits(plain(shown))
    evaluation = read(tmp_path, shown)
    assert evaluation.gates
    assert [setup.name for setup in evaluation.setups] == ["m+brief", "another+brief"]
