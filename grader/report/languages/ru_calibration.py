"""Russian interface text of calibration."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS: dict[str, str | tuple[str, ...]] = {
    "calibration": "Калибровка по оценкам людей",
    # sentences
    "calibration_formula": "Новый балл = {formula}, от 0 до 1.",
    "calibration_score": "балл",
    "calibration_graded": "оценённые ответы",
    "calibration_learned": (
        "У {n} вопроса довольно оценённых ответов, чтобы учиться по ним. Там новый балл = "
        "{formula}.",
        "У {n} вопросов довольно оценённых ответов, чтобы учиться по ним. Там новый балл = "
        "{formula}.",
        "У {n} вопросов довольно оценённых ответов, чтобы учиться по ним. Там новый балл = "
        "{formula}.",
    ),
    "calibration_learned_nothing": (
        "У {n} вопроса довольно оценённых ответов, чтобы учиться по ним, но это ничего не дало.",
        "У {n} вопросов довольно оценённых ответов, чтобы учиться по ним, но это ничего не дало.",
        "У {n} вопросов довольно оценённых ответов, чтобы учиться по ним, но это ничего не дало.",
    ),
    "calibration_strength": "Сила притяжения к нынешнему баллу: {strength}, выбрана на отложенных "
    "ответах.",
    "calibration_default": "Никакие другие веса не предсказывают оценки лучше нынешнего балла "
    "больше чем на одну стандартную ошибку: баллы не меняются, добавлены только интервалы.",
    "calibration_covers": "В интервал {coverage} попало {held} отложенных оценок; его средняя "
    "ширина — {width}.",
    "calibration_unchecked": "Оценок слишком мало, чтобы проверить, попадают ли в интервалы "
    "{coverage} из них.",
    "calibration_review": (
        "У {n} ответа из {of} интервал шире {width}: его стоит посмотреть человеку.",
        "У {n} ответов из {of} интервал шире {width}: их стоит посмотреть человеку.",
        "У {n} ответов из {of} интервал шире {width}: их стоит посмотреть человеку.",
    ),
    "calibration_written": "Калибровка: {path}",
    "calibration_next": "Оценивать с ней: grader score ОТВЕТЫ --calibration {path}",
    # sections
    "calibration_held_out": "Согласие на отложенных ответах",
    "calibration_curve": "Если наименее надёжные ответы оценит человек",
    # columns
    "calibration_before": "Было",
    "calibration_after": "Стало",
    "calibration_share": "Человеку",
    "calibration_with": "{statistic} всех",
    "calibration_rest": "{statistic} прочих",
    "calibration_note": "Всех — с оценками человека там, где оценил человек. Прочих — ответов, "
    "оставленных машине. RMSE и ширина — в баллах шкалы.",
}
