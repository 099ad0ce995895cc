"""Tests, and the runners beside them: `.venv/bin/python -m tests.simulation`, `-m tests.fuzz.payload`."""

import sys
from pathlib import Path

_SOURCES = str(Path(__file__).parents[1] / "src")
if _SOURCES not in sys.path:  # a runner is started from a checkout, without an installation
    sys.path.insert(0, _SOURCES)
