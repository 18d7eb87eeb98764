"""The command line: what the library offers, in words. One file a command, and no logic."""

from __future__ import annotations

from simulator.cli.app import main

__all__ = ["main"]
