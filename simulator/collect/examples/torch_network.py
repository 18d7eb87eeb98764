"""The same network in PyTorch, on a GPU if there is one. PyTorch is imported when the first is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.frameworks import framework

if TYPE_CHECKING:
    from simulator.collect.examples.network import Array

__all__ = ["TorchNetwork"]


class TorchNetwork:
    """Images of 64 pixels to 10 classes, over two hidden layers of rectified linear units.

    Parameters
    ----------
    width
        Neurons in each hidden layer.
    learning_rate
        Learning rate.
    seed
        Seed of the first weights.

    Raises
    ------
    FrameworkMissingError
        If PyTorch is not installed.
    """

    name = "torch"

    def __init__(self, width: int, learning_rate: float, seed: int) -> None:
        self.torch = torch = framework("torch", install="torch", purpose="--framework torch")
        nn = torch.nn
        torch.manual_seed(seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        layers = [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)]
        self.model = nn.Sequential(*layers).to(self.device)
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), learning_rate)

    def step(self, images: Array, labels: Array) -> None:
        """Take one step down the mean cross entropy of a batch: images (n_samples, 64), labels (n_samples,)."""
        self.optimizer.zero_grad()
        self.loss(self.model(self._tensor(images)), self._tensor(labels)).backward()
        self.optimizer.step()

    def accuracy(self, images: Array, labels: Array) -> float:
        """Share of the images that are told right."""
        with self.torch.no_grad():
            told = self.model(self._tensor(images)).argmax(dim=1)
        return float((told.cpu().numpy() == labels).mean())

    def _tensor(self, values: Array) -> Any:
        return self.torch.from_numpy(values).to(self.device)
