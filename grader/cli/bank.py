"""``grader bank``: list, show, check, judge banks; print their JSON Schemas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from grader.cli.options import (
    bank_option,
    grades_options,
    interface_language,
    lang_option,
    rubrics_option,
)

if TYPE_CHECKING:
    from grader.bank import Bank
    from grader.model import Pattern, Question
    from grader.report.items import PointSuggestions
    from grader.run import Run

__all__ = ["command"]


@click.group("bank")
def command() -> None:
    """List, show, check and judge question banks."""


@command.command("list")
@click.argument("bank", required=False)
@lang_option
def list_(bank: str | None, lang: str | None) -> None:
    """List the bundled banks, or the questions of BANK (a name or a path)."""
    from grader.bank import Bank

    language = interface_language(lang)
    if bank is None:
        for name in Bank.bundled():
            loaded = Bank.load(name)
            topics = {topic for q in loaded.questions.values() for topic in q.topics}
            title = loaded.title.get(language, "")
            counts = {
                "ru": f"вопросов: {len(loaded.questions)}, тем: {len(topics)}",
                "en": f"{len(loaded.questions)} questions, {len(topics)} topics",
            }[language]
            click.echo(f"{name}  {title}  ({counts})")
        return
    loaded = Bank.load(bank)
    width = max(len(id) for id in loaded.questions)
    for question in loaded.questions.values():
        click.echo(f"{question.id:<{width}}  {_text(question, language)}")


@command.command("show")
@click.argument("question_id", required=False)
@bank_option
@rubrics_option
@lang_option
def show(question_id: str | None, bank: str, rubrics: str | None, lang: str | None) -> None:
    """Show one question with its references and rubric, or the bank by topic."""
    from grader.bank import Bank

    language = interface_language(lang)
    loaded = Bank.load(bank, rubrics)
    if question_id is None:
        _show_topics(loaded, language)
    else:
        _show_question(loaded.question(question_id), language)


@command.command("lint")
@click.argument("bank", default="ds-interview")
@rubrics_option
@click.option("--strict", is_flag=True, help="Exit with 1 if there is any finding.")
def lint(bank: str, rubrics: str | None, strict: bool) -> None:
    """Check BANK and its rubrics for what is legal but doubtful.

    Tries every keyword on the question (it must not fire: repeating the question is no merit) and
    on the reference (it must), and every misconception on the reference (it must not).
    """
    from grader.bank import Bank
    from grader.bank import lint as check
    from grader.engine import Grader

    loaded = Bank.load(bank, rubrics)
    findings = check(loaded, Grader(loaded, encoder=None).coverage)
    for finding in findings:
        click.echo(f"{finding.question_id}: {finding.level}: {finding.message}")
    click.echo(f"{len(loaded.questions)} questions checked, {len(findings)} findings", err=True)
    if strict and findings:
        raise click.exceptions.Exit(1)


@command.command("stats")
@click.argument("run", metavar="RUN")
@click.option("--human", metavar="FIELD", help="Column of human grades: they tell good answers.")
@grades_options("that column")
@click.option(
    "--bank",
    metavar="NAME|PATH",
    help="The bank with its keywords; by default the one of the run.",
)
@rubrics_option
@click.option(
    "--to",
    "targets",
    multiple=True,
    metavar="FILE",
    help="Write the statistics here; .md, .json or .csv. May be repeated.",
)
@lang_option
def stats(
    run: str,
    human: str | None,
    grades: str | None,
    scale: float | None,
    bank: str | None,
    rubrics: str | None,
    targets: tuple[str, ...],
    lang: str | None,
) -> None:
    """Judge the questions and key points of a bank by the grades of RUN.

    For each question facility and discrimination, for each key point how often it fires and
    whether it goes with the rest of the score, for the bank Cronbach's alpha, and terms that could
    be keywords. docs/items.md explains them.
    """
    from grader.errors import RunError
    from grader.report import make_console
    from grader.report.items import answer_grades, build_items, export_items, print_items
    from grader.review import GradeColumns
    from grader.run import Run

    language = interface_language(lang)
    loaded = Run.read(run).loaded()
    if grades is not None and human is None:
        raise RunError("--human FIELD tells which column of --grades holds the grades")
    people = None
    if human is not None:
        numbers = GradeColumns(tuple(loaded.grades), run, grades).numbers(human)
        people = answer_grades(loaded, numbers, human, scale=scale)
    report = build_items(
        loaded, people, field=human, suggestions=_suggestions(loaded, people, bank, rubrics)
    )
    if not targets:
        print_items(loaded, report, make_console(), lang=language)
    for target in targets:
        export_items(loaded, report, target, lang=language)
        click.echo(target)


def _suggestions(
    run: Run, people: list[float | None] | None, bank: str | None, rubrics: str | None
) -> tuple[PointSuggestions, ...] | None:
    """Terms for keywords; None if the run does not say its bank, or that is gone."""
    from grader.bank import Bank
    from grader.cli.suggestions import suggest_terms
    from grader.errors import BankError

    options = run.manifest.get("options")
    told = options if isinstance(options, dict) else {}
    name = bank or told.get("bank")
    if not isinstance(name, str):
        return None
    own = told.get("rubrics")
    kept = own if isinstance(own, str) and not bank else None
    try:
        loaded = Bank.load(name, rubrics or kept)
    except BankError as error:
        if bank or rubrics:
            raise
        click.echo(f"no keywords suggested, --bank tells the bank: {error}", err=True)
        return None
    return suggest_terms(run, loaded, people or [grade.score for grade in run.grades])


@command.command("schema")
@click.argument(
    "kind",
    type=click.Choice(
        ["bank", "questions", "rubrics", "report", "validation", "items", "comparison"]
    ),
)
def schema(kind: str) -> None:
    """Print the JSON Schema of a kind of file, for editors and checkers."""
    from grader.bank import schema as bank_schema
    from grader.report import report_schema
    from grader.report.comparison import comparison_schema
    from grader.report.items import items_schema
    from grader.report.validation import validation_schema

    of_reports = {
        "report": report_schema,
        "validation": validation_schema,
        "items": items_schema,
        "comparison": comparison_schema,
    }
    found = of_reports[kind]() if kind in of_reports else bank_schema(kind)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _text(question: Question, language: str) -> str:
    translation = question.translations.get(language)
    return translation.question if translation else question.text


def _show_topics(bank: Bank, language: str) -> None:
    by_topic: dict[str, list[Question]] = {}
    for question in bank.questions.values():
        by_topic.setdefault(question.topics[0], []).append(question)
    for topic, questions in by_topic.items():
        click.secho(f"{bank.topic_title(topic, language)} ({len(questions)})", bold=True)
        for question in questions:
            click.echo(f"  {question.id}: {_text(question, language)}")


def _show_question(question: Question, language: str) -> None:
    translation = question.translations.get(language)
    references = translation.references if translation else question.references
    click.secho(_text(question, language), bold=True)
    click.echo(" ".join(f"#{topic}" for topic in question.topics))
    for reference in references or question.references:
        click.echo(f"\n{reference}")
    if question.rubric is None:
        return
    click.echo()
    for point in question.rubric.key_points:
        cap = f"  (cap without: {point.cap_without:g})" if point.cap_without is not None else ""
        text = point.translations.get(language, point.text)
        click.echo(f"[{point.weight:g}] {point.id}: {text}{cap}")
        for pattern in point.keywords:
            click.secho(f"      {_pattern(pattern)}", dim=True)
    for misconception in question.rubric.misconceptions:
        text = misconception.translations.get(language, misconception.text)
        click.echo(f"[−{misconception.cost:g}] {misconception.id}: {text}")
        for pattern in misconception.keywords:
            click.secho(f"      {_pattern(pattern)}", dim=True)


def _pattern(pattern: Pattern) -> str:
    from grader.model import AllOf, AnyOf, Near, Regex

    match pattern:
        case AnyOf(phrases):
            return " | ".join(phrases)
        case AllOf(parts):
            return " + ".join(f"({_pattern(part)})" for part in parts)
        case Near(parts, within):
            return f" ~{within}~ ".join(f"({_pattern(part)})" for part in parts)
        case Regex(expression):
            return f"/{expression}/"
