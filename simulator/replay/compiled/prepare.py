"""From a setting to words: what compiled replays start from, or why there are none."""

from __future__ import annotations

import copy
import inspect
import logging
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from simulator.errors import PolicyError
from simulator.policy.base import PlainStateOptimizer, state_type
from simulator.policy.outcome import NOTHING
from simulator.policy.stream import RandomStream
from simulator.replay.compiled.batch import Batch, CompiledPlay, Output
from simulator.replay.compiled.code import Code
from simulator.replay.compiled.layout import Packed
from simulator.replay.draws import size_key
from simulator.replay.overlapping import replay_submissions
from simulator.replay.play import Play
from simulator.replay.sequential import replay_sequence

if TYPE_CHECKING:
    from simulator.replay.event import EventPlay
    from simulator.replay.setting import Plan, Setting
    from simulator.replay.who import Who

__all__ = ["KERNEL", "Prepared", "codes_of", "is_cached", "load", "obstacle", "prepare"]

_logger = logging.getLogger("simulator.replay")


def _find_kernel() -> Any:
    from simulator.replay.compiled.kernel import replay_batch

    return replay_batch


#: The loop over replays.
KERNEL = Code(_find_kernel, (replay_sequence, replay_submissions), Batch)


@dataclass(frozen=True)
class Prepared:
    """What all replays of a setting and plan start from.

    Parameters
    ----------
    play, state, cells, submissions
        Words of the replay, of the policy's state, and of what was recorded.
    size_keys
        Hashes of the batch sizes, for keyed draws.
    recurrences
        How often the job recurs, or is submitted.
    overlapping
        Whether it is submitted.
    n_configurations
        How many batch sizes times power limits there are.
    """

    play: Packed
    state: Packed
    cells: Packed
    submissions: Packed
    size_keys: list[int]
    recurrences: int
    overlapping: bool
    n_configurations: int


def codes_of(kind: type[PlainStateOptimizer[Any]]) -> tuple[Code, Code]:
    """Find the two functions of a kind of policy that are compiled: `choose` and `learn`."""
    state = state_type(kind)
    choose, learn = (inspect.getattr_static(kind, name).__func__ for name in ("_choose", "_learn"))
    return (
        Code(lambda: choose, (choose,), state),
        Code(lambda: learn, (learn,), state, ("int", "float", "int")),
    )


def obstacle(setting: Setting, seed: int) -> str:
    """Say why a setting cannot be replayed by compiled code; nothing if it can.

    Parameters
    ----------
    setting
        What is to be replayed.
    seed
        One of its seeds.
    """
    play = setting.event_play(seed, setting.plans[0])
    policy, power_policy = play.batch_policy, play.power_policy
    if not isinstance(policy, PlainStateOptimizer):
        return f"policy {policy.name!r} is no PlainStateOptimizer"
    kind = type(policy)
    if not all(isinstance(inspect.getattr_static(kind, name, None), staticmethod) for name in ("_choose", "_learn")):
        return f"_choose and _learn of policy {policy.name!r} are no plain functions of its state"
    if kind.predict is not PlainStateOptimizer.predict or kind.observe is not PlainStateOptimizer.observe:
        return f"policy {policy.name!r} has a predict or observe of its own"
    if policy._sizes_of(play.job) != play.sizes:
        return f"policy {policy.name!r} has its batch sizes in another order, or not all of them"
    if not vars(type(power_policy)).get("decides_once", False):  # what a subclass does differently, only it can say
        return f"power policy {power_policy.name!r} does not say that it decides once for each batch size"
    if policy.verbose and logging.getLogger("simulator.policy").isEnabledFor(logging.INFO):
        return f"policy {policy.name!r} is verbose, and compiled code logs nothing"
    try:
        state = _state_of(play)
        other = _state_of(setting.event_play(seed + 1, setting.plans[0]))
        Packed.of(_compiled(play, setting))
    except PolicyError as error:
        return str(error)
    if not (state.words.shape == other.words.shape and (state.words == other.words).all()):
        return f"policy {policy.name!r} starts differently for each seed"
    expected = [RandomStream(seed + i) for i, packed in enumerate((state, other)) for _ in packed.streams]
    if [*state.stream_values, *other.stream_values] != expected or state.n_remembered:
        return f"policy {policy.name!r} starts with what it has learned before, or with draws of its own"
    return ""


