"""Sweeps of their own, with tokens of their own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def state_folder(tmp_path, monkeypatch):
    """Let no test see tokens of another."""
    monkeypatch.setenv("SIMULATOR_STATE_DIR", str(tmp_path / "state"))
