"""``simulator trace describe``: what can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, gpu_option, usual_gpu, verbose, where_argument

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["describe"]


@click.command(
    short_help="Say what traces hold.",
    epilog=examples(
        ("simulator trace describe", "the bundled traces"),
        ("simulator trace describe zeus-nsdi23 --gpu a40", "fetched ones, on another GPU"),
    ),
)
@where_argument
@gpu_option
@as_json
@verbose
def describe(*, where: str | None, gpu: str | None, as_json: bool) -> None:
    """Say what traces hold: workloads, targets, batch sizes, power limits, epochs to target.

    DIR is a directory of traces, NAME is zeus-nsdi23 once fetched; nothing means the bundled SYNTHETIC traces.
    """
    from simulator.cli.show import json_lines, say, show
    from simulator.trace.describe import describe as described
    from simulator.trace.describe import holds_predictions, kind
    from simulator.trace.read import list_gpus, read_traces

    traces = read_traces(where, gpu=usual_gpu(where, gpu))
    table, predicted = described(traces), holds_predictions(traces)
    if as_json:
        json_lines(table.assign(gpu=traces.gpu, synthetic=traces.synthetic, predicted=predicted))
        return
    what = kind(predicted=predicted, synthetic=traces.synthetic)
    gpus = ", ".join(list_gpus(where))
    show(
        _spans(table),
        title=f"{traces.name} on {traces.gpu}" + (f" – {what}" if what else ""),
        caption=f"GPUs there: {gpus}",
    )
    say("Jobs: " + ("; ".join(map(str, traces.jobs)) or "none; see simulator replay --help, --target-metric"))


def _spans(table: pd.DataFrame) -> pd.DataFrame:
    """Put smallest and largest into one column each, so that a row fits a terminal."""

    def span(low: str, high: str) -> pd.Series:
        return table[low].map("{:g}".format) + "…" + table[high].map("{:g}".format)

    workload = table["dataset"] + ", " + table["network"] + ", " + table["optimizer"]
    sizes = table["batch_sizes"].astype(str) + ": " + span("smallest_batch_size", "largest_batch_size")
    limits = table["power_limits"].astype(str) + ": " + span("smallest_power_limit_w", "largest_power_limit_w")
    return workload.to_frame("workload").assign(
        **{
            "target": table["target_metric"],
            "batch sizes": sizes,
            "limits [W]": limits,
            "runs": table["runs"],
            "reached": table["share_reached"].map("{:.0%}".format),
            "epochs": span("epochs_min", "epochs_max").replace("nan…nan", "–"),
        }
    )
