"""Early stopping: what a run may cost, and what a policy learns of one that never ran."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from small import JOB, Fixed, make_traces

from simulator import Traces, replay
from simulator.cost import energy_time_cost
from simulator.replay.run import _affordable


def test_a_run_stops_before_it_costs_beta_times_the_best():
    """Early stopping: a run that cannot reach the target in time ends with the last epoch that it can afford."""
    traces = make_traces({8: [20.0], 16: [6.0]}, limits=(200,))
    beta = 1.5
    table = replay(JOB, traces, policy="pruning-gts", power_policy="full", seeds=0, recurrences=20, beta=beta)
    lowest, stopped = math.inf, []
    for _, tries in table.groupby("recurrence"):
        for run in tries.loc[~tries["reached"]].itertuples():
            epoch_s = 100.0 / run.batch_size * (250 / 200) ** 0.5
            epoch_cost = energy_time_cost(180.0 * epoch_s, epoch_s, eta=0.5, max_power_w=200)
            assert run.cost <= beta * lowest < run.cost + epoch_cost
            stopped.append(run.batch_size)
        lowest = min(lowest, tries["cost"].sum())
    assert set(stopped) == {8}


def test_a_run_that_cannot_afford_an_epoch_is_observed_as_a_bad_failure():
    """Nothing runs, nothing is recorded, and the policy learns 100·β·lowest cost, not converged."""
    traces = make_traces({8: [2.0], 16: [1.0]}, limits=(200,))
    traces = Traces(train=traces.train, power=traces.power.assign(time_per_epoch=[1000.0, 1.0]), gpu="v100")
    policies = []

    class Tries(Fixed):
        def register_job(self, job, batch_sizes):
            policies.append(self)

        def predict(self, job):
            return 8 if len(self.observed) == 1 else 16

    table = replay(JOB, traces, policy=Tries, power_policy="full", seeds=0, recurrences=2, beta=1.5)
    assert list(table["batch_size"]) == [16, 16]
    assert list(table["attempt"]) == [1, 2]
    lowest = table["cost"].iloc[0]
    assert policies[-1].observed == [(16, lowest, True), (8, 100 * 1.5 * lowest, False), (16, lowest, True)]


def test_a_target_within_an_epoch_needs_that_epoch_to_be_affordable():
    """Some traces say 3.5 epochs: a bound that pays for more than three, but not for four, stops the run."""
    traces = make_traces({8: [3.5], 16: [6.0]}, limits=(200,))
    epoch_cost = {size: energy_time_cost(180.0 * s, s, eta=0.5, max_power_w=200) for size, s in _EPOCH_S.items()}
    for epochs, reached in ((3.4, False), (3.7, False), (4.1, True)):
        beta = epochs * epoch_cost[8] / (6 * epoch_cost[16])
        asked = {"policy": "grid", "power_policy": "full", "seeds": 0, "recurrences": 2, "beta": beta}
        first_of_eight = replay(JOB, traces, **asked).query("batch_size == 8").iloc[0]
        assert first_of_eight["reached"] == reached
        assert first_of_eight["time_s"] == _EPOCH_S[8] * (3.5 if reached else 3)


#: Time of an epoch [s] at 200 W.
_EPOCH_S = {size: 100.0 / size * (250 / 200) ** 0.5 for size in (8, 16)}


@given(
    st.floats(1e-3, 1e12) | st.integers(1, 10**6).map(float),
    st.floats(1e-3, 1e9) | st.sampled_from([0.1, 0.3, 0.7, 1.1]),
    st.integers(0, 10**6),
    st.integers(1, 10**6).map(float) | st.floats(0.5, 100) | st.just(math.nan),
    st.integers(1, 10**6).map(float),
)
def test_affordable_epochs_are_whole_to_the_last_bit(bound, epoch_cost, whole, target, most):
    """The quick count is ``bound // epoch_cost``, also where the quotient is rounded to a whole one."""
    for at in (bound, whole * epoch_cost, math.nextafter(whole * epoch_cost, 0.0)):
        exact, quick = min(at // epoch_cost, most), _affordable(at, epoch_cost, target, most)
        assert (target <= exact) == (target <= quick)
        assert quick == exact or target <= exact
