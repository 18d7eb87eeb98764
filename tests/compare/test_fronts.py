"""Fronts over η and over policies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small import JOB, TRACES, Fixed, make_groups, make_traces

import simulator
from simulator.compare.fronts import ETAS, eta_front, policy_front
from simulator.compare.means import mean_per_recurrence
from simulator.errors import ReplayError, UnknownPolicyError


def test_every_eta_has_the_means_of_its_own_replays():
    """Of keyed draws, one policy after the other."""
    found = eta_front(JOB, TRACES, policies=["default", "random"], etas=[0.2, 0.8], seeds=range(4), recurrences=6)
    assert found["policy"].tolist() == ["default", "default", "random", "random"]
    assert found["eta"].tolist() == [0.2, 0.8, 0.2, 0.8]
    alone = simulator.replay(
        JOB, TRACES, policy="random", seeds=range(4), recurrences=6, eta=0.8, draws="keyed", detail="replays"
    )
    expected = mean_per_recurrence(alone).iloc[0]
    assert found.iloc[3][expected.index].equals(expected)


def test_the_front_over_eta_is_the_definition():
    """No other η of the same policy beats it in both; those that come to the same are both on it."""
    found = eta_front(JOB, TRACES, policies=["default", "pruning-gts"], seeds=range(5), recurrences=16)
    assert len(found) == 2 * len(ETAS)
    for front, energy, time in (
        ("on_front", "energy_j", "time_s"),
        ("late_on_front", "late_energy_j", "late_time_s"),
    ):
        for _, of_policy in found.groupby("policy"):
            points = list(zip(of_policy[energy], of_policy[time], strict=True))
            for point, on in zip(points, of_policy[front], strict=True):
                assert on == (not any(o != point and o[0] <= point[0] and o[1] <= point[1] for o in points))
    of_default = found.query("policy == 'default'")
    assert of_default.iloc[0]["time_s"] < of_default.iloc[-1]["time_s"]
    assert of_default.iloc[0]["energy_j"] > of_default.iloc[-1]["energy_j"]


def test_every_gpu_and_group_counts():
    """Each job on each GPU; submissions that overlap; progress says how far it is."""
    seen = []
    a40 = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0]})
    object.__setattr__(a40, "gpu", "a40")
    found = eta_front(
        JOB, [TRACES, a40], policies="default", etas=[0, 1], seeds=range(2), groups=make_groups(),
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert found["gpu"].tolist() == ["v100", "v100", "a40", "a40"]
    assert seen == [(1, 2), (2, 2)]


def test_the_front_over_policies():
    """Thrifty and slow, wasteful and fast, and one that both beat; knobs that vary have rows of their own."""
    found = policy_front(
        pd.concat([_replays("thrifty", 1.0, 9.0), _replays("fast", 8.0, 2.0), _replays("worse", 8.5, 9.5)])
    )
    assert found.set_index("policy")["on_front"].to_dict() == {"thrifty": True, "fast": True, "worse": False}
    both = policy_front(pd.concat([_replays("a", 1.0, 2.0).assign(eta=0.0), _replays("a", 1.0, 3.0).assign(eta=1.0)]))
    assert both[["eta", "on_front"]].values.tolist() == [[0.0, True], [1.0, False]]


def test_gpus_do_not_beat_one_another():
    """Each job on each GPU has its own front."""
    found = policy_front(pd.concat([_replays("a", 1.0, 1.0), _replays("a", 2.0, 2.0).assign(gpu="a40")]))
    assert found["on_front"].tolist() == [True, True]


def test_a_policy_that_lost_seeds_is_not_on_the_front_and_beats_nobody():
    """Its replays that are left are the cheap ones."""
    lucky = _replays("lucky", 1.0, 1.0).assign(failed=[True, False, False])
    hopeless = _replays("hopeless", 0.5, 0.5).assign(failed=True)
    found = policy_front(pd.concat([lucky, hopeless, _replays("sound", 2.0, 2.0)])).set_index("policy")
    assert found["on_front"].to_dict() == {"lucky": False, "hopeless": False, "sound": True}
    assert found["late_on_front"].to_dict() == {"lucky": False, "hopeless": False, "sound": True}
    assert found["failed_seeds"].tolist() == [1, 3, 0]


def test_a_comparison_has_wider_intervals_around_the_same_means():
    """Those that count which runs were recorded; per recurrence as well."""
    traces = make_traces({8: [4.0, 12.0], 16: [6.0, 15.0]})
    settings = {"seeds": range(20), "recurrences": 8}
    found = simulator.compare(JOB, traces, policies=["default", "random"], resamples=30, **settings)
    honest = policy_front(found)
    replays = [
        simulator.replay(JOB, traces, policy=policy, draws="keyed", detail="replays", **settings)
        for policy in ("default", "random")
    ]
    of_seeds = policy_front(pd.concat(replays))
    for name in ("energy_j", "time_s"):
        assert honest[name].tolist() == pytest.approx(of_seeds[name].tolist())
    assert (honest["energy_high_j"] > of_seeds["energy_high_j"]).all()
    assert honest["on_front"].tolist() == of_seeds["on_front"].tolist()
    assert (honest["failed_pct"] == 0).all()


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"etas": [0.5, 2]}, ReplayError, "eta is 2"),
        ({"etas": []}, ReplayError, "eta is empty"),
        ({"etas": [0.5, 0.5]}, ReplayError, "twice|same"),
        ({"seeds": 3}, ReplayError, "from two on"),
        ({"confidence": 2}, ReplayError, "confidence is 2"),
        ({"policies": []}, ReplayError, "policies is .*give one at least"),
        ({"policies": ["default", "default+jit"]}, ReplayError, "name each once"),
        ({"policies": "defautl"}, UnknownPolicyError, "did you mean 'default'"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, error, message):
    """Before anything is replayed."""
    with pytest.raises(error, match=message):
        eta_front(JOB, TRACES, **{"policies": "default", "seeds": range(2), **wrong})


def test_instances_and_pairs_are_policies_too():
    """As in a comparison."""
    found = eta_front(JOB, TRACES, policies=[Fixed(8), (Fixed(8), "full")], etas=[0.5], seeds=range(2), recurrences=2)
    assert found["policy"].tolist() == ["fixed", "fixed+full"]


def _replays(policy, energy_j, time_s):
    """Three replays of four recurrences each."""
    amounts = {"energy_j": 4 * energy_j, "time_s": 4 * time_s, "cost": 1.0}
    late = {"late_energy_j": energy_j, "late_time_s": time_s, "late_cost": 1.0}
    who = {"policy": policy, "job": "j", "gpu": "v100", "recurrences": 4, "failed": False}
    return pd.DataFrame([{**who, "seed": seed, **amounts, **late} for seed in range(3)]).astype({"failed": np.bool_})
