"""A GPU that nobody recorded can be replayed at once, and whatever is replayed from it says so."""

from __future__ import annotations

import pytest

import simulator
from simulator.compare import headline
from simulator.errors import NotInTraceError, TraceError
from simulator.trace.locate import bundled_directory
from simulator.trace.model import predict_power, read_parameters, write_prediction


@pytest.fixture(scope="module")
def parameters():
    """The parameters of the bundled traces."""
    return read_parameters(bundled_directory() / "parameters.json")


def test_a_new_gpu_replays_and_says_that_it_is_predicted(parameters, tmp_path):
    """Every row is labelled, the six jobs come along, and the label reaches the headline of a result."""
    write_prediction(parameters, tmp_path, gpu="New", like="v100", relative_speed=3.0, max_power_w=700)
    traces = simulator.read_traces(tmp_path)
    assert traces.gpu == "new"
    assert traces.train["predicted"].all()
    assert traces.power["predicted"].all()
    assert traces.power["power_limit"].max() == 700
    assert len(traces.jobs) == 6
    for job in traces.jobs:
        result = simulator.replay(job, traces, policy="pruning-gts", seeds=0, recurrences=10)
        assert result.attrs["manifest"]["traces"]["predicted"]
        assert headline(result).endswith("PREDICTED and SYNTHETIC traces")


def test_three_times_the_speed_is_a_third_of_the_time(parameters):
    """At the full limit, a GPU that differs in speed alone takes a third of the time at the same power."""
    at = {"batch_sizes": [32], "power_limits": [250]}
    base, fast = (
        predict_power(parameters, "squad", gpu=gpu, like="v100", relative_speed=speed, **at).iloc[0]
        for gpu, speed in (("same", 1.0), ("fast", 3.0))
    )
    assert fast["time_per_epoch"] == pytest.approx(base["time_per_epoch"] / 3, rel=1e-5)
    assert fast["average_power"] == base["average_power"]


def test_limits_between_those_recorded(parameters, tmp_path):
    """On a fitted GPU, limits and sizes that nobody recorded are predicted by its own curves."""
    write_prediction(parameters, tmp_path, gpu="a40", power_limits=[110, 290], batch_sizes=[20, 40])
    traces = simulator.read_traces(tmp_path)
    assert set(traces.power["power_limit"]) == {110, 290}
    assert set(traces.power["batch_size"]) == {20, 40} == set(traces.train["batch_size"])


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        ({"gpu": "v101"}, NotInTraceError, "did you mean 'v100'"),
        ({"gpu": "new", "like": "a4"}, NotInTraceError, "did you mean 'a40'"),
        ({"gpu": "new", "relative_speed": 2.0}, TraceError, "like="),
        (
            {"gpu": "new", "like": "v100"},
            TraceError,
            "new would be v100 by another name.*relative_speed=, max_power_w=",
        ),
        ({"gpu": "new", "like": "a40", "relative_speed": 0.0}, TraceError, "above 0"),
        ({"gpu": "a40", "batch_sizes": [0]}, TraceError, "batch_sizes is 0"),
        ({"gpu": "a40", "power_limits": [-5]}, TraceError, "power_limits is -5"),
    ],
)
def test_nonsense_writes_nothing(parameters, tmp_path, wrong, error, says):
    """What cannot be predicted is explained, and no file is left behind."""
    with pytest.raises(error, match=says):
        write_prediction(parameters, tmp_path / "out", **wrong)
    assert not (tmp_path / "out").exists()
