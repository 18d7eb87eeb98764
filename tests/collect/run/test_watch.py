"""What is looked at once a second while a script runs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from simulator.collect.run.follow import Following
from simulator.collect.run.watch import Watch

S = 1_000_000_000


class Clock:
    """Time that stands still until it is set."""

    now_ns = 10 * S

    def monotonic_ns(self):
        return self.now_ns


def a_watch(clock, *, limit_mw=300_000, limiter=None):
    gpu = {"uuid": "GPU-1", "lost": False, "enforced_limit_mw": limit_mw, "pids": []}
    sensors = SimpleNamespace(revive=lambda: "", gpus=lambda since_ns: [gpu])
    job = SimpleNamespace(launched_ns=0, pids=frozenset)
    clocks = SimpleNamespace(look=lambda: None)
    return Watch(job, clock=clock, clocks=clocks, sensors=sensors, held_mw=[300_000], limiter=limiter)


@pytest.mark.parametrize(
    ("limit_mw", "changed"), [(300_999, False), (299_001, False), (301_000, True), (298_000, True)]
)
def test_a_limit_that_is_a_watt_off_was_changed(limit_mw, changed):
    """Less is how boards round."""
    trouble = a_watch(Clock(), limit_mw=limit_mw).look()
    assert (trouble is not None and trouble.why == "limit_changed") == changed


def test_a_guardian_that_died_is_replaced_within_a_second():
    """Not only when the next limit is set, which may be hours later."""
    clock, ensured = Clock(), []
    watch = a_watch(clock, limiter=SimpleNamespace(ensure_guardian=lambda: ensured.append(clock.now_ns)))
    for half_seconds in range(5):
        clock.now_ns = 10 * S + half_seconds * S // 2
        watch.look()
    assert ensured == [10 * S, 11 * S, 12 * S]


@pytest.mark.parametrize(("silent", "stalls"), [(False, False), (True, True)])
def test_what_a_script_prints_is_a_sign_of_life_once_it_has_reported_anything(silent, stalls):
    """One that never reports is not followed for ever."""
    clock = Clock()
    job = SimpleNamespace(launched_ns=0, heard_ns=9 * S, running=True, hear=lambda timeout_s: None)

    def look():
        job.running = False

    following = Following(
        job,
        follower=SimpleNamespace(poll=list),
        progress=SimpleNamespace(silent=silent, enough=""),
        watch=SimpleNamespace(look=look),
        clock=clock,
    )
    assert following.until_enough(stall_timeout_s=5).why == ("stalled" if stalls else "exit")
