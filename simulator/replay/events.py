"""The event engine over many seeds: one after another, or in several processes."""

from __future__ import annotations

import pickle
from functools import partial
from typing import TYPE_CHECKING

from simulator.errors import ConvergenceError
from simulator.replay.block import Block, Played
from simulator.replay.failures import play_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from simulator.replay.setting import Plan, Setting

__all__ = ["play_events"]

#: Replays that a process takes at once.
_AT_ONCE = 32


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
    play = partial(_play_block, setting, keeps_runs=keeps_runs, keeps_failures=keeps_failures)
    if workers == 1:
        for first, seed in enumerate(seeds):
            yield play(first, [seed])
        return
    from joblib import Parallel, delayed

    pieces = [(first, seeds[first : first + _AT_ONCE]) for first in range(0, len(seeds), _AT_ONCE)]
    yield from Parallel(n_jobs=workers, return_as="generator")(delayed(play)(*piece) for piece in pieces)


def can_be_sent(setting: Setting) -> bool:
    """Whether another process can be given this setting; a policy may hold what cannot be copied."""
    try:
        import cloudpickle

        pickle.loads(cloudpickle.dumps(setting))  # noqa: S301  (what was pickled a moment ago)
    except Exception:  # whatever a foreign policy raises when pickled
        return False
    return True


def _play_block(setting: Setting, first: int, seeds: Sequence[int], *, keeps_runs: bool, keeps_failures: bool) -> Block:
    plans = [
        _play_plan(setting, plan, seeds, keeps_runs=keeps_runs, keeps_failures=keeps_failures) for plan in setting.plans
    ]
    return Block(first, len(seeds), plans)


def _play_plan(setting: Setting, plan: Plan, seeds: Sequence[int], *, keeps_runs: bool, keeps_failures: bool) -> Played:
    plays, errors = [], {}
    for i, seed in enumerate(seeds):
        play = setting.event_play(seed, plan, keeps_runs=keeps_runs)
        try:
            play_through(play)
        except ConvergenceError as error:
            if not keeps_failures:
                raise
            errors[i] = str(error)
        plays.append(play)
    return Played.of(plays, errors)
