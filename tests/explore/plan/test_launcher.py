"""What a plan can say to a launcher."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import ConfigError, GridError
from simulator.explore import Config, Launcher, Replay, Settings, Task, param, product, tag, tags, zip_


class Cell(Task):
    """A cell to plan with."""

    policy: str = "default"
    eta: float = 0.5
    window: int | None = None
    names: tuple[str, ...] = ()
    seed: int = param(0, repetition=True)


class Other(Task):
    """Another one."""

    watts: int


@pytest.fixture
def launcher() -> Launcher:
    """One that makes cells."""
    return Launcher(task=Cell)


def made(launcher):
    return [(task.policy, task.eta, task.window, task.seed) for task in launcher.herd.tasks]


def test_a_call_schedules_a_cell_with_what_is_bound(launcher):
    """A call returns the task, sealed; what it says wins over what is bound, for this cell only."""
    bound = launcher.bind(policy="a", eta=0.1)
    task = bound(eta=0.9)
    assert isinstance(task, Cell)
    assert task.sealed
    bound()
    assert made(launcher) == [("a", 0.9, None, 0), ("a", 0.1, None, 0)]


def test_bind_copies_and_bind_in_place_changes(launcher):
    """`bind` leaves a launcher as it is; `bind_` changes it and returns it."""
    copy = launcher.bind(eta=0.1)
    assert copy is not launcher
    assert copy.herd is launcher.herd
    assert launcher.bind_(eta=0.2) is launcher
    launcher()
    copy()
    assert [eta for _, eta, _, _ in made(launcher)] == [0.2, 0.1]


@pytest.mark.parametrize(
    "args",
    [
        ("policy=a", "eta=0.25"),
        ({"policy": "a"}, {"eta": 0.25}),
        (["policy=a", {"eta": 0.25}],),
        (["policy=b", ["policy=a"]], "eta=0.25"),
        ({"policy": "b", "eta": 1.0}, ("policy=a", "eta=0.25")),
        (product(policy="a", eta=0.25),),
        ({"policy": "b"}, product(policy="a"), "eta=0.25"),
    ],
)
def test_positional_arguments(launcher, args):
    """What is said later wins, and axes win over values."""
    launcher(*args)
    launcher.bind(*args)(seed=1)
    assert made(launcher) == [("a", 0.25, None, 0), ("a", 0.25, None, 1)]


def test_a_text_is_read_by_the_type_of_its_field(launcher):
    """`0.3` is a number, `none` is nothing where nothing may be."""
    task = launcher("eta=3", "window=none", "policy=7", "seed=5")
    assert (task.eta, task.window, task.policy, task.seed) == (3.0, None, "7", 5)
    with pytest.raises(ConfigError, match="eta"):
        launcher("eta=high")


def test_values_that_look_like_arguments_stay_values(launcher):
    """A list given by name is the field's value, and no axis."""
    assert launcher(names=["a", "b"]).names == ("a", "b")


def test_axes_make_a_cell_for_each_combination(launcher):
    """Several axes multiply, wherever they were bound; the call returns all tasks."""
    tasks = launcher.bind(product(policy=["a", "b"]), window=7)(zip_(eta=[0.1, 0.2]), product(seed=range(2)))
    assert [(task.policy, task.eta, task.seed) for task in tasks] == [
        (policy, eta, seed) for policy in "ab" for eta in (0.1, 0.2) for seed in (0, 1)
    ]
    assert {task.window for task in tasks} == {7}
    assert launcher.herd.tasks == tasks


def test_a_field_is_given_by_axes_or_by_value(launcher):
    """Both at once would make the same cell many times: it is refused."""
    with pytest.raises(GridError, match="eta: given by axes and by a value"):
        launcher(product(eta=[0.1, 0.2]), eta=0.3)
    with pytest.raises(GridError, match="both sides of a product of axes give eta"):
        launcher(product(eta=[0.1, 0.2]), product(eta=[0.3]))


def test_another_class_of_tasks(launcher):
    """A class says what is made from here on; texts beside it are read by its fields, wherever it stands."""
    assert launcher.bind("watts=90", Other)().watts == 90
    assert launcher(Other, watts=80).watts == 80
    assert isinstance(launcher(), Cell)
    launcher.bind_(Other)
    with pytest.raises(ConfigError, match="watts"):
        launcher()
    assert Launcher()._class() is Replay


def test_tasks_that_were_made_already_are_scheduled_as_they_are(launcher):
    """Bound values do not touch them; changing them needs a copy."""
    task = Other(watts=90)
    assert launcher.bind(eta=0.1)(task) is task
    assert task.sealed
    assert launcher([Other(watts=91), Other(watts=90)])[1] is task
    assert launcher.herd.tasks[0] is task
    with pytest.raises(GridError, match=r"task.copy\(field=value\)"):
        launcher(task, watts=80)
    with pytest.raises(GridError, match=r"task.copy\(field=value\)"):
        launcher(task, "watts=80")


class Plain(Config):
    """A configuration that is no task."""


@pytest.mark.parametrize(
    ("arg", "message"),
    [
        (3, "does not understand 3: give fields by name"),
        (None, "does not understand None"),
        ({1, 2}, "does not understand"),
        (Plain, "cannot make a Plain: only subclasses of simulator.explore.Task"),
        (int, "cannot make a int"),
    ],
)
def test_what_cannot_be_understood_is_refused(launcher, arg, message):
    """The message says what can be given."""
    with pytest.raises(GridError, match=message):
        launcher(arg)
    with pytest.raises(GridError, match=message):
        launcher.bind([arg])


