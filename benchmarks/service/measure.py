"""Starts both servers and a database, puts load on them, and lets a job's history grow."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))  # servers that are started live with the tests

import postgres
from live_service import LiveService
from published_service import Published, why_not

from service.load import growth, under_load

__all__ = ["grows", "loads", "place_of"]


def sides(options):
    """Say who is measured, and how it is started; the published server where it can be run."""
    yield "ours", LiveService
    if reason := why_not(options.published):
        print(f"published: not measured here: {reason}")
    else:
        yield "published", lambda folder, **words: Published(folder, options.published, **words)


@contextlib.contextmanager
def fresh(make, server, database, folder, workers):
    """Start a server on an empty database."""
    url = name = None
    if database == "postgresql":
        name = server.create()
        url = server.url_of(name)
    with make(folder, database_url=url, workers=workers) as started:
        yield started
    if name:
        server.drop(name)


def loads(options, server, folder):
    """Measure every load; yields a line of figures each."""
    for side, make in sides(options):
        for database in options.databases:
            for workers in options.workers:
                place = folder / f"{side}-{database}-{workers}"
                with fresh(make, server, database, place, workers) as started:
                    for shape in options.shapes:
                        protocol = options.protocol if side == "ours" else "legacy"
                        found = under_load(
                            started, shape, warm_s=options.warm_s, for_s=options.seconds, protocol=protocol
                        )
                        yield {"side": side, "database": database, "workers": workers, "load": shape, **found}


def grows(options, server, folder, database):
    """Measure requests on a growing job; yields a line for each length, with its ratio to the shortest."""
    with fresh(LiveService, server, database, folder / f"growth-{database}", 1) as started:
        least = None
        for line in growth(started, options.trials, repeats=options.repeats):
            least = least or line["report_ms"]
            yield {"database": database, **line, "ratio": line["report_ms"] / least}


@contextlib.contextmanager
def place_of(databases):
    """Make a folder, and start PostgreSQL where it is among the databases."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="service-")))
        server = None
        if "postgresql" in databases:
            # As servers do for real: without, plans made for an empty table are kept for one with a long history.
            server = stack.enter_context(postgres.Postgres(autovacuum="on", autovacuum_naptime="1s"))
        yield server, folder
