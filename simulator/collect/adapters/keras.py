"""Keras: ``model.fit(..., callbacks=[EventsCallback()])``.

Keras validates within the epoch, before ``on_epoch_end``, whose logs have the training metrics and, with ``val_``
before their names, those of validation. Read in keras/src/backend/*/trainer.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.collect import events
from simulator.frameworks import callback_class, framework

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EventsCallback"]

#: The callback's class, made when it is first asked for.
EventsCallback: Any


class _Reporter:
    """Tells a collection of the epochs of a Keras model, and ends training when the collection has enough.

    Metrics have the names that Keras gives them, such as ``val_accuracy`` and ``loss``.
    """

    model: Any
    _training = False
    _trained = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Begin the run."""
        self._training = True
        events.hello("keras")
        events.run_start()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Begin an epoch; Keras counts from 0."""
        self._trained = False
        events.epoch_start(epoch + 1, may_stop=False)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count a batch."""
        events.steps()

    def on_test_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """End training, and begin to validate."""
        if self._training:
            self._end_training()
            events.eval_start()

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """End validation; with the names that the epoch's logs will have."""
        if self._training:
            events.eval_end(metrics={f"val_{name}": value for name, value in (logs or {}).items()})

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """End the epoch, and say all that Keras says of it."""
        self._end_training()
        events.epoch_end(metrics=logs)
        if events.agreed(events.stop_requested()):
            self.model.stop_training = True

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """End the run."""
        events.run_end("stopped" if events.stop_requested() else "done")
        self._training = False

    def _end_training(self) -> None:
        if not self._trained:
            self._trained = True
            events.train_end()


def __getattr__(name: str) -> Any:
    if name != "EventsCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    keras = framework("keras", install="keras", purpose="The Keras adapter")
    globals()[name] = callback_class(name, __name__, _Reporter, [keras.callbacks.Callback])
    return globals()[name]
