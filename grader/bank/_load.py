"""From files to a :class:`Bank`: read, check, put together."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from grader.documents import (
    YAML_SUFFIXES,
    Document,
    Place,
    convert,
    read_document,
    read_json_lines,
)
from grader.errors import BankError
from grader.files import did_you_mean, quoted
from grader.model import Question, Rubric

from ._bank import Bank
from ._build import build_question, build_rubric, clean_topic
from ._find import find_bank, find_rubrics, yaml_files
from .schema import BankInfo, QuestionEntry, QuestionFile, RubricFile, TermsFile

__all__ = ["load"]

_INFO_FILES = ("bank.yaml", "bank.yml")
_TERMS_FILES = ("terms.yaml", "terms.yml")


class _Parts:
    """What has been read so far."""

    def __init__(self) -> None:
        self.info = BankInfo()
        self.entries: list[tuple[QuestionEntry, Place]] = []
        self.terms: tuple[tuple[str, ...], ...] = ()
        self.digests: dict[str, list[bytes]] = {"bank": [], "rubrics": [], "terms": []}


def load(source: str | Path, rubrics: str | Path | None) -> Bank:
    """See :meth:`Bank.load`."""
    path = find_bank(source)
    rubric_paths = find_rubrics(rubrics, path)
    parts = _Parts()
    try:
        if path.is_dir():
            _read_folder(path, parts)
        else:
            _read_file(path, parts)
        found = _read_rubrics(rubric_paths, parts)
    except OSError as problem:
        raise BankError(f"cannot be read: {problem.strerror}", path=problem.filename) from None
    questions = _questions(parts, found)
    if not questions:
        raise BankError("no questions", path=path)
    languages = Counter(question.language for question in questions.values())
    language = parts.info.language or languages.most_common(1)[0][0]
    name = parts.info.name or (path.resolve().name if path.is_dir() else path.stem)
    return Bank(
        name=name.strip(),
        title=_titles(parts.info.title, language),
        language=language,
        scale=parts.info.scale,
        topics={
            clean_topic(topic): _titles(title, language)
            for topic, title in parts.info.topics.items()
        },
        questions=questions,
        terms=parts.terms,
        sha256=_content_hash(parts.digests),
    )


def _read_folder(folder: Path, parts: _Parts) -> None:
    for path in yaml_files(folder):
        if path.name in _TERMS_FILES:
            document = read_document(path, BankError, digests=parts.digests["terms"])
            lists = convert(Place(document), TermsFile)
            parts.terms = tuple(
                tuple(unicodedata.normalize("NFC", term).strip() for term in terms)
                for terms in lists
            )
            continue
        document = read_document(path, BankError, digests=parts.digests["bank"])
        top = _mapping(document)
        if path.name in _INFO_FILES:
            if "questions" in document.data:
                raise top.at("questions").error("questions go into other files of the folder")
            parts.info = convert(top, BankInfo)
            continue
        for name in BankInfo.__struct_fields__:
            if name in document.data:
                raise top.at(name).error("belongs in the folder's bank.yaml")
        _add(convert(top, QuestionFile), top, parts)
    if not parts.entries:
        raise BankError("no questions in the *.yaml files of this folder", path=folder)


def _read_file(path: Path, parts: _Parts) -> None:
    if path.suffix.lower() in (*YAML_SUFFIXES, ".json"):
        digests = parts.digests["bank"]
        top = _mapping(read_document(path, BankError, digests=digests, list_keys=("questions",)))
        file = convert(top, QuestionFile)
        parts.info = file
        _add(file, top, parts)
        return
    for document in read_json_lines(path, BankError, digests=parts.digests["bank"]):
        place = _mapping(document)
        parts.entries.append((convert(place, QuestionEntry), place))


def _add(file: QuestionFile, top: Place, parts: _Parts) -> None:
    for index, entry in enumerate(file.questions):
        parts.entries.append((entry, top.at("questions", index)))


def _mapping(document: Document) -> Place:
    place = Place(document)
    if not isinstance(document.data, dict):
        raise place.error(f"expected a mapping of fields, got {quoted(document.data)}")
    return place


def _read_rubrics(paths: Iterable[Path], parts: _Parts) -> dict[str, tuple[Rubric, Place]]:
    found: dict[str, tuple[Rubric, Place]] = {}
    for path in paths:
        digests = parts.digests["rubrics"]
        top = _mapping(read_document(path, BankError, digests=digests, list_keys=("rubrics",)))
        for index, entry in enumerate(convert(top, RubricFile).rubrics):
            place = top.at("rubrics", index)
            rubric = build_rubric(entry, place)
            where = place.either("question", "question_id")
            if rubric.question_id in found:
                first = _where(found[rubric.question_id][1], where)
                raise where.error(f"a second rubric for {rubric.question_id!r} (first {first})")
            found[rubric.question_id] = (rubric, where)
    return found


def _questions(parts: _Parts, rubrics: Mapping[str, tuple[Rubric, Place]]) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    places: dict[str, Place] = {}
    for entry, place in parts.entries:
        question = build_question(entry, place, parts.info.language)
        where = place.either("id", "question_id")
        if question.id in questions:
            first = _where(places[question.id], where)
            raise where.error(f"a second question {question.id!r} (first {first})")
        if question.id in rubrics:
            question = msgspec.structs.replace(question, rubric=rubrics[question.id][0])
        if not question.references and question.rubric is None:
            raise place.error(
                f"question {question.id!r} has neither a reference answer nor key points"
            )
        questions[question.id], places[question.id] = question, where
    for question_id, (_, place) in rubrics.items():
        if question_id not in questions:
            hint = did_you_mean(question_id, questions)
            raise place.error(f"no question {quoted(question_id)} in the bank{hint}")
    return questions


def _where(first: Place, second: Place) -> str:
    if first.document.path == second.document.path:
        return f"on line {first.line}"
    return f"in {first.document.path}:{first.line}"


def _titles(title: str | dict[str, str] | None, language: str) -> dict[str, str]:
    if title is None:
        return {}
    titles = {language: title} if isinstance(title, str) else title
    return {code: text.strip() for code, text in titles.items()}


def _content_hash(digests: Mapping[str, list[bytes]]) -> str:
    """Of what each file holds and serves as, whatever it is called and wherever it lies."""
    whole = sha256()
    for role, each in digests.items():
        for digest in sorted(each):
            whole.update(role.encode() + b":" + digest)
    return whole.hexdigest()
