"""SIGKILL of services, their processes and their clients, fifty each: what was acknowledged stays, nobody is stuck.

By hand the moments are new ones each time, drawn from a seed that is printed; ``FAULT_SEED`` draws them again.
"""

from __future__ import annotations

import time

from live_campaign import Campaign, Watch

#: Kills of a service with one process, and of one with several: whole services, single processes, clients.
KILLS = {1: {"service": 12, "client": 12}, 4: {"service": 2, "worker": 11, "client": 13}}


def test_eight_clients_race(service, tmp_path, draws):
    """On one job and on several, some hang up in the middle, come late, end their trials or say everything twice."""
    campaign = Campaign(service, tmp_path / "notes", draws, jobs=["races/one", "races two", "races legacy"])
    with Watch(service.database_url) as watch:
        campaign.start_clients()
        time.sleep(2.5)
        campaign.train_until("given", more_than=50)
        campaign.stop_clients()
    assert watch.looks > 10
    campaign.settle()
    counts = campaign.check()
    assert counts["given"] > 50, counts
    assert not [what for what in counts if what.startswith("5xx")], counts


def test_services_and_clients_are_killed(service, tmp_path, draws):
    """Again and again, at any moment, also while the service starts."""
    kills = KILLS[1 if service.workers == 1 else 4]
    campaign = Campaign(service, tmp_path / "notes", draws, jobs=["kills one", "kills two", "kills legacy"])
    with Watch(service.database_url) as watch:
        campaign.start_clients()
        order = [who for who, n in kills.items() for _ in range(n)]
        draws.shuffle(order)
        campaign.storm(order)
        campaign.train_until("reported 200", more_than=50)
        time.sleep(0.5)
        campaign.stop_clients()
    assert watch.looks > 10
    campaign.settle()
    counts = campaign.check()
    print(dict(counts))  # noqa: T201  # shown if the test fails
    assert {who: counts[who] for who in kills} == kills
    assert counts["reported 200"] > 50, counts
