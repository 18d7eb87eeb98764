"""Lists come in pages, in an order that does not depend on the database; sums are those of the trials."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from layered import NOW, a_spec, finish, hand_out

from simulator.errors import BadValueError
from simulator.service.layer import FleetCounts
from simulator.service.model import Stage, TrialStatus, TrialType

NAMES = ["B", "Z%", "Z%a", "Z_a", "Za", "a", "a/b", "b", "zz", "é", "日本"]  # in order of code points


async def all_pages(read, first, key, limit):
    """Read page after page until one is empty."""
    found, after = [], first
    while page := await read(after):
        assert len(page) <= limit
        found += page
        after = key(page[-1])
    return found


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_jobs_are_listed_in_order_of_code_points(sessions, limit):
    """Whatever order they came in, and whatever language the database speaks."""
    sessions.register(*(a_spec(name) for name in reversed(NAMES)))

    async def story(layer):
        async def read(after):
            return await layer.list_jobs(after=after, limit=limit)

        assert [job.job_id for job in await all_pages(read, "", lambda job: job.job_id, limit)] == NAMES
        assert (await layer.list_jobs(limit=1))[0] == await layer.get_job("B")

    sessions(story)


@pytest.mark.parametrize("prefix", ["", "Z", "z", "Z%", "Z_", "a/", "é", "nothing"])
def test_prefixes_are_taken_as_they_are(sessions, prefix):
    """Case counts, and no letter stands for others; a page may begin within."""
    sessions.register(*(a_spec(name) for name in NAMES))

    async def story(layer):
        expected = [name for name in NAMES if name.startswith(prefix)]
        assert [job.job_id for job in await layer.list_jobs(prefix=prefix)] == expected
        assert [job.job_id for job in await layer.list_jobs(prefix=prefix, after="Za")] == [
            name for name in expected if name > "Za"
        ]

    sessions(story)


def test_jobs_of_a_stage(sessions):
    """Only those, and the counts over all jobs agree."""
    sessions.register(a_spec("a"), a_spec("b"), a_spec("c"), a_spec("resnet"))

    async def story(layer):
        await layer.get_job("b")
        await layer.update_job_stage("b")
        await layer.get_job("c")
        await layer.update_policy("c", revision=1, exhausted=True)
        await layer.get_job("resnet")
        await hand_out(layer)
        await finish(layer, await hand_out(layer))
        assert [job.job_id for job in await layer.list_jobs(stage=Stage.MAB)] == ["b"]
        assert [job.job_id for job in await layer.list_jobs(stage=Stage.PRUNING)] == ["a", "c", "resnet"]
        counts = FleetCounts(jobs={Stage.PRUNING: 2, Stage.MAB: 1}, exhausted=1, running=1)
        assert await layer.count_fleet() == counts

    sessions(story)


@pytest.fixture
def many_trials(sessions):
    """Twenty trials of a job: each third fails, each third is under way, the others succeed and half converge."""
    sessions.register(a_spec(), a_spec("bert"))

    async def fill(layer):
        await layer.get_job("resnet")
        for k in range(1, 21):
            trial = await hand_out(layer, (16, 32, 64)[k // 3 % 3], TrialType.MAB)
            if k % 3 == 0:
                await layer.update_trial("resnet", None, trial.number, status=TrialStatus.FAILED)
            elif k % 3 == 1:
                await finish(layer, trial, 0.1 * k, converged=k % 2 == 0)

    sessions(fill)
    return sessions


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("status", [None, *TrialStatus])
def test_trials_are_listed_by_number(many_trials, limit, status):
    """All, or those of a status, page by page."""

    async def story(layer):
        async def read(after):
            return await layer.list_trials("resnet", after=after, limit=limit, status=status)

        numbers = [trial.number for trial in await all_pages(read, 0, lambda trial: trial.number, limit)]
        everything = [await layer.get_trial("resnet", None, number) for number in range(1, 21)]
        expected = [trial.number for trial in everything if status in (None, trial.status)]
        assert numbers == expected
        assert await layer.list_trials("bert") == []

    many_trials(story)


def test_sums_are_those_of_the_trials(many_trials):
    """By batch size and status; the lowest cost is that of trials that converged."""

    async def story(layer):
        trials = await layer.list_trials("resnet")
        sums = await layer.sum_costs("resnet")
        groups = sorted({(trial.batch_size, trial.status) for trial in trials}, key=lambda g: (g[0], g[1].value))
        assert [(one.batch_size, one.status) for one in sums] == groups
        for one in sums:
            mine = [t for t in trials if (t.batch_size, t.status) == (one.batch_size, one.status)]
            good = [t for t in mine if t.converged]
            assert (one.n_trials, one.n_converged) == (len(mine), len(good))
            assert one.energy_j == pytest.approx(math.fsum(t.energy_j for t in mine))
            assert one.time_s == pytest.approx(math.fsum(t.time_s for t in mine))
            assert one.cost == pytest.approx(math.fsum(t.cost or 0.0 for t in mine))
            assert one.converged_energy_j == pytest.approx(math.fsum(t.energy_j for t in good))
            assert one.converged_time_s == pytest.approx(math.fsum(t.time_s for t in good))
            assert one.converged_cost == pytest.approx(math.fsum(t.cost for t in good))
            assert one.min_cost == min((t.cost for t in good), default=None)
        assert await layer.sum_costs("bert") == []

    many_trials(story)


def test_a_key_is_answered_once(sessions):
    """The first answer stays, within its scope, until it is forgotten or its job deleted."""
    sessions.register()

    async def story(layer):
        assert await layer.find_key("resnet", "k") is None
        assert await layer.remember_key("resnet", "k", fingerprint="a", answer={"number": 1})
        assert not await layer.remember_key("resnet", "k", fingerprint="b", answer=2)
        assert await layer.remember_key("", "k", fingerprint="c", answer=None)
        found = await layer.find_key("resnet", "k")
        assert (found.fingerprint, found.answer, found.created_at) == ("a", {"number": 1}, NOW)

    async def forget(layer):
        for key in ("import:a", "late"):
            await layer.remember_key("resnet", key, fingerprint="", answer=1)
        assert await layer.forget_keys(NOW) == 0
        assert await layer.forget_keys(sessions.now + timedelta(days=1), limit=1, spared="import:") == 1
        assert await layer.forget_keys(sessions.now + timedelta(days=1), spared="import:") == 2
        assert await layer.find_key("resnet", "import:a") is not None
        assert await layer.find_key("resnet", "late") is None
        with pytest.raises(BadValueError):
            await layer.forget_keys(NOW, limit=0)
        await layer.delete_job("resnet")
        assert await layer.find_key("resnet", "import:a") is None

    sessions(story)
    sessions.now += timedelta(minutes=1)
    sessions(forget)
