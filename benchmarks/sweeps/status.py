"""What has become of the cells of a large ledger: as `simulator grid status` finds out, in a fresh process."""

from __future__ import annotations

import time
from pathlib import Path

from sweeps.fresh import asked, peak_mib, tell


def main():
    """Make the ledger, or count its cells."""
    words = asked()
    folder, n = Path(words["folder"]), words["n"]
    if words["make"]:
        make(folder, n)
        tell(bytes=sum(file.stat().st_size for file in folder.glob("ledger.db*")))
        return
    begun = time.perf_counter()
    from simulator.explore.ledger import Ledger

    with Ledger.open(folder, write=False) as ledger:
        counts = ledger.counts("large")
    seconds = time.perf_counter() - begun
    if sum(counts.values()) != n:
        raise SystemExit(f"{counts} instead of {n} cells")
    tell(time_s=seconds, peak_mib=peak_mib())


def make(folder, n):
    """Plan cells and let half of them be done, without running them."""
    from hashlib import sha256

    from simulator.explore.ledger import Described, Ledger
    from simulator.explore.states import CANCELLED

    ids = [sha256(str(number).encode()).hexdigest() for number in range(n)]

    def describe(number):
        content = f'{{"class": "sweeps.trivial.Trivial", "version": 1, "fields": {{"number": {number}}}, "meta": {{}}}}'
        return Described(ids[number], ids[number], ids[number], f"number={number}", "Trivial", 1, content)

    with Ledger.open(folder) as ledger:
        ledger.plan("large", ids, sha256("".join(ids).encode()).hexdigest(), describe)
        ledger.set_state(ids[: n // 2], CANCELLED, "so that there are two states")


if __name__ == "__main__":
    main()
