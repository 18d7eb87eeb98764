"""The verb: jobs, traces and policies in, a comparison out."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator import Job
from simulator.compare import Comparison, compare, summarize
from simulator.errors import NotInTraceError, PolicyError, ReplayError, UnknownPolicyError
from simulator.trace.clairvoyant import clairvoyant_cost
from simulator.trace.expected import expected_cost

SMALL = {"seeds": range(6), "resamples": 4, "resample_seeds": 3, "recurrences": 8}


@pytest.fixture(scope="module")
def found():
    """Three policies on a small trace."""
    return compare(JOB, TRACES, policies=["default+full", "default", "random"], **SMALL)


def test_amounts_are_those_of_the_replays(found):
    """Means over seeds, and shares of configurations: as the result tables have them."""
    asked = {"policy": "random", "seeds": range(6), "recurrences": 8, "draws": "keyed"}
    rows = simulator.replay(JOB, TRACES, **asked, detail="replays")
    mine = found.policies.query("policy == 'random' and statistic == 'mean'").set_index("measure")["estimate"]
    for measure in ("cost", "energy_j", "time_s", "retries", "early_stops"):
        assert mine[measure] == pytest.approx(rows[measure].mean())
    assert mine["early_stops"] > 0
    shares = found.shares.query("policy == 'random'").set_index(["batch_size", "power_limit_w"])
    runs = simulator.replay(JOB, TRACES, **asked)
    assert shares["runs"].to_dict() == runs.groupby(["batch_size", "power_limit_w"]).size().to_dict()
    assert shares["share"].sum() == pytest.approx(1)


def test_regret_is_what_hindsight_would_have_saved(found):
    """Against the best fixed configuration, and against one who knows the luck of each recurrence."""
    table = TRACES.table(JOB)
    rows = found.policies.query("policy == 'random'").set_index(["measure", "statistic"])["estimate"]
    for statistic in ("mean", "median", "iqm"):
        spent = rows["cost", statistic]
        assert rows["oracle_regret", statistic] == pytest.approx(spent - 8 * expected_cost(table, eta=0.5).min())
        assert rows["clairvoyant_regret", statistic] == pytest.approx(spent - 8 * clairvoyant_cost(table, eta=0.5))


def test_recurrences_to_the_oracle():
    """None for the oracle itself; all of them for one that never runs what costs about as little."""
    found = compare(JOB, TRACES, policies=["oracle+oracle", "default+full"], eta=1, **SMALL)
    rows = found.policies.query("measure == 'recurrences_to_oracle'").set_index(["policy", "statistic"])["estimate"]
    for statistic in ("mean", "median", "iqm"):
        assert rows["oracle+oracle", statistic] == 0
        assert rows["default+full", statistic] == 8


def test_differences_are_ratios_of_mean_costs(found):
    """Of the policy and the baseline, default+full where it is there; relative, in percent."""
    means = found.policies.query("statistic == 'mean' and measure == 'energy_j'").set_index("policy")["estimate"]
    rows = found.differences.query("measure == 'energy_j'").set_index("policy")
    assert rows.index.tolist() == ["default", "random"]
    assert (rows["baseline"] == "default+full").all()
    for policy in ("default", "random"):
        expected = 100 * (means[policy] / means["default+full"] - 1)
        assert rows.loc[policy, "difference_pct"] == pytest.approx(expected)
    assert (rows["low_pct"] <= rows["difference_pct"]).all()
    assert (rows["difference_pct"] <= rows["high_pct"]).all()


def test_the_recorded_runs_widen_the_interval():
    """With two runs recorded, luck has decided more than seeds can tell."""
    traces = make_traces({16: [4.0, 12.0], 32: [9.0, 15.0]})
    policies = {"first": lambda: Fixed(16), "second": lambda: Fixed(32)}
    settings = {"seeds": range(30), "recurrences": 10, "beta": np.inf, "baseline": "first"}
    widths = {}
    for resamples in (0, 60):
        found = compare(JOB, traces, policies=list(map(_named, policies, policies.values())), resamples=resamples,
                        **settings)  # fmt: skip
        row = found.differences.query("measure == 'cost'").iloc[0]
        widths[resamples] = row["high_pct"] - row["low_pct"]
        assert any("seeds alone" in line for line in found.caveats()) == (resamples == 0)
    assert widths[60] > 5 * widths[0]


def _named(name, make):
    make.__name__ = name
    return make


def test_policies_meet_the_same_luck():
    """Two policies that do the same differ in no replay, on no resample: not even by chance."""
    twins = [_named(name, lambda: Fixed(16)) for name in ("one", "other")]
    found = compare(JOB, TRACES, policies=twins, **SMALL)
    assert found.baseline == "one"
    assert (found.differences[["difference_pct", "low_pct", "high_pct"]] == 0).all(axis=None)
    assert (found.differences["verdict"] == "equivalent").all()
    assert (found.differences["p_better"] == 0.5).all()


def test_the_same_arguments_find_the_same():
    """Nothing is random beyond the seeds; others find something else."""
    first, again = (compare(JOB, TRACES, policies=["default", "random"], **SMALL) for _ in range(2))
    assert first.differences.equals(again.differences)
    assert first.replays.equals(again.replays)
    other = compare(JOB, TRACES, policies=["default", "random"], **{**SMALL, "seeds": range(6, 12)})
    assert not first.differences.equals(other.differences)


def test_no_two_worlds_share_a_seed(found):
    """Otherwise their luck would be counted once and taken off twice."""
    seeds = found.replays.query("policy == 'random'")["seed"]
    assert seeds.is_unique
    assert len(seeds) == 6 + 4 * 3


def test_several_jobs_and_gpus_are_compared_together():
    """One row for each, and one for all: the mean of logarithms over the GPUs of each job, then over jobs."""
    gpus = [make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]}, limits=limits) for limits in ((100, 200), (150, 250))]
    object.__setattr__(gpus[1], "gpu", "a40")
    jobs = [JOB, Job("d", "n", "adam", 0.5, 20, default_bs=8)]
    found = compare(jobs, gpus, policies=["default+full", "random"], **SMALL)
    costs = found.differences.query("measure == 'cost'")
    assert costs["job"].tolist() == [str(JOB), str(JOB), str(jobs[1]), str(jobs[1]), "all"]
    assert costs["gpu"].tolist() == ["v100", "a40", "v100", "a40", "all"]
    logarithms = np.log1p(costs["difference_pct"] / 100)
    assert logarithms.iloc[-1] == pytest.approx(logarithms.iloc[:-1].mean())
    assert len(found.pairs) == 4
    assert (costs["p_corrected"] >= costs["p_value"]).all()
    widths = (costs["high_pct"] - costs["low_pct"]).to_numpy()
    assert widths[-1] < widths[:-1].max()


def test_no_jobs_means_those_of_each_gpu():
    """Whose default batch sizes may differ; a workload counts once however many GPUs it ran on."""
    gpus = [make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]}) for _ in range(2)]
    jobs = [JOB, Job("d", "n", "adam", 0.5, 20, default_bs=8)]
    for gpu, traces, job in zip(("v100", "a40"), gpus, jobs, strict=True):
        object.__setattr__(traces, "gpu", gpu)
        object.__setattr__(traces, "jobs", (job,))
    found = compare(None, gpus, policies=["default+full", "random"], **SMALL)
    assert found.pairs[["job", "gpu"]].values.tolist() == [[str(jobs[0]), "v100"], [str(jobs[1]), "a40"]]
    assert " on d, v100: " in found.verdicts()[0]
    assert " on 1 job, 2 GPUs: " in found.verdicts()[2]
    with pytest.raises(ReplayError, match="if they come with none"):
        compare(None, TRACES, policies=["default+full", "random"], **SMALL)


def test_groups_are_replayed_as_they_overlap():
    """A replay is that of all groups; the oracle's recurrences are scaled as the submissions are."""
    found = compare(JOB, TRACES, policies=["default+full", "random"], groups=make_groups(),
                    seeds=range(3), resamples=2, resample_seeds=2)  # fmt: skip
    assert found.pairs["recurrences"].tolist() == [5]
    assert " on d, v100 (submissions that overlap): " in found.verdicts()[0]
    runs = simulator.replay(JOB, TRACES, policy="random", seeds=range(3), groups=make_groups(), draws="keyed")
    mine = found.policies.query("policy == 'random' and statistic == 'mean'").set_index("measure")["estimate"]
    assert mine["energy_j"] == pytest.approx(runs.groupby("seed")["energy_j"].sum().mean())
    ratios = make_groups()["runtime_ratio"].sum()
    oracle = ratios * expected_cost(TRACES.table(JOB), eta=0.5).min()
    assert mine["oracle_regret"] == pytest.approx(mine["cost"] - oracle)


