"""The service over HTTP: the paths of the published server, and those of ``/v1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.lazy import looked_up

if TYPE_CHECKING:
    from simulator.service.http.app import create_app, from_environment

__all__ = ["create_app", "from_environment"]

#: Looked up when first used: where processes count requests must be known before the application is imported.
_HOMES = dict.fromkeys(__all__, "simulator.service.http.app")

__getattr__, __dir__ = looked_up(__name__, _HOMES)
