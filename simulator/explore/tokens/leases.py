"""Who holds how much of which token: never more than there is, and nothing by the dead."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from simulator.errors import GridError
from simulator.explore.tokens.holder import Holder, is_alive
from simulator.explore.tokens.store import changing
from simulator.explore.tokens.token import Token, TokenUse
from simulator.state_dir import boot_id, state_dir

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["FRESH_S", "Lease", "Leases"]

_logger = logging.getLogger("simulator.explore")

#: How long a lease lives on after its last heartbeat, if its holders cannot be looked at from here [s].
FRESH_S = 300.0


@dataclass(frozen=True)
class Lease:
    """What somebody holds.

    Parameters
    ----------
    key
        Its name, unlike any other.
    what
        What for, as the holder said.
    uses
        How much of which tokens.
    holders
        Who holds it, as they were when this was read.
    """

    key: str
    what: str
    uses: tuple[TokenUse, ...]
    holders: tuple[Holder, ...]


class Leases:
    """The tokens in use by all sweeps that share a folder of state.

    A lease ends when it is released, or when the last of its holders is dead, which whoever looks sees at once. For
    holders that cannot be looked at from here, a job of Slurm or a process in another container, it ends `FRESH_S`
    after its last heartbeat.

    Sweeps that disagree about how much there is of a token get what the lowest of them says, as long as they hold some.

    Parameters
    ----------
    folder
        Where the file lies; by default, this user's folder of state, or ``SIMULATOR_STATE_DIR``.
    fresh_s
        In place of `FRESH_S` [s].
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None, *, fresh_s: float = FRESH_S) -> None:
        self.path = state_dir(folder) / "tokens" / "leases.db"
        self._fresh_s = fresh_s

    def acquire(self, uses: Iterable[TokenUse], holders: Iterable[Holder] = (), *, what: str = "") -> Lease | None:
        """Take all of what is asked for, or nothing of it.

        Parameters
        ----------
        uses
            How much of which tokens; more than one for the same token are added up.
        holders
            Who holds them; by default this process.
        what
            What for: by this a driver that was started again finds what it held. See `find`.

        Returns
        -------
        Lease or None
            None if there is not enough now.

        Raises
        ------
        GridError
            If more of a token is asked for than there is.
        LedgerError
            If the file cannot be used.
        """
        lease = Lease(uuid.uuid4().hex, what, _summed(uses), tuple(holders) or (Holder.process(),))
        with changing(self.path) as database:
            self._reap(database)
            if not all(_is_free(database, use) for use in lease.uses):
                return None
            database.execute("INSERT INTO leases VALUES (?, ?, ?, ?, ?)", (lease.key, what, *_now()))
            rows = [(lease.key, use.token.name, use.count, use.token.capacity) for use in lease.uses]
            database.executemany("INSERT INTO uses VALUES (?, ?, ?, ?)", rows)
            _hold(database, lease.key, lease.holders)
        return lease

    def join(self, lease: Lease, *holders: Holder) -> bool:
        """Add holders to a lease, such as the process that works for this one; say whether it was still there."""
        with changing(self.path) as database:
            there = database.execute("SELECT 1 FROM leases WHERE key = ?", (lease.key,)).fetchone() is not None
            if there:
                _hold(database, lease.key, holders)
        return there

    def beat(self, leases: Iterable[Lease]) -> None:
        """Say that leases are still wanted; a driver does so several times in `FRESH_S`."""
        with changing(self.path) as database:
            rows = [(*_now(), lease.key) for lease in leases]
            database.executemany("UPDATE leases SET boot = ?, beat_s = ?, wall_s = ? WHERE key = ?", rows)

    def release(self, *leases: Lease) -> None:
        """Give back; what was given back already is none the worse for it."""
        with changing(self.path) as database:
            _drop(database, [lease.key for lease in leases])

    def find(self, what: str | None = None) -> list[Lease]:
        """List what is held by the living.

        Parameters
        ----------
        what
            Only leases for this; None means all.
        """
        with changing(self.path) as database:
            self._reap(database)
            return [lease for lease in _read(database) if what in (None, lease.what)]

    def _reap(self, database: sqlite3.Connection) -> None:
        """End the leases of the dead."""
        seen = cache(is_alive)  # one driver holds many
        dead = [lease for lease in _read(database) if not self._lives(database, lease, seen)]
        for lease in dead:
            held = ", ".join(f"{use.count} of {use.token.name}" for use in lease.uses)
            names = ", ".join(holder.name for holder in lease.holders)
            _logger.info("%s held %s for %s and is gone", names, held, lease.what or "something")
        _drop(database, [lease.key for lease in dead])

    def _lives(self, database: sqlite3.Connection, lease: Lease, seen: Callable[[Holder], bool | None]) -> bool:
        alive = set(map(seen, lease.holders))
        if True in alive or None not in alive:
            return True in alive
        boot, beat_s, wall_s = database.execute(
            "SELECT boot, beat_s, wall_s FROM leases WHERE key = ?", (lease.key,)
        ).fetchone()
        now_boot, now_s, now_wall_s = _now()
        if now_boot and boot == now_boot:
            return bool(now_s - beat_s <= self._fresh_s)  # this clock nobody sets
        if wall_s > now_wall_s:  # a clock was set back, or runs late: the time counts from now
            database.execute("UPDATE leases SET wall_s = ? WHERE key = ?", (now_wall_s, lease.key))
        return bool(now_wall_s - wall_s <= self._fresh_s)


