"""What sentence encoders are worth on graded answers, on other languages, and in seconds."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.encoders.embedded import EmbeddedEncoder

__all__ = ["measure", "public_rows", "references"]

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Floats]

# Deserve nothing whatever they resemble; an honest "I do not know" is not among them.
DISHONEST = frozenset(
    ["negated", "wrong_confident", "keyword_stuffing", "question_echo", "off_topic"]
)

# The same ten sentences in each language, in the same order.
PARALLEL = {
    "en": """The cat is sleeping on the sofa.
Water boils at one hundred degrees.
My brother works in a hospital.
The train to the capital leaves tomorrow morning.
Prices rose sharply last year.
The children are playing football in the park.
The president signed a new law.
This book is about the history of music.
The computer does not start after the update.
Plants need light and air to grow.""",
    "ru": """Кошка спит на диване.
Вода кипит при ста градусах.
Мой брат работает в больнице.
Поезд в столицу отправляется завтра утром.
В прошлом году цены резко выросли.
Дети играют в футбол в парке.
Президент подписал новый закон.
Эта книга об истории музыки.
Компьютер не запускается после обновления.
Растениям для роста нужны свет и воздух.""",
    "de": """Die Katze schläft auf dem Sofa.
Wasser kocht bei hundert Grad.
Mein Bruder arbeitet in einem Krankenhaus.
Der Zug in die Hauptstadt fährt morgen früh ab.
Die Preise sind im letzten Jahr stark gestiegen.
Die Kinder spielen Fußball im Park.
Der Präsident hat ein neues Gesetz unterschrieben.
Dieses Buch handelt von der Geschichte der Musik.
Der Computer startet nach dem Update nicht.
Pflanzen brauchen Licht und Luft zum Wachsen.""",
    "fr": """Le chat dort sur le canapé.
