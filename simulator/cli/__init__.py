"""The command line: what the library offers, in words. One file a command, and no logic."""

from __future__ import annotations

try:
    from simulator.cli.app import main
except KeyboardInterrupt:  # no command is there yet that would end quietly
    raise SystemExit(130) from None

__all__ = ["main"]
