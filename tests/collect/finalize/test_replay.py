"""Collected traces replay at once, to the joule and second that were measured."""

from __future__ import annotations

from fractions import Fraction

from fabricated import a_job, a_plan, a_window, collect_into
from hypothesis import given
from hypothesis import strategies as st

import simulator
from simulator.collect.finalize import finalize
from simulator.collect.result import EpochResult

#: Numbers that binary fractions hold, so that products of them are exact.
TIMES = st.integers(1, 2**12).map(lambda n: n / 16)
WATTS = st.integers(8, 2**13).map(lambda n: n / 16)


@given(time_s=TIMES, power_w=WATTS, reached=st.integers(1, 6), higher=st.booleans(), limit=st.integers(100, 400))
def test_a_replay_costs_what_was_measured(tmp_path_factory, time_s, power_w, reached, higher, limit):
    """One batch size and limit: every recurrence takes the target's epochs at the measured time and power."""
    out = tmp_path_factory.mktemp("out")
    plan = a_plan(
        job=a_job(higher_is_better=higher, target_metric=0.5),
        batch_sizes=(16,),
        power_limits_w=(limit,),
        seeds=(0, 1),
    )

    def measured(result):
        from dataclasses import replace

        value = [(n >= reached) == higher for n in range(1, 7)]
        epochs = tuple(EpochResult(number=n, time_s=1, metrics={"accuracy": float(v)}) for n, v in enumerate(value, 1))
        window = a_window(result.spec, epochs=4, time_s=4 * time_s, energy_j=4 * time_s * power_w)
        return replace(result, epochs=epochs, window=window)

    collect_into(out, plan, change=measured)
    traces = simulator.read_traces(finalize(out).trace)
    (job,) = traces.jobs
    assert (job.default_bs, job.default_lr, job.target_metric) == (16, 0.1, 0.5)
    table = simulator.replay(job, traces, policy="default", power_policy="full", seeds=[0], recurrences=3)
    assert table["reached"].all()
    assert set(map(Fraction, table["time_s"])) == {reached * Fraction(time_s)}
    assert set(map(Fraction, table["energy_j"])) == {reached * Fraction(time_s) * Fraction(power_w)}
