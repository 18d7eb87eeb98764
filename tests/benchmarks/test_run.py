"""A run keeps all that it measured, says what it could not, and goes on where it was cut short."""

from __future__ import annotations

import pytest
from suite.command import main
from suite.document import read_document
from suite.registry import Scenario
from suite.run import measure_part, run


def scenarios(*names):
    """Made-up scenarios, a part for each room."""
    return {
        name: Scenario(id=name, meaning="m", part=f"script {name[0]}", unit="s", better="lower", depends_on="machine")
        for name in names
    }


def measured(name, value=1.0):
    """What a part hands over."""
    found = {"id": name, "state": "measured", "value": value, "low": None, "high": None}
    return found | {"spread": "once", "repeats": [value], "against": "", "parameters": {}}


def told(document):
    """States by id."""
    return {scenario["id"]: scenario["state"] for scenario in document["scenarios"]}


def test_a_part_that_fails_harms_no_other(tmp_path):
    """What it had measured is kept, the rest of it is failed with its last words, and the others are measured."""

    def measure(part, *, quick):
        if part == "script a":
            yield measured("a/1")
            raise RuntimeError("exit code 1\nValueError: broken")
        yield {"id": "b/1", "state": "skipped", "reason": "no zeus"}
        yield measured("b/3")

    said = []
    asked = scenarios("a/1", "a/2", "b/1", "b/2", "b/3")
    document = run(tmp_path / "found.json", asked, quick=False, say=said.append, measure=measure)
    assert told(document) == {"a/1": "measured", "a/2": "failed", "b/1": "skipped", "b/2": "failed", "b/3": "measured"}
    assert document == read_document(tmp_path / "found.json")
    errors = {each["id"]: each["error"] for each in document["scenarios"] if each["state"] == "failed"}
    assert errors == {"a/2": "exit code 1\nValueError: broken", "b/2": "script b ended without a word about it"}
    assert any("a/2: failed: ValueError: broken" in line for line in said)


def test_what_was_measured_before_ctrl_c_is_not_measured_again(tmp_path):
    """The file has it, not yet complete; the same command goes on with the rest, failed ones included."""
    calls = []

    def measure(part, *, quick):
        calls.append(part)
        if part == "script a":
            yield measured("a/1")
        elif calls.count("script b") == 1:
            raise KeyboardInterrupt
        else:
            yield measured("b/1")

    path, asked = tmp_path / "found.json", scenarios("a/1", "a/2", "b/1")
    with pytest.raises(KeyboardInterrupt):
        run(path, asked, quick=True, say=str, measure=measure)
    cut = read_document(path)
    assert (cut["complete"], told(cut)) == (False, {"a/1": "measured", "a/2": "failed"})
    document = run(path, asked, quick=True, say=str, measure=measure)
    assert calls == ["script a", "script b", "script a", "script b"]
    assert document["complete"]
    assert document["started"] == cut["started"]
    assert told(document) == {"a/1": "measured", "a/2": "failed", "b/1": "measured"}


def test_a_file_that_cannot_be_written_is_said(tmp_path, capsys):
    """Before anything is measured, in a line and with exit code 2."""
    (tmp_path / "file").touch()
    assert main(["run", "--quick", "coverage", "--out", str(tmp_path / "file" / "found.json")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert "name another file with --out" in said


def test_the_file_before_is_kept(tmp_path):
    """A complete one to be compared with, one of another kind of run, and one that cannot be read."""
    path, asked = tmp_path / "found.json", scenarios("a/1")

    def measure(part, *, quick):
        yield measured("a/1")

    run(path, asked, quick=False, say=str, measure=measure)
    first = path.read_text()
    run(path, asked, quick=False, say=str, measure=measure)
    assert (tmp_path / "found-before.json").read_text() == first
    path.write_text(first.replace('"complete": true', '"complete": false'))
    said = []
    run(path, asked, quick=True, say=said.append, measure=measure)
    assert "--quick was not asked for alike" in said[0]
    assert (tmp_path / "found-cut-short.json").exists()
    path.write_text("{")
    run(path, asked, quick=True, say=str, measure=measure)
    assert (tmp_path / "found-unreadable.json").read_text() == "{"


def test_a_part_runs_in_a_process_of_its_own():
    """A real one, in a hurry; what it says is no part of what it found."""
    found = list(measure_part("interval_coverage coverage", quick=True))
    assert [each["id"] for each in found] == [f"coverage/two-levels-{n}-recorded" for n in (2, 3, 5, 10)]
    assert all(each["low"] <= each["value"] <= each["high"] for each in found)


def test_a_process_that_ends_badly_says_why():
    """With the last lines that it said."""
    with pytest.raises(RuntimeError, match=r"exit code 1\n(.*\n)*KeyError: 'no such part'"):
        list(measure_part("interval_coverage no such part", quick=True))
