"""Results become traces, the same whenever and however often that is done.

::

    results ──▶ gather ──┬──▶ train ─────────▶ train.csv, metrics.csv
                         ├──▶ power (drift) ─▶ power_GPU.csv
                         ├──▶ details ───────▶ tables/*.parquet
                         └──▶ about ─────────▶ trace.json
"""

from simulator.collect.finalize.finalize import Finalized, finalize
from simulator.verb import make_callable

__all__ = ["Finalized", "finalize"]

make_callable(__name__, finalize)
