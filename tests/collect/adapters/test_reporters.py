"""What callbacks report, where no framework is installed: they are called as the frameworks call them."""

from __future__ import annotations

from types import SimpleNamespace

from simulator.collect.adapters import huggingface, keras, lightning


def test_keras_counts_epochs_from_zero(collection):
    """The first is called 1, as everywhere."""
    callback = keras._Reporter()
    callback.model = SimpleNamespace(stop_training=False)
    callback.on_train_begin()
    for epoch in range(2):
        callback.on_epoch_begin(epoch)
        for batch in range(3):
            callback.on_train_batch_end(batch)
        callback.on_test_begin()
        callback.on_test_end({"accuracy": 0.5})
        callback.on_epoch_end(epoch, {"loss": 1.0, "val_accuracy": 0.5})
    callback.on_train_end()
    assert [(epoch.reported, epoch.steps) for epoch in collection.epochs] == [(1, 3), (2, 3)]
    assert collection.epochs[1].metrics == {"loss": 1.0, "val_accuracy": 0.5}


def test_a_step_of_transformers_takes_several_batches(collection):
    """As many as it accumulates, on each of its processes."""
    args = SimpleNamespace(train_batch_size=4, gradient_accumulation_steps=3, world_size=2)
    state, control = SimpleNamespace(epoch=0, global_step=10), SimpleNamespace(should_evaluate=False)
    control.should_training_stop = False
    callback = huggingface._Reporter()
    callback.on_train_begin(args, state, control)
    callback.on_epoch_begin(args, state, control)
    state.global_step = 15
    callback.on_epoch_end(args, state, control)
    callback.on_train_end(args, state, control)
    (epoch,) = collection.epochs
    assert (epoch.steps, epoch.samples) == (5, 5 * 4 * 3 * 2)


def test_lightnings_sanity_check_and_its_other_uses_count_for_nothing(collection):
    """Neither what it validates before training, nor ``trainer.validate()``, is said."""
    callback = lightning._Reporter()
    trainer = SimpleNamespace(state=SimpleNamespace(fn="fit"), sanity_checking=True, callback_metrics={"accuracy": 0.1})
    for fn, sanity in (("fit", True), ("validate", False)):
        trainer.state.fn, trainer.sanity_checking = fn, sanity
        callback.on_validation_start(trainer, None)
        callback.on_validation_end(trainer, None)
    assert not collection.file.exists()
    trainer.state.fn, trainer.sanity_checking = "fit", False
    callback.on_validation_start(trainer, None)
    callback.on_validation_end(trainer, None)
    assert collection.kinds == ["eval_start", "eval_end"]
