"""Keras on PyTorch, with a model that is made here."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # the framework's own


@pytest.fixture
def train(collection):
    """Train a tiny model with the callback."""
    pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras", reason="needs pip install keras")
    np = pytest.importorskip("numpy")
    from simulator.collect.adapters.keras import EventsCallback

    keras.utils.set_random_seed(1)
    x, y = np.ones((10, 3), "float32"), np.ones((10, 1), "float32")

    def train(**knobs):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        known = {"validation_data": (x, y), "epochs": 2}
        return model.fit(x, y, batch_size=4, verbose=0, callbacks=[EventsCallback()], **(known | knobs)), model

    return train


EPOCH = ["epoch_start", "train_end", "eval_start", "eval_end", "epoch_end"]


def test_epochs_hold_their_validation(collection, train):
    """What is reported has the order of all others, and the names that Keras gives to metrics."""
    history, _ = train()
    assert collection.kinds == ["run_start", *EPOCH, *EPOCH, "run_end"]
    assert [epoch.reported for epoch in collection.epochs] == [1, 2]
    assert [epoch.steps for epoch in collection.epochs] == [3, 3]
    for i, epoch in enumerate(collection.epochs):
        assert set(epoch.metrics) == {"loss", "mae", "val_loss", "val_mae"}
        for name, value in epoch.metrics.items():
            assert value == pytest.approx(history.history[name][i], rel=1e-6)


def test_the_model_ends_when_the_target_is_reached(collection, train):
    """Through its own way to stop, after the epoch that reached the target."""
    collection.ask(STOP_AT="val_mae<=1000")
    history, _ = train(epochs=5)
    assert len(history.epoch) == len(collection.epochs) == 1
    assert collection.events[-1].data["status"] == "stopped"


def test_the_model_ends_when_asked(collection, train):
    """By the stop file, also where nothing is validated."""
    collection.stop_file.touch()
    train(validation_data=None, epochs=4)
    assert collection.kinds == ["run_start", "epoch_start", "train_end", "epoch_end", "run_end"]
    assert set(collection.epochs[0].metrics) == {"loss", "mae"}


def test_validation_every_other_epoch(collection, train):
    """An epoch that is not validated has training metrics only."""
    train(epochs=2, validation_freq=2)
    assert [set(epoch.metrics) for epoch in collection.epochs] == [
        {"loss", "mae"},
        {"loss", "mae", "val_loss", "val_mae"},
    ]
