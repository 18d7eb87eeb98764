"""The same cells by experimaestro, as its documentation shows: a task each, and a token that holds them to 4 at a time.

This file needs nothing but experimaestro, so that an interpreter that has it may be another than ours.
"""

import json
import resource
import sys
import time

from experimaestro import Param, Task, experiment


class Trivial(Task):
    """Doubles a number."""

    number: Param[int]

    def execute(self):
        """Double it."""
        return {"doubled": 2.0 * self.number}


def main():
    """Run the cells, or find that there is nothing to be done."""
    words = json.loads(sys.argv[1])
    begun = time.perf_counter()
    with experiment(words["folder"], "trivial", no_environmental_impact=True) as xp:
        token = xp.workspace.launcher.connector.createtoken("workers", words["workers"])
        for number in range(words["n"]):
            task = Trivial.C(number=number)
            task.add_dependencies(token.dependency(1))
            task.submit()
        xp.wait()
    seconds = time.perf_counter() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    print(json.dumps({"time_s": seconds, "peak_mib": peak}))


if __name__ == "__main__":
    main()
