"""The service's own paths."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import pytest


def path(job_id, *rest):
    return "/".join(("/v1/jobs", quote(job_id, safe=""), *map(str, rest)))


@pytest.fixture
def trials(client, spec):
    """Path of the trials of a job that is registered."""
    assert client.post("/v1/jobs", json=spec).status_code == 201
    return path("fleet-1", "trials")


REPORT = {"energy_j": 100, "time_s": 1, "metric": 0.1, "epoch": 1}


def test_a_training_run_goes_from_registration_to_deletion(client, spec):
    """And is to be seen on the way."""
    made = client.post("/v1/jobs", json=spec)
    assert (made.status_code, client.post("/v1/jobs", json=spec).status_code) == (201, 200)
    assert made.json()["spec"]["max_power_w"] == 300.0
    handed = client.post(path("fleet-1", "trials"))
    assert handed.status_code == 201
    trial = handed.json()["trial"]
    assert (trial["number"], trial["batch_size"], trial["status"]) == (1, 64, "Dispatched")
    assert datetime.fromisoformat(trial["started_at"]).utcoffset().total_seconds() == 0
    this = path("fleet-1", "trials", 1)
    assert client.post(f"{this}/heartbeat").json()["number"] == 1
    assert client.post(f"{this}/report", json=REPORT).json()["stop"] is False
    assert client.post(f"{this}/report", json=REPORT | {"metric": None, "epoch": 2}).json()["stop"] is False
    final = client.post(f"{this}/report", json=REPORT | {"metric": 0.9, "epoch": 3}).json()
    assert (final["stop"], final["converged"], final["trial"]["status"]) == (True, True, "Succeeded")
    assert client.post(f"{this}/end").json()["status"] == "Succeeded"
    assert client.get(this).json() == final["trial"]
    assert client.get(f"{this}/why").json()["reason"]
    shown = client.get(path("fleet-1")).json()
    assert (shown["min_cost"], shown["counts"]["converged"]) == (200.0, 1)
    assert [one["batch_size"] for one in client.get(path("fleet-1", "costs")).json()["items"]] == [32, 64, 128]
    assert client.get(path("fleet-1", "arms")).json() == {"items": []}
    gone = client.delete(path("fleet-1"))
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(path("fleet-1")).status_code == 404


@pytest.mark.parametrize("job_id", ["a/b", "a%2Fb", "trials", "ä ö?#&", "x/trials/1", "..a", "+"])
def test_an_id_may_hold_any_letter(client, spec, job_id):
    """It is one segment of a path, percent-encoded."""
    assert client.post("/v1/jobs", json=spec | {"job_id": job_id}).json()["job_id"] == job_id
    assert client.get(path(job_id)).json()["job_id"] == job_id
    assert client.post(path(job_id, "trials")).json()["trial"]["job_id"] == job_id
    assert client.get(path(job_id, "trials")).json()["items"][0]["number"] == 1
    assert client.delete(path(job_id)).status_code == 204


def test_a_request_with_the_same_key_is_carried_out_once(client, spec, trials):
    """Its answer is repeated; with another body the key is refused."""
    key = {"Idempotency-Key": "abc"}
    first = client.post(trials, headers=key).json()
    assert client.post(trials, headers=key).json()["trial"]["number"] == first["trial"]["number"]
    assert client.post(trials).json()["trial"]["number"] == 2
    again = client.post(trials, json={"batch_size": 32}, headers=key)
    assert (again.status_code, again.json()["type"]) == (422, "urn:simulator:problem:key-reused")
    nameless = {name: value for name, value in spec.items() if name != "job_id"}
    made = [client.post("/v1/jobs", json=nameless, headers={"Idempotency-Key": "j"}).json()["job_id"] for _ in range(2)]
    assert made[0] == made[1]
    for bad in ("", "a b", "x" * 256):
        assert client.post(trials, headers={"Idempotency-Key": bad}).status_code == 422


def test_lists_come_in_pages(client, spec, trials):
    """Each names where the next begins, and the last names none."""
    for number in range(2, 6):
        client.post("/v1/jobs", json=spec | {"job_id": f"fleet-{number}"})
        client.post(trials)
    for url, name, expected in [
        ("/v1/jobs", "job_id", [f"fleet-{number}" for number in range(1, 6)]),
        (trials, "number", [1, 2, 3, 4]),
    ]:
        found, after = [], {}
        while True:
            page = client.get(url, params={"limit": 2, **after}).json()
            found += [one[name] for one in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert found == expected
    assert client.get("/v1/jobs", params={"limit": 5}).json()["next"] is None
    assert [one["job_id"] for one in client.get("/v1/jobs", params={"prefix": "fleet-3"}).json()["items"]] == [
        "fleet-3"
    ]
    assert client.get("/v1/jobs", params={"prefix": "fleet_"}).json()["items"] == []
    assert client.get("/v1/jobs", params={"stage": "MAB"}).json()["items"] == []
    assert len(client.get(trials, params={"status": "Dispatched"}).json()["items"]) == 4


def test_runs_that_took_place_elsewhere_are_entered_once_for_each_key(client, spec, trials):
    """So that a policy need not begin from nothing."""
    runs = [{"batch_size": size, "energy_j": 9.0 + size, "time_s": 1.0, "converged": True} for size in (64, 32, 128)]
    url = path("fleet-1", "runs")
    entered = client.post(url, json={"runs": runs}, headers={"Idempotency-Key": "import"})
    assert entered.status_code == 201
    assert {one["ending"] for one in entered.json()["items"]} == {"recorded"}
    again = client.post(url, json={"runs": runs}, headers={"Idempotency-Key": "import"})
    assert [one["number"] for one in again.json()["items"]] == [one["number"] for one in entered.json()["items"]]
    assert client.get(path("fleet-1")).json()["last_trial_number"] == 3
    assert {one["origin"] for one in entered.json()["items"]} == {"unknown"}


def test_where_runs_come_from_is_kept_and_counted(client, spec, trials):
    """In each trial, and in the job's document; a run that is entered never counts as one that reported."""
    run = {"batch_size": 64, "energy_j": 9.0, "time_s": 1.0, "converged": True}
    runs = [run | {"origin": origin} for origin in ("recorded", "synthetic", "predicted", "synthetic")]
    entered = client.post(path("fleet-1", "runs"), json={"runs": runs}).json()["items"]
    assert sorted(one["origin"] for one in entered) == ["predicted", "recorded", "synthetic", "synthetic"]
    client.post(trials)
    counts = client.get(path("fleet-1")).json()["counts"]
    assert (counts["synthetic"], counts["predicted"], counts["succeeded"], counts["dispatched"]) == (2, 1, 4, 1)
    assert client.get(path("fleet-1", "trials", 5)).json()["origin"] == "live"
    for origin in ("live", "dreamt"):
        assert client.post(path("fleet-1", "runs"), json={"runs": [run | {"origin": origin}]}).status_code == 422


