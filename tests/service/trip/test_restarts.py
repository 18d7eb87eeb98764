"""Random jobs through the event engine and through a service that restarts between any two calls.

Sizes, limits, energies, times and costs are the same, and what the policies know at the end, to the last bit.
"""

from __future__ import annotations

import random

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from live_service import LiveService
from restarts import Restarted, assert_same_bits, assert_same_policies, replay_by_events, replay_by_service
from small import JOB, TRACES, make_groups
from small_traces import KNOBS, MAX_EPOCHS, submissions, traces

from simulator import Job, Traces
from simulator.errors import ReplayError
from simulator.policy import names
from simulator.policy.registry import options
from simulator.service.trip.reach.open import open_service

POWER_POLICIES = ["jit", "jit", "full", "bounded-slowdown:20"]

#: Runs of a job that are enough to try: one whose sizes fail again and again would take long.
MOST_RUNS = 40

#: Values of each option that a stock policy has; the window is an argument of a replay.
OPTIONS = {
    "num_pruning_rounds": st.integers(1, 3),
    "num_exploration": st.integers(1, 3),
    "prior_mean": st.floats(-1e3, 1e3),
    "prior_precision": st.just(0.0) | st.floats(1e-6, 10),
    "exploration": st.floats(0.1, 3),
    "noise": st.floats(0.01, 0.5),
    "epsilon": st.floats(0, 1),
    "runs": st.integers(1, 2),
}


@st.composite
def policies(draw):
    """A stock policy that needs no foresight, with any of its options set; and a window, if it has one."""
    name = draw(st.sampled_from([*["pruning-gts", "gts"] * 3, *(name for name in names() if name != "oracle")]))
    offered = options(name)
    words = [f"{word}={draw(OPTIONS[word])!r}" for word in offered if word in OPTIONS and draw(st.booleans())]
    window = draw(st.sampled_from([0, 3, 5])) if "window_size" in offered else 0
    return {"policy": name + (":" + ",".join(words) if words else ""), "window": window}


@st.composite
def replays(draw):
    """A job, what was recorded about it, and how it is replayed."""
    train, power, sizes = draw(traces())
    beta, eta = draw(KNOBS)
    job = Job("d", "n", "adam", 0.5, draw(MAX_EPOCHS), default_bs=draw(st.sampled_from(sizes)))
    asked = draw(policies()) | {"beta": beta, "eta": eta, "power_policy": draw(st.sampled_from(POWER_POLICIES))}
    asked |= {"draws": draw(st.sampled_from(["published", "keyed"])), "seeds": draw(st.integers(0, 2**63 - 1))}
    asked |= {"groups": draw(submissions())} if draw(st.booleans()) else {"recurrences": draw(st.integers(8, 20))}
    return job, Traces(train=train, power=power, gpu="g"), asked


def _check(service, run_async, expected, job, traces, asked):
    """Replay through a service what the event engine has replayed: all must be the same."""
    table, plays = expected
    service.job_ids.clear()
    rehearsed = replay_by_service(service, job, traces, **asked)
    if isinstance(rehearsed, ReplayError) and "other power limits" in str(rehearsed):
        assert asked["power_policy"] == "full"  # of a job's limits, the service knows those of all batch sizes alike
        return
    assert_same_bits(table, rehearsed)
    for job_id, play in zip(service.job_ids, plays, strict=True):
        run_async(assert_same_policies(service.url, job_id, play))


def _check_restarts(url, run_async, drawn):
    job, traces, asked = drawn
    table, plays = expected = replay_by_events(job, traces, **asked)
    assume(plays)  # else nobody was asked anything
    assume(sum(play.recurrences + play.totals.retries for play in plays) <= MOST_RUNS)
    event(f"{asked['policy'].split(':')[0]}: {type(table).__name__}")
    _check(Restarted(url, run_async), run_async, expected, job, traces, asked)


RANDOM = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(RANDOM, max_examples=24)
@given(replays())
def test_restarts_between_any_two_calls_change_nothing(sqlite_url, run_async, drawn):
    """Whatever the traces, the policy with its options, the knobs, the seed, and the submissions."""
    _check_restarts(sqlite_url, run_async, drawn)


@settings(RANDOM, max_examples=3)
@given(replays())
def test_restarts_change_nothing_on_postgresql(postgres_url, run_async, drawn):
    """As on SQLite."""
    _check_restarts(postgres_url, run_async, drawn)


class Killed:
    """A server, reached through HTTP by one client, that is killed and started again before some of its calls.

    Parameters
    ----------
    server
        The server, which runs.
    service
        The client.
    calls
        Before which calls, counted from 0.
    """

    def __init__(self, server, service, calls) -> None:
        self.url = server.database_url
        self.job_ids = []
        self.n_calls = self.n_kills = 0
        self._server, self._service, self._calls = server, service, calls

    def __getattr__(self, name):
        def call(*args, **more):
            if self.n_calls in self._calls:
                self._server.kill()
                self._server.start()
                self._server.wait()
                self.n_kills += 1
            self.n_calls += 1
            return getattr(self._service, name)(*args, **more)

        return call

    def register(self, spec):
        self.job_ids.append(self.__getattr__("register")(spec))
        return self.job_ids[-1]


def test_a_server_that_is_killed_changes_nothing(tmp_path, run_async):
    """Processes end by SIGKILL at random places, and others go on with the database; the client knows nothing of it."""
    calls = random.Random(7).sample(range(45), 4)  # of about 48
    with LiveService(tmp_path) as server, open_service(url=server.url) as service:
        killed = Killed(server, service, calls)
        for when in ({"recurrences": 12}, {"groups": make_groups()}):
            asked = {"policy": "pruning-gts", "seeds": [3], "draws": "keyed", **when}
            _check(killed, run_async, replay_by_events(JOB, TRACES, **asked), JOB, TRACES, asked)
    assert killed.n_kills == 4
