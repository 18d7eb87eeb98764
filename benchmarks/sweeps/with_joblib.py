"""The same cells by joblib, as its documentation shows: Memory caches each call, Parallel spreads them."""

from __future__ import annotations

import time

from sweeps.fresh import asked, peak_mib, tell
from sweeps.trivial import doubled


def main():
    """Run the cells, or find them in the cache."""
    words = asked()
    begun = time.perf_counter()
    from joblib import Memory, Parallel, delayed

    cached = Memory(words["folder"], verbose=0).cache(doubled)
    results = Parallel(n_jobs=words["workers"])(delayed(cached)(number) for number in range(words["n"]))
    seconds = time.perf_counter() - begun
    if [each["doubled"] for each in results] != [2.0 * number for number in range(words["n"])]:
        raise SystemExit("joblib came to something else")
    tell(time_s=seconds, peak_mib=peak_mib())


if __name__ == "__main__":
    main()
