"""The service over HTTP: the paths of the published server, and those of ``/v1``."""

from __future__ import annotations

from simulator.service.http.app import create_app, from_environment

__all__ = ["create_app", "from_environment"]
