"""The six jobs that the bundled traces are made for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from simulator.job import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulator.trace.model.parameters import Parameters

__all__ = ["STOCK", "StockJob", "job_entry"]


@dataclass(frozen=True, kw_only=True)
class StockJob:
    """A job of the Zeus paper (NSDI'23, table 1), and what the bundled traces hold of it.

    Parameters
    ----------
    job
        The job as it was run on most GPUs.
    default_bs_by_gpu
        Default batch sizes [samples] of GPUs whose memory asked for another one.
    other_targets
        Targets that the traces hold beside the job's own.
    """

    job: Job
    default_bs_by_gpu: Mapping[str, int] = field(default_factory=dict, hash=False)
    other_targets: tuple[float, ...] = ()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The job with each of its default batch sizes."""
        return (self.job, *(replace(self.job, default_bs=size) for size in self.default_bs_by_gpu.values()))


STOCK = (
    StockJob(
        job=Job("cifar100", "shufflenetv2", "adadelta", 0.6, 100, 1024),
        other_targets=(0.5, 0.55),
    ),
    StockJob(
        job=Job("imagenet", "resnet50", "adadelta", 0.65, 100, 256),
        default_bs_by_gpu={"p100": 128},
        other_targets=(0.6,),
    ),
    StockJob(
        job=Job("squad", "bert_base_uncased", "adamw", 84.0, 6, 32),
        default_bs_by_gpu={"p100": 24},
        other_targets=(83.0, 84.5),
    ),
    StockJob(
        job=Job("librispeech", "deepspeech2", "adamw", 40.0, 16, 192, higher_is_better=False),
        default_bs_by_gpu={"rtx6000": 128, "p100": 72},
        other_targets=(45.0, 35.0),
    ),
    StockJob(
        job=Job("movielens-1m", "ncf", "adam", 0.41, 100, 1024),
        other_targets=(0.4,),
    ),
    StockJob(
        job=Job("sentiment140", "bert_base_uncased", "adamw", 0.84, 10, 128),
        default_bs_by_gpu={"p100": 64},
        other_targets=(0.83, 0.85),
    ),
)


def job_entry(stock: StockJob, parameters: Parameters) -> dict[str, Any]:
    """Describe a job as ``trace.json`` does, with the learning rate that was recorded at its default batch size."""
    job = stock.job
    workload = parameters.workload(job.dataset, network=job.network, optimizer=job.optimizer)
    entry: dict[str, Any] = {
        "dataset": job.dataset,
        "network": job.network,
        "optimizer": job.optimizer,
        "target_metric": job.target_metric,
        "max_epochs": job.max_epochs,
        "default_bs": job.default_bs,
        "default_lr": workload.learning_rate(job.default_bs or 1),
        "higher_is_better": job.higher_is_better,
    }
    return entry | ({"default_bs_by_gpu": dict(stock.default_bs_by_gpu)} if stock.default_bs_by_gpu else {})
