"""The steps of a study: which commands it runs, with which words, and what each is about."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.cli.jobs import choose_jobs
from simulator.cli.options import usual_gpu
from simulator.cli.outputs import FORMAT
from simulator.compare.summary import BASELINE
from simulator.trace.locate import DRIFT
from simulator.trace.read import list_gpus, read_traces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["DOCUMENTS", "SLOWDOWN_PCT", "Asked", "Step", "list_steps"]

#: Policies that are compared if none are named: today's practice, the paper's, and two that most replays get through.
_COMPARED = (BASELINE, "pruning-gts", "unimodal-ucb", "successive-halving")

#: Whose knobs are turned if none are named.
_TURNED = ("pruning-gts",)

#: Policies that meet a drift if none are named: does it help to forget?
_DRIFTING = (BASELINE, "oracle+oracle", "pruning-gts", "pruning-gts:window_size=10", "pruning-gts:window_size=5")

#: How much slower than the fastest configuration is hardly slower [%].
SLOWDOWN_PCT = 10.0

#: The document that each step leaves in the folder of its name, and its format.
DOCUMENTS = {
    "comparison": ("comparison.json", "trace-simulator comparison 1"),
    "front": ("front.json", "trace-simulator front 1"),
    "sensitivity": ("sensitivity.json", "trace-simulator sensitivity 1"),
    "transfer": ("transfer.json", "trace-simulator transfer 1"),
    "groups": ("manifest.json", FORMAT),
    "drift": ("manifest.json", FORMAT),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a study is about, as its user wrote it.

    Parameters
    ----------
    where
        The traces; None: the bundled ones.
    gpu
        GPU to replay on; None: the usual one.
    jobs, policies
        Words for jobs and policies; none: all, or a choice.
    seeds
        Seeds of every step; None: as each step is used to.
    eta
        Energy–time knob η.
    out
        Folder for everything.
    """

    where: str | None
    gpu: str | None
    jobs: tuple[str, ...]
    policies: tuple[str, ...]
    seeds: str | None
    eta: float | None
    out: Path


@dataclass(frozen=True)
class Step:
    """A command that a study runs.

    Parameters
    ----------
    name
        What it is called, and its folder, if it has one.
    asks
        The question that it answers.
    words
        The command, without the program's name.
    worth
        Seconds that it takes on the bundled traces, about: its share of the wait.
    """

    name: str
    asks: str
    words: tuple[str, ...]
    worth: float

    @property
    def command(self) -> str:
        """The command line, as a user would type it."""
        return shlex.join(["simulator", *self.words])


def list_steps(asked: Asked) -> list[Step]:
    """List the commands of a study, in the order in which they run.

    Parameters
    ----------
    asked
        What the study is about.

    Returns
    -------
    list of Step
        Those that the traces have something to say on.

    Raises
    ------
    SimulatorError
        If there are no such traces, GPU or jobs: rather now than after the first steps.
    """
    gpus = list_gpus(asked.where)
    traces = read_traces(asked.where, gpu=usual_gpu(asked.where, asked.gpu))
    chosen = choose_jobs(traces, asked.jobs, {})
    drifts = any(len(traces.table(job).slices) > 1 for job in chosen)
    eta = () if asked.eta is None else ("--eta", f"{asked.eta:g}")
    seeds = () if asked.seeds is None else ("--seeds", asked.seeds)
    traces_too = () if asked.where is None else ("--traces", asked.where)
    jobs = tuple(word for job in asked.jobs for word in ("--job", job))
    here = (*traces_too, *(() if asked.gpu is None else ("--gpu", asked.gpu)), *jobs)
    folder = asked.out.as_posix()

    def step(name: str, asks: str, *words: str, worth: float) -> Step:
        where = folder if name == "replay" else f"{folder}/{name}"
        return Step(name, asks, (*words, "--out", where), worth)

    replayed = _with_baseline(asked.policies)
    steps = [
        step("replay", "What would each policy have cost?", "replay", *here, *_each(replayed), *seeds, *eta,
             worth=8),
    ]  # fmt: skip
    compared = replayed if len(set(asked.policies)) == 1 else asked.policies or _COMPARED
    if len(compared) > 1:
        steps.append(
            step("comparison", "Which is better, and how sure is that?", "compare", *here, *_each(compared), *seeds,
                 *eta, worth=11)
        )  # fmt: skip
    steps.append(
        step("front", "Which configuration takes the least energy, and is hardly slower?", "front", *here,
             "--slowdown", f"{SLOWDOWN_PCT:g}", worth=1)
    )  # fmt: skip
    steps.append(
        step("sensitivity", "How much hangs on the knobs?", "sensitivity", *here, *_each(asked.policies or _TURNED),
             "--knob", "eta", "--knob", "beta", *seeds, *eta, worth=4)
    )  # fmt: skip
    if len(gpus) > 1:
        steps.append(
            step("transfer", "Is what is best on one GPU good on another?", "transfer", *traces_too, *jobs, *eta,
                 worth=1)
        )  # fmt: skip
    if asked.where is None:
        steps.append(
            step("groups", "And where submissions overlap?", "replay", *here, *_each(replayed), *seeds, *eta,
                 "--groups", "bundled", "--no-plots", worth=3)
        )  # fmt: skip
    if asked.where is None or drifts:
        drifting = ("--traces", DRIFT) if asked.where is None else here
        steps.append(
            step("drift", "And where the data drift?", "replay", *drifting, *_each(replayed or _DRIFTING),
                 *(seeds or ("--seeds", "0:100")), *eta, "--no-plots", worth=1)
        )  # fmt: skip
    report = f"{folder}/report.html"
    return [*steps, Step("report", "All of it on one page", ("report", folder, "--out", report), 8)]


def _each(policies: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for policy in policies for word in ("--policy", policy))


def _with_baseline(policies: tuple[str, ...]) -> tuple[str, ...]:
    """Add today's practice to policies that were named: changes are said against it."""
    return tuple(dict.fromkeys((BASELINE, *policies))) if policies else ()
