"""Markdown tables on standard output, and what they were measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from speed.process import THREADS

__all__ = ["machine", "megabytes", "number", "print_machine", "table"]

_PACKAGES = (
    *("answer-grader", "numpy", "onnxruntime", "torch", "transformers", "sentence-transformers"),
    *("haystack-ai", "bert-score", "rouge-score", "sacrebleu", "rapidfuzz"),
)


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table; all columns but the first are numbers."""
    click.echo(f"\n### {title}\n")
    click.echo(f"| {' | '.join(header)} |")
    click.echo("|---|" + "---:|" * (len(header) - 1))
    for row in rows:
        click.echo(f"| {' | '.join(row)} |")


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.3g}" if value else "0"


def megabytes(size: float) -> str:
    return number(size / 1e6)


def machine(cores: int) -> dict[str, Any]:
    """What the figures hold for."""
    return {
        "processor": _processor(),
        "cores": cores,
        "threads": {name: os.environ[name] for name in THREADS},
        "load_average": os.getloadavg()[0],
        "python": platform.python_version(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def print_machine(found: dict[str, Any]) -> None:
    packages = ", ".join(f"{name} {one}" for name, one in found["packages"].items())
    threads = ", ".join(f"{name}={one}" for name, one in found["threads"].items())
    click.echo(
        f"{found['processor']}; every process on {found['cores']} cores, {threads}; load average "
        f"before: {found['load_average']:.1f}. Python {found['python']}; {packages}."
    )


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    text = information.read_text() if information.exists() else ""
    name = re.search(r"model name\s*: (.*)", text)
    return name[1] if name else platform.processor() or platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
