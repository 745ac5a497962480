"""``grader run`` against a real server on loopback, from a file to its reports."""

from __future__ import annotations

import fcntl
import json
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from junitparser import JUnitXml
from loopback import Handler, ModelServer, completion, status
from ruamel.yaml import YAML

from grader.evaluation import Evaluation, make_plan
from grader.llm import Collection, Price, Settings
from grader.llm.budget import Tokens
from grader.run import Run

Invoke = Callable[..., Result]

GOOD = "Активация лежит у края диапазона, производная почти равна нулю. Штраф за большие веса."
BAD = "Понятия не имею, спросите кого-нибудь другого."


def by_model(handler: Handler, body: dict[str, Any]) -> None:
    """The good model answers well, the shy one says nothing, the broken one has no key."""
    match body["model"]:
        case "good":
            handler.send(completion(GOOD))
        case "shy":
            handler.send(completion("", "content_filter"))
        case "broken":
            status(401, "who are you?")(handler, body)
        case _:
            handler.send(completion(BAD))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    running = ModelServer()
    running.well = by_model  # type: ignore[method-assign]
    with running:
        yield running


@pytest.fixture
def file(tmp_path: Path, bank: Path, server: ModelServer) -> Callable[..., Path]:
    """Writes an evaluation file of these models; further lines as given."""

    def write(*models: str, more: str = "gates: {fail_under: 0.2}", params: str = "") -> Path:
        entry = "- {{model: {0}, base_url: '{1}', price: {{read: 1, written: 2}}{2}}}"
        path = tmp_path / "eval.yaml"
        lines = [entry.format(model, server.url, params) for model in models]
        grading = "grading: {tier: fast, encoder: none, cross_encoder: none}"
        head = [f"bank: {bank.name}", grading, "retries: 0", "models:"]
        path.write_text("\n".join([*head, *lines, more]) + "\n", encoding="utf-8")
        return path

    return write


def out(path: Path) -> Path:
    return path.parent / "results"


def told(result: Result) -> str:
    """What is printed, whatever the width of the lines."""
    return " ".join(result.stdout.split())


def cases(path: Path) -> dict[str, list[str]]:
    """Of each suite the names of the cases that failed."""
    return {
        str(suite.name): [str(case.name) for case in suite if not case.is_passed]
        for suite in JUnitXml.fromfile(str(out(path) / "junit.xml"))
    }


def test_models_and_prompts_end_to_end(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    more = "prompts: [{name: plain}, {name: brief, system: brief.txt}]\n"
    path = file("poor", "good", more=more + "gates: {fail_under: 0.2, topics: {ml: 0.1}}")
    (path.parent / "brief.txt").write_text("Be brief.")
    result = invoke("run", path)
    assert result.exit_code == 1, result.output
    names = ["poor+plain", "poor+brief", "good+plain", "good+brief"]
    assert len(server.asked) == 2 * len(names)
    systems = [body["messages"][0]["content"] for body in server.asked]
    assert systems.count("Be brief.") == 4
    for name in names:
        run = Run.read(out(path) / name / "run")
        assert [grade.respondent for grade in run.grades] == [name] * 2
    comparison = json.loads((out(path) / "comparison.json").read_text("utf-8"))
    assert comparison["baseline"] == "poor+plain"
    assert {one["label"] for one in comparison["systems"][:2]} == {"good+plain", "good+brief"}
    assert len(comparison["pairs"]) == 3
    summary = (out(path) / "summary.md").read_text("utf-8")
    assert "Gates passed: 4 of 8." in summary
    assert re.search(r"^\| Topic \|( good\+\w+ \|){2}( poor\+\w+ \|){2}$", summary, re.MULTILINE)
    scores = re.findall(
        r"^\| Deep learning \| ([\d.]+) \| ([\d.]+) \| 0.0 \| 0.0 \|$", summary, re.M
    )
    assert len(scores) == 1
    assert float(scores[0][0]) > 1
    assert re.search(r"good\+plain +[\d.]+.* 60 +0\.0001 +✓ 2/2", result.stdout)
    assert re.search(r"poor\+plain +[\d.]+.*✗ 0/2", result.stdout)
    assert "poor+brief: ✗ mean score" in result.stdout
    assert "The answers cost 0.0003." in result.stdout
    for name in ("summary.md", "comparison.html", "junit.xml", "good+brief/run/report.html"):
        assert str(out(path) / name) in result.stdout
        assert (out(path) / name).stat().st_size
    failed = cases(path)
    assert len(failed["poor+plain: gates"]) == 2
    assert failed["good+plain: gates"] == failed["good+plain: answers"] == []
    root = ET.parse(out(path) / "junit.xml").getroot()
    for count in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(count, "")) == sum(int(suite.get(count, "")) for suite in root)


