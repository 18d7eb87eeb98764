"""Policies by name: stock ones, those of other packages, and broken ones."""

from __future__ import annotations

import inspect
import sys

import pytest

from simulator.errors import PolicyError, UnknownPolicyError
from simulator.policy import (
    BatchSizeOptimizer,
    PowerLimitOptimizer,
    create,
    create_power,
    describe,
    describe_power,
    names,
    power_names,
)
from simulator.policy.registry import POLICIES, STOCK, options, power_options


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package, for the time of a test: its module's text and its entry points."""

    def install(name, module, entries):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.py").write_text(module)
        info = tmp_path / name / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{POLICIES}]\n" + "\n".join(entries))
        monkeypatch.syspath_prepend(tmp_path / name)
        monkeypatch.delitem(sys.modules, name, raising=False)

    return install


def test_every_stock_policy_is_made_quiet():
    """Each name makes a policy of its kind that is not verbose, and has a description of one line."""
    assert names()[: len(STOCK[POLICIES])] == list(STOCK[POLICIES])
    for name in STOCK[POLICIES]:
        policy = create(name, seed=11)
        assert isinstance(policy, BatchSizeOptimizer)
        assert (policy.seed, policy.verbose) == (11, False)
        assert 20 < len(describe(name)) <= 120
    for name in power_names():
        policy = create_power("fixed:100" if name == "fixed" else name)
        assert isinstance(policy, PowerLimitOptimizer)
        assert policy.verbose is False
        assert 20 < len(describe_power(name)) <= 120


def test_names_are_lower_case_with_hyphens():
    """Names are easy to type, and different ones make different policies."""
    for listed in (names(), power_names()):
        assert all(name.replace("-", "").isalnum() and name == name.lower() for name in listed)
    assert len({create(name).name for name in STOCK[POLICIES]}) == len(STOCK[POLICIES])


@pytest.mark.parametrize(
    ("spec", "attribute", "value"),
    [
        ("epsilon-greedy:0.2", "epsilon", 0.2),
        ("epsilon-greedy:epsilon=1", "epsilon", 1),
        ("pruning-gts:window_size=10,prior_mean=-2.5", "window_size", 10),
        ("pruning-gts:window-size=10", "window_size", 10),
        ("pruning-gts: concurrency = True", "concurrency", True),
        ("gts:num_exploration=0", "num_exploration", 0),
        ("ucb:0", "exploration", 0),
        ("grid:2", "runs", 2),
        ("successive-halving:4", "runs", 4),
        ("pruning-gts:verbose=true", "verbose", True),
    ],
)
def test_options_stand_behind_the_name(spec, attribute, value):
    """One value for a policy's only option, or option=value."""
    assert getattr(create(spec), attribute) == value


def test_options_are_arguments_too():
    """The library passes options by keyword, on top of those in the name."""
    policy = create("pruning-gts:window_size=3", seed=1, prior_precision=0.5)
    assert (policy.window_size, policy.prior_precision) == (3, 0.5)
    assert create_power("bounded-slowdown", slowdown_percent=7).slowdown_percent == 7


def test_overlapping_reaches_those_who_ask():
    """Policies with an option `concurrency` are told that runs may overlap; others need not know."""
    assert create("pruning-gts", overlapping=True).concurrency is True
    assert create("pruning-gts").concurrency is False
    assert create("pruning-gts:concurrency=false", overlapping=True).concurrency is False
    assert not hasattr(create("random", overlapping=True), "concurrency")


@pytest.mark.parametrize(
    ("make", "spec", "message"),
    [
        (
            create,
            "prunning-gts",
            r"no policy is called 'prunning-gts'; there are pruning-gts, unimodal-ucb, .*did you mean 'pruning-gts'",
        ),
        (
            create,
            "jit",
            r"^no policy is called 'jit', but a power policy is: power_policy=jit, or default\+jit on the command",
        ),
        (create, "", "no policy is called ''"),
        (create_power, "ful", r"no power policy is called 'ful'; there are jit, full, .*did you mean 'full'"),
        (create_power, "pruning-gts", "no power policy is called 'pruning-gts'"),
    ],
)
def test_an_unknown_name_lists_what_exists(make, spec, message):
    """The error lists all names and offers the nearest; it is also a LookupError."""
    with pytest.raises(UnknownPolicyError, match=message) as caught:
        make(spec)
    assert isinstance(caught.value, LookupError)
    with pytest.raises(UnknownPolicyError):
        describe(spec or "nothing") if make is create else describe_power(spec)


