"""Plans: read from files, checked as a whole, given back as data."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from dataclasses import replace

import pytest
from fabricated import COMMAND, a_job, a_plan
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.plan import Grid, Measure, Output, Plan, Range
from simulator.collect.plan.command import launched
from simulator.errors import PlanError

TOML = """
name = "digits on a laptop"

[job]
dataset = "digits"
network = "mlp"
optimizer = "adam"
target_metric = 0.95
max_epochs = 40
default_bs = 32
default_lr = 0.001
command = ["python", "train.py", "{batch_size}", "{lr}", "{seed}"]
metric = "val_accuracy"
targets = [0.9]

[grid]
batch_sizes = [16, 32]
power_limits_w = {from = 300, to = 200, step = 50}
seeds = [1, 2]

[measure]
gpus = [0]
window = "train"
environment = {OMP_NUM_THREADS = "4"}
"""


def wrong(text, tmp_path):
    """What reading a plan says."""
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(PlanError) as refused:
        Plan.from_toml(tmp_path / "plan.toml")
    return str(refused.value)


def test_a_file_says_all_of_a_plan(tmp_path):
    """Every table is read, and what is not said is as usual."""
    (tmp_path / "plan.toml").write_text(TOML)
    plan = Plan.from_toml(tmp_path / "plan.toml")
    assert (plan.name, plan.metric, plan.job.optimizer) == ("digits on a laptop", "val_accuracy", "adam")
    assert plan.grid.power_limits_w == Range(from_=300, to=200, step=50)
    assert plan.measure.window == "train"
    assert plan.measure.epochs == Measure().epochs
    assert plan.measure.environment == {"OMP_NUM_THREADS": "4"}


def test_a_working_directory_is_relative_to_the_file(tmp_path):
    """Whatever the directory is that the collection is started from."""
    (tmp_path / "code").mkdir()
    (tmp_path / "plan.toml").write_text(TOML.replace('metric = "', 'workdir = "code"\nmetric = "'))
    assert Plan.from_toml(tmp_path / "plan.toml").job.workdir == str(tmp_path / "code")
    (tmp_path / "plan.toml").write_text(TOML)
    assert Plan.from_toml(tmp_path / "plan.toml").job.workdir == str(tmp_path)


def test_everything_wrong_is_said_at_once(tmp_path):
    """Types, ranges, unknown keys with the nearest known one, and what does not go together: one refusal."""
    text = TOML.replace("max_epochs = 40", 'max_epochs = "many"').replace(
        "seeds = [1, 2]", "sedes = [1, 2]\nseeds = []"
    )
    text = text.replace("gpus = [0]", "min_window_s = -1").replace('"{batch_size}"', '"{batchsize}"')
    message = wrong(text.replace('workdir = "x"', ""), tmp_path)
    for part in (
        "job.max_epochs is 'many', but must be a whole number",
        "grid.sedes is unknown; did you mean 'seeds'?",
        "grid.seeds is empty",
        "measure.min_window_s is -1.0, but must be 0 or above",
        "{batchsize}, but there are",
        "did you mean '{batch_size}'?",
    ):
        assert part in message
    assert message.startswith(f"{tmp_path / 'plan.toml'}: ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[measure]",
            "[output]\npatterns = {epoch_end = 'epoch (?P<epoch>[0-9]+) acc=(?P<accuracy>.+)'}\n[measure]",
            "output.patterns tell nothing of val_accuracy",
        ),
        ("[measure]", "[output]\npatterns = {epoch_over = '(?P<val_accuracy>.+)'}\n[measure]", "epoch_over"),
        ("target_metric = 0.95", "target_metric = nan", "job.target_metric is nan, but must be finite"),
        ("target_metric = 0.95\n", "", "job.target_metric is missing"),
        ("max_epochs = 40", "max_epochs = 40.0", "job.max_epochs is 40.0, but must be a whole number"),
        ("max_epochs = 40", "max_epochs = true", "job.max_epochs is True, but must be a whole number"),
        ("default_bs = 32", "default_bs = 64", "none of the batch sizes (16, 32)"),
        ("default_lr = 0.001\n", "", "job.default_lr is missing: learning rates are scaled"),
        ('optimizer = "adam"', 'optimizer = "lion"', "no learning rate rule is known"),
        ('dataset = "digits"', 'dataset = "NA"', "job.dataset is 'NA'"),
        ('"{batch_size}", ', "", "job.command has no {batch_size}"),
        ('"{lr}", ', "", "job.command has no {learning_rate}"),
        (', "{seed}"]', "]", "job.command has no {seed}"),
        ('"{lr}"', '"--lr={learningrate}"', "job.command has no {learning_rate}"),
        ('"{lr}"', '"--lr=${lr}"', "job.command has no {learning_rate}"),
        ("batch_sizes = [16, 32]", "batch_sizes = [16, 32, 16]", "grid.batch_sizes has 16 more than once"),
        ("batch_sizes = [16, 32]", "batch_sizes = [16, 32, 0]", "grid.batch_sizes is 0, but must be 1 or above"),
        ("{from = 300, to = 200, step = 50}", "[350.5, 250]", "grid.power_limits_w[0] is 350.5, but must be a whole"),
        ("{from = 300, to = 200, step = 50}", '"most"', "grid.power_limits_w is 'most', but must be"),
        ("{from = 300, to = 200, step = 50}", "[300]\nreference_limit_w = 250", "grid.reference_limit_w is 250"),
        ('window = "train"', 'window = "training"', "did you mean 'train'?"),
        ("gpus = [0]", "gpus = [0.5]", "measure.gpus[0] is 0.5, but must be a whole number or text"),
        ("gpus = [0]", "max_power_epochs = 2", "warm-up and window take 4 epochs"),
        ("gpus = [0]", "cooldown_s = 500", "measure.cooldown_s is 500"),
        ("gpus = [0]", 'gpu_key = "../x"', "it becomes part of a file's name"),
        ("gpus = [0]", 'limit_command = ["sudo", "x"]', "has no {watts}"),
        ("OMP_NUM_THREADS", "SIMULATOR_SEED", "which the collection sets itself"),
        ("[measure]", '[output]\npatterns = {epoch_end = "("}\n[measure]', "output.patterns: "),
        ("[measure]", "[mesure]", "mesure is unknown; did you mean 'measure'?"),
        ('metric = "val_accuracy"', 'from_environment = ["sed"]', "did you mean 'seed'?"),
        ('metric = "val_accuracy"', 'workdir = "nowhere"', "nowhere, which is no folder"),
        ('network = "mlp"', "network", "is no TOML"),
    ],
)
def test_each_thing_that_can_be_wrong_is_named(tmp_path, old, new, said):
    """By its place in the file, with what is there and what would do."""
    assert old in TOML
    assert said in wrong(TOML.replace(old, new), tmp_path)


def test_a_plan_that_is_not_there_is_said(tmp_path):
    """As one of ours, not as the operating system's error."""
    with pytest.raises(PlanError, match=r"none\.toml cannot be read: No such file"):
        Plan.from_toml(tmp_path / "none.toml")


