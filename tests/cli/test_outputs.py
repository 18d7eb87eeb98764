"""Files that replace those of an earlier replay."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from simulator.cli.outputs import FORMAT, as_document, check_usable, replacing, usable
from simulator.errors import SimulatorError
from simulator.job import Job
from simulator.policy.state import to_plain


def leave(folder, *names, listed=None, form=FORMAT):
    """Leave files as a replay does."""
    with replacing(folder) as new:
        for name in names:
            (new / name).write_text(name)
        (new / "manifest.json").write_text(json.dumps({"format": form, "files": listed or ["manifest.json", *names]}))


def names(folder):
    return {file.name for file in folder.iterdir()}


def test_only_what_the_last_manifest_lists_goes(tmp_path):
    """Anything else in the folder is somebody's."""
    (tmp_path / "mine.txt").touch()
    leave(tmp_path, "a.png", "b.png")
    leave(tmp_path, "b.png", "c.png")
    assert names(tmp_path) == {"mine.txt", "manifest.json", "b.png", "c.png"}


@pytest.mark.parametrize("listed", [["../outside"], ["/etc/x", "sub/file", "..", ".", ""], [3, None], "outside"])
def test_a_manifest_cannot_point_elsewhere(tmp_path, listed):
    """A manifest is a file that anybody can edit: only plain names in its own folder count."""
    outside, folder = tmp_path / "outside", tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    outside.touch()
    (folder / "sub" / "file").touch()
    leave(folder, "a.png", listed=listed)
    leave(folder, "b.png")
    assert outside.exists()
    assert names(folder) == {"sub", "manifest.json", "a.png", "b.png"}
    assert (folder / "sub" / "file").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "another", "files": ["a.png"]}', "\xff"])
def test_a_manifest_that_is_not_ours_deletes_nothing(tmp_path, text):
    """Many programs write a manifest.json."""
    (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    (tmp_path / "a.png").touch()
    leave(tmp_path, "b.png")
    assert names(tmp_path) == {"manifest.json", "a.png", "b.png"}


def test_what_breaks_off_changes_nothing(tmp_path):
    """The earlier files go when the new ones are there, not before."""
    leave(tmp_path, "a.png")
    with suppress(KeyboardInterrupt), replacing(tmp_path) as new:
        (new / "a.png").write_text("half")
        raise KeyboardInterrupt
    assert names(tmp_path) == {"a.png", "manifest.json"}
    assert (tmp_path / "a.png").read_text() == "a.png"


def test_a_folder_that_cannot_be_used_is_named_with_its_option(tmp_path):
    """The operating system's words alone do not say what to change."""
    (tmp_path / "file").touch()
    with pytest.raises(SimulatorError, match=r"--out .*file: File exists; name a folder"):
        check_usable(tmp_path / "file")
    with pytest.raises(SimulatorError, match=r"--out x: No space left on device; .* with room"), usable("x"):
        raise OSError(28, "No space left on device")


def test_a_document_says_once_what_all_replays_share():
    """And nothing gets lost: common, job and own parts together are the manifest."""
    jobs = [to_plain(Job(name, "n", "adam", 0.5, 5)) for name in ("a", "b")]
    made = [
        {"job": job, "traces": {"gpu": "v100"}, "command": ["x"], "knobs": {"policy": policy, "eta": 0.5}}
        for job in jobs
        for policy in ("gts", "ucb")
    ]
    document = as_document(made, files=["f"])
    assert document["common"] == {"traces": {"gpu": "v100"}, "command": ["x"], "knobs": {"eta": 0.5}}
    assert document["files"] == ["f"]
    assert len(document["jobs"]) == 2
    again = [
        {
            **document["common"],
            "job": document["jobs"][own["job"]],
            "knobs": {**document["common"]["knobs"], **own["knobs"]},
        }
        for own in document["replays"]
    ]
    assert again == made
    assert json.dumps(document).count("v100") == 1
