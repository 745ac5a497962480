"""``grader init``: what it asks, what it writes, what it never does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from loopback import ModelServer

from grader.evaluation import PRESETS, Evaluation, evaluation_schema

Invoke = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(models=["tiny", "big"]) as running:
        yield running


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "eval.yaml"


def answers(*lines: object) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_yes_takes_what_would_be_offered(invoke: Invoke, path: Path, lang: str) -> None:
    result = invoke("init", path, "--yes", "--lang", lang)
    assert result.exit_code == 0, result.output
    assert f"grader run {path} --dry-run" in result.stdout
    evaluation = Evaluation.read(path)
    (setup,) = evaluation.setups
    assert setup.job.endpoint.model == PRESETS[0].model
    assert setup.job.endpoint.base_url == PRESETS[0].base_url
    assert (evaluation.file.questions.limit, evaluation.gates.fail_under) == (20, 0.5)
    assert ("Пути считаются" in path.read_text("utf-8")) is (lang == "ru")


def test_enter_everywhere_is_the_same_as_yes(invoke: Invoke, tmp_path: Path) -> None:
    asked, offered = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert invoke("init", asked, stdin=answers(*[""] * 6)).exit_code == 0
    assert invoke("init", offered, "--yes").exit_code == 0
    assert asked.read_bytes() == offered.read_bytes()


def test_asks_and_offers_the_models_of_the_server(
    invoke: Invoke, path: Path, server: ModelServer, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent.parent)
    said = answers(f"{path.parent.name}/{bank.name}", server.url, "-", "2", "7", "0.3")
    result = invoke("init", path, stdin=said)
    assert result.exit_code == 0, result.output
    assert "The server has:\n  1. big\n  2. tiny\n" in result.stdout
    assert not server.asked
    evaluation = Evaluation.read(path)
    (setup,) = evaluation.setups
    assert (setup.model.model, setup.model.base_url) == ("tiny", server.url)
    assert evaluation.file.bank == bank.name
    assert evaluation.bank().name == "small"
    assert (evaluation.file.questions.limit, evaluation.gates.fail_under) == (7, 0.3)


def test_what_is_written_can_be_run(
    invoke: Invoke, path: Path, server: ModelServer, bank: Path
) -> None:
    invoke("init", path, stdin=answers(bank, server.url, "-", "big", "0", "-"))
    assert not Evaluation.read(path).gates
    text = path.read_text("utf-8").replace("tier: thorough", "tier: fast")
    path.write_text(text, encoding="utf-8")
    result = invoke("run", path)
    assert result.exit_code == 0, result.output
    assert [body["model"] for body in server.asked] == ["big", "big"]
    assert {body["max_tokens"] for body in server.asked} == {512}


@pytest.mark.parametrize(
    ("lang", "complaints"),
    [
        (
            "en",
            [
                "no bank 'dsi'",
                "A number from 1 to 5, or an address",
                "Not the key itself.",
                "The variable NOT_SET_7 is not set",
                "A whole number from 0.",
                "A number from 0 to 1",
            ],
        ),
        (
            "ru",
            [
                "no bank 'dsi'",
                "Номер от 1 до 5 или адрес",
                "Сам ключ сюда не пишут.",
                "Переменная NOT_SET_7 не задана",
                "Нужно целое число от 0.",
                "Нужно число от 0 до 1",
            ],
        ),
    ],
)
def test_asks_again_until_it_is_right(
    invoke: Invoke, path: Path, server: ModelServer, lang: str, complaints: list[str]
) -> None:
    said = answers(
        *("dsi", "ds-interview"),
        *("6", "localhost", server.url),
        *("sk-12 34", "NOT_SET_7"),
        "own model",
        *("-1", "3.5", "5"),
        *("2", "much", "0,25"),
    )
    result = invoke("init", path, "--lang", lang, stdin=said)
    assert result.exit_code == 0, result.output
    for complaint in complaints:
        assert complaint in result.stdout
    evaluation = Evaluation.read(path)
    assert evaluation.setups[0].model.model == "own model"
    assert evaluation.setups[0].model.key_env == "NOT_SET_7"
    assert evaluation.gates.fail_under == 0.25


@pytest.mark.parametrize("key", ["gsk_" + "aB3" * 17, "0123456789abcdef" * 2, "a" * 40, "A" * 65])
def test_a_key_in_place_of_its_variable_is_neither_said_nor_written(
    invoke: Invoke, path: Path, server: ModelServer, key: str
) -> None:
    said = answers("", server.url, key, "-", "", "", "")
    result = invoke("init", path, stdin=said)
    assert result.exit_code == 0, result.output
    assert "Not the key itself." in result.stdout
    assert f"variable {key}" not in result.stdout
    assert key not in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("lang", "complaint"), [("en", "without a name, a password"), ("ru", "без имени, пароля")]
)
@pytest.mark.parametrize(
    "address", ["http://me:hush@h/v1", "http://h/v1?key=hush", "http://h#hush"]
)
def test_an_address_with_a_password_is_refused(
    invoke: Invoke, path: Path, server: ModelServer, lang: str, complaint: str, address: str
) -> None:
    said = answers("", address, server.url, "-", "", "", "")
    result = invoke("init", path, "--lang", lang, stdin=said)
    assert result.exit_code == 0, result.output
    assert complaint in result.stdout
    assert "hush" not in path.read_text("utf-8")


def test_the_servers_names_cannot_command_the_terminal(
    invoke: Invoke, path: Path, server: ModelServer
) -> None:
    server.models = ["a\x1b[2J", "b\nc", "d\u202ee", "fine"]
    result = invoke("init", path, stdin=answers("", server.url, "-", "", "", ""))
    assert "The server has:\n  1. fine\nModel" in result.stdout
    assert "\x1b" not in result.output
    assert Evaluation.read(path).setups[0].model.model == "fine"


def test_presets_bring_their_address_and_key(
    invoke: Invoke, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for preset in PRESETS:
        if preset.key_env:
            monkeypatch.delenv(preset.key_env, raising=False)
    for number, preset in enumerate(PRESETS, 1):
        result = invoke("init", path, stdin=answers("", number, "", "m", "", ""))
        assert result.exit_code == 0, result.output
        model = Evaluation.read(path).setups[0].model
        assert (model.base_url, model.key_env) == (preset.base_url, preset.key_env)
        path.unlink()


def test_the_key_is_sent_and_not_written(
    invoke: Invoke, path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOP_KEY", "sk-loop-7")
    result = invoke("init", path, stdin=answers("", server.url, "LOOP_KEY", "", "", ""))
    assert "1. big" in result.stdout
    assert Evaluation.read(path).setups[0].model.model == "big"
    assert "sk-loop-7" not in result.output + path.read_text("utf-8")


def test_a_server_that_has_no_list(invoke: Invoke, path: Path, server: ModelServer) -> None:
    gone = server.url
    server.__exit__(None, None, None)
    try:
        result = invoke("init", path, stdin=answers("", gone, "-", "own", "", ""))
    finally:
        server.__enter__()
    assert result.exit_code == 0, result.output
    assert "The server has" not in result.stdout
    assert Evaluation.read(path).setups[0].model.model == "own"


def test_a_long_list_is_cut(invoke: Invoke, path: Path, server: ModelServer) -> None:
    server.models = [f"model-{n:02}" for n in range(40)]
    result = invoke("init", path, stdin=answers("", server.url, "-", "40", "", ""))
    assert "  15. model-14\n  … and 25 more\n" in result.stdout
    assert Evaluation.read(path).setups[0].model.model == "model-39"


def test_never_overwrites(invoke: Invoke, path: Path, refused: Callable[[Result], str]) -> None:
    path.write_text("mine")
    for arguments in ([], ["--yes"]):
        said = refused(invoke("init", path, *arguments))
        assert "eval.yaml: is there already; name another file, or remove it" in said
    assert path.read_text() == "mine"


def test_a_folder_that_is_not_there(
    invoke: Invoke, tmp_path: Path, refused: Callable[[Result], str]
) -> None:
    said = refused(invoke("init", tmp_path / "no" / "eval.yaml", "--yes"))
    assert "eval.yaml: cannot be written: No such file or directory" in said


def test_the_end_of_the_input_writes_nothing(invoke: Invoke, path: Path) -> None:
    result = invoke("init", path, stdin=answers("", "1"))
    assert result.exit_code == 1
    assert not path.exists()


def test_schema(invoke: Invoke, path: Path) -> None:
    result = invoke("init", path, "--schema")
    assert json.loads(result.stdout) == evaluation_schema()
    assert not path.exists()
