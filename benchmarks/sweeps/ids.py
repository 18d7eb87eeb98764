"""What it costs to make a configuration of eight scalar fields, and to identify it."""

from __future__ import annotations

import time

from sweeps.fresh import asked, tell
from sweeps.trivial import Scalars


def main():
    """Time each step over many configurations."""
    n = asked()["n"]
    begun = time.perf_counter()
    made = [Scalars(eta=0.25, seed=seed) for seed in range(n)]
    constructed = time.perf_counter()
    ids = {each.id for each in made}
    identified = time.perf_counter()
    rows = {each.row_id for each in made}
    ended = time.perf_counter()
    if len(ids) != n or len(rows) != 1:
        raise SystemExit(f"{len(ids)} ids and {len(rows)} rows of {n} configurations")
    steps = {"construct_us": constructed - begun, "id_us": identified - constructed, "row_id_us": ended - identified}
    tell(**{name: seconds / n * 1e6 for name, seconds in steps.items()})


if __name__ == "__main__":
    main()
