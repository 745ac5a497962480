"""How a question is put to a model."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import msgspec

from grader.errors import ModelError
from grader.files import decode, read_bytes
from grader.model import Question

__all__ = ["Prompt", "asked_in"]

TEMPLATE = "{{ question }}"
_LONGEST = 2**20


class Prompt(msgspec.Struct, frozen=True):
    """A system prompt and a template of the message.

    Attributes:
        system: None for the one of the package in the question's language; empty for none.
        template: in Jinja's language; knows ``question``, ``id``, ``topics``, ``difficulty`` and
            ``language``.
    """

    system: str | None = None
    template: str = TEMPLATE

    @classmethod
    def read(cls, system: str | Path | None, template: str | Path | None) -> Prompt:
        """From files; None for the parts of the package.

        Raises:
            ModelError: a file cannot be read, or the template does not ask the question.
        """
        prompt = cls(
            None if system is None else _text(Path(system)),
            TEMPLATE if template is None else _text(Path(template)),
        )
        prompt.check(template)
        return prompt

    def check(self, path: str | Path | None = None) -> None:
        """Try the template.

        Args:
            path: the file it is from, for the message.

        Raises:
            ModelError: it is broken, or does not ask the question.
        """
        probe = Question("id", "a probing question", ("topic",), language="en")
        try:
            asked = self._fill(probe, probe.language)
        except ModelError as error:
            raise ModelError(error.what, path=path, line=error.line) from error
        if probe.text not in asked:
            raise ModelError("does not ask: write {{ question }} into it", path=path)

    def messages(self, question: Question, language: str) -> tuple[dict[str, str], ...]:
        """What is sent, for a question in one of its languages."""
        system = default_system(language) if self.system is None else self.system
        said = [{"role": "system", "content": system}] if system else []
        return (*said, {"role": "user", "content": self._fill(question, language)})

    def _fill(self, question: Question, language: str) -> str:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
        try:
            return environment.from_string(self.template).render(
                question=asked_in(question, language),
                id=question.id,
                topics=list(question.topics),
                difficulty=question.difficulty,
                language=language,
            )
        except (jinja2.TemplateError, ArithmeticError, TypeError, ValueError) as error:
            line = getattr(error, "lineno", None)
            raise ModelError(f"the template is broken: {error}", line=line) from error


def asked_in(question: Question, language: str) -> str | None:
    """A question's text in a language; None if it has none."""
    if language == question.language:
        return question.text
    translation = question.translations.get(language)
    return None if translation is None else translation.question


def default_system(language: str) -> str:
    """The system prompt of the package."""
    folder = files("grader.llm") / "prompts"
    own = folder / f"answer.{language}.txt"
    return (own if own.is_file() else folder / "answer.txt").read_text("utf-8").strip()


def _text(path: Path) -> str:
    content = read_bytes(path, ModelError, limit=_LONGEST)
    return decode(content, ModelError, path=path).strip()
