"""Rules that every executor keeps, to be checked by subclassing `Contract` or `ContractApart`."""

from __future__ import annotations

from executor_contract.drive import Told, chunks_of, drive, tell
from executor_contract.rules import Contract, ContractApart

__all__ = ["Contract", "ContractApart", "Told", "chunks_of", "drive", "tell"]
