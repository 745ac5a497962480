"""From a bank and a set of answers to a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from grader.answers import AnswerSet, AnswerSource
from grader.engine.grader import Grader
from grader.engine.manifest import identity, manifest, now
from grader.engine.recipe import Recipe
from grader.engine.work import Engine, InProcess
from grader.engine.workspace import Plan, Workspace, changed
from grader.errors import RunError
from grader.machine import cores
from grader.run import Run, RunQuestion, StoredGrades

__all__ = ["Scoring", "score"]

# Answers a shard: some seconds of work, so that little is lost with a worker.
_SHARD = 1000
_SHARD_WITH_MODEL = 32
# Fewer shards for each are not worth processes of their own.
_SHARDS_A_WORKER = 2

Progress = Callable[[int, int], AbstractContextManager[Callable[[int], None] | None]]
"""Shows how far it is: given how many answers there are and how many are done already."""


def score(
    grader: Grader,
    answers: AnswerSet,
    *,
    options: Mapping[str, Any] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Run:
    """Grade answers in memory and keep with the grades everything they depend on.

    Args:
        options: what the user asked for, recorded in the manifest.
        progress: called with the number of answers graded since the last call.
    """
    started = now()
    grades = grader.grade_all(answers.answers, progress=progress)
    made = manifest(
        grader,
        identity=identity(grader, answers.sha256),
        sha256=answers.sha256,
        graded=len(grades),
        bad=answers.bad,
        options=options or {},
        started=started,
        spent=grader.spent(),
    )
    return Run(tuple(grades), _questions(grader, (g.question_id for g in grades)), made)


class Scoring:
    """Grading a source of any size into a folder: in constant memory, resumable.

    The answers are taken into shards, every shard is graded and kept, and the grades put together
    in the order of the input. What was interrupted goes on where it was; the result is the same to
    the last byte, but for the times in the manifest.

    Args:
        recipe: of the grader.
        source: the answers.
        folder: of the run.
        kind: how a shard's grades are kept, "jsonl" or "parquet".
        skip_bad: leave bad rows out.
        options: what the user asked for, recorded in the manifest.
        reading: those of them that decide what is read from the source.
    """

    def __init__(
        self,
        recipe: Recipe,
        source: AnswerSource,
        folder: Path,
        *,
        kind: str = "jsonl",
        skip_bad: bool = False,
        options: Mapping[str, Any] | None = None,
        reading: Mapping[str, str] | None = None,
    ) -> None:
        self._recipe = recipe
        self._source = source
        self._skip_bad = skip_bad
        self._options = options or {}
        self._grader = recipe.grader()
        self._workspace = Workspace(folder, kind)
        self._sha256 = source.content_hash()
        self.identity = {
            **identity(self._grader, self._sha256),
            "--grades-as": kind,
            **(reading or {}),
        }

    def makes(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a finished run with this manifest is what grading now would make."""
        return manifest.get("identity") == self.identity

    def run(
        self,
        *,
        engine: Engine | None = None,
        workers: int | None = None,
        restart: bool = False,
        progress: Progress,
    ) -> Run:
        """Grade what is not graded yet; the run's grades lie in the workspace.

        Args:
            engine: who grades; by default this machine.
            workers: how many processes that is; by default as many as are worth it.
            restart: begin anew where an unfinished run is found.

        Raises:
            RunError: the folder holds an unfinished run of something else, or cannot be written.
            AnswersError: the source cannot be read, or has bad rows that are not to be skipped.
        """
        plan = self._plan(restart=restart)
        workspace = self._workspace
        missing = workspace.missing(plan)
        if engine is None:
            engine = self._local(workers or min(cores(), len(missing) // _SHARDS_A_WORKER))
        done = plan.answers - sum(plan.in_shard(number) for number in missing)
        with progress(plan.answers, done) as advance:
            for number in engine.grade(self._recipe, workspace, missing):
                if advance is not None:
                    advance(plan.in_shard(number))
        return self._run(plan)

    def finish(self) -> None:
        """Forget the workspace, once the run has been written elsewhere."""
        self._workspace.remove()

    def _local(self, workers: int) -> Engine:
        if workers <= 1:
            return InProcess(self._grader)
        from grader.engine.local import LocalEngine

        return LocalEngine(workers, prepare=self._grader.worth_preparing)

    def _plan(self, *, restart: bool) -> Plan:
        plan = None if restart else self._workspace.plan()
        if plan is None:
            return self._workspace.take_in(
                self._source,
                self.identity,
                size=_SHARD if self._recipe.tier == "fast" else _SHARD_WITH_MODEL,
                started=now(),
                check=lambda count, bad: self._source.check(count, bad, skip_bad=self._skip_bad),
            )
        if other := changed(plan.identity, self.identity):
            what = f"holds an unfinished run with other {' and '.join(other)}"
            what += "; name another folder, or --restart to begin anew"
            raise RunError(what, path=self._workspace.folder.parent)
        return plan

    def _run(self, plan: Plan) -> Run:
        made = manifest(
            self._grader,
            identity=self.identity,
            sha256=self._sha256,
            graded=plan.answers,
            bad=plan.bad,
            options=self._options,
            started=plan.started,
            spent=self._workspace.spent(),
        )
        questions = _questions(self._grader, plan.asked)
        grades = StoredGrades(self._workspace.parts(plan), questions, plan.answers)
        return Run(grades, questions, made)


def _questions(grader: Grader, asked: Iterable[str]) -> dict[str, RunQuestion]:
    """What was asked, as it was, in the order of the bank."""
    ids = set(asked)
    return {
        id: RunQuestion.of(question, grader.key_points(id))
        for id, question in grader.bank.questions.items()
        if id in ids
    }
