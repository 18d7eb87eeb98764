"""Replays that go through a service: rehearsals of what it will do with live jobs."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from simulator.replay.arguments import take_traces
from simulator.replay.choice import Engine
from simulator.replay.events import play_events
from simulator.replay.playing import Playing
from simulator.replay.setting import Setting
from simulator.service.trip.play import Rehearsal
from simulator.service.trip.reach.local import temporary_service
from simulator.service.trip.reach.open import open_service

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.replay.block import Block
    from simulator.service.trip.reach.live import LiveService

__all__ = ["play_service", "rehearse"]


def play_service(
    setting: Setting,
    seeds: Sequence[int],
    *,
    keeps_runs: bool,
    keeps_failures: bool,
    workers: int = 1,
    service: LiveService | None = None,
    **how: Any,
) -> Iterator[Block]:
    """Replay a setting through a service; the table is that of the event engine, to the last bit.

    Parameters
    ----------
    setting
        What to replay; its policies must be registered names.
    seeds
        The seeds.
    keeps_runs, keeps_failures
        As `simulator.replay.events.play_events` takes them.
    workers
        Not used: a rehearsal is played by one process.
    service
        The service; None: one in this process, with a database that vanishes afterwards.
    how
        Further fields of `simulator.service.trip.play.Rehearsal`.

    Yields
    ------
    Block
        Neighbouring seeds, in their order.

    Raises
    ------
    ReplayError
        If the service has no place for such a replay.
    ServiceError
        If it refuses the job.
    ConvergenceError
        If a replay does not converge, and that is not to be kept.
    """
    opened: AbstractContextManager[LiveService] = temporary_service() if service is None else nullcontext(service)
    with opened as used:
        plain = {item.name: getattr(setting, item.name) for item in fields(Setting)}
        rehearsal = Rehearsal(**plain, service=used, **how)
        yield from play_events(rehearsal, seeds, keeps_runs=keeps_runs, keeps_failures=keeps_failures, workers=1)


def rehearse(
    job: Any,
    traces: Any,
    *,
    policy: str,
    seeds: Any,
    url: str | None = None,
    token: str | None = None,
    database: str | None = None,
    prefix: str = "rehearsal",
    keeps_jobs: bool = False,
    **asked: Any,
) -> pd.DataFrame:
    """Replay a recorded job through a running server, or through a service on a database.

    Each replay is a job of its own. Energies and times come from the traces, decisions from the service. The table
    equals that of `simulator.replay`, to the last bit.

    Parameters
    ----------
    job, traces, seeds
        As `simulator.replay` takes them.
    policy
        Name of the policy that chooses batch sizes.
    url, token
        Address of a server, such as ``http://127.0.0.1:8000``, and the bearer token that it asks for.
    database
        Database of a service in this process instead; neither: one that vanishes afterwards.
    prefix
        What the ids of the jobs begin with.
    keeps_jobs
        Whether the jobs stay in the service, to be looked at.
    asked
        Further arguments of `simulator.replay`: power_policy, recurrences, groups, eta, beta, window, draws,
        on_failure, detail, progress.

    Returns
    -------
    pandas.DataFrame
        As `simulator.replay` returns it.

    Raises
    ------
    UnreachableError
        If no server answers there.
    TypeError
        If `simulator.replay` has no such argument, or a rehearsal has no use for it.
    ReplayError, ServiceError, ConvergenceError
        As `play_service` raises them; `simulator.replay` says more.
    """
    usual = {
        "power_policy": "jit",
        "recurrences": None,
        "groups": None,
        "eta": 0.5,
        "beta": 2.0,
        "window": 0,
        "draws": "published",
        "on_failure": "raise",
        "detail": "runs",
        "workers": None,
        "progress": None,
    }
    if unknown := set(asked) - set(usual):
        raise TypeError(f"rehearse() takes no {', '.join(sorted(unknown))}; it takes {', '.join(usual)}")
    several = traces if isinstance(traces, Iterable) and not isinstance(traces, str | pd.DataFrame) else [traces]
    recorded = tuple(map(take_traces, several))
    opened: AbstractContextManager[LiveService] = temporary_service()
    if url is not None or database is not None:
        opened = open_service(url=url, token=token, database=database)
    with opened as service:
        play = partial(play_service, service=service, prefix=prefix, keeps_jobs=keeps_jobs, traces=recorded)
        playing = Playing.begin(
            job, recorded, policy=policy, seeds=seeds, engine=Engine("service", play, 1), **usual | asked
        )
        table = pd.concat(list(playing.frames()), ignore_index=True)
        table.attrs.update(playing.attributes())
    return table
