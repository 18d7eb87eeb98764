"""Hugging Face's Trainer: ``Trainer(..., callbacks=[TrialCallback(run)])``.

The Trainer validates as its ``eval_strategy`` says, on all ranks, and tells the metrics to ``on_evaluate``. Read in
transformers/trainer.py, ``_maybe_log_save_evaluate``, and trainer_callback.py.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simulator.frameworks import callback_class, framework
from simulator.service.client.callbacks.reporting import report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.service.client.run import TrainingRun

__all__ = ["TrialCallback"]

#: The callback's class, made when it is first asked for.
TrialCallback: Any


class _Reporter:
    """Reports each validation of a Hugging Face Trainer to a run, and ends training when the service says so.

    With several processes, give the run a ``broadcast``, so that all of them stop.

    Parameters
    ----------
    run
        A `TrainingRun` that was entered; ``TrainingArguments(per_device_train_batch_size=…)`` comes from its
        ``batch_size``, divided by the number of devices.
    metric
        Name of the metric among those that the Trainer has, such as ``eval_accuracy``.
    """

    def __init__(self, run: TrainingRun, metric: str = "eval_accuracy") -> None:
        self.run, self.metric = run, metric
        self._training = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin to count time and energy."""
        self._training = True
        self.run.begin()

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Report, unless it is a validation before or after training."""
        if self._training and report(self.run, self.metric, metrics or {}, max(1, math.ceil(state.epoch or 0))):
            control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report no validation that follows."""
        self._training = False


def __getattr__(name: str) -> Any:
    if name != "TrialCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    transformers = framework("transformers", install="transformers accelerate", purpose="The Hugging Face callback")
    globals()[name] = callback_class(name, __name__, _Reporter, [transformers.TrainerCallback])
    return globals()[name]
