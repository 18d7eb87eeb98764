"""A collection that listens to this process."""

from __future__ import annotations

import pytest

from simulator.collect import events
from simulator.collect.protocol import epochs_of, events_of


class Collection:
    """What was heard, and how to ask for a stop."""

    def __init__(self, folder, monkeypatch):
        self.file = folder / "events.jsonl"
        self.stop_file = folder / "stop"
        self.monkeypatch = monkeypatch
        self.ask(EVENTS=self.file, STOP=self.stop_file)

    def ask(self, **environment):
        for name, value in environment.items():
            self.monkeypatch.setenv(f"SIMULATOR_{name}", str(value))

    @property
    def events(self):
        return events_of(self.file)

    @property
    def kinds(self):
        """Kinds in the order of the file; without hellos and steps, which come when they come."""
        return [event.kind for event in self.events if event.kind not in ("hello", "steps")]

    @property
    def epochs(self):
        return epochs_of(self.events)


@pytest.fixture
def collection(tmp_path, monkeypatch):
    """A collection that has just begun."""
    events._begin_anew()
    monkeypatch.chdir(tmp_path)
    yield Collection(tmp_path, monkeypatch)
    events._begin_anew()
