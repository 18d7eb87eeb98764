"""What the OpenAPI document says is so: schemathesis makes requests from it, good and bad, and looks at the answers."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from live_invariants import Notes, problems, read_rows

from simulator.service.deciding.results import JobCosts, JobCounts, Reported, SizeCosts, Why
from simulator.service.http.v1 import answers
from simulator.service.model import Arm, Job, Trial

HERE = Path(__file__).parent

#: Every operation of /v1, and the published ones.
OPERATIONS = 23


def test_schemathesis_finds_nothing(client, sqlite_url, tmp_path):
    """All checks, with requests at the bounds of the document, random ones, and chains of them; data stay sound."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml"),
            *("run", str(client.base_url.join("/openapi.json")), "--phases", "coverage,fuzzing,stateful"),
            *("--max-examples", "8", "--seed", "1", "--workers", "1", "--no-color"),
        ],
        env=os.environ | {"SCHEMATHESIS_HOOKS": "schema_hooks", "PYTHONPATH": str(HERE)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    assert f"Tested: {OPERATIONS}" in ran.stdout
    by_job, _ = asyncio.run(read_rows(sqlite_url))
    assert any(rows.trials for rows in by_job.values())
    assert [text for rows in by_job.values() for text in problems(rows, Notes(), is_new=False)] == []


def test_every_operation_states_its_refusals_and_has_words(client):
    """Problem details under /v1, and a sentence for whoever reads the document."""
    document = client.get("/openapi.json").json()
    operations = [(path, one) for path, methods in document["paths"].items() for one in methods.values()]
    assert len(operations) == OPERATIONS
    for path, operation in operations:
        assert operation["description"], path
        if path.startswith("/v1/"):
            refusals = {code: one for code, one in operation["responses"].items() if int(code) >= 400}
            assert {"422", "503"} <= set(refusals)
            for refusal in refusals.values():
                assert list(refusal["content"]) == ["application/problem+json"]


def test_tokens_are_in_the_document_if_they_are_asked_for(serve):
    """And only then."""
    with serve(tokens=("a-token-of-some-length",)) as client:
        document = client.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["paths"]["/v1/jobs"]["get"]["security"] == [{"bearer": []}]
    assert "401" in document["paths"]["/v1/jobs"]["get"]["responses"]


@pytest.mark.parametrize(
    ("view", "kind", "hidden", "added"),
    [
        (answers.TrialView, Trial, set(), set()),
        (answers.JobView, Job, {"revision"}, {"counts", "costs"}),
        (answers.Counts, JobCounts, set(), set()),
        (answers.Sums, JobCosts, set(), set()),
        (answers.SizeView, SizeCosts, set(), set()),
        (answers.ArmView, Arm, {"job_id"}, set()),
        (answers.WhyView, Why, set(), set()),
        (answers.ReportedView, Reported, set(), set()),
    ],
)
def test_answers_have_the_fields_that_the_document_names(view, kind, hidden, added):
    """Answers are written from the values as they are: a field that is new inside is new in the document, too."""
    assert set(view.model_fields) == {field.name for field in fields(kind)} - hidden | added
