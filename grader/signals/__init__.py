"""Measurements of answers against their questions, one file a signal.

``SIGNALS`` names them in the order they are computed; import is left to the engine, since some
need heavy libraries.
"""

from grader.signals.measured import Contradiction, Measured, PointMeasured, Signal
from grader.signals.prepared import PreparedPoint, PreparedQuestion, prepare
from grader.signals.registry import PlugIn, WeightedSignal, load_signal, load_signals

__all__ = [
    "Contradiction",
    "Measured",
    "PlugIn",
    "PointMeasured",
    "PreparedPoint",
    "PreparedQuestion",
    "Signal",
    "WeightedSignal",
    "load_signal",
    "load_signals",
    "prepare",
]
