"""Events out of what a job prints."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.events import VERSION
from simulator.collect.output import OutputReader
from simulator.collect.protocol import epochs_of, events_of
from simulator.errors import PlanError

SECOND = 10**9
#: The time of day at which these jobs begin [ns].
TODAY = 1_700_000_000 * SECOND


def heard(reader, lines, file):
    """Feed lines, one a second, and read the events as the run's log has them."""
    with file.open("w") as log:
        for i, line in enumerate(lines):
            for event in reader.feed(line + "\n", i * SECOND, TODAY + i * SECOND):
                log.write(json.dumps(event, allow_nan=False) + "\n")
    return events_of(file)


def mllog(key, value=None, at_ms=0, **metadata):
    said = {"namespace": "", "time_ms": TODAY // 10**6 + at_ms, "event_type": "POINT_IN_TIME"}
    return ":::MLLOG " + json.dumps(said | {"key": key, "value": value, "metadata": {"file": "train.py"} | metadata})


LOG = [
    "NCCL version 2.19",
    mllog("global_batch_size", 512, 900),
    mllog("seed", 7, 950),
    mllog("run_start", None, 2500),
    mllog("block_start", None, 2500, first_epoch_num=1, epoch_count=1),
    "0: " + mllog("epoch_start", None, 4250, epoch_num=1),
    mllog("epoch_stop", None, 5500, epoch_num=1, samples_count=5120),
    mllog("eval_start", None, 6000, epoch_num=1),
    mllog("eval_accuracy", 0.25, 7000, epoch_num=1),
    mllog("eval_stop", None, 8000, epoch_num=1),
    mllog("epoch_start", None, 9000, epoch_num=2)[:50],
    mllog("epoch_start", None, 9500, epoch_num=2),
    mllog("epoch_stop", None, 11500, epoch_num=2),
    mllog("eval_accuracy", 0.75, 12500, epoch_num=2),
    mllog("run_stop", None, 13500, status="success"),
]


def test_mllog_lines_are_events_at_the_times_that_they_state(tmp_path):
    """Not when they arrived: pipes hold lines back."""
    events = heard(OutputReader(mllog=True), LOG, tmp_path / "events.jsonl")
    assert [event.kind for event in events] == [
        *("run_start", "hello", "hello", "run_start"),
        *("epoch_start", "epoch_end", "eval_start", "eval_end"),
        *("epoch_start", "epoch_end", "eval_end", "run_end"),
    ]
    assert all(event.data["source"] == "output" for event in events)
    assert [event.data for event in events if event.kind == "hello"] == [
        {"source": "output", "batch_size": 512},
        {"source": "output", "seed": 7},
    ]
    first, second = epochs_of(events)
    assert (first.start_ns, first.train_end_ns, first.end_ns) == (4.25 * SECOND, 5.5 * SECOND, 7 * SECOND)
    assert (first.number, first.reported, first.metrics) == (1, 1, {"eval_accuracy": 0.25})
    assert (second.end_ns, second.metrics) == (12.5 * SECOND, {"eval_accuracy": 0.75})
    assert events[-1].data["status"] == "success"
    assert all(event.wall_ns - event.mono_ns == TODAY for event in events)


def test_two_events_in_one_line_are_two(tmp_path):
    """Two processes that wrote at once; a torn one does not take the other along."""
    lines = [mllog("run_start", None, 0) + mllog("epoch_start", None, 100, epoch_num=1)]
    lines += [mllog("epoch_stop")[:40] + mllog("epoch_stop", None, 900, epoch_num=1)]
    events = heard(OutputReader(mllog=True), lines, tmp_path / "events.jsonl")
    assert [event.kind for event in events] == ["run_start", "epoch_start", "epoch_end"]


@pytest.mark.parametrize("key", ["eval_error", "eval_loss"])
def test_metrics_under_other_names_are_evaluations_too(tmp_path, key):
    """Not all benchmarks measure accuracy."""
    lines = [line.replace("eval_accuracy", key) for line in LOG]
    first, second = epochs_of(heard(OutputReader(mllog=True), lines, tmp_path / "events.jsonl"))
    assert (first.metrics, second.metrics) == ({key: 0.25}, {key: 0.75})


def test_evaluations_are_epochs_where_a_log_has_none(tmp_path):
    """As with language models, which count samples; each is told once, whatever ranks and metrics say so."""
    lines = [mllog("run_start", None, 0), mllog("block_start", None, 0, samples_count=0)]
    for n in (1, 2):
        at = 4000 * n - 2500
        lines += [
            mllog("block_stop", None, at, samples_count=100 * n),
            mllog("eval_start", None, at, samples_count=100 * n),
        ]
        lines += [mllog("eval_loss", 3.0 / n, at + 250, samples_count=100 * n)] * 2
        lines += [mllog("eval_accuracy", n / 4, at + 500, samples_count=100 * n)]
        lines += [mllog("eval_stop", None, at + 1000, samples_count=100 * n)]
    lines += [mllog("run_stop", None, 13_000, status="success")]
    first, second = epochs_of(heard(OutputReader(mllog=True), lines, tmp_path / "events.jsonl"))
    assert [first.metrics, second.metrics] == [
        {"eval_loss": 3.0, "eval_accuracy": 0.25},
        {"eval_loss": 1.5, "eval_accuracy": 0.5},
    ]
    assert (first.start_ns, first.train_end_ns, first.end_ns) == (0, 1.5 * SECOND, 2 * SECOND)
    assert (second.start_ns, second.train_end_ns, second.end_ns) == (2 * SECOND, 5.5 * SECOND, 6 * SECOND)


def test_the_same_value_again_is_another_evaluation_if_nobody_says_otherwise(tmp_path):
    """Without a word on how far the run is, two lines are two evaluations."""
    lines = [mllog("run_start", None, 0), mllog("eval_accuracy", 0.5, 500), mllog("eval_accuracy", 0.5, 1500)]
    epochs = epochs_of(heard(OutputReader(mllog=True), lines, tmp_path / "events.jsonl"))
    assert [epoch.end_ns for epoch in epochs] == [0.5 * SECOND, 1.5 * SECOND]


def test_each_run_begins_anew():
    """A job may train twice, once by epochs and once by samples."""
    reader = OutputReader(mllog=True)
    for key in ("run_start", "epoch_start", "run_stop", "run_start"):
        reader.feed(mllog(key), 1, TODAY)
    told = reader.feed(mllog("eval_accuracy", 0.5, samples_count=10), 1, TODAY)
    assert [(event["k"], event["epoch"]) for event in told] == [("eval_end", 1), ("epoch_end", 1)]


def test_a_line_that_a_pipe_held_back_for_minutes_counts_when_it_was_written():
    """Ten minutes are believed."""
    *_, event = OutputReader(mllog=True).feed(mllog("epoch_start", None, -550_000, epoch_num=1), 600 * SECOND, TODAY)
    assert (event["mono_ns"], event["wall_ns"]) == (50 * SECOND, TODAY - 550 * SECOND)


def test_the_stamps_of_another_clock_are_not_taken():
    """Hours away, or in the future: then a line counts when it arrives."""
    for at_ms in (-3_600_000, 60_000):
        *_, event = OutputReader(mllog=True).feed(mllog("epoch_start", None, at_ms, epoch_num=1), 5, TODAY)
        assert (event["k"], event["mono_ns"], event["wall_ns"]) == ("epoch_start", 5, TODAY)


@pytest.mark.parametrize("value", [None, "high", [1], math.nan, True])
def test_odd_accuracies_harm_nothing(tmp_path, value):
    """The event is kept; a metric is one only if it is a number."""
    lines = [mllog("epoch_start"), mllog("eval_accuracy", value)]
    ended = heard(OutputReader(mllog=True), lines, tmp_path / "events.jsonl")[-1]
    assert ended.kind == "eval_end"
    assert all(math.isnan(found) for found in ended.metrics.values())


def test_patterns_find_epochs_and_metrics(tmp_path):
    """One pattern is enough: an epoch begins where the one before ended, the first with the job's first line."""
    reader = OutputReader(patterns={"epoch_end": r"Epoch (?P<epoch>\d+): loss=(?P<loss>\S+) acc=(?P<accuracy>[\d.]+)%"})
    lines = ["loading", "", "[rank 0] Epoch 1: loss=nan acc=50.0%", "Epoch 2 soon", "Epoch 2: loss=1e-3 acc=75%"]
    first, second = epochs_of(heard(reader, lines, tmp_path / "events.jsonl"))
    assert (first.start_ns, first.end_ns, second.end_ns) == (0, 2 * SECOND, 4 * SECOND)
    assert math.isnan(first.metrics["loss"])
    assert second.metrics == {"loss": 0.001, "accuracy": 75.0}
    assert (first.reported, second.reported) == (1, 2)


def test_patterns_for_starts_and_validation(tmp_path):
    """The other way that jobs print; groups that do not take part in a match say nothing."""
    patterns = {
        "epoch_start": r"^Epoch (?P<epoch>\d+)/\d+",
        "train_end": r"trained (?P<steps>\d+) steps(?: of (?P<samples>\d+))?",
        "eval_end": r"val: (?P<accuracy>\S+)",
        "run_end": "(?P<status>finished)",
    }
    lines = [
        "hi",
        "Epoch 0/2",
        "trained 7 steps",
        "val: 0.5",
        "Epoch 1/2",
        "trained 7 steps of 70",
        "val: ?",
        "finished",
    ]
    events = heard(OutputReader(patterns=patterns), lines, tmp_path / "events.jsonl")
    first, second = epochs_of(events)
    assert (first.start_ns, first.train_end_ns, first.end_ns) == (SECOND, 2 * SECOND, 3 * SECOND)
    assert (first.steps, first.samples, second.samples) == (7, None, 70)
    assert (first.metrics, second.metrics) == ({"accuracy": 0.5}, {})
    assert events[-1].data["status"] == "finished"


def test_a_fraction_is_no_number_of_an_epoch(tmp_path):
    """It is left out, and so is what is no number at all."""
    reader = OutputReader(patterns={"epoch_end": r"epoch (?P<epoch>\S+) steps (?P<steps>\S+)"})
    lines = ["epoch 1.5 steps 7.0", "epoch two steps 0.5", "epoch nan steps inf"]
    ends = [event.data for event in heard(reader, lines, tmp_path / "events.jsonl") if event.kind == "epoch_end"]
    assert ends == [{"source": "output", "steps": 7}, {"source": "output"}, {"source": "output"}]


@pytest.mark.parametrize(
    "words",
    [["val .1", "epoch 1 done", "val .2", "epoch 2 done"], ["epoch 1 done", "val .1", "epoch 2 done", "val .2"]],
)
def test_validation_may_be_printed_before_or_after_the_end(tmp_path, words):
    """Each epoch gets its own."""
    reader = OutputReader(patterns={"epoch_end": r"epoch (?P<epoch>\d+) done", "eval_end": r"val (?P<acc>\S+)"})
    epochs = epochs_of(heard(reader, ["start", *words], tmp_path / "events.jsonl"), over=True)
    assert [epoch.metrics for epoch in epochs] == [{"acc": 0.1}, {"acc": 0.2}]


@pytest.mark.parametrize(
    ("patterns", "says"),
    [
        ({"epoch_stop": "x", "epoch_end": "y"}, "no event 'epoch_stop'; did you mean 'epoch_start'"),
        ({"epoch_end": "acc=(?P<accuracy>[0-9"}, "no regular expression: "),
        ({"epoch_end": 5}, "must be a regular expression, as text"),
        ({"epoch_start": "x", "eval_end": r"acc=([\d.]+)"}, "finds no metric; name a group after it"),
        ({"eval_end": r"acc=(?P<accuracy>[\d.]+)"}, "finds no epochs; it needs epoch_end"),
    ],
)
def test_patterns_that_cannot_work_are_refused_when_they_are_read(patterns, says):
    """Not after a night of training."""
    with pytest.raises(PlanError, match=re.escape(says)):
        OutputReader(patterns=patterns)


def test_all_that_is_wrong_is_said_at_once():
    """One correction is enough."""
    with pytest.raises(PlanError) as caught:
        OutputReader(patterns={"lunch": "x", "eval_end": "("})
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"regex": "x"}, "does not know regex; it knows mllog, patterns"),
        ({"mllog": "yes"}, "must be true or false"),
        ({"patterns": "epoch"}, "must be a table"),
    ],
)
def test_a_table_that_asks_for_something_else_is_refused(table, says):
    """With what it may ask for."""
    with pytest.raises(PlanError, match=says):
        OutputReader.from_table(table)


