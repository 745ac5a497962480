"""An evaluation file read and checked, as far as that needs no bank and no server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import UNSET, UnsetType, structs, to_builtins

from grader.bank import Bank
from grader.documents import Place, convert, read_document
from grader.engine import Recipe
from grader.errors import GraderError
from grader.evaluation.schema import EvaluationFile, ModelEntry, ParamsEntry, PromptEntry
from grader.files import did_you_mean, quoted
from grader.llm import Endpoint, Job, Price, Prompt
from grader.llm.budget import Tokens
from grader.llm.client import RESERVED
from grader.llm.key import is_secret, is_variable
from grader.report import MARGIN, Gates

__all__ = ["Evaluation", "Setup"]

_LONGEST = 200  # bytes; most file systems allow 255
_WRITTEN = ("summary.md", "junit.xml", "comparison.md", "comparison.html", "comparison.json")


@dataclass(frozen=True)
class Setup:
    """One model with one prompt.

    Attributes:
        name: as reports show it.
        folder: its folder's name.
        place: of the model in the file, for errors.
    """

    name: str
    folder: str
    model: ModelEntry
    job: Job
    place: Place

    @property
    def price(self) -> Price | None:
        """What its tokens cost; None if the file does not say."""
        price = self.model.price
        return None if price is None else Price(price.read, price.written)

    def money(self, tokens: Tokens) -> float | None:
        """What tokens cost; None if the file does not say."""
        return None if self.price is None else self.price.of(tokens)


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation file says; see :meth:`read`.

    Attributes:
        setups: every model with every prompt, in the order of the file.
        top: the file's place, for errors.
    """

    path: Path
    file: EvaluationFile
    setups: tuple[Setup, ...]
    top: Place

    @classmethod
    def read(cls, path: str | Path) -> Evaluation:
        """Read a file and check it; nothing is asked.

        Raises:
            GraderError: naming file, line and field, if something is wrong in it or a file that it
                names is.
        """
        file = Path(path)
        top = Place(read_document(file, GraderError, list_keys=("models",)))
        if not isinstance(top.document.data, dict):
            raise top.error(f"expected a mapping of fields, got {quoted(top.document.data)}")
        _refuse_secrets(top)
        found = convert(top, EvaluationFile)
        evaluation = cls(file, found, tuple(_setups(found, top, file.parent)), top)
        evaluation._check()
        return evaluation

    @property
    def gates(self) -> Gates:
        """What every model has to reach."""
        entry = self.file.gates
        return Gates(
            fail_under=entry.fail_under,
            topics=entry.topics,
            baseline=None if entry.no_worse_than is None else self.beside(entry.no_worse_than),
            margin=MARGIN if isinstance(entry.margin, UnsetType) else entry.margin,
        )

    def beside(self, path: str) -> str:
        """A path that the file names."""
        return str(self.path.parent / path)

    def sources(self) -> tuple[str, str | None]:
        """Name or path of the bank, and the path of its rubrics, if the file names any.

        Raises:
            GraderError: there is no such bank.
        """
        name, rubrics = self.file.bank, self.file.rubrics
        if name not in Bank.bundled():
            if not Path(self.beside(name)).exists():
                known = ", ".join(Bank.bundled()) or "none"
                what = f"no bank {quoted(name)}{did_you_mean(name, Bank.bundled())} "
                what += f"(bundled: {known}; or a file or folder, relative to this file)"
                raise self.top.at("bank").error(what)
            name = self.beside(name)
        return name, None if rubrics is None else self.beside(rubrics)

    def bank(self) -> Bank:
        """The bank, with its rubrics.

        Raises:
            GraderError: there is none, or it is wrong.
        """
        return Bank.load(*self.sources())

    def recorded(self) -> dict[str, Any]:
        """How answers are graded, as manifests of runs keep it."""
        bank, rubrics = self.sources()
        return {"bank": bank, "rubrics": rubrics, **to_builtins(self.file.grading)}

    def recipe(self, bank: Bank) -> Recipe:
        """How to grade.

        Raises:
            GraderError: the file of the calibration is none.
        """
        entry = self.file.grading
        named = entry.calibration in {"default", "none"}
        try:
            return Recipe.asked(
                bank,
                encoder=entry.encoder,
                tier=entry.tier,
                cross_encoder=entry.cross_encoder,
                calibration=entry.calibration if named else self.beside(entry.calibration),
                signals=tuple(entry.signals),
            )
        except GraderError as error:
            raise self.top.at("grading", "calibration").error(str(error)) from error

    def only(self, names: tuple[str, ...]) -> tuple[Setup, ...]:
        """The setups of that name, or of a model of that name; all if none is named.

        Raises:
            GraderError: there is none.
        """
        chosen: dict[str, Setup] = {}
        for name in names:
            own = {s.name: s for s in self.setups if name in {s.name, s.model.name, s.model.model}}
            if not own:
                raise GraderError(self._no_setup(name), path=self.path)
            chosen |= own
        return tuple(s for s in self.setups if not names or s.name in chosen)

    def _check(self) -> None:
        file, top = self.file, self.top
        unpriced = [setup.name for setup in self.setups if setup.price is None]
        if file.budget.money is not None and unpriced:
            what = f"needs the price of every model, {quoted(unpriced[0])} has none; free is 0"
            raise top.at("budget", "money").error(what)
        if file.gates.margin is not UNSET and file.gates.no_worse_than is None:
            raise top.at("gates", "margin").error("is of no_worse_than, which is missing")
        baseline = file.compare.baseline
        if baseline is not None and baseline not in {setup.name for setup in self.setups}:
            raise top.at("compare", "baseline").error(self._no_setup(baseline))

    def _no_setup(self, name: str) -> str:
        names = [setup.name for setup in self.setups]
        hint = did_you_mean(name, names) or f"; there are {', '.join(map(quoted, names))}"
        return f"no model {quoted(name)}{hint}"


