"""A model's answers in a file: complete, in one piece, and never asked for twice."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from loopback import Handler, ModelServer, completion, status

from grader import ModelError, Question, read_answers
from grader.llm import (
    Budget,
    Client,
    Collected,
    Collection,
    Endpoint,
    Job,
    Price,
    Prompt,
    collect,
)
from grader.llm.budget import Tokens


class Collecting:
    """Collecting from the server into one file."""

    def __init__(self, server: ModelServer, questions: list[Question], path: Path) -> None:
        self.server = server
        self.questions = questions
        self.path = path

    def __call__(
        self,
        *,
        budget: Budget | None = None,
        concurrency: int = 2,
        questions: int = 8,
        retries: int = 0,
        **job: Any,
    ) -> Collected:
        asked = Job(Endpoint("loop", self.server.url, 2, retries), **job)
        client = Client(asked.endpoint)
        planned, _ = asked.asks(self.questions[:questions])
        with Collection.open(self.path, asked.settings("bank", client.address)) as collection:
            return collect(
                client,
                planned,
                collection,
                respondent=asked.name,
                concurrency=concurrency,
                budget=budget,
            )

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]


@pytest.fixture
def run(server: ModelServer, questions: list[Question], tmp_path: Path) -> Collecting:
    return Collecting(server, questions, tmp_path / "new" / "answers.jsonl")


def test_every_question_is_asked_and_kept(run: Collecting) -> None:
    assert run() == Collected(0, {}, over_budget=False)
    by_question = {line["question_id"]: line for line in run.lines}
    assert sorted(by_question) == [f"q{n}" for n in range(8)]
    line = by_question["q3"]
    assert line["answer"] == "Ответ на вопрос: Вопрос номер 3?"
    assert line["answer_id"] == "loop/q3/1"
    assert (line["respondent"], line["status"], line["sample"]) == ("loop", "answered", 1)
    assert (line["prompt_tokens"], line["completion_tokens"]) == (20, 10)
    assert sorted(run.server.questions) == sorted(q.text for q in run.questions)
    assert "собеседования" in run.server.asked[0]["messages"][0]["content"]


def test_the_file_is_one_of_answers(run: Collecting) -> None:
    run()
    answers = read_answers(run.path, known_questions={q.id: q for q in run.questions})
    assert len(answers.answers) == 8
    assert answers.answers[0].respondent == "loop"
    assert answers.answers[0].extra["status"] == "answered"
    # The folder as a whole reads the same: what describes the file is no file of answers.
    assert len(read_answers(run.path.parent).answers) == 8


def test_how_they_were_asked_for_lies_beside_them(run: Collecting) -> None:
    run(params={"temperature": 0.5}, prompt=Prompt("Кратко.", "{{ topics[0] }}: {{ question }}"))
    described = json.loads((run.path.parent / "_answers.jsonl.collection.json").read_text("utf-8"))
    assert described == {
        "model": "loop",
        "address": run.server.url,
        "respondent": "loop",
        "bank": "bank",
        "system": "Кратко.",
        "template": "{{ topics[0] }}: {{ question }}",
        "params": {"temperature": 0.5},
    }
    assert run.server.asked[0]["messages"][0] == {"role": "system", "content": "Кратко."}
    assert "ml: Вопрос номер 0?" in run.server.questions


def test_what_is_there_is_not_asked_for_again(run: Collecting) -> None:
    run(questions=5)
    run()
    assert run() == Collected(0, {}, over_budget=False)
    assert len(run.server.asked) == 8


def test_more_samples_are_added_to_the_first(run: Collecting) -> None:
    run(questions=2, params={"temperature": 1, "seed": 7})
    run(questions=2, params={"temperature": 1, "seed": 7}, samples=3)
    assert len(run.server.asked) == 6
    assert sorted(body["seed"] for body in run.server.asked) == [7, 7, 8, 8, 9, 9]
    assert sorted(line["answer_id"] for line in run.lines) == [
        f"loop/q{n}/{sample}" for n in range(2) for sample in (1, 2, 3)
    ]


@pytest.mark.parametrize("torn", [b'{"answer_id":"loop/q7/1","quest', b"\xd0", b"{}"])
def test_a_torn_line_is_dropped_and_asked_for_again(run: Collecting, torn: bytes) -> None:
    run(questions=3)
    whole = run.path.read_bytes()
    run.path.write_bytes(whole + torn)
    run(questions=4)
    assert run.path.read_bytes().startswith(whole)
    assert [line["question_id"] for line in run.lines[3:]] == ["q3"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"params": {"temperature": 1}}, "params"),
        ({"respondent": "other"}, "respondent"),
        ({"prompt": Prompt("Иначе.")}, "system"),
        ({"language": "en", "prompt": Prompt(None, "Q: {{ question }}")}, "template and language"),
    ],
)
def test_answers_asked_for_otherwise_do_not_get_among_them(
    run: Collecting, change: dict[str, Any], names: str
) -> None:
    run(questions=1)
    before = run.path.read_bytes()
    with pytest.raises(ModelError, match=f"was collected with another {names}; name another"):
        run(**change)
    assert run.path.read_bytes() == before


def test_nor_do_answers_to_a_question_in_other_words(run: Collecting) -> None:
    run(questions=2)
    run.questions[1] = Question("q1", "Иначе сказанное?", ("ml",), ("Ответ.",))
    with pytest.raises(ModelError, match="question 'q1' was asked in other words"):
        run(questions=2)


def test_a_file_of_something_else_is_left_alone(run: Collecting) -> None:
    run.path.parent.mkdir()
    run.path.write_text('{"question_id": "q1", "answer": "Своё."}\n', encoding="utf-8")
    with pytest.raises(ModelError, match="were not collected by this command"):
        run()
    assert run.path.read_text("utf-8") == '{"question_id": "q1", "answer": "Своё."}\n'


def test_a_line_that_is_damaged_is_named(run: Collecting) -> None:
    run(questions=2)
    first, second = run.path.read_bytes().splitlines(keepends=True)
    run.path.write_bytes(first + b'{"answer_id": 3}\n' + second)
    with pytest.raises(ModelError, match=r"answers\.jsonl:2: no collected answer"):
        run()


def test_two_at_once_do_not_write_one_file(run: Collecting) -> None:
    job = Job(Endpoint("loop", run.server.url))
    settings = job.settings("bank", run.server.url)
    with (
        Collection.open(run.path, settings),
        pytest.raises(ModelError, match="another process is collecting into it"),
        Collection.open(run.path, settings),
    ):
        pass


def test_a_question_that_fails_is_left_for_the_next_time(run: Collecting) -> None:
    run.server.tricks.extend([status(400, "too long"), status(500, "oops")])
    found = run(concurrency=1)
    assert found.missing == 2
    assert found.failed == {
        "loop/q0/1": "answered 400: too long",
        "loop/q1/1": "answered 500: oops",
    }
    assert run() == Collected(0, {}, over_budget=False)
    assert len(run.lines) == 8


def test_many_failures_in_a_row_are_the_servers(run: Collecting) -> None:
    run(questions=1)
    run.server.tricks.extend([status(500, "oops")] * 20)
    with pytest.raises(ModelError, match="oops; what was collected is kept, the same command"):
        run(concurrency=1)
    assert len(run.server.asked) == 6
    assert len(run.lines) == 1


def test_a_key_that_is_rejected_ends_it_at_once(run: Collecting) -> None:
    run.server.tricks.extend([status(401, "no")] * 20)
    with pytest.raises(ModelError, match="the server wants a key"):
        run(concurrency=1)
    assert len(run.server.asked) == 1
    assert run.path.read_bytes() == b""


def test_refused_truncated_and_empty_answers_are_kept_as_such(run: Collecting) -> None:
    bodies = [
        completion("Так как", "length"),
        completion("", "content_filter"),
        completion(" "),
        completion("<think>Хм</think>Да."),
    ]
    for body in bodies:
        run.server.tricks.append(lambda handler, _, body=body: handler.send(body))
    run(questions=4, concurrency=1)
    assert [line["status"] for line in run.lines] == ["truncated", "refused", "empty", "answered"]
    assert run.lines[3]["thought"] == "Хм"
    assert run() == Collected(0, {}, over_budget=False)
    assert len(run.server.asked) == 8


def test_no_more_than_the_budget_is_ever_under_way(run: Collecting) -> None:
    dear = completion("Да.").replace(b'"prompt_tokens": 20', b'"prompt_tokens": 500')
    run.server.tricks.extend([lambda handler, _: handler.send(dear)] * 8)
    (ask, *_), _ = Job(Endpoint("loop"), params={"max_tokens": 100}).asks(run.questions)
    worst = ask.request.worst()
    assert worst.prompt > 500
    limit = 2 * 510 + worst.prompt + worst.completion
    found = run(budget=Budget(tokens=limit), params={"max_tokens": 100}, concurrency=8)
    assert found == Collected(5, {}, over_budget=True)
    assert run.server.most_at_once <= 2
    spent = sum(line["prompt_tokens"] + line["completion_tokens"] for line in run.lines)
    assert spent == 3 * 510 <= limit


def test_a_budget_in_money_counts_what_the_file_has_spent(run: Collecting) -> None:
    price = Price(1.0, 2.0)
    assert price.of(Tokens(1_000_000, 500_000)) == 2.0
    run(questions=4)
    spent = Tokens(80, 40)
    worst = max(ask.request.worst().prompt for ask in Job(Endpoint("loop")).asks(run.questions)[0])
    enough = Budget(money=price.of(Tokens(80 + worst, 40 + 1024)), price=price, spent=spent)
    found = run(budget=enough, concurrency=1)
    # The fifth fits to the last token; the sixth could pass it.
    assert found.over_budget
    assert len(run.lines) == 5
    assert enough.money is not None
    assert enough.money == pytest.approx(price.of(Tokens(100, 50)))


@pytest.mark.parametrize(
    "usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": -5, "completion_tokens": -5}]
)
def test_a_request_of_unknown_cost_costs_the_worst_and_so_the_next_time(
    run: Collecting, usage: object
) -> None:
    shape = {"choices": [{"message": {"content": "Да."}}], "usage": usage}
    body = json.dumps(shape).encode()
    run.server.tricks.extend([lambda handler, _: handler.send(body)] * 8)
    budget = Budget(tokens=100_000)
    run(questions=1, budget=budget, params={"max_tokens": 100})
    assert budget.spent.completion == 100
    assert budget.spent.prompt > 100
    job = Job(Endpoint("loop", run.server.url), params={"max_tokens": 100})
    with Collection.open(run.path, job.settings("bank", run.server.url)) as collection:
        assert collection.spent == budget.spent


def test_what_broke_off_before_the_answer_is_counted_the_next_time(run: Collecting) -> None:
    run.server.tricks.append(lambda handler, _: handler.hang_up())
    run(questions=1, params={"max_tokens": 100}, retries=1)
    (line,) = run.lines
    assert line["lost"]["completion"] == 100
    assert line["completion_tokens"] == 10


def test_when_the_key_is_rejected_nobody_goes_on_waiting(run: Collecting) -> None:
    def both(handler: Handler, body: dict[str, Any]) -> None:
        while run.server.most_at_once < 2:
            time.sleep(0.01)
        status(503, Retry_After="30")(handler, body)

    def later(handler: Handler, body: dict[str, Any]) -> None:
        time.sleep(0.3)
        status(401, "no")(handler, body)

    run.server.tricks.extend([both, later])
    started = time.monotonic()
    with pytest.raises(ModelError, match="the server wants a key"):
        run(concurrency=2, retries=5)
    assert time.monotonic() - started < 10


def test_one_question_that_a_filter_forbids_does_not_end_it(run: Collecting) -> None:
    run.server.tricks.append(status(403, "flagged"))
    found = run(concurrency=1)
    assert found.failed == {"loop/q0/1": "answered 403: this is not allowed: flagged"}
    assert len(run.lines) == 7


def test_an_answer_longer_than_a_file_may_hold_is_cut(run: Collecting) -> None:
    run.server.tricks.append(lambda handler, _: handler.send(completion("да " * 70_000)))
    run(questions=1)
    assert run.lines[0]["status"] == "truncated"
    assert len(read_answers(run.path).answers[0].text) <= 200_000


@pytest.mark.parametrize("name", [".", "answers.csv", "folder.jsonl"])
def test_a_name_that_is_none_of_a_file_of_answers(run: Collecting, name: str) -> None:
    (run.path.parent / "folder.jsonl").mkdir(parents=True)
    run.path = run.path.parent / name
    with pytest.raises(ModelError, match="is no name of a JSON Lines file"):
        run()


def test_a_request_that_broke_off_may_have_cost_too(run: Collecting) -> None:
    run.server.tricks.extend([lambda handler, _: handler.hang_up(), status(500)])
    budget = Budget(tokens=100_000)
    run(questions=1, budget=budget, params={"max_tokens": 100}, retries=3)
    assert budget.spent.completion == 110  # the lost one at its worst, the refused one nothing


def test_questions_are_asked_in_a_language_they_have(
    server: ModelServer, questions: list[Question]
) -> None:
    alone = Question("alone", "Только по-русски?", ("ml",), ("Да.",))
    planned, untold = Job(Endpoint("loop"), language="en").asks([*questions[:1], alone])
    (ask,) = planned
    assert ask.request.messages[1]["content"] == "Question number 0?"
    assert "Answer in English" in ask.request.messages[0]["content"]
    assert untold == ["alone"]


def test_a_language_without_a_prompt_of_its_own_has_the_general_one() -> None:
    question = Question("q", "Was ist das?", ("ml",), ("Das.",), language="de")
    ((ask,), _) = Job(Endpoint("loop")).asks([question])
    assert "the language of the question" in ask.request.messages[0]["content"]


def test_no_system_prompt_is_sent_where_it_is_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    prompt = Prompt.read(tmp_path / "empty.txt", None)
    question = Question("q", "Что?", ("ml",), ("То.",))
    assert prompt.messages(question, "ru") == ({"role": "user", "content": "Что?"},)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Ответьте.", "does not ask: write {{ question }} into it"),
        ("{{ qestion }}", "the template is broken: 'qestion' is undefined"),
        ("а\n{{ question", "t.txt:2: the template is broken: unexpected end of template"),
        ("{{ question }}{{ 1 / 0 }}", "the template is broken: division by zero"),
        ("{{ question }}{{ difficulty + 1 }}", "the template is broken: unsupported operand"),
        ("{{ question.__class__.__mro__ }}", "the template is broken: access to attribute"),
    ],
)
def test_a_template_that_does_not_ask(tmp_path: Path, template: str, said: str) -> None:
    path = tmp_path / "t.txt"
    path.write_text(template, encoding="utf-8")
    with pytest.raises(ModelError) as found:
        Prompt.read(None, path)
    assert said in str(found.value)
    assert "t.txt" in str(found.value)
