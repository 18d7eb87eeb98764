"""Between live jobs and the simulator: a job's history out, recorded runs in, and rehearsals of replays."""

from __future__ import annotations

from simulator.lazy import looked_up

__all__ = ["export_job", "import_replay", "import_traces", "rehearse"]

_HOMES = {
    "export_job": "simulator.service.trip.export",
    "import_replay": "simulator.service.trip.warm_start",
    "import_traces": "simulator.service.trip.warm_start",
    "rehearse": "simulator.service.trip.engine",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
