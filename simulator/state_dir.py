"""Where lies what must outlive a process, and which start of which machine this is."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["STATE_DIR", "boot_id", "state_dir"]

#: Environment variable that says where to keep what must outlive a process, for homes that are read-only or remote.
STATE_DIR = "SIMULATOR_STATE_DIR"

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def state_dir(chosen: str | os.PathLike[str] | None = None) -> Path:
    """Find this user's folder for what must outlive a process; it need not exist.

    Parameters
    ----------
    chosen
        A folder; None means ``SIMULATOR_STATE_DIR``, or else the system's place for such things.
    """
    from platformdirs import user_state_dir

    return Path(chosen or os.environ.get(STATE_DIR) or user_state_dir("trace-simulator")).absolute()


def boot_id() -> str:
    """Name this start of this machine; containers on it see the same. Empty where the system gives no name."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
