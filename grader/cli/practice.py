"""``grader practice``: ask, read an answer, grade it, show the points."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

import click

from grader.cli.options import (
    bank_option,
    encoder_option,
    interface_language,
    lang_option,
    model_options,
    rubrics_option,
)
from grader.cli.topics import on_topics

if TYPE_CHECKING:
    from grader.bank import Bank
    from grader.model import Grade, Question
    from grader.review import Attempt, History

__all__ = ["command"]

_TEXTS = {
    "ru": {
        "how": "Ответ — сколько угодно строк, затем пустая. Сразу пустая строка: пропустить "
        "вопрос. Ctrl+D: закончить.",
        "number": "Вопрос {n} из {all}",
        "score": "Оценка: {score} из {scale:g}",
        "unjudged": "Оценить этот ответ не получилось.",
        "wrong": "Заблуждение: {text}",
        "reference": "Эталонный ответ",
        "skipped": "Пропущено.",
        "topics": "Как идут дела",
        "topic": "{topic}: в среднем {mean} из {scale:g}, последний ответ {last}",
        "flag": "Замечание: {flag}",
    },
    "en": {
        "how": "Write as many lines as you like, then an empty one. An empty line at once skips "
        "the question. Ctrl+D ends.",
        "number": "Question {n} of {all}",
        "score": "Score: {score} of {scale:g}",
        "unjudged": "This answer could not be judged.",
        "wrong": "Misconception: {text}",
        "reference": "Reference answer",
        "skipped": "Skipped.",
        "topics": "How it is going",
        "topic": "{topic}: {mean} of {scale:g} on average, last answer {last}",
        "flag": "Note: {flag}",
    },
}
_COVERED, _PARTLY = 0.7, 0.35


@click.command("practice")
@click.option("--topic", metavar="TOPIC", help="Only questions on this topic.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Stop after N questions.")
@bank_option
@rubrics_option
@encoder_option
@model_options
@lang_option
def command(
    topic: str | None,
    limit: int | None,
    bank: str,
    rubrics: str | None,
    encoder: str,
    tier: str,
    cross_encoder: str,
    calibration: str,
    lang: str | None,
) -> None:
    """Answer questions and see at once which points you made.

    Questions you have never tried come first, then those that went worst. Your attempts are kept
    on this machine only, in GRADER_HOME or the user's data folder.
    """
    from grader.bank import Bank
    from grader.engine import Recipe
    from grader.review import default_history, in_order_of_need

    language = interface_language(lang)
    texts = _TEXTS[language]
    loaded = Bank.load(bank, rubrics)
    history = default_history()
    chosen = on_topics(loaded, [topic] if topic else [], language)
    questions = in_order_of_need(chosen, history.attempts(loaded.name))[:limit]
    grader = Recipe.asked(
        loaded,
        encoder=encoder,
        tier=tier,
        cross_encoder=cross_encoder,
        calibration=calibration,
    ).grader()
    click.secho(texts["how"], dim=True)
    tried: list[Attempt] = []
    for number, question in enumerate(questions, 1):
        click.secho(f"\n{texts['number'].format(n=number, all=len(questions))}", dim=True)
        click.secho(_asked(question, language), bold=True)
        answer = _read_answer()
        if answer is None:
            break
        if not answer.strip():
            click.echo(texts["skipped"])
            continue
        grade = grader.grade(question.id, answer)
        _show(loaded, question, grade, language)
        tried.append(_keep(history, loaded, question, grade))
    _summary(loaded, tried, language)


def _asked(question: Question, language: str) -> str:
    translation = question.translations.get(language)
    return translation.question if translation else question.text


def _read_answer() -> str | None:
    """Lines up to an empty one; None at the end of the input."""
    stream = sys.stdin
    lines: list[str] = []
    while True:
        if stream.isatty():
            click.echo("> ", nl=False)
        line = _line(stream)
        if not line:
            return "\n".join(lines) if lines else None
        if not line.strip():
            return "\n".join(lines)
        lines.append(line.rstrip("\n"))


def _line(stream: TextIO) -> str:
    from grader.errors import GraderError

    try:
        line = stream.readline()
        line.encode()  # bytes that are no text come as half surrogate pairs in some locales
    except UnicodeError as error:
        raise GraderError("not UTF-8; set the terminal to it", path="standard input") from error
    return line


def _show(bank: Bank, question: Question, grade: Grade, language: str) -> None:
    from grader.report import messages

    texts = _TEXTS[language]
    m = messages(language, bank.scale)
    if grade.score is None:
        click.echo(texts["unjudged"])
    else:
        colour = "green" if grade.score >= 0.7 else "yellow" if grade.score >= 0.4 else "red"
        shown = texts["score"].format(score=m.score(grade.score), scale=bank.scale)
        click.secho(f"\n{shown}", fg=colour, bold=True)
    rubric = question.rubric
    for point in rubric.key_points if rubric else ():
        coverage = grade.points.get(point.id) or 0.0
        sign, colour = (
            ("✓", "green") if coverage >= _COVERED
            else ("◐", "yellow") if coverage >= _PARTLY
            else ("✗", "red")
        )  # fmt: skip
        click.secho(f"  {sign} ", fg=colour, nl=False)
        click.echo(point.translations.get(language, point.text))
    costly = {one.id: one for one in (rubric.misconceptions if rubric else ())}
    for hit in grade.misconceptions:
        text = costly[hit.id].translations.get(language, costly[hit.id].text)
        click.secho("  " + texts["wrong"].format(text=text), fg="red")
    for flag in grade.flags:
        click.secho("  " + texts["flag"].format(flag=m.flag(flag.name)), fg="yellow")
    translation = question.translations.get(language)
    references = (translation.references if translation else ()) or question.references
    if references:
        click.secho(f"\n{texts['reference']}", dim=True)
        click.echo(references[0])


def _keep(history: History, bank: Bank, question: Question, grade: Grade) -> Attempt:
    from grader.review import Attempt

    attempt = Attempt(
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        bank=bank.name,
        question_id=question.id,
        topics=question.topics,
        score=grade.score,
        answer=grade.text,
    )
    history.append(attempt)
    return attempt


def _summary(bank: Bank, tried: Sequence[Attempt], language: str) -> None:
    """The topics of this sitting, each over all attempts ever."""
    from grader.report import messages
    from grader.review import default_history

    if not tried:
        return
    texts, m = _TEXTS[language], messages(language, bank.scale)
    click.secho(f"\n{texts['topics']}", bold=True)
    topics = dict.fromkeys(topic for attempt in tried for topic in attempt.topics)
    attempts = list(default_history().attempts(bank.name))
    for topic in topics:
        scores = [a.score for a in attempts if topic in a.topics and a.score is not None]
        if scores:
            line = texts["topic"].format(
                topic=bank.topic_title(topic, language),
                mean=m.score(sum(scores) / len(scores)),
                last=m.score(scores[-1]),
                scale=bank.scale,
            )
            click.echo("  " + line)
