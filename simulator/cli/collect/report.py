"""What ``simulator collect`` says: what it would do, and what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.cells import NONE, number, time
from simulator.cli.told import tell_next
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from simulator.collect.finalize import Finalized
    from simulator.collect.plan import RunSpec
    from simulator.collect.result import Preview

__all__ = ["report", "say_failures", "show_preview"]

#: What the passes are called.
_PASSES = {"epochs": "to the target", "power": "power", "full": "to the target, power"}


def show_preview(preview: Preview, *, as_json: bool) -> None:
    """Print runs that are to be made, and what they may take.

    Parameters
    ----------
    preview
        The runs.
    as_json
        Whether programs read it: a run a line, and a last line with the estimate.
    """
    import json

    import pandas as pd

    from simulator.cli.show import json_lines, say, show
    from simulator.collect.plan.typed import plain

    estimate = preview.estimate
    if as_json:
        runs = [{"key": spec.key, **plain(spec)} for spec in preview.runs]
        for row in runs:
            click.echo(json.dumps(row))
        counts = {"runs": estimate.runs, "made": preview.made, "skipped": preview.skipped, "epochs": estimate.epochs}
        json_lines(pd.DataFrame([{**counts, "time_s": estimate.time_s, "basis": estimate.basis}]))
        return
    unfit = f", {preview.skipped} left out since their batch size does not fit" if preview.skipped else ""
    if not preview.runs:
        all_of = "" if unfit else "all "
        say(f"Nothing is left to be run: {all_of}{preview.made} runs are made{unfit}.")
        return
    show(pd.DataFrame(_grid(preview)))
    say("")
    made = f"{f', {preview.made} made already' if preview.made else ''}{unfit}"
    took, on_top = "", ""
    if estimate.time_s is not None:
        took, on_top = (
            f", about {time(estimate.time_s)}",
            " Starting scripts, and cooling down for longer, come on top.",
        )
    say(f"{estimate.runs} runs{made}; at most {estimate.epochs} epochs{took}. Time: {estimate.basis}.{on_top}")


def _grid(preview: Preview) -> Iterable[dict[str, object]]:
    """Give a row for each pass and batch size."""
    estimate = preview.estimate
    rows: dict[tuple[str, int], list[tuple[RunSpec, int, float]]] = {}
    for run in zip(preview.runs, estimate.of_runs_epochs, estimate.of_runs_s, strict=True):
        rows.setdefault((_PASSES[run[0].kind], run[0].batch_size), []).append(run)
    return [
        {
            "pass": what,
            "batch\nsize": size,
            "learning\nrate": runs[0][0].learning_rate,
            "power limits\n[W]": _listed(spec.power_limit_w for spec, *_ in runs) or "present",
            "seeds": _listed(spec.seed for spec, *_ in runs),
            "slices": _listed(spec.slice for spec, *_ in runs),
            "runs": len(runs),
            "epochs\nat most": sum(epochs for _, epochs, _ in runs),
            "time\nabout": NONE if estimate.time_s is None else time(sum(time_s for *_, time_s in runs)),
        }
        for (what, size), runs in rows.items()
    ]


def _listed(values: Iterable[int | None]) -> str:
    return ",".join(str(value) for value in dict.fromkeys(values) if value is not None)


def report(finalized: Finalized, *, as_json: bool, quiet: bool) -> None:
    """Print what was measured at each batch size, where the traces are, and what to do with them.

    Raises
    ------
    CollectError
        If nothing was measured.
    """
    from simulator.cli.show import json_lines, say, show

    summary = finalized.summary
    if as_json:
        json_lines(summary)
    else:
        table = _for_people(summary)
        empty = [name for name in table if set(table[name]) <= {"", NONE}]
        empty += ["power\nlimits"] if finalized.gpu is None else []
        show(table.drop(columns=empty), title=f"Measured on {finalized.gpu or 'no GPU: times only'}")
        say("")
    if not quiet:
        say(f"Wrote to {finalized.trace.parent}: {', '.join(finalized.files)}", err=True)
    if not summary[["runs", "power_limits"]].any(axis=None):
        raise CollectError("not one run was made to its end; the reasons stand above, and in the folder's runs")
    if finalized.replayable and not as_json:
        tell_next(f"simulator replay --traces {finalized.trace}", quiet=quiet)
    elif not as_json:
        say("These traces cannot be replayed yet: that takes a run to its target, and power at the same batch size.")


def say_failures(failures: Sequence[str]) -> None:
    """Say on stderr how many runs failed, and why the first did.

    Parameters
    ----------
    failures
        Each of them, and why; one or more.
    """
    from simulator.cli.show import say

    many = "1 run failed" if len(failures) == 1 else f"{len(failures)} runs failed, the first of them"
    say(f"{many}: {failures[0]}. What was recorded is kept; --resume --retry-failed makes them again.", err=True)


def _for_people(summary: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "batch\nsize": row["batch_size"],
                "reached\nof runs": f"{row['reached']} of {row['runs']}",
                "epochs\nto target": number(row["epochs_median"]),
                "power\nlimits": row["power_limits"],
                "highest\n[W]": number(row["power_limit_w"]),
                "power there\n[W]": number(row["average_power_w"]),
                "±\n[%]": number(100 * row["uncertainty_share"]),
                "time of\nan epoch": time(row["time_per_epoch_s"]),
                "flags": row["flags"],
                "not measured": row["problems"],
            }
            for row in summary.to_dict("records")
        ]
    )
