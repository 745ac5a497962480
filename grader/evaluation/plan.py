"""What an evaluation comes to for a bank: who is asked what, how it is graded, what it may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import DecodeError, Struct
from msgspec.json import decode

from grader.bank import Bank
from grader.engine import Recipe
from grader.engine.manifest import identity
from grader.errors import GraderError, ModelError
from grader.evaluation.load import Evaluation, Setup
from grader.files import quoted, read_bytes
from grader.llm import Ask, Client, CollectedAnswer, Collection, read_key
from grader.llm.budget import Tokens, total
from grader.llm.collector import is_there
from grader.model import Question
from grader.report import Gates, refuse_gates

__all__ = ["Allowance", "Kept", "Plan", "System", "make_plan"]

ANSWERS, RUN = "answers.jsonl", "run"


class Kept(Struct, frozen=True):
    """The answers of a system that are there.

    Attributes:
        ids: of the answers.
        statuses: how many were "answered", "truncated", "refused", "empty".
        spent: tokens that they took.
    """

    ids: frozenset[str] = frozenset()
    statuses: Mapping[str, int] = {}
    spent: Tokens = Tokens(0, 0)


@dataclass(frozen=True)
class System:
    """A model with a prompt, and what it is asked.

    Attributes:
        folder: where its answers and its run are kept.
        address: of the server, without what might be secret.
        asks: one for each answer.
        untold: ids of questions that there are not in the language.
        bank: its name.
    """

    setup: Setup
    folder: Path
    client: Client
    address: str
    asks: tuple[Ask, ...]
    untold: tuple[str, ...]
    bank: str

    @property
    def name(self) -> str:
        """As reports show it."""
        return self.setup.name

    @property
    def answers(self) -> Path:
        """The file of its answers."""
        return self.folder / ANSWERS

    @property
    def run(self) -> Path:
        """The folder of its run."""
        return self.folder / RUN

    def kept(self) -> Kept:
        """The answers that are there.

        Raises:
            GraderError: they were collected otherwise, or are to questions that are not asked.
        """
        if not self.answers.exists() or self.answers.stat().st_size == 0:
            return Kept()
        settings = self.setup.job.settings(self.bank, self.address)
        try:
            with Collection.open(self.answers, settings) as collection:
                ids = frozenset(ask.answer_id for ask in self.asks if is_there(ask, collection))
                beyond = collection.prompts.keys() - ids
                kept = Kept(ids, dict(collection.statuses), collection.spent)
        except ModelError as error:
            what = f"{error.what} (another 'out', or another 'name' of the model)"
            raise ModelError(what, path=error.path, line=error.line) from error
        if beyond:
            what = f"holds answers that are not asked for ({len(beyond)}), such as {min(beyond)}"
            what += "; name another 'out', or remove the folder"
            raise ModelError(what, path=self.answers)
        return kept

    def money(self, tokens: Tokens) -> float | None:
        """What tokens cost; None if nobody says."""
        return self.setup.money(tokens)

    def worst(self, kept: Kept) -> Tokens:
        """The most tokens that the answers that are not there can take, if nothing goes wrong."""
        left = [ask.request.worst() for ask in self.asks if ask.answer_id not in kept.ids]
        return Tokens(sum(w.prompt for w in left), sum(w.completion for w in left))


@dataclass(frozen=True)
class Allowance:
    """What one system may have cost in all, given what the others have."""

    tokens: int | None
    money: float | None


@dataclass(frozen=True)
class Plan:
    """Everything that will be done.

    Attributes:
        questions: that are asked.
        gates: that every system has to pass.
        systems: that are asked, in the order of the file.
        spent: tokens by name, also of the file's systems that are not asked now if there is a
            budget; see :meth:`kept`.
    """

    evaluation: Evaluation
    bank: Bank
    questions: tuple[Question, ...]
    recipe: Recipe
    gates: Gates
    out: Path
    systems: tuple[System, ...]
    spent: dict[str, Tokens]

    def kept(self, system: System) -> Kept:
        """The answers of a system that are there now, whose cost counts from now on.

        Raises:
            GraderError: see :meth:`System.kept`.
        """
        kept = system.kept()
        self.spent[system.name] = kept.spent
        return kept

    def allowance(self, system: System) -> Allowance:
        """What is left of the budget for a system, what it spent before included."""
        budget = self.evaluation.file.budget
        if budget.tokens is None and budget.money is None:
            return Allowance(None, None)
        others = [
            (one, self.spent.get(one.name, Tokens(0, 0)))
            for one in self.evaluation.setups
            if one.name != system.name
        ]
        tokens = sum(spent.prompt + spent.completion for _, spent in others)
        money = sum(one.money(spent) or 0.0 for one, spent in others)
        return Allowance(
            None if budget.tokens is None else budget.tokens - tokens,
            None if budget.money is None else budget.money - money,
        )


def make_plan(
    evaluation: Evaluation,
    bank: Bank,
    questions: Sequence[Question],
    *,
    out: Path,
    only: tuple[str, ...] = (),
) -> Plan:
    """Make a plan and find what is wrong with it before anything is asked.

    Args:
        questions: that are to be asked, in order.
        out: folder of answers, runs and reports.
        only: names of models, or of models with prompts; all if none is named.

    Raises:
        GraderError: a key, the language of the questions, a signal, an encoder or a baseline is
            missing; gates cannot be applied; or the folder holds answers to something else.
    """
    if out.exists() and not out.is_dir():
        raise GraderError("is a file; answers, runs and reports need a folder", path=out)
    systems = tuple(
        _system(evaluation, setup, bank, questions, out) for setup in evaluation.only(only)
    )
    recipe = evaluation.recipe(bank)
    _check_gates(evaluation, recipe, questions, [system.run for system in systems])
    spent = {system.name: system.kept().spent for system in systems}
    budget = evaluation.file.budget
    if budget.tokens is not None or budget.money is not None:
        for setup in evaluation.setups:
            if setup.name not in spent:
                spent[setup.name] = _spent(out / setup.folder / ANSWERS)
    gates = evaluation.gates
    return Plan(evaluation, bank, tuple(questions), recipe, gates, out, systems, spent)


def _spent(answers: Path) -> Tokens:
    """What the answers of a system that is not asked now took, however they were asked for.

    Raises:
        ModelError: they cannot be read.
    """
    if not answers.exists():
        return Tokens(0, 0)
    *lines, _torn = read_bytes(answers, ModelError).split(b"\n")
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(decode(line, type=CollectedAnswer).spent)
        except (DecodeError, UnicodeDecodeError) as error:
            what = f"no collected answer: {error}; remove the line, or name another 'out'"
            raise ModelError(what, path=answers, line=number) from error
    return total(*found)


def _system(
    evaluation: Evaluation, setup: Setup, bank: Bank, questions: Sequence[Question], out: Path
) -> System:
    asks, untold = setup.job.asks(questions)
    if not asks:
        what = f"no question is there in {quoted(evaluation.file.language)}"
        raise evaluation.top.at("language").error(what)
    client = _client(evaluation, setup)
    folder = out / setup.folder
    return System(setup, folder, client, client.address, tuple(asks), tuple(untold), bank.name)


def _client(evaluation: Evaluation, setup: Setup) -> Client:
    model = setup.model
    path = None if model.key_file is None else evaluation.beside(model.key_file)
    where = next((name for name in ("key_env", "key_file") if getattr(model, name)), "base_url")
    try:
        key = read_key(model.key_env, path, base_url=model.base_url)
    except GraderError as error:
        what = str(error).replace("--base-url", "base_url")
        raise setup.place.at(where).error(what) from error
    return Client(setup.job.endpoint, key=key)


def _check_gates(
    evaluation: Evaluation, recipe: Recipe, questions: Sequence[Question], runs: Sequence[Path]
) -> None:
    gates, place = evaluation.gates, evaluation.top.at("gates")
    topics = {topic for question in questions for topic in question.topics}
    try:
        how = identity(recipe.grader(), "")
    except GraderError as error:
        raise evaluation.top.at("grading").error(str(error)) from error
    if gates.baseline is not None and Path(gates.baseline).resolve() in {
        run.resolve() for run in runs
    }:
        what = "would be replaced by this evaluation; copy it elsewhere, or name another 'out'"
        raise place.at("no_worse_than").error(what)
    try:
        baseline = refuse_gates(gates, topics=topics, identity=how)
    except GraderError as error:
        raise place.error(str(error)) from error
    if baseline is not None and not baseline.questions.keys() & {q.id for q in questions}:
        what = "has no question in common with what is asked"
        raise place.at("no_worse_than").error(what)
