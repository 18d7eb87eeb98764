"""The bounds of numbers in the OpenAPI document: programs of any language read the same, and the service keeps them."""

from __future__ import annotations

import itertools
import math

import pytest

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")

AMOUNTS = {"energy_j": 1.0, "time_s": 1.0}
TRIAL = "/v1/jobs/nobody/trials/1"

#: Where a schema's body goes, what is in it otherwise, and in which list of it the schema's part stands.
SENT = {
    "JobSpec": ("/v1/jobs", {"batch_sizes": [32], "default_batch_size": 32, "max_power_w": 300, "gpu": "a40"}, None),
    "LegacyJob": (
        "/jobs",
        {
            "job_id_prefix": "fleet",
            "batch_sizes": [32],
            "default_batch_size": 32,
            "max_power": 300,
            "number_of_gpus": 1,
            "gpu_model": "A40",
        },
        None,
    ),
    "TrainingResult": (
        "/report",
        {
            "job_id": "nobody",
            "batch_size": 32,
            "trial_number": 1,
            "time": 1.0,
            "energy": 1.0,
            "metric": 0.1,
            "current_epoch": 1,
        },
        None,
    ),
    "Order": ("/v1/jobs/nobody/trials", {}, None),
    "Report": (TRIAL + "/report", {**AMOUNTS, "metric": 0.1, "epoch": 1}, None),
    "Finish": (TRIAL + "/finish", {**AMOUNTS, "converged": True}, None),
    "Measurement": (TRIAL + "/profile", {"power_limit_w": 100, "power_w": 90.0, "time_s": 1.0}, "measurements"),
    "Run": ("/v1/jobs/nobody/runs", {**AMOUNTS, "batch_size": 32, "converged": True}, "runs"),
}


@pytest.fixture
def document(client):
    """The document as it is sent."""
    return client.get("/openapi.json").json()


def bounded(schema):
    """Give the parts of a schema that have bounds: of itself, of one of several kinds, or of a list's items."""
    for one in (schema, *schema.get("anyOf", ())):
        if any(bound in one for bound in BOUNDS):
            yield one, lambda value: value
        if any(bound in one.get("items", {}) for bound in BOUNDS):
            yield one["items"], lambda value: [value]


def everywhere(part):
    """Give all parts of a document that have bounds."""
    if isinstance(part, dict):
        if any(isinstance(part.get(bound), int | float) for bound in BOUNDS):
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from everywhere(inner)


def near(schema):
    """Give the values at each bound, and the next on both sides of it."""
    for bound in BOUNDS:
        if bound in schema:
            at = schema[bound]
            if schema["type"] == "integer":
                yield from (at - 1, at, at + 1)
            else:
                yield from (math.nextafter(at, -math.inf), float(at), math.nextafter(at, math.inf))


def is_within(schema, value):
    """Tell whether a schema allows a value."""
    return (
        value >= schema.get("minimum", value)
        and value <= schema.get("maximum", value)
        and not value <= schema.get("exclusiveMinimum", -math.inf)
        and not value >= schema.get("exclusiveMaximum", math.inf)
    )


def is_refused(answer, name):
    """Tell whether a value was refused for what it is, rather than for what the other values are."""
    if answer.status_code != 422:
        return False
    said = answer.json()
    faults = said.get("errors", said["detail"])
    return any(name in fault["loc"] for fault in faults if isinstance(fault, dict))


def test_every_bound_is_a_number_that_a_double_holds(document):
    """Many readers have no other numbers: a bound that is rounded allows what is refused. Whole ones have no point."""
    found = list(everywhere(document))
    assert len(found) > 50
    for schema in found:
        for bound in filter(schema.__contains__, BOUNDS):
            value = schema[bound]
            assert int(float(value)) == int(value), schema
            assert isinstance(value, int) or schema["type"] == "number", schema


@pytest.mark.parametrize("name", SENT)
def test_values_of_bodies_are_refused_from_the_documented_bounds_on(client, document, name):
    """Not one earlier, and not one later."""
    path, body, among = SENT[name]
    tried = 0
    for field, described in document["components"]["schemas"][name]["properties"].items():
        for schema, wrapped in bounded(described):
            for value in near(schema):
                sent = body | {field: wrapped(value)}
                answer = client.post(path, json={among: [sent]} if among else sent)
                assert is_refused(answer, field) != is_within(schema, value), (field, value, answer.text)
                tried += 1
    assert tried


def test_values_of_paths_and_queries_are_refused_from_the_documented_bounds_on(client, document):
    """Likewise."""
    tried = 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                for schema, _ in bounded(parameter["schema"]):
                    for value in near(schema):
                        is_query = parameter["in"] == "query"
                        filled = path.format(job_id="nobody", number=1 if is_query else value)
                        query = {parameter["name"]: value} if is_query else {}
                        answer = client.request(method, filled, params=query)
                        assert is_refused(answer, parameter["name"]) != is_within(schema, value), (path, value)
                        tried += 1
    assert tried > 30


@pytest.mark.parametrize(("name", "field"), [("JobSpec", "seed"), ("LegacyJob", "mab_seed")])
def test_the_largest_seed_is_stored_whole(client, name, field):
    """And the next one is the first that is refused."""
    path, body, _ = SENT[name]
    ids = (f"{field}-{number}" for number in itertools.count())
    for seed in (2**53 + 1, 2**63 - 1):
        job_id = next(ids)
        sent = body | {"job_id": job_id, "job_id_prefix": "", field: seed}
        assert client.post(path, json=sent).status_code == 201
        assert client.post(path, json=sent).json()[field] == seed
        assert client.post(path, json=sent | {field: seed - 1}).status_code == 409
        assert client.post(f"/v1/jobs/{job_id}/trials").status_code == 201
    assert client.post(path, json=body | {field: 2**63}).status_code == 422
