"""Engines by name: those that live elsewhere, and broken ones."""

from __future__ import annotations

import subprocess
import sys

import pytest
from small import JOB, TRACES

from simulator import replay
from simulator.errors import ExtraMissingError, ReplayError
from simulator.replay.engines import GROUP, engine_names, load_engine

ENGINE = """
from simulator.replay.events import play_events
def play(setting, seeds, *, workers, **how):
    yield from play_events(setting, seeds, workers=1, **how)
number = 3
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package, for the time of a test: its module's text and its entry points."""

    def install(name, module, entries):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(module)
        info = tmp_path / name / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n" + "\n".join(entries))
        monkeypatch.syspath_prepend(tmp_path / name)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return install


def test_an_engine_of_another_package_plays(package):
    """It is found by its entry point, and named in the manifest."""
    package("foreign_engine", ENGINE, ["foreign = foreign_engine:play"])
    assert engine_names() == ["auto", "event", "vectorized", "service", "foreign"]
    table = replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, engine="foreign")
    assert table.equals(replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, engine="event"))
    assert table.attrs["manifest"]["knobs"]["engine"] == "foreign"


def test_broken_engines_are_typed_errors(package):
    """One that cannot be imported, is no function, needs what is not there, or comes from two packages."""
    package("bad_engine", "raise RuntimeError('no luck')", ["bad = bad_engine:play"])
    package("odd_engine", ENGINE, ["odd = odd_engine:number", "twice = odd_engine:play", "event = odd_engine:number"])
    package("needy_engine", "import not_there_at_all", ["needy = needy_engine:play", "twice = needy_engine:play"])
    for name, text in {
        "bad": "of package 'bad_engine' cannot be loaded.*no luck",
        "odd": "is 3, which is no function",
        "needy": "needs not_there_at_all",
        "twice": "two packages offer an engine 'twice'",
    }.items():
        with pytest.raises(ReplayError, match=text):
            replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, engine=name)
    assert len(replay(JOB, TRACES, policy="default", seeds=0, recurrences=2, engine="event")) == 2


def test_unknown_engines_are_named_with_those_that_exist():
    """By a replay, and by whoever loads one."""
    with pytest.raises(ReplayError, match="'auto', 'event', 'vectorized', 'service'"):
        replay(JOB, TRACES, policy="default", seeds=0, engine="sevice")
    with pytest.raises(ReplayError, match=r"no engine is called 'sevice'.*did you mean 'service'"):
        load_engine("sevice")


def test_a_missing_extra_is_named(monkeypatch):
    """The service is an optional part."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    for name in [each for each in sys.modules if each.startswith("simulator.service.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ExtraMissingError, match=r"trace-simulator\[service\]"):
        load_engine("service")


def test_a_replay_that_does_not_rehearse_loads_nothing_of_the_service():
    """Neither the room nor its dependencies."""
    code = (
        "import sys, simulator; t = simulator.read_traces(gpu='v100');"
        "simulator.replay(t.jobs[0], t, policy='default', seeds=0, recurrences=2);"
        "assert not {n for n in sys.modules if n.startswith(('simulator.service', 'sqlalchemy', 'fastapi', 'httpx'))}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
