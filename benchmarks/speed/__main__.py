"""Runs the benchmark: ``python benchmarks/speed``."""

from __future__ import annotations

import sys
from pathlib import Path

# Python looks beside this file; this package lies above.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from speed.command import main  # noqa: E402

if __name__ == "__main__":
    main(prog_name="python benchmarks/speed")
