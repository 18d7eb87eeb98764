"""The vectorized engine: compiled replays over many seeds, on all cores; the event engine's results to the last bit.

Each thread plays its replays in memory of its own, one after another, each from its own seed. Nothing is shared but
what is only read, so results do not depend on how many threads there are. A replay that breaks off is played once more
by the event engine, which has the words for what went wrong.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from simulator.errors import ConvergenceError, ReplayError
from simulator.replay.block import EXPLAINED, REPLAY_WHOLES, Block
from simulator.replay.compiled.batch import Seeds
from simulator.replay.compiled.layout import Packed
from simulator.replay.compiled.player import Player
from simulator.replay.compiled.prepare import load, prepare
from simulator.replay.compiled.seeding import entropy_words
from simulator.replay.failures import play_through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from simulator.replay.setting import Setting

__all__ = ["play_vectorized"]

#: Runs that a thread plays before it hands them on, about: if all are kept, and if only sums are.
_MOST_KEPT, _MOST_RUNS = 1 << 17, 1 << 24


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
    longest = max(1, *(plan.recurrences for plan in setting.plans))
    most = min(max(1, (_MOST_KEPT if keeps_runs else _MOST_RUNS) // longest), -(-len(seeds) // (4 * workers)))
    pieces = [(first, min(most, len(seeds) - first)) for first in range(0, len(seeds), most)]
    words, firsts, counts = entropy_words(seeds)
    packed = Packed.of(Seeds(words, firsts, counts))  # type: ignore[arg-type]
    load(setting, seeds[0])
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

    explain = _Explainer(setting, seeds, keeps_failures=keeps_failures, most=None if keeps_runs else EXPLAINED)
    with ThreadPoolExecutor(workers) as threads:
        running: deque[Future[Block]] = deque()
        try:
            for piece in pieces:
                running.append(threads.submit(play, *piece))
                if len(running) > 2 * workers:
                    yield explain(running.popleft().result())
            while running:
                yield explain(running.popleft().result())
        finally:
            for future in running:
                future.cancel()


class _Explainer:
    """Says why replays broke off, in the order in which the event engine would have come to them."""

    def __init__(self, setting: Setting, seeds: Sequence[int], *, keeps_failures: bool, most: int | None) -> None:
        self._setting = setting
        self._seeds = seeds
        self._keeps_failures = keeps_failures
        self._most = most
        self._told = 0

    def __call__(self, block: Block) -> Block:
        at_status = REPLAY_WHOLES.index("status")
        broken = [
            (int(i), plan)
            for plan, played in enumerate(block.plans)
            for i in (played.replay_wholes[:, at_status] < 0).nonzero()[0]
        ]
        for i, plan in sorted(broken):
            block.plans[plan].replay_wholes[i, at_status] = -1
            if self._most is None or self._told < self._most:
                block.plans[plan].errors[i] = self._explain(block.first + i, plan)
                self._told += 1
        return block

    def _explain(self, at: int, plan: int) -> str:
        """Play a replay once more, by the engine that has words for what goes wrong."""
        try:
            play_through(self._setting.event_play(self._seeds[at], self._setting.plans[plan]))
        except ConvergenceError as error:
            if not self._keeps_failures:
                raise
            return str(error)
        raise ReplayError(
            f"seed {self._seeds[at]} broke off in compiled code and not in the event engine: a defect; please report "
            "it, and use engine='event'"
        )
