"""Executors by their words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from simulator.errors import ConfigError, ExtraMissingError
from simulator.explore.executors import EXECUTORS, executor


@pytest.mark.parametrize("word", ["inline", "pool"])
def test_a_word_makes_an_executor(word):
    """It is not started, and can be stopped nevertheless."""
    with executor(word) as made:
        assert made.name == word
        assert made.capacity >= 1


def test_an_unknown_word_names_those_that_exist():
    """And the nearest."""
    with pytest.raises(ConfigError, match=r"'slrum'; there are dask, inline, pool, slurm; did you mean 'slurm'\?"):
        executor("slrum")


def test_an_unknown_setting_names_those_that_exist():
    """A misspelt one is not silently ignored."""
    with pytest.raises(ConfigError, match=r"'pool' has no setting 'worker'; it has workers; did you mean 'workers'\?"):
        executor("pool", worker=2)
    with pytest.raises(ConfigError, match="'inline' has no setting 'workers'; it has none"):
        executor("inline", workers=2)


@pytest.mark.parametrize(("word", "package"), [("slurm", "submitit"), ("dask", "distributed")])
def test_a_missing_extra_is_named(word, package, monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, package, None)
    for module in [name for name in sys.modules if name.startswith(EXECUTORS[word][0])]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ExtraMissingError, match=rf"pip install 'trace-simulator\[{word}\]'"):
        executor(word)


def test_looking_at_executors_loads_nothing_heavy():
    """Neither numbers nor clusters are needed to choose one."""
    code = (
        "import sys; from simulator.explore.executors import executor; executor('inline'); executor('pool');"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'submitit', 'distributed'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
