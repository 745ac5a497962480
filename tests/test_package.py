"""The shape of the package: its public names, its layers, the size of its modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import grader
from grader import errors

PACKAGE = Path(grader.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the ground up: a part imports parts before it, never one after it.
LAYERS = [
    "errors", "model", "files", "documents", "machine", "cache", "run", "bank", "answers", "text",
    "encoders", "cross_encoders", "signals",
    "scoring", "engine", "stats", "report", "review", "llm", "evaluation", "integrations",
    "web", "cli",
]  # fmt: skip
FORBIDDEN = {
    "model": set(LAYERS) - {"model"},
    "errors": set(LAYERS) - {"errors"},
    "documents": set(LAYERS) - {"documents", "errors", "files"},
    "text": set(LAYERS) - {"text", "errors", "model"},
    "machine": set(LAYERS) - {"machine"},
    "cache": set(LAYERS) - {"cache"},
    "encoders": set(LAYERS) - {"encoders", "cache", "errors"},
    "cross_encoders": set(LAYERS) - {"cross_encoders", "encoders", "cache", "machine", "errors"},
    "stats": set(LAYERS) - {"stats", "errors"},
    "report": {
        "signals",
        "encoders",
        "cross_encoders",
        "text",
        "engine",
        "scoring",
        "bank",
        "answers",
        "review",
    },
    "review": {"signals", "encoders", "text", "engine", "scoring", "report"},
    "run": {"signals", "encoders", "text", "engine", "scoring", "bank", "answers", "report"},
}
# Each has an extra; modules called after them import them.
FRAMEWORKS = {"deepeval", "evaluate", "inspect_ai", "lm_eval", "ragas"}
# Tables of words, as long as the language needs.
TABLES = {"text/ru.py", "text/en.py"}


def imports(path: Path) -> Iterator[str]:
    """Every module of grader that a file imports, inside functions and for type checks too."""
    package = path.relative_to(PACKAGE.parent).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            whole = ".".join(part for part in (base, node.module) if part)
            names = [f"{whole}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "grader")


def part_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def test_public_names_agree_and_can_be_had() -> None:
    assert list(grader.__all__) == sorted(grader.__all__)
    assert sorted(grader._HOME) == grader.__all__ == dir(grader)
    for name in grader.__all__:
        home = import_module(f"grader.{grader._HOME[name]}")
        assert getattr(grader, name) is getattr(home, name)
        assert name in home.__all__
        assert getattr(grader, name).__doc__


def test_names_for_type_checkers_are_the_same() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    assert ast.unparse(checked.test) == "TYPE_CHECKING"
    named = {
        (alias.name, str(node.module).removeprefix("grader."))
        for node in checked.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert named == set(grader._HOME.items())


def test_a_name_that_there_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Gader'"):
        _ = grader.Gader


def test_star_import_has_the_public_names() -> None:
    code = "from grader import *\nprint(sorted(n for n in dir() if not n.startswith('_')))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(shown.stdout) == grader.__all__


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module(path: Path) -> None:
    if path.parent.name == "integrations" and path.stem in FRAMEWORKS:
        pytest.importorskip(path.stem)  # of the same name; tests/integrations has them all
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    module = import_module(name.removesuffix(".__init__"))
    assert module.__doc__
    public = getattr(module, "__all__", ())
    assert len(set(public)) == len(public)
    assert all(hasattr(module, one) for one in public)
    if path.relative_to(PACKAGE).as_posix() not in TABLES:
        assert path.read_text("utf-8").count("\n") <= 420


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_layers(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        return  # the public face names everything, and loads it when asked
    assert own in LAYERS, "a new part has a place among the layers"
    for imported in imports(path):
        parts = imported.split(".")
        other = parts[1] if len(parts) > 1 else "__init__"
        assert other in LAYERS, f"{path} imports {imported}"
        if other != own:
            assert LAYERS.index(other) < LAYERS.index(own), f"{own} imports {imported}"
            assert other not in FORBIDDEN.get(own, set()), f"{own} imports {imported}"
            private = [part for part in parts[2:] if part.startswith("_")]
            assert not private, f"{own} imports {imported}"


def test_nobody_imports_the_faces() -> None:
    for path in MODULES:
        faces = {imported.split(".")[1] for imported in imports(path) if "." in imported}
        assert not faces & {"cli", "web"} or part_of(path) in {"cli", "web"}


def test_user_errors_are_one_tree() -> None:
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.GraderError)
        assert name in (errors.__doc__ or "")
        assert name in grader.__all__


def test_an_error_is_one_line_with_its_place() -> None:
    error = errors.BankError("wrong\nhere", path="bank.yaml", line=3, field="id")
    assert str(error) == "bank.yaml:3: field 'id': wrong here"
    assert str(errors.RunError("wrong", line=3)) == "line 3: wrong"
    assert str(errors.RunError("wrong", field="id")) == "field 'id': wrong"
    assert str(errors.RunError("wrong")) == "wrong"
