"""Journals are whole or not there, and what cannot be understood is kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.limits import Journal, Original
from simulator.errors import CollectError

ORIGINALS = st.builds(Original, st.integers(1, 10**7), st.sampled_from([True, False, None]), st.none() | st.text())


@given(
    gpus=st.dictionaries(st.from_regex(r"GPU-[0-9a-f-]{1,9}", fullmatch=True), ORIGINALS, min_size=1),
    command=st.none() | st.lists(st.text(), min_size=1).map(tuple),
)
def test_what_was_written_is_read(tmp_path_factory, gpus, command):
    """Whatever a command or a reason holds."""
    journal = Journal.new(tmp_path_factory.mktemp("limits"), gpus, command)
    journal.write()
    assert Journal.read(journal.path) == journal
    assert list(journal.path.parent.iterdir()) == [journal.path]


@given(cut=st.integers(0, 10_000))
def test_a_torn_journal_is_no_journal(tmp_path_factory, cut):
    """The message says what to do by hand, and the file stays."""
    journal = Journal.new(tmp_path_factory.mktemp("limits"), {"GPU-1": Original(300_000, False)})
    journal.write()
    whole = journal.path.read_bytes()
    torn = whole[: cut % (len(whole) - 2)]
    journal.path.write_bytes(torn)
    with pytest.raises(CollectError, match=r"cannot be read .* set the limit by hand, then remove the file"):
        Journal.read(journal.path)
    assert journal.path.read_bytes() == torn


@pytest.mark.parametrize(
    "change",
    [
        {"gpus": {"GPU-1": {"limit_mw": "300", "persistence": False}}},
        {"gpus": {"GPU-1": {"limit_mw": True, "persistence": False}}},
        {"gpus": {"GPU-1": {"limit_mw": -1, "persistence": False}}},
        {"gpus": {"GPU-1": {"limit_mw": 300_000, "persistence": "no"}}},
        {"gpus": ["GPU-1"]},
        {"gpus": {}},
        {"gpus": {"../GPU-1": {"limit_mw": 300_000, "persistence": False}}},
        {"command": "reboot"},
        {"command": [1, 2]},
        {"boot_id": None},
        {"pid": "one"},
    ],
)
def test_a_journal_that_makes_no_sense_is_not_obeyed(tmp_path, change):
    """Neither as a limit nor as a command."""
    journal = Journal.new(tmp_path, {"GPU-1": Original(300_000, False)})
    journal.write()
    journal.path.write_text(json.dumps(json.loads(journal.path.read_text()) | change))
    with pytest.raises(CollectError, match="cannot be read"):
        Journal.read(journal.path)


def test_a_journal_of_another_version_is_left_to_that_version(tmp_path):
    """It may hold what this one would lose."""
    journal = Journal.new(tmp_path, {"GPU-1": Original(300_000, False)})
    journal.write()
    journal.path.write_text(json.dumps(json.loads(journal.path.read_text()) | {"version": 2}))
    with pytest.raises(CollectError, match="has version 2, and this program reads 1"):
        Journal.read(journal.path)


def test_what_was_given_back_leaves_the_journal(tmp_path):
    """GPU by GPU; with the last, the file goes."""
    journal = Journal.new(tmp_path, {"GPU-1": Original(300_000, False), "GPU-2": Original(250_000, True)})
    journal.write()
    rest = journal.settle({"GPU-2": "lost"})
    assert Journal.read(journal.path) == rest
    assert rest.gpus == {"GPU-2": Original(250_000, True, "lost")}
    rest.settle({})
    assert not journal.path.exists()