L'eau bout à cent degrés.
Mon frère travaille dans un hôpital.
Le train pour la capitale part demain matin.
Les prix ont fortement augmenté l'année dernière.
Les enfants jouent au football dans le parc.
Le président a signé une nouvelle loi.
Ce livre parle de l'histoire de la musique.
L'ordinateur ne démarre pas après la mise à jour.
Les plantes ont besoin de lumière et d'air pour pousser.""",
    "es": """El gato duerme en el sofá.
El agua hierve a cien grados.
Mi hermano trabaja en un hospital.
El tren a la capital sale mañana por la mañana.
Los precios subieron mucho el año pasado.
Los niños juegan al fútbol en el parque.
El presidente firmó una nueva ley.
Este libro trata de la historia de la música.
El ordenador no arranca después de la actualización.
Las plantas necesitan luz y aire para crecer.""",
    "it": """Il gatto dorme sul divano.
L'acqua bolle a cento gradi.
Mio fratello lavora in un ospedale.
Il treno per la capitale parte domani mattina.
I prezzi sono aumentati molto l'anno scorso.
I bambini giocano a calcio nel parco.
Il presidente ha firmato una nuova legge.
Questo libro parla della storia della musica.
Il computer non si avvia dopo l'aggiornamento.
Le piante hanno bisogno di luce e aria per crescere.""",
    "pl": """Kot śpi na kanapie.
Woda wrze w temperaturze stu stopni.
Mój brat pracuje w szpitalu.
Pociąg do stolicy odjeżdża jutro rano.
Ceny gwałtownie wzrosły w zeszłym roku.
Dzieci grają w piłkę nożną w parku.
Prezydent podpisał nową ustawę.
Ta książka jest o historii muzyki.
Komputer nie uruchamia się po aktualizacji.
Rośliny potrzebują światła i powietrza, żeby rosnąć.""",
    "tr": """Kedi kanepede uyuyor.
Su yüz derecede kaynar.
Kardeşim bir hastanede çalışıyor.
Başkente giden tren yarın sabah kalkıyor.
Fiyatlar geçen yıl hızla arttı.
Çocuklar parkta futbol oynuyor.
Cumhurbaşkanı yeni bir yasa imzaladı.
Bu kitap müzik tarihi hakkında.
Bilgisayar güncellemeden sonra açılmıyor.
Bitkilerin büyümek için ışığa ve havaya ihtiyacı vardır.""",
    "ar": """القطة نائمة على الأريكة.
يغلي الماء عند مئة درجة.
أخي يعمل في مستشفى.
القطار إلى العاصمة يغادر صباح الغد.
ارتفعت الأسعار بشكل حاد العام الماضي.
الأطفال يلعبون كرة القدم في الحديقة.
وقع الرئيس قانونا جديدا.
هذا الكتاب عن تاريخ الموسيقى.
الكمبيوتر لا يعمل بعد التحديث.
تحتاج النباتات إلى الضوء والهواء لكي تنمو.""",
    "zh": """猫在沙发上睡觉。
水在一百度沸腾。
我哥哥在医院工作。
去首都的火车明天早上出发。
去年价格大幅上涨。
孩子们在公园里踢足球。
总统签署了一项新法律。
这本书是关于音乐历史的。
更新后电脑无法启动。
植物生长需要光和空气。""",
    "ja": """猫がソファで寝ています。
水は百度で沸騰します。
私の兄は病院で働いています。
首都行きの電車は明日の朝出発します。
去年、物価が急激に上がりました。
子供たちは公園でサッカーをしています。
大統領は新しい法律に署名しました。
この本は音楽の歴史についてです。
アップデート後、コンピューターが起動しません。
植物が育つには光と空気が必要です。""",
    "ko": """고양이가 소파에서 자고 있다.
물은 백 도에서 끓는다.
내 형은 병원에서 일한다.
수도로 가는 기차는 내일 아침에 출발한다.
작년에 물가가 급격히 올랐다.
아이들이 공원에서 축구를 하고 있다.
대통령이 새로운 법에 서명했다.
이 책은 음악의 역사에 관한 것이다.
업데이트 후 컴퓨터가 켜지지 않는다.
식물이 자라려면 빛과 공기가 필요하다.""",
    "th": """แมวกำลังนอนหลับอยู่บนโซฟา
น้ำเดือดที่หนึ่งร้อยองศา
พี่ชายของฉันทำงานในโรงพยาบาล
รถไฟไปเมืองหลวงออกพรุ่งนี้เช้า
ปีที่แล้วราคาสูงขึ้นอย่างมาก
เด็กๆ กำลังเล่นฟุตบอลในสวนสาธารณะ
ประธานาธิบดีลงนามในกฎหมายใหม่
หนังสือเล่มนี้เกี่ยวกับประวัติศาสตร์ดนตรี
คอมพิวเตอร์ไม่เปิดหลังจากการอัปเดต
พืชต้องการแสงและอากาศเพื่อเติบโต""",
}


@cache
def public_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of ``name.jsonl.gz``."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def references(row: dict[str, Any]) -> list[str]:
    """The reference answers of a row, one or several."""
    given = row["reference"]
    return [given] if isinstance(given, str) else list(given or [])


def similarity(encode: Encode, rows: Sequence[dict[str, Any]]) -> float:
    """Pearson r of the grade with the cosine to the nearest reference."""
    places: dict[str, int] = {}
    for row in rows:
        for text in (row["answer"] or "", *references(row)):
            places.setdefault(text, len(places))
    vectors = encode(list(places))
    nearest = []
    for row in rows:
        answer = vectors[places[row["answer"] or ""]]
        nearest.append(max(float(answer @ vectors[places[text]]) for text in references(row)))
    return _pearson(nearest, [row["grade"] for row in rows])


