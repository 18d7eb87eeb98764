"""What ``python -m benchmarks`` measures of the service: figures with spreads instead of a printed table."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from suite.measured import Measurement, Skipped, of_rounds

from service.measure import grows, loads, place_of, postgres, why_not
from service.options import options_of

__all__ = ["PARTS"]

#: Where ``make test-published`` makes an interpreter that has the published server.
PUBLISHED = Path(__file__).resolve().parents[2] / ".venv-published" / "bin" / "python"


def measurements(database, *, quick):
    """Measure both servers with one worker process; the published one where an interpreter has it."""
    names = [f"service/{database}-{what}" for what in ("64-jobs-per-second", "64-jobs-p99", "report-growth", "errors")]
    beside = [f"service/{database}-{what}-vs-published" for what in ("64-jobs", "shared-job")]
    if database == "postgresql" and (reason := postgres.why_not()):
        yield from (Skipped(id=name, reason=reason) for name in names + beside)
        return
    options = options_of(["--quick"] if quick else [])
    options.databases, options.workers, options.shapes = [database], [1], ["64 jobs", "1 shared"]
    options.published = str(PUBLISHED) if PUBLISHED.exists() else None
    with place_of(options.databases) as (server, folder):
        rounds = [list(loads(options, server, folder / f"{n}")) for n in range(1 if quick else 3)]
        grown = list(grows(options, server, folder, database))
    by = {(side, shape): [line for lines in rounds for line in lines if (line["side"], line["load"]) == (side, shape)]
          for side in ("ours", "published") for shape in options.shapes}  # fmt: skip
    what = {"workers": 1, "seconds": options.seconds}
    many = by["ours", "64 jobs"]
    yield of_rounds(names[0], [line["per_s"] for line in many], **what)
    yield of_rounds(names[1], [line["p99_ms"] for line in many], **what)
    most = max(line["ratio"] for line in grown)
    yield of_rounds(names[2], [most], trials=options.trials)
    errors = sum(line["n_errors"] for lines in rounds for line in lines if line["side"] == "ours")
    yield Measurement(id=names[3], value=errors, low=errors, high=errors, spread="a count", parameters=what)
    for name, shape in zip(beside, options.shapes, strict=True):
        if reason := why_not(options.published):
            yield Skipped(id=name, reason=f"{reason}; `make test-published` makes {PUBLISHED.parent.parent.name}")
            continue
        pairs = zip(by["ours", shape], by["published", shape], strict=True)
        ratios = [ours["per_s"] / theirs["per_s"] for ours, theirs in pairs]
        yield of_rounds(name, ratios, against="the server of zeus 0.16.0", **what)


#: What ``python -m benchmarks`` measures.
PARTS = {database: partial(measurements, database) for database in ("sqlite", "postgresql")}
