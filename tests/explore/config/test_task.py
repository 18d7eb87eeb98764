"""Tasks know what to do, what they wait for, and nothing of who runs them."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

import pytest

from simulator.errors import ConfigError, ExploreError
from simulator.explore import Config, Task, param
from simulator.explore.config import within
from simulator.explore.tokens import Token


class Step(Task):
    n: int = 0

    def execute(self):
        if self.n < 0:
            raise ValueError("negative")
        return {"n": self.n}


class Model(Config):
    start: Step | None = None


class Last(Task):
    first: Step | None = None
    more: list[Step] = ()
    model: Model = Model()
    named: dict[str, Any] = param(default_factory=dict)


@dataclass
class Experiment:
    """Keeps the first task of each id, as experiments do."""

    folder: Any
    tasks: dict[str, Task]

    def submit(self, task):
        return self.tasks.setdefault(task.id, task)

    def jobpath(self, task):
        path = self.folder / task.id[:20]
        path.mkdir(exist_ok=True)
        return path

    def result(self, task):
        return task.execute()


def test_a_task_says_what_it_does():
    """Or is told how to."""
    assert Step(n=2).execute() == {"n": 2}
    with pytest.raises(ConfigError, match="Last does not say what it does; give it a method execute"):
        Last().execute()


def test_many_are_executed_one_by_one_and_a_failure_is_one_result():
    """The others go on; nothing is done before it is asked for."""
    results = Step.execute_many([Step(n=1), Step(n=-1), Step(n=3)])
    assert next(results) == {"n": 1}
    failure = next(results)
    assert isinstance(failure, ValueError)
    assert failure.__traceback__ is not None
    assert next(results) == {"n": 3}
    assert list(results) == []


def test_an_interrupt_is_no_result():
    """Whoever stops the worker means all of it."""

    class Stopped(Task):
        def execute(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(Stopped.execute_many([Stopped()]))


def test_a_task_waits_for_those_in_its_fields_at_any_depth():
    """Through lists, dictionaries and plain configurations, each once; theirs are theirs to tell."""
    steps = [Step(n=n) for n in range(5)]
    task = Last(first=steps[0], more=steps[1:3], model=Model(start=steps[3]), named={"a": [steps[4], steps[0]]})
    assert sorted(step.n for step in task.dependencies()) == [0, 1, 2, 3, 4]
    assert list(Last(named={"a": task}).dependencies()) == [task]


def test_more_can_be_waited_for():
    """Tasks and tokens; neither is part of the id."""
    step, token = Step(n=1), Token("cpu", 3)
    task = Last().add_dependencies(step, token.dependency(2))
    assert list(task.dependencies()) == [step]
    assert [(use.token, use.count) for use in task.tokens] == [(token, 2)]
    assert task.id == Last().id
    assert list(task.copy().dependencies()) == [step]
    assert token(2, Last()).tokens == task.tokens
    assert Last().tokens == ()
    task.seal()
    assert step.sealed
    with pytest.raises(ConfigError, match="sealed"):
        task.add_dependencies(step)


def test_nobody_can_wait_for_itself_or_for_anything_else():
    """It would never begin."""
    step = Step()
    last = Last(first=step)
    with pytest.raises(ConfigError, match="would wait for itself"):
        step.add_dependencies(last)
    with pytest.raises(ConfigError, match="would wait for itself"):
        last.add_dependencies(last)
    with pytest.raises(ConfigError, match="neither a task nor a number of tokens"):
        last.add_dependencies("gpu")


def test_submitting_seals_and_gives_the_first_of_the_same_id(tmp_path):
    """Within an experiment; elsewhere it is said what is lacking."""
    with pytest.raises(ExploreError, match=r"submitting Step needs an experiment; write: with simulator.explore.exp"):
        Step().submit()
    with within(Experiment(tmp_path, {})):
        first = Step(n=1).submit()
        assert first.sealed
        assert Step(n=1).submit() is first
        assert first.jobpath.is_dir()
        assert first.result() == {"n": 1}
    with pytest.raises(ExploreError, match="a task's folder needs an experiment"):
        _ = first.jobpath


def test_callbacks_and_tokens_stay_with_the_plan():
    """They mean nothing in a worker; tasks that were added go along, for their results."""
    task = Last().on_completed(print).on_completed(len).add_dependencies(Step(n=4), Token("cpu", 1).dependency())
    back = pickle.loads(pickle.dumps(task.seal()))  # noqa: S301  # our own
    assert task.callbacks == (print, len)
    assert back.callbacks == back.tokens == ()
    assert [step.n for step in back.dependencies()] == [4]
    assert back.id == task.id


@pytest.mark.parametrize("callback", [lambda: None, lambda task, more: None, "print"])
def test_what_cannot_be_called_with_a_task_is_no_callback(callback):
    """It is refused where it is given, and not when the task has run; what does not tell its arguments is taken."""
    with pytest.raises(ConfigError, match=r"cannot be called with the task: .*; write lambda task: \.\.\."):
        Step().on_completed(callback)
    assert Step().on_completed(max).callbacks == (max,)


def test_cells_are_alone_unless_they_say_otherwise():
    """Only their class knows what is quicker together."""
    assert Step().batch_key() is None
