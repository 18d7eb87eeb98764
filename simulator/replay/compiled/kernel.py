"""The loop over replays, compiled: what the vectorized engine adds to the schedules that both engines share.

Imported where something is compiled and nowhere else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simulator.replay import block, draws
from simulator.replay.compiled.layout import POSITION_WORDS
from simulator.replay.compiled.methods import give_method
from simulator.replay.compiled.numpy_streams import bounded, multiply_high
from simulator.replay.compiled.seeding import seed_words
from simulator.replay.compiled.structs import WORDS, Struct, at_address
from simulator.replay.overlapping import replay_submissions
from simulator.replay.sequential import replay_sequence
from simulator.replay.status import FULL, NO_LIMIT, NOT_FEASIBLE

__all__ = ["KINDS", "replay_batch"]

RUN_WHOLES, RUN_REALS = len(block.RUN_WHOLES), len(block.RUN_REALS)
REPLAY_WHOLES, REPLAY_REALS = len(block.REPLAY_WHOLES), len(block.REPLAY_REALS)
_GOLDEN = np.uint64(draws.GOLDEN)
#: Written for Python's whole numbers, they do as well with words that wrap around.
split_mix: Any = draws.split_mix
mix_word: Any = draws.mix_word

_I64, _F64, _POINTER = ir.IntType(64), ir.DoubleType(), ir.IntType(8).as_pointer()


class PlayStruct(Struct):
    """Words of a `CompiledPlay`."""


#: Dataclasses whose words have methods of their own.
KINDS = {"CompiledPlay": PlayStruct}


def _call(result: Any, *arguments: Any) -> Any:
    """Make an intrinsic that calls the function at an address with whole or real numbers."""

    @intrinsic
    def call(_context: Any, address: Any, first: Any, second: Any, third: Any, fourth: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            kind = ir.FunctionType(_I64, [_POINTER, *arguments]).as_pointer()
            function = builder.inttoptr(values[0], kind)
            state = builder.inttoptr(values[1], _POINTER)
            return builder.call(function, [state, *values[2 : 2 + len(arguments)]])

        return types.int64(types.int64, types.int64, types.int64, types.float64, types.int64), generate

    return call


_call_choose = _call(_I64)
_call_learn = _call(_I64, _I64, _F64, _I64)
_words_at = at_address(WORDS)


def _predict(play: Any) -> Any:
    position = _call_choose(play.choose, play.state, 0, 0.0, 0)
    # What is no position, or would be taken for the kernel's own status, the event engine has words for.
    return position if FULL < position < play.cells.n_sizes else NOT_FEASIBLE


def _observe(play: Any, size: Any, cost: Any, converged: Any) -> Any:
    return max(_call_learn(play.learn, play.state, size, cost, converged), FULL + 1)


def _choose_limit(play: Any, place: Any, size: Any) -> Any:
    limit = play.limit_of[size]
    play.run.profiled = limit < 0 and play.profiles_at[place]
    if limit < 0:
        limit = play.limit_at[place]
        if limit < 0:
            return NO_LIMIT
        play.limit_of[size] = limit
    return limit if play.cells.path_count[place * play.cells.n_limits + limit] > 0 else NO_LIMIT


def _draw(play: Any, size: Any, n_paths: Any) -> Any:
    if play.keyed:
        state: Any = np.uint64(play.keys[size]) + _GOLDEN
        play.keys[size] = np.int64(state)
        return np.int64(multiply_high(split_mix(state), np.uint64(n_paths)))
    return bounded(play.stream.words, n_paths)


def _record(play: Any, attempt: Any, energy_j: Any, time_s: Any, cost: Any, started_s: Any, ended_s: Any) -> Any:
    output, run = play.output, play.run
    at = output.n_runs
    if at == output.room:
        return FULL
    output.n_runs = at + 1
    whole, real = RUN_WHOLES * at, RUN_REALS * at
    output.run_wholes[whole] = run.recurrence
    output.run_wholes[whole + 1] = attempt
    output.run_wholes[whole + 2] = run.size
    output.run_wholes[whole + 3] = run.limit
    output.run_wholes[whole + 4] = run.reached
    output.run_wholes[whole + 5] = run.profiled
    output.run_reals[real] = energy_j
    output.run_reals[real + 1] = time_s
    output.run_reals[real + 2] = cost
    output.run_reals[real + 3] = started_s
    output.run_reals[real + 4] = ended_s
    return 0


def _count_configuration(play: Any) -> Any:
    play.output.configurations[play.run.size * play.cells.n_limits + play.run.limit] += 1


for _method in (_predict, _observe, _choose_limit, _draw, _record, _count_configuration):
    give_method(PlayStruct, _method.__name__[1:], _method)


def replay_batch(batch: Any) -> Any:
    """Play the replays of a batch, each from its own seed."""
    for replay in range(batch.n):
        _start(batch, batch.first + replay)
        status = replay_submissions(batch.play) if batch.overlapping else replay_sequence(batch.play)
        state = _words_at(batch.play.state)
        for k in range(batch.n_histories):
            if state[batch.histories[k] + 2] != 0:
                status = FULL
        _keep(batch.play, replay, status)
        if status == FULL:
            return replay
    return batch.n


def _unsigned(word: Any) -> Any:
    return np.uint64(word)


def _start(batch: Any, at: Any) -> Any:
    """Make replay and policy what they are before the first run."""
    play = batch.play
    words = _words_at(batch.play_address)
    for k in range(batch.n_play):
        words[k] = batch.fresh_play[k]
    state = _words_at(play.state)
    for k in range(batch.n_state):
        state[k] = batch.fresh_state[k]
    seeds = batch.seeds
    first, count = seeds.first[at], seeds.count[at]
    seed_words(seeds.words, first, count, play.stream.words)
    for k in range(batch.n_streams):
        for word in range(POSITION_WORDS):
            state[batch.streams[k] + word] = play.stream.words[word]
    if play.keyed:
        mixed: Any = np.uint64(0)
        for k in range(count):
            mixed = mix_word(mixed, _unsigned(seeds.words[first + k]))
        for size in range(play.cells.n_sizes):
            play.keys[size] = np.int64(split_mix(_unsigned(batch.size_keys[size]) ^ mixed))


def _keep(play: Any, replay: Any, status: Any) -> Any:
    """Write down what a replay came to."""
    output, totals = play.output, play.totals
    whole, real = REPLAY_WHOLES * replay, REPLAY_REALS * replay
    output.replay_wholes[whole] = status
    output.replay_wholes[whole + 1] = output.n_runs  # so far, in all
    output.replay_wholes[whole + 2] = totals.recurrences
    output.replay_wholes[whole + 3] = totals.runs
    output.replay_wholes[whole + 4] = totals.retries
    output.replay_wholes[whole + 5] = totals.early_stops
    output.replay_wholes[whole + 6] = totals.recurrences_to_oracle
    output.replay_reals[real] = totals.energy_j
    output.replay_reals[real + 1] = totals.time_s
    output.replay_reals[real + 2] = totals.cost
    output.replay_reals[real + 3] = totals.late_energy_j
    output.replay_reals[real + 4] = totals.late_time_s
    output.replay_reals[real + 5] = totals.late_cost
