"""Dominated rows are stopped, with the reason; what is stopped depends on results alone."""

from __future__ import annotations

import logging
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_sweep import cells

from simulator.errors import ConfigError, GridError
from simulator.explore import File, Race, Recorded, Replay, Task, experiment, param, product
from simulator.explore.driver.comparable import kept_apart
from simulator.explore.driver.race import Contest, bound


class Raced(Task):
    """Costs as much as its policy says, and some luck that all policies share."""

    policy: str
    job: str = "a"
    seed: int = param(0, repetition=True)

    def execute(self):
        luck = random.Random(f"{self.job}{self.seed}").uniform(0, 100)
        own = random.Random(f"{self.policy}{self.seed}").uniform(0, 0.1)
        return {"cost": luck + own + {"good": 0.0, "same": 0.0, "bad": 5.0, "worse": 9.0}[self.policy]}


def raced(folder, race, *, executor="inline", policies=("worse", "good", "bad"), jobs=("a", "b"), **more):
    """Race policies over 40 seeds, and return the states and reasons of all cells."""
    with experiment(folder, "race", executor=executor, race=race, **more) as xp:
        xp.launcher.bind(Raced)(product(job=list(jobs), policy=list(policies), seed=range(40)))
    return {cell.name: (cell.state, cell.reason) for cell in cells(folder, "race")}, xp.run


def test_dominated_rows_are_stopped_and_the_winner_gets_all_its_seeds(folder):
    """Luck of a hundred hides a difference of five from whoever does not pair seeds; results there are stay."""
    found, run = raced(folder, Race(among=("policy",)))
    of = {
        policy: [state for name, (state, _) in found.items() if policy in name] for policy in ("good", "bad", "worse")
    }
    assert set(of["good"]) == {"done"}
    for policy in ("bad", "worse"):
        assert of[policy].count("done") == 10  # five for each job: the first look settles it
        assert of[policy].count("stopped") == 70
    assert run.counts.stopped == 140
    reason = next(reason for name, (state, reason) in found.items() if state == "stopped" and "bad" in name)
    assert reason.startswith("dominated by ")
    assert "good" in reason
    assert "5 paired seeds" in reason


@pytest.mark.parametrize("executor", ["inline", "pool"])
def test_who_is_stopped_does_not_depend_on_who_runs_it_nor_on_breaks(folder, tmp_path, executor):
    """A race that goes on after a break ends as one in one go."""
    race = Race(among=("policy",))
    expected, _ = raced(tmp_path / "expected", race)
    with suppress(KeyboardInterrupt), experiment(folder, "race", executor=executor, race=race) as xp:
        xp.launcher.bind(Raced)(product(job=["a", "b"], policy=["worse", "good", "bad"], seed=range(40)))
        while xp.wait(timeout_s=0.01).done < 20:
            pass
        raise KeyboardInterrupt
    again, run = raced(folder, race, executor=executor)
    assert again.keys() == expected.keys()
    assert {name: found for name, found in again.items() if found[0] == "stopped"} == {
        name: found for name, found in expected.items() if found[0] == "stopped"
    }
    assert 0 < run.snapshot.ran <= 80


def test_equal_rows_all_get_their_seeds(folder):
    """Nobody is stopped for nothing; other jobs are other races."""
    _, run = raced(folder, Race(among=("policy",)), policies=("good", "same"))
    assert str(run.counts) == "160 done"


def test_a_race_is_only_among_the_fields_that_are_named(folder):
    """Rows that differ in the job do not compete."""
    _, run = raced(folder, Race(among=("job",)), policies=("good", "worse"), jobs=("a",))
    assert str(run.counts) == "80 done"


def test_what_was_stopped_runs_when_a_retry_asks_for_it(folder):
    """Without a race."""
    raced(folder, Race(among=("policy",)))
    _, run = raced(folder, None, retry="all")
    assert str(run.counts) == "240 done"


def test_a_measure_that_no_result_has_is_refused(folder):
    """With those there are."""
    with pytest.raises(GridError, match="there are cost; did you mean 'cost'"):
        raced(folder, Race(measure="costs", among=("policy",)))


class Tuned(Task):
    """A user's own task, whose axis has a name that no replay has."""

    rate: float
    data: File | None = None
    seed: int = param(0, repetition=True)

    def execute(self):
        return {"loss": self.rate + random.Random(f"{self.rate}{self.seed}").uniform(0, 0.01)}


