"""``grader collect``: a model's answers to the questions of a bank."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from grader.cli.collecting import Limits, collect_into
from grader.cli.options import bank_option, interface_language, lang_option
from grader.cli.topics import on_topics

if TYPE_CHECKING:
    from grader.llm import Price

__all__ = ["command"]

_WHOLE = frozenset(["max_completion_tokens", "max_tokens", "seed"])


def _params(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, Any]:
    found = {}
    for value in values:
        name, separator, text = value.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"'{value}' is not NAME=VALUE, such as top_p=0.9")
        try:
            found[name] = json.loads(text, parse_constant=str)
        except json.JSONDecodeError:
            found[name] = text
    return found


def _check_fields(params: Mapping[str, Any]) -> None:
    from grader.llm.client import RESERVED
    from grader.llm.key import is_secret

    for name, value in params.items():
        if name in RESERVED:
            raise click.UsageError(f"--param {name} is set by grader; leave it out")
        if is_secret(name):
            raise click.UsageError("a key is no --param; --key-env or --key-file say where it is")
        if name in _WHOLE and type(value) is not int:
            raise click.UsageError(f"--param {name} is a whole number")
        if isinstance(value, float) and not math.isfinite(value):
            raise click.UsageError(f"{name} is a number, not {value}")


def _price(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> tuple[float, float] | None:
    if value is None:
        return None
    try:
        read, written = (float(part) for part in value.split(":"))
    except ValueError:
        raise click.BadParameter(f"'{value}' is not READ:WRITTEN, such as 0.15:0.60") from None
    if not (0 <= read < math.inf and 0 <= written < math.inf):
        raise click.BadParameter("a price is a number and not below 0")
    return read, written


@click.command("collect")
@bank_option
@click.option("--model", required=True, metavar="NAME", help="The model, as the server knows it.")
@click.option(
    "--base-url",
    metavar="URL",
    help="A server that speaks OpenAI's protocol, such as http://localhost:8080/v1; by default "
    "what OPENAI_BASE_URL says, else OpenAI.",
)
@click.option(
    "--out", required=True, metavar="FILE", help="Add the answers to this JSON Lines file."
)
@click.option(
    "--respondent", metavar="NAME", help="What to call whose answers these are; by default MODEL."
)
@click.option("--key-env", metavar="NAME", help="The environment variable that holds the key.")
@click.option("--key-file", metavar="FILE", help="Or the file that holds it.")
@click.option("--system", metavar="FILE", help="The system prompt; an empty file for none.")
@click.option("--template", metavar="FILE", help="The message, with {{ question }} in it (Jinja).")
@click.option(
    "--questions-in", metavar="LANG", help="Ask in this language; by default the questions' own."
)
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Only this topic.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N questions.")
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Ask every question so often; needs a temperature above 0.",
)
@click.option(
    "--temperature", type=click.FloatRange(0), default=0.0, show_default=True, metavar="T"
)
@click.option("--seed", type=int, metavar="N", help="Goes up by one with each sample.")
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=1024,
    show_default=True,
    metavar="N",
    help="The longest answer.",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    callback=_params,
    metavar="NAME=VALUE",
    help="A further field of the request; null leaves one out, as in temperature=null.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    metavar="N",
    help="Requests at the same time.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    metavar="S",
    help="Seconds that one request may take.",
)
@click.option(
    "--retries",
    type=click.IntRange(0),
    default=6,
    show_default=True,
    metavar="N",
    help="How often to ask again after a fault that may pass.",
)
@click.option(
    "--budget-tokens", type=click.IntRange(1), metavar="N", help="The most tokens for the file."
)
@click.option(
    "--budget-money",
    type=click.FloatRange(0, min_open=True),
    metavar="M",
    help="The most money for the file; needs --price.",
)
@click.option(
    "--price",
    callback=_price,
    metavar="READ:WRITTEN",
    help="Money per million tokens, such as 0.15:0.60.",
)
@lang_option
def command(**options: Any) -> None:
    """Ask a language model the questions of a bank and keep its answers.

    Every answer is added to the file as it comes. The same command goes on with what is missing
    and asks nothing twice. The questions, and nothing else, go to the server that you name.
    """
    _Asked(**options).run()


@dataclass(frozen=True)
class _Asked:
    """What the command line says."""

    bank: str
    model: str
    base_url: str | None
    out: str
    respondent: str | None
    key_env: str | None
    key_file: str | None
    system: str | None
    template: str | None
    questions_in: str | None
    topics: tuple[str, ...]
    limit: int | None
    samples: int
    temperature: float
    seed: int | None
    max_tokens: int
    params: dict[str, Any]
    concurrency: int
    timeout: float
    retries: int
    budget_tokens: int | None
    budget_money: float | None
    price: tuple[float, float] | None
    lang: str | None

    def run(self) -> None:
        from grader.bank import Bank
        from grader.llm import Client, Endpoint, Job, Prompt, read_key

        params = self._request_fields()
        if not self.model.strip():
            raise click.UsageError("--model needs a name")
        price = self._price()
        key = read_key(self.key_env, self.key_file, base_url=self.base_url)
        job = Job(
            Endpoint(self.model, self.base_url, self.timeout, self.retries),
            Prompt.read(self.system, self.template),
            self.respondent,
            self.questions_in,
            self.samples,
            params,
        )
        bank = Bank.load(self.bank)
        language = interface_language(self.lang)
        collected = collect_into(
            self.out,
            Client(job.endpoint, key=key),
            job,
            bank.name,
            on_topics(bank, self.topics, language)[: self.limit],
            limits=Limits(self.concurrency, self.budget_tokens, self.budget_money, price),
            language=language,
        )
        if collected.missing:
            raise click.exceptions.Exit(1)

    def _request_fields(self) -> dict[str, Any]:
        """The fields of a request besides model and messages."""
        own = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        params = {name: value for name, value in (own | self.params).items() if value is not None}
        if "max_completion_tokens" in self.params:
            params.pop("max_tokens", None)
        _check_fields(params)
        limited = params.keys() & {"max_tokens", "max_completion_tokens"}
        if (self.budget_tokens or self.budget_money) and not limited:
            raise click.UsageError("a budget needs --max-tokens, or nobody knows what is to come")
        if self.samples > 1 and params.get("temperature") == 0:
            raise click.UsageError(
                f"{self.samples} samples at temperature 0 would be the same answer; give "
                "--temperature, such as 0.7"
            )
        return params

    def _price(self) -> Price | None:
        from grader.llm import Price

        if self.budget_money is not None and self.price is None:
            raise click.UsageError("--budget-money needs --price")
        return None if self.price is None else Price(*self.price)
