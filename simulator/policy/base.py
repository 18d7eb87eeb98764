"""What the stock policies share: one plain state a job, found, checked, stored and restored in one place.

An algorithm writes three things over positions 0 to n − 1 in the job's list of batch sizes: `_start` makes the
state of a new job, `_choose` picks a position, `_learn` takes in a result. The last two may be methods, which the event
engine runs; or plain functions of the state alone (``_choose = staticmethod(choose)``) in the part of Python that
compiles, which run in every engine. CONTRIBUTING says how to write those.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from simulator.errors import PolicyError
from simulator.job import Job
from simulator.policy.interface import BatchSizeOptimizer
from simulator.policy.outcome import outcome, refusal
from simulator.policy.state import from_plain, to_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PlainStateOptimizer", "StateT", "dump_jobs", "load_jobs", "state_type"]

StateT = TypeVar("StateT")


class PlainStateOptimizer(BatchSizeOptimizer, Generic[StateT]):
    """A batch size policy whose state is plain data.

    Copies, pickles and JSON (`state_dict`, `load_state_dict`) may be taken at any time, also in the middle of
    exploration; they continue exactly as the original does. Registering a job again keeps what was learned.

    Parameters
    ----------
    seed
        Seed of the policy's own draws, for those that draw.
    verbose
        Whether to log decisions, under the logger ``simulator.policy``.
    """

    def __init__(self, *, seed: int = 123456, verbose: bool = False) -> None:
        self.seed = seed
        self.verbose = verbose
        self._sizes: dict[Job, list[int]] = {}
        self._states: dict[Job, StateT] = {}

    @abstractmethod
    def _start(self, job: Job, batch_sizes: list[int]) -> StateT:
        """Make the state of a new job."""

    #: Picks the position of the next batch size from the state, or returns a negative status.
    _choose: Callable[..., int]

    #: Takes in state, position, cost [J] and REACHED, FAILED or UNKNOWN; returns a negative status if it cannot.
    _learn: Callable[..., int | None]

    def register_job(self, job: Job, batch_sizes: list[int]) -> None:
        """Start the state of a job, or keep it if there is one.

        Raises
        ------
        PolicyError
            If there is no batch size, one stands twice, or they differ from those of an earlier registration.
        """
        sizes = [int(size) for size in batch_sizes]
        if not sizes or len(set(sizes)) < len(sizes):
            raise PolicyError(f"{job} needs a list of different batch sizes, but was registered with {sizes}")
        if self._sizes.get(job, sizes) != sizes:
            raise PolicyError(
                f"{job} is registered with batch sizes {self._sizes[job]} and cannot change to {sizes}; use a new "
                "policy, or a new job"
            )
        if job not in self._sizes:
            self._states[job] = self._start(job, sizes)
            self._sizes[job] = sizes

    def predict(self, job: Job) -> int:
        """Choose the batch size of the job's next run.

        Raises
        ------
        PolicyError
            If the job is not registered, or the policy has nothing left to choose from.
        """
        sizes = self._sizes_of(job)
        position = self._choose(self._states[job])
        if position < 0:
            raise refusal(position, self)
        batch_size = sizes[position]
        if self.verbose:
            self._log("%s -> batch size %d", job, batch_size)
        return batch_size

    def observe(self, job: Job, batch_size: int, cost: float, converged: bool | None = None) -> None:
        """Learn what a run has cost [J].

        Raises
        ------
        PolicyError
            If the job or the batch size is not registered, or the policy was not waiting for this.
        """
        sizes = self._sizes_of(job)
        if batch_size not in sizes:
            raise PolicyError(f"unknown batch size {batch_size} for {job}; registered are {sizes}")
        if self.verbose:
            self._log("%s @ %d: cost %.2f, converged: %s", job, batch_size, cost, converged)
        status = self._learn(self._states[job], sizes.index(batch_size), float(cost), outcome(converged))
        if status is not None and status < 0:
            raise refusal(status, self)

    def state_of(self, job: Job) -> StateT:
        """State of a registered job, itself and no copy.

        Raises
        ------
        PolicyError
            If the job is not registered.
        """
        self._sizes_of(job)
        return self._states[job]

    def put_state(self, job: Job, batch_sizes: list[int], state: StateT) -> None:
        """Continue a job from a state that was kept elsewhere; the policy makes it its own.

        Parameters
        ----------
        job
            The job, registered or not.
        batch_sizes
            Its batch sizes, in the order in which it was registered.
        state
            What `state_of` returned, or a copy.
        """
        self._sizes[job] = [int(size) for size in batch_sizes]
        self._states[job] = state

    def sizes_of(self, job: Job) -> list[int]:
        """Batch sizes of a registered job, by position.

        Raises
        ------
        PolicyError
            If the job is not registered.
        """
        return list(self._sizes_of(job))

    def explores(self, job: Job) -> bool:
        """Whether the size chosen last is explored: nothing else is chosen before its result is there."""
        return False

    def awaits(self, job: Job) -> int | None:
        """Batch size whose result the policy waits for before it chooses again, None if it does not wait."""
        return None

    def sizes_of_arms(self, job: Job) -> list[int]:
        """Batch sizes that the policy has Gaussian beliefs about, by arm and ascending; empty without any."""
        return []

    def state_dict(self) -> dict[str, Any]:
        """All that was learned, as plain data for ``json.dumps``."""
        return {"sizes": dump_jobs(self._sizes), "states": dump_jobs(self._states)}

    def load_state_dict(self, plain: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned, in a policy constructed with the same arguments.

        Raises
        ------
        PolicyError
            If the data is not the state of such a policy.
        """
        sizes = load_jobs(list[int], plain, "sizes")
        states = load_jobs(state_type(type(self)), plain, "states")
        if sizes.keys() != states.keys():
            raise PolicyError("stored state has jobs with batch sizes and no state, or the other way round")
        self._sizes, self._states = sizes, states

    def _sizes_of(self, job: Job) -> list[int]:
        try:
            return self._sizes[job]
        except KeyError:
            raise PolicyError(f"{job} is not registered with {self.name}; call register_job first") from None


def dump_jobs(by_job: Mapping[Job, Any]) -> list[dict[str, Any]]:
    """Write a dictionary keyed by job as plain data: a list of jobs with their values."""
    return [{"job": to_plain(job), "value": to_plain(value)} for job, value in by_job.items()]


def load_jobs(kind: Any, plain: Mapping[str, Any], key: str) -> dict[Job, Any]:
    """Read back what `dump_jobs` wrote and was stored under a key, with values of the given type.

    Raises
    ------
    PolicyError
        If there is no such key, or it does not hold that.
    """
    try:
        return {from_plain(Job, entry["job"]): from_plain(kind, entry["value"]) for entry in plain[key]}
    except (KeyError, TypeError) as error:
        raise PolicyError(f"stored state lacks jobs and their values under {key!r}: {error!r}") from error


def state_type(policy: type) -> Any:
    """Find the state type S in ``class Policy(PlainStateOptimizer[S])``."""
    for ancestor in policy.__mro__:
        for base in getattr(ancestor, "__orig_bases__", ()):
            if get_args(base) and not isinstance(get_args(base)[0], TypeVar):
                return get_args(base)[0]
    raise TypeError(f"{policy.__name__} does not say its state: class {policy.__name__}(PlainStateOptimizer[State])")
