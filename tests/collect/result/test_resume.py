"""Which runs are still to be made."""

from __future__ import annotations

import pytest
from fabricated import a_plan, a_result, collect_into
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.collect.result import (
    check_free,
    fresh_directory,
    read_results,
    run_directory,
    todo,
    write_result,
)
from simulator.errors import CollectError

PLAN = a_plan()
SPECS = PLAN.runs(["GPU-1"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.sampled_from(["none", "begun", "done", "failed", "infeasible"]), min_size=10, max_size=10))
def test_what_has_no_result_is_to_be_made(tmp_path_factory, states):
    """In the plan's order; a run that was begun only, again; a failed one if asked; what does not fit, never."""
    out = tmp_path_factory.mktemp("out")
    for spec, state in zip(SPECS, states, strict=True):
        if state != "none":
            directory = fresh_directory(out, spec)
            if state != "begun":
                write_result(directory, a_result(spec, status=state))
    pairs = list(zip(SPECS, states, strict=True))
    assert todo(out, SPECS) == [spec for spec, state in pairs if state in ("none", "begun")]
    again = todo(out, SPECS, retry_failed=True)
    assert again == [spec for spec, state in pairs if state in ("none", "begun", "failed")]


def test_what_an_earlier_try_left_is_kept(tmp_path):
    """Under another name, however many there are; a partial directory never counts as a result."""
    for text in ("first", "second", "third"):
        (fresh_directory(tmp_path, SPECS[0]) / "events.jsonl").write_text(text)
    kept = {path.parent.name: path.read_text() for path in tmp_path.glob("runs/*/events.jsonl")}
    key = SPECS[0].key
    assert kept == {f"{key}.partial-1": "first", f"{key}.partial-2": "second", key: "third"}
    write_result(tmp_path / "runs" / f"{key}.partial-1", a_result(SPECS[0]))
    assert read_results(tmp_path) == {}


def test_a_result_in_the_wrong_place_is_named(tmp_path):
    """Somebody copied a directory."""
    write_result(fresh_directory(tmp_path, SPECS[0]), a_result(SPECS[1]))
    with pytest.raises(CollectError, match=f"tells of run {SPECS[1].key}"):
        read_results(tmp_path)


def test_a_collection_is_not_mixed_with_another(tmp_path):
    """What is there is continued when asked, and only what is there."""
    out = tmp_path / "out"
    check_free(out, resume=False)
    check_free(out, resume=True)
    collect_into(out, PLAN)
    check_free(out, resume=True)
    with pytest.raises(CollectError, match="10 results: continue it with --resume"):
        check_free(out, resume=False)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(CollectError, match="no collection to resume"):
        check_free(tmp_path / "other", resume=True)


def test_the_directory_of_a_run_is_its_key(tmp_path):
    """So that it is found without looking into any."""
    assert run_directory(tmp_path, SPECS[0]) == tmp_path / "runs" / SPECS[0].key
