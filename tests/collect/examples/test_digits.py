"""The example job: really trained, alone and in a collection."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pytest

from simulator.collect import events
from simulator.collect.examples import digits
from simulator.collect.examples.network import NumpyNetwork
from simulator.collect.plan import Plan
from simulator.collect.protocol import epochs_of, events_of
from simulator.errors import FrameworkMissingError
from simulator.job import Job

pytest.importorskip("sklearn", reason="the digits come with scikit-learn: pip install 'trace-simulator[examples]'")

PLAN = files("simulator.collect.examples") / "digits.toml"
ALONE = {name: value for name, value in os.environ.items() if not name.startswith("SIMULATOR_")}
FRAMEWORKS = ["numpy", pytest.param("torch", marks=pytest.mark.filterwarnings("ignore"))]


@pytest.fixture
def train(monkeypatch):
    """Train quietly, outside of any collection."""
    for name in os.environ:
        if name.startswith("SIMULATOR_"):
            monkeypatch.delenv(name)

    def train(framework="numpy", **knobs):
        if framework == "torch":
            pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
        known = {
            "batch_size": 64,
            "learning_rate": 0.001,
            "seed": 1,
            "epochs": 60,
            "target": 0.95,
            "out": io.StringIO(),
        }
        return digits.train(**(known | knobs), framework=framework)

    return train


def start(*words, **environment):
    command = [sys.executable, "-m", "simulator.collect.examples.digits", *words]
    return subprocess.run(command, env=ALONE | environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_every_batch_size_of_the_plan_reaches_the_target(train, framework):
    """With the learning rate scaled as a job does it; large batches take visibly more epochs than small ones."""
    plan = Plan.from_toml(PLAN)
    job = plan.job
    reached = {
        size: [
            train(
                framework,
                batch_size=size,
                learning_rate=job.scale_lr(size),
                seed=seed,
                target=job.target_metric,
                epochs=job.max_epochs,
            )
            for seed in plan.grid.seeds
        ]
        for size in plan.grid.batch_sizes
    }
    assert min(reached) == 8
    assert max(reached) == 1024
    assert all(epoch is not None for epochs in reached.values() for epoch in epochs)
    assert min(reached[1024]) > max(reached[16])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_same_seed_gives_the_same_metrics(train, framework):
    """And another seed others."""

    def lines(seed):
        out = io.StringIO()
        train(framework, seed=seed, epochs=3, target=2, out=out)
        return out.getvalue().splitlines()[1:]

    assert lines(1) == lines(1)
    assert lines(1) != lines(2)


def test_a_target_that_is_not_reached_is_a_result(train):
    """Also a rate at which nothing is learned."""
    assert train(epochs=1, target=2) is None
    assert train(epochs=2, learning_rate=1e6) is None


def test_more_copies_make_an_epoch_longer(train):
    """Ten passes in one epoch teach as much as ten epochs."""
    assert train(copies=10, epochs=3) is not None


def test_the_gradient_is_the_slope_of_the_loss():
    """Of numpy's network, against differences of the loss in double precision."""
    network = NumpyNetwork(5, 0.1, 0)
    network.parameters = [values.astype(np.float64) for values in network.parameters]
    draw = np.random.default_rng(0)
    images, labels = draw.random((7, 64)), draw.integers(0, 10, 7)

    def loss():
        scores = network._layers(images)[-1]
        return np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(7), labels])

    found = []
    network._descend = found.extend
    network.step(images, labels)
    for values, gradient in zip(network.parameters, found, strict=True):
        place = np.unravel_index(np.argmax(np.abs(gradient)), gradient.shape)
        middle, step = values[place], 1e-6
        values[place] = middle + step
        above = loss()
        values[place] = middle - step
        below = loss()
        values[place] = middle
        assert gradient[place] == pytest.approx((above - below) / (2 * step), rel=1e-5)


def test_alone_it_says_how_it_goes(tmp_path):
    """A line per epoch, and the end."""
    done = start("--batch-size", "64", "--learning-rate", "0.01", "--seed", "1", "--framework", "numpy")
    assert (done.returncode, done.stderr) == (0, "")
    first, *epochs, last = done.stdout.splitlines()
    assert first == "digits: numpy, batch size 64, learning rate 0.01, seed 1"
    assert last == f"reached in epoch {len(epochs)}"


def test_in_a_collection_it_reports_and_does_as_asked(tmp_path):
    """What the environment asks for, until the target; samples and steps are told."""
    log = tmp_path / "events.jsonl"
    asked = {"EVENTS": str(log), "BATCH_SIZE": "128", "LR": "0.004", "SEED": "2", "STOP_AT": "accuracy>=0.9"}
    done = start("--framework", "numpy", **{f"SIMULATOR_{name}": value for name, value in asked.items()})
    assert (done.returncode, done.stderr) == (0, "")
    assert "batch size 128, learning rate 0.004, seed 2" in done.stdout
    epochs = epochs_of(events_of(log))
    assert [epoch.metrics["accuracy"] >= 0.9 for epoch in epochs] == [False] * (len(epochs) - 1) + [True]
    assert {(epoch.steps, epoch.samples) for epoch in epochs} == {(12, 1437)}
    assert all(e.start_ns < e.train_end_ns <= e.eval_start_ns < e.end_ns for e in epochs)
    assert events_of(log)[-1].data == {"status": "stopped"}


def test_in_a_collection_its_own_target_does_not_end_it(tmp_path):
    """A power run lasts as long as the collection wants."""
    log = tmp_path / "events.jsonl"
    asked = {"SIMULATOR_EVENTS": str(log), "SIMULATOR_MAX_EPOCHS": "8"}
    start("--framework", "numpy", "--learning-rate", "0.01", "--target", "0.5", **asked)
    assert len(epochs_of(events_of(log))) == 8


def test_without_scikit_learn_it_says_what_to_install(monkeypatch, capsys):
    """The extra by its name, as an error that can be caught and as a message of the program."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(FrameworkMissingError, match=r"pip install 'trace-simulator\[examples\]'"):
        digits.load()
    with pytest.raises(SystemExit, match="1"):
        digits.main([])
    message = capsys.readouterr().err
    assert "trace-simulator[examples]" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("words", [["--batch-size", "0"], ["--epochs", "many"], ["--framework", "abacus"]])
def test_knobs_that_make_no_sense_are_refused(words, capsys):
    """By the option's name."""
    with pytest.raises(SystemExit, match="2"):
        digits.main(words)
    assert words[0] in capsys.readouterr().err


def test_the_plan_is_ready_to_run():
    """It is read, says what this job takes, and travels beside the script."""
    plan = Plan.from_toml(PLAN)
    assert plan.grid.batch_sizes == (8, 16, 32, 64, 128, 256, 512, 1024)
    assert len(plan.grid.seeds) == 3
    assert isinstance(plan.job, Job)
    assert plan.job.target_metric == 0.95
    assert plan.job.command[1:3] == ["-m", digits.__name__]
    digits_words = plan.job.gen_command(8, 0.1, 1, 0)[3:]
    assert events.active() is False
    assert digits.main([*digits_words, "--epochs", "1", "--framework", "numpy"]) == 0
