"""The screenful that `simulator study` ends with."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import simulator
from simulator.cli.outputs import write_tables
from simulator.cli.study_report import report
from simulator.compare import combine, every_configuration, summarize

POLICIES = ("default+full", "pruning-gts", "gts")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What the steps of a study leave: two jobs under three policies, one of which loses seeds."""
    out = tmp_path_factory.mktemp("made")
    traces = simulator.read_traces(gpu="v100")
    jobs = tuple(job for job in traces.jobs if job.dataset in ("squad", "movielens-1m"))
    results = [
        simulator.replay(job, traces, policy=policy, power_policy=power or "jit", seeds=range(6, 9), on_failure="keep")
        for job in jobs
        for policy, _, power in (name.partition("+") for name in POLICIES)
    ]
    table = combine(results)
    write_tables(table, summarize(table), every_configuration(jobs, traces, eta=0.5), out, others=[])
    policies = [("default", "full"), ("pruning-gts", "jit")]
    few = dataclasses.replace(traces, jobs=jobs)
    found = simulator.compare(None, few, policies=policies, seeds=range(4), resamples=4, resample_seeds=2)
    found.save(out / "comparison")
    return out, found


def rows_of(text):
    """Rows of tables by their first word, each as the list of its other words."""
    return {words[0]: words[1:] for words in map(str.split, text.splitlines()) if words}


def test_each_job_has_the_numbers_of_the_comparison(made, capsys):
    """What a recurrence of the baseline takes, the change in cost with its interval, and the verdict; and all jobs."""
    out, found = made
    report(out, done=["replay", "comparison"])
    rows = rows_of(capsys.readouterr().out)
    costs = found.differences.query("measure == 'cost'").set_index("job")
    for (job, row), name in zip(costs.iterrows(), ("squad", "movielens-1m", "all"), strict=True):
        said = rows[name]
        assert said[-1] == row["verdict"].split()[-1], job
        assert row["difference_pct"] == pytest.approx(float(next(x for x in said if x.endswith("%"))[:-1]), abs=0.51)
        low, high = next(x for x in said if "…" in x).split("…")
        assert (row["low_pct"], row["high_pct"]) == (
            pytest.approx(float(low), abs=0.51),
            pytest.approx(float(high), abs=0.51),
        )
    baseline = found.replays.query("policy == 'default+full' and resample == 0").groupby("job")
    for (job, of_job), name in zip(baseline, ("movielens-1m", "squad"), strict=True):
        recurrences = found.pairs.set_index("job").loc[job, "recurrences"]
        energy, time = (of_job[column].mean() / recurrences for column in ("energy_j", "time_s"))
        sizes = {"kJ": 1e3, "MJ": 1e6, "s": 1.0, "min": 60.0}
        said = rows[name]
        assert float(said[0]) * sizes[said[1]] == pytest.approx(energy, rel=0.01)
        assert float(said[2]) * sizes[said[3]] == pytest.approx(time, rel=0.01)


def test_without_a_comparison_the_replay_speaks(made, capsys):
    """No verdicts then; who lost seeds has no change, and a line says why."""
    out, _ = made
    report(out, done=["replay"])
    text = capsys.readouterr().out
    assert text.startswith("What a recurrence costs on v100 – SYNTHETIC traces")
    summary = pd.read_csv(out / "summary.csv").set_index(["job", "policy"])["cost_change_pct"]
    squad = next(job for job, _ in summary.index if "squad" in job)
    assert rows_of(text)["squad"][-2:] == [f"{summary[squad, name]:+.1f}%" for name in ("pruning-gts", "gts")]
    assert rows_of(text)["movielens-1m"][-1] == "–"
    assert "Did not get through, and not in any Δ: gts on movielens-1m (1 of 3 seeds)." in text


@pytest.mark.parametrize(("columns", "tables"), [("200", 1), ("40", 2)])
def test_policies_that_do_not_fit_side_by_side_follow_below(made, capsys, monkeypatch, columns, tables):
    """Each table begins with job and baseline; none is wider than it must be."""
    out, _ = made
    monkeypatch.setenv("COLUMNS", columns)
    report(out, done=["replay"])
    assert sum(line.startswith("squad") for line in capsys.readouterr().out.splitlines()) == tables