def test_a_table_may_ask_for_nothing_or_both():
    """A job that reports by itself needs no reader."""
    assert OutputReader.from_table({}) is None
    assert OutputReader.from_table({"mllog": False, "patterns": {}}) is None
    reader = OutputReader.from_table({"mllog": True, "patterns": {"epoch_end": "done"}})
    assert [event["k"] for line in (mllog("epoch_start"), "done") for event in reader.feed(line, 1, TODAY)] == [
        "run_start",
        "epoch_start",
        "epoch_end",
    ]


@given(st.lists(st.text() | st.text().map(lambda text: ":::MLLOG " + text), max_size=10))
def test_whatever_a_job_prints_is_read(lines):
    """Every event is a line of the protocol; nothing that is printed is an error."""
    reader = OutputReader(mllog=True, patterns={"epoch_end": r"(?P<epoch>\d+) (?P<accuracy>\S+)"})
    for line in lines:
        for event in reader.feed(line, 1, TODAY):
            assert event["v"] == VERSION
            json.dumps(event, allow_nan=False)


@pytest.mark.parametrize(("before", "known"), [([], False), (["loading"], False), (["training begins"], True)])
def test_a_first_line_does_not_tell_when_the_first_epoch_began(tmp_path, before, known):
    """It may be the first epoch's last one; only a pattern for the run's start says so."""
    patterns = {"epoch_end": r"epoch (?P<epoch>\d+) done", "run_start": "training begins"}
    lines = [*before, "epoch 1 done", "epoch 2 done"]
    epochs = epochs_of(heard(OutputReader(patterns=patterns), lines, tmp_path / "events.jsonl"), over=True)
    assert [epoch.start_known for epoch in epochs] == [known, True]
