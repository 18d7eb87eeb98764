"""PyTorch, or any loop over batches: steps and samples are counted while the loader is iterated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from simulator.collect import events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["measured"]

_Batch = TypeVar("_Batch")


class measured(Generic[_Batch]):  # noqa: N801  reads as a verb, as enumerate does
    """A loader of training batches, as it was, that tells of its steps and of the end of training in each epoch.

    Parameters
    ----------
    loader
        A ``torch.utils.data.DataLoader``, or anything that yields batches. Its other attributes stay at hand.

    Examples
    --------
    >>> from simulator.collect import events
    >>> for epoch in events.epochs(1):
    ...     for images, labels in measured([([1, 2], [0, 1]), ([3], [1])]):
    ...         print(len(images))
    2
    1
    """

    def __init__(self, loader: Iterable[_Batch]) -> None:
        self.loader = loader

    def __iter__(self) -> Iterator[_Batch]:
        for batch in self.loader:
            yield batch
            events.steps(samples=_size(batch))
        events.train_end()

    def __len__(self) -> int:
        return len(self.loader)  # type: ignore[arg-type]  # says itself that it has none

    def __getattr__(self, name: str) -> Any:
        if name == "loader":  # not there yet while it is unpickled
            raise AttributeError(name)
        return getattr(self.loader, name)


def _size(batch: Any) -> int:
    """Count the samples of a batch: the length of its first field, however deep it lies; 0 if it has none."""
    while isinstance(batch, (Mapping, list, tuple)) and batch:
        first = next(iter(batch.values())) if isinstance(batch, Mapping) else batch[0]
        if not hasattr(first, "__len__"):
            break
        batch = first
    try:
        return len(batch)
    except TypeError:  # one number
        return 0