def test_again_nothing_is_asked_or_graded_twice(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", "poor", more="")
    first = invoke("run", path)
    assert first.exit_code == 0, first.output
    files = {one: one.read_bytes() for one in out(path).rglob("*") if one.is_file()}
    again = invoke("run", path)
    assert again.exit_code == 0
    assert again.stdout == first.stdout
    assert len(server.asked) == 4
    assert {one: one.read_bytes() for one in out(path).rglob("*") if one.is_file()} == files


def test_a_further_model_and_further_questions(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", more="questions: {limit: 1}")
    assert invoke("run", path).exit_code == 0
    assert not list(out(path).glob("comparison.*"))
    path = file("good", "poor", more="")
    assert invoke("run", path).exit_code == 0
    assert len(server.asked) == 4
    assert len(list(out(path).glob("comparison.*"))) == 3
    path = file("good", more="questions: {limit: 1}")
    refused = invoke("run", path)
    assert refused.exit_code == 2
    assert (
        "answers.jsonl: holds answers that are not asked for (1), such as good/" in refused.stderr
    )
    path = file("good", more="", params=", params: {max_tokens: 9}")
    refused = invoke("run", path)
    assert "was collected with another params; name another file (another 'out'" in refused.stderr
    assert invoke("run", path, "--out", path.parent / "other").exit_code == 0
    assert (path.parent / "other" / "summary.md").exists()


def test_one_system_and_no_comparison_left_over(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", "poor", more="compare: {baseline: poor}")
    assert invoke("run", path).exit_code == 0
    compared = json.loads((out(path) / "comparison.json").read_text("utf-8"))
    assert compared["baseline"] == "poor"
    only = invoke("run", path, "--only", "good")
    assert only.exit_code == 0
    assert "poor" not in only.output
    assert not list(out(path).glob("comparison.*"))
    said = invoke("run", path, "--only", "goud")
    assert said.exit_code == 2
    assert "no model 'goud'; did you mean 'good'?" in said.stderr


def test_a_model_that_fails_loses_nobody_elses_answers(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", "broken", "poor")
    result = invoke("run", path)
    assert result.exit_code == 2
    assert "broken: failed: http://127.0.0.1" in told(result)
    assert "the server wants a key" in result.stderr
    assert "Traceback" not in result.output
    compared = json.loads((out(path) / "comparison.json").read_text("utf-8"))
    assert [one["label"] for one in compared["systems"]] == ["good", "poor"]
    suites = cases(path)
    assert suites["broken: answers"] == ["broken"]
    assert suites["good: answers"] == []
    assert ET.parse(out(path) / "junit.xml").getroot().get("errors") == "1"
    summary = (out(path) / "summary.md").read_text("utf-8")
    assert "- broken: failed: " in summary
    assert "[good](good/run/report.html)" in summary
    assert not (out(path) / "broken" / "run").exists()


def test_missing_answers_fail_the_build_and_are_asked_for_again(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", more="concurrency: 1")
    server.tricks.append(status(400, "not this one"))
    result = invoke("run", path)
    assert result.exit_code == 1
    assert "good: 1 of 2 answers are missing (answered 400: not this one)." in told(result)
    assert cases(path)["good: answers"] == ["good"]
    assert len(Run.read(out(path) / "good" / "run").grades) == 1
    again = invoke("run", path)
    assert again.exit_code == 0
    assert "are missing" not in again.stdout
    assert len(server.asked) == 3
    assert len(Run.read(out(path) / "good" / "run").grades) == 2


def test_a_server_that_is_not_there(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", "poor", more="")
    with ModelServer() as gone:
        url = gone.url
    path.write_text(path.read_text("utf-8").replace(server.url, url, 1), encoding="utf-8")
    result = invoke("run", path)
    assert result.exit_code == 2
    assert re.search(r"good: failed: http://\S+: is not there: ", told(result))
    assert (out(path) / "poor" / "run" / "report.html").exists()


def test_refusals_are_counted(invoke: Invoke, file: Callable[..., Path]) -> None:
    result = invoke("run", file("shy", more=""))
    assert result.exit_code == 0
    assert "shy: refused: 2" in result.stdout


@pytest.mark.parametrize("kind", ["tokens", "money"])
def test_the_budget_is_of_all_models(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer, kind: str
) -> None:
    """Three answers fit into it, of which the second model gets one; the fourth might not."""
    evaluation = Evaluation.read(file("good", "poor"))
    bank = evaluation.bank()
    plan = make_plan(evaluation, bank, list(bank.questions.values()), out=out(evaluation.path))
    cost = Price(1, 2).of if kind == "money" else lambda tokens: tokens.prompt + tokens.completion
    first, second = (cost(ask.request.worst()) for ask in plan.systems[0].asks)
    each = cost(Tokens(20, 10))
    assert abs(first - second) < each
    limit = f"{2 * each + first + 1e-9:.9f}" if kind == "money" else 2 * each + first
    budget = f"concurrency: 1\nbudget: {{{kind}: {limit}}}"
    result = invoke("run", file("good", "poor", more=budget))
    assert result.exit_code == 1
    assert "The next question could have passed the budget" in result.stderr
    assert "poor: 1 of 2 answers are missing (the next question could" in told(result)
    assert [body["model"] for body in server.asked] == ["good", "good", "poor"]
    assert invoke("run", file("good", "poor", more=budget)).exit_code == 1
    assert len(server.asked) == 3
    assert invoke("run", file("good", "poor", more="")).exit_code == 0
    assert len(server.asked) == 4


def test_the_budget_is_of_all_models_of_the_file(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    """Also of those that are left out this time, and whose keys are not there."""
    evaluation = Evaluation.read(file("good", "poor"))
    bank = evaluation.bank()
    plan = make_plan(evaluation, bank, list(bank.questions.values()), out=out(evaluation.path))
    worst = [ask.request.worst() for ask in plan.systems[0].asks]
    first, second = (tokens.prompt + tokens.completion for tokens in worst)
    assert abs(first - second) < 30
    path = file("good", "poor", more=f"concurrency: 1\nbudget: {{tokens: {2 * 30 + first}}}")
    assert invoke("run", path, "--only", "good").exit_code == 0
    text = path.read_text("utf-8")
    path.write_text(text.replace("model: good", "model: good, key_env: NOT_SET_7"))
    result = invoke("run", path, "--only", "poor")
    assert result.exit_code == 1, result.output
    assert [body["model"] for body in server.asked] == ["good", "good", "poor"]
    assert "poor: 1 of 2 answers are missing (the next question could" in told(result)
    with (out(path) / "good" / "answers.jsonl").open("a") as answers:
        answers.write("{}\n")
    said = invoke("run", path, "--only", "poor")
    assert said.exit_code == 2
    assert "answers.jsonl:3: no collected answer: " in said.stderr


def test_the_answers_are_read_once_a_model_and_time(
    invoke: Invoke, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"m{n}" for n in range(8)]
    path = file(*names, more="budget: {tokens: 1000000}")
    assert invoke("run", path).exit_code == 0
    opened: list[str] = []
    own = Collection.open.__func__  # type: ignore[attr-defined]

    def counted(cls: type[Collection], target: Path, settings: Settings) -> Any:
        opened.append(Path(target).parent.name)
        return own(cls, target, settings)

    monkeypatch.setattr(Collection, "open", classmethod(counted))
    assert invoke("run", path).exit_code == 0
    assert {name: opened.count(name) for name in names} == dict.fromkeys(names, 3)


def test_the_headline_says_what_failed_and_what_is_missing(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", "broken")
    assert invoke("run", path).exit_code == 2
    summary = (out(path) / "summary.md").read_text("utf-8")
    assert "**Models failed: 1. Gates passed: 1 of 1.**" in summary.replace("\\", "")
    assert invoke("run", path, "--lang", "ru").exit_code == 2
    summary = (out(path) / "summary.md").read_text("utf-8")
    headline = "**Не получилось оценить моделей: 1. Пройдено порогов качества: 1 из 1.**"
    assert headline in summary.replace("\\", "")
    path = file("good", more="concurrency: 1\nout: next\ngates: {fail_under: 0.2}")
    server.tricks.append(status(400, "not this one"))
    result = invoke("run", path)
    assert result.exit_code == 1
    summary = (path.parent / "next" / "summary.md").read_text("utf-8")
    assert "**Answers missing: 1. Gates passed: 1 of 1.**" in summary.replace("\\", "")
    assert "✓" not in summary
    assert "✓" not in result.stdout
    assert invoke("run", path).exit_code == 0
    assert "**Gates passed: 1 of 1.**" in (path.parent / "next" / "summary.md").read_text("utf-8")


def test_a_baseline_that_failed_is_said(invoke: Invoke, file: Callable[..., Path]) -> None:
    path = file("good", "broken", "poor", more="compare: {baseline: broken}")
    result = invoke("run", path)
    assert result.exit_code == 2
    said = "broken, the baseline of the comparison, was not graded: the baseline is good."
    assert said in told(result)
    assert said in (out(path) / "summary.md").read_text("utf-8")
    result = invoke("run", path, "--only", "good", "--only", "poor", "--lang", "ru")
    assert "надо было с broken, но этой оценки нет: сравнение — с good." in told(result)


def test_a_key_in_place_of_its_variable_is_not_repeated(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer, refused: Callable[[Result], str]
) -> None:
    key = "gsk_" + "aB3" * 17
    said = refused(invoke("run", file("good", params=f", key_env: {key}")))
    assert "key_env': is no name of an environment variable" in said
    assert key not in said
    said = refused(
        invoke("collect", "--model", "m", "--base-url", server.url, "--key-env", key, "--out", "x")
    )
    assert "the key itself does not belong there" in said
    assert key not in said
    assert not server.asked


def test_names_cannot_command_the_terminal(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", params=', name: "a\\e[2Jb"')
    server.tricks.extend([status(400, "no\x1b[2J")] * 2)
    for options in (["--dry-run"], []):
        result = invoke("run", path, *options)
        assert "a\ufffd[2Jb" in result.output
        assert "\x1b" not in result.output


def test_dry_run_asks_nothing_and_leaves_nothing(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    more = "samples: 3\nbudget: {tokens: 90, money: 0.5}"
    path = file("good", "poor", more=more, params=", params: {temperature: 1, max_tokens: 100}")
    result = invoke("run", path, "--dry-run")
    assert result.exit_code == 0, result.output
    assert not server.asked
    assert not out(path).exists()
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"good: {server.url}, 6 answers; at most ")
    assert "600 written, at a cost of at most 0.00" in lines[0]
    assert lines[2].startswith("In all: 12 answers; at most ")
    assert lines[3] == "It will stop before it passes the budget: 90 tokens, 0.5000 in money"
    assert lines[4] == "Nobody was asked anything."
    path.write_text(path.read_text("utf-8").replace("tokens: 90,", "tokens: 9000,"))
    assert invoke("run", path).exit_code == 0
    again = invoke("run", path, "--dry-run").stdout.splitlines()
    assert "6 answers (already there: 6); at most 0 tokens read, 0 written" in again[0]


def test_questions_that_are_not_there_in_the_language(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", more="language: en")
    dry = invoke("run", path, "--dry-run").stdout
    assert ", 1 answer; at most " in dry
    assert "not there in 'en', left out: 1" in dry
    assert invoke("run", path).exit_code == 0
    assert server.questions == ["What is neuron saturation?"]


def test_a_bank_that_has_changed(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer, bank: Path
) -> None:
    path = file("good", more="")
    assert invoke("run", path).exit_code == 0
    bank.write_text(bank.read_text("utf-8").replace("Зачем нужна", "Зачем нам"), encoding="utf-8")
    said = invoke("run", path)
    assert said.exit_code == 2
    assert "question 'l2' was asked in other words" in said.stderr
    assert "another 'out'" in said.stderr
    assert len(server.asked) == 2


def test_another_process_is_at_it(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer, refused: Callable[[Result], str]
) -> None:
    path = file("good", more="")
    assert invoke("run", path).exit_code == 0
    with (out(path) / "good" / "answers.jsonl").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another process is collecting into it" in refused(invoke("run", path))


def test_a_signal_that_fails_is_a_failure_of_grading(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    """The answers are kept, and graded in another way when the file says so."""
    path = file("good", more="")
    judge = f"judge:broken@{server.url}"
    text = path.read_text("utf-8").replace("tier: fast", f"tier: fast, signals: ['{judge}']")
    path.write_text(text, encoding="utf-8")
    result = invoke("run", path)
    assert result.exit_code == 2
    assert "good: failed: " in result.stdout
    assert len((out(path) / "good" / "answers.jsonl").read_text("utf-8").splitlines()) == 2
    path.write_text(text.replace(f", signals: ['{judge}']", ""), encoding="utf-8")
    assert invoke("run", path).exit_code == 0
    assert [body["model"] for body in server.asked].count("good") == 2


def test_a_kill_loses_nothing_and_asks_nothing_twice(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    def slowly(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.3)
        by_model(handler, body)

    server.well = slowly  # type: ignore[method-assign]
    path = file(
        "good", "poor", more="concurrency: 1\nsamples: 3", params=", params: {temperature: 1}"
    )
    command = [sys.executable, "-c", "from grader.cli import main; main()", "run", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(server.asked) < 8 and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    result = invoke("run", path)
    assert result.exit_code == 0, result.output
    assert len(server.asked) <= 12 + 1  # the one that was under way
    for name in ("good", "poor"):
        ids = [grade.answer_id for grade in Run.read(out(path) / name / "run").grades]
        assert len(ids) == len(set(ids)) == 6


def test_an_evaluation_as_json(invoke: Invoke, file: Callable[..., Path]) -> None:
    path = file("good", more="")
    data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    data["models"][0]["params"] = {"further": {"word": "1"}}
    target = path.with_suffix(".json")
    target.write_text(json.dumps(data), encoding="utf-8")
    assert invoke("run", target).exit_code == 0


def test_dry_run_counts_the_worst_case(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", more="", params=", params: {max_tokens: 100}")
    said = invoke("run", path, "--dry-run").stdout
    found = re.search(
        r"at most ([\d,]+) tokens read, 200 written, at a cost of at most ([\d.]+)", said
    )
    assert found is not None, said
    read = int(found[1].replace(",", ""))
    assert float(found[2]) == pytest.approx((read * 1 + 200 * 2) / 1e6, abs=1e-4)
    assert invoke("run", path).exit_code == 0
    sent = sum(
        len(message["content"].encode()) for body in server.asked for message in body["messages"]
    )
    assert read >= sent


def test_in_russian(invoke: Invoke, file: Callable[..., Path]) -> None:
    path = file("good", "broken", "poor")
    dry = invoke("run", path, "--dry-run", "--lang", "ru").stdout
    assert "2 ответа; не больше токенов:" in dry
    assert "Никто ни о чём не спрошен." in dry
    result = invoke("run", path, "--lang", "ru")
    assert result.exit_code == 2
    for text in ("Оценка моделей", "Система", "Пороги", "broken: не получилось", "Отчёты:"):
        assert text in result.stdout
    summary = (out(path) / "summary.md").read_text("utf-8")
    assert "## На что обратить внимание" in summary
    assert "Стоимость ответов: 0,0002" in summary


def test_no_worse_than_a_baseline(invoke: Invoke, file: Callable[..., Path]) -> None:
    path = file("good", more="")
    assert invoke("run", path).exit_code == 0
    (out(path) / "good" / "run").rename(path.parent / "baseline")
    more = "gates: {no_worse_than: baseline, margin: 0.1}\nout: next"
    result = invoke("run", file("good", "poor", more=more))
    assert result.exit_code == 1
    assert "poor: ✗ no worse than baseline by more than" in result.stdout
    compared = json.loads((path.parent / "next" / "comparison.json").read_text("utf-8"))
    assert compared["baseline"] == "baseline:good"
    assert [pair["second"] for pair in compared["pairs"]] == ["good:good", "poor"]
    itself = "gates: {no_worse_than: next/good/run}\nout: next"
    said = invoke("run", file("good", more=itself))
    assert said.exit_code == 2
    assert "'gates.no_worse_than': would be replaced by this evaluation" in said.stderr
    other = file("good", more="gates: {no_worse_than: baseline}\nout: third")
    other.write_text(other.read_text("utf-8").replace("tier: fast", "tier: standard"))
    said = invoke("run", other)
    assert "cannot be the baseline, it was graded with another tier" in said.stderr


def test_a_baseline_of_other_questions(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    path = file("good", more="questions: {topics: [dl]}")
    assert invoke("run", path).exit_code == 0
    (out(path) / "good" / "run").rename(path.parent / "baseline")
    more = "questions: {topics: [ml]}\nout: next\ngates: {no_worse_than: baseline}"
    said = invoke("run", file("good", more=more))
    assert said.exit_code == 2
    assert "has no question in common with what is asked" in said.stderr
    assert len(server.asked) == 1


def test_a_budget_for_nothing(
    invoke: Invoke, file: Callable[..., Path], server: ModelServer
) -> None:
    result = invoke("run", file("good", "poor", more="budget: {tokens: 1}"))
    assert result.exit_code == 1
    assert not server.asked
    assert told(result).count("2 of 2 answers are missing (the next question could have") == 2


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("questions: {topics: [dll]}", "'questions.topics': no questions on the topic 'dll'"),
        ("language: de", "field 'language': no question is there in 'de'"),
        ("gates: {topics: {m: 0.1}}", "field 'gates': no topic 'm' to hold to a threshold"),
        ("questions: {topics: [dl]}\ngates: {topics: {ml: 0.1}}", "field 'gates': no topic 'ml'"),
        ("gates: {no_worse_than: none}", "field 'gates': {folder}/none: no run here"),
        ("rubrics: none.yaml", "{folder}/none.yaml: no such rubric file or folder"),
        ("out: eval.yaml", "eval.yaml: is a file; answers, runs and reports need a folder"),
    ],
)
def test_what_is_wrong_is_found_before_anything_is_asked(
    invoke: Invoke,
    file: Callable[..., Path],
    server: ModelServer,
    refused: Callable[[Result], str],
    more: str,
    message: str,
) -> None:
    path = file("good", more=more)
    assert message.format(folder=path.parent) in refused(invoke("run", path))
    assert not server.asked
    assert not out(path).exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tier: fast", "tier: fast, signals: [nobody]"), "field 'signal': no signal 'nobody'"),
        (("tier: fast", "tier: fast, calibration: no.json"), "'grading.calibration': "),
        (("encoder: none", "encoder: nonsense"), "nonsense"),
        (("model: good", "model: good, key_env: NOT_SET"), "key_env': the environment variable"),
        (("model: good", "model: good, key_file: no.key"), "no.key: no such file"),
        (("model: good, base_url", "model: good, name"), "base_url': set OPENAI_API_KEY to ask"),
    ],
)
def test_what_is_wrong_with_grading_and_keys(
    invoke: Invoke,
    file: Callable[..., Path],
    server: ModelServer,
    refused: Callable[[Result], str],
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str],
    message: str,
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    path = file("good", more="")
    path.write_text(path.read_text("utf-8").replace(*change), encoding="utf-8")
    assert message in refused(invoke("run", path))
    assert not server.asked
    assert not out(path).exists()


def test_the_key_is_sent_and_kept_nowhere(
    invoke: Invoke,
    file: Callable[..., Path],
    server: ModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOOP_KEY", "sk-loop-7")
    path = file("good", "broken", more="", params=", key_env: LOOP_KEY")
    result = invoke("run", path)
    assert set(server.keys) == {"Bearer sk-loop-7"}
    assert "sk-loop-7" not in result.output
    for one in path.parent.rglob("*"):
        assert not one.is_file() or b"sk-loop-7" not in one.read_bytes()


def test_the_example_of_the_page(invoke: Invoke, tmp_path: Path, server: ModelServer) -> None:
    page = (Path(__file__).parents[2] / "docs" / "eval.md").read_text("utf-8")
    example = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    path = tmp_path / "eval.yaml"
    path.write_text(example.replace("http://127.0.0.1:8080/v1", server.url), encoding="utf-8")
    result = invoke("run", path)
    assert result.exit_code == 1, result.output
    assert len(server.asked) == 8
    table = re.findall(r"^\| (`[^|]*) \|", page.split("## Exit status")[0], re.MULTILINE)
    assert table
    listed = " ".join(table)
    for name in ("summary.md", "junit.xml"):
        assert name in listed
        assert (tmp_path / "results" / name).exists()
    for ending in (".html", ".md", ".json"):
        assert (tmp_path / "results" / f"comparison{ending}").exists()