def test_a_policy_that_breaks_off_more_often_is_not_called_better():
    """What is left of its replays are the cheap ones; the table says how many broke off."""
    traces = make_traces({8: [1.0, 1.0, 1.0, np.nan], 16: [6.0, 7.0]})
    policies = [_named("lucky", lambda: Fixed(8)), "default"]
    found = compare(JOB, traces, policies=policies, baseline="default", seeds=range(12), resamples=6,
                    resample_seeds=4, recurrences=2)  # fmt: skip
    rows = found.differences.query("measure == 'cost'")
    assert rows["difference_pct"].item() < -10
    assert 0 < rows["failed_pct"].item() < 100
    assert rows["verdict"].item() == "cannot tell"
    assert any("broke off" in line for line in found.caveats())
    assert {failure["policy"] for failure in found.failures} == {"lucky"}
    assert f"({rows['failed_pct'].item():.2g} % of lucky broke off): cannot tell" in found.verdicts()[0]
    opposite = found.against("lucky").query("measure == 'cost'")
    assert opposite["verdict"].item() == "cannot tell"


def test_nothing_is_known_of_a_policy_that_always_breaks_off():
    """NaN and «cannot tell», and no warning of numpy's."""
    traces = make_traces({8: [np.nan], 16: [6.0, 7.0]})
    found = compare(JOB, traces, policies=["default", _named("hopeless", lambda: Fixed(8))], **SMALL)
    assert found.differences["difference_pct"].isna().all()
    assert (found.differences["verdict"] == "cannot tell").all()
    assert found.policies.query("policy == 'hopeless'")["estimate"].isna().all()
    assert "cannot be compared" in found.verdicts()[0]


