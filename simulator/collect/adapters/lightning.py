"""Lightning: ``Trainer(..., callbacks=[EventsCallback()])``, for the packages lightning and pytorch-lightning.

Lightning validates within the training epoch, before ``on_train_epoch_end``, possibly several times; and once before
the first epoch to see whether validation works, which is none of a run's. Read in lightning/pytorch/loops.
"""

from __future__ import annotations

import sys
from typing import Any

from simulator.collect import events
from simulator.frameworks import callback_class, framework

__all__ = ["EventsCallback"]

#: The callback's class, made when it is first asked for.
EventsCallback: Any


class _Reporter:
    """Tells a collection of the epochs of a Lightning Trainer, and ends training when the collection has enough.

    Metrics are those that the module logs, under the names that it gives them.
    """

    _last_step = 0
    _last_batch = False

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin the run."""
        events.hello("lightning", world_size=trainer.world_size)
        events.run_start()

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin an epoch; Lightning counts from 0."""
        self._last_step, self._last_batch = trainer.global_step, False
        events.epoch_start(trainer.current_epoch + 1, may_stop=False)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Count a batch; after the last one training is over."""
        events.steps()
        if trainer.is_last_batch:
            self._last_batch = True
            events.train_end()

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to validate."""
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            events.eval_start()

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """End validation, with what was logged by then."""
        if trainer.state.fn == "fit" and not trainer.sanity_checking:
            events.eval_end(metrics=trainer.callback_metrics)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """End the epoch, with what was logged over all of it."""
        if not self._last_batch:
            events.train_end()
        events.epoch_end(metrics=trainer.callback_metrics)
        if trainer.strategy.reduce_boolean_decision(events.stop_requested(), all=False):
            trainer.should_stop = True

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """End the run."""
        events.run_end("stopped" if events.stop_requested() else "done")

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """End the run with what went wrong."""
        events.run_end(type(exception).__name__)


def __getattr__(name: str) -> Any:
    if name != "EventsCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Both packages may be installed; a Trainer takes callbacks of its own kind only.
    loaded = "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules
    names = ("pytorch_lightning", "lightning.pytorch") if loaded else ("lightning.pytorch", "pytorch_lightning")
    lightning = framework(*names, install="lightning", purpose="The Lightning adapter")
    globals()[name] = callback_class(name, __name__, _Reporter, [lightning.Callback])
    return globals()[name]
