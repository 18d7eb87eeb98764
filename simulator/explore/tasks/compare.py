"""A cell that is one comparison: which policy is better, and how sure is that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from simulator.explore.config import File, Recorded, Task, param
from simulator.job import Job  # noqa: TC001  (the types of fields are looked up)

if TYPE_CHECKING:
    from typing import Self

    import pandas as pd

__all__ = ["Compare"]


class Compare(Task):
    """One comparison of policies over jobs and GPUs; see `simulator.compare`.

    The result is the table of differences from the baseline (`simulator.compare.comparison.Comparison.against`), a row
    for each job, gpu, policy and measure, with its interval and verdict; besides: synthetic, predicted, what the traces
    of the job and gpu were.

    Each comparison corrects its verdicts for how many of them it makes. Those of several cells are each right with
    their own confidence, and not all together.

    Examples
    --------
    >>> from simulator.explore import Compare, Recorded
    >>> traces = Recorded("@v100")  # the bundled ones
    >>> cell = Compare(
    ...     jobs=traces.read().jobs[:1], traces=[traces], policies=["default+full", "random"],
    ...     n_seeds=4, recurrences=5, resamples=4,
    ... )
    >>> cell.execute()["measure"].tolist()
    ['cost', 'energy_j', 'time_s']
    """

    jobs: tuple[Job, ...] | None = param(None, help="The jobs; None: those that the traces come with.")
    traces: tuple[Recorded | Task, ...] = param(help="What was recorded on each GPU, or tasks that record it.")
    policies: tuple[str, ...] = param(help="Two at least: names, with + and a power policy if it is not jit.")
    baseline: str | None = param(None, help="The one to beat; None: default+full, or the first.")
    n_seeds: int = param(100, help="Seeds 0 to this, all policies the same.")
    eta: float = param(0.5, help="1 counts energy alone, 0 counts time alone.")
    beta: float = param(2.0, help="A run may cost this many times the lowest cost so far.")
    window: int = param(0, help="Latest runs that beliefs rest on; 0: all.")
    recurrences: int | None = param(None, help="How often a job recurs; None: as often as the traces suggest.")
    groups: File | None = param(None, help="Submissions that may overlap, as a table.")
    smallest_difference: float = param(0.01, help="Smallest relative difference that matters.")
    confidence: float = param(0.95, help="How often intervals hold the truth.")
    correction: Literal["holm", "benjamini-hochberg", "none"] = param("holm", help="For many comparisons.")
    resamples: int = param(200, help="How often the recorded runs are drawn again.")
    resample_seeds: int = param(10, help="Seeds of each resample.")

    def seal(self) -> Self:
        """Seal it with its jobs, which may be left to recorded traces: what else they say is no part of the id."""
        if self.jobs is None and not self.sealed and all(isinstance(each, Recorded) for each in self.traces):
            from simulator.explore.tasks.traces import common_jobs, read

            self.jobs = common_jobs([read(each) for each in self.traces])
        return super().seal()

    def execute(self) -> pd.DataFrame:
        """Compare, and give the differences from the baseline."""
        from simulator.compare.compare import compare
        from simulator.explore.tasks.traces import read
        from simulator.replay.who import split_pair

        found = compare(
            self.jobs,
            [read(each) for each in self.traces],
            policies=[split_pair(word) for word in self.policies],
            seeds=range(self.n_seeds),
            eta=self.eta,
            beta=self.beta,
            window=self.window,
            recurrences=self.recurrences,
            groups=None if self.groups is None else self.groups.unchanged(),
            baseline=self.baseline,
            smallest_difference=self.smallest_difference,
            confidence=self.confidence,
            correction=self.correction,
            resamples=self.resamples,
            resample_seeds=self.resample_seeds,
        )
        made_of = found.pairs[["job", "gpu", "synthetic", "predicted"]]
        table = found.differences.merge(made_of, on=["job", "gpu"], how="left")
        overall = table["gpu"] == "all"  # rows over several GPUs are made of all traces
        for label in ("synthetic", "predicted"):
            table[label] = table[label].where(~overall, made_of[label].any()).astype(bool)
        return table
