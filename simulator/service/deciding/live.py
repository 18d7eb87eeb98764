"""A job's policies as objects, and what of their state is stored already."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

from simulator.errors import PolicyError
from simulator.policy.base import state_type
from simulator.policy.outcome import STILL_WAITING
from simulator.policy.state import to_plain
from simulator.service.deciding.parts import Belief, Parts, join, rewards_of, split
from simulator.service.deciding.policies import make_policy, make_power_policy, trained
from simulator.service.model import Arm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.policy.history import History
    from simulator.service.layer import PolicyRows
    from simulator.service.model import Job

__all__ = ["Changes", "LivePolicy"]


class Changes:
    """What is to be stored of a policy; None or empty where nothing changed."""

    def __init__(self) -> None:
        self.state: dict[str, Any] | None = None
        self.generator: dict[str, str] | None = None
        self.power: dict[str, Any] | None = None
        self.arms: list[Arm] = []
        self.rewards: list[tuple[int, int, float]] = []

    def __bool__(self) -> bool:
        return not (self.state is self.generator is self.power is None) or bool(self.arms or self.rewards)


class LivePolicy:
    """The policies of a job, as they are after all that was stored.

    Parameters
    ----------
    job
        The job.
    rows
        What is stored of its policies, but for arms and rewards.
    arms
        Its arms.
    rewards
        Rewards of each batch size, which become the policy's own.
    """

    def __init__(self, job: Job, rows: PolicyRows, arms: Sequence[Arm], rewards: History) -> None:
        self.job_id, self.spec = job.job_id, job.spec
        self.trained = trained(job.spec)
        self.policy = make_policy(job.spec, seed=job.seed)
        self.policy.register_job(self.trained, list(job.spec.batch_sizes))
        self.power_policy = make_power_policy(job.spec)
        self._stored = self._load(rows, arms, rewards)
        self._stored_power = rows.power
        if self.power_policy is not None and rows.power is not None:
            self.power_policy.load_state_dict(rows.power)  # type: ignore[attr-defined]  # checked at registration

    def _load(self, rows: PolicyRows, arms: Sequence[Arm], rewards: History) -> Parts:
        """Put the stored state into the policy; a job that never chose begins, with the stream that it has."""
        begun = self.policy.state_of(self.trained)
        sizes, plain = self.policy.sizes_of(self.trained), rows.state
        if plain is None:
            fresh = split(begun, len(self.policy.sizes_of_arms(self.trained)))
            fresh.generator = rows.generator if fresh.generator is not None else None
            state, stored = join(type(begun), fresh), Parts({}, fresh.generator, [], None)
        else:
            beliefs = [(arm.mean, arm.precision, arm.reward_precision, arm.n_observations) for arm in arms]
            stored = Parts(plain, rows.generator, beliefs, rewards)
            state = join(state_type(type(self.policy)), stored)
        self.policy.put_state(self.trained, sizes, state)
        stored.rewards = None
        self._told = [rewards.count(position) for position in range(rewards.n)]
        return stored

    def choose(self) -> int | PolicyError:
        """Ask for the next batch size; a refusal of the policy is returned, not raised."""
        try:
            return int(self.policy.predict(self.trained))
        except PolicyError as error:
            return error

    def learn(self, batch_size: int, cost: float, *, converged: bool) -> bool:
        """Tell the policy a result; return whether it took it in."""
        try:
            self.policy.observe(self.trained, batch_size, cost, converged)
        except PolicyError as error:
            if not error.status:
                raise
            return False
        return True

    def waits(self, refusal: PolicyError) -> bool:
        """Whether the policy did not choose since it waits for a result."""
        return refusal.status == STILL_WAITING

    def awaited(self) -> int | None:
        """Batch size whose result the policy waits for."""
        return self.policy.awaits(self.trained)

    def explores(self) -> bool:
        """Whether what the policy chose last is an exploration."""
        return self.policy.explores(self.trained)

    @property
    def state(self) -> Any:
        """State of the batch size policy, itself and no copy."""
        return self.policy.state_of(self.trained)

    @property
    def rewards(self) -> History | None:
        """Rewards, for another copy to begin with; None if the policy has none that are stored apart."""
        return rewards_of(self.state)

    def limit(self, batch_size: int) -> int | None:
        """Ask for the power limit [W] of a batch size; None: to be profiled first, or there is nobody to ask.

        Raises
        ------
        PolicyError
            If the policy cannot say, or says one that the job does not have.
        """
        if self.power_policy is None:
            return None
        limit = self.power_policy.predict(self.trained, batch_size)
        if limit is not None and limit not in self.spec.power_limits_w:
            raise PolicyError(
                f"power policy {self.power_policy.name!r} chose {limit} W; job {self.job_id!r} has "
                f"{', '.join(map(str, self.spec.power_limits_w))} W"
            )
        return limit

    def changes(self) -> Changes:
        """Find out what is not stored yet, and count it as stored."""
        changes = Changes()
        arm_sizes = self.policy.sizes_of_arms(self.trained)
        parts, stored = split(self.state, len(arm_sizes)), self._stored
        if parts.rest != stored.rest:
            changes.state = parts.rest
        if parts.generator != stored.generator:
            changes.generator = parts.generator
        for at, (size, belief) in enumerate(zip(arm_sizes, parts.beliefs, strict=True)):
            if at >= len(stored.beliefs) or not _same(belief, stored.beliefs[at]):
                mean, precision, reward_precision, count = belief
                changes.arms.append(
                    Arm(
                        job_id=self.job_id,
                        batch_size=size,
                        mean=mean,
                        precision=precision,
                        reward_precision=reward_precision,
                        n_observations=count,
                    )
                )
        if parts.rewards is not None:
            changes.rewards = self._new_rewards(parts.rewards)
        if self.power_policy is not None:
            power = to_plain(self.power_policy.state_dict())  # type: ignore[attr-defined]  # checked at registration
            if power != self._stored_power:
                changes.power = self._stored_power = power
        parts.rewards = None
        self._stored = parts
        return changes

    def _new_rewards(self, rewards: History) -> list[tuple[int, int, float]]:
        new = []
        for position, told in enumerate(self._told):
            if rewards.count(position) > told:
                for at, value in enumerate(rewards.since(position, told), told):
                    new.append((position, at, value))
                self._told[position] = rewards.count(position)
        return new


def _same(belief: Belief, other: Belief) -> bool:
    """Whether two beliefs are the same numbers; NaN is itself."""
    return all(mine == theirs or (isnan(mine) and isnan(theirs)) for mine, theirs in zip(belief, other, strict=True))
