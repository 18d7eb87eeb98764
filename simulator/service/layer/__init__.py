"""What is stored, one session at a time: rows in, plain values out."""

from __future__ import annotations

from simulator.service.layer.keys import StoredKey
from simulator.service.layer.policies import PolicyRows
from simulator.service.layer.service import ServiceLayer
from simulator.service.layer.sums import CostSums, FleetCounts

__all__ = ["CostSums", "FleetCounts", "PolicyRows", "ServiceLayer", "StoredKey"]
