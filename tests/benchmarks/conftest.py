"""The benchmarks' own modules, and documents made up of figures that nobody measured."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))  # last, so that its folders hide no module of the tests


@pytest.fixture
def made_up():
    """A document of made-up scenarios, each a dict of what is not as usual."""

    def make(*scenarios, **changed):
        document = {
            "format": "trace-simulator benchmarks",
            "version": 1,
            "complete": True,
            "quick": False,
            "started": "2030-01-01T00:00:00+00:00",
            "seconds": 1.0,
            "machine": {
                "cpu": "made up",
                "cores": 4,
                "cores_used": 4,
                "python": "3",
                "kernel": "6",
                "system": "Linux",
                "memory_bytes": 2**34,
                "load_start": [0.1, 0.1, 0.1],
                "load_end": [1.0, 0.5, 0.2],
            },
            "packages": {"trace-simulator": "1", "numpy": "2", "zeus": None},
            "commit": {"hash": "0123", "changed": False},
            "scenarios": [{**_usual(number), **one} for number, one in enumerate(scenarios)],
        }
        return document | changed

    return make


def _usual(number):
    return {
        "id": f"room/scenario-{number}",
        "meaning": "Made up",
        "part": "nothing",
        "unit": "s",
        "better": "lower",
        "depends_on": "machine",
        "state": "measured",
        "value": 10.0,
        "low": 9.0,
        "high": 11.0,
        "spread": "made up",
        "repeats": [9.0, 10.0, 11.0],
        "against": "",
        "parameters": {},
        "load": [0.1, 0.1, 0.1],
    }
