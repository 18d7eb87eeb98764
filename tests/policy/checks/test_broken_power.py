"""Power policies that break one rule each: the kit names that rule, and no other."""

from __future__ import annotations

import pytest

from simulator.policy import JITPowerLimitOptimizer, PlainStatePowerOptimizer
from simulator.policy.checks import ContractError, check_power_policy


class Stubborn(JITPowerLimitOptimizer):
    """Asks for one more profile, always."""

    def predict(self, job, batch_size):
        return None


class Unoffered(JITPowerLimitOptimizer):
    def predict(self, job, batch_size):
        limit = super().predict(job, batch_size)
        return limit and limit + 1


class MixingSizes(PlainStatePowerOptimizer[int]):
    """One limit for all batch sizes, though they offer different ones."""

    name = "mixing"

    def predict(self, job, batch_size):
        return self._state(job, 0)

    def observe(self, job, batch_size, power_limit, cost):
        self._remember(job, 0, 100)


class Cheap(JITPowerLimitOptimizer):
    def observe(self, job, batch_size, power_limit, cost):
        if cost < 1e-4:
            raise ArithmeticError(cost)
        super().observe(job, batch_size, power_limit, cost)


class ForgetfulPower(JITPowerLimitOptimizer):
    """Loses the middle of a profile when stored."""

    def state_dict(self):
        stored = super().state_dict()
        for entry in stored["states"]:
            for cheapest in entry["value"].values():
                cheapest["epoch_cost"] = 0.0
        return stored


class Shared(JITPowerLimitOptimizer):
    """All policies of this class learn into one dictionary; a copy of one brings its own."""

    common: dict = {}  # noqa: RUF012  (the fault that is shown)

    def __init__(self):
        super().__init__(verbose=False)
        self._states = self.common


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        (Shared, "fresh"),
        (Stubborn, "answers"),
        (Unoffered, "offered-limits"),
        (MixingSizes, "offered-limits"),
        (Cheap, "any-scale"),
        (ForgetfulPower, "json"),
    ],
)
def test_exactly_that_power_rule_is_reported(policy, rule):
    """The same for power policies; their shared rules are those above."""
    with pytest.raises(ContractError) as caught:
        check_power_policy(policy)
    assert list(caught.value.broken) == [rule]
