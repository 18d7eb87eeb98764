"""Tokens: what there is only so much of, shared by all sweeps, given back by the dead at once."""

from __future__ import annotations

from simulator.lazy import looked_up

#: Where the names live; they are looked up when first used, so that the import is quick.
_HOMES = {
    "Holder": "simulator.explore.tokens.holder",
    "Lease": "simulator.explore.tokens.leases",
    "Leases": "simulator.explore.tokens.leases",
    "Token": "simulator.explore.tokens.token",
    "TokenUse": "simulator.explore.tokens.token",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  # the names are listed once

__getattr__, __dir__ = looked_up(__name__, _HOMES)
