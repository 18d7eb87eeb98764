"""Ledgers with a few cells, for tests."""

import hashlib
import json

from simulator.explore.chunk import Outcome
from simulator.explore.ledger import Described
from simulator.explore.shards import read_shard, write_shard


def cell_id(n):
    """The identifier of the n-th cell."""
    return hashlib.sha256(str(n).encode()).hexdigest()


def described(n, **changes):
    """What a plan tells of the n-th cell; ten seeds share a row."""
    content = {"class": "plan.Train", "version": 1, "fields": {"seed": n % 10, "eta": n // 10}, "meta": {}}
    told = Described(
        id=cell_id(n),
        row_id=cell_id(("row", n // 10)),
        slot_id=cell_id(("slot", n)),
        name=f"eta={n // 10}_seed={n % 10}",
        task="plan.Train",
        version=1,
        content=json.dumps(content),
        nested=[(cell_id("job"), "{}")],
        tags=json.dumps({"eta": n // 10}),
    )
    return told._replace(**changes)


def plan(ledger, numbers, grid="night", digest=None):
    """Plan cells by their numbers."""
    numbers = list(numbers)
    ids = [cell_id(n) for n in numbers]
    return ledger.plan(grid, ids, digest or str(numbers), lambda at: described(numbers[at]))


def outcome(n, *, done=True, started_s=1.0, **changes):
    """What became of the n-th cell."""
    error = None if done else f"ValueError: {n}"
    return Outcome(cell_id(n), done, 0, started_s, 0.5, 0.25, error)._replace(**changes)


def shard(folder, key, part, outcomes, results=None):
    """Write a shard, and read what it says."""
    outcomes = list(outcomes)
    if results is None:
        results = [{"energy_j": float(int(one.id[:4], 16))} if one.done else None for one in outcomes]
    return read_shard(folder, folder / write_shard(folder, key, part, outcomes, results).path)


def run(ledger, numbers, key="chunk", failing=()):
    """Begin cells, run them, record them."""
    numbers = list(numbers)
    ledger.begin(key, [cell_id(n) for n in numbers], "inline")
    return ledger.record(*shard(ledger.folder, key, 0, [outcome(n, done=n not in failing) for n in numbers]))
