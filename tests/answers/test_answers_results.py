"""Result files of evaluation frameworks: written by them (inspect_ai.json without its events)."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.answers import read_answers
from grader.errors import AnswersError

FILES = Path(__file__).parent / "results"
SAMPLES = "samples_written_2026-11-23T01-45-21.331910.jsonl"
CHOICES = "samples_choice_2026-11-23T01-45-21.331910.jsonl"
RESULTS = "results_2026-11-23T01-45-21.331910.json"
NEURONS, PARIS = "Случайно обнуляет часть нейронов.", "It is Paris."
CAPITAL = "What is the capital of France?"


def read(path: Path, **options: Any) -> list[tuple[str, str, str | None]]:
    answers = read_answers(path, **options).answers
    return [(one.question_id, one.text, one.respondent) for one in answers]


@pytest.mark.parametrize("name", ["inspect_ai.json", "inspect_ai.eval"])
def test_a_log_of_inspect_ai(name: str) -> None:
    model = "mockllm/model"
    one_epoch = [("dropout", NEURONS, model), ("capital", PARIS, model)]
    assert sorted(read(FILES / name)) == sorted(one_epoch * 2)
    answers = read_answers(FILES / name, known_questions={"dropout", "capital"}).answers
    assert sorted(one.id for one in answers) == [
        *("capital-mockllm/model", "capital-mockllm/model-2"),
        *("dropout-mockllm/model", "dropout-mockllm/model-2"),
    ]
    assert {one.extra["epoch"] for one in answers} == {1, 2}
    assert {one.extra.get("level") for one in answers} == {"junior", None}


@pytest.mark.parametrize("name", ["inspect_ai.json", "inspect_ai.eval"])
def test_an_inspect_sample_with_an_unknown_id_is_named_by_its_input(name: str) -> None:
    known = {"dropout": "Как устроен dropout?", "paris": CAPITAL}
    assert {question for question, *_ in read(FILES / name, known_questions=known)} == {*known}
    with pytest.raises(AnswersError, match="unknown question 'What is the capital of France"):
        read(FILES / name, known_questions={"dropout"})


def test_a_log_of_inspect_ai_from_standard_input() -> None:
    stdin = io.BytesIO((FILES / "inspect_ai.json").read_bytes())
    assert len(read_answers("-", stdin=stdin).answers) == 4


def test_an_inspect_sample_with_an_error_is_a_bad_row(tmp_path: Path) -> None:
    log = json.loads((FILES / "inspect_ai.json").read_text(encoding="utf-8"))
    log["samples"][1]["error"] = {"message": "time-out"}
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    with pytest.raises(AnswersError, match=r"log.json:2: field 'error': the sample ended with an"):
        read_answers(path)
    found = read_answers(path, skip_bad=True)
    assert (len(found.answers), len(found.bad)) == (3, 1)


def inspect_log(tmp_path: Path, **sample: Any) -> Path:
    """A log of one sample, which has these fields; None for one that it has not."""
    log = json.loads((FILES / "inspect_ai.json").read_text(encoding="utf-8"))
    del log["samples"][1:]
    log["samples"][0] |= sample
    path = tmp_path / "log.json"
    path.write_text(json.dumps(log), encoding="utf-8")
    return path


def said(content: Any, **output: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", "content": content}}], **output}


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        (said("так"), "так"),
        (said([{"type": "text", "text": "так"}]), "так"),
        (said([{"type": "text", "text": "так"}], completion=""), "так"),
        (
            said(
                [
                    {"type": "reasoning", "reasoning": "хм"},
                    {"type": "text", "text": "раз"},
                    {"type": "text", "text": "два"},
                ]
            ),
            "раз\nдва",
        ),
        (said("", completion=""), ""),
        (said([{"type": "reasoning", "reasoning": "хм"}], completion=""), ""),
    ],
)
def test_an_inspect_answer_is_its_message_s_text(
    tmp_path: Path, output: dict[str, Any], answer: str
) -> None:
    ((_, text, _),) = read(inspect_log(tmp_path, output=output))
    assert text == answer


@pytest.mark.parametrize(
    "output",
    [
        *(None, "так", [], {}, {"choices": ["x"]}, {"choices": {}}),
        *({"choices": [{"message": "x"}]}, {"choices": [], "completion": ""}),
        *(said(None), said([{"type": "image", "image": "x"}])),
    ],
)
def test_an_inspect_sample_without_output_is_a_bad_row(tmp_path: Path, output: Any) -> None:
    path = inspect_log(tmp_path, output=output)
    with pytest.raises(AnswersError, match=r"log.json:1: field 'output': the sample has no output"):
        read(path)


def test_an_inspect_sample_with_odd_metadata_has_none(tmp_path: Path) -> None:
    path = inspect_log(tmp_path, metadata=["x"], id="dropout")
    assert [question for question, *_ in read(path)] == ["dropout"]


def test_an_encrypted_log_of_inspect_ai(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", json.dumps({"eval": {"model": "m"}}))
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flags] |= 1
    path.write_bytes(data)
    with pytest.raises(AnswersError, match=r"log.eval: header.json is damaged: .*encrypted"):
        read(path)


def test_a_log_of_inspect_ai_that_was_not_finished(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_journal/start.json", json.dumps({"eval": {"model": "m"}}))
        sample = {"id": "dropout", "epoch": 1, "input": "?", "output": {"completion": "так"}}
        archive.writestr("samples/dropout_epoch_1.json", json.dumps(sample))
    assert read(path) == [("dropout", "так", "m")]


def test_what_is_no_log_of_inspect_ai(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(b"")
    with pytest.raises(AnswersError, match=r"log.eval: not a log of inspect_ai"):
        read_answers(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("samples/1.json", "{}")
    with pytest.raises(AnswersError, match="not a log of inspect_ai"):
        read_answers(path)


def test_a_damaged_log_of_inspect_ai(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    data = bytearray((FILES / "inspect_ai.eval").read_bytes())
    with zipfile.ZipFile(FILES / "inspect_ai.eval") as archive:
        info = next(one for one in archive.infolist() if one.filename.startswith("samples/"))
    at = info.header_offset + 30 + len(info.filename)
    data[at : at + info.compress_size] = bytes(info.compress_size)
    path.write_bytes(data)
    with pytest.raises(AnswersError, match=r"log.eval: samples/.*json is damaged"):
        read_answers(path)


def test_results_of_promptfoo() -> None:
    with pytest.raises(AnswersError, match="field 'response': the provider gave no output"):
        read(FILES / "promptfoo.json")
    found = read_answers(FILES / "promptfoo.json", skip_bad=True)
    assert len(found.bad) == 2
    by_question = {one.question_id: one for one in found.answers}
    assert {name: one.text for name, one in by_question.items()} == {
        "dropout": NEURONS,
        CAPITAL: PARIS,
    }
    assert {one.respondent for one in found.answers} == {"parrot"}
    assert by_question["dropout"].extra["level"] == "junior"
    assert by_question["dropout"].extra["prompt"] == "{{said}}"


def promptfoo_row(tmp_path: Path, **fields: Any) -> Path:
    """Results of one test that has an output, with these fields."""
    found = json.loads((FILES / "promptfoo.json").read_text(encoding="utf-8"))
    found["results"]["results"] = [found["results"]["results"][1] | fields]
    path = tmp_path / "output.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"response": "так"}, "field 'response': the provider gave no output"),
        ({"response": ["так"]}, "field 'response': the provider gave no output"),
        ({"vars": ["dropout"]}, "field 'question_id': missing"),
    ],
)
def test_odd_results_of_promptfoo_are_bad_rows(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(AnswersError, match=said):
        read(promptfoo_row(tmp_path, **fields))


def test_results_of_promptfoo_may_name_provider_and_prompt_in_a_word(tmp_path: Path) -> None:
    path = promptfoo_row(tmp_path, provider="openai:gpt-5", prompt="{{said}}")
    (answer,) = read_answers(path).answers
    assert (answer.respondent, answer.extra["prompt"]) == ("openai:gpt-5", "{{said}}")
    (answer,) = read_answers(promptfoo_row(tmp_path, provider=[1], prompt=[1])).answers
    assert (answer.respondent, answer.extra["prompt"]) == (None, None)


def test_results_of_promptfoo_of_another_version(tmp_path: Path) -> None:
    found = json.loads((FILES / "promptfoo.json").read_text(encoding="utf-8"))
    found["results"]["version"] = 2
    path = tmp_path / "output.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(AnswersError, match="results of version 3 are read, not 2"):
        read_answers(path)


def test_results_of_promptfoo_on_one_line_and_with_another_column(tmp_path: Path) -> None:
    found = json.loads((FILES / "promptfoo.json").read_text(encoding="utf-8"))
    found["results"]["results"] = [
        row for row in found["results"]["results"] if row.get("response", {}).get("output")
    ][:1]
    found["results"]["results"][0]["vars"] = {"code": "dropout"}
    path = tmp_path / "output.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(AnswersError, match=r"missing among 'code'.*--map question_id=COLUMN"):
        read_answers(path)
    assert read(path, mapping={"question_id": "code"})[0][0] == "dropout"


def test_samples_of_lm_eval() -> None:
    model = json.loads((FILES / RESULTS).read_text(encoding="utf-8"))["model_name"]
    assert read(FILES / SAMPLES) == [("dropout", "lol", model), (CAPITAL, "lol", model)]
    first = read_answers(FILES / SAMPLES).answers[0]
    assert first.id == f"dropout-{model}"  # the document's own id, 7, is not an answer's
    assert first.extra == {"question": "Как устроен dropout?", "filter": "first"}


def test_samples_of_lm_eval_without_the_results_have_no_respondent(tmp_path: Path) -> None:
    shutil.copy(FILES / SAMPLES, tmp_path)
    assert {respondent for *_, respondent in read(tmp_path / SAMPLES)} == {None}
    (tmp_path / RESULTS).write_text("{", encoding="utf-8")
    assert {respondent for *_, respondent in read(tmp_path / SAMPLES)} == {None}


def test_samples_of_lm_eval_that_no_filter_chose_from(tmp_path: Path) -> None:
    sample = json.loads((FILES / SAMPLES).read_text(encoding="utf-8").splitlines()[0])
    path = tmp_path / "samples.jsonl"
    sample["filtered_resps"] = [["раз", "два"]]
    path.write_text(json.dumps(sample), encoding="utf-8")
    assert [text for _, text, _ in read(path)] == ["раз", "два"]
    sample["filtered_resps"] = None
    path.write_text(json.dumps(sample), encoding="utf-8")
    with pytest.raises(AnswersError, match="field 'filtered_resps': there is no response"):
        read(path)


def lm_eval_sample(tmp_path: Path, arguments: Any) -> Path:
    sample = json.loads((FILES / SAMPLES).read_text(encoding="utf-8").splitlines()[0])
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(sample | {"arguments": arguments}), encoding="utf-8")
    return path


def test_arguments_of_older_versions_of_lm_eval(tmp_path: Path) -> None:
    path = lm_eval_sample(tmp_path, [["Как устроен dropout?", {"until": []}]])
    assert [text for _, text, _ in read(path)] == ["lol"]


@pytest.mark.parametrize(
    "arguments",
    [[["Как устроен dropout?", " Нет."]], [], ["x"], "x", {"gen_args_0": ["x"]}, None],
)
def test_other_arguments_of_lm_eval_ask_for_no_answer(tmp_path: Path, arguments: Any) -> None:
    with pytest.raises(AnswersError, match="field 'arguments': the task asks for probabilities"):
        read(lm_eval_sample(tmp_path, arguments))


def test_probabilities_are_no_answers() -> None:
    with pytest.raises(AnswersError, match="asks for probabilities, not for an answer; and 1 more"):
        read(FILES / CHOICES)


def test_other_files_with_such_words_are_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    rows = [{"question_id": "q", "answer": 'of "evalId", "results", "eval_id" and "status"'}]
    for whole in (rows, {"evalId": 1, "results": rows}, {"eval_id": 1, "status": 2, "rows": rows}):
        path.write_text(json.dumps(whole), encoding="utf-8")
        assert read(path)[0][0] == "q"
    path.write_text('{"evalId": 1, "results": {', encoding="utf-8")
    with pytest.raises(AnswersError, match="broken JSON"):
        read(path)