def is_cached(setting: Setting, seed: int) -> bool:
    """Whether a setting without `obstacle` can be replayed without compiling anything."""
    return all(code.is_cached for code in (KERNEL, *_codes(setting, seed)))


def load(setting: Setting, seed: int) -> None:
    """Load what a setting without `obstacle` needs, or compile it first.

    Raises
    ------
    PolicyError
        If the policy does not compile.
    """
    if not is_cached(setting, seed):
        _logger.warning("compiling %s for this machine, once; that takes a few seconds", setting.who.policy_name)
    for code in (KERNEL, *_codes(setting, seed)):
        code.load()


def prepare(setting: Setting, plan: Plan, seed: int, *, keeps_runs: bool) -> Prepared:
    """Pack what all replays of a setting and plan start from.

    Parameters
    ----------
    setting, plan
        What to replay, and when the job runs.
    seed
        One of the seeds; it leaves no trace.
    keeps_runs
        Whether every run is kept, or only their sums.
    """
    play = setting.event_play(seed, plan, keeps_runs=keeps_runs)
    choose, learn = _codes(setting, seed)
    limit_at, profiles_at = _tabulate(play)
    compiled = replace(
        _compiled(play, setting),
        choose=choose.load(),
        learn=learn.load(),
        limit_at=limit_at,
        profiles_at=profiles_at,
    )
    return Prepared(
        Packed.of(compiled),
        _state_of(play),
        Packed.of(play.cells),
        Packed.of(play.submissions),
        [_signed(size_key(setting.job, size)) for size in play.sizes],
        plan.recurrences,
        plan.submissions is not None,
        len(play.configurations),
    )


def _codes(setting: Setting, seed: int) -> tuple[Code, Code]:
    """Find the functions of a setting's policy, once for all settings with these policies."""
    if setting.who not in _known:
        policy: Any = setting.who.make(seed)[0]
        _known[setting.who] = codes_of(type(policy))
    return _known[setting.who]


_known: WeakKeyDictionary[Who, tuple[Code, Code]] = WeakKeyDictionary()


def _compiled(play: EventPlay, setting: Setting) -> CompiledPlay:
    """Make a compiled replay of one of the event engine; what is about its policies is still to be filled in."""
    return CompiledPlay(
        **{item.name: getattr(play, item.name) for item in fields(Play)},
        choose=0,
        learn=0,
        state=0,
        limit_at=[],
        profiles_at=[],
        limit_of=[NOTHING] * len(play.sizes),
        keyed=setting.draws == "keyed",
        stream=RandomStream(0),
        keys=[0] * len(play.sizes),
        output=Output(0, 0, [], [], [], [], []),
    )


def _state_of(play: EventPlay) -> Packed:
    policy: Any = play.batch_policy
    packed = Packed.of(policy.state_of(play.job), state_type(type(policy)))
    if packed.shared:
        raise PolicyError(f"policy {policy.name!r} shares {', '.join(packed.shared)} with others; state is a job's own")
    return packed


def _tabulate(play: EventPlay) -> tuple[list[int], list[bool]]:
    """Ask the power policy for every place what it would choose if it met the batch size first there."""
    untouched = play.power_policy
    limits, profiled = [], []
    for place, largest in enumerate(play.cells.largest_limit_w):
        play.power_policy = copy.deepcopy(untouched)
        try:
            limits.append(play.choose_limit(place, place % play.cells.n_sizes) if largest else NOTHING)
        except PolicyError:  # the event engine says it again if a replay comes here
            limits.append(NOTHING)
        profiled.append(play.run.profiled)
    return limits, profiled


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word
