"""What `simulator.collect` offers by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

import simulator


def test_every_name_is_there_and_documented():
    """`__all__` is sorted, and every name in it can be had, also once the room of that name is loaded."""
    names = simulator.collect.__all__
    assert names == sorted(names)
    for _ in range(2):
        for name in names:
            assert getattr(simulator.collect, name).__doc__, name
            assert callable(getattr(simulator.collect, name)) or name == "FLAGS", name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = simulator.collect.nothing


def test_training_scripts_load_nothing_but_python():
    """What reports events must not slow a training script down, nor want libraries that it has not got."""
    code = (
        "import sys; from simulator.collect import events;"
        "print([m for m in 'numpy pandas pyarrow pynvml matplotlib psutil rich'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
