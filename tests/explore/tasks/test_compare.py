"""A cell that compares has the rows that `simulator.compare` finds, and says what its traces were."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from small import JOB, TRACES, make_traces

import simulator
from simulator.errors import ReplayError
from simulator.explore import Compare, Recorded, Task, param

FEW = {"policies": ["default+full", "pruning-gts", "random"], "n_seeds": 6, "recurrences": 6, "resamples": 5}


def test_rows_are_the_differences_of_a_comparison(on_disk):
    """To the last bit, for several policies."""
    found = Compare(jobs=[JOB], traces=[on_disk(TRACES)], **FEW).execute()
    policies = [("default", "full"), ("pruning-gts", "jit"), ("random", "jit")]
    expected = simulator.compare(JOB, TRACES, policies=policies, seeds=range(6), recurrences=6, resamples=5).differences
    pd.testing.assert_frame_equal(found.drop(columns=["synthetic", "predicted"]), expected, check_exact=True)
    assert found["synthetic"].tolist() == [False] * len(found)
    assert found["predicted"].tolist() == [False] * len(found)


def test_what_was_synthetic_is_said_of_each_gpu_and_of_all_together(on_disk):
    """Recorded on one, made up on the other: the average over both rests on what was made up."""
    other = make_traces({8: [4.0, 6.0], 16: [6.0, 8.0]})
    made_up = simulator.Traces(train=other.train, power=other.power, gpu="a40", name="up", synthetic=True)
    found = Compare(jobs=[JOB], traces=[on_disk(TRACES), on_disk(made_up)], **FEW).execute()
    assert found.groupby("gpu")["synthetic"].unique().map(list).to_dict() == {
        "v100": [False],
        "a40": [True],
        "all": [True],
    }


def test_jobs_are_those_of_the_traces_unless_named(on_disk):
    """They are part of the id then; GPUs that come with different ones are refused."""
    cell = Compare(traces=[on_disk(TRACES, jobs=[JOB])], **FEW).seal()
    assert cell.jobs == (JOB,)
    assert set(cell.execute()["job"]) == {str(JOB)}
    other = on_disk(make_traces({16: [4.0]}), jobs=[replace(JOB, max_epochs=3)])
    with pytest.raises(ReplayError, match="different jobs"):
        Compare(traces=[on_disk(TRACES, jobs=[JOB]), other], **FEW).seal()
    with pytest.raises(ReplayError, match="come with none"):
        Compare(traces=[on_disk(TRACES)], **FEW).seal()


def test_a_task_may_have_recorded_the_traces(on_disk):
    """It says where by its method ``recorded``; one that has none is refused."""
    place = str(on_disk(TRACES, jobs=[JOB]).source)

    class Recording(Task):
        where: str = param()

        def recorded(self):
            return Recorded(self.where, gpu="v100")

    class Deaf(Task):
        pass

    assert len(Compare(traces=[Recording(where=place)], **FEW).execute()) == 6
    with pytest.raises(ReplayError, match=r"Deaf has no traces; .* recorded\(\)"):
        Compare(traces=[Deaf()], **FEW).execute()


def test_what_makes_no_sense_is_refused_as_by_compare(on_disk):
    """The cell fails with the same message."""
    with pytest.raises(ReplayError, match="policies"):
        Compare(jobs=[JOB], traces=[on_disk(TRACES)], policies=["default"]).execute()
