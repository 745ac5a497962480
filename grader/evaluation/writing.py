"""An evaluation file to begin with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

__all__ = ["PRESETS", "Beginning", "Preset"]

_PLAIN = re.compile(r"[A-Za-z][\w./@+-]*(:[\w./@+-]+)*", re.ASCII)
# What other readers of YAML take for something else than a text.
_NO_TEXT = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])


@dataclass(frozen=True)
class Preset:
    """A kind of server.

    Attributes:
        base_url: where it is unless told otherwise; None for OpenAI's own.
        key_env: the variable that its key is usually in, None if it needs none.
        model: one that it may have.
    """

    name: str
    base_url: str | None
    key_env: str | None
    model: str


PRESETS = (
    Preset("Ollama", "http://localhost:11434/v1", None, "llama3.2"),
    Preset("llama.cpp", "http://localhost:8080/v1", None, "default"),
    Preset("vLLM", "http://localhost:8000/v1", None, "Qwen/Qwen2.5-1.5B-Instruct"),
    Preset("OpenAI", None, "OPENAI_API_KEY", "gpt-4o-mini"),
    Preset(
        "OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai/gpt-4o-mini"
    ),
)
"""The servers that are offered; the first one runs here and needs no key."""

_COMMENTS = {
    "ru": {
        "what": "Оценка моделей; выполняет её команда grader run.",
        "schema": "Подсказки в редакторе: grader init --schema > eval.schema.json",
        "paths": "Пути считаются от этого файла.",
        "bank": "встроенный банк, папка или файл",
        "limit": "столько первых вопросов",
        "topics": "только эти темы",
        "language": "задавать вопросы на этом языке, а не на языке банка",
        "samples": "сколько раз задать каждый вопрос; больше одного — с температурой выше 0",
        "models": "все отвечают на одни и те же вопросы",
        "key": "переменная окружения с ключом; самого ключа здесь быть не должно",
        "price": "деньги за миллион токенов: прочитанных, написанных",
        "second": "вторая модель, чтобы сравнить её с первой",
        "prompts": "каждая модель отвечает на каждый вариант запроса",
        "tier": "fast быстрее, thorough точнее",
        "budget": "не больше на все модели вместе",
        "gates": "чего должна достичь каждая модель, баллы от 0 до 1",
        "baseline": "не хуже этого запуска: скопируйте сюда results/ИМЯ/run",
        "out": "ответы, запуски и отчёты",
    },
    "en": {
        "what": 'An evaluation of models; "grader run" carries it out.',
        "schema": "Help in your editor: grader init --schema > eval.schema.json",
        "paths": "Paths are relative to this file.",
        "bank": "a bundled bank, a folder or a file",
        "limit": "the first so many questions",
        "topics": "only these topics",
        "language": "ask in this language, not in the bank's own (that of ds-interview is Russian)",
        "samples": "ask every question so often; more than once with a temperature above 0",
        "models": "all are asked the same questions",
        "key": "the environment variable with the key; never the key itself",
        "price": "money per million tokens: read, written",
        "second": "a second model, to compare it with the first",
        "prompts": "every model answers every one of them",
        "tier": "fast is quicker, thorough is more exact",
        "budget": "no more than this for all models together",
        "gates": "what every model has to reach, scores of 0 to 1",
        "baseline": "no worse than this run: copy results/NAME/run there",
        "out": "answers, runs and reports",
    },
}


@dataclass(frozen=True)
class Beginning:
    """What a new file is to say.

    Attributes:
        limit: how many questions; None for all.
        fail_under: the gate, 0..1; None for none.
    """

    bank: str
    model: str
    base_url: str | None
    key_env: str | None
    limit: int | None
    fail_under: float | None

    def text(self, lang: str) -> str:
        """The file, with comments in a language."""
        c = _COMMENTS[lang]
        url = f"    base_url: {_text(self.base_url)}\n" if self.base_url else ""
        limit, gate = self.limit or 20, 0.5 if self.fail_under is None else self.fail_under
        return f"""\
# yaml-language-server: $schema=eval.schema.json
# {c["what"]}
# {c["schema"]}
# {c["paths"]}

bank: {_text(self.bank)}  # {c["bank"]}
{_unless(self.limit)}questions:
{_unless(self.limit)}  limit: {limit}  # {c["limit"]}
  # topics: [sql]  # {c["topics"]}
# language: en  # {c["language"]}
samples: 1  # {c["samples"]}

models:  # {c["models"]}
  - model: {_text(self.model)}
{url}    {_unless(self.key_env)}key_env: {self.key_env or "MY_KEY"}  # {c["key"]}
    params:
      temperature: 0
      max_tokens: 512
    # price: {{read: 0.15, written: 0.60}}  # {c["price"]}
  # - model: another  # {c["second"]}

# prompts:  # {c["prompts"]}
#   - name: brief
#     system: prompts/brief.txt

grading:
  tier: thorough  # {c["tier"]}

# budget:  # {c["budget"]}
#   tokens: 100000

{_unless(self.fail_under)}gates:  # {c["gates"]}
{_unless(self.fail_under)}  fail_under: {gate:g}
  # topics: {{sql: 0.4}}
  # no_worse_than: baseline  # {c["baseline"]}
  # margin: 0.02

out: results  # {c["out"]}
"""


def _unless(value: object) -> str:
    """What makes a line a comment if there is no value."""
    return "# " if value is None else ""


def _text(value: str) -> str:
    """A text as every reader of YAML takes it."""
    if _PLAIN.fullmatch(value) and value.casefold() not in _NO_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
