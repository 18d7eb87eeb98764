"""A cell that is one replay: what a job would have cost with a policy, for one seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from simulator.explore.config import File, Recorded, Task, param
from simulator.job import Job  # noqa: TC001  (the types of fields are looked up)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence
    from typing import Self

__all__ = ["Replay"]


class Replay(Task):
    """One replay: what a job would have cost with a policy, for one seed; see `simulator.replay`.

    Cells of a chunk that differ in seed, eta, beta and window alone are one call of the engine; each has the result
    that it would have alone, to the last bit. A replay that breaks off since its job does not reach the target is a
    result with ``failed``, for it would do so every time; ``on_failure="raise"`` makes it a cell that failed.

    The result of ``detail="replays"`` is one row: policy, job, gpu, seed, recurrences, runs, retries, early_stops,
    energy_j [J], time_s [s], cost [J], late_energy_j, late_time_s, late_cost, recurrences_to_oracle, failed
    (`simulator.replay.frames.REPLAY_COLUMNS`); with groups of submissions the sums over all of them, without the late
    ones and recurrences_to_oracle. That of ``detail="runs"`` is a row a run (`simulator.replay.frames.COLUMNS`).
    Besides: synthetic, predicted (what the traces were), failed, and error, which says why.

    Examples
    --------
    >>> from simulator.explore import Recorded, Replay
    >>> traces = Recorded("@v100")  # the bundled ones
    >>> cell = Replay(job=traces.read().jobs[0], traces=traces, policy="pruning-gts", eta=0.3, recurrences=10)
    >>> cell.execute()["synthetic"]
    True
    """

    job: Job | None = param(None, help="The job; None: the only one that the traces come with.")
    traces: Recorded | Task = param(help="What was recorded on one GPU, or a task that records it.")
    policy: str = param("default", help="Who chooses batch sizes; see `simulator policies`.")
    power_policy: str = param("jit", help="Who chooses power limits.")
    eta: float = param(0.5, help="1 counts energy alone, 0 counts time alone.")
    beta: float = param(2.0, help="A run may cost this many times the lowest cost so far.")
    window: int = param(0, help="Latest runs that beliefs rest on; 0: all.")
    recurrences: int | None = param(None, help="How often the job recurs; None: as often as the traces suggest.")
    groups: File | None = param(None, help="Submissions that may overlap, as a table.")
    draws: Literal["published", "keyed"] = param(
        "keyed", help="keyed: all policies meet the same luck; published: the published simulator's stream."
    )
    on_failure: Literal["keep", "raise"] = param("keep", help="Whether a replay that breaks off is a result.")
    detail: Literal["replays", "runs"] = param("replays", help="One row, or one row a run.")
    seed: int = param(0, repetition=True, help="Seeds both the path draws and the policy.")

    def seal(self) -> Self:
        """Seal it with its job, which may be left to recorded traces: what else they say is no part of the id."""
        if self.job is None and not self.sealed and isinstance(self.traces, Recorded):
            from simulator.explore.tasks.traces import only_job

            self.job = only_job(self.traces.read())
        return super().seal()

    def batch_key(self) -> Hashable:
        """Everything but seed, eta, beta and window: cells in which it is equal are replayed in one call."""
        differing = {"seed", "eta", "beta", "window"}
        common = self.plain()["fields"]
        return type(self), *(repr(value) for name, value in common.items() if name not in differing)

    def execute(self) -> Any:
        """Replay this cell alone."""
        (result,) = self.execute_many([self])
        if isinstance(result, Exception):
            raise result
        return result

    @classmethod
    def execute_many(cls, cells: Sequence[Replay]) -> Iterator[Any]:
        """Replay cells, in as few calls of the engine as they make.

        Parameters
        ----------
        cells
            Cells with the same `batch_key`.

        Yields
        ------
        dict, pandas.DataFrame or Exception
            The result of each in their order, or why it has none.
        """
        from simulator.explore.tasks.calls import gather
        from simulator.explore.tasks.play import play
        from simulator.explore.tasks.traces import only_job, read

        first = cells[0]
        traces = read(first.traces)
        job = only_job(traces) if first.job is None else first.job
        calls = {(knobs, seed): call for call in gather(cells) for knobs in call.knobs for seed in call.seeds}
        found: dict[Any, Any] = {}
        for cell in cells:
            key = ((cell.eta, cell.beta, cell.window), cell.seed)
            if key not in found:
                found |= play(calls[key], first, job, traces)
            yield found.pop(key)
