"""The file that says who holds what, when the disk or another program does not play along."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys

import pytest

from simulator.errors import LedgerError
from simulator.explore.tokens import Leases, Token

GPU = Token("gpu", 1)


@pytest.mark.parametrize("damage", ["other", "torn", "page"])
def test_a_damaged_file_is_said_and_left_alone(leases, damage):
    """It may say that somebody holds something: nobody gets a token by it being overwritten."""
    for i in range(40):
        leases.acquire([Token(f"token {i}", 1).dependency()])
    content = leases.path.read_bytes()
    kept = {"other": b"no database at all, but long enough to look at" * 9, "torn": content[: len(content) // 2 - 99]}
    kept["page"] = content[:4096] + b"\xff" * (len(content) - 4096)
    leases.path.write_bytes(kept[damage])
    with pytest.raises(LedgerError, match=r"is damaged .*remove it; it holds nothing else") as caught:
        leases.find()
    assert str(leases.path) in str(caught.value)
    assert leases.path.read_bytes() == kept[damage]
    leases.path.unlink()
    assert leases.acquire([GPU.dependency()]) is not None


def test_an_empty_file_is_a_new_one(leases):
    """A process that was killed while it made the file leaves nothing in it."""
    leases.path.parent.mkdir()
    leases.path.touch()
    assert leases.acquire([GPU.dependency()]) is not None


def test_a_file_of_a_later_version_is_left_alone(leases):
    """It is neither read nor changed."""
    leases.acquire([GPU.dependency()])
    with sqlite3.connect(leases.path) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(LedgerError, match="has version 2, and this program knows 1"):
        leases.acquire([GPU.dependency()])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    """The message names the way out."""
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerError, match="SIMULATOR_STATE_DIR"):
        Leases(tmp_path).acquire([GPU.dependency()])
    tmp_path.chmod(0o700)


def test_a_place_that_is_no_folder_is_said(tmp_path):
    """The message names the way out."""
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="SIMULATOR_STATE_DIR"):
        Leases(tmp_path / "file").acquire([GPU.dependency()])


def test_a_full_disk_is_said_and_changes_nothing(leases):
    """What was held is held, and what was refused for lack of room is not. A limit on files stands in for the disk."""
    leases.acquire([GPU.dependency()])
    size = leases.path.stat().st_size
    code = (
        "import sys; from simulator.explore.tokens import Leases, Token\n"
        "for i in range(400): Leases(sys.argv[1]).acquire([Token('t' * 99 + str(i), 1).dependency()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, leases.path.parents[1]],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert done.stderr.splitlines()[-1].startswith("simulator.errors.LedgerError: the file of tokens in use"), (
        done.stderr
    )
    assert [lease.uses[0].token for lease in leases.find()] == [GPU]
    assert leases.acquire([Token("other", 1).dependency()]) is not None
