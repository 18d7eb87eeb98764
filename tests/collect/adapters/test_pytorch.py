"""A loop over a loader of batches."""

from __future__ import annotations

import pickle

import pytest

from simulator.collect import events
from simulator.collect.adapters.pytorch import measured


def test_steps_and_samples_are_counted(collection):
    """The end of the loop over batches is the end of training, with what it took."""
    batches = [([1, 2, 3], [0, 1, 0]), ([4], [1])]
    for _ in events.epochs(2):
        assert list(measured(batches)) == batches
        events.eval_end(accuracy=0.5)
    assert [(epoch.steps, epoch.samples) for epoch in collection.epochs] == [(2, 4), (2, 4)]
    assert all(epoch.start_ns <= epoch.train_end_ns <= epoch.end_ns for epoch in collection.epochs)


@pytest.mark.parametrize(
    ("batch", "samples"),
    [([1, 2, 3], 3), ({"x": [1, 2], "y": [0, 1]}, 2), ((([0, 1], [2, 3]), [1, 2]), 2), (5, 0), ([], 0)],
)
def test_samples_are_those_of_the_first_field(collection, batch, samples):
    """Tuples, dictionaries and plain sequences are batches in use."""
    for _ in events.epochs(1):
        list(measured([batch]))
    assert collection.epochs[0].samples == (samples or None)


def test_the_loader_stays_what_it_was(collection):
    """Its length and its own attributes are at hand, also for a copy in another process."""

    loader = measured(range(3))
    assert len(loader) == 3
    assert loader.stop == 3
    assert len(pickle.loads(pickle.dumps(loader))) == 3  # noqa: S301  made on the line itself


def test_nothing_happens_outside_a_collection():
    """Batches pass through."""
    assert list(measured([1, 2])) == [1, 2]


@pytest.mark.filterwarnings("ignore")
def test_a_loader_of_torch(collection):
    """The real loader, with tensors, and the last batch smaller."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    data = torch.utils.data.TensorDataset(torch.zeros(10, 3), torch.zeros(10))
    loader = measured(torch.utils.data.DataLoader(data, batch_size=4))
    for _ in events.epochs(1):
        assert [len(x) for x, _ in loader] == [4, 4, 2]
        events.eval_end(loss=torch.tensor(0.95), worst=torch.tensor(float("nan")))
    (epoch,) = collection.epochs
    assert (epoch.steps, epoch.samples, loader.batch_size) == (3, 10, 4)
    assert epoch.metrics["loss"] == 0.95
    assert epoch.metrics["worst"] != epoch.metrics["worst"]
