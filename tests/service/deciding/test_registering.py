"""Jobs are registered once, by whoever comes first, and nothing of a deleted one comes back."""

from __future__ import annotations

import asyncio

import pytest
from live_jobs import make_dispatcher, run_once, settle, spec

from simulator.errors import JobConflictError, KeyReusedError, SpecError, UnknownJobError, UnknownTrialError
from simulator.service.database import Database
from simulator.service.model import Stage


def test_an_equal_registration_is_answered_with_the_job_as_it_stands(dispatcher, run_async):
    """Progress does not make a job another one."""
    first = run_async(dispatcher.register(spec()))
    run_async(run_once(dispatcher))
    again = run_async(dispatcher.register(spec(batch_sizes=(64, 32, 16, 8))))
    assert (first.created, again.created) == (True, False)
    assert (again.job.last_trial_number, again.job.stage) == (1, Stage.PRUNING)


@pytest.mark.parametrize("change", [{"eta": 0.9}, {"seed": None}, {"window_size": 5}, {"policy": "gts"}])
def test_another_job_cannot_take_an_id(dispatcher, run_async, change):
    """The error says what differs."""
    run_async(dispatcher.register(spec()))
    with pytest.raises(JobConflictError, match=next(iter(change))):
        run_async(dispatcher.register(spec(**change)))


def test_a_job_without_an_id_gets_one_of_its_own(dispatcher, run_async):
    """Ids that the service makes begin with the prefix."""
    nameless = spec(job_id=None, job_id_prefix="vision")
    ids = {run_async(dispatcher.register(nameless)).job.job_id for _ in range(3)}
    assert len(ids) == 3
    assert all(name.startswith("vision-") for name in ids)


def test_a_repeated_registration_with_a_key_makes_one_job(dispatcher, run_async):
    """A retry gets the job that the first try made, and the key is of use for nothing else."""
    nameless = spec(job_id=None, job_id_prefix="vision")
    first = run_async(dispatcher.register(nameless, key="k"))
    again = run_async(dispatcher.register(nameless, key="k"))
    assert (again.job.job_id, again.created) == (first.job.job_id, False)
    with pytest.raises(KeyReusedError):
        run_async(dispatcher.register(spec(), key="k"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"policy": "oracle"}, "^policy 'oracle' must be shown all costs beforehand"),
        ({"policy": "magic"}, "no policy is called 'magic'"),
        ({"policy": "epsilon-greedy:epsilon=2"}, "epsilon is 2"),
        ({"policy": "gts:colour=red"}, "no option 'colour'"),
        ({"policy": "gts:seed=5"}, "its field seed"),
        ({"policy": "pruning-gts:verbose=true"}, "sets verbose"),
        ({"power_policy": "jit:verbose=true", "power_limits_w": (100, 200)}, "sets verbose"),
        ({"window_size": 1}, "window_size is 1"),
        ({"window_size": 4, "num_exploration": 5}, "needs 5 results"),
        ({"policy": "pruning-gts:window_size=1"}, "window_size is 1"),
        ({"power_policy": "oracle", "power_limits_w": (100, 200)}, "shown all costs beforehand"),
        ({"power_policy": "fixed:150", "power_limits_w": (100, 200)}, "150 W is no power limit"),
        ({"power_policy": "magic", "power_limits_w": (100, 200)}, "no power policy is called"),
    ],
)
def test_a_job_that_cannot_be_served_is_refused_at_once(dispatcher, run_async, change, words):
    """Not at its hundredth trial."""
    with pytest.raises(SpecError, match=words):
        run_async(dispatcher.register(spec(**change)))


def test_a_window_of_one_works_after_a_single_round(dispatcher, run_async):
    """A belief then begins with one reward, and decides with it."""
    run_async(dispatcher.register(spec(window_size=1, num_pruning_rounds=1, num_exploration=1)))
    for _ in range(8):
        run_async(run_once(dispatcher))