def test_power_limits_are_profiled_and_one_is_chosen(client, spec):
    """The answer to the measurements is the limit to train with; infinite precisions are text."""
    client.post("/v1/jobs", json=spec | {"power_policy": "jit", "power_limits_w": [100, 200, 300]})
    handed = client.post(path("fleet-1", "trials")).json()
    assert handed["profile_limits_w"] == [300, 200, 100]
    measured = [{"power_limit_w": limit, "power_w": 0.9 * limit, "time_s": 400 / limit} for limit in (300, 200, 100)]
    chosen = client.post(path("fleet-1", "trials", 1, "profile"), json={"measurements": measured})
    assert chosen.json()["power_limit_w"] in {100, 200, 300}
    assert client.get(path("fleet-1", "trials", 1)).json()["power_limit_w"] == chosen.json()["power_limit_w"]


def test_an_outcome_may_be_told_as_a_whole(client, trials):
    """By a replay, which knows it."""
    client.post(trials)
    body = {"energy_j": 5, "time_s": 1, "converged": True, "cost": 7.5}
    finished = client.post(f"{trials}/1/finish", json=body).json()
    assert (finished["trial"]["cost"], finished["converged"]) == (7.5, True)


@pytest.mark.parametrize(
    ("method", "url", "sent", "code", "kind"),
    [
        ("GET", "/v1/jobs/nobody", {}, 404, "urn:simulator:problem:unknown-job"),
        ("DELETE", "/v1/jobs/nobody", {}, 404, "urn:simulator:problem:unknown-job"),
        ("GET", "/v1/jobs/a%00b", {}, 404, "urn:simulator:problem:unknown-job"),
        ("GET", "/v1/jobs/fleet-1/trials/9", {}, 404, "urn:simulator:problem:unknown-trial"),
        ("GET", "/v1/jobs/fleet-1/trials/x", {}, 422, "urn:simulator:problem:invalid"),
        ("GET", "/v1/jobs/fleet-1/trials/99999999999999999999", {}, 422, "urn:simulator:problem:invalid"),
        ("GET", "/v1/jobs?limit=0", {}, 422, "urn:simulator:problem:invalid"),
        ("GET", "/v1/jobs?prefix=%00", {}, 422, "urn:simulator:problem:invalid"),
        ("POST", "/v1/jobs", {"json": {}}, 422, "urn:simulator:problem:spec"),
        ("POST", "/v1/jobs", {"content": b""}, 400, "about:blank"),
        ("POST", "/v1/jobs", {"content": b"\xff"}, 400, "about:blank"),
        ("POST", "/v1/jobs", {"content": b"[" * 60_000}, 400, "about:blank"),
        ("POST", "/v1/jobs", {"content": b" " * 65_537}, 413, "about:blank"),
        ("POST", "/v1/jobs", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "about:blank"),
        ("POST", "/v1/jobs/fleet-1/trials", {"json": {"batch_size": 7}}, 422, "urn:simulator:problem:bad-value"),
        ("POST", "/v1/jobs/fleet-1/trials", {"json": {"batch_size": "64"}}, 422, "urn:simulator:problem:invalid"),
        ("POST", "/v1/jobs/fleet-1/trials/1/report", {"json": {}}, 422, "urn:simulator:problem:invalid"),
        ("GET", "/v1/nothing", {}, 404, "about:blank"),
        ("PUT", "/v1/jobs", {}, 405, "about:blank"),
    ],
)
def test_every_refusal_is_a_problem_document(client, trials, method, url, sent, code, kind):
    """RFC 9457: type, title, status, detail and instance, and the media type."""
    answer = client.request(method, url, **sent)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (code, kind)
    assert problem["title"]
    assert problem["detail"]
    assert problem["instance"] == url.partition("?")[0]


