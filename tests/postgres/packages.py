"""Whether this machine can run a PostgreSQL of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from pathlib import Path

#: Who runs the server where the tests are root's: PostgreSQL refuses to be root's itself.
SERVANTS = ("postgres", "nobody")


def find(program):
    """Return where a program of the server lies, or None. Debian keeps them off the path, one folder a version."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    return shutil.which(program, path=os.pathsep.join([*map(str, newest_first), os.environ.get("PATH", "")]))


def servant():
    """Return the account that the server runs under, None for our own."""
    if os.geteuid() != 0:
        return None
    for name in SERVANTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"none of the accounts {', '.join(SERVANTS)} is on this machine")


def why_not():
    """Say why no PostgreSQL can be started here; None if one can."""
    if sys.platform != "linux":
        return "a PostgreSQL of its own needs Linux"
    missing = [program for program in ("initdb", "postgres") if not find(program)]
    if missing:
        return f"no PostgreSQL on this machine ({', '.join(missing)}): `make postgres` installs it (Debian, root)"
    if not shutil.which("setpriv"):
        return "no setpriv on this machine (Debian: util-linux)"
    return None
