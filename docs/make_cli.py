"""Writes docs/cli.md from the live ``--help`` of every command: python docs/make_cli.py."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.testing import CliRunner

from grader.cli import cli

INTRODUCTION = """# Command line

Written from the live `--help` by `python docs/make_cli.py`; a test fails when it is out of date.

Exit status: 0; 1 when `--fail-under` fails; 2 for a mistake of the user's, with one line that says
what is wrong, where, and what to do. Progress goes to standard error and only to a terminal.
`NO_COLOR` is honoured.

Shell completion, once per shell:

```
eval "$(_GRADER_COMPLETE=bash_source grader)"     # bash: into ~/.bashrc
eval "$(_GRADER_COMPLETE=zsh_source grader)"      # zsh: into ~/.zshrc
_GRADER_COMPLETE=fish_source grader | source      # fish: into ~/.config/fish/config.fish
```
"""


def page() -> str:
    """The page as it should be."""
    sections = [INTRODUCTION]
    for words, _ in commands(cli, ()):
        os.environ["COLUMNS"] = "100"
        result = CliRunner().invoke(cli, [*words, "--help"], prog_name="grader", terminal_width=100)
        title = " ".join(("grader", *words))
        sections.append(f"## {title}\n\n```\n{result.output.rstrip()}\n```\n")
    return "\n".join(sections)


def commands(
    command: click.Command, words: tuple[str, ...]
) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    found = [(words, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            assert sub is not None
            found += commands(sub, (*words, name))
    return found


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(page(), encoding="utf-8")
