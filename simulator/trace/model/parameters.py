"""All that a fit found out, as plain data that goes to JSON and back unchanged."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from simulator.errors import NotInTraceError, nearest
from simulator.trace.model.residual import round_significant

if TYPE_CHECKING:
    from simulator.trace.model.epochs import EpochCurve
    from simulator.trace.model.machine import MachineCurve

__all__ = ["Parameters", "Workload"]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What was fitted for one dataset, network and optimizer.

    Parameters
    ----------
    dataset, network, optimizer
        Names as the trace spells them.
    higher_is_better
        Whether a higher metric is harder to reach. Seen in the trace, not asked.
    batch_sizes
        Batch sizes [samples] of the recorded runs, ascending, shape (n_sizes,).
    learning_rates
        Learning rate used at each of them, shape (n_sizes,): a setting, kept as it is.
    targets
        One curve per target that any run reached, easiest first. Empty if only time and power were recorded.
    machines
        One curve per GPU.
    """

    dataset: str
    network: str
    optimizer: str
    higher_is_better: bool
    batch_sizes: tuple[int, ...]
    learning_rates: tuple[float, ...]
    targets: tuple[EpochCurve, ...]
    machines: dict[str, MachineCurve] = field(hash=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """Dataset, network and optimizer."""
        return self.dataset, self.network, self.optimizer

    def learning_rate(self, batch_size: float) -> float:
        """Learning rate at a batch size, a power law between and beyond the recorded ones, to three digits."""
        x, rate = np.log(np.asarray(self.batch_sizes, dtype=float)), np.log(np.asarray(self.learning_rates))
        at = np.log(batch_size)
        i = 0 if len(x) < 2 else int(np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2))
        slope = 0.0 if len(x) < 2 else (rate[i + 1] - rate[i]) / (x[i + 1] - x[i])
        return float(f"{np.exp(rate[i] + slope * (at - x[i])):.3g}")

    def target(self, metric: float) -> EpochCurve:
        """Curve of one target.

        Raises
        ------
        NotInTraceError
            If no run of this workload reached it, or none was recorded; the message lists those that were.
        """
        for curve in self.targets:
            if curve.target_metric == metric:
                return curve
        raise NotInTraceError(
            f"no fitted target {metric:g} for {', '.join(self.key)}; fitted are "
            f"{', '.join(f'{curve.target_metric:g}' for curve in self.targets) or 'none'}"
        )


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """A fitted model: everything needed to synthesize and to predict.

    Numbers carry six significant digits, so that JSON gives back what it was given.

    Parameters
    ----------
    name
        Name of the trace that was fitted.
    sources
        SHA-256 of each file that was fitted, by file name.
    workloads
        One entry per dataset, network and optimizer, in alphabetical order.
    """

    name: str
    sources: dict[str, str] = field(hash=False)
    workloads: tuple[Workload, ...]

    @property
    def gpus(self) -> tuple[str, ...]:
        """GPUs that any workload was recorded on, in alphabetical order."""
        return tuple(sorted({gpu for workload in self.workloads for gpu in workload.machines}))

    def workload(self, dataset: str, *, network: str | None = None, optimizer: str | None = None) -> Workload:
        """Find a workload; network and optimizer are needed only where the dataset alone is ambiguous.

        Among several, one whose runs were recorded is preferred to one with time and power alone.

        Raises
        ------
        NotInTraceError
            If nothing matches, or more than one workload does.
        """
        matching = [
            workload
            for workload in self.workloads
            if workload.dataset == dataset
            and network in (None, workload.network)
            and optimizer in (None, workload.optimizer)
        ]
        matching = [workload for workload in matching if workload.targets] or matching
        if len(matching) == 1:
            return matching[0]
        fitted = "; ".join(", ".join(workload.key) for workload in (matching or self.workloads))
        wanted = ", ".join(word for word in (dataset, network, optimizer) if word)
        if matching:
            raise NotInTraceError(f"{wanted!r} is ambiguous; name network and optimizer too: {fitted}")
        hint = nearest(dataset, {workload.dataset for workload in self.workloads})
        raise NotInTraceError(f"no fitted workload {wanted!r}{hint}; fitted are {fitted}")

    def to_json(self) -> str:
        """Write as JSON text, one parameter a line, ending in a newline; `parse_parameters` reads it back.

        Examples
        --------
        >>> print(Parameters(name="empty", sources={}, workloads=()).to_json(), end="")
        {
         "name": "empty",
         "sources": {},
         "workloads": []
        }
        """
        return json.dumps(_rounded(asdict(self)), indent=1, ensure_ascii=False) + "\n"


def _rounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return round_significant(value) if isinstance(value, float) else value
