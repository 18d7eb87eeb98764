"""A folder, and a pool that works in it."""

from __future__ import annotations

import pytest

from simulator.explore.executors.pool import Pool


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "sweep"
    folder.mkdir()
    return folder


@pytest.fixture
def pool(folder):
    with Pool(workers=2) as pool:
        pool.start(folder)
        yield pool