def tuned(folder, race, *, data=(None,), rates=(0.1, 0.5), seeds=20):
    """Race rates, and return the run."""
    with experiment(folder, "tuned", executor="inline", race=race) as xp:
        xp.launcher.bind(Tuned)(product(data=list(data), rate=list(rates), seed=range(seeds)))
    return xp.run


def test_all_that_is_chosen_competes_unless_somebody_names_the_fields(folder):
    """Without a word about whose axis is called how."""
    assert str(tuned(folder, Race(measure="loss")).counts) == "25 done, 15 stopped"


def test_rows_of_other_data_do_not_compete_and_whoever_races_none_is_told(folder, tmp_path, caplog):
    """A loss on one file says nothing of that on another."""
    data = [tmp_path / "a", tmp_path / "b"]
    for each in data:
        each.write_text(each.name)
    with caplog.at_level(logging.WARNING, "simulator.explore"):
        assert str(tuned(folder, Race(measure="loss"), data=data).counts) == "50 done, 30 stopped"
        assert caplog.messages == []
        assert str(tuned(folder / "one", Race(measure="loss"), data=data, rates=(0.1,)).counts) == "40 done"
        (message,) = caplog.messages
        assert "no row is raced: no row has another of the same job" in message
        assert "rows differ in data: " in message


def test_replays_compete_at_the_same_exchange_rate_only():
    """A cost of another eta is another quantity; of another policy, beta or window it is not."""
    traces = Recorded("@v100")
    cell = Replay(job=traces.read().jobs[0], traces=traces).seal()
    same = {name for name in cell.plain()["fields"] if kept_apart(cell, name)}
    assert same == {"job", "traces", "eta", "recurrences", "draws", "detail", "groups"}


def test_whoever_names_fields_in_which_no_rows_compete_is_told(folder, caplog):
    """With those in which rows differ; and what was to be measured."""
    with caplog.at_level(logging.WARNING, "simulator.explore"):
        tuned(folder, Race(measure="lss", among=("rte",)))
    assert [message.split(":")[0] for message in caplog.messages] == [
        "no row is raced",
        "rows cannot be raced by 'lss'",
    ]
    assert "no two rows differ in rte only; rows differ in rate" in caplog.messages[0]
    assert "there are loss; did you mean 'loss'" in caplog.messages[1]


def test_too_few_seeds_for_a_look_are_told(folder, caplog):
    """Nobody would be stopped."""
    with caplog.at_level(logging.WARNING, "simulator.explore"):
        tuned(folder, Race(measure="loss"), seeds=5)
    (message,) = caplog.messages
    assert "rows have 5 seeds and the first look comes after 5" in message


def test_races_that_make_no_sense_are_refused():
    """With what does."""
    with pytest.raises(ConfigError, match="confidence"):
        Race(confidence=95)
    with pytest.raises(ConfigError, match=r"\('policy',\)"):
        Race(among="policy")
    with pytest.raises(ConfigError, match="least_seeds"):
        Race(least_seeds=1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(1e-6, 0.4))
def test_a_bound_lies_below_the_mean_and_falls_as_it_must_be_surer(differences, alpha):
    """Of whatever differences."""
    mean = sum(differences) / len(differences)
    slack = 1e-6 * (1 + max(map(abs, differences)))
    assert bound(differences, alpha) <= mean + slack
    assert bound(differences, alpha / 2) <= bound(differences, alpha) + slack


def test_a_row_is_stopped_wrongly_more_seldom_than_promised():
    """300 races of 4 rows that are equal in truth, over up to 60 seeds with many looks; at most 5 % may lose a row."""
    race, wrong = Race(), 0
    for trial in range(300):
        draws = random.Random(trial)
        rows = {f"row {i}": {seed: 60 * i + seed for seed in range(60)} for i in range(4)}
        values = {position: draws.gauss(10, 1) for row in rows.values() for position in row.values()}
        contest = Contest(race, rows, range(60), str)
        lost = False
        while contest.advance():
            lost = lost or any(True for _ in contest.judge(values))
        wrong += lost
    assert wrong <= 24  # 5 % are 15; more than 24 would happen by chance once in 100 times, were it just 5 %
