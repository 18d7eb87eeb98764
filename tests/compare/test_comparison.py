"""A comparison kept, shown and judged again."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from small import JOB, TRACES, make_traces

import simulator
from simulator.compare import Comparison, compare
from simulator.compare.correction import correct
from simulator.compare.words import sentence
from simulator.errors import ReplayError, UnknownPolicyError

SMALL = {"seeds": range(5), "resamples": 5, "resample_seeds": 3, "recurrences": 6}
TABLES = ("policies", "shares", "differences", "pairs", "replays")


@pytest.fixture(scope="module")
def found():
    """Four policies, one of which breaks off at times, on synthetic traces."""
    traces = make_traces({8: [4.0, 5.0], 16: [6.0, 7.0, float("nan")], 32: [9.0]})
    object.__setattr__(traces, "synthetic", True)
    return compare(JOB, traces, policies=["default+full", "random", "gts", "oracle+oracle"], **SMALL)


def test_it_comes_back_as_it_was_saved(found, tmp_path):
    """Tables, manifest and failures; and the replays, so that it can be judged again."""
    assert found.failures
    again = Comparison.load(found.save(tmp_path / "folder"))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    assert again.manifest == found.manifest
    assert again.failures == found.failures
    assert again.against("gts").equals(found.against("gts"))
    assert repr(again) == repr(found)


def test_the_folder_can_be_read_without_us(found, tmp_path):
    """Each table as Parquet, the small ones as JSON too, and how it was made."""
    found.save(tmp_path)
    assert pd.read_parquet(tmp_path / "differences.parquet").equals(found.differences)
    document = json.loads((tmp_path / "comparison.json").read_text(), parse_constant=pytest.fail)
    assert [row["policy"] for row in document["differences"]] == found.differences["policy"].tolist()
    assert len(document["policies"]) == len(found.policies)
    assert document["manifest"]["settings"]["seeds"] == [0, 1, 2, 3, 4]
    assert document["manifest"]["replays"][0]["traces"]["synthetic"] is True
    assert not list(tmp_path.glob(".comparison.*"))


def test_infinity_survives(tmp_path):
    """JSON knows none; a comparison without early stops comes back as one."""
    found = compare(JOB, TRACES, policies=["default", "random"], beta=float("inf"), **SMALL)
    again = Comparison.load(found.save(tmp_path))
    assert again.manifest == found.manifest
    assert again.judged(confidence=0.5).manifest["settings"]["beta"] == float("inf")


def test_files_of_two_comparisons_are_not_taken_for_one(found, tmp_path):
    """Whoever stops in the middle of a save leaves a folder that says so when it is read."""
    found.save(tmp_path)
    other = compare(JOB, TRACES, policies=["default", "random"], **SMALL)
    other.save(tmp_path / "other")
    (tmp_path / "other" / "replays.parquet").replace(tmp_path / "replays.parquet")
    with pytest.raises(ReplayError, match=r"replays\.parquet in .* is not what was saved"):
        Comparison.load(tmp_path)


def test_a_save_that_fails_harms_nothing(found, tmp_path, monkeypatch):
    """What was saved before is still there, and whole."""
    found.save(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    other = compare(JOB, TRACES, policies=["default", "random"], **SMALL)

    def fail(*_arguments, **_options):
        raise OSError("no space left")

    monkeypatch.setattr(pd.DataFrame, "to_json", fail)
    with pytest.raises(OSError, match="no space"):
        other.save(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": "trace-simulator replay 1"}'])
def test_a_folder_without_a_comparison_is_refused(tmp_path, content):
    """With what to do."""
    if content is not None:
        (tmp_path / "comparison.json").write_text(content)
    with pytest.raises(ReplayError, match="comparison"):
        Comparison.load(tmp_path)


def test_verdicts_say_what_was_found_and_that_nobody_recorded_it(found):
    """A line for each policy, with the interval, and SYNTHETIC where traces are."""
    lines = found.verdicts()
    assert lines[0].startswith("random costs ")
    assert " than default+full on d, v100 (SYNTHETIC traces)" in lines[0]
    assert lines[0].endswith(found.differences.query("measure == 'cost'")["verdict"].iloc[0])
    assert any("may be too narrow" in line for line in lines)
    assert found.verdicts(measure="energy_j")[1].startswith("gts uses ")


@pytest.mark.parametrize(
    ("change", "low", "high", "words"),
    [
        (-12.3, -14.0, -10.1, "gts takes 12.3 % [10.1, 14.0] less time than x on here: v"),
        (3.0, -1.0, 7.0, "gts takes 3.0 % [-1.0, 7.0] more time than x on here: v"),
        (-0.3, -0.8, 0.2, "gts takes 0.3 % [-0.2, 0.8] less time than x on here: v"),
        (float("nan"), float("nan"), float("nan"), "gts cannot be compared with x on here: v"),
        (2.0, float("nan"), float("nan"), "gts takes 2.0 % more time than x on here: v"),
    ],
)
def test_less_and_more_are_said_with_the_interval_turned_alike(change, low, high, words):
    """The interval of «less» is that of the difference, mirrored."""
    row = {"policy": "gts", "baseline": "x", "measure": "time_s", "verdict": "v", "difference_pct": change}
    row |= {"low_pct": low, "high_pct": high, "failed_pct": 0.0, "baseline_failed_pct": 0.0}
    assert sentence(row, "here") == words


def test_a_notebook_shows_a_table(found):
    """Policies beside one another, a row for each job and GPU."""
    shown = found._repr_html_()
    assert "<th>d, v100 (SYNTHETIC traces)</th>" in shown
    assert [shown.index(f"<th>{name}</th>") for name in found.names[1:]] == sorted(
        shown.index(f"<th>{name}</th>") for name in found.names[1:]
    )
    for verdict in found.differences.query("measure == 'cost'")["verdict"]:
        assert verdict in shown


def test_it_can_be_judged_otherwise(found):
    """The same replays, with another difference of interest, confidence, correction or baseline."""
    strict = found.judged(smallest_difference=0.9)
    assert not (strict.differences["verdict"] == "better").any()
    assert (strict.differences["difference_pct"] == found.differences["difference_pct"]).all()
    wide = found.judged(confidence=0.999)
    assert (wide.differences["low_pct"] <= found.differences["low_pct"]).all()
    plain = found.judged(correction="none").differences
    assert (plain["p_corrected"] == plain["p_value"]).all()
    assert found.judged(baseline="gts").baseline == "gts"
    with pytest.raises(ReplayError, match="confidence"):
        found.judged(confidence=2)


def test_p_values_are_corrected_within_a_measure(found):
    """Energy and time are other views of the same comparisons, and not more of them."""
    for _, family in found.differences.groupby("measure"):
        assert family["p_corrected"].tolist() == correct(family["p_value"], "holm").tolist()


def test_against_another_baseline_the_difference_is_turned_round(found):
    """By how much A is above B says by how much B is below A, with the same sureness."""
    forth = found.differences.query("policy == 'gts' and measure == 'cost'").iloc[0]
    back = found.against("gts").query("policy == 'default+full' and measure == 'cost'").iloc[0]
    assert (1 + forth["difference_pct"] / 100) * (1 + back["difference_pct"] / 100) == pytest.approx(1)
    assert (1 + forth["low_pct"] / 100) * (1 + back["high_pct"] / 100) == pytest.approx(1)
    assert forth["p_better"] + back["p_better"] == pytest.approx(1)
    with pytest.raises(UnknownPolicyError, match="gts"):
        found.against("gst")


def test_all_pairs_stand_once(found):
    """Each policy with every one before it."""
    rows = found.all_differences().query("measure == 'cost'")
    assert list(zip(rows["baseline"], rows["policy"], strict=True)) == [
        ("default+full", "random"),
        ("default+full", "gts"),
        ("default+full", "oracle+oracle"),
        ("random", "gts"),
        ("random", "oracle+oracle"),
        ("gts", "oracle+oracle"),
    ]


def test_it_says_what_it_is(found):
    """One line about the whole, then the verdicts."""
    first, *lines = repr(found).splitlines()
    assert first.startswith("4 policies against default+full, 1 job, 1 GPU (SYNTHETIC traces): 5 seeds, 5 resamples")
    assert lines == found.verdicts()
    assert isinstance(found, simulator.Comparison)
