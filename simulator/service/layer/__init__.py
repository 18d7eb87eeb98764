"""What is stored, one session at a time: rows in, plain values out."""

from __future__ import annotations

from simulator.service.layer.repositories.keys import StoredKey
from simulator.service.layer.repositories.policies import PolicyRows
from simulator.service.layer.repositories.sums import CostSums, FleetCounts
from simulator.service.layer.service import ServiceLayer

__all__ = ["CostSums", "FleetCounts", "PolicyRows", "ServiceLayer", "StoredKey"]
