"""The vectorized engine: compiled replays over many seeds, on all cores; the event engine's results to the last bit.

Each thread plays its replays in memory of its own, one after another, each from its own seed. Nothing is shared but
what is only read, so results do not depend on how many threads there are. A replay that breaks off is played once more
by the event engine, which has the words for what went wrong.
"""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from simulator.errors import ConvergenceError
from simulator.replay.block import REPLAY_WHOLES, Block
from simulator.replay.compiled.batch import Seeds
from simulator.replay.compiled.layout import Packed
from simulator.replay.compiled.player import Player
from simulator.replay.compiled.prepare import KERNEL, is_cached, prepare
from simulator.replay.compiled.seeding import entropy_words
from simulator.replay.failures import play_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from simulator.replay.setting import Setting

__all__ = ["play_vectorized"]

_logger = logging.getLogger("simulator.replay")

#: Runs, or replays if only their sums are kept, that a thread plays before it hands them on, at most.
_MOST_RUNS = 1 << 17


def play_vectorized(
    setting: Setting, seeds: Sequence[int], *, keeps_runs: bool, keeps_failures: bool, workers: int
) -> Iterator[Block]:
    """Replay a setting by compiled code.

    Parameters
    ----------
    setting
        What to replay; there must be no `simulator.replay.compiled.prepare.obstacle` to it.
    seeds
        The seeds.
    keeps_runs
        Whether every run is kept, or only their sums.
    keeps_failures
        Whether a replay that does not converge is kept as far as it came; otherwise it ends all.
    workers
        Threads.

    Yields
    ------
    Block
        Neighbouring seeds, in their order.

    Raises
    ------
    ConvergenceError
        If a replay does not converge, and that is not to be kept.
    """
    longest = max(plan.recurrences for plan in setting.plans) if keeps_runs else 1
    most = min(max(1, _MOST_RUNS // max(1, longest)), -(-len(seeds) // (4 * workers)))
    pieces = [(first, min(most, len(seeds) - first)) for first in range(0, len(seeds), most)]
    words, firsts, counts = entropy_words(seeds)
    packed = Packed.of(Seeds(words, firsts, counts))  # type: ignore[arg-type]
    if not is_cached(setting, seeds[0]):
        _logger.warning("compiling %s for this machine, once; that takes a few seconds", setting.who.policy_name)
    KERNEL.load()
    prepared = [prepare(setting, plan, seeds[0], keeps_runs=keeps_runs) for plan in setting.plans]
    idle: deque[list[Player]] = deque()

    def play(first: int, n: int) -> Block:
        try:
            players = idle.pop()
        except IndexError:
            players = [Player(each, packed, most=most, keeps_runs=keeps_runs) for each in prepared]
        block = Block(first, n, [player.play(first, n) for player in players])
        idle.append(players)
        return block

    with ThreadPoolExecutor(workers) as threads:
        running: deque[Future[Block]] = deque()
        try:
            for piece in pieces:
                running.append(threads.submit(play, *piece))
                if len(running) > 2 * workers:
                    yield _explained(setting, seeds, running.popleft().result(), keeps_failures=keeps_failures)
            while running:
                yield _explained(setting, seeds, running.popleft().result(), keeps_failures=keeps_failures)
        finally:
            for future in running:
                future.cancel()


def _explained(setting: Setting, seeds: Sequence[int], block: Block, *, keeps_failures: bool) -> Block:
    """Say why replays broke off, in the order in which the event engine would have come to them."""
    at_status = REPLAY_WHOLES.index("status")
    broken = [
        (int(i), plan)
        for plan, played in enumerate(block.plans)
        for i in (played.replay_wholes[:, at_status] < 0).nonzero()[0]
    ]
    for i, plan in sorted(broken):
        try:
            play_through(setting.event_play(seeds[block.first + i], setting.plans[plan]))
        except ConvergenceError as error:
            if not keeps_failures:
                raise
            block.plans[plan].errors[i] = str(error)
            block.plans[plan].replay_wholes[i, at_status] = -1
    return block
