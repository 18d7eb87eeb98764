"""What training scripts have said: reading their events, while they are written or later, and finding the epochs.

::

    events.jsonl ──Follower──▶ Event, Event, … ──epochs_of──▶ Epoch, Epoch, …
          └──────read_events──▶ table for people
"""

from simulator.collect.protocol.epoch import Epoch
from simulator.collect.protocol.epochs import epochs_of, settled_epochs
from simulator.collect.protocol.event import Event
from simulator.collect.protocol.follow import Follower, events_of, read_events

__all__ = ["Epoch", "Event", "Follower", "epochs_of", "events_of", "read_events", "settled_epochs"]
