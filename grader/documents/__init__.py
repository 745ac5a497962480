"""YAML and JSON files as data that remembers its lines, and as types, with errors users can mend.

Shared by :mod:`grader.bank` and :mod:`grader.evaluation`; knows nothing of either.
"""

from __future__ import annotations

from ._convert import convert
from ._document import YAML_SUFFIXES, Document, Place, read_document, read_json_lines

__all__ = ["YAML_SUFFIXES", "Document", "Place", "convert", "read_document", "read_json_lines"]
