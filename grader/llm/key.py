"""The key of a model server: read, sent, and kept nowhere."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from grader.errors import ModelError
from grader.files import decode, read_bytes

__all__ = ["OPENAI", "OPENAI_ADDRESS", "OPENAI_KEY", "is_secret", "is_variable", "read_key"]

OPENAI_KEY = "OPENAI_API_KEY"
OPENAI = "api.openai.com"
OPENAI_ADDRESS = "OPENAI_BASE_URL"
_LONGEST = 2**20
_SECRETS = frozenset(
    ["key", "apikey", "xapikey", "token", "apitoken", "secret", "password", "authorization"]
)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


def is_variable(name: str) -> bool:
    """Whether it names an environment variable, in capitals; keys hardly ever look like that."""
    return _VARIABLE.fullmatch(name) is not None


def is_secret(name: object) -> bool:
    """Whether a field of that name would hold a key."""
    return re.sub("[-_]", "", str(name).casefold()) in _SECRETS


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
        ModelError: the variable or the file holds no key, or the name is none of a variable.
    """
    if path is not None:
        content = read_bytes(Path(path), ModelError, limit=_LONGEST)
        return _checked(decode(content, ModelError, path=path), str(path))
    if variable is not None:
        if not is_variable(variable):  # not quoted, it might be the key itself
            what = "the key's environment variable needs a name of capitals, digits and _, such as"
            raise ModelError(f"{what} {OPENAI_KEY}; the key itself does not belong there")
        if variable not in os.environ:
            raise ModelError(f"the environment variable {variable} is not set")
        return _checked(os.environ[variable], variable)
    if base_url is not None and urlsplit(base_url).hostname != OPENAI:
        return None
    if OPENAI_KEY not in os.environ and OPENAI_ADDRESS in os.environ:
        return None  # both are of the same user for the same server, which may want no key
    if OPENAI_KEY not in os.environ:
        what = f"set {OPENAI_KEY} to ask OpenAI, or name another server with --base-url"
        raise ModelError(what)
    return _checked(os.environ[OPENAI_KEY], OPENAI_KEY)


def _checked(text: str, where: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ModelError("holds no key: one line without spaces", path=where)
    return key
