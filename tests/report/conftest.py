"""Small results of every kind, and the page that shows them: made once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from click.testing import CliRunner

import simulator
from simulator.cli import main
from simulator.job import Job

if TYPE_CHECKING:
    from pathlib import Path

#: A name that a plug-in may give its policy, and a data set whose name is no better.
HOSTILE = "<script>document.title='broken'</script>\"'&amp;$\\frac{ü}✓"

#: A sweep of two rows.
PLAN = """
import simulator
from simulator.explore import product, tag

def explorer(launcher):
    job = simulator.read_traces(gpu="v100").jobs[0]
    of_job = launcher.bind(job=job, traces="@v100", recurrences=4)
    of_job(product(policy=[tag("default"), tag("ucb")], seed=range(2)))
"""

POLICIES = ("-p", "default+full", "-p", "pruning-gts", "-p", "unimodal-ucb")
JOBS = ("-j", "squad", "-j", "cifar100")


def ran(*words: object) -> None:
    """Run the program, which must succeed."""
    done = CliRunner().invoke(main, [*map(str, words), "-q"], catch_exceptions=False)
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> Path:
    """A folder with a replay, a comparison, knobs, moves between GPUs, prices, and submissions that overlap."""
    folder = tmp_path_factory.mktemp("report") / "results"
    ran("replay", *JOBS, *POLICIES, "--seeds", "0:3", "--recurrences", 12, "--no-plots", "--out", folder)
    few = ("--seeds", "0:3", "--recurrences", 8)
    some = ("--resamples", 4, "--resample-seeds", 2)
    ran("compare", *JOBS, "--gpu", "v100", "--gpu", "a40", *POLICIES, *few, *some, "--out", folder / "comparison")
    knobs = ("--knob", "eta=0,1", "--knob", "beta=1.5,inf")
    ran("sensitivity", "-j", "squad", "-p", "pruning-gts", *knobs, *few, "--out", folder / "sensitivity")
    ran("transfer", "-j", "squad", "--out", folder / "transfer")
    ran("price", folder, "--tariff", "example-price", "--shift", "--out", folder / "price")
    groups = ("--groups", "bundled", "--seeds", "0", "--no-plots")
    ran("replay", "-j", "squad", *POLICIES[:4], *groups, "--out", folder / "groups")
    plan = tmp_path_factory.mktemp("plan") / "small.py"
    plan.write_text(PLAN, encoding="utf-8")
    ran("grid", "run", plan, "--on", "inline", "--folder", folder / "sweep")
    return folder


@pytest.fixture(scope="session")
def written(results, tmp_path_factory) -> Any:
    """The report on all of it."""
    return simulator.report(results, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="session")
def hostile(results, tmp_path_factory) -> Path:
    """A report on a job and a policy whose names are markup."""
    table = pd.read_parquet(results / "results.parquet")
    squad = table["job"].str.contains("squad")
    about = [made for made in table.attrs["manifest"]["replays"] if made["job"]["dataset"] == "squad"]
    about = json.loads(json.dumps(about).replace('"pruning-gts"', json.dumps(HOSTILE)))
    about = [{**made, "job": {**made["job"], "dataset": HOSTILE}} for made in about]
    job = str(Job(**about[0]["job"]))
    changed = table.loc[squad].assign(job=job, policy=table["policy"].replace("pruning-gts", HOSTILE))
    changed.attrs = {"manifest": {"replays": about}, "failures": [_broken(job)]}
    folder = tmp_path_factory.mktemp("hostile") / "results"
    folder.mkdir()
    changed.to_parquet(folder / "results.parquet")
    configurations = pd.read_parquet(results / "configurations.parquet")
    ours = configurations.loc[configurations["job"].str.contains("squad")].assign(job=job)
    ours.to_parquet(folder / "configurations.parquet")
    from simulator.cli.outputs import as_document

    document = as_document(about, files=[], failures=changed.attrs["failures"])
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    return simulator.report(folder, folder / "report.html", title=HOSTILE).path


def _broken(job: str) -> dict[str, Any]:
    return {"policy": HOSTILE, "job": job, "gpu": "v100", "seed": 99, "error": f"{HOSTILE} got lost"}
