"""What the documents say is what the program does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from grader.cli import _COMMANDS

ROOT = Path(__file__).parent.parent


def test_command_line_page_is_the_live_help() -> None:
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == module.page(), "run: python docs/make_cli.py"


def test_every_command_stands_in_the_command_line_page() -> None:
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert all(f"## grader {name}\n" in written for name in _COMMANDS)


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert pages
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"
