"""The Trainer of Lightning, with a module that is made here."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # the framework's own


@pytest.fixture
def train(collection, tmp_path):
    """Train a tiny module with the callback."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    lightning = pytest.importorskip("lightning.pytorch", reason="needs pip install lightning")
    from simulator.collect.adapters.lightning import EventsCallback

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)
            self.validated = 0

        def training_step(self, batch, _):
            loss = self.layer(batch[0]).square().mean()
            self.log("train_loss", loss, on_epoch=True)
            return loss

        def validation_step(self, batch, _):
            self.log("accuracy", 0.0 if self.trainer.sanity_checking else (self.trainer.current_epoch + 1) / 20 + 0.8)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), 0.01)

    data = torch.utils.data.TensorDataset(torch.ones(10, 3))
    loader = torch.utils.data.DataLoader(data, batch_size=4)

    def train(*, validate=True, **knobs):
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False, "accelerator": "cpu"}
        trainer = lightning.Trainer(
            **(quiet | {"max_epochs": 2, "default_root_dir": tmp_path} | knobs), callbacks=[EventsCallback()]
        )
        trainer.fit(Module(), loader, loader if validate else None)
        return trainer

    return train


EPOCH = ["epoch_start", "train_end", "eval_start", "eval_end", "epoch_end"]


def test_epochs_hold_their_validation_and_the_sanity_check_counts_for_nothing(collection, train):
    """What is reported has the order of all others."""
    train()
    assert collection.kinds == ["run_start", *EPOCH, *EPOCH, "run_end"]
    assert [epoch.metrics["accuracy"] for epoch in collection.epochs] == [0.85, 0.9]
    assert all("train_loss" in epoch.metrics for epoch in collection.epochs)
    assert [(epoch.steps, epoch.reported) for epoch in collection.epochs] == [(3, 1), (3, 2)]


def test_the_trainer_ends_when_the_target_is_reached(collection, train):
    """Through its own way to stop, after the epoch that reached the target."""
    collection.ask(STOP_AT="accuracy>=0.95")
    assert train(max_epochs=8).current_epoch == 3
    assert len(collection.epochs) == 3
    assert collection.events[-1].data["status"] == "stopped"


def test_the_trainer_ends_when_asked(collection, train):
    """By the stop file, also where nothing is validated."""
    collection.stop_file.touch()
    train(validate=False, max_epochs=4)
    assert collection.kinds == ["run_start", "epoch_start", "train_end", "epoch_end", "run_end"]


def test_validation_within_an_epoch_is_counted(collection, train):
    """Validating three times an epoch gives the epoch the last of the metrics."""
    train(max_epochs=1, val_check_interval=1)
    (epoch,) = collection.epochs
    assert epoch.evaluations == 3
    assert epoch.train_end_ns <= epoch.eval_start_ns


def test_a_trainer_that_fails_says_so(collection, train, monkeypatch):
    """The run ends with the name of what went wrong."""
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    monkeypatch.setattr(torch.optim.SGD, "step", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train()
    assert collection.events[-1].data["status"] == "ZeroDivisionError"
    assert collection.epochs == []
