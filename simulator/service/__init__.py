"""The same policies for live jobs: database, service layer, HTTP application, client."""

from __future__ import annotations

__all__: list[str] = []
