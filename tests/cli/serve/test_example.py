"""Examples of a deployment: listed with what they are, written once."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.cli import main


@pytest.fixture
def say(tmp_path, monkeypatch):
    """Says ``simulator serve example ...`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, ["serve", "example", *words])


def test_examples_are_listed_with_what_they_are(say):
    """A line each, and the package's own files are none."""
    lines = say().output.splitlines()
    assert [line.split()[0] for line in lines] == ["Dockerfile", "simulator.service"]
    assert all(len(line.split()) > 3 for line in lines)


@pytest.mark.parametrize("name", ["Dockerfile", "simulator.service"])
def test_an_example_is_written_as_it_is_shipped(say, name):
    """Under its name, or another one."""
    shipped = files("simulator.service.deploy").joinpath(name).read_text(encoding="utf-8")
    assert say(name).output == f"Wrote {name}\n"
    assert say(name, "--out", "mine").exit_code == 0
    assert Path(name).read_text(encoding="utf-8") == Path("mine").read_text(encoding="utf-8") == shipped


def test_no_file_is_overwritten(say):
    """Neither one of theirs, nor one of another kind; a wrong name gets a hint."""
    Path("Dockerfile").write_text("mine")
    ended = say("Dockerfile")
    assert ended.exit_code == 2
    assert "Dockerfile exists already" in ended.output
    assert Path("Dockerfile").read_text() == "mine"
    assert "did you mean 'Dockerfile'?" in say("Dockerfil").output


@pytest.mark.parametrize("name", ["Dockerfile", "simulator.service"])
def test_an_example_installs_what_the_reader_has(name):
    """No index has the package: a wheel, or the folder of the project, does."""
    shipped = files("simulator.service.deploy").joinpath(name).read_text(encoding="utf-8")
    assert "pyproject.toml" in shipped
    assert "trace-simulator[" not in shipped
