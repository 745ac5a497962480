"""Banks from real files: what they hold, and what is said when they are wrong."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from grader.bank import Bank
from grader.errors import BankError
from grader.model import AllOf, AnyOf, Near, Regex

FOLDER = {
    "bank.yaml": """\
        name: small
        title: {ru: Малый банк, en: Small bank}
        language: ru
        scale: 5
        topics:
          глубокое_обучение: {ru: Глубокое обучение, en: Deep learning}
          sql: SQL
        """,
    "a.yaml": """\
        questions:
          - id: neuron-saturation
            topics: ["#глубокое_обучение", sql]
            difficulty: medium
            question: Что такое насыщение нейрона?
            references:
              - >-
                Активация лежит у края
                диапазона.
            translations:
              en:
                question: What is neuron saturation?
                reference: The activation stays near the edge.
        """,
    "b.yml": """\
        questions:
          - question_id: 010
            topic: no
            question: What does NULL mean?
            reference: A value that is not known.
            language: en
        """,
    "terms.yaml": """\
        - [overfitting, переобучение]
        - [batch, батч, пакет]
        """,
}

RUBRIC = """\
    rubrics:
      - question: neuron-saturation
        key_points:
          - id: extremes
            text: Активация лежит у края.
            translations: {en: The activation is near the edge.}
            weight: 3
            cap_without: 0.5
            keywords:
              - край  диапазона | асимптота
              - near: [активация | выход, край | предел*]
                within: 5
              - all: [хвост, near: [a, b]]
              - regex: 'близк\\w* к (0|1)'
          - text: Градиент мал.
        misconceptions:
          - id: explodes
            text: Градиент огромный.
            cost: 0.3
            keywords: [near: [градиент, огромн*]]
    """


def write(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder


def one(folder: Path, text: str, name: str = "bank.yaml") -> Path:
    path = folder / name
    path.write_text(dedent(text), encoding="utf-8")
    return path


def said(source: Path | str, rubrics: Path | None = None) -> str:
    """The error's one line, without the folder's name."""
    with pytest.raises(BankError) as caught:
        Bank.load(source, rubrics)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(str(Path(source).parent) + "/", "")


def test_folder(tmp_path: Path) -> None:
    bank = Bank.load(write(tmp_path / "x", FOLDER))
    assert (bank.name, bank.language, bank.scale) == ("small", "ru", 5.0)
    assert bank.title == {"ru": "Малый банк", "en": "Small bank"}
    assert bank.topics["sql"] == {"ru": "SQL"}
    assert bank.topic_title("глубокое_обучение", "en") == "Deep learning"
    assert bank.topic_title("sql", "en") == "SQL"
    assert bank.topic_title("два_слова", "en") == "два слова"
    assert list(bank.questions) == ["neuron-saturation", "010"]
    first = bank.question("neuron-saturation")
    assert first.topics == ("глубокое_обучение", "sql")
    assert first.references == ("Активация лежит у края диапазона.",)
    assert first.difficulty == "medium"
    assert first.translations["en"].references == ("The activation stays near the edge.",)
    assert first.rubric is None
    second = bank.question("010")
    assert (second.topics, second.language) == (("no",), "en")
    assert bank.terms == (("overfitting", "переобучение"), ("batch", "батч", "пакет"))


def test_rubric_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", FOLDER)
    rubrics = one(tmp_path, RUBRIC, "r.yaml")
    rubric = Bank.load(folder, rubrics).questions["neuron-saturation"].rubric
    assert rubric is not None
    assert rubric.question_id == "neuron-saturation"
    extremes, small = rubric.key_points
    assert (extremes.id, extremes.weight, extremes.cap_without) == ("extremes", 3.0, 0.5)
    assert extremes.translations == {"en": "The activation is near the edge."}
    assert extremes.keywords == (
        AnyOf(("край диапазона", "асимптота")),
        Near((AnyOf(("активация", "выход")), AnyOf(("край", "предел*"))), 5),
        AllOf((AnyOf(("хвост",)), Near((AnyOf(("a",)), AnyOf(("b",)))))),
        Regex(r"близк\w* к (0|1)"),
    )
    assert (small.id, small.weight, small.keywords) == ("k2", 1.0, ())
    assert [(each.id, each.cost) for each in rubric.misconceptions] == [("explodes", 0.3)]


def test_rubrics_come_from_a_folder_and_from_the_banks_own(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", FOLDER)
    apart = write(tmp_path / "r", {"r.yaml": RUBRIC, ".hidden.yaml": "x: ["})
    own = write(tmp_path / "y", FOLDER)
    write(own / "rubrics", {"r.yml": RUBRIC})
    given = Bank.load(folder, apart)
    assert given.questions == Bank.load(own).questions
    assert given.questions["neuron-saturation"].rubric is not None
    assert Bank.load(own, rubrics=apart).sha256 == Bank.load(own).sha256 == given.sha256


def test_rubric_file_overrides_the_banks_key_points(tmp_path: Path) -> None:
    bank = one(
        tmp_path,
        """\
        questions:
          - id: q
            topic: t
            question: Почему?
            key_points: [{text: Старая точка}]
        """,
    )
    rubrics = tmp_path / "r.json"
    rubrics.write_text(
        json.dumps({"rubrics": [{"question_id": "q", "key_points": [{"text": "Новая точка"}]}]})
    )
    old, new = Bank.load(bank), Bank.load(bank, rubrics)
    assert [p.text for p in old.questions["q"].rubric.key_points] == ["Старая точка"]  # type: ignore[union-attr]
    assert [p.text for p in new.questions["q"].rubric.key_points] == ["Новая точка"]  # type: ignore[union-attr]
    assert old.questions["q"].references == ()
    rubrics.write_text(json.dumps([{"question": "q", "key_points": [{"text": "Новая точка"}]}]))
    assert Bank.load(bank, rubrics).questions == new.questions


ROWS: list[dict[str, Any]] = [
    {
        "question_id": "q01",
        "topic": "глубокое_обучение",
        "question": "Что называют насыщением?",
        "reference": "Нейрон насыщен, если его активация лежит у края.",
        "key_points": [
            {"id": "k1", "text": "У края", "weight": 2},
            {"text": "Мал", "keywords": ["мало | мал*"], "cap_without": 0.5},
        ],
        "misconceptions": [{"id": 1, "text": "Велик", "keywords": ["велик*"]}],
    },
    {
        "id": 2,
        "topics": ["a", "a", "b"],
        "question": "What is dropout?",
        "references": ["One.", "Two."],
        "difficulty": None,
    },
]


@pytest.mark.parametrize("name", ["b.jsonl", "b.ndjson", "b.json", "wrapped.json"])
def test_json_forms_make_the_same_bank(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.startswith("wrapped"):
        path.write_text(json.dumps({"questions": ROWS, "name": "n", "scale": 100}, indent=2))
    elif name.endswith("json") and "l" not in name.rpartition(".")[2] and "nd" not in name:
        path.write_text(json.dumps(ROWS))
    else:
        path.write_text("\ufeff" + "\n\n".join(map(json.dumps, ROWS)) + "\n", encoding="utf-8")
    bank = Bank.load(str(path))
    assert list(bank.questions) == ["q01", "2"]
    first, second = bank.questions.values()
    assert (first.language, second.language) == ("ru", "en")
    assert second.topics == ("a", "b")
    assert second.references == ("One.", "Two.")
    assert first.rubric is not None
    assert [p.id for p in first.rubric.key_points] == ["k1", "k2"]
    assert first.rubric.misconceptions[0].id == "1"
    assert bank.language == "ru"
    assert (bank.name, bank.scale) == (("n", 100) if "wrapped" in name else ("b", 10))


def test_sha256_is_of_contents_not_of_places(tmp_path: Path) -> None:
    here = Bank.load(write(tmp_path / "here", FOLDER))
    moved = {"z.yaml" if name == "a.yaml" else name: text for name, text in FOLDER.items()}
    there = Bank.load(write(tmp_path / "there", moved))
    assert here.sha256 == there.sha256
    assert len(here.sha256) == 64
    (tmp_path / "there" / "terms.yaml").write_text("- [a, b]\n")
    assert Bank.load(tmp_path / "there").sha256 != here.sha256


def test_bank_can_be_sent_to_another_process(tmp_path: Path) -> None:
    bank = Bank.load(write(tmp_path / "x", FOLDER))
    assert pickle.loads(pickle.dumps(bank)) == bank


def test_bank_does_not_change(tmp_path: Path) -> None:
    bank = Bank.load(write(tmp_path / "x", FOLDER))
    with pytest.raises(AttributeError):
        bank.name = "other"  # type: ignore[misc]


def test_question_names_the_nearest(tmp_path: Path) -> None:
    bank = Bank.load(write(tmp_path / "x", FOLDER))
    with pytest.raises(BankError, match="did you mean 'neuron-saturation'"):
        bank.question("neuron-saturatoin")


def test_yaml_texts_stay_as_written_and_anchors_are_followed(tmp_path: Path) -> None:
    path = one(
        tmp_path,
        """\
        questions:
          - {id: no, topic: 010, question: 'a: b', reference: &r "yes"}
          - {id: 1e3, topic: null, question: "true", reference: *r, difficulty: ~}
          - id: k
            topic: &t [x, y]
            question: on
            key_points: &k [{text: 12, keywords: [null, "off"]}]
          - {id: l, topic: *t, question: '=', key_points: *k}
        """,
    )
    questions = Bank.load(path).questions
    assert list(questions) == ["no", "1e3", "k", "l"]
    assert questions["no"].topics == ("010",)
    assert questions["1e3"].topics == ("null",)
    assert questions["1e3"].references == ("yes",)
    assert questions["l"].topics == ("x", "y")
    assert questions["k"].rubric is not None
    assert questions["k"].rubric.key_points[0].keywords == (AnyOf(("null",)), AnyOf(("off",)))


Q = "questions: [{id: a, topic: t, question: x, reference: y%s}]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "bank.yaml: is empty"),
        ("# nothing\n---\n", "bank.yaml: is empty"),
        ("- a\n", "bank.yaml:1: expected a mapping of fields, got a list"),
        ("\n\ntext", "bank.yaml:3: expected a mapping of fields, got 'text'"),
        ("questions: []", "bank.yaml: no questions"),
        ("name: x", "bank.yaml:1: missing field 'questions'"),
        ("questions:\n", "bank.yaml:1: field 'questions': expected a list, got nothing"),
        ("questions:\n  - 5", "bank.yaml:2: field 'questions[0]': expected a mapping, got '5'"),
        (Q % ", topic: u", "bank.yaml:1: key 'topic' stands twice (first on line 1)"),
        (
            Q % ", wieght: 1, difficulty: easy",
            "bank.yaml:1: field 'questions[0].wieght': unknown field; did you mean 'weight'?",
        ),
        (
            Q % ", difficulty: tricky",
            "field 'questions[0].difficulty': unknown difficulty 'tricky': easy, medium or hard",
        ),
        (Q % ", topics: u", "field 'questions[0].topic': says the same as 'topics'"),
        (Q % ", question_id: u", "field 'questions[0].question_id': says the same as 'id'"),
        (Q % ", references: u", "field 'questions[0].reference': says the same as 'references'"),
        (Q % ", language: русский", "expected a language code such as 'ru', got 'русский'"),
        (Q % ", misconceptions: [{id: a, text: b, keywords: [c]}]", "go with key_points"),
        (Q % ", key_points: [{text: a, weight: 0}]", "[0].weight': must be above 0, got 0"),
        (Q % ", key_points: [{text: a, weight: many}]", "expected a number, got 'many'"),
        (Q % ", key_points: [{text: a, weight: .inf}]", "expected a number, got '.inf'"),
        (Q % ", key_points: [{text: a, weight: inf}]", "must be at most 1000, got inf"),
        (Q % ", key_points: [{text: a, cap_without: 2}]", "must be at most 1, got 2"),
        (Q % ", key_points: [{text: a, cap_without: -1}]", "must be at least 0, got -1"),
        (Q % ", key_points: [{text: ' '}]", "[0].text': is empty"),
        (Q % ", key_points: [{weight: 1}]", "field 'questions[0].key_points[0]': missing field"),
        (Q % ", key_points: [{text: {a: b}}]", "expected a text, got a mapping"),
        (
            Q % ", key_points: [{id: a, text: x}, {text: z}, {id: a, text: y}]",
            "key_points[2].id': 'a' is taken (first by [0] on line 1)",
        ),
        (Q % ", key_points: [{id: k2, text: x}, {text: z}]", "key_points[1].id': 'k2' is taken"),
        (
            Q % ", translations: {en: {question: x}, DE: {question: y}}",
            "field 'questions[0].translations.DE': expected a language code such as 'ru', got 'DE'",
        ),
        (
            Q % ", translations: {en: {question: x}, de: {question: ''}}",
            "field 'questions[0].translations.de.question': is empty",
        ),
        (
            Q % ", translations: {en: {question: x, references: [y], reference: z}}",
            "translations.en.reference': says the same as 'references'",
        ),
        (
            Q % ", translations: {en: {question: x}, de: {question: y, refrence: z}}",
            "translations.de.refrence': unknown field; did you mean 'reference'?",
        ),
        ("questions: []\ntopics: {a: {ru: ''}}", "bank.yaml:2: field 'topics.a.ru': is empty"),
        ("questions: []\ntopics: {' ': x}", "bank.yaml:2: field 'topics. ': the key is empty"),
        ("questions: []\nscale: 0", "bank.yaml:2: field 'scale': must be above 0, got 0"),
        (
            "questions: [{id: a, question: x, reference: y}]",
            "bank.yaml:1: field 'questions[0]': missing field 'topics'",
        ),
        (
            "questions: [{id: a, topics: [], question: x, reference: y}]",
            "field 'questions[0].topics': needs at least one topic",
        ),
        (
            "questions: [{id: a, topics: ['#'], question: x, reference: y}]",
            "field 'questions[0].topics': a topic is empty",
        ),
        (
            "questions: [{topic: a, question: x, reference: y}]",
            "field 'questions[0]': missing field 'id'",
        ),
        (
            "questions:\n - {id: a, topic: t, question: x}",
            "bank.yaml:2: field 'questions[0]': question 'a' has neither a reference answer nor",
        ),
        (
            "questions:\n - {id: a, topic: t, question: x, reference: y}\n"
            " - {topic: t,\n    id: a, question: x, reference: y}",
            "bank.yaml:4: field 'questions[1].id': a second question 'a' (first on line 2)",
        ),
    ],
)
def test_single_file_errors(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(one(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("questions: &a [*a]", "bank.yaml:1: *a stands inside the very value it refers to"),
        ("questions: [*a]", "bank.yaml:1: *a refers to nothing; put a text in quotes"),
        ("questions: &a {b: 1}\n*a : 2", "*a cannot be a key"),
        ("questions: &a x\n*a : 2", "*a cannot be a key"),
        ("questions: [* x]", "bank.yaml:1: broken YAML: expected alphabetic"),
        ("questions:\n\t- a", "bank.yaml:2: broken YAML: found character '\\t' that cannot"),
        ("questions:\n  - a: b: c", "bank.yaml:2: broken YAML: mapping values are not allowed"),
        ("questions: 'x", "bank.yaml:1: broken YAML: found unexpected end of stream"),
        ("questions: [a\n", "bank.yaml:2: broken YAML"),
        ("? [a]\n: b", "bank.yaml:1: a key must be a text, not a list or a mapping"),
        ("a: 1\n---\nb: 2", "bank.yaml:2: a second YAML document (---); only one is allowed"),
        ("questions: !!python/object:os.system x", "a tag (tag:yaml.org,2002:python/object"),
        ("questions: !x [a]", "bank.yaml:1: a tag (!x) has no meaning here"),
        ("a: 1\nb: \x00", "bank.yaml:2: a character YAML does not allow (U+0000)"),
        ("questions: " + "[" * 100, "bank.yaml:1: nested too deeply"),
        ("%YAML 9.9\n---\nquestions: []", "bank.yaml:1: broken YAML"),
    ],
)
def test_yaml_errors(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(one(tmp_path, text))


def test_yaml_alias_bomb(tmp_path: Path) -> None:
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 12):
        lines.append(f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    message = said(one(tmp_path, "\n".join(lines)))
    assert message.startswith("bank.yaml:")
    assert "stand for too many values" in message


def test_lines_of_nested_yaml(tmp_path: Path) -> None:
    path = one(
        tmp_path,
        """\
        # a comment
        questions:
          - id: a
            topic: t
            question: x
            key_points:
              - text: fine
              - text: >-
                  folded
                  text
                weight: -1
        """,
    )
    where = "bank.yaml:11: field 'questions[0].key_points[1].weight'"
    assert said(path) == f"{where}: must be above 0, got -1"


def test_wrong_encoding(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_bytes(b"# fine\n" + (Q % ", language: ru # язык").encode("cp1251"))
    message = said(path)
    assert message.startswith("bank.yaml:2: not UTF-8 (byte ")
    assert "convert with iconv -f cp1251" in message


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    path.write_text("\ufeff" + Q % "", encoding="utf-8")
    assert list(Bank.load(path).questions) == ["a"]


def test_huge_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.yaml"
    with path.open("wb") as handle:
        handle.truncate(50 * 2**20 + 1)
    assert said(path) == "bank.yaml: larger than 50 MB, the most such a file may have"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "a"}\n\n{"id": }', "b.jsonl:3: broken JSON at column 8: Expecting value"),
        ("\n \n", "b.jsonl: is empty"),
        ("[1]", "b.jsonl:1: expected a mapping of fields, got a list"),
        ("\n5", "b.jsonl:2: expected a mapping of fields, got 5"),
        ('{"id": [], "question": "x"}', "b.jsonl:1: field 'id': expected a whole number or a text"),
        ('\n{"id": "a", "topic": "t"}', "b.jsonl:2: missing field 'question'"),
        (
            '{"id": "a", "topic": "t", "question": "x", "reference": true}',
            "b.jsonl:1: field 'reference': expected a text or a list, got true or false",
        ),
        (
            '{"id": "a", "topic": "t", "question": "x", "reference": "y"}\n' * 2,
            "b.jsonl:2: field 'id': a second question 'a' (first on line 1)",
        ),
        (
            '{"id": "a", "topic": "t", "question": "x",'
            ' "key_points": [{"text": "x", "weight": "3"}]}',
            "b.jsonl:1: field 'key_points[0].weight': expected a number, got '3'",
        ),
    ],
)
def test_json_lines_errors(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(one(tmp_path, text, "b.jsonl"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"rubrics": []}', "b.json:1: expected a JSON list, or an object with a list under"),
        ('[{"id": "a",\n "question": 5}\n', "b.json:3: broken JSON at column 1"),
        (
            '[\n{"id": "a", "topic": "t", "question": "x", "reference": "y"},\n{"id": "b"}]',
            "b.json:3: field 'questions[1]': missing field 'question'",
        ),
        ('{"questions": [], "scale": -1}', "b.json: field 'scale': must be above 0, got -1"),
        ('{"questions": [], "questoins": 1}', "unknown field; did you mean 'question"),
    ],
)
def test_json_errors(tmp_path: Path, text: str, message: str) -> None:
    assert message in said(one(tmp_path, text, "b.json"))


def test_deep_json_is_refused(tmp_path: Path) -> None:
    keyword: Any = "x"
    for _ in range(12):
        keyword = {"all": [keyword, "y"]}
    row = {**ROWS[0], "key_points": [{"text": "x", "keywords": [keyword]}]}
    assert "groups nested more than 10 deep" in said(one(tmp_path, json.dumps(row), "b.jsonl"))
    for _ in range(300):
        keyword = {"all": [keyword, "y"]}
    row = {**ROWS[0], "key_points": [{"text": "x", "keywords": [keyword]}]}
    assert "nested" in said(one(tmp_path, json.dumps(row), "b.jsonl"))


def test_folder_errors(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    assert "x: no questions in the *.yaml files of this folder" in said(folder)
    write(folder, {"a.yaml": FOLDER["a.yaml"], "b.yaml": FOLDER["a.yaml"]})
    message = said(folder)
    assert "b.yaml:2: field 'questions[0].id': a second question 'neuron-saturation'" in message
    assert "a.yaml:2)" in message
    write(folder, {"b.yaml": "name: x\nquestions: []"})
    assert "b.yaml:1: field 'name': belongs in the folder's bank.yaml" in said(folder)
    write(folder, {"b.yaml": FOLDER["b.yml"], "bank.yaml": "name: x\nquestions: []"})
    assert "bank.yaml:2: field 'questions': questions go into other files" in said(folder)
    write(folder, {"bank.yaml": "name: x", "terms.yaml": "- [a, b]\n- [c]"})
    assert "terms.yaml:2: field '[1]': needs at least 2" in said(folder)
    write(folder, {"terms.yaml": "a: b"})
    assert "terms.yaml:1: expected a list, got a mapping" in said(folder)


@pytest.mark.parametrize(
    ("keyword", "message"),
    [
        ("a || b", "an empty alternative beside '|'"),
        ("a* b* c*d", "in 'a* b* c*d': '*' may only end a word"),
        ('"*"', "in '*': '*' may only end a word"),
        ('"+"', "'+' holds no word"),
        ("{near: [a, b], all: [c, d]}", "exactly one of 'all', 'near' and 'regex'"),
        ("{within: 3}", "exactly one of 'all', 'near' and 'regex'"),
        ("{all: [a, b], within: 3}", "keywords[0].within': goes with 'near' only"),
        ("{near: [a, b], within: 0}", "keywords[0].within': must be at least 1, got 0"),
        ("{near: [a]}", "keywords[0].near': needs at least two parts"),
        ("{near: a}", "keywords[0].near': expected a list, got 'a'"),
        ("{all: [a, {near: [b, c || d]}]}", "keywords[0].all[1].near[1]': an empty alternative"),
        ("{regex: '(a)\\1'}", "keywords[0].regex': RE2 refuses the regular expression"),
        ("{regex: '(a+)+'}", "keywords[0].regex': the regular expression repeats a repetition"),
        ("{regx: a}", "keywords[0].regx': unknown field; did you mean 'regex'?"),
    ],
)
def test_keyword_errors(tmp_path: Path, keyword: str, message: str) -> None:
    text = "questions:\n- {id: a, topic: t, question: x, key_points: [{text: y,\n   keywords: "
    found = said(one(tmp_path, f"{text}[{keyword}]}}]}}"))
    assert message in found
    assert found.startswith("bank.yaml:3: field 'questions[0].key_points[0].keywords[0]")


RUBRIC_START = "rubrics:\n- question: neuron-saturation\n  key_points: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rubrics: [{question: a, key_points: []}]", "key_points': needs at least 1"),
        ("rubrics: [{key_points: [{text: a}]}]", "field 'rubrics[0]': missing field 'question'"),
        (
            "rubrics:\n- key_points: [{text: a}]\n  question: neuron-saturatoin",
            "r.yaml:3: field 'rubrics[0].question': no question 'neuron-saturatoin' in the bank; "
            "did you mean 'neuron-saturation'?",
        ),
        (
            "rubrics:\n- {question: a, key_points: [{text: a}]}\n"
            "- {question_id: a, key_points: [{text: a}]}",
            "r.yaml:3: field 'rubrics[1].question_id': a second rubric for 'a' (first on line 2)",
        ),
        (
            RUBRIC_START + "[{text: a}]\n  misconceptions: [{id: a, text: b, keywords: []}]",
            "misconceptions[0].keywords': needs at least 1",
        ),
        (
            RUBRIC_START + "[{text: a}]\n  misconceptions:\n"
            "  - {id: a, text: b, keywords: [c], cost: 1.5}",
            "r.yaml:5: field 'rubrics[0].misconceptions[0].cost': must be at most 1, got 1.5",
        ),
        (
            RUBRIC_START + "[{text: a}]\n  misconceptions:\n"
            "  - {id: a, text: b, keywords: [c]}\n  - {id: a, text: b, keywords: [c]}",
            "r.yaml:6: field 'rubrics[0].misconceptions[1].id': "
            "'a' is taken (first by [0] on line 5)",
        ),
        ("rubrics: 5", "r.yaml:1: field 'rubrics': expected a list, got '5'"),
    ],
)
def test_rubric_errors(tmp_path: Path, text: str, message: str) -> None:
    folder = write(tmp_path / "x", FOLDER)
    assert message in said(folder, one(tmp_path, text, "r.yaml"))


def test_missing_sources(tmp_path: Path) -> None:
    folder = write(tmp_path / "x", FOLDER)
    assert said(tmp_path / "absent.yaml") == "absent.yaml: no such file or folder"
    assert "no such file or folder" in said("absent.jsonl")
    assert "no such rubric file or folder" in said(folder, tmp_path / "r.yaml")
    (tmp_path / "r").mkdir()
    assert "no *.yaml rubric file in this folder" in said(folder, tmp_path / "r")
    (tmp_path / "r.txt").write_text("x")
    assert "rubrics is read from a folder or a file of" in said(folder, tmp_path / "r.txt")
    assert "a bank is read from a folder or a file of" in said(tmp_path / "r.txt")
    folder.joinpath("c.yaml").mkdir()
    assert "c.yaml: cannot be read: Is a directory" in said(folder)


def test_bundled_banks_are_listed_and_load_with_their_rubrics() -> None:
    names = Bank.bundled()
    assert names == sorted(names)
    assert "ds-interview" in names
    bank = Bank.load("ds-interview")
    assert bank.name == "ds-interview"
    assert all(question.rubric is not None for question in bank.questions.values())
    path = Path(__file__).parents[2] / "datasets" / "ds-interview"
    assert Bank.load(path).sha256 == bank.sha256


def test_unknown_bank_names_the_nearest_and_all() -> None:
    message = said("ds-intervew")
    assert "no bank 'ds-intervew'; did you mean 'ds-interview'? (bundled: ds-interview" in message


def test_bundled_data_of_an_installed_package(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for name in ("bank", "documents"):
        shutil.copytree(Path(__file__).parents[2] / "grader" / name, site / "grader" / name)
    for name in ("errors.py", "model.py", "files.py", "cache.py", "__init__.py"):
        shutil.copy(Path(__file__).parents[2] / "grader" / name, site / "grader" / name)
    code = "from grader.bank import Bank; print(Bank.bundled())"

    def listed() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=site, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert listed() == "[]"
    write(site / "grader" / "bundled" / "datasets" / "mini", FOLDER)
    write(site / "grader" / "bundled" / "rubrics", {"r.yaml": RUBRIC})
    assert listed() == "['mini']"
    code = "from grader.bank import Bank; print(Bank.load('mini').question('neuron-saturation')"
    code += ".rubric.key_points[0].id)"
    assert listed() == "extremes"
