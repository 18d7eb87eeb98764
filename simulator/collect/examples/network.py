"""A network of two hidden layers in numpy, trained by Adam, for machines without PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "NumpyNetwork"]

Array = NDArray[Any]

#: Of Adam: how slowly the means of gradients and of their squares follow, and what keeps steps finite
#: (D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", 2015).
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class NumpyNetwork:
    """Images of 64 pixels to 10 classes, over two hidden layers of rectified linear units.

    Parameters
    ----------
    width
        Neurons in each hidden layer.
    learning_rate
        Learning rate.
    seed
        Seed of the first weights.
    """

    name = "numpy"

    def __init__(self, width: int, learning_rate: float, seed: int) -> None:
        draw = np.random.default_rng(seed)
        sizes = [64, width, width, 10]
        self.learning_rate = learning_rate
        self.parameters: list[Array] = []
        for n_in, n_out in pairwise(sizes):
            self.parameters += [draw.normal(0, np.sqrt(2 / n_in), (n_in, n_out)).astype(np.float32)]
            self.parameters += [np.zeros(n_out, np.float32)]
        self.means = [np.zeros_like(values) for values in self.parameters]
        self.squares = [np.zeros_like(values) for values in self.parameters]
        self.steps = 0

    def step(self, images: Array, labels: Array) -> None:
        """Take one step down the mean cross entropy of a batch: images (n_samples, 64), labels (n_samples,)."""
        layers = self._layers(images)
        scores = layers[-1] - layers[-1].max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        shares[np.arange(len(labels)), labels] -= 1
        slope = shares / len(labels)
        gradients: list[Array] = []
        for i in reversed(range(len(self.parameters) // 2)):
            gradients = [layers[i].T @ slope, slope.sum(axis=0), *gradients]
            slope = (slope @ self.parameters[2 * i].T) * (layers[i] > 0)
        self._descend(gradients)

    def accuracy(self, images: Array, labels: Array) -> float:
        """Share of the images that are told right."""
        return float(np.mean(self._layers(images)[-1].argmax(axis=1) == labels))

    def _layers(self, images: Array) -> list[Array]:
        """Values of every layer, from the images to the scores."""
        layers = [images]
        for weights, biases in zip(self.parameters[::2], self.parameters[1::2], strict=True):
            values = layers[-1] @ weights + biases
            layers.append(np.maximum(values, 0) if biases is not self.parameters[-1] else values)
        return layers

    def _descend(self, gradients: list[Array]) -> None:
        self.steps += 1
        rate = self.learning_rate * np.sqrt(1 - BETA_2**self.steps) / (1 - BETA_1**self.steps)
        for i, gradient in enumerate(gradients):
            self.means[i] += (1 - BETA_1) * (gradient - self.means[i])
            self.squares[i] += (1 - BETA_2) * (gradient * gradient - self.squares[i])
            self.parameters[i] -= np.float32(rate) * self.means[i] / (np.sqrt(self.squares[i]) + EPSILON)
