"""What commands repeat of parts that they do not import before they run."""

from __future__ import annotations

import click

from grader.cli.options import lang_option, model_options
from grader.engine.tiers import DEFAULT_TIER, TIERS
from grader.report.messages import LANGUAGES


def _choices(option: click.Option) -> list[str]:
    assert isinstance(option.type, click.Choice)
    return sorted(option.type.choices)


@click.command
@model_options
@lang_option
def _command() -> None:
    """Nothing."""


OPTIONS = {option.name: option for option in _command.params if isinstance(option, click.Option)}


def test_the_tiers_are_those_of_the_engine() -> None:
    assert _choices(OPTIONS["tier"]) == sorted(TIERS)
    assert OPTIONS["tier"].default == DEFAULT_TIER


def test_the_languages_are_those_of_the_reports() -> None:
    assert _choices(OPTIONS["lang"]) == sorted(LANGUAGES)