def _summed(uses: Iterable[TokenUse]) -> tuple[TokenUse, ...]:
    """Add up what is asked for of each token."""
    wanted: Counter[str] = Counter()
    tokens: dict[str, Token] = {}
    for use in uses:
        wanted[use.token.name] += use.count
        known = tokens.setdefault(use.token.name, use.token)
        if use.token.capacity < known.capacity:
            tokens[use.token.name] = use.token
    if not tokens:
        raise GridError("nothing is asked for: name at least one token")
    return tuple(TokenUse(tokens[name], wanted[name]) for name in sorted(tokens))


def _is_free(database: sqlite3.Connection, use: TokenUse) -> bool:
    used, least = database.execute(
        "SELECT coalesce(sum(n), 0), min(capacity) FROM uses WHERE token = ?", (use.token.name,)
    ).fetchone()
    return bool(used + use.count <= min(use.token.capacity, least or use.token.capacity))


def _hold(database: sqlite3.Connection, key: str, holders: Iterable[Holder]) -> None:
    database.executemany("INSERT OR IGNORE INTO holders VALUES (?, ?, ?, ?, ?, ?)", [(key, *each) for each in holders])


def _drop(database: sqlite3.Connection, keys: Sequence[str]) -> None:
    for table in ("leases", "uses", "holders"):
        statement = f"DELETE FROM {table} WHERE key = ?"  # noqa: S608  # one of three words above
        database.executemany(statement, [(key,) for key in keys])


def _read(database: sqlite3.Connection) -> list[Lease]:
    """Read all leases, in the order of their keys."""
    uses: dict[str, list[TokenUse]] = {}
    for key, name, n, capacity in database.execute("SELECT key, token, n, capacity FROM uses ORDER BY key, token"):
        uses.setdefault(key, []).append(TokenUse(Token(name, capacity), n))
    holders: dict[str, list[Holder]] = {}
    for key, *fields in database.execute("SELECT * FROM holders ORDER BY key"):
        holders.setdefault(key, []).append(Holder(*fields))
    rows = database.execute("SELECT key, what FROM leases ORDER BY key")
    return [Lease(key, what, tuple(uses.get(key, ())), tuple(holders.get(key, ()))) for key, what in rows]


def _now() -> tuple[str, float, float]:
    """Read the clocks: which start of the machine, seconds since then that nobody can set, and the time of day [s]."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # goes on while the machine sleeps
    return boot_id(), time.clock_gettime(clock), time.time()
