"""Collections that take seconds: a fake training script, a plan as short as tests can bear, controllers to kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from simulator.collect.plan import Grid, Measure, Plan
from simulator.job import Job

TESTS = Path(__file__).parent
FAKE_JOB = TESTS / "collect" / "fake_job.py"

QUICK = Measure(
    epochs=2,
    warm_up_epochs=1,
    min_window_s=0.5,
    baseline_s=0.1,
    cooldown_s=0.0,
    cooldown_max_s=0.0,
    settle_s=0.3,
    kill_after_s=5.0,
    stall_timeout_s=60.0,
    drift_check=False,
    period_ms=20.0,
)


def a_plan(*, do=(), epoch_s=0.3, batch_sizes=(8, 16), limits=(300, 200), target=0.6, **more):
    """A plan that trains with the fake job; further words are those of the grid, of the measure, and of the plan."""
    grid = {name: more.pop(name) for name in list(more) if name in Grid.__dataclass_fields__}
    measure = {name: more.pop(name) for name in list(more) if name in Measure.__dataclass_fields__}
    command = [sys.executable, str(FAKE_JOB), "{batch_size}", "{seed}", "--epoch", str(epoch_s)]
    command += ["--do", *do] if do else []
    default_bs = 16 if 16 in batch_sizes else batch_sizes[0]
    job = Job("digits", "mlp", "sgd", target, 6, default_bs=default_bs, default_lr=0.1, command=command)
    return Plan(
        job=job,
        from_environment=("learning_rate",),
        grid=Grid(batch_sizes=batch_sizes, power_limits_w=limits, **grid),
        measure=replace(QUICK, **measure),
        **more,
    )


def write_plan(plan, file):
    """Write a plan as a user would."""
    lines = []
    tables = plan.to_dict()
    lines += [f"name = {json.dumps(tables.pop('name'))}"] if tables.get("name") else []
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += [f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in table.items() if value is not None)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
    return json.dumps(value)


def start_controller(plan, out, *options, environment=None, **more):
    """Start a controller in a process of its own, as a user would."""
    out.parent.mkdir(parents=True, exist_ok=True)
    file = write_plan(plan, out.with_suffix(".toml"))
    words = [sys.executable, "-m", "simulator", "collect", str(file), "--out", str(out), "--quiet", *options]
    return subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
        **more,
    )


def wait_for(condition, what, timeout_s=60.0):
    """Wait until something holds, and give what the condition gave."""
    until = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < until, f"waited {timeout_s:g} s in vain for {what}"
        time.sleep(0.02)
    return found


def results(out):
    """What is in the result files, by key."""
    return {file.parent.name: file.read_bytes() for file in out.glob("runs/*/result.json") if ".part" not in str(file)}
