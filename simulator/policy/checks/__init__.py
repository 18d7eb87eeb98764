"""What every policy promises, as checks that the author of one runs in one line.

In a test of your own package::

    from simulator.policy.checks import check_batch_size_policy

    def test_my_policy_keeps_its_promises():
        check_batch_size_policy(MyBatchSizeOptimizer)

or one test a rule::

    @pytest.mark.parametrize("check", batch_size_checks(), ids=str)
    def test_my_policy(check):
        check(MyBatchSizeOptimizer)

The factory is called with ``seed=`` if it takes one. A policy with options is passed as
``functools.partial(MyPolicy, option=...)``.
"""

from __future__ import annotations

from simulator.policy.checks.batch_size import batch_size_checks, check_batch_size_policy
from simulator.policy.checks.check import Check, ContractError
from simulator.policy.checks.power import check_power_policy, power_checks

__all__ = [
    "Check",
    "ContractError",
    "batch_size_checks",
    "check_batch_size_policy",
    "check_power_policy",
    "power_checks",
]