def test_values_from_the_environment_need_no_placeholder():
    """Scripts may read SIMULATOR_BATCH_SIZE and the like."""
    job = a_job(command=["train"])
    with pytest.raises(PlanError, match=r"no \{batch_size\}"):
        a_plan(job=job)
    names = ("batch_size", "learning_rate", "seed")
    assert a_plan(job=job, from_environment=names).runs()[0].command == ("train",)


def test_a_plan_made_in_python_is_checked_alike():
    """There is one set of rules."""
    with pytest.raises(PlanError, match="2 things are wrong"):
        a_plan(batch_sizes=[16, 16], seeds=(-1,))


sizes = st.lists(st.integers(1, 4096), min_size=1, max_size=4, unique=True)
limits = st.one_of(
    st.none(),
    st.just("all"),
    st.lists(st.integers(50, 700), min_size=1, max_size=3, unique=True),
    st.builds(Range, from_=st.integers(300, 400), to=st.none() | st.integers(100, 200), step=st.integers(1, 90)),
)


@given(
    sizes=sizes,
    limits=limits,
    seeds=st.lists(st.integers(0, 2**40), min_size=1, max_size=3, unique=True),
    target=st.floats(-1e6, 1e6),
    gpus=st.none() | st.lists(st.integers(0, 7) | st.just("GPU-1"), min_size=1),
    name=st.none() | st.text(max_size=5),
)
def test_plans_survive_files(sizes, limits, seeds, target, gpus, name):
    """As plain data, and as JSON, a plan is the same plan with the same hash."""
    plan = Plan(
        job=a_job(default_bs=sizes[0], target_metric=target),
        grid=Grid(batch_sizes=sizes, power_limits_w=limits, seeds=seeds, learning_rates={sizes[0]: 0.5}),
        measure=Measure(gpus=gpus, environment={"A": "b"}, min_window_s=0.5),
        output=Output(patterns={"epoch_end": r"acc=(?P<accuracy>[\d.]+)"}),
        name=name,
        targets=[target + 1],
    )
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict(), allow_nan=False)))
    assert again == plan
    assert again.hash == plan.hash
    assert again.runs(no_gpu=True) == plan.runs(no_gpu=True)


