"""``grader collect``: what it says, what it refuses, and that a kill costs nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from loopback import Handler, ModelServer, status

from grader import Bank

Invoke = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture
def collect(invoke: Invoke, bank: Path, server: ModelServer, tmp_path: Path) -> Invoke:
    """``grader collect`` of the small bank from the server."""

    def run(*options: object, lang: str = "en_US") -> Result:
        out = tmp_path / "out.jsonl"
        words = ["collect", "--bank", bank, "--model", "loop", "--base-url", server.url]
        return invoke(*words, "--out", out, *options, lang=lang)

    return run


def test_collects_and_says_what_it_did(
    collect: Invoke, server: ModelServer, tmp_path: Path
) -> None:
    result = collect("--concurrency", 1)
    out = tmp_path / "out.jsonl"
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"loop at {server.url}: 2 answers",
        "2 answered; 40 tokens read, 20 written",
        f"Grade them: grader score {out}",
    ]
    assert server.questions == ["Что такое насыщение нейрона?", "Зачем нужна L2?"]
    again = collect()
    assert again.stderr.splitlines()[0] == f"loop at {server.url}: 2 answers, already there: 2"
    assert len(server.asked) == 2


def test_in_russian(collect: Invoke, server: ModelServer, tmp_path: Path) -> None:
    said = collect("--price", "100:200", lang="ru_RU").stderr.splitlines()
    assert said == [
        f"loop, {server.url}: 2 ответа",
        "целых ответов: 2; токенов прочитано 40, написано 20; стоимость 0,0080",
        f"Оценить: grader score {tmp_path / 'out.jsonl'}",
    ]


def test_what_was_collected_can_be_scored(collect: Invoke, score: Invoke, tmp_path: Path) -> None:
    collect()
    result = score("--format", "json", of=tmp_path / "out.jsonl")
    assert result.exit_code == 0, result.output
    (respondent,) = json.loads(result.stdout)["respondents"]
    assert respondent["respondent"] == "loop"


def test_in_another_language(collect: Invoke, server: ModelServer) -> None:
    said = collect("--questions-in", "en").stderr
    assert "Not there in 'en', left out: 1" in said
    assert server.questions == ["What is neuron saturation?"]


def test_one_topic(collect: Invoke, server: ModelServer) -> None:
    collect("--topic", "Deep learning", "--limit", 1)
    assert server.questions == ["Что такое насыщение нейрона?"]


def test_fields_of_the_request(collect: Invoke, server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Кратко.\n", encoding="utf-8")
    (tmp_path / "t.txt").write_text("[{{ id }}] {{ question }}", encoding="utf-8")
    collect(
        "--limit", 1, "--samples", 2, "--temperature", 0.7, "--seed", 5, "--max-tokens", 50,
        "--param", "top_p=0.9", "--param", 'stop=["\\n"]', "--param", "user=me",
        "--system", tmp_path / "system.txt", "--template", tmp_path / "t.txt", "--concurrency", 1,
    )  # fmt: skip
    first, second = server.asked
    assert first == {
        "model": "loop",
        "messages": [
            {"role": "system", "content": "Кратко."},
            {"role": "user", "content": "[saturation] Что такое насыщение нейрона?"},
        ],
        "temperature": 0.7, "seed": 5, "max_tokens": 50,
        "top_p": 0.9, "stop": ["\n"], "user": "me",
    }  # fmt: skip
    assert second == {**first, "seed": 6}


def test_a_field_can_be_left_out(collect: Invoke, server: ModelServer) -> None:
    collect("--param", "temperature=null", "--param", "max_completion_tokens=9")
    assert "temperature" not in server.asked[0]
    assert server.asked[0]["max_completion_tokens"] == 9
    assert "max_tokens" not in server.asked[0]


def test_a_stop_before_the_budget_is_passed(collect: Invoke) -> None:
    result = collect("--budget-tokens", 100)
    assert result.exit_code == 1
    assert "Stopped, missing: 2. The next question could have passed the budget" in result.stderr


def test_a_question_without_an_answer(collect: Invoke, server: ModelServer) -> None:
    server.tricks.append(status(400, "no"))
    result = collect("--concurrency", 1)
    assert result.exit_code == 1
    assert "No answer, loop/saturation/1: answered 400: no\n" in result.stderr
    assert "Missing: 1. The same command asks only for these." in result.stderr
    assert collect().exit_code == 0


def test_waiting_is_not_silent(collect: Invoke, server: ModelServer) -> None:
    server.tricks.extend([status(503, "loading", Retry_After="2"), status(500)])
    said = collect("--concurrency", 1).stderr.splitlines()
    assert said[1] == "answered 503: loading; asking again in 2 s"
    assert len([line for line in said if "asking again" in line]) == 1


def test_the_key_comes_from_where_it_is_said(
    collect: Invoke, server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("OTHER_KEY", "sk-other")
    (tmp_path / "key").write_text(" sk-file \n", encoding="utf-8")
    collect("--limit", 1)
    collect("--key-env", "OTHER_KEY", "--samples", 1)
    (tmp_path / "out.jsonl").unlink()
    collect("--key-file", tmp_path / "key", "--limit", 1)
    # OpenAI's key is not for whoever else is asked.
    assert server.keys == ["Bearer none", "Bearer sk-other", "Bearer sk-file"]
    kept = "".join(path.read_text("utf-8") for path in tmp_path.glob("*out*"))
    assert kept
    assert "sk-" not in kept


MISTAKES: dict[str, tuple[list[str], str]] = {
    "no address": (["--base-url", "localhost"], "'localhost' is not an address"),
    "no key": (["--key-env", "NO_SUCH_KEY"], "environment variable NO_SUCH_KEY is not set"),
    "key file": (["--key-file", "{}/none"], "none: no such file"),
    "empty key": (["--key-file", "{}/empty"], "empty: holds no key: one line without spaces"),
    "template": (["--template", "{}/empty"], "empty: does not ask: write {{ question }} into it"),
    "topic": (["--topic", "nope"], "no questions on the topic 'nope'; topics: dl, ml"),
    "out": (["--out", "{}"], "is no name of a JSON Lines file, such as answers.jsonl"),
    "another file": (["--out", "{}/answers.jsonl"], "were not collected by this command"),
    "language": (["--questions-in", "de"], "no question is there in 'de'"),
    "key for a name": (["--key-env", "gsk_abc123"], "needs a name of capitals, digits and _"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_told_before_anything_is_asked(
    collect: Invoke,
    server: ModelServer,
    tmp_path: Path,
    answers: Path,
    refused: Callable[[Result], str],
    mistake: str,
) -> None:
    assert answers.exists()
    (tmp_path / "empty").write_text("", encoding="utf-8")
    options, said = MISTAKES[mistake]
    found = refused(collect(*(option.replace("{}", str(tmp_path)) for option in options)))
    assert said in found
    assert not server.asked


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--samples", "2"], "2 samples at temperature 0 would be the same answer"),
        (["--budget-money", "1"], "--budget-money needs --price"),
        (["--price", "1"], "'1' is not READ:WRITTEN, such as 0.15:0.60"),
        (["--price", "-1:2"], "a price is a number and not below 0"),
        (["--price", "nan:1"], "a price is a number and not below 0"),
        (["--param", "model=other"], "--param model is set by grader; leave it out"),
        (["--param", "api_key=sk-1"], "a key is no --param"),
        (["--param", "max_tokens=abc"], "--param max_tokens is a whole number"),
        (["--temperature", "nan"], "temperature is a number, not nan"),
        (["--param", "max_tokens=null", "--budget-tokens", "9"], "a budget needs --max-tokens"),
        (["--model", " "], "--model needs a name"),
        (["--param", "top_p"], "'top_p' is not NAME=VALUE, such as top_p=0.9"),
    ],
)
def test_options_that_make_no_sense(collect: Invoke, options: list[str], said: str) -> None:
    result = collect(*options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_openai_wants_a_key(
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: Callable[[Result], str],
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    said = refused(invoke("collect", "--model", "m", "--out", tmp_path / "a.jsonl"))
    assert "set OPENAI_API_KEY to ask OpenAI, or name another server with --base-url" in said


def test_without_the_package_it_says_what_to_install(
    collect: Invoke, monkeypatch: pytest.MonkeyPatch, refused: Callable[[Result], str]
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    assert "pip install 'answer-grader[llm]'" in refused(collect())


def start(server: ModelServer, out: Path) -> subprocess.Popen[bytes]:
    """The command as a process of its own, over much of the bundled bank."""
    # Who starts the tests in the background has them ignore interrupts.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "sys.argv[0] = 'grader'; from grader.cli import main; main()"
    words = ["collect", "--model", "loop", "--base-url", server.url, "--out", str(out)]
    return subprocess.Popen(
        [sys.executable, "-c", code, *words, "--concurrency", "3", "--limit", "40"],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_kills_at_random_moments_lose_nothing_and_nothing_is_asked_twice(
    server: ModelServer, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    bank = list(Bank.load("ds-interview").questions.values())[:40]
    questions = {question.text: question.id for question in bank}

    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.03)
        handler.send(b'{"choices":[{"message":{"content":"%d"}}]}' % len(server.asked))

    server.tricks.extend([slowly] * 1000)
    chance = random.Random(11)
    kept: list[bytes] = []
    under_way: Counter[str] = Counter()
    kills = 0
    while len(kept) < len(questions):
        before = len(server.asked)
        process = start(server, out)
        while len(server.asked) == before and process.poll() is None:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.25))
        process.kill()
        process.communicate()
        kills += 1
        time.sleep(0.1)  # the server notices
        now = out.read_bytes()
        whole = now[: now.rfind(b"\n") + 1].splitlines()
        assert whole[: len(kept)] == kept, "what was kept stays as it was"
        there = {json.loads(line)["question_id"] for line in whole}
        asked = Counter(questions[text] for text in server.questions[before:])
        earlier = {json.loads(line)["question_id"] for line in kept}
        assert not earlier & set(asked), "an answer that is there was asked for again"
        under_way += Counter(asked.keys() - there)
        kept = whole
        assert kills < 100
    final = start(server, out)
    _, said = final.communicate(timeout=60)
    assert final.returncode == 0, said
    lines = [json.loads(line) for line in out.read_bytes().splitlines()]
    assert sorted(line["question_id"] for line in lines) == sorted(questions.values())
    # Only what was under way at a kill was asked for once more: at most three each time.
    assert kills > 3
    assert len(server.asked) == len(questions) + under_way.total()
    assert under_way.total() <= 3 * kills


def test_an_interrupted_one_says_how_to_go_on(server: ModelServer, tmp_path: Path) -> None:
    server.tricks.extend([lambda _handler, _body: time.sleep(5)] * 3)
    process = start(server, tmp_path / "out.jsonl")
    while not server.asked:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Interrupted. The same command goes on from here." in said
    assert b"Traceback" not in said
