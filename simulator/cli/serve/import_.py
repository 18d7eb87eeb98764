"""``simulator serve import``: a live job begins with what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simulator.cli import complete
from simulator.cli.options import as_json, examples, gpu_option, quiet, verbose
from simulator.cli.serve.which import service_of, service_options
from simulator.cli.told import tell

if TYPE_CHECKING:
    from simulator.job import Job
    from simulator.service.trip.warm_start import Imported
    from simulator.trace.traces import Traces

__all__ = ["import_"]

_KNOBS = ("eta", "beta", "seed", "target_metric", "max_epochs", "power_policy", "window_size")


@click.command(
    "import",
    short_help="Begin a live job with recorded runs.",
    epilog=examples(
        ("simulator serve import squad --traces bundled --gpu v100 --register", "register it, and replay it first"),
        ("simulator serve import resnet --traces ./traces --gpu a40", "a job that is registered"),
        ("simulator serve import resnet --runs results/results.parquet --seed 3", "the runs of a replay"),
    ),
)
@click.argument("job_id", metavar="JOB")
@service_options
@click.option(
    "--traces",
    "traces",
    metavar="DIR|NAME",
    shell_complete=complete.traces,
    help="Folder of traces, drift (bundled), or zeus-nsdi23 once fetched; or bundled. The job's policy is replayed.",
)
@gpu_option
@click.option(
    "--recurrences",
    type=click.IntRange(1),
    metavar="N",
    show_default="twice sizes × limits",
    help="How often a job recurs.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A result table, .parquet or .csv, instead of traces.",
)
@click.option("--register", is_flag=True, help="Register the job first, as the traces describe it.")
@click.option(
    "--job",
    "name",
    metavar="NAME",
    shell_complete=complete.jobs,
    help="With --register, which job of the traces: dataset, network, or workload.",
)
@click.option(
    "--policy",
    metavar="NAME",
    show_default="pruning-gts",
    shell_complete=complete.policies,
    help="With --register, who chooses batch sizes; with --runs, which replay.",
)
@click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="With --register, the policy's seed; with --runs, which replay."
)
@click.option(
    "--power-policy",
    metavar="NAME",
    shell_complete=complete.power_policies,
    help="With --register, who chooses power limits, of those recorded.",
)
@click.option(
    "--eta",
    type=click.FloatRange(0, 1),
    metavar="X",
    show_default="0.5",
    help="With --register, the energy–time knob η: 1 counts energy alone, 0 time alone.",
)
@click.option(
    "--beta",
    type=float,
    metavar="X",
    show_default="2",
    help="With --register, stop a run at β times the lowest cost so far; inf: never.",
)
@click.option(
    "--window-size",
    "--window",
    "window_size",
    type=click.IntRange(0),
    metavar="N",
    help="With --register, latest runs that the policy's beliefs rest on; 0: all.",
)
@click.option(
    "--target-metric",
    "--target",
    "target_metric",
    type=float,
    metavar="X",
    help="With --register, the value of the metric that counts as trained, if not that of the traces.",
)
@click.option(
    "--max-epochs",
    type=click.IntRange(1),
    metavar="N",
    help="With --register, epochs after which a run is given up, if not those of the traces.",
)
@as_json
@quiet
@verbose
def import_(
    *,
    job_id: str,
    traces: str | None,
    gpu: str | None,
    recurrences: int | None,
    runs: Path | None,
    register: bool,
    name: str | None,
    policy: str | None,
    as_json: bool,
    quiet: bool,
    database: str | None,
    data: Path | None,
    url: str | None,
    token_file: Path | None,
    **knobs: Any,
) -> None:
    """Enter recorded runs as the first trials of a live job, so that its policy need not begin from nothing.

    With --traces, the job is replayed offline with its own policy, seed and knobs, and the service goes on where the
    replay ends. The same import is entered once, however often it is made.
    """
    from simulator.service.trip.warm_start import import_replay, import_traces

    if (traces is None) == (runs is None):
        raise click.UsageError("say where the runs come from: --traces, or --runs")
    _check(register=register, by_traces=traces is not None, name=name, policy=policy, knobs=knobs)
    service = service_of(database=database, data=data, url=url, token_file=token_file, makes=register)
    if runs is not None:
        done = import_replay(job_id, runs, policy=policy, seed=knobs["seed"], **service)
    else:
        recorded = _read(traces, gpu)
        job = _job(recorded, name, knobs) if register else None
        fields = {field: value for field, value in ({"policy": policy} | knobs).items() if value is not None}
        for of_job in ("target_metric", "max_epochs"):
            fields.pop(of_job, None)
        done = import_traces(
            job_id, recorded, recurrences=recurrences, register=fields if register else None, job=job, **service
        )
    _tell(job_id, done, as_json=as_json, quiet=quiet)


def _check(*, register: bool, by_traces: bool, name: str | None, policy: str | None, knobs: dict[str, Any]) -> None:
    """Refuse options that would do nothing."""
    if register and not by_traces:
        raise click.UsageError(
            "--register goes with --traces: a table of runs does not say which batch sizes a job has"
        )
    given = [field for field in _KNOBS if knobs[field] is not None and not (field == "seed" and not by_traces)]
    given += ["job"] * (name is not None) + ["policy"] * (policy is not None and by_traces)
    if given and not register:
        words = ", ".join(f"--{field.replace('_', '-')}" for field in given)
        raise click.UsageError(f"{words}: a job keeps what it was registered with; add --register to register one")


def _read(where: str | None, gpu: str | None) -> Traces:
    import simulator
    from simulator.cli.options import usual_gpu

    place = None if where == "bundled" else where
    return simulator.read_traces(place, gpu=usual_gpu(place, gpu))


def _job(traces: Traces, name: str | None, knobs: dict[str, Any]) -> Job | None:
    from simulator.cli.jobs import choose_jobs
    from simulator.errors import NotInTraceError

    changes = {field: knobs[field] for field in ("target_metric", "max_epochs") if knobs[field] is not None}
    jobs = choose_jobs(traces, () if name is None else (name,), changes)
    if len(jobs) != 1:
        raise NotInTraceError(f"which job is meant? Say --job: {', '.join(job.dataset for job in jobs)}")
    return jobs[0]


def _tell(job_id: str, done: Imported, *, as_json: bool, quiet: bool) -> None:
    from simulator.cli.show import say

    reached = sum(bool(trial.converged) for trial in done.trials)
    what = f"{len(done.trials)} trials of {job_id}, {reached} of which reached the target"
    text = what if done.is_new else f"{what}; they were entered before, and nothing has changed"
    tell(text, as_json=as_json, job=job_id, trials=len(done.trials), reached=reached, new=done.is_new)
    if done.is_new and not quiet:
        sizes = ", ".join(map(str, sorted({trial.batch_size for trial in done.trials})))
        say(f"Entered as its trials {done.trials[0].number} to {done.trials[-1].number}, batch sizes {sizes}", err=True)
