"""A cell that is one collection: a training script measured on GPUs, and traces made of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from simulator.errors import CollectError, NvmlMissingError
from simulator.explore.config import File, Recorded, Task, param
from simulator.explore.tokens import Token

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    import pandas as pd

__all__ = ["Collect"]

#: Exit codes of ``simulator collect``: without a GPU, and of a command that was stopped.
_NO_GPU, _STOPPED = 3, (130, 143, -2, -15)


class Collect(Task):
    """One collection: ``simulator collect`` measures a training script on GPUs, and makes traces of it.

    It runs in the cell's own folder, and goes on there after a kill: runs that were finished are not made again, and
    those that failed are, once the cell is retried. While it runs it holds a token of each of its GPUs, so that
    collections on different GPUs run side by side, and never two on one. The plan is known by its content; so are the
    files named as scripts, whose edits make the collection another one. A command or folder that the plan names is
    looked for from where the plan lies.

    The result is a row for each recorded run and target (``table`` is ``"train"``) and one for each batch size and
    power limit (``"power"``, or ``"times"`` without a GPU), as in ``tables/`` of the collection; ``synthetic`` says
    whether the GPU was a simulated one. A task that has this one as its traces replays them:
    ``Replay(traces=collect)``.
    """

    #: A measurement is never the same twice, so none is made again to see whether it is.
    REPEATABLE: ClassVar[bool] = False

    plan: File = param(help="What to run, as for `simulator collect`.")
    gpus: tuple[str, ...] = param((), help="UUIDs of the GPUs; none: those visible.")
    scripts: tuple[File, ...] = param((), help="Files whose content decides what is measured, such as the script.")
    observe: bool = param(False, help="Leave the power limit as it is, and measure at it.")
    no_gpu: bool = param(False, help="Record times only.")
    full: bool = param(False, help="To the target at every power limit, not a few epochs.")

    def seal(self) -> Self:
        """Seal it, with a token of each of its GPUs."""
        if not self.sealed:
            held = {use.token for use in self.tokens}  # those of a collection that this is a copy of
            wanted = [Token(name, 1) for name in self._gpu_names()]
            self.add_dependencies(*(token.dependency() for token in wanted if token not in held))
        return super().seal()

    def execute(self) -> pd.DataFrame:
        """Run the collection to its end.

        Raises
        ------
        CollectError
            If a run failed, or nothing could be measured.
        NvmlMissingError
            If there is no GPU.
        """
        from simulator.explore.tasks.child import run_child

        for file in (self.plan, *self.scripts):
            file.unchanged()
        flags = {"--observe": self.observe, "--no-gpu": self.no_gpu, "--full": self.full}
        words = [sys.executable, "-m", "simulator", "collect", str(self.plan.path), "--out", str(self._out)]
        words += ["--resume", "--retry-failed", "--quiet", *(flag for flag, wanted in flags.items() if wanted)]
        log = self.jobpath / "collect.log"
        begin = log.stat().st_size if log.exists() else 0
        code = run_child(words, log=log, environment={"CUDA_VISIBLE_DEVICES": ",".join(self.gpus)} if self.gpus else {})
        if code:
            raise _refusal(code, _last_line(log, begin), log)
        return self._rows()

    def recorded(self) -> Recorded:
        """Give the traces that the collection made to those who replay them."""
        return Recorded(self._out / "trace")

    @property
    def _out(self) -> Path:
        return self.jobpath / "collected"

    def _gpu_names(self) -> list[str]:
        if self.no_gpu:
            return []
        return [f"GPU {gpu}" for gpu in sorted(set(self.gpus))] or ["GPUs that are visible"]

    def _rows(self) -> pd.DataFrame:
        import json

        import pandas as pd

        about = json.loads((self._out / "trace" / "trace.json").read_text(encoding="utf-8"))
        files = sorted(self._out.glob("tables/*.parquet"))
        kinds = {file: file.stem.partition("_")[0] for file in files}
        parts = [
            pd.read_parquet(file).assign(table=kind)
            for file, kind in kinds.items()
            if kind in ("train", "power", "times")
        ]
        return pd.concat(parts, ignore_index=True).assign(
            synthetic=bool(about.get("synthetic", False)), predicted=False
        )


def _refusal(code: int, said: str, log: Path) -> CollectError:
    """Say what an exit code of ``simulator collect`` means."""
    if code == _NO_GPU:
        return NvmlMissingError(said or "no GPU")
    if code in _STOPPED:
        return CollectError(f"simulator collect was stopped from outside; a retry goes on where it was. See {log}")
    if code < 0:
        return CollectError(f"simulator collect was killed by signal {-code}; a retry goes on where it was. See {log}")
    return CollectError(f"simulator collect ended with exit code {code}: {said or 'it said nothing'}; see {log}")


def _last_line(log: Path, begin: int) -> str:
    """Find the last thing that a command said since a place in its log."""
    with log.open("rb") as file:
        file.seek(begin)
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return said.removeprefix("error: ")
