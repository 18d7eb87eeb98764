"""The memory that one thread plays replays in."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.replay.block import REPLAY_REALS, REPLAY_WHOLES, RUN_REALS, RUN_WHOLES, Played
from simulator.replay.compiled.batch import Batch, CompiledPlay, Output
from simulator.replay.compiled.layout import STREAM_WORDS, Packed, layout_of
from simulator.replay.compiled.prepare import KERNEL
from simulator.replay.compiled.ziggurat import ziggurat_table

if TYPE_CHECKING:
    from simulator.replay.compiled.prepare import Prepared

__all__ = ["Player"]

_TABLE = ziggurat_table()
_BATCH, _PLAY, _OUTPUT = layout_of(Batch), layout_of(CompiledPlay), layout_of(Output)


class Player:
    """Plays replays of one setting and plan, a batch at a time. For one thread only.

    Parameters
    ----------
    prepared
        What replays start from.
    seeds
        All seeds, packed.
    most
        How many replays a batch has at most.
    keeps_runs
        Whether every run is kept.
    """

    def __init__(self, prepared: Prepared, seeds: Packed, *, most: int, keeps_runs: bool) -> None:
        self._prepared = prepared
        self._seeds = seeds
        self._most = most
        self._room_for_runs = 64 + most * (prepared.recurrences + prepared.recurrences // 4) if keeps_runs else 0
        self._room_for_rewards = 32 + 2 * prepared.recurrences
        self._call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(KERNEL.load())
        self._make_room()

    def play(self, first: int, n: int) -> Played:
        """Play the replays of some seeds.

        Parameters
        ----------
        first, n
            The first of the seeds, by its position, and how many.

        Returns
        -------
        Played
            What they came to; ``errors`` is left empty, and a negative status says that a replay broke off.
        """
        while not self._plays(first, n):
            self._room_for_runs *= 2
            self._room_for_rewards *= 2
            self._make_room()
        output = self._output
        names = ("run_wholes", "run_reals", "replay_wholes", "replay_reals", "configurations")
        whole, real, replays, sums, configurations = (output.words[output.lists[_OUTPUT.at(name)]] for name in names)
        n_runs = int(output.words[_OUTPUT.at("n_runs")])
        played = Played(
            whole.reshape(-1, len(RUN_WHOLES))[:n_runs].copy(),
            real.view(np.float64).reshape(-1, len(RUN_REALS))[:n_runs].copy(),
            replays.reshape(-1, len(REPLAY_WHOLES))[:n].copy(),
            sums.view(np.float64).reshape(-1, len(REPLAY_REALS))[:n].copy(),
            configurations.copy(),
        )
        kept = played.replay_wholes[:, REPLAY_WHOLES.index("n_kept")]
        kept[:] = np.diff(kept, prepend=0)
        return played

    def _plays(self, first: int, n: int) -> bool:
        """Run compiled code; whether there was room enough."""
        self._batch.words[_BATCH.at("first")] = first
        self._batch.words[_BATCH.at("n")] = n
        self._output.words[_OUTPUT.at("n_runs")] = 0
        self._output.words[self._output.lists[_OUTPUT.at("configurations")]] = 0
        done: int = self._call(self._batch.words.ctypes.data)
        return done == n

    def _make_room(self) -> None:
        """Lay out memory, and write into it where everything is."""
        prepared, words = self._prepared, (len(RUN_WHOLES), len(RUN_REALS), len(REPLAY_WHOLES), len(REPLAY_REALS))
        rooms = (self._room_for_runs, self._room_for_runs, self._most, self._most)
        zeros: list[Any] = [np.zeros(n * room, np.int64) for n, room in zip(words, rooms, strict=True)]
        zeros.append(np.zeros(prepared.n_configurations, np.int64))
        self._output = Packed.of(Output(self._room_for_runs, 0, *zeros))
        state = prepared.state.words.copy()
        self._rewards = [np.empty(self._room_for_rewards * len(prepared.size_keys)) for _ in prepared.state.histories]
        for at, rewards in zip(prepared.state.histories, self._rewards, strict=True):
            state[at : at + 2] = rewards.ctypes.data, self._room_for_rewards
        for at in prepared.state.streams:
            state[at + STREAM_WORDS - 1] = _TABLE.ctypes.data
        self._state = state.copy()

        play, shared = prepared.play.words.copy(), prepared.play.shared
        play[_PLAY.at("state")] = self._state.ctypes.data
        play[shared["cells"]] = prepared.cells.words.ctypes.data
        play[shared["submissions"]] = prepared.submissions.words.ctypes.data
        play[shared["output"]] = self._output.words.ctypes.data
        self._play = play.copy()

        self._batch = Packed.of(
            Batch(
                play=None,  # type: ignore[arg-type]  # its address follows
                play_address=self._play.ctypes.data,
                fresh_play=play,  # type: ignore[arg-type]  # an array packs as a list does
                n_play=len(play),
                fresh_state=state,  # type: ignore[arg-type]  # likewise
                n_state=len(state),
                streams=prepared.state.streams,
                n_streams=len(prepared.state.streams),
                histories=prepared.state.histories,
                n_histories=len(prepared.state.histories),
                size_keys=prepared.size_keys,
                seeds=None,  # type: ignore[arg-type]  # its address follows
                first=0,
                n=0,
                overlapping=prepared.overlapping,
            )
        )
        self._batch.words[self._batch.shared["play"]] = self._play.ctypes.data
        self._batch.words[self._batch.shared["seeds"]] = self._seeds.words.ctypes.data