def test_unseeded_jobs_draw_differently(dispatcher, database, run_async):
    """Jobs registered at the same moment without a seed have seeds from real entropy, which stay theirs."""
    jobs = [run_async(dispatcher.register(spec(job_id=f"job-{i}", seed=None))).job for i in range(4)]
    assert len({job.seed for job in jobs}) == 4
    assert run_async(make_dispatcher(database).get_job("job-0")).seed == jobs[0].seed


def test_a_late_report_does_not_reach_a_job_of_the_same_name(dispatcher, run_async):
    """Numbers go on when a deleted job is registered again, so old trials are unknown."""
    run_async(dispatcher.register(spec()))
    run_async(run_once(dispatcher))
    old = run_async(dispatcher.dispatch("job")).trial
    run_async(dispatcher.delete("job"))
    with pytest.raises(UnknownJobError):
        run_async(settle(dispatcher, old))
    assert run_async(dispatcher.register(spec())).created
    new = run_async(dispatcher.dispatch("job")).trial
    assert new.number == old.number + 1
    with pytest.raises(UnknownTrialError):
        run_async(settle(dispatcher, old))
    assert run_async(dispatcher.get_job("job")).n_observed == 0


def test_a_job_registered_again_begins_anew(dispatcher, run_async):
    """Nothing of the deleted job's policy is left, in the database or in memory."""
    sizes = []
    for _ in range(2):
        run_async(dispatcher.register(spec()))
        sizes.append([run_async(run_once(dispatcher)).batch_size for _ in range(12)])
        run_async(dispatcher.delete("job"))
    assert sizes[0] == sizes[1]
    with pytest.raises(UnknownJobError):
        run_async(dispatcher.delete("job"))


@pytest.mark.parametrize("name", [".", ".."])
def test_no_job_is_called_what_an_address_means_otherwise(name):
    """Clients and proxies take such a part out of an address, so that a request would reach another job."""
    with pytest.raises(ValueError, match="another place"):
        spec(job_id=name)


def test_a_key_whose_job_is_gone_makes_one_job_again(dispatcher, run_async):
    """One, however often the request is sent again."""
    nameless = spec(job_id=None, job_id_prefix="vision")
    old = run_async(dispatcher.register(nameless, key="k")).job
    run_async(dispatcher.delete(old.job_id))
    new = [run_async(dispatcher.register(nameless, key="k")) for _ in range(2)]
    assert [one.created for one in new] == [True, False]
    assert new[0].job.job_id == new[1].job.job_id != old.job_id


def test_a_key_does_not_stand_for_another_job_of_the_same_name(dispatcher, run_async):
    """Who repeats a registration does not take the job that came after for its own."""
    run_async(dispatcher.register(spec(), key="k"))
    run_async(dispatcher.delete("job"))
    run_async(dispatcher.register(spec(eta=0.5)))
    with pytest.raises(JobConflictError, match="eta"):
        run_async(dispatcher.register(spec(), key="k"))


def test_a_race_of_one_registration_makes_one_job(database_url, run_async):
    """A client that was impatient asks again while its first request is being served, perhaps by another process."""
    databases = [Database(database_url) for _ in range(4)]
    nameless = spec(job_id=None, job_id_prefix="vision")

    async def race():
        return await asyncio.gather(*(make_dispatcher(one).register(nameless, key="k") for one in databases))

    registered = run_async(race())
    assert len({one.job.job_id for one in registered}) == 1
    assert len(run_async(make_dispatcher(databases[0]).list_jobs())) == 1
    for one in databases:
        run_async(one.close())


def test_a_process_does_not_take_a_new_job_for_a_deleted_one(dispatcher, run_async):
    """A copy of the deleted job's policy is stale, even if that never changed."""
    revisions = set()
    for _ in range(3):
        revisions.add(run_async(dispatcher.register(spec())).job.revision)
        run_async(dispatcher.delete("job"))
    assert len(revisions) == 3
