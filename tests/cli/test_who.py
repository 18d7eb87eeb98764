"""From words to policies."""

from __future__ import annotations

import sys

import pytest

from simulator.cli.who import pairs
from simulator.errors import PolicyError
from simulator.policy import names
from simulator.policy.registry import POLICIES


def test_nobody_named_means_everybody_and_the_baseline():
    """default+full first, since the others are measured against it; the oracle knows about power too."""
    everybody = pairs([], power_policy="jit")
    assert everybody[0][:2] == ("default", "full")
    assert {pair.policy for pair in everybody} == set(names())
    assert ("oracle", "oracle") in [pair[:2] for pair in everybody]


def test_a_plus_names_the_power_policy():
    """Options may stand on both sides, also numbers with a plus in them."""
    found = pairs(["gts", "gts+full", "epsilon-greedy:1e-1+fixed:100", "ucb:1e+0"], power_policy="jit")
    assert [pair[:2] for pair in found] == [
        ("gts", "jit"),
        ("gts", "full"),
        ("epsilon-greedy:1e-1", "fixed:100"),
        ("ucb:1e+0", "jit"),
    ]


def test_a_policy_that_is_named_twice_is_replayed_once():
    """`gts` and `gts+jit` are the same where JIT is the power policy of all."""
    assert len(pairs(["gts", "gts+jit", "gts"], power_policy="jit")) == 1


def test_a_window_goes_to_those_that_have_one():
    """The baseline has no beliefs; that must not keep anybody from trying a window."""
    found = {pair.policy: pair.window for pair in pairs(["default+full", "pruning-gts"], power_policy="jit", window=10)}
    assert found == {"default": 0, "pruning-gts": 10}
    with pytest.raises(PolicyError, match="none of default has a window"):
        pairs(["default"], power_policy="jit", window=10)


@pytest.mark.parametrize("word", ["gtss", "gts+ful", "gts:no_such_option=1", "default+fixed"])
def test_what_cannot_be_made_is_refused_before_anything_is_replayed(word):
    """A name or option that is wrong is found at once."""
    with pytest.raises(PolicyError):
        pairs([word], power_policy="jit")


BROKEN = """
class Needy:
    def __init__(self, size): pass

def buggy(): raise KeyError("two\\nlines")
"""


def test_a_broken_package_is_left_out_unless_it_is_named(run, tmp_path, monkeypatch):
    """Nobody named it: a warning of one line each, and the others are replayed. Who names it has to mend it."""
    info = tmp_path / "broken_plug-1.0.dist-info"
    info.mkdir()
    (tmp_path / "broken_plug.py").write_text(BROKEN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken_plug\nVersion: 1.0\n")
    broken = {"absent": "absent", "needy": "Needy", "buggy": "buggy"}
    entries = [f"{name} = broken_plug:{attribute}" for name, attribute in broken.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{POLICIES}]", *entries]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_plug", raising=False)
    result = run("replay", "--job", "squad", "--seeds", "0", "--recurrences", "2", "--no-plots", "-q")
    assert result.exit_code == 0, result.stderr
    assert "\npruning-gts" in result.stdout
    warnings = result.stderr.splitlines()
    assert sorted(line.split(": ")[1] for line in warnings) == sorted(f"left out the policy {name}" for name in broken)
    assert "warning: left out the policy needy: 'needy' needs size" in result.stderr
    named = run("replay", "--job", "squad", "-p", "needy")
    assert (named.exit_code, named.stderr) == (2, "error: 'needy' needs size: say needy:size=...\n")


def test_a_power_policy_is_no_policy_but_says_where_it_belongs(run):
    """`-p fixed` is a likely slip; the nearest batch size policy would be no help."""
    result = run("replay", "-p", "fixed")
    hint = "a power policy is: --power-policy fixed, or default+fixed on the command line"
    assert result.stderr == f"error: no policy is called 'fixed', but {hint}\n"


def test_nobody_named_means_everybody_who_can_decide_live(caplog):
    """A service does not know beforehand what runs will cost: a rehearsal without names does without oracles."""
    live = {pair.policy for pair in pairs([], power_policy="jit", live=True)}
    assert live == set(names()) - {"oracle"}
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["left out the policy oracle"]
    assert pairs(["oracle"], power_policy="jit", live=True)[0].policy == "oracle"  # who names it is told, elsewhere
