"""``grader init``: an evaluation file written by asking."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from grader.cli.options import interface_language, lang_option

if TYPE_CHECKING:
    from grader.evaluation import Beginning, Preset

__all__ = ["command"]

_TEXTS = {
    "ru": {
        "bank": "Банк вопросов: имя, папка или файл",
        "servers": "Где модель:",
        "server": "Номер или адрес сервера",
        "no_server": "Номер от 1 до {n} или адрес, например http://localhost:8080/v1: без имени, "
        "пароля и параметров.",
        "key": "Переменная окружения с ключом («-» — ключ не нужен)",
        "no_key": "Нужно имя переменной из заглавных букв, цифр и _, например OPENAI_API_KEY. "
        "Сам ключ сюда не пишут.",
        "unset": "Переменная {name} не задана; задайте её перед grader run.",
        "models": "На сервере есть:",
        "more": "  … и ещё {n}",
        "model": "Модель: имя или номер",
        "limit": "Сколько вопросов задать (0 — все)",
        "no_limit": "Нужно целое число от 0.",
        "gate": "Средний балл, ниже которого сборка не пройдёт, от 0 до 1 («-» — без порога)",
        "no_gate": "Нужно число от 0 до 1, например 0.5.",
        "written": "Записано: {path}\nЧто будет спрошено: grader run {path} --dry-run\n"
        "Спросить и оценить: grader run {path}",
    },
    "en": {
        "bank": "Question bank: a name, a folder or a file",
        "servers": "Where the model is:",
        "server": "Number, or the server's address",
        "no_server": "A number from 1 to {n}, or an address such as http://localhost:8080/v1: "
        "without a name, a password or a query.",
        "key": "Environment variable with the key ('-' if it needs none)",
        "no_key": "The name of a variable, of capitals, digits and _, such as OPENAI_API_KEY. "
        "Not the key itself.",
        "unset": "The variable {name} is not set; set it before grader run.",
        "models": "The server has:",
        "more": "  … and {n} more",
        "model": "Model: its name or number",
        "limit": "How many questions to ask (0 for all)",
        "no_limit": "A whole number from 0.",
        "gate": "Mean score below which the build fails, 0 to 1 ('-' for no gate)",
        "no_gate": "A number from 0 to 1, such as 0.5.",
        "written": "Written: {path}\nWhat would be asked: grader run {path} --dry-run\n"
        "Ask and grade: grader run {path}",
    },
}
_NONE = "-"
_LIMIT, _GATE = 20, 0.5
_SHOWN = 15
_PATIENCE = 3.0

T = TypeVar("T")


@click.command("init")
@click.argument("file", metavar="[EVAL.YAML]", default="eval.yaml")
@click.option("--yes", is_flag=True, help="Ask nothing; take what would be offered.")
@click.option("--schema", is_flag=True, help="Print the file's JSON Schema instead, for editors.")
@lang_option
def command(file: str, yes: bool, schema: bool, lang: str | None) -> None:
    """Write a file for "grader run", asking what belongs into it.

    An existing file is never overwritten. The models that a server has are looked up there, unless
    --yes is given.
    """
    from grader.evaluation import evaluation_schema

    if schema:
        click.echo(json.dumps(evaluation_schema(), ensure_ascii=False, indent=2))
        return
    language = interface_language(lang)
    path = Path(file)
    _refuse_existing(path)
    beginning = _defaults() if yes else _Asking(language).all(path)
    _write(path, beginning.text(language))
    click.echo(_TEXTS[language]["written"].format(path=path))


def _refuse_existing(path: Path) -> None:
    from grader.errors import GraderError

    if path.exists() or path.is_symlink():
        raise GraderError("is there already; name another file, or remove it", path=path)


def _write(path: Path, text: str) -> None:
    from grader.errors import GraderError

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise GraderError(f"cannot be written: {error.strerror}", path=path) from error


def _defaults() -> Beginning:
    from grader.evaluation import PRESETS, Beginning

    preset = PRESETS[0]
    key = preset.key_env
    return Beginning("ds-interview", preset.model, preset.base_url, key, _LIMIT, _GATE)


class _Asking:
    """The questions, in one language."""

    def __init__(self, language: str) -> None:
        self._texts = _TEXTS[language]

    def all(self, path: Path) -> Beginning:
        """Ask everything."""
        from grader.evaluation import Beginning

        bank = self._ask("bank", "ds-interview", lambda text: _bank(text, path))
        base_url, preset = self._server()
        key_env = self._ask("key", (preset and preset.key_env) or _NONE, self._key)
        if key_env is not None and key_env not in os.environ:
            click.echo(self._texts["unset"].format(name=key_env))
        model = self._model(base_url, key_env, preset)
        limit = self._ask("limit", str(_LIMIT), self._limit)
        gate = self._ask("gate", str(_GATE), self._gate)
        return Beginning(bank, model, base_url, key_env, limit, gate)

    def _ask(self, key: str, default: str, read: Callable[[str], T]) -> T:
        """Until the reader takes it."""
        from grader.report.marking import visible

        while True:
            text: str = click.prompt(self._texts[key], default=default)
            try:
                return read(text.strip())
            except ValueError as error:
                click.echo(visible(str(error)))

    def _server(self) -> tuple[str | None, Preset | None]:
        from grader.errors import GraderError
        from grader.evaluation import PRESETS
        from grader.llm import Endpoint

        click.echo(self._texts["servers"])
        for number, preset in enumerate(PRESETS, 1):
            where = f" ({preset.base_url})" if preset.base_url else ""
            click.echo(f"  {number}. {preset.name}{where}")

        def read(text: str) -> tuple[str | None, Preset | None]:
            if text.isdecimal() and 1 <= int(text) <= len(PRESETS):
                chosen = PRESETS[int(text) - 1]
                return chosen.base_url, chosen
            try:
                Endpoint("model", text)
            except GraderError:
                raise self._wrong("no_server", n=len(PRESETS)) from None
            return text, None

        return self._ask("server", "1", read)

    def _model(self, base_url: str | None, key_env: str | None, preset: Preset | None) -> str:
        names = _models(base_url, key_env)
        if names:
            click.echo(self._texts["models"])
            for number, name in enumerate(names[:_SHOWN], 1):
                click.echo(f"  {number}. {name}")
            if len(names) > _SHOWN:
                click.echo(self._texts["more"].format(n=len(names) - _SHOWN))

        def read(text: str) -> str:
            if text.isdecimal() and 1 <= int(text) <= len(names):
                return names[int(text) - 1]
            return text

        offered = preset.model if preset else "default"
        return self._ask("model", offered if not names or offered in names else names[0], read)

    def _key(self, text: str) -> str | None:
        from grader.llm.key import is_variable

        if text == _NONE:
            return None
        if not is_variable(text):
            raise self._wrong("no_key")
        return text

    def _limit(self, text: str) -> int | None:
        if not text.isdecimal():
            raise self._wrong("no_limit")
        return int(text) or None

    def _gate(self, text: str) -> float | None:
        if text == _NONE:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise self._wrong("no_gate") from None
        if not 0 <= value <= 1:
            raise self._wrong("no_gate")
        return value

    def _wrong(self, key: str, **values: object) -> ValueError:
        return ValueError(self._texts[key].format(**values))


def _bank(text: str, path: Path) -> str:
    """The bank as the file will name it, once it is sure that it can be read."""
    from grader.bank import Bank
    from grader.errors import GraderError

    try:
        Bank.load(text)
    except GraderError as error:
        raise ValueError(str(error)) from None
    if text in Bank.bundled() or Path(text).is_absolute():
        return text
    return Path(os.path.relpath(text, path.parent)).as_posix()


def _models(base_url: str | None, key_env: str | None) -> list[str]:
    """What the server says it has and a terminal can show; nothing if it does not say."""
    try:
        import openai
    except ImportError:
        return []
    key = os.environ.get(key_env) if key_env else "none"
    if not key:
        return []
    try:
        with openai.OpenAI(
            api_key=key, base_url=base_url, timeout=_PATIENCE, max_retries=0
        ) as client:
            names = [model.id for model in client.models.list().data]
            return sorted(name for name in names if name.isprintable())
    except Exception:  # whatever it answers, the user can type a name
        return []