def test_an_unknown_field_is_refused_with_the_one_that_was_meant(launcher):
    """By name, in a dictionary, in a text, and on an axis alike."""
    for call in (
        lambda: launcher(polcy="a"),
        lambda: launcher({"polcy": "a"}),
        lambda: launcher("polcy=a"),
        lambda: launcher(product(polcy=["a"])),
    ):
        with pytest.raises(ConfigError, match="did you mean 'policy'"):
            call()


def test_tags_come_through(launcher):
    """Values may be tagged wherever they are given."""
    assert tags(launcher(eta=tag(0.1))) == {"eta": 0.1}
    assert [tags(task) for task in launcher(product(policy=tag(["a", "b"])))] == [{"policy": "a"}, {"policy": "b"}]


def test_slurm_copies_and_slurm_in_place_changes(launcher):
    """Settings go with the cells that are made after them."""
    big = launcher.slurm(mem_gb=8, partition="gpu")
    first, second = big(eta=0.1), launcher(eta=0.2)
    assert launcher.slurm_(time_min=5) is launcher
    third = launcher.bind(eta=0.3)()
    settings = [launcher.herd[task.id].settings for task in (first, second, third)]
    assert settings == [Settings(mem_gb=8, partition="gpu"), Settings(), Settings(time_min=5)]
    with pytest.raises(GridError, match=r"called 'memgb'; there are partition, .*; did you mean 'mem_gb'\?"):
        launcher.slurm(memgb=8)


def test_a_job_array(launcher):
    """All that is made inside is one array, whichever launcher makes it; the next array is another."""
    with launcher.job_array():
        inside = [launcher(seed=0), launcher.bind(eta=0.1)(seed=1)]
    outside = launcher(seed=2)
    with launcher.job_array():
        inside.append(launcher(seed=3))
    assert [launcher.herd[task.id].array for task in [*inside, outside]] == [0, 0, 1, None]


def test_a_job_array_has_one_set_of_settings(launcher):
    """They may not change inside; the same settings, made anew, are the same."""
    with launcher.slurm(mem_gb=4).job_array():
        launcher.slurm(mem_gb=4)(seed=0)
        with pytest.raises(GridError, match="share their settings: mem_gb is 4 for the array and 8 here"):
            launcher.slurm(mem_gb=8)(seed=1)
    assert launcher.slurm(mem_gb=8)(seed=1)


def test_job_arrays_do_not_nest(launcher):
    """Also not by way of another launcher; after an error inside, the next one can begin."""
    with launcher.job_array(), pytest.raises(GridError, match="they do not nest"), launcher.bind().job_array():
        pytest.fail("a job array began inside another")
    with pytest.raises(ZeroDivisionError), launcher.job_array():
        raise ZeroDivisionError
    with launcher.job_array():
        launcher()


class Watchful(Task):
    """A task with a check of its own."""

    low: float
    high: float = 1.0

    def __init__(self, **values):
        super().__init__(**values)
        if self.low > self.high:
            raise ValueError("low is above high")


def test_the_hundredth_cell_is_made_as_the_first():
    """Quick ways to many cells check, tag and refuse as the slow one does."""
    launcher = Launcher(task=Cell).bind(eta=tag(0.1), names=["a"])
    for n in range(3):
        task = launcher(seed=n)
        assert (task.id, tags(task)) == (Cell(eta=0.1, names=["a"], seed=n).id, {"eta": 0.1})
        assert tags(launcher(seed=n, eta=0.2)) == {}
        assert tags(launcher(seed=tag(n), eta=0.3)) == {"seed": n}
        with pytest.raises(ConfigError, match=r"seed is 'many'.*no field 'sed'"):
            launcher(seed="many", sed=1)
    assert launcher.bind_(eta=0.5)(seed=1).eta == 0.5


def test_bound_values_need_not_be_enough_nor_right():
    """What is missing or wrong among them is said when a cell is made that does not put it right."""
    launcher = Launcher(task=Other).bind(watts="many")
    for n in range(3):
        assert launcher(watts=n).watts == n
        with pytest.raises(ConfigError, match="watts is 'many'"):
            launcher()


def test_a_class_that_does_more_when_it_is_made_does_so_for_every_cell():
    """A check of the user's own holds for all."""
    launcher = Launcher(task=Watchful).bind(low=0.5)
    assert [task.high for task in launcher(product(high=[2, 3, 4]))] == [2, 3, 4]
    with pytest.raises(ValueError, match="low is above high"):
        launcher(high=0.1)


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "policy": st.sampled_from(["a", "b"]),
        "eta": st.sampled_from([0.0, 0.5, 1.0]),
        "window": st.none() | st.integers(0, 3),
        "seed": st.integers(0, 3),
    },
)


@given(st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=8))
def test_whatever_is_bound_in_whatever_order_the_last_word_counts(calls):
    """Binding, binding in place and calling amount to one dictionary; a herd holds each cell once, in order."""
    launcher, wanted = Launcher(task=Cell), []
    for bound, in_place, called in calls:
        task = launcher.bind(**bound).bind_(in_place)(**called)
        wanted.append(Cell(**{**bound, **in_place, **called}).id)
        assert task.id == wanted[-1]
    assert launcher.herd.ids() == list(dict.fromkeys(wanted))
    assert launcher.herd.n_duplicates == len(wanted) - len(set(wanted))
