"""The event engine over many seeds: one after another, or in several processes."""

from __future__ import annotations

import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

from simulator.errors import ConvergenceError, SimulatorError
from simulator.replay.block import Block, Played
from simulator.replay.failures import play_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.replay.event import EventPlay
    from simulator.replay.setting import Setting

__all__ = ["play_events"]

#: Runs that are played before they are handed on, about: a tick of whoever shows progress.
_AT_ONCE = 2_000

#: How often each does, until results are handed on.
_PIECES = 4


def play_events(
    setting: Setting, seeds: Sequence[int], *, keeps_runs: bool, keeps_failures: bool, workers: int
) -> Iterator[Block]:
    """Replay a setting with the event engine.

    Parameters
    ----------
    setting
        What to replay.
    seeds
        The seeds.
    keeps_runs
        Whether every run is kept, or only their sums.
    keeps_failures
        Whether a replay that does not converge is kept as far as it came; otherwise it ends all.
    workers
        Processes; 1 stays in this one.

    Yields
    ------
    Block
        Neighbouring seeds, in their order.

    Raises
    ------
    ConvergenceError
        If a replay does not converge, and that is not to be kept.
    """
    how = {"keeps_runs": keeps_runs, "keeps_failures": keeps_failures}
    at_once = max(1, _AT_ONCE // max(1, sum(plan.recurrences for plan in setting.plans)))
    pieces = [(first, seeds[first : first + at_once]) for first in range(0, len(seeds), at_once)]
    if workers == 1:
        yield from (_play_block(setting, first, some, **how) for first, some in pieces)
        return
    from joblib import Parallel, delayed

    play = delayed(partial(_play_or_fail, setting, **how))
    with Parallel(n_jobs=min(workers, len(pieces))) as processes:
        for at in range(0, len(pieces), _PIECES * workers):
            for block in processes(play(*piece) for piece in pieces[at : at + _PIECES * workers]):
                if isinstance(block, SimulatorError):
                    raise block
                yield block


def can_be_sent(setting: Setting) -> bool:
    """Whether another process can be given this setting; a policy may hold what cannot be copied."""
    try:
        import cloudpickle

        pickle.loads(cloudpickle.dumps(setting))  # noqa: S301  (what was pickled a moment ago)
    except Exception:  # whatever a foreign policy raises when pickled
        return False
    return True


def _play_block(setting: Setting, first: int, seeds: Sequence[int], *, keeps_runs: bool, keeps_failures: bool) -> Block:
    plays: list[list[EventPlay]] = [[] for _ in setting.plans]
    errors: list[dict[int, str]] = [{} for _ in setting.plans]
    for i, seed in enumerate(seeds):
        for k, plan in enumerate(setting.plans):
            plays[k].append(setting.event_play(seed, plan, keeps_runs=keeps_runs))
            try:
                play_through(plays[k][i])
            except ConvergenceError as error:
                if not keeps_failures:
                    raise
                errors[k][i] = str(error)
    return Block(first, len(seeds), [Played.of(*of_plan) for of_plan in zip(plays, errors, strict=True)])


def _play_or_fail(*piece: Any, **how: Any) -> Block | SimulatorError:
    """Play a block in another process; its error is raised here, in the order of the seeds."""
    try:
        return _play_block(*piece, **how)
    except SimulatorError as error:
        return error
