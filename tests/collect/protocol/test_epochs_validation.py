"""Which epoch a validation belongs to, in the different orders of frameworks."""

from __future__ import annotations

from said_events import said, times

from simulator.collect.protocol import epochs_of


def test_validation_after_the_epochs_end_belongs_to_it():
    """As Hugging Face's Trainer calls back, and MLPerf's logs say."""
    epochs = epochs_of(
        said(
            "epoch_start@10",
            "epoch_end@20",
            "eval_start@22",
            "eval_end@30 accuracy=0.5",
            "epoch_start@31",
            "epoch_end@40",
            "eval_end@50 accuracy=0.6",
            "run_end@60",
        )
    )
    assert times(epochs) == [(1, 10, 20, 22, 30), (2, 31, 40, None, 50)]
    assert [epoch.metrics["accuracy"] for epoch in epochs] == [0.5, 0.6]


def test_validation_within_the_epoch():
    """As Keras and Lightning call back; training ends where validation begins, if nobody says when."""
    epochs = epochs_of(said("epoch_start@10", "eval_start@22", "eval_end@30 accuracy=0.5", "epoch_end@40"))
    assert times(epochs) == [(1, 10, 22, 22, 40)]


def test_validation_outside_epochs_counts_for_nothing():
    """Before the first, to see whether it works; and after the run, to see how it went."""
    epochs = epochs_of(
        said(
            "eval_start@1",
            "eval_end@2 accuracy=0.9",
            "epoch_start@10",
            "epoch_end@20",
            "run_end@21",
            "eval_end@30 accuracy=1",
        )
    )
    assert times(epochs) == [(1, 10, None, None, 20)]
    assert epochs[0].metrics == {}


def test_several_validations_of_an_epoch():
    """The last counts, and they are counted."""
    (epoch,) = epochs_of(
        said("epoch_start@1", "eval_start@2", "eval_end@3 a=1 b=1", "eval_start@7", "eval_end@8 a=2", "epoch_end@9")
    )
    assert (epoch.metrics, epoch.evaluations, epoch.eval_start_ns) == ({"a": 2.0, "b": 1.0}, 2, 7)


def test_late_validation_belongs_to_the_epoch_that_it_names():
    """Told while the next is trained; it changes no times."""
    words = ["epoch_start@10 epoch=1", "epoch_end@20 epoch=1", "epoch_start@20 epoch=2", "eval_end@25 a=1 epoch=1"]
    words += ["epoch_end@30 epoch=2", "epoch_start@30 epoch=3", "eval_start@31 epoch=2", "eval_end@35 a=2 epoch=2"]
    epochs = epochs_of(said(*words, "epoch_end@40 epoch=3", "run_end@41", "eval_end@50 a=3 epoch=3"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in epochs] == [(20, {"a": 1}, 1), (30, {"a": 2}, 1), (40, {}, 0)]


def test_validation_that_counts_from_another_number_stays_with_its_epoch():
    """A script may count epochs from 1, and validations from 0; MLPerf's BERT names them by samples."""
    for first, step in ((0, 1), (150_000, 150_000)):
        words = []
        for n in (1, 2, 3):
            named = first + step * (n - 1)
            words += [f"epoch_start@{10 * n} epoch={n}", f"eval_end@{10 * n + 5} a={n} epoch={named}"]
            words += [f"epoch_end@{10 * n + 6} epoch={named}"]
        epochs = epochs_of(said(*words))
        assert [(e.metrics["a"], e.end_ns) for e in epochs] == [(n, 10 * n + 6) for n in (1, 2, 3)]


def test_a_test_of_what_was_trained_is_none_of_an_epochs():
    """After the last epoch and its validation, before the run ends; or in place of a validation that it names."""
    words = ["epoch_start@10 epoch=1", "eval_end@30 a=1", "epoch_end@40 epoch=1"]
    epochs = epochs_of(said(*words, "eval_start@41", "eval_end@90 a=9", "run_end@91"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in epochs] == [(40, {"a": 1}, 1)]
    named = epochs_of(said(*words, "eval_start@41 epoch=1", "eval_end@90 a=2 epoch=1", "run_end@91"))
    assert [(e.end_ns, e.metrics, e.evaluations) for e in named] == [(90, {"a": 2}, 2)]
