"""``grader run``: an evaluation file carried out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.collecting import Limits, collect_into
from grader.cli.grading import finished, grade
from grader.cli.options import interface_language, lang_option
from grader.cli.topics import on_topics

if TYPE_CHECKING:
    from grader.engine import Scoring
    from grader.evaluation import Plan, Result, System
    from grader.llm import Collected
    from grader.report import Report
    from grader.run import Run

__all__ = ["command"]

_TEXTS = {
    "ru": {
        "system": "\n{name}: {n} из {of}",
        "where": "Отчёты:",
        "would": "{name}: {address}, {asked}; не больше токенов: {prompt} на входе, "
        "{completion} на выходе{money}",
        "there": "уже есть: {n}",
        "untold": "  нет на языке «{language}», пропущено: {n}",
        "money": ", не дороже {money}",
        "total": "Всего: {asked}; не больше {tokens} токенов{money}",
        "budget": "Остановится, не превысив бюджет: {limits}",
        "limit_tokens": "токенов — {n}",
        "limit_money": "денег — {n}",
        "nothing": "Никто ни о чём не спрошен.",
    },
    "en": {
        "system": "\n{name}: {n} of {of}",
        "where": "Reports:",
        "would": "{name}: {address}, {asked}; at most {prompt} tokens read, {completion} "
        "written{money}",
        "there": "already there: {n}",
        "untold": "  not there in '{language}', left out: {n}",
        "money": ", at a cost of at most {money}",
        "total": "In all: {asked}; at most {tokens} tokens{money}",
        "budget": "It will stop before it passes the budget: {limits}",
        "limit_tokens": "{n} tokens",
        "limit_money": "{n} in money",
        "nothing": "Nobody was asked anything.",
    },
}
_CENTS = 4


@click.command("run")
@click.argument("file", metavar="[EVAL.YAML]", default="eval.yaml")
@click.option(
    "--out",
    metavar="DIR",
    help="Keep answers, runs and reports here; by default where the file says.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Only this model. May be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked; ask nothing.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that grade; by default one a core where there are answers enough.",
)
@lang_option
def command(
    file: str,
    out: str | None,
    only: tuple[str, ...],
    dry_run: bool,
    workers: int | None,
    lang: str | None,
) -> None:
    """Ask models, grade their answers, compare them and hold them to gates, as eval.yaml says.

    The same command goes on with what was interrupted: nothing is asked or graded twice. Exits
    with 1 if a gate is not passed or answers are missing, with 2 if a model could not be asked;
    the others are evaluated nevertheless. "grader init" writes a file; docs/eval.md explains it.
    """
    from grader.evaluation import compare, exit_status, print_summary, write_reports
    from grader.report import make_console

    language = interface_language(lang)
    plan = _plan(file, out, only, language)
    if dry_run:
        _say_plan(plan, language)
        return
    results = [
        _evaluated(plan, system, number, workers, language)
        for number, system in enumerate(plan.systems, 1)
    ]
    comparison = compare(plan, results)
    paths = write_reports(plan, results, comparison, lang=language)
    print_summary(plan, results, comparison, make_console(), lang=language)
    click.echo("\n".join([_TEXTS[language]["where"], *(f"  {path}" for path in paths)]))
    if status := exit_status(results):
        raise click.exceptions.Exit(status)


def _plan(file: str, out: str | None, only: tuple[str, ...], language: str) -> Plan:
    from grader.errors import BankError
    from grader.evaluation import Evaluation, make_plan

    evaluation = Evaluation.read(file)
    bank = evaluation.bank()
    wanted = evaluation.file.questions
    try:
        questions = on_topics(bank, wanted.topics, language)[: wanted.limit]
    except BankError as error:
        raise evaluation.top.at("questions", "topics").error(error.what) from error
    folder = Path(evaluation.beside(evaluation.file.out) if out is None else out)
    return make_plan(evaluation, bank, questions, out=folder, only=only)


def _evaluated(
    plan: Plan, system: System, number: int, workers: int | None, language: str
) -> Result:
    """Ask and grade one system; what goes wrong is no matter of the others."""
    from grader.errors import GraderError
    from grader.evaluation import Kept, Result

    title = _TEXTS[language]["system"]
    _say(title.format(name=system.name, n=number, of=len(plan.systems)), err=True)
    failure = graded = collected = None
    kept = Kept()
    try:
        collected = _collect(plan, system, language)
    except GraderError as error:
        failure = str(error)
    try:
        kept = plan.kept(system)
        if not kept.ids and collected is not None and collected.failed:
            failure = next(iter(collected.failed.values()))
        if kept.ids and failure is None:
            graded = _graded(plan, system, workers, language)
    except GraderError as error:
        failure = failure or str(error)
    if failure is not None:
        _say(f"grader: {failure}", err=True)
    return Result(system, kept, graded, failure, collected)


def _say(text: str, *, err: bool = False) -> None:
    """Print what files and servers may have named, with control characters made harmless."""
    from grader.report.marking import visible

    click.echo(visible(text), err=err)


def _collect(plan: Plan, system: System, language: str) -> Collected:
    allowance = plan.allowance(system)
    return collect_into(
        system.answers,
        system.client,
        system.setup.job,
        plan.bank.name,
        plan.questions,
        limits=Limits(
            plan.evaluation.file.concurrency,
            allowance.tokens,
            allowance.money,
            system.setup.price,
        ),
        language=language,
        say_next=False,
    )


def _graded(plan: Plan, system: System, workers: int | None, language: str) -> tuple[Run, Report]:
    scoring = _scoring(plan, system)
    found = finished(scoring, system.run, plan.gates, language)
    return found or grade(
        scoring,
        system.run,
        plan.gates,
        language,
        workers=workers,
        restart=_outdated(scoring, system.run),
    )


def _outdated(scoring: Scoring, folder: Path) -> bool:
    """Whether an unfinished run lies there that is of other answers, or was graded otherwise."""
    from grader.engine.workspace import Workspace
    from grader.errors import RunError

    try:
        unfinished = Workspace(folder).plan()
    except RunError:
        return True  # it cannot be read
    return unfinished is not None and not scoring.makes({"identity": unfinished.identity})


def _scoring(plan: Plan, system: System) -> Scoring:
    from grader.answers import AnswerSource
    from grader.engine import Scoring

    source = AnswerSource(str(system.answers), mapping={}, known_questions=plan.bank.questions)
    return Scoring(plan.recipe, source, system.run, options=plan.evaluation.recorded())


def _say_plan(plan: Plan, language: str) -> None:
    """What would be asked, at what cost at most; what is there already costs nothing."""
    from grader.report import messages

    texts, m = _TEXTS[language], messages(language)
    n_asks = n_there = tokens = 0
    prices: list[float | None] = []
    for system in plan.systems:
        kept = plan.kept(system)
        worst = system.worst(kept)
        prices.append(system.money(worst))
        n_asks, n_there = n_asks + len(system.asks), n_there + len(kept.ids)
        tokens += worst.prompt + worst.completion
        line = texts["would"].format(
            name=system.name,
            address=system.address,
            asked=_asked(len(system.asks), len(kept.ids), language),
            prompt=m.number(worst.prompt),
            completion=m.number(worst.completion),
            money=_at_most(prices[-1], language),
        )
        _say(line)
        if system.untold:
            language_asked = plan.evaluation.file.language
            click.echo(texts["untold"].format(language=language_asked, n=len(system.untold)))
    money = None if None in prices else sum(price or 0.0 for price in prices)
    asked, numbers = _asked(n_asks, n_there, language), m.number(tokens)
    line = texts["total"].format(asked=asked, tokens=numbers, money=_at_most(money, language))
    click.echo(line)
    _say_budget(plan, language)
    click.echo(texts["nothing"])


def _asked(n: int, there: int, language: str) -> str:
    """How many answers, and how many of them are there already."""
    from grader.report import messages

    text = messages(language).count("n_answers", n)
    return f"{text} ({_TEXTS[language]['there'].format(n=there)})" if there else text


def _at_most(money: float | None, language: str) -> str:
    from grader.report import messages

    if money is None:
        return ""
    shown = messages(language).number(money, _CENTS)
    return _TEXTS[language]["money"].format(money=shown)


def _say_budget(plan: Plan, language: str) -> None:
    from grader.report import messages

    texts, m, budget = _TEXTS[language], messages(language), plan.evaluation.file.budget
    limits = []
    if budget.tokens is not None:
        limits.append(texts["limit_tokens"].format(n=m.number(budget.tokens)))
    if budget.money is not None:
        limits.append(texts["limit_money"].format(n=m.number(budget.money, _CENTS)))
    if limits:
        click.echo(texts["budget"].format(limits=", ".join(limits)))
