"""The Trainer of Hugging Face, with a model that is made here."""

from __future__ import annotations

import pickle

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # the framework's own


@pytest.fixture
def train(collection, tmp_path):
    """Train a tiny model with the callback."""
    transformers = pytest.importorskip("transformers", reason="needs pip install transformers accelerate")
    pytest.importorskip("accelerate", reason="needs pip install transformers accelerate")
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install torch")
    from simulator.collect.adapters.huggingface import EventsCallback

    rows = [{"input_ids": torch.tensor([i % 7, 1, 2]), "labels": torch.tensor(i % 2)} for i in range(22)]
    model = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
        )
    )
    answers = iter([0.25, 0.5, 0.95, 0.96, 0.97, 0.98])

    def train(*, evaluate_before=False, **knobs):
        known = {"eval_strategy": "epoch", "num_train_epochs": 2, "per_device_train_batch_size": 4}
        trainer = transformers.Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=str(tmp_path), report_to=[], save_strategy="no", use_cpu=True, **(known | knobs)
            ),
            train_dataset=rows,
            eval_dataset=rows[:4],
            compute_metrics=lambda _: {"accuracy": next(answers)},
            callbacks=[EventsCallback()],
        )
        if evaluate_before:
            trainer.evaluate()
        trainer.train()
        return trainer

    return train


EPOCH = ["epoch_start", "train_end", "eval_start", "eval_end", "epoch_end"]


def test_epochs_hold_their_validation(collection, train):
    """The Trainer ends epochs before it validates; what is reported has the order of all others."""
    train()
    assert collection.kinds == ["run_start", *EPOCH, *EPOCH, "run_end"]
    assert [epoch.metrics["eval_accuracy"] for epoch in collection.epochs] == [0.25, 0.5]
    assert [(epoch.steps, epoch.samples, epoch.reported) for epoch in collection.epochs] == [(6, 24, 1), (6, 24, 2)]
    assert any(event.data.get("framework") == "transformers" for event in collection.events)


def test_the_trainer_ends_when_the_target_is_reached(collection, train):
    """Through its own way to stop, after the epoch that reached the target."""
    collection.ask(STOP_AT="eval_accuracy>=0.95")
    trainer = train(num_train_epochs=5)
    assert trainer.state.epoch == 3
    assert len(collection.epochs) == 3
    assert collection.events[-1].data["status"] == "stopped"


def test_the_trainer_ends_when_asked(collection, train):
    """By the stop file, also where nothing is validated."""
    collection.stop_file.touch()
    train(eval_strategy="no", num_train_epochs=4)
    assert collection.kinds == ["run_start", "epoch_start", "train_end", "epoch_end", "run_end"]


def test_validation_outside_training_counts_for_nothing(collection, train):
    """`trainer.evaluate()` before training is none of an epoch's."""
    train(evaluate_before=True, num_train_epochs=1).evaluate()
    assert collection.kinds == ["run_start", *EPOCH, "run_end"]
    assert collection.epochs[0].metrics["eval_accuracy"] == 0.5


def test_validation_within_an_epoch_is_counted(collection, train):
    """Validating every two steps gives the epoch the last of the metrics."""
    train(eval_strategy="steps", eval_steps=2, num_train_epochs=1)
    (epoch,) = collection.epochs
    assert epoch.evaluations == 3
    assert epoch.metrics["eval_accuracy"] == 0.95


def test_batches_that_make_one_step_are_all_counted(collection, train):
    """Two batches of four a step, as the Trainer accumulates their gradients."""
    train(eval_strategy="no", num_train_epochs=1, gradient_accumulation_steps=2)
    (epoch,) = collection.epochs
    assert (epoch.steps, epoch.samples) == (3, 24)


def test_the_callback_can_be_pickled(train):
    """Whoever trains in spawned processes needs it."""
    from simulator.collect.adapters.huggingface import EventsCallback

    assert isinstance(pickle.loads(pickle.dumps(EventsCallback())), EventsCallback)  # noqa: S301  made on the line itself
