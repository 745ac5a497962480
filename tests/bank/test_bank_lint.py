"""Lint: what it finds, and that it keeps quiet about a good bank."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from grader.bank import Bank, Finding, lint
from grader.model import AllOf, AnyOf, Near, Pattern, Regex

GOOD = """\
    language: ru
    topics: {t: Тема}
    questions:
      - id: a
        topic: t
        question: Что даёт регуляризация весов?
        reference: Регуляризация штрафует большие веса, модель проще, переобучение слабее.
        translations:
          en:
            question: What does weight decay do?
            reference: It adds a penalty for large weights, so a simpler model overfits less.
        key_points:
          - text: Большие веса штрафуются.
            translations: {en: Penalty.}
            keywords: [штраф | penalty]
          - text: Модель становится проще.
            translations: {en: Simple.}
            keywords: [прощ | simpler]
          - text: Переобучение слабее.
            translations: {en: Less overfitting.}
            keywords: [all: [переобучение | overfits, слабее | less]]
        misconceptions:
          - {id: m, text: Веса растут., translations: {en: Grow.}, keywords: [растут | grow]}
    """


def bank(tmp_path: Path, text: str) -> Bank:
    path = tmp_path / "b.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return Bank.load(path)


def contains(pattern: Pattern, text: str) -> float:
    """The simplest matcher there is: a phrase is found if it is a part of the text."""
    match pattern:
        case AnyOf(phrases):
            return float(any(phrase.rstrip("*") in text.lower() for phrase in phrases))
        case AllOf(parts) | Near(parts):
            return sum(contains(part, text) for part in parts) / len(parts)
        case Regex(expression):
            return float(expression in text)


def found(bank: Bank) -> set[tuple[str, str, str]]:
    return {(each.question_id, each.level, each.message) for each in lint(bank, contains)}


def test_a_good_bank(tmp_path: Path) -> None:
    good = bank(tmp_path, GOOD)
    assert lint(good) == []
    assert lint(good, contains) == []


def test_keywords_on_the_banks_own_texts(tmp_path: Path) -> None:
    text = GOOD.replace("[штраф | penalty]", "[вес | decay]")
    text = text.replace("прощ | simpler", "прощ | nothing").replace(
        "растут | grow", "больш | decay"
    )
    assert found(bank(tmp_path, text)) == {
        (
            "a",
            "warning",
            "keywords 1 of key point 'k1' are satisfied by the question itself: "
            "'Что даёт регуляризация весов?'",
        ),
        (
            "a",
            "warning",
            "keywords 1 of key point 'k1' are satisfied by the question itself: "
            "'What does weight decay do?'",
        ),
        ("a", "warning", "no keywords of key point 'k1' fire on the 'en' reference"),
        ("a", "warning", "no keywords of key point 'k2' fire on the 'en' reference"),
        ("a", "warning", "misconception 'm' fires on the 'ru' reference"),
        ("a", "warning", "misconception 'm' fires on the 'en' question"),
    }
    assert lint(bank(tmp_path, text)) == []


def test_doubtful_rubrics(tmp_path: Path) -> None:
    text = """\
        topics: {t: Тема}
        questions:
          - id: a
            topics: [t, untitled]
            question: Почему градиент затухает?
            reference: Множители малы.
            translations: {en: {question: Why does the gradient vanish?}}
            key_points:
              - {text: Производная сигмоиды не больше четверти., translations: {en: x}}
              - {text: Производная сигмоиды не больше четверти, keywords: [четверть]}
          - id: b
            topics: [untitled]
            question: Что такое градиент?
            reference: Вектор частных производных функции.
        """
    assert found(bank(tmp_path, text)) == {
        ("a", "note", "no reference answer in 'en'"),
        ("a", "note", "reference of only 15 characters: 'Множители малы.'"),
        ("a", "note", "2 key points; 3 to 6 work best"),
        ("a", "note", "key point 'k1' has no keywords"),
        ("a", "note", "key point 'k2' has no translation into 'en'"),
        ("a", "warning", "key points 'k1' and 'k2' say nearly the same"),
        ("a", "warning", "no keywords of key point 'k2' fire on the 'ru' reference"),
        ("a", "note", "topic 'untitled' has no title"),
        ("b", "note", "no translation into 'en'"),
        ("b", "note", "reference of only 35 characters: 'Вектор частных производных функции.'"),
        ("b", "note", "no rubric"),
    }


def test_untitled_topics_of_a_bank_without_titles(tmp_path: Path) -> None:
    only = "questions: [{id: a, topic: t, question: x, reference: " + "y" * 50 + "}]"
    assert lint(bank(tmp_path, only)) == [Finding("a", "note", "no rubric")]
