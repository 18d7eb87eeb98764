"""What people may ask of jobs adds up to what their trials say."""

from __future__ import annotations

import pytest
from live_jobs import run_once, settle, spec

from simulator.errors import UnknownJobError, UnknownTrialError
from simulator.service.deciding.results import JobCosts, JobCounts, SizeCosts
from simulator.service.model import Stage, TrialStatus


@pytest.fixture
def job(dispatcher, run_async):
    """A job of which size 16 (the default) took 100 J, 8 failed for 30 J, 32 took 60 J, and 64 is under way."""
    job = run_async(dispatcher.register(spec())).job
    for cost, reached in ((100.0, True), (30.0, False), (60.0, True)):
        run_async(run_once(dispatcher, cost, reached=reached))
    trial = run_async(dispatcher.dispatch("job")).trial
    run_async(dispatcher.report("job", 64, trial.number, energy_j=5.0, time_s=2.0, metric=0.0, epoch=1))
    return job


def test_a_job_says_what_it_saved(dispatcher, run_async, job):
    """Each run that converged stands for one of the default size; all else that was spent is a loss."""
    standing = run_async(dispatcher.standing("job"))
    assert standing.job == run_async(dispatcher.get_job("job"))
    assert standing.counts == JobCounts(dispatched=1, succeeded=3, failed=0, converged=2)
    assert standing.costs == JobCosts(
        energy_j=195.0, time_s=5.0, n_default=1, default_energy_j=100.0, saved_j=2 * 100.0 - 190.0
    )


def test_a_job_without_a_default_run_has_nothing_to_compare_with(dispatcher, run_async):
    """So it does not say that it saved anything."""
    run_async(dispatcher.register(spec()))
    costs = run_async(dispatcher.standing("job")).costs
    assert (costs.n_default, costs.default_energy_j, costs.saved_j, costs.energy_j) == (0, None, None, 0.0)


def test_costs_are_told_by_batch_size(dispatcher, run_async, job):
    """All sizes are there, also those without a trial that converged."""
    sizes = {size.batch_size: size for size in run_async(dispatcher.costs("job"))}
    assert list(sizes) == [8, 16, 32, 64]
    assert sizes[32] == SizeCosts(
        batch_size=32,
        dispatched=0,
        succeeded=1,
        failed=0,
        converged=1,
        energy_j=60.0,
        time_s=1.0,
        ended_energy_j=60.0,
        mean_cost=60.0,
        min_cost=60.0,
        mean_energy_j=60.0,
    )
    assert (sizes[8].succeeded, sizes[8].converged, sizes[8].mean_cost, sizes[8].min_cost) == (1, 0, None, None)
    assert (sizes[64].dispatched, sizes[64].energy_j, sizes[64].ended_energy_j) == (1, 5.0, 0.0)


def test_jobs_and_trials_are_listed_in_pages(dispatcher, run_async, job):
    """By name and by number, from what is known already on."""
    for name in ("a", "b", "c"):
        run_async(dispatcher.register(spec(job_id=name)))
    names = [one.job_id for one in run_async(dispatcher.list_jobs(limit=2))]
    assert names == ["a", "b"]
    assert [one.job_id for one in run_async(dispatcher.list_jobs(after="b"))] == ["c", "job"]
    assert [one.job.job_id for one in run_async(dispatcher.list_standings(prefix="j"))] == ["job"]
    assert run_async(dispatcher.list_jobs(stage=Stage.MAB)) == []
    assert [one.number for one in run_async(dispatcher.list_trials("job", after=1, limit=2))] == [2, 3]
    assert [one.number for one in run_async(dispatcher.list_trials("job", status=TrialStatus.DISPATCHED))] == [4]


def test_the_fleet_is_counted(dispatcher, run_async, job):
    """Jobs by stage, and trials under way."""
    run_async(dispatcher.register(spec(job_id="other", policy="default")))
    run_async(settle(dispatcher, run_async(dispatcher.dispatch("other")).trial))
    totals = run_async(dispatcher.totals())
    assert totals.jobs == {Stage.PRUNING: 1, Stage.MAB: 1}
    assert (totals.exhausted, totals.running) == (0, 1)
    run_async(dispatcher.ping())


def test_what_does_not_exist_is_not_read(dispatcher, run_async, job):
    """Each question about an unknown job or trial says so."""
    for ask in (
        dispatcher.get_job,
        dispatcher.list_trials,
        dispatcher.get_arms,
        dispatcher.standing,
        dispatcher.costs,
    ):
        with pytest.raises(UnknownJobError, match="'nobody'"):
            run_async(ask("nobody"))
    for number in (0, 5, 2**40):
        for ask in (dispatcher.get_trial, dispatcher.explain):
            with pytest.raises(UnknownTrialError, match="latest is 4"):
                run_async(ask("job", number))
