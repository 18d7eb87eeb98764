"""Read what others recorded, each format in a module of its own, into tables that mean the same as ours.

::

    mllog_lines ──▶ mlperf_logs ──▶ mlperf ──┐
    placements ───────────────────▶ pollux ──┴──▶ imported ──▶ metrics, train, power, times
    pai_tables, kmeans ──▶ alibaba_pai ──▶ groups        (runtimes: which dataset trains faster)

What a format does not say is not made up: each importer lists its gaps, and they go into ``trace.json``. The layout in
which Zeus' traces were published needs no importer; `simulator.trace.read.read_traces` reads it as it is.
"""
