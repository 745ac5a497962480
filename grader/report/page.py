"""Pages of one HTML file: the report's style, texts escaped, nothing fetched.

What a user wrote reaches a page only through autoescape; a content security policy that names the
hashes of the page's own style and script keeps anything else from running.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.report.marking import visible
from grader.report.messages import Messages

__all__ = ["at", "page"]

_TEMPLATES = Path(__file__).parent / "templates"


def page(
    template: str, m: Messages, *, styles: tuple[str, ...], script: str | None = None, **rest: Any
) -> bytes:
    """A page from a template that extends ``page.html.j2``.

    Args:
        template: its file's name.
        styles: names of style sheets, in order.
        script: name of the script, None for none.
        rest: what else the template uses.
    """
    style = Markup("".join(_source(name) for name in styles))
    code = Markup("" if script is None else _source(script))
    made = (
        _environment()
        .get_template(template)
        .render(
            m=m,
            at=at,
            style=style,
            script=code,
            style_hash=_hash(style),
            script_hash=_hash(code),
            **rest,
        )
    )
    return made.encode("utf-8", "replace")


def at(share: float) -> str:
    """A share of 0..1 as an SVG coordinate."""
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )


@lru_cache(maxsize=8)
def _source(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    digest = hashlib.sha256(source.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
