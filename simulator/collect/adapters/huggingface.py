"""Hugging Face's Trainer: ``Trainer(..., callbacks=[EventsCallback()])``.

The Trainer calls ``on_epoch_end`` before it validates, and tells metrics to ``on_evaluate``; when validation begins it
tells nobody, but whether it is due is known at the end of training. Read in transformers/trainer.py,
``_maybe_log_save_evaluate``, and trainer_callback.py.
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
    """Tells a collection of the epochs of a Hugging Face Trainer, and ends training when the collection has enough.

    Metrics have the names that the Trainer gives them, such as ``eval_accuracy`` and ``eval_loss``.
    """

    _training = False
    _evaluating = False
    _last_step = 0

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin the run."""
        self._training = True
        events.hello("transformers", world_size=args.world_size)
        events.run_start()

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin an epoch; the Trainer counts from 0, and in fractions."""
        events.epoch_end()  # the one before, if another callback had it validated after all
        self._last_step = state.global_step
        events.epoch_start(int(state.epoch or 0) + 1, may_stop=False)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Count a step, however many batches were accumulated for it."""
        events.steps()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End training; end the epoch too, unless validation is due."""
        steps = state.global_step - self._last_step
        samples = steps * args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        events.train_end(steps=steps, samples=samples)
        if control.should_evaluate:
            events.eval_start()
            self._evaluating = True
        else:
            self._end(control)

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """End validation, and the epoch if it was validated at its end."""
        if not self._training:
            return  # trainer.evaluate(), before or after training
        events.eval_end(metrics=metrics)
        if self._evaluating:
            self._end(control)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End the run."""
        events.epoch_end()
        events.run_end("stopped" if events.stop_requested() else "done")
        self._training = False

    def _end(self, control: Any) -> None:
        self._evaluating = False
        events.epoch_end()
        control.should_training_stop |= events.agreed(events.stop_requested())


def __getattr__(name: str) -> Any:
    if name != "EventsCallback":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    transformers = framework("transformers", install="transformers accelerate", purpose="The Hugging Face adapter")
    globals()[name] = callback_class(name, __name__, _Reporter, [transformers.TrainerCallback])
    return globals()[name]
