"""The key of a model server: read, sent, and kept nowhere."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from grader.errors import ModelError
from grader.files import decode, read_bytes

__all__ = ["OPENAI_KEY", "read_key"]

OPENAI_KEY = "OPENAI_API_KEY"
_OPENAI = "api.openai.com"
_LONGEST = 2**20


def read_key(
    variable: str | None = None, path: str | Path | None = None, *, base_url: str | None = None
) -> str | None:
    """The key to send; None if there is none.

    Args:
        variable: the environment variable that holds it.
        path: or the file.
        base_url: where it will be sent. OpenAI's key is taken without being named only where
            OpenAI is asked: it is not for anybody else.

    Raises:
        ModelError: the variable or the file holds no key.
    """
    if path is not None:
        content = read_bytes(Path(path), ModelError, limit=_LONGEST)
        return _checked(decode(content, ModelError, path=path), str(path))
    if variable is not None:
        if variable not in os.environ:
            raise ModelError(f"the environment variable {variable} is not set")
        return _checked(os.environ[variable], variable)
    if base_url is not None and urlsplit(base_url).hostname != _OPENAI:
        return None
    if OPENAI_KEY not in os.environ:
        what = f"set {OPENAI_KEY} to ask OpenAI, or name another server with --base-url"
        raise ModelError(what)
    return _checked(os.environ[OPENAI_KEY], OPENAI_KEY)


def _checked(text: str, where: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ModelError("holds no key: one line without spaces", path=where)
    return key
