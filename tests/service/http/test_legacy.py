"""The published client meets what it met before: the same paths, codes and bodies."""

from __future__ import annotations

import json
import math

import pytest
from zeus.optimizer.batch_size.common import CreatedJob, JobSpecFromClient, ReportResponse, TrialId


def predict(client, job_id="fleet-1"):
    return client.get("/jobs/batch_size", params={"job_id": job_id})


def result(trial, **fields):
    return {**trial, "time": 1, "energy": 100, "metric": 0.1, "current_epoch": 1} | fields


@pytest.fixture
def trial(client, job):
    """A trial that was handed out."""
    assert client.post("/jobs", json=job).status_code == 201
    return predict(client).json()


def test_a_registration_is_echoed_in_the_bytes_of_the_published_models(client, job):
    """201 at first and 200 afterwards; fields in the published order, floats as floats, sizes ascending."""
    expected = json.dumps(JobSpecFromClient(**job).dict(), separators=(",", ":")).encode()
    for code in (201, 200):
        answer = client.post("/jobs", content=json.dumps(job))
        assert (answer.status_code, answer.content) == (code, expected)
        assert answer.headers["content-type"] == "application/json"
        assert CreatedJob.parse_raw(answer.content).batch_sizes == [32, 64, 128]


def test_a_job_without_id_gets_one_with_its_prefix(client, job):
    """The echo has it, so that the published client finds its job again."""
    made = CreatedJob.parse_raw(client.post("/jobs", json=job | {"job_id": None}).content)
    assert made.job_id.startswith("fleet-")
    assert len(made.job_id) == len("fleet-") + 8
    assert predict(client, made.job_id).status_code == 200


def test_a_training_run_goes_through_all_five_paths(client, job, trial):
    """From the batch size to the end, in bytes."""
    assert TrialId(**trial).dict() == {"job_id": "fleet-1", "batch_size": 64, "trial_number": 1}
    assert list(trial) == ["job_id", "batch_size", "trial_number"]
    going = client.post("/report", content=json.dumps(result(trial)))
    assert list(going.json()) == ["stop_train", "converged", "message"]
    assert not ReportResponse.parse_raw(going.content).stop_train
    final = client.post("/report", content=json.dumps(result(trial, metric=0.9, current_epoch=2))).json()
    assert (final["stop_train"], final["converged"]) == (True, True)
    again = client.post("/report", content=json.dumps(result(trial, metric=0.9, current_epoch=2))).json()
    assert (again["stop_train"], again["converged"]) == (True, True)
    assert "is already reported." in again["message"]
    ended = client.request("PATCH", "/trials", content=json.dumps(trial))
    assert (ended.status_code, ended.content) == (200, b"null")
    gone = client.delete("/jobs", params={"job_id": "fleet-1"})
    assert (gone.status_code, gone.content) == (200, b"null")
    assert client.delete("/jobs", params={"job_id": "fleet-1"}).status_code == 404


def test_a_key_hands_out_a_trial_once(client, trial):
    """As under /v1, whose keys are the same; without one, and with another, there is a new trial each time."""

    def keyed(key):
        return client.get("/jobs/batch_size", params={"job_id": "fleet-1"}, headers={"Idempotency-Key": key})

    first = keyed("a")
    assert first.json()["trial_number"] == 2
    assert keyed("a").content == first.content
    versioned = client.post("/v1/jobs/fleet-1/trials", headers={"Idempotency-Key": "a"})
    assert versioned.json()["trial"]["number"] == 2
    assert keyed("b").json()["trial_number"] == 3
    assert predict(client).json()["trial_number"] == 4


def test_a_key_that_was_used_otherwise_or_is_none_is_refused_in_the_published_form(client, trial):
    """And hands out nothing."""
    client.post("/v1/jobs/fleet-1/trials", json={"batch_size": 32}, headers={"Idempotency-Key": "a"})
    reused = client.get("/jobs/batch_size", params={"job_id": "fleet-1"}, headers={"Idempotency-Key": "a"})
    assert (reused.status_code, list(reused.json())) == (400, ["message"])
    blank = client.get("/jobs/batch_size", params={"job_id": "fleet-1"}, headers={"Idempotency-Key": "a b"})
    assert (blank.status_code, blank.json()["detail"][0]["loc"]) == (422, ["header", "Idempotency-Key"])
    assert predict(client).json()["trial_number"] == 3