def coverage(encode: Encode, folder: Path) -> dict[str, float]:
    """Key points against the sentences of Russian answers.

    A point is covered by as much as the cosine of its nearest sentence; an answer by the weighted
    mean over its points. ``points`` is Pearson r with the raters' marks for points, ``coverage``
    with the grade, ``whole`` that of the cosine of whole answer and reference with the grade; each
    once more over the honest answers only.
    """
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = {row["question_id"]: row for row in map(json.loads, lines)}
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    honest, covered, wholes, grades = [], [], [], []
    point_honest, cosines, marks = [], [], []
    for answer in answers:
        question = questions[answer["question_id"]]
        points = question["key_points"]
        parts = [s for s in re.split(r"(?<=[.!?;…])\s+|\n+", answer["answer"]) if s.strip()]
        vectors = encode([p["text"] for p in points] + [part.strip() for part in parts])
        nearest = (vectors[: len(points)] @ vectors[len(points) :].T).max(axis=1)
        whole = encode([answer["answer"], question["reference"]])
        fair = answer["kind"] not in DISHONEST
        honest.append(fair)
        covered.append(float(np.average(nearest, weights=[p["weight"] for p in points])))
        wholes.append(float(whole[0] @ whole[1]))
        grades.append(answer["grade"])
        cosines += nearest.tolist()
        marks += [(answer["points1"][p["id"]] + answer["points2"][p["id"]]) / 2 for p in points]
        point_honest += [fair] * len(points)
    every = [True] * len(answers)
    return {
        "points": _pearson(cosines, marks),
        "points, honest": _pearson(cosines, marks, point_honest),
        "coverage": _pearson(covered, grades, every),
        "coverage, honest": _pearson(covered, grades, honest),
        "whole": _pearson(wholes, grades, every),
        "whole, honest": _pearson(wholes, grades, honest),
    }


def languages(encode: Encode) -> dict[str, str]:
    """By language: how many of ten sentences find their own English one, and by what margin.

    The margin is the mean cosine to the right sentence less that to the nearest wrong one.
    """
    english = encode(PARALLEL["en"].split("\n"))
    found = {}
    for language, text in PARALLEL.items():
        if language == "en":
            continue
        cosines = encode(text.split("\n")) @ english.T
        right = np.diag(cosines)
        wrong = np.where(np.eye(len(cosines), dtype=bool), -np.inf, cosines).max(axis=1)
        found[language] = f"{int((right > wrong).sum())} ({(right - wrong).mean():+.2f})"
    return found


def _pearson(
    left: Sequence[float], right: Sequence[float], chosen: Sequence[bool] | None = None
) -> float:
    mask = np.ones(len(left), bool) if chosen is None else np.asarray(chosen)
    return float(np.corrcoef(np.asarray(left)[mask], np.asarray(right)[mask])[0, 1])


def _columns(encode: Encode, public: Path, russian: Path) -> dict[str, float]:
    found = {}
    for name in ("ru_stsb", "ru_paraphraser", "mohler", "scientsbank", "beetle", "saf_en"):
        rows = public_rows(public, name)
        found[name] = similarity(encode, rows)
        tests = [row for row in rows if "test" in row["split"]]
        if name in {"scientsbank", "beetle", "saf_en"}:
            found[f"{name}, test"] = similarity(encode, tests)
    return {**found, **coverage(encode, russian)}


def measure(public: Path, russian: Path, folders: Sequence[Path], teacher: Encode | None) -> None:
    """Prints Markdown tables of agreement, languages, size and speed, a column an encoder."""
    encoders: dict[str, Encode] = {}
    speeds: dict[str, dict[str, str]] = {}
    sample = [row["answer"] or "" for row in public_rows(public, "scientsbank")]
    sample += [row["answer"] or "" for row in public_rows(public, "ru_stsb")]
    for folder in folders:
        begun = time.perf_counter()
        model = EmbeddedEncoder(folder)
        model.encode(["text"])
        loaded = time.perf_counter() - begun
        begun = time.perf_counter()
        model.encode(sample)
        seconds = time.perf_counter() - begun
        size = sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".md")
        words = sum(len(text.split()) for text in sample) / len(sample)
        speeds[folder.name] = {
            "MB": f"{size / 1e6:.1f}",
            "load and first text, s": f"{loaded:.2f}",
            f"texts of {words:.0f} words/s": f"{len(sample) / seconds:.0f}",
            "version": model.version,
        }
        encoders[folder.name] = model.encode
    if teacher:
        encoders["USE v3"] = teacher
    columns = {name: _columns(encode, public, russian) for name, encode in encoders.items()}
    figures = {n: {k: f"{v:.3f}" for k, v in column.items()} for n, column in columns.items()}
    _table("Pearson r", figures)
    _table("sentences of ten, margin", {n: languages(e) for n, e in encoders.items()})
    _table("cost", speeds)


def _table(title: str, columns: dict[str, dict[str, str]]) -> None:
    print(f"\n| {title} | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}")
    for row in next(iter(columns.values())):
        print(f"| {row} | {' | '.join(column.get(row, '') for column in columns.values())} |")
