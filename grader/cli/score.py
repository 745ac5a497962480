"""``grader score``: answers in, grades and a report out."""

from __future__ import annotations

import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.grading import finished, grade
from grader.cli.options import (
    asked_gates,
    bank_option,
    encoder_option,
    gate_options,
    interface_language,
    lang_option,
    model_options,
    rubrics_option,
    say_gates,
    signal_option,
)

if TYPE_CHECKING:
    from grader.engine import Scoring
    from grader.engine.work import Engine
    from grader.report import Gates, Report
    from grader.run import Run

__all__ = ["command"]


def _mapping(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    pairs = {}
    for value in values:
        field, separator, column = value.partition("=")
        if not separator or not field or not column:
            raise click.BadParameter(f"'{value}' is not FIELD=COLUMN, such as answer=response")
        pairs[field] = column
    return pairs


@click.command("score")
@click.argument("answers")
@bank_option
@rubrics_option
@encoder_option
@model_options
@signal_option
@click.option(
    "--out",
    metavar="DIR",
    help="Keep the run here: grades, report, manifest. The same command goes on with a run that "
    "was interrupted.",
)
@click.option(
    "--grades-as",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="How --out keeps the grades: as one JSON Lines file or as many Parquet files.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that grade; by default one a core where there are answers enough.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Grade on this machine or on a Ray cluster.",
)
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="The Ray cluster; without it one is started on this machine.",
)
@click.option("--restart", is_flag=True, help="Begin anew where --out holds an unfinished run.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "md", "csv"]),
    default="table",
    show_default=True,
    help="What to print on standard output.",
)
@gate_options
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=_mapping,
    metavar="FIELD=COLUMN",
    help="Which column holds answer_id, question_id, answer or respondent.",
)
@click.option("--skip-bad", is_flag=True, help="Leave bad rows out and list them in the report.")
@lang_option
def command(**options: Any) -> None:
    """Grade ANSWERS and report by topic.

    ANSWERS is a JSON Lines, JSON, CSV, TSV, XLSX or Parquet file, a folder of such files or of text
    files, or "-" for standard input. Each answer needs a question id and a text; a respondent and
    any further columns are carried through.
    """
    asked = _Asked(**options)
    gates = asked.gates()
    if asked.address and asked.engine != "ray":
        raise click.UsageError("--address is of a Ray cluster; it needs --engine ray")
    language = interface_language(asked.lang)
    out = None if asked.out is None else Path(asked.out)
    if out is not None:
        _check_out(out, gates.baseline)
    with _folder(out) as folder:
        scoring = asked.scoring(folder, gates)
        found = None if asked.restart else finished(scoring, folder, gates, language)
        run, report = found or grade(
            scoring,
            out,
            gates,
            language,
            engine=_engine(asked),
            workers=asked.workers,
            restart=asked.restart,
        )
        _show(asked, run, report, language)
    if not all(gate.passed for gate in report.gates):
        raise click.exceptions.Exit(1)


@dataclass(frozen=True)
class _Asked:
    """What the command line says."""

    answers: str
    bank: str
    rubrics: str | None
    encoder: str
    tier: str
    cross_encoder: str
    calibration: str
    signals: tuple[str, ...]
    out: str | None
    grades_as: str
    workers: int | None
    engine: str
    address: str | None
    restart: bool
    format_: str
    fail_under: dict[str | None, float]
    no_worse_than: str | None
    margin: float | None
    mapping: dict[str, str]
    skip_bad: bool
    lang: str | None

    def gates(self) -> Gates:
        """What the run has to reach."""
        return asked_gates(self.fail_under, self.no_worse_than, self.margin)

    def scoring(self, folder: Path, gates: Gates) -> Scoring:
        """The work to do in that folder, if the gates can be applied to it."""
        from grader.answers import AnswerSource
        from grader.bank import Bank
        from grader.engine import Recipe, Scoring
        from grader.report import refuse_gates

        bank = Bank.load(self.bank, self.rubrics)
        recipe = Recipe.asked(
            bank,
            encoder=self.encoder,
            tier=self.tier,
            cross_encoder=self.cross_encoder,
            calibration=self.calibration,
            signals=self.signals,
        )
        source = AnswerSource(self.answers, mapping=self.mapping, known_questions=bank.questions)
        scoring = Scoring(
            recipe,
            source,
            folder,
            kind=self.grades_as,
            skip_bad=self.skip_bad,
            options=self._recorded(),
            reading=self._reading(),
        )
        topics = {topic for question in bank.questions.values() for topic in question.topics}
        refuse_gates(gates, topics=topics, identity=scoring.identity)
        return scoring

    def _recorded(self) -> dict[str, Any]:
        """The options as the manifest keeps them."""
        names = ("bank", "rubrics", "encoder", "tier", "cross_encoder", "calibration", "skip_bad")
        found = {name: getattr(self, name) for name in names}
        return found | ({"signals": list(self.signals)} if self.signals else {})

    def _reading(self) -> dict[str, str]:
        """Those that decide which answers are read, if they were given."""
        found = {f"--map {field}": column for field, column in sorted(self.mapping.items())}
        return found | ({"--skip-bad": "yes"} if self.skip_bad else {})


def _engine(asked: _Asked) -> Engine | None:
    """Who grades; None for this machine."""
    if asked.engine != "ray":
        return None
    from grader.engine.ray import RayEngine

    return RayEngine(asked.workers, asked.address)


def _show(asked: _Asked, run: Run, report: Report, language: str) -> None:
    from grader.report import make_console, print_report, render_to

    if asked.format_ == "table":
        print_report(report, make_console(), lang=language)
        if asked.out is not None:
            _say_where(asked.out, language)
    else:
        render_to(sys.stdout.buffer, f".{asked.format_}", run, report, lang=language)
        sys.stdout.buffer.flush()
        say_gates(report, language)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Where the run is kept; without --out for as long as the command runs."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        yield Path(folder)


def _check_out(out: Path, baseline: str | None) -> None:
    """Find out before grading, not after, that the directory cannot be written."""
    from grader.errors import RunError

    if baseline is not None and out.resolve() == Path(baseline).resolve():
        raise RunError("is the baseline and would be replaced; name another --out", path=out)
    if out.exists() and not out.is_dir():
        raise RunError("is a file; --out needs a directory", path=out)
    own = {"manifest.json", ".unfinished"}
    if out.is_dir() and (there := {path.name for path in out.iterdir()}) and not there & own:
        raise RunError("holds other files; name a new directory or that of a run", path=out)


def _say_where(out: str, lang: str) -> None:
    report = Path(out, "report.html")
    out = shlex.quote(out)
    hint = {
        "ru": f"\nОтчёт: {report}\nПочему такая оценка: grader explain {out} ОТВЕТ",
        "en": f"\nReport: {report}\nWhy a grade is what it is: grader explain {out} ANSWER_ID",
    }[lang]
    click.echo(hint)
