"""Russian interface text."""

from __future__ import annotations

from grader.report.languages import (
    ru_calibration,
    ru_comparison,
    ru_gates,
    ru_items,
    ru_validation,
)

__all__ = ["DECIMAL", "FLAGS", "PERCENT", "PLURAL", "SIGNALS", "STEPS", "TEXTS", "THOUSANDS"]

DECIMAL = ","
THOUSANDS = "\u00a0"
PERCENT = "\u00a0%"


def PLURAL(n: int) -> int:  # noqa: N802 - read like the constants beside it
    """0 for «1 ответ», 1 for «2 ответа», 2 for «5 ответов»."""
    n = abs(n)
    if n % 10 == 1 and n % 100 != 11:
        return 0
    if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14:
        return 1
    return 2


TEXTS: dict[str, str | tuple[str, ...]] = {
    # counts
    "n_answers": ("{n} ответ", "{n} ответа", "{n} ответов"),
    "n_questions": ("{n} вопрос", "{n} вопроса", "{n} вопросов"),
    "n_topics": ("{n} тема", "{n} темы", "{n} тем"),
    "n_respondents": ("{n} респондент", "{n} респондента", "{n} респондентов"),
    "n_unjudged": ("{n} без оценки", "{n} без оценки", "{n} без оценки"),
    "n_missed": (
        "упущен в {n} ответе из\u00a0{total}",
        "упущен в {n} ответах из\u00a0{total}",
        "упущен в {n} ответах из\u00a0{total}",
    ),
    "n_more": ("и ещё {n}", "и ещё {n}", "и ещё {n}"),
    "sheet_full": (
        "Больше лист не вмещает: ещё {n} строка — в отчёте CSV.",
        "Больше лист не вмещает: ещё {n} строки — в отчёте CSV.",
        "Больше лист не вмещает: ещё {n} строк — в отчёте CSV.",
    ),
    # report
    "report": "Отчёт по темам",
    "overall": "Средний балл",
    "out_of": "{score} из {scale}",
    "of": "из",
    "interval": "95{percent} интервал",
    "no_interval": "для интервала нужно хотя бы два вопроса",
    "verdict": "Сильнее всего — {best}, слабее всего — {worst}.",
    "verdict_overlap": "Интервалы пересекаются: разница между темами может быть случайной.",
    "verdict_apart": "Интервалы не пересекаются: разница между темами вряд ли случайна.",
    "verdict_few": "Вопросов мало, поэтому разница может быть случайной.",
    "verdict_one": "Все ответы по одной теме: {topic}.",
    "verdict_none": "Ни один ответ оценить не удалось.",
    "verdict_empty": "В этом запуске нет ответов.",
    "passed": "Порог {threshold} пройден",
    "failed": "Порог {threshold} не пройден",
    "not_judged": "Оценить нечего, порог {threshold} не пройден",
    "distribution": "Распределение баллов",
    "distribution_bin": "{low}–{high}: {answers}",
    "topics": "Темы",
    "questions": "Вопросы",
    "respondents": "Респонденты",
    "answers": "Ответы",
    "points": "Ключевые пункты",
    "missed": "Чаще всего упускают",
    "flags": "Отметки",
    "bad_rows": "Пропущенные строки",
    "weakest_first": "слабые сверху",
    "best_first": "сильные сверху",
    "weakest_questions": "Самые слабые вопросы",
    "topics_note": "Точка — средний балл, линия — 95{percent} интервал: вопросы темы выбираются "
    "заново {resamples} раз. Ответ учтён в каждой из своих тем. Пунктир — средний балл по всем "
    "ответам.",
    "questions_note": "Интервал показывает, насколько средний балл зависит от того, чьи это "
    "ответы.",
    "respondents_note": "Средний балл по темам. Нажмите на ячейку, чтобы увидеть ответы.",
    "missed_note": "Пункты с самым низким средним покрытием.",
    "flags_note": "Отметка говорит об ответе в целом: она снижает балл или просит взглянуть.",
    "bad_rows_note": "Эти строки входного файла не прочитаны и в отчёт не вошли.",
    "topic": "Тема",
    "question": "Вопрос",
    "respondent": "Респондент",
    "answer": "Ответ",
    "point": "Пункт",
    "flag": "Отметка",
    "meaning": "Что это значит",
    "count": "Сколько",
    "score": "Балл",
    "score_of": "Балл (из {scale})",
    "low": "От",
    "high": "До",
    "coverage": "Покрытие",
    "weight": "Вес",
    "weighs": "вес\u00a0{weight}",
    "missed_count": "Упущен",
    "total": "Всего",
    "file": "Файл",
    "line": "Строка",
    "field": "Поле",
    "problem": "Что не так",
    "answer_id": "ID ответа",
    "question_id": "ID вопроса",
    "unnamed": "без имени",
    "no_score": "нет оценки",
    "chart": "График",
    # one grade
    "evidence": "Ответы и обоснование",
    "evidence_note": "Откройте ответ, чтобы увидеть, чем засчитан каждый пункт и как "
    "получился балл.",
    "evidence_capped": "Здесь {shown} из {total}: с отметками, без оценки и самые слабые. "
    "Остальные покажет grader explain.",
    "questions_capped": "Здесь {shown} из {total}, самые слабые. Остальные — в report.json.",
    "respondents_capped": "Здесь {shown} из {total}, самые сильные. Остальные — в report.json.",
    "answer_text": "Ответ",
    "empty_answer": "Текста нет.",
    "found": "совпало",
    "contradicted": "противоречит",
    "misconceptions": "Заблуждения",
    "misconception_cost": "минус {cost}",
    "derivation": "Как получился балл",
    "signals": "Измерения ответа целиком",
    "factor": "балл × {factor}",
    "factor_none": "на балл не влияет",
    "reference": "Эталонный ответ",
    "legend_match": "совпало с ожидаемым",
    "legend_contradicted": "противоречит пункту",
    "legend_misconception": "заблуждение",
    "true_interval": "вероятный диапазон",
    "needs_review": "оценка ненадёжна, проверьте сами",
    # filter
    "search": "Поиск по тексту",
    "all_topics": "Все темы",
    "all_respondents": "Все респонденты",
    "all_flags": "Любые отметки",
    "any_flag": "С отметкой",
    "no_flag": "Без отметок",
    "sort": "Порядок",
    "sort_low": "Сначала слабые",
    "sort_high": "Сначала сильные",
    "sort_given": "Как во входном файле",
    "reset": "Сбросить",
    "nothing": "Ничего не нашлось.",
    "show_answers": "Показать ответы",
    "skip_link": "К содержанию",
    "contents": "Разделы",
    "filters": "Отбор ответов",
    # footer
    "footer": "Числа воспроизводятся из этой подписи",
    "manifest": "Паспорт запуска",
    "how_to_read": "Балл — доля от полного ответа на шкале банка. Покрытие пункта — насколько "
    "ответ его раскрыл. Прочерк значит «нельзя судить», а не ноль.",
    # JUnit
    "below": "балл {score} ниже порога {threshold}",
    # how words matched
    "how_exact": "точно",
    "how_lemma": "по форме слова",
    "how_term": "термин",
    "how_typo": "с опечаткой",
    "how_phrase": "фраза",
    "how_prefix": "по началу слова",
    "how_regex": "по образцу",
    "how_opposite": "противоположное",
    "how_negation": "отрицание",
    "how_quote": "цитата",
    # что модель говорит о пункте
    "says_covered": "раскрыто",
    "says_partly": "раскрыто частично",
    "says_absent": "не сказано",
    "says_contradicted": "сказано обратное",
    # validation
    **ru_validation.TEXTS,
    # item quality
    **ru_comparison.TEXTS,
    **ru_items.TEXTS,
    # calibration
    **ru_calibration.TEXTS,
    # gates
    **ru_gates.TEXTS,
}

