"""What is found in folders, and what is said of the rest."""

from __future__ import annotations

import json
import shutil

import pytest

from simulator.errors import ReplayError
from simulator.report import find
from simulator.report.evidence import gather


def test_documents_are_found_by_what_they_say_they_are(results):
    """Of a folder and those within it, every document of ours is found, and every sweep."""
    found = find(results)
    assert [document.kind for document in found.documents] == [
        "replay",
        "comparison",
        "replay",
        "price",
        "sensitivity",
        "transfer",
    ]
    assert list(found.sweeps) == ["results/sweep"]
    assert found.problems == []
    assert [document.label for document in found.of("replay")] == ["results", "results/groups"]


def test_a_folder_named_twice_is_shown_once(results):
    """It does not matter how often, or from where, a folder is named."""
    assert len(find([results, results, results / "groups"]).documents) == len(find(results).documents)


def test_what_cannot_be_read_is_named(results, tmp_path):
    """Torn documents, missing tables, other versions and exchanged files are told, and spoil nothing else."""
    shutil.copytree(results / "sensitivity", tmp_path / "whole")
    shutil.copytree(results / "transfer", tmp_path / "torn")
    torn = tmp_path / "torn" / "transfer.json"
    torn.write_bytes(torn.read_bytes()[:100])
    shutil.copytree(results / "comparison", tmp_path / "mixed")
    with (tmp_path / "mixed" / "worlds.parquet").open("ab") as stream:
        stream.write(b"more")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer" / "front.json").write_text('{"format": "trace-simulator front 2"}')
    (tmp_path / "bare").mkdir()
    shutil.copy(results / "manifest.json", tmp_path / "bare")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "settings.json").write_text("{not ours")
    (tmp_path / "other" / "list.json").write_text("[1]")
    evidence = gather(find(tmp_path))
    assert [document.kind for document in evidence.documents] == ["sensitivity"]
    reasons = {problem.label.removeprefix(f"{tmp_path.name}/"): problem.reason for problem in evidence.problems}
    assert set(reasons) == {"torn/transfer.json", "newer/front.json", "bare", "mixed"}
    assert "cannot be read" in reasons["torn/transfer.json"]
    assert "version 1" in reasons["newer/front.json"]
    assert reasons["bare"] == "lacks results.parquet; run the command that wrote it again"
    assert "not what was saved" in reasons["mixed"]


@pytest.mark.parametrize(
    ("content", "said"), [(None, "there is no folder"), ({}, "simulator study"), ("torn", "manif")]
)
def test_nothing_to_show_is_an_error_that_teaches(tmp_path, content, said):
    """It says what was looked at, and which commands make what a report shows."""
    folder = tmp_path / "here"
    if content is not None:
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps(content) if content != "torn" else '{"format": "trace-')
    with pytest.raises(ReplayError, match=said) as caught:
        find(folder)
    assert str(folder) in str(caught.value)
