"""What compiled code is given and gives back: a batch of replays that differ in their seed alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator.policy.stream import RandomStream  # noqa: TC001  (types of fields, looked up to lay out a batch)
from simulator.replay.play import SHARED, Play

__all__ = ["Batch", "CompiledPlay", "Output", "Seeds"]


@dataclass
class Output:
    """What replays leave behind.

    Parameters
    ----------
    room, n_runs
        For how many runs there is room, and how many there are.
    run_wholes, run_reals
        Numbers of each run, one run after another; see `simulator.replay.block`.
    replay_wholes, replay_reals
        Numbers of each replay, likewise.
    configurations
        How often each batch size and power limit ran, shape (n_sizes · n_limits,).
    """

    room: int
    n_runs: int
    run_wholes: list[int]
    run_reals: list[float]
    replay_wholes: list[int]
    replay_reals: list[float]
    configurations: list[int]


@dataclass
class Seeds:
    """Seeds as words of 32 bits; see `simulator.replay.compiled.seeding.entropy_words`.

    Parameters
    ----------
    words
        The words of all seeds.
    first, count
        Where those of each seed begin, and how many they are.
    """

    words: list[int]
    first: list[int]
    count: list[int]


@dataclass
class CompiledPlay(Play):
    """One replay by a compiled policy.

    Parameters
    ----------
    choose, learn
        Addresses of the policy's functions.
    state
        Address of its state.
    limit_at
        Position of the limit that the power policy chooses if it meets a batch size first at this place, or a
        negative status, shape (n_places,).
    profiles_at
        Whether it profiles for that, shape (n_places,).
    limit_of
        Position of the limit that it has chosen for a batch size, −1 none yet, shape (n_sizes,).
    keyed
        Whether draws are keyed.
    stream
        Published draws.
    keys
        State of the keyed draws of each batch size, shape (n_sizes,).
    output
        Where results go.
    """

    choose: int
    learn: int
    state: int
    limit_at: list[int]
    profiles_at: list[bool]
    limit_of: list[int]
    keyed: bool
    stream: RandomStream
    keys: list[int]
    output: Output = field(metadata=SHARED)


@dataclass
class Batch:
    """Replays to run one after the other.

    Parameters
    ----------
    play, play_address
        The replay, in whose place each is played.
    fresh_play, n_play, fresh_state, n_state
        Words of the replay and of the policy's state at the start, and how many they are.
    streams, n_streams, histories, n_histories
        Where in the state its streams and histories lie, and how many there are.
    size_keys
        Hashes of the batch sizes, for keyed draws, shape (n_sizes,).
    seeds
        The seeds.
    first, n
        Which of the seeds to take: the first of them, and how many.
    overlapping
        Whether they replay submissions.
    """

    play: CompiledPlay = field(metadata=SHARED)
    play_address: int
    fresh_play: list[int]
    fresh_state: list[int]
    n_play: int
    n_state: int
    streams: list[int]
    n_streams: int
    histories: list[int]
    n_histories: int
    size_keys: list[int]
    seeds: Seeds = field(metadata=SHARED)
    first: int
    n: int
    overlapping: bool
