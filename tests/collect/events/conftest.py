"""A log of events."""

from __future__ import annotations

import pytest

from simulator.collect import events


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A file that events go to, from this process as if it had just begun."""
    events._begin_anew()
    for name in ("STOP", "STOP_AT", "MAX_EPOCHS", "BATCH_SIZE", "LR", "SEED", "TARGET", "SLICE", "RUN_ID"):
        monkeypatch.delenv(f"SIMULATOR_{name}", raising=False)
    monkeypatch.setenv("SIMULATOR_EVENTS", str(tmp_path / "events.jsonl"))
    yield tmp_path / "events.jsonl"
    events._begin_anew()
