"""Collections that nobody ran: plans and results with a truth that is known."""

from __future__ import annotations

import random
from dataclasses import replace

from simulator.collect.plan import Grid, Measure, Plan
from simulator.collect.result import (
    EpochResult,
    Manifest,
    RunResult,
    WindowResult,
    fresh_directory,
    write_manifest,
    write_result,
)
from simulator.job import Job

UUID = "GPU-00000000-1111-2222-3333-444444444444"
COMMAND = ["python", "train.py", "{batch_size}", "{learning_rate}", "{seed}", "{epochs}"]


def a_job(**changes):
    """A small job with a command."""
    job = Job("digits", "mlp", "sgd", 0.9, 6, default_bs=16, default_lr=0.1, command=COMMAND)
    return replace(job, **changes)


def a_plan(*, job=None, measure=None, batch_sizes=(8, 16), power_limits_w=(300, 200), seeds=(0, 1), **more):
    """A small plan; what is not named is as usual."""
    grid = {name: more.pop(name) for name in list(more) if name in Grid.__dataclass_fields__}
    return Plan(
        job=job or a_job(),
        grid=Grid(batch_sizes=batch_sizes, power_limits_w=power_limits_w, seeds=seeds, **grid),
        measure=measure or Measure(),
        **more,
    )


def epoch_time_s(batch_size, limit_w):
    """True time of an epoch: numbers that binary fractions hold."""
    return 512 / batch_size + 64 / (limit_w or 256)


def power_w(batch_size, limit_w):
    """True power."""
    return 0.75 * (limit_w or 256) + batch_size / 16


def accuracy(batch_size, seed, epoch):
    """What a run reports after an epoch: size 8 with seed 1 never gets there."""
    return 0.5 if (batch_size, seed) == (8, 1) else min(0.99, 0.6 + 0.1 * epoch + 0.02 * seed)


def a_window(spec, *, epochs=1, start_s=0.0, **changes):
    """A window of the true time and energy."""
    time_s = epochs * epoch_time_s(spec.batch_size, spec.power_limit_w)
    energy_j = time_s * power_w(spec.batch_size, spec.power_limit_w)
    values = {"time_s": time_s, "energy_j": energy_j, "uncertainty_j": energy_j / 256, "source": "counter"}
    start_ns = round(1e9 * start_s)
    ends = {"start_ns": start_ns, "end_ns": start_ns + round(1e9 * time_s)}
    return WindowResult(epochs=epochs, **{**values, **ends, **changes})


def a_result(spec, *, window=None, **changes):
    """What a run comes to if all goes well."""
    last = spec.epochs if spec.kind != "power" else 4
    time_s = epoch_time_s(spec.batch_size, spec.power_limit_w)
    epochs = [
        EpochResult(
            number=n,
            time_s=time_s,
            metrics={"accuracy": accuracy(spec.batch_size, spec.seed, n), "loss": 1 / n},
            whole=a_window(spec, start_s=(n - 1) * time_s),
        )
        for n in range(1, last + 1)
    ]
    limit = spec.power_limit_w
    window = window or a_window(spec, epochs=last - 1, start_s=time_s)
    values = {"status": "done", "epochs": tuple(epochs), "window": window, "whole_window": window}
    limits = {"requested_mw": limit and 1000 * limit, "enforced_mw": limit and 1000 * limit}
    return RunResult(spec=spec, **{**values, **limits, "num_gpus": len(spec.gpu_uuids), **changes})


def collect_into(out, plan, *, change=lambda result: result, order_seed=0, gpus=("NVIDIA A100-SXM4-80GB",), **asked):
    """Leave what a collection leaves, runs made in some order; ``change`` may change a result, or drop it (None)."""
    uuids = [f"{UUID[:-1]}{at}" for at in range(len(gpus))]
    specs = plan.runs(uuids, no_gpu=not gpus, **asked)
    named = tuple({"uuid": uuid, "name": name} for uuid, name in zip(uuids, gpus, strict=True))
    write_manifest(out, Manifest(plan=plan, runs=specs, gpus=named, metadata={"driver": "1"}))
    for spec in random.Random(order_seed).sample(specs, len(specs)):
        if result := change(a_result(spec)):
            write_result(fresh_directory(out, spec), result)
    return specs
