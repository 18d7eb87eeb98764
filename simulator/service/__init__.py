"""The same policies for live jobs: database, service layer, HTTP application, client.

::

    client ╌╌ HTTP ╌╌▶ http ──▶ deciding ──▶ layer ──▶ database
    browser ╌╌╌╌╌╌╌╌▶ page       ▲   │
    traces, results ◀──▶ trip ───┘   └──▶ simulator.policy

A request is read in `http`, is one transaction of a use case in `deciding`, and reads and writes rows through `layer`.
What a report means is decided in ``deciding/reporting.py``, which size comes next in ``deciding/dispatching.py``.
`model` has what all of them speak of. `client` is for training scripts, and knows none of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.service.client.client import Client
    from simulator.service.deciding.dispatcher import Dispatcher
    from simulator.service.deciding.results import RecordedRun
    from simulator.service.http.app import create_app
    from simulator.service.layer.service import ServiceLayer
    from simulator.service.model.spec import JobSpec
    from simulator.service.model.trial import Origin
    from simulator.service.settings import Settings
    from simulator.service.trip.engine import rehearse
    from simulator.service.trip.export import export_job
    from simulator.service.trip.warm_start import import_replay, import_traces

__all__ = [
    "Client",
    "Dispatcher",
    "JobSpec",
    "Origin",
    "RecordedRun",
    "ServiceLayer",
    "Settings",
    "create_app",
    "export_job",
    "import_replay",
    "import_traces",
    "rehearse",
]

#: Where the names live: they are looked up when first used, so that no part needs what only another one needs.
_HOMES = {
    "Client": "simulator.service.client.client",
    "Dispatcher": "simulator.service.deciding.dispatcher",
    "JobSpec": "simulator.service.model.spec",
    "Origin": "simulator.service.model.trial",
    "RecordedRun": "simulator.service.deciding.results",
    "ServiceLayer": "simulator.service.layer.service",
    "Settings": "simulator.service.settings",
    "create_app": "simulator.service.http.app",
    "export_job": "simulator.service.trip.export",
    "import_replay": "simulator.service.trip.warm_start",
    "import_traces": "simulator.service.trip.warm_start",
    "rehearse": "simulator.service.trip.engine",
}

__getattr__, __dir__ = looked_up(__name__, _HOMES)
