"""Trains a small network on the 1797 handwritten digits that come with scikit-learn.

By itself, ``python -m simulator.collect.examples.digits --batch-size 64``; under a collection by the plan beside this
file, ``simulator collect digits.toml``. It is an example of a script that reports: a handful of its lines speak of
events. The same seed gives the same metrics on the same machine with the same libraries.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from simulator.collect import events
from simulator.errors import FrameworkMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.collect.examples.network import Array

__all__ = ["load", "main", "train"]

FRAMEWORKS = ("auto", "torch", "numpy")
#: Every fifth digit is kept to validate with.
FIFTH = 5


def load() -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Load images and labels, to train and to validate with.

    Returns
    -------
    tuple
        Two of ``(images, labels)``: images (n_samples, 64) from 0 to 1, labels (n_samples,) from 0 to 9.

    Raises
    ------
    FrameworkMissingError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise FrameworkMissingError(
            "the digits come with scikit-learn, which is not installed; pip install 'trace-simulator[examples]'"
        ) from error
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    kept = np.arange(len(labels)) % FIFTH == 0
    return (images[~kept], labels[~kept]), (images[kept], labels[kept])


def train(
    *,
    batch_size: int,
    learning_rate: float,
    seed: int,
    epochs: int,
    target: float,
    copies: int = 1,
    width: int = 64,
    framework: str = "auto",
    out: TextIO | None = None,
) -> int | None:
    """Train until the target is reached, or for so many epochs.

    Parameters
    ----------
    batch_size
        Samples per step.
    learning_rate
        Learning rate of Adam.
    seed
        Seed of the network's first weights and of the order of samples.
    epochs
        Most epochs.
    target
        Share of the validation digits told right that counts as trained; infinite: never.
    copies
        How often an epoch goes through the digits, to make it last longer.
    width
        Neurons in the hidden layers, to make a step last longer.
    framework
        "torch", "numpy", or "auto": PyTorch if it is there.
    out
        Where to write a line per epoch; standard output if left out.

    Returns
    -------
    int or None
        First epoch that reached the target, from 1; None if none did.
    """
    (images, labels), validation = load()
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it has none

    out = out or sys.stdout
    order = np.random.default_rng(seed)
    with threadpool_limits(1):  # steps are so small that several threads would mostly wait for one another
        network = _network(framework, width, learning_rate, seed)
        out.write(f"digits: {network.name}, batch size {batch_size}, learning rate {learning_rate:.4g}, seed {seed}\n")
        events.hello(network.name)
        for epoch in events.epochs(epochs):
            rows = np.concatenate([order.permutation(len(labels)) for _ in range(copies)])
            for first in range(0, len(rows), batch_size):
                batch = rows[first : first + batch_size]
                network.step(images[batch], labels[batch])
                events.steps(samples=len(batch))
            events.train_end()
            events.eval_start()
            accuracy = network.accuracy(*validation)
            events.eval_end(accuracy=accuracy)
            out.write(f"epoch {epoch}: accuracy {accuracy:.4f}\n")
            if accuracy >= target:
                return epoch
    return None


def _network(framework: str, width: int, learning_rate: float, seed: int) -> Any:
    if framework == "torch" or (framework == "auto" and find_spec("torch")):
        from simulator.collect.examples.torch_network import TorchNetwork

        return TorchNetwork(width, learning_rate, seed)
    from simulator.collect.examples.network import NumpyNetwork

    return NumpyNetwork(width, learning_rate, seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says, and say how it went.

    Parameters
    ----------
    arguments
        The command line's arguments; those of this process if left out.

    Returns
    -------
    int
        0, also if the target was not reached: that is a result, too.
    """
    words = argparse.ArgumentParser(prog="python -m simulator.collect.examples.digits", description=__doc__)
    words.add_argument("--batch-size", type=_positive, default=events.batch_size(64))
    words.add_argument("--learning-rate", type=float, default=events.learning_rate(0.001))
    words.add_argument("--seed", type=int, default=events.seed(1))
    words.add_argument("--epochs", type=_positive, default=events.max_epochs(60), help="most epochs")
    words.add_argument("--target", type=float, default=0.95, help="accuracy at which to stop")
    words.add_argument("--copies", type=_positive, default=1, help="passes through the digits in an epoch")
    words.add_argument("--width", type=_positive, default=64, help="neurons in each hidden layer")
    words.add_argument("--framework", choices=FRAMEWORKS, default="auto")
    asked = vars(words.parse_args(arguments))
    if events.active():
        asked["target"] = float("inf")  # the collection says when it has enough
    try:
        reached = train(**asked)
    except FrameworkMissingError as error:
        words.exit(1, f"{error}\n")
    if not events.active():
        sys.stdout.write(f"reached in epoch {reached}\n" if reached else "not reached\n")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


if __name__ == "__main__":
    sys.exit(main())
