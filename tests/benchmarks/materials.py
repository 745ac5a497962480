"""What attacks and invariances are made from in tests, in Russian and English."""

from __future__ import annotations

from attacks.material import Make, Material, code

RU_QUESTION = "Что такое дропаут и зачем он нужен?"
RU_REFERENCE = (
    "Дропаут случайно отключает часть нейронов на каждом шаге обучения. Сеть не может полагаться "
    "на отдельные нейроны и меньше переобучается. На предсказании работают все нейроны, а веса "
    "умножают на долю оставленных."
)
RU_OTHERS = (
    "Деревья решений делят выборку по порогу признака. Глубину ограничивают заранее.",
    "Кросс-валидация усредняет качество по нескольким разбиениям. Каждый объект один раз попадает "
    "в контроль.",
)
EN_QUESTION = "What is a linked list and how does it differ from an array?"
EN_REFERENCE = (
    "A linked list is a sequence of nodes that hold a value and a pointer. It grows dynamically. "
    "Access by index takes linear time."
)
EN_OTHERS = (
    "Recursion stops when the base case returns. Every call pushes a frame. Deep calls overflow.",
)


def russian(text: str, seed: str = "") -> Material:
    return Material(text, RU_QUESTION, (RU_REFERENCE,), RU_OTHERS, seed)


def english(text: str, seed: str = "") -> Material:
    return Material(text, EN_QUESTION, (EN_REFERENCE,), EN_OTHERS, seed)


def made(make: Make, text: str) -> str | None:
    return make((russian if code(text) == "ru" else english)(text))