FLAGS: dict[str, tuple[str, str]] = {
    "empty": ("пустой ответ", "В ответе нет текста."),
    "question_echo": (
        "повтор вопроса",
        "Ответ пересказывает вопрос и почти ничего к нему не добавляет.",
    ),
    "keyword_list": (
        "набор терминов",
        "Термины перечислены, но утверждений с ними нет.",
    ),
    "copy": ("копия", "Ответ почти дословно совпадает с другим ответом."),
    "wrong_language": ("другой язык", "Ответ написан не на том языке, на котором его ждут."),
    "gibberish": ("бессмыслица", "Текст не похож на связную речь."),
    "too_long": ("слишком длинный", "Ответ намного длиннее, чем нужно на такой вопрос."),
    "opposite_polarity": (
        "обратный смысл",
        "Ответ отрицает то, что утверждает эталон, или наоборот.",
    ),
    "incoherent": (
        "бессвязность",
        "Термины верные, но соединены не так, как связаны по смыслу.",
    ),
    "dont_know": ("не знаю", "Отвечающий прямо говорит, что не знает."),
    "hidden_characters": (
        "скрытые символы",
        "В тексте есть невидимые символы или буквы чужого алфавита, похожие на свои.",
    ),
    "off_topic": ("не по теме", "Ответ говорит о другом."),
}

STEPS: dict[str, str] = {
    "points": "Ключевые пункты",
    "whole": "Ответ целиком",
    "reference": "Эталон целиком",
    "contradiction": "Противоречие",
    "similarity": "Сходство с эталоном",
    "combine": "Сочетание измерений",
    "combination": "Сочетание измерений",
    "misconception": "Заблуждение",
    "misconceptions": "Заблуждения",
    "cap": "Потолок без обязательного пункта",
    "flag": "Отметка",
    "flags": "Отметки",
    "signals": "С подключёнными сигналами",
    "calibration": "Калибровка",
    "override": "Правка человека",
    "final": "Итог",
}

SIGNALS: dict[str, str] = {
    "lexical": "слова эталона",
    "rubric": "ключевые слова",
    "keywords": "ключевые слова",
    "keyword": "ключевые слова",
    "semantic": "смысл",
    "similarity": "сходство с эталоном",
    "reached": "охват эталона",
    "support": "опора на эталон",
    "polarity": "согласие с эталоном",
    "embedding": "смысл",
    "entailment": "модель",
    "judge": "модель-судья",
    "own": "без подключённых сигналов",
    "closeness": "слова и смысл вместе",
    "contradiction": "противоречие",
    "integrity": "проверки текста",
    "token_f1": "слова, F1",
    "token_recall": "слова, полнота",
    "recall": "полнота",
    "chrf": "chrF",
    "rouge_l": "ROUGE-L",
    "tfidf": "TF-IDF",
    "length": "длина",
}
