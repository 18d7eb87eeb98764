"""So many trivial cells, planned, run and recorded by us."""

from __future__ import annotations

import time

from sweeps.fresh import asked, peak_mib, tell
from sweeps.trivial import Slow, Trivial


def main():
    """Run the cells, or find that there is nothing to be done."""
    words = asked()
    begun = time.perf_counter()
    from simulator.explore import experiment, product

    with experiment(words["folder"], "trivial", executor="pool", workers=words["workers"]) as xp:
        xp.launcher(Slow if words.get("slow") else Trivial, product(number=range(words["n"])))
        counts = xp.wait()
    seconds = time.perf_counter() - begun
    if counts.done != words["n"]:
        raise SystemExit(f"{counts} instead of {words['n']} cells")
    tell(time_s=seconds, peak_mib=peak_mib())


if __name__ == "__main__":
    main()