def _refuse_secrets(top: Place) -> None:
    """Before anything is said that might quote one."""
    models = top.document.data.get("models")
    for index, model in enumerate(models if isinstance(models, list) else []):
        if not isinstance(model, dict):
            continue
        named = ((name,) for name in model if is_secret(name))
        inside = (("params", *path) for path in _secrets(model.get("params")))
        if path := next(chain(named, inside), None):
            what = "a key does not belong into this file; put it into an environment variable"
            what += " and name that with key_env, or into a file and name that with key_file"
            raise top.at("models", index, *path).error(what)


def _secrets(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Where single values stand under such a name; a schema may have such a field."""
    left: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while left:
        path, value = left.pop()
        items = value.items() if isinstance(value, dict) else ()
        for name, one in enumerate(value) if isinstance(value, list) else items:
            if isinstance(one, dict | list):
                left.append(((*path, name), one))
            elif is_secret(name):
                yield (*path, name)


def _setups(file: EvaluationFile, top: Place, base: Path) -> Iterator[Setup]:
    """Every model with every prompt.

    Raises:
        GraderError: something is wrong with one.
    """
    prompts = _prompts(file, top, base)
    names: dict[str, str] = {}
    for index, model in enumerate(file.models):
        place = top.at("models", index)
        _check_key(model, place)
        endpoint = _endpoint(file, model, place)
        params = _params(file, model, place)
        for suffix, prompt in prompts.items():
            name = f"{(model.name or model.model).strip()}{suffix}"
            folder = re.sub(r"[^\w.+-]+", "-", name).strip("-.")
            where = place.at("name" if model.name else "model")
            if not 0 < len(folder.encode()) <= _LONGEST:
                raise where.error("cannot be a folder's name; give it a short one, of letters")
            taken = names.get(folder.casefold())
            if taken is not None or folder.casefold() in _WRITTEN:
                what = "is taken" if taken is None else f"names the same folder as {quoted(taken)}"
                raise where.error(f"{quoted(name)} {what}; give it a name of its own")
            names[folder.casefold()] = name
            job = Job(endpoint, prompt, name, file.language, file.samples, params)
            yield Setup(name, folder, model, job, place)


def _prompts(file: EvaluationFile, top: Place, base: Path) -> Mapping[str, Prompt]:
    """The prompts by what they add to a model's name."""
    found: dict[str, Prompt] = {}
    for index, entry in enumerate(file.prompts):
        place = top.at("prompts", index)
        suffix = f"+{entry.name.strip()}"
        if suffix in found:
            raise place.at("name").error(f"a second prompt {quoted(entry.name.strip())}")
        found[suffix] = _prompt(entry, place, base)
    return found or {"": Prompt()}


def _prompt(entry: PromptEntry, place: Place, base: Path) -> Prompt:
    try:
        system = Prompt.read(_file(base, entry.system), None).system
    except GraderError as error:
        raise place.at("system").error(str(error)) from error
    try:
        read = Prompt.read(None, _file(base, entry.template))
    except GraderError as error:
        raise place.at("template").error(str(error)) from error
    return structs.replace(read, system=system)


def _file(base: Path, path: str | None) -> Path | None:
    return None if path is None else base / path


def _check_key(model: ModelEntry, place: Place) -> None:
    """The value is not quoted, it might be the key itself."""
    if model.key_env is None:
        return
    if not is_variable(model.key_env):
        what = "is no name of an environment variable, in capitals, such as OPENAI_API_KEY; the key"
        what += " itself does not belong here"
        raise place.at("key_env").error(what)
    if model.key_file is not None:
        raise place.at("key_file").error("says where the key is, as key_env does; leave one out")


def _endpoint(file: EvaluationFile, model: ModelEntry, place: Place) -> Endpoint:
    where = place.at("base_url")
    if model.base_url is not None and "@" in model.base_url:
        raise where.error("holds a password; leave it out and name the key with key_env")
    try:
        return Endpoint(model.model.strip(), model.base_url, file.timeout, file.retries)
    except GraderError as error:
        raise where.error(error.what) from error


def _params(file: EvaluationFile, model: ModelEntry, place: Place) -> dict[str, Any]:
    """The fields of a request besides model and messages."""
    entry, where = model.params, place.at("params")
    for name in entry.further:
        if name in ParamsEntry.__struct_fields__:
            raise where.at("further", name).error("belongs into 'params' itself")
        if name in RESERVED:
            raise where.at("further", name).error("is set by grader; leave it out")
    named = structs.asdict(entry)
    further = named.pop("further")
    params = {name: value for name, value in named.items() if value is not None}
    if "max_completion_tokens" in params:
        params.pop("max_tokens", None)
    if file.samples > 1 and params.get("temperature") == 0:
        what = f"{file.samples} samples at temperature 0 would be the same answer; set it, such as"
        raise where.at("temperature").error(f"{what} to 0.7")
    return params | {
        name: value if place.document.typed else _json(value) for name, value in further.items()
    }


def _json(value: Any) -> Any:
    """A value of YAML, whose scalars come as texts, as the JSON that it reads as."""
    if isinstance(value, dict):
        return {name: _json(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_json(one) for one in value]
    try:
        return json.loads(value, parse_constant=str)
    except (TypeError, ValueError):
        return value
