"""What runs may take, and what that rests on."""

from __future__ import annotations

import pytest
from fabricated import a_plan

from simulator.collect.plan import Measure, estimate

#: Nothing but epochs takes time.
PLAIN = {"baseline_s": 0, "cooldown_s": 0}


def estimated(plan, done=()):
    """Estimate of all runs of a plan."""
    return estimate(plan, plan.runs(), done=done)


def test_nothing_known_is_said():
    """No number is made up."""
    found = estimated(a_plan())
    assert (found.runs, found.time_s) == (10, None)
    assert found.epochs == 10 * 6
    assert found.basis.startswith("unknown")


def test_a_guess_is_scaled_from_above():
    """Smaller batch sizes take longer in proportion, larger ones are not taken to be faster; windows last as asked."""
    plan = a_plan(batch_sizes=(8, 16, 32), seeds=(0,), measure=Measure(epoch_s=2.0, drift_check=False, **PLAIN))
    found = estimated(plan)
    assert found.of_runs_s[:3] == (6 * 4.0, 6 * 2.0, 6 * 2.0)
    assert found.of_runs_epochs[3:] == (4, 4, 4, 4, 4, 4)  # a warm-up, and three epochs last 5 s and more
    assert found.basis == "the plan's guess of 2 s an epoch at batch size 16, scaled to the others"


def test_short_epochs_make_long_windows():
    """Power runs go on until the window is long enough, and not beyond their last epoch."""
    plan = a_plan(batch_sizes=(16,), measure=Measure(epoch_s=1.0, max_power_epochs=60, drift_check=False))
    assert estimated(plan).of_runs_epochs[-1] == 1 + 5
    plan = a_plan(batch_sizes=(16,), measure=Measure(epoch_s=0.01, max_power_epochs=60, drift_check=False))
    assert estimated(plan).of_runs_epochs[-1] == 60


def test_measured_epochs_are_better_than_a_guess():
    """The median at the same batch size, and the nearest for others."""
    plan = a_plan(measure=Measure(epoch_s=100.0, **PLAIN))
    found = estimated(plan, done=[(16, (1.0, 2.0)), (16, (9.0,))])
    assert found.of_runs_s[0] == 6 * 4.0
    assert found.of_runs_s[2] == 6 * 2.0
    assert found.basis == "epochs measured at batch size 16; scaled from the nearest at 8"


def test_idle_times_count():
    """A baseline and a pause before each run."""
    plan = a_plan(measure=Measure(epoch_s=1.0, baseline_s=10, cooldown_s=5))
    quick = a_plan(measure=Measure(epoch_s=1.0, **PLAIN))
    assert estimated(plan).time_s == pytest.approx(estimated(quick).time_s + 10 * 15)
