"""Whatever stops the program, only whole files stay behind."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
from contextlib import suppress

import pandas as pd
import pytest

#: A replay that writes for a good part of its time.
WORDS = ("replay", "--seeds", "0:2", "-p", "default+full", "-p", "default", "--recurrences", "10")
SECONDS = 4.0


def check_whole(folder):
    """Read every file to its end; a temporary one is none that may stay."""
    for file in folder.iterdir() if folder.exists() else ():
        if file.suffix == ".parquet":
            rows = len(pd.read_parquet(file))
            assert rows == 6 * 2 * 2 * 10 if file.stem == "results" else rows > 0
        elif file.suffix == ".csv":
            assert len(pd.read_csv(file)) == 12
        elif file.suffix == ".json":
            assert len(json.loads(file.read_text())["replays"]) == 12
        else:
            assert file.suffix == ".png", file
            assert file.read_bytes().endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_moment_leaves_only_whole_files(start, tmp_path, number, code):
    """Eight replays, stopped at moments spread at random over their time."""
    draws = random.Random(number)
    moments = sorted(draws.uniform(0.4, SECONDS) for _ in range(8))
    processes = [start(*WORDS, "--out", f"out{i}") for i in range(len(moments))]
    before = 0.0
    for moment, process in zip(moments, processes, strict=True):
        with suppress(subprocess.TimeoutExpired):  # it still runs, as it should
            process.wait(moment - before)
        before = moment
        process.send_signal(number)
    ends = []
    for i, process in enumerate(processes):
        _, messages = process.communicate(timeout=60)
        ends.append(process.returncode)
        check_whole(tmp_path / f"out{i}")
        if process.returncode == code:
            assert "Traceback" not in messages
        else:
            print(process.returncode, messages)  # noqa: T201  (shown where the assertion below fails)
    assert set(ends) <= {0, code, -number}  # done before, stopped, or stopped while Python itself was starting
    assert code in ends


@pytest.mark.parametrize("limit", [100, 5_000, 60_000])
def test_a_disk_that_is_full_is_said_and_leaves_only_whole_files(start, tmp_path, limit):
    """The limit on the size of a file stands in for the disk: it is met in the first file, or in a later one."""
    process = start(
        *WORDS, "--out", "out", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 2, messages
    assert "error: --out out" in messages
    assert "File too large" in messages
    assert "Traceback" not in messages
    check_whole(tmp_path / "out")