def test_the_hash_tells_plans_apart():
    """One number that differs is another plan."""
    assert a_plan().hash == a_plan().hash
    assert a_plan().hash != a_plan(measure=Measure(epochs=4)).hash


def test_runs_go_on_to_the_hardest_target():
    """Else a harder threshold would be told as never reached, though nobody waited for it."""
    falling = a_job(higher_is_better=False, target_metric=0.5)
    assert a_plan(targets=[0.95, 0.5]).thresholds == (0.5, 0.9, 0.95)
    assert a_plan(targets=[0.95, 0.5]).stop_target == 0.95
    assert a_plan(job=falling, targets=[0.75, 0.25]).thresholds == (0.75, 0.5, 0.25)
    job = a_job(command=[*COMMAND, "{target_metric}"])
    assert a_plan(job=job, targets=[0.95]).runs()[0].command[-1] == "0.95"


def test_flags_of_a_command_change_a_plan():
    """What is not said stays."""
    plan = a_plan()
    assert plan.changed() == plan
    assert plan.changed(full=True).grid == replace(plan.grid, full=True)
    assert plan.changed(gpus=[1]).measure.gpus == (1,)


def test_the_example_is_toml():
    """The text above is what it claims to be."""
    assert set(tomllib.loads(TOML)) == {"name", "job", "grid", "measure"}


def test_placeholders_may_stand_within_words(tmp_path):
    """As Hydra's options have them; other braces, and variables of a shell or of Hydra, are left alone."""
    words = '"opt.lr={lr}", "n{bs}-s{seed}", "at={power_limit}W", "key={fold}", "${seed}", "{python}"'
    (tmp_path / "plan.toml").write_text(re.sub(r"command = \[.*?\]", f"command = [{words}]", TOML, flags=re.DOTALL))
    spec = next(spec for spec in Plan.from_toml(tmp_path / "plan.toml").runs() if spec.power_limit_w == 300)
    size, seed = spec.batch_size, spec.seed
    assert spec.command[:2] == (f"opt.lr={spec.learning_rate}", f"n{size}-s{seed}")
    assert spec.command[2:] == ("at=300W", "key={fold}", "${seed}", "{python}")
    assert launched(("--python={python}",)) == [f"--python={sys.executable}"]


def test_a_power_limit_within_a_word_has_to_be_known():
    """Else the script would get the word None."""
    plan = a_plan(job=a_job(command=[*COMMAND, "limit={power_limit}"]), power_limits_w=None)
    with pytest.raises(PlanError, match=r"no limit is known: list grid\.power_limits_w"):
        plan.runs()
