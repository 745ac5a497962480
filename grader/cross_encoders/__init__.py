"""Cross-encoders: models that read a key point and an answer together and say how they stand.

    from grader.cross_encoders import Pair, load_cross_encoder

    model = load_cross_encoder("embedded")
    model.judge([Pair("Что такое батч?", "Часть выборки на один шаг", "Сколько примеров за шаг.")])

``embedded`` runs the grading model of the package by ONNX Runtime; ``st:MODEL`` any model of
sentence-transformers with these four labels or with those of natural language inference.
"""

from .registry import LABELS, CrossEncoder, Pair, load_cross_encoder

__all__ = ["LABELS", "CrossEncoder", "Pair", "load_cross_encoder"]
