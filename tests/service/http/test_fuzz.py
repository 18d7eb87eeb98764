"""Whatever is sent to the published paths, no answer is a failure of the server."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: Values that somebody may send for any field, and those that it should have.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ODD = st.sampled_from([10**30, -1, 0, 2**31, 2**63, 1e308, 5e-324, "nan", "\0", "\ud800", "x" * 500, [], {}, [[]]])


def bodies(plain):
    """Make bodies whose fields are right, or anything."""
    return st.fixed_dictionaries({}, optional={name: st.just(value) | JSON | ODD for name, value in plain.items()})


JOB = {
    "job_id": "fleet-1",
    "job_id_prefix": "fleet",
    "batch_sizes": [64, 32],
    "default_batch_size": 64,
    "eta_knob": 0.5,
    "beta_knob": 2.0,
    "target_metric": 0.5,
    "higher_is_better_metric": True,
    "max_epochs": 100,
    "num_pruning_rounds": 2,
    "window_size": 0,
    "mab_prior_mean": 0.0,
    "mab_prior_precision": 0.0,
    "mab_num_explorations": 2,
    "mab_seed": 1,
    "max_power": 300,
    "number_of_gpus": 1,
    "gpu_model": "A40",
}
RESULT = {
    "job_id": "fleet-1",
    "batch_size": 64,
    "trial_number": 1,
    "time": 1.0,
    "energy": 1.0,
    "metric": 0.1,
    "current_epoch": 1,
}


def check(answer):
    assert answer.status_code < 500, answer.text
    json.loads(answer.content)


@pytest.mark.parametrize(
    ("method", "path", "plain"),
    [("POST", "/jobs", JOB), ("POST", "/report", RESULT), ("PATCH", "/trials", RESULT)],
)
def test_no_body_makes_the_server_fail(client, method, path, plain):
    """Fields are missing, odd or wrong; numbers are huge, or none; text cannot be encoded."""
    client.post("/jobs", json=JOB)
    client.get("/jobs/batch_size?job_id=fleet-1")

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(bodies(plain))
    def send(body):
        check(client.request(method, path, content=json.dumps(body)))

    send()
    for name in plain:
        for value in (10**30, -1, 0, 2**31, 2**63, 1e308, 1e-308, "\0", "\ud800", "x" * 500, None, [], {}):
            check(client.request(method, path, content=json.dumps(plain | {name: value})))


@pytest.mark.parametrize(("method", "path"), [("GET", "/jobs/batch_size"), ("DELETE", "/jobs")])
def test_no_id_makes_the_server_fail(client, method, path):
    """In the query, where it may be any bytes."""

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=600))
    def send(raw):
        check(client.request(method, f"{path}?job_id=" + "".join(f"%{byte:02x}" for byte in raw)))

    send()


@pytest.mark.parametrize("path", ["/jobs", "/report", "/v1/jobs", "/v1/jobs/fleet-1/trials"])
def test_no_bytes_make_the_server_fail(client, path):
    """Bodies that are no JSON at all."""

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(st.binary(max_size=200))
    def send(raw):
        check(client.post(path, content=raw))

    send()