def test_sizes_recorded_once_are_named():
    """Their part of chance is unknown, so that intervals may be too narrow."""
    traces = make_traces({8: [4.0], 16: [6.0, 7.0], 32: [9.0]})
    found = compare(JOB, traces, policies=["default", "random"], **SMALL)
    assert found.pairs[["single_run_sizes", "which_single"]].iloc[0].tolist() == [2, "8, 32"]
    assert (found.differences["single_run_sizes"] == 2).all()
    assert any("one recorded run: d, v100: 8, 32" in line for line in found.caveats())


def test_progress_counts_replays():
    """Rising to how many there are, which is known from the start."""
    seen = []
    compare(
        JOB, TRACES, policies=["default", "random"], progress=lambda done, total: seen.append((done, total)), **SMALL
    )
    assert seen[-1] == (36, 36)
    assert {total for _, total in seen} == {36}
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"policies": ["default"]}, ReplayError, "two at least"),
        ({"policies": "default"}, ReplayError, "two at least"),
        ({"policies": ["default", "default+jit"]}, ReplayError, "'default'; name each once"),
        ({"policies": ["default", "defautl"]}, UnknownPolicyError, "did you mean 'default'"),
        ({"policies": ["default", 3]}, PolicyError, "neither"),
        ({"baseline": "default+full"}, UnknownPolicyError, "not among the policies compared: default, random"),
        ({"seeds": 3}, ReplayError, "from two on"),
        ({"seeds": [1, 1]}, ReplayError, "twice"),
        ({"resamples": 1}, ReplayError, "two worlds"),
        ({"resamples": -2}, ReplayError, "resamples is -2"),
        ({"resample_seeds": 1}, ReplayError, "resample_seeds is 1"),
        ({"confidence": 1}, ReplayError, "confidence is 1.0; it is a share, above 0"),
        ({"smallest_difference": 1.5}, ReplayError, "smallest_difference is 1.5"),
        ({"correction": "bonferroni"}, ReplayError, "'holm', 'benjamini-hochberg', 'none'"),
        ({"window": 3}, ReplayError, "none of default, random has a window"),
        ({"eta": 2}, ReplayError, "eta is 2"),
        ({"progress": 3}, ReplayError, "progress is 3"),
        ({"traces": [TRACES, TRACES]}, ReplayError, "stands twice"),
        ({"traces": []}, ReplayError, "nothing to compare on"),
        ({"jobs": []}, ReplayError, "nothing to compare on"),
        ({"jobs": Job("e", "n", "adam", 0.5, 20)}, NotInTraceError, "dataset"),
    ],
)
def test_what_cannot_be_compared_is_refused(wrong, error, message):
    """Before anything is replayed, with what to do."""
    arguments = {"jobs": JOB, "traces": TRACES, "policies": ["default", "random"], **SMALL, **wrong}
    with pytest.raises(error, match=message):
        compare(**arguments)


def test_a_window_goes_to_those_that_have_one():
    """The others are compared as they are."""
    found = compare(JOB, TRACES, policies=["default", "pruning-gts"], window=5, **SMALL)
    assert found.names == ["default", "pruning-gts:window_size=5"]


def test_a_directory_means_all_its_gpus(tmp_path):
    """Each power trace in it."""
    for gpu in ("v100", "a40"):
        TRACES.power.to_csv(tmp_path / f"power_{gpu}.csv", index=False)
    train = TRACES.train.assign(learning_rate=0.1)
    train.to_csv(tmp_path / "train.csv", index=False)
    found = compare([JOB], tmp_path, policies=["default", "random"], seeds=range(2), resamples=0, recurrences=2)
    assert found.pairs["gpu"].tolist() == ["a40", "v100"]


def test_the_room_takes_the_call_of_its_verb():
    """With the signature of the verb, what else it holds, and through pickle."""
    assert inspect.signature(simulator.compare) == inspect.signature(compare)
    assert simulator.compare.summarize is summarize
    assert pickle.loads(pickle.dumps(simulator.compare)) is simulator.compare  # noqa: S301  (our own bytes)
    assert simulator.Comparison is Comparison
    for first in ("import simulator.compare.front", "import simulator.cli", "from simulator import compare"):
        code = f"{first}; import simulator; print(callable(simulator.compare), simulator.compare.front.__name__)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["True", "simulator.compare.front"]
