"""What ``simulator doctor`` says."""

from __future__ import annotations

import json

import pytest

from simulator import doctor
from simulator.doctor import Finding

GOOD = Finding("engines", "event", "ok", "replays", "any policy")
ABSENT = Finding("power", "NVML", "missing", "no driver", "no measuring", "install the driver")
BROKEN = Finding("folders", "cache", "problem", "full", "all is slow", "make room")


@pytest.fixture
def found(monkeypatch):
    """Let the examination find what a test says."""
    asked: list[object] = []

    def let(*findings: Finding) -> list[object]:
        monkeypatch.setattr(doctor, "examine", lambda **options: asked.append(options) or iter(findings))
        return asked

    return let


@pytest.mark.parametrize(("findings", "code"), [([GOOD, ABSENT], 0), ([GOOD, BROKEN], 1)])
def test_only_what_is_broken_changes_the_exit_code(run, found, findings, code):
    """What is optional may be missing."""
    found(*findings)
    assert run("doctor").exit_code == code
    assert run("doctor", "-q").exit_code == code
    assert run("doctor", "--json").exit_code == code


def test_people_read_what_is_wrong_and_what_to_do(run, found):
    """A heading a topic; what a good line means is said to those who ask for more."""
    found(GOOD, ABSENT, BROKEN)
    lines = [line.strip() for line in run("doctor").stdout.splitlines()]
    assert lines[:5] == ["engines", "ok       event           replays", "power", lines[3], "no measuring"]
    assert "→ install the driver" in lines
    assert lines[-1] == "2 ok, 1 missing, 1 broken."  # a pipe is no terminal, and that is well
    assert "any policy" not in lines
    assert "any policy" in run("doctor", "-v").stdout


def test_quiet_leaves_out_what_is_well(run, found):
    """For scripts and impatient people."""
    found(GOOD, BROKEN)
    assert "event" not in run("doctor", "-q").stdout
    assert run("doctor", "-q").stdout.startswith("folders\n  problem  cache")
    found(GOOD)
    assert run("doctor", "-q").stdout == ""


def test_programs_get_an_object_a_line(run, found):
    """With all that is known."""
    asked = found(ABSENT)
    lines = [json.loads(line) for line in run("doctor", "--json", "--database", "postgresql://x/y").stdout.splitlines()]
    assert lines[0] == {
        "topic": "power",
        "name": "NVML",
        "state": "missing",
        "found": "no driver",
        "means": "no measuring",
        "todo": "install the driver",
    }
    assert [line["topic"] for line in lines] == ["power", "terminal"]
    assert asked == [{"database_url": "postgresql://x/y"}]
