"""The command line: one file a command, loaded when it is asked for."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Any

import click

from grader.errors import GraderError

__all__ = ["cli", "main"]

# Command, its help line, and the module it lives in.
_COMMANDS = {
    "score": ("Grade answers from a file and report by topic.", "grader.cli.score"),
    "init": ("Write an evaluation file by asking.", "grader.cli.init"),
    "run": ("Evaluate models as a file says.", "grader.cli.run"),
    "collect": ("Collect the answers of a language model.", "grader.cli.collect"),
    "report": ("Show a run again, or write its report as a file.", "grader.cli.report"),
    "compare": ("Compare runs: is a difference real?", "grader.cli.compare"),
    "validate": ("Compare a run with human grades.", "grader.cli.validate"),
    "calibrate": ("Fit the scores of a run to human grades.", "grader.cli.calibrate"),
    "explain": ("Print the whole derivation of one grade.", "grader.cli.explain"),
    "bank": ("List, show and check question banks.", "grader.cli.bank"),
    "practice": ("Answer questions yourself and see the points at once.", "grader.cli.practice"),
    "cache": ("Show or clear what is kept to be quicker.", "grader.cli.cache"),
    "demo": ("Grade the sample answers with the bundled bank.", "grader.cli.demo"),
}


class _Commands(click.Group):
    """Loads a command's module only when that command runs: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        found = import_module(_COMMANDS[cmd_name][1]).command
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (help_line, _) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GraderError as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            raise _UserError(str(error)) from error


class _UserError(click.ClickException):
    exit_code = 2

    def show(self, file: Any = None) -> None:
        click.echo(f"grader: {self.message}", file=file or sys.stderr)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="answer-grader", prog_name="grader")
@click.option("--debug", is_flag=True, help="Show a traceback for errors.")
def cli(debug: bool) -> None:
    """Grade written answers against references and rubrics, with evidence for every point.

    \b
    grader demo                                 the sample answers
    grader score answers.jsonl --out run        grade a file of answers
    grader explain run ANSWER_ID                why a grade is what it is
    """


def main() -> None:
    """Entry point of the ``grader`` command."""
    cli(prog_name="grader")
