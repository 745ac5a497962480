"""Question banks and rubrics: load them, check them, describe their files.

::

    from grader.bank import Bank

    bank = Bank.load("ds-interview")
    bank.questions["neuron-saturation"].rubric
"""

from __future__ import annotations

from ._bank import Bank
from ._find import samples
from ._regex import compile_regex
from .lint import Finding, lint
from .schema import schema

__all__ = ["Bank", "Finding", "compile_regex", "lint", "samples", "schema"]
