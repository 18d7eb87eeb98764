"""A disk that is full stops a collection cleanly."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from contextlib import contextmanager

import pytest
from quick_collections import a_plan, results, start_controller


@contextmanager
def small_disk(folder):
    """Mount a file system with little room, where we may; else say so by None."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(words, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


def check_clean(gpu, out, program):
    """Limits are given back, the error is clear, and what is there is whole."""
    _, said = program.communicate(timeout=120)
    assert program.returncode == 2, said
    assert "Traceback" not in said
    assert "Make room" in said or "space" in said or "large" in said, said
    assert gpu.limit_w() == 350
    for content in results(out).values():
        assert json.loads(content)["status"] in ("done", "failed")
    for file in out.glob("*.json"):
        json.loads(file.read_text())


def test_a_full_disk_gives_limits_back_and_leaves_whole_files(gpu, tmp_path):
    """The disk fills up while samples, events or results are written."""
    with small_disk(tmp_path / "disk") as mounted:
        if not mounted:
            pytest.skip("only root can make a small disk; the limit on the size of a file stands in for it below")
        out = tmp_path / "disk" / "out"
        plan = a_plan(seeds=tuple(range(40)), batch_sizes=(8,), baseline_s=0.0, target=0.3, epoch_s=0.1)
        check_clean(gpu, out, start_controller(plan, out))


@pytest.mark.parametrize("limit", [3_000, 9_000])
def test_a_file_that_may_not_grow_stands_in_for_a_full_disk(gpu, tmp_path, limit):
    """Whichever process meets the limit first: the manifest, the samples, or what the script prints."""
    out = tmp_path / "out"
    program = start_controller(
        a_plan(batch_sizes=(8,), epoch_s=0.5),
        out,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    check_clean(gpu, out, program)
