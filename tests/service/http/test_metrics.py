"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


def samples(client):
    """All numbers by name and labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(client):
    return {key[1:]: value for key, value in samples(client).items() if key[0] == "simulator_http_requests_total"}


def test_requests_are_counted_by_the_template_of_their_path(client, spec):
    """However many ids there are, so that the series do not grow with them."""
    for number in range(20):
        client.get(f"/v1/jobs/nobody-{number}")
        client.get(f"/nowhere-{number}")
        client.request(f"M{number}", "/v1/jobs")
    counted = requests(client)
    assert counted[("method", "GET"), ("route", "/v1/jobs/{job_id}"), ("status", "404")] == 20
    assert counted[("method", "GET"), ("route", "other"), ("status", "404")] == 20
    assert not [key for key in counted if "nobody" in str(key) or "nowhere" in str(key)]
    assert len(counted) <= 4


def test_times_are_counted_too(client):
    """Once for each request."""
    client.get("/v1/jobs")
    client.get("/v1/jobs")
    assert samples(client)["simulator_http_request_seconds_count", ("method", "GET"), ("route", "/v1/jobs")] == 2


def test_jobs_and_trials_are_counted_in_the_database(client, spec, serve):
    """So that every process, and the one after a restart, gives the same."""
    client.post("/v1/jobs", json=spec)
    client.post("/v1/jobs/fleet-1/trials")
    with serve() as other:
        counted = samples(other)
    assert counted["simulator_jobs", ("stage", "Pruning")] == 1
    assert counted["simulator_jobs", ("stage", "MAB")] == 0
    assert counted["simulator_trials", ("status", "Dispatched")] == 1


def test_refusals_at_the_door_are_counted(serve):
    """An attack on tokens is to be seen."""
    with serve(tokens=("a-token-of-some-length",)) as client:
        client.get("/v1/jobs")
        text = client.get("/metrics", headers={"Authorization": "Bearer a-token-of-some-length"}).text
    assert 'status="401"' in text
