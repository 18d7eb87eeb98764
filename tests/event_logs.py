"""What a test of events needs: an environment that asks for nothing, and the kinds that a log holds."""

from __future__ import annotations

import os

from simulator.collect.protocol import events_of

BARE = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}


def kinds(log):
    """Kinds of all events of a log, in its order."""
    return [event.kind for event in events_of(log)]
