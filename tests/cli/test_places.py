"""From words to traces, and the heads of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import TRACES, make_groups

from simulator.cli.places import made_from, note, read_places, short_names, title
from simulator.errors import NotInTraceError
from simulator.job import Job

JOB = Job("d", "n", "adam", 0.5, 20, default_bs=16)


def test_gpus_are_those_named_or_the_usual_one():
    """Once each, in the order named; all are all."""
    assert [each.gpu for each in read_places(None, (), ())] == ["v100"]
    assert [each.gpu for each in read_places(None, ("p100", "a40", "p100"), ())] == ["p100", "a40"]
    every = [each.gpu for each in read_places(None, ("all",), ("squad",))]
    assert every == ["a40", "p100", "rtx6000", "v100"]
    assert [each.gpu for each in read_places(None, (), (), usual="all")] == every
    assert [job.dataset for job in read_places(None, (), ("squad",))[0].jobs] == ["squad"]


def test_a_gpu_that_is_not_there_is_refused():
    """With those that are."""
    with pytest.raises(NotInTraceError, match="a40, p100, rtx6000, v100"):
        read_places(None, ("v10",), ())


@pytest.mark.parametrize("synthetic", [True, False])
def test_whatever_nobody_recorded_is_labelled(synthetic):
    """Traces and submissions, each by itself."""
    traces = replace(TRACES, jobs=(JOB,), synthetic=synthetic)
    groups = make_groups()
    groups.attrs["synthetic"] = not synthetic
    plain, grouped = made_from([traces]), made_from([traces], groups)
    assert ("SYNTHETIC traces" in note(plain)) == ("SYNTHETIC traces" in title(plain, str(JOB), "v100")) == synthetic
    for text in (note(grouped), title(grouped, str(JOB), "v100")):
        assert ("SYNTHETIC traces" in text) == synthetic
        assert ("SYNTHETIC submissions that overlap" in text) != synthetic
        assert "submissions that overlap" in text
    assert title(plain, str(JOB), "v100").startswith("d (n, adam, target 0.5, default batch size 16) on v100")


def test_jobs_have_short_names_that_tell_them_apart():
    """A dataset on two GPUs is one job; two jobs of a dataset keep their full names."""
    other = replace(JOB, max_epochs=30)
    one = replace(TRACES, jobs=(JOB,))
    assert short_names(made_from([one, replace(one, gpu="a40")])) == {str(JOB): "d"}
    both = short_names(made_from([replace(TRACES, jobs=(JOB, other))]))
    assert both == {str(JOB): str(JOB), str(other): str(other)}
