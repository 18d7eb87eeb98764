"""Lightning: ``Trainer(..., callbacks=[TrialCallback(run)])``, for the packages lightning and pytorch-lightning.

Lightning validates within the training epoch, possibly several times, and once before the first epoch to see whether
validation works, which is none of a run's. Read in lightning/pytorch/loops.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from simulator.frameworks import callback_class, framework
from simulator.service.client.callbacks.reporting import report

if TYPE_CHECKING:
    from simulator.service.client.run import TrainingRun

__all__ = ["TrialCallback"]

#: The callback's class, made when it is first asked for.
TrialCallback: Any


class _Reporter:
    """Reports each validation of a Lightning Trainer to a run, and ends training when the service says so.

    When one rank is told to stop, all stop.

    Parameters
    ----------
    run
        A `TrainingRun` that was entered; loaders are made with its ``batch_size``, divided by the number of devices.
    metric
        Name under which the module logs the metric.
    """

    def __init__(self, run: TrainingRun, metric: str = "val_accuracy") -> None:
        self.run, self.metric = run, metric

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Begin to count time and energy."""
        self.run.begin()

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Report, unless it is a validation by itself or the one before the first epoch."""
        if trainer.state.fn != "fit" or trainer.sanity_checking:
            return
        stop = report(self.run, self.metric, trainer.callback_metrics, trainer.current_epoch + 1)
        if trainer.strategy.reduce_boolean_decision(stop, all=False):
            trainer.should_stop = True


def __getattr__(name: str) -> Any:
    if name != "TrialCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Both packages may be installed; a Trainer takes callbacks of its own kind only.
    loaded = "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules
    names = ("pytorch_lightning", "lightning.pytorch") if loaded else ("lightning.pytorch", "pytorch_lightning")
    lightning = framework(*names, install="lightning", purpose="The Lightning callback")
    globals()[name] = callback_class(name, __name__, _Reporter, [lightning.Callback])
    return globals()[name]