def test_conflicts_say_what_is_in_the_way(client, spec, trials):
    """Another job of this id, a policy that does not exist, a trial that has ended."""
    other = client.post("/v1/jobs", json=spec | {"eta": 0.25})
    assert (other.status_code, other.json()["type"]) == (409, "urn:simulator:problem:job-conflict")
    assert "0.25" in other.json()["detail"]
    strange = client.post("/v1/jobs", json=spec | {"job_id": "x", "policy": "no-such"})
    assert (strange.status_code, strange.json()["type"]) == (422, "urn:simulator:problem:spec")
    client.post(trials)
    client.post(f"{trials}/1/end")
    late = client.post(f"{trials}/1/report", json=REPORT)
    assert (late.status_code, late.json()["type"]) == (409, "urn:simulator:problem:trial-ended")


def test_a_job_with_nothing_left_to_choose_says_so(client, spec):
    """409 on both kinds of paths."""
    client.post("/v1/jobs", json=spec | {"batch_sizes": [64], "max_epochs": 1})
    for _ in range(3):
        number = client.post(path("fleet-1", "trials")).json().get("trial", {}).get("number")
        if number is not None:
            client.post(path("fleet-1", "trials", number, "report"), json=REPORT)
    answer = client.post(path("fleet-1", "trials"))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:simulator:problem:exhausted")
    assert client.get("/jobs/batch_size?job_id=fleet-1").status_code == 409


def test_beliefs_that_are_no_numbers_of_json_have_names(client, spec):
    """A mean may be unknown, or beyond all numbers; whoever asks for beliefs is told, and gets no error."""
    client.post("/v1/jobs", json=spec | {"policy": "gts", "seed": 1, "prior_mean": -1e308, "prior_precision": 1e308})
    for turn in range(4):
        trial = client.post("/v1/jobs/fleet-1/trials").json()["trial"]
        body = {"energy_j": 1e90 + turn * 1e89, "time_s": 1.0, "metric": 1.0, "epoch": 1}
        assert client.post(f"/v1/jobs/fleet-1/trials/{trial['number']}/report", json=body).status_code == 200
    arms = client.get("/v1/jobs/fleet-1/arms")
    assert arms.status_code == 200
    assert {"-inf", "nan"} & {arm["mean"] for arm in arms.json()["items"]}
    assert client.get("/v1/jobs/fleet-1/trials/1/why").status_code == 200


def test_all_faults_of_a_request_are_told_in_a_sentence(client, spec):
    """A client shows the sentence alone: one round is enough to mend them all."""
    del spec["gpu"]
    refused = client.post("/v1/jobs", json=spec | {"eta": 7, "beta": -1}).json()
    assert [word in refused["detail"] for word in ("body.eta: ", "body.beta: ", "body.gpu: Field required")] == [
        True
    ] * 3
    refused = client.post("/v1/jobs", json=spec | {"gpu": "a40", "default_batch_size": 7}).json()
    assert refused["detail"].startswith("default_batch_size 7 is not among batch_sizes")
    refused = client.post("/v1/jobs", json={"job_id": 1, "eta": 7, "beta": -1, "seed": -1}).json()
    assert refused["detail"].endswith(f"; and {len(refused['errors']) - 5} more")