@pytest.mark.parametrize(
    ("make", "spec", "message"),
    [
        (create, "epsilon-greedy:epsilom=1", r"no option 'epsilom'; its options are epsilon; did you mean 'epsilon'"),
        (create, "default:3", r"which option of 'default' is 3\? .* it has none"),
        (
            create,
            "pruning-gts:3",
            r"which option .* prior_mean, prior_precision, window_size, concurrency, num_pruning",
        ),
        (create, "ucb:1,exploration=2", "'exploration' of 'ucb' is given twice"),
        (create, "epsilon-greedy:lots", "'epsilon-greedy:lots' cannot be made with"),
        (create, "epsilon-greedy:2", "^'epsilon-greedy:2': epsilon is 2; it is the probability"),
        (create_power, "fixed", r"'fixed' needs power_limit_w: say fixed:power_limit_w="),
        (create_power, "fixed:power=3", "'fixed' has no option 'power'; its options are power_limit_w"),
        (create_power, "bounded-slowdown:-1", "slowdown_percent is -1"),
    ],
)
def test_a_wrong_option_lists_what_exists(make, spec, message):
    """The error names the option, lists those that exist, and says how to write them."""
    with pytest.raises(PolicyError, match=message):
        make(spec)


PLUGIN = '''
class Always:
    """One size for everybody.

    More text.
    """
    name = "always"
    def __init__(self, size=1, **anything):
        self.size, self.anything = size, anything
    def register_job(self, job, batch_sizes): pass
    def predict(self, job): return self.size
    def observe(self, job, batch_size, cost, converged=None): pass

def undescribed(): return Always()
not_a_factory = 3
def no_policy(): return object()
def raises(): raise KeyError("what is this")
'''


def test_another_package_offers_a_policy(package):
    """An entry point is all it takes; its class needs no base class of ours, nor a seed."""
    package("plug_a", PLUGIN, ["always = plug_a:Always", "undescribed = plug_a:undescribed"])
    assert names()[-2:] == ["always", "undescribed"]
    policy = create("always:size=64,colour=red", seed=1)
    assert policy.predict(None) == 64
    assert policy.anything == {"colour": "red"}
    assert describe("always") == "One size for everybody."
    assert describe("undescribed") == "(not described)"


def test_options_are_listed_with_their_defaults(package):
    """What a user may set, and not what a replay sets; of a broken policy nothing, of an unknown one an error."""
    package(
        "plug_f", PLUGIN, ["always = plug_f:Always", "absent = plug_f:absent", "not_a_factory = plug_f:not_a_factory"]
    )
    assert options("gts") == {"num_exploration": 2, "prior_mean": 0.0, "prior_precision": 0.0}
    knobs = ["prior_mean", "prior_precision", "window_size", "num_pruning_rounds", "num_exploration"]
    assert list(options("pruning-gts")) == knobs
    assert options("always") == {"size": 1}
    assert options("absent") == options("not_a_factory") == options("default") == power_options("jit") == {}
    assert power_options("fixed") == {"power_limit_w": inspect.Parameter.empty}
    with pytest.raises(UnknownPolicyError):
        options("gtss")


def test_a_broken_package_harms_no_other(package):
    """It is listed; it is reported by name when it is asked for, with its package; the rest works."""
    package("plug_b", "import a_module_that_is_missing", ["broken = plug_b:Policy"])
    package(
        "plug_c", PLUGIN, [f"{name} = plug_c:{name}" for name in ("not_a_factory", "no_policy", "raises", "absent")]
    )
    assert "broken" in names()
    assert create("grid").name == "Grid search"
    for name, message in {
        "broken": r"policy 'broken' of package 'plug_b' cannot be loaded .*a_module_that_is_missing",
        "absent": "policy 'absent' of package 'plug_c' cannot be loaded",
        "not_a_factory": "'not_a_factory' is 3, which is neither a class nor a function",
        "no_policy": "which is no batch size policy: it has no name, register_job, predict, observe",
    }.items():
        with pytest.raises(PolicyError, match=message):
            create(name)
    with pytest.raises(KeyError, match="what is this"):  # a bug of the policy itself is shown as it is
        create("raises")
    assert describe("broken").startswith("the policy 'broken' of package 'plug_b' cannot be loaded")


def test_names_cannot_be_taken(package):
    """A stock name stays a stock policy; two packages with one name are told apart by uninstalling one."""
    package("plug_d", PLUGIN, ["default = plug_d:Always", "twice = plug_d:Always", "same = plug_d:Always"])
    package("plug_e", PLUGIN, ["twice = plug_e:Always"])
    assert create("default").name == "Default"
    assert names().count("default") == names().count("twice") == 1
    with pytest.raises(PolicyError, match=r"two packages offer a policy 'twice': plug_\w:Always and plug_\w:Always"):
        create("twice")
    assert create("same").name == "always"