def test_refusals_have_the_published_codes(client, job, trial):
    """400 for what predict and report do not know, 404 for what ends, 409 for another job; always a message."""
    ended = {**trial, "trial_number": 2}
    assert predict(client).json()["trial_number"] == 2
    client.request("PATCH", "/trials", json=ended)
    for code, answer in [
        (409, client.post("/jobs", json=job | {"eta_knob": 0.6})),
        (400, predict(client, "nobody")),
        (400, predict(client, "")),
        (400, predict(client, "\0")),
        (400, client.post("/report", json=result(trial, job_id="nobody"))),
        (400, client.post("/report", json=result(trial, batch_size=32))),
        (400, client.post("/report", json=result(trial, batch_size=-1))),
        (400, client.post("/report", json=result(trial, trial_number=10**30))),
        (400, client.post("/report", json=result(ended))),
        (404, client.request("PATCH", "/trials", json={**trial, "trial_number": 99})),
        (404, client.request("PATCH", "/trials", json={**trial, "job_id": "nobody"})),
        (404, client.delete("/jobs", params={"job_id": "nobody"})),
    ]:
        assert answer.status_code == code, (answer.request.url, answer.text)
        assert list(answer.json()) == ["message"]
        assert isinstance(answer.json()["message"], str)


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"batch_sizes": []}, ["batch_sizes"]),
        ({"batch_sizes": [64, 64]}, ["__root__"]),
        ({"batch_sizes": [64, 0]}, ["batch_sizes", 1]),
        ({"batch_sizes": list(range(1, 300))}, ["batch_sizes"]),
        ({"default_batch_size": 7}, ["__root__"]),
        ({"job_id": "other"}, ["__root__"]),
        ({"job_id": "fleet\0"}, ["job_id"]),
        ({"job_id": "fleet" * 100}, ["job_id"]),
        ({"eta_knob": 1.5}, ["eta_knob"]),
        ({"beta_knob": 0}, ["beta_knob"]),
        ({"max_epochs": "5.0"}, ["max_epochs"]),
        ({"num_pruning_rounds": 0}, ["num_pruning_rounds"]),
        ({"mab_prior_precision": -1}, ["mab_prior_precision"]),
        ({"mab_seed": -1}, ["mab_seed"]),
        ({"gpu_model": ""}, ["gpu_model"]),
        ({"max_power": math.inf}, ["max_power"]),
        ({"target_metric": math.nan}, ["target_metric"]),
    ],
)
def test_a_job_that_cannot_work_is_refused_by_the_names_of_the_protocol(client, job, fields, loc):
    """422 with the place of each fault."""
    answer = client.post("/jobs", content=json.dumps(job | fields))
    assert answer.status_code == 422
    (first, *_) = answer.json()["detail"]
    assert first["loc"] == ["body", *loc]
    assert {"msg", "type"} <= set(first)


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"batch_sizes": ["32", 64.9, True], "default_batch_size": "64"}, {"batch_sizes": [1, 32, 64]}),
        ({"gpu_model": 7}, {"gpu_model": "7"}),
        ({"higher_is_better_metric": "no"}, {"higher_is_better_metric": False}),
        ({"max_power": " 5 "}, {"max_power": 5.0}),
        ({"beta_knob": None}, {"beta_knob": None}),
        ({"window_size": -3}, {"window_size": -3}),
        ({"seed": 9, "error": "x"}, {}),
    ],
)
def test_values_are_read_as_generously_as_the_published_server_reads_them(client, job, fields, read):
    """As its models do, which are asked for comparison."""
    answer = client.post("/jobs", content=json.dumps(job | fields))
    assert answer.status_code == 201, answer.text
    assert read.items() <= answer.json().items()
    assert answer.json() == JobSpecFromClient(**job | fields).dict()


def test_numbers_that_are_none_are_parsed_and_only_a_metric_may_be_one(client, trial):
    """A diverged run has NaN for a metric, and goes on; energy and time are measured."""
    assert client.post("/report", content=json.dumps(result(trial, metric=math.nan))).json()["stop_train"] is False
    for name in ("time", "energy"):
        for value in (math.nan, math.inf, -1):
            answer = client.post("/report", content=json.dumps(result(trial, **{name: value})))
            assert answer.status_code == 422
            assert answer.json()["detail"][0]["loc"] == ["body", name]


@pytest.mark.parametrize(
    ("media_type", "code"),
    [
        (None, 201),
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("text/plain", 422),
        ("application/x-www-form-urlencoded", 422),
    ],
)
def test_bodies_need_no_content_type_and_may_have_that_of_json(client, job, media_type, code):
    """The published client sends none."""
    headers = {} if media_type is None else {"Content-Type": media_type}
    assert client.post("/jobs", content=json.dumps(job), headers=headers).status_code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 422),
        (b"{", 422),
        (b"null", 422),
        (b"[1]", 422),
        (b"\xff", 400),
        (b"[" * 50_000, 400),
        (b"1" * 5_000, 400),
        (b'{"job_id": "\\ud800"}', 422),
        (b" " * 65_537, 413),
    ],
)
def test_broken_bodies_are_refused_in_the_published_form(client, body, code):
    """Detail is a text, or a list of faults."""
    answer = client.post("/jobs", content=body)
    assert answer.status_code == code
    assert list(answer.json()) == ["detail"]


def test_paths_that_are_none_and_methods_that_they_do_not_have(client):
    """As the router of the published server says it."""
    assert (client.get("/nowhere").status_code, client.get("/nowhere").json()) == (404, {"detail": "Not Found"})
    refused = client.put("/jobs")
    assert (refused.status_code, refused.json()) == (405, {"detail": "Method Not Allowed"})
    assert refused.headers["allow"]
