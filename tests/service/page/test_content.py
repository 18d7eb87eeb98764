"""What the page says is what the service knows: numbers compared, in a real browser. All jobs are synthetic."""

from __future__ import annotations

import re
import subprocess
import sys
from math import isclose
from urllib.parse import quote, urlencode

from served_fleet import run_trials, spec

from simulator.service.deciding.results import RecordedRun
from simulator.service.model import Origin

UNITS = {"J": 1, "kJ": 1e3, "MJ": 1e6, "GJ": 1e9, "s": 1, "min": 60, "h": 3600, "d": 86400}


def address(job_id, **more):
    """Where a job is seen."""
    return "#" + urlencode({"job": job_id} | more)


def value_of(locator):
    """The exact number that an element stands for; what it shows must agree with it."""
    exact = float(locator.locator("data").first.get_attribute("value"))
    shown = locator.locator("data").first.inner_text().replace("\u2212", "-").replace(",", "")
    parts = re.findall(r"(-?[\d.]+) (\w+)", shown)
    assert isclose(sum(float(n) * UNITS[unit] for n, unit in parts), exact, rel_tol=0.009, abs_tol=0.5)
    return exact


def fact(page, name):
    """The box of a fact."""
    return page.locator(".fact").filter(has=page.locator("dt", has_text=re.compile(f"^{name}$")))


def test_the_list_says_what_the_service_says(visit, fleet):
    """Each job has its stage, its trials, its lowest cost, and what it used and saved."""
    page = visit(fleet)
    page.locator("tbody tr").first.wait_for()
    jobs = fleet.get("jobs")["items"]
    assert page.locator("tbody tr").count() == len(jobs)
    for job in jobs:
        row = page.locator(f"tr[data-job={quoted(job['job_id'])}]")
        counts, costs = job["counts"], job["costs"]
        cell = lambda label, row=row: row.locator(f"td[data-label='{label}']")  # noqa: E731 - five words, used here alone
        assert job["stage"] in cell("Stage").inner_text()
        for label, n in {
            "Running": counts["dispatched"],
            "Converged": counts["converged"],
            "Stopped": counts["succeeded"] - counts["converged"],
            "Failed": counts["failed"],
        }.items():
            assert cell(label).inner_text() == str(n)
        assert value_of(cell("Energy used")) == costs["energy_j"]
        if job["min_cost"] is not None:
            assert value_of(cell("Lowest cost")) == job["min_cost"]
            assert f"size {job['min_cost_batch_size']}" in cell("Lowest cost").inner_text()
        if costs["saved_j"] is None:
            assert cell("Energy saved").inner_text() == "not known yet"
        else:
            assert value_of(cell("Energy saved")) == costs["saved_j"]


def test_a_history_that_nobody_ran_is_called_so(visit, own_fleet):
    """In the list, beside the job, and in the row of each such trial; a job that ran says nothing of the kind."""
    runs = [RecordedRun(batch_size=32, energy_j=9.0, time_s=1.0, converged=True, origin=Origin.SYNTHETIC)]
    runs += [RecordedRun(batch_size=32, energy_j=8.0, time_s=1.0, converged=True, origin=Origin.PREDICTED)]

    async def make(dispatcher):
        for name in ("made-up", "lived"):
            await dispatcher.register(spec(name))
            await run_trials(dispatcher, name, 1)
        await dispatcher.record("made-up", runs)

    own_fleet.do(make)
    page = visit(own_fleet)
    page.locator("tbody tr").first.wait_for()
    said = ["SYNTHETIC history: 1 of 3 trials", "PREDICTED history: 1 of 3 trials"]
    assert page.locator("tr[data-job=made-up] .made-up").all_inner_texts() == said
    assert page.locator("tr[data-job=lived] .made-up").count() == 0
    page = visit(own_fleet, address("made-up"))
    page.locator("tr[data-trial='1']").wait_for()
    assert page.locator(".made-up").all_inner_texts() == said
    outcomes = page.locator("td[data-label=Outcome]").all_inner_texts()
    assert sorted("SYNTHETIC" in one or "PREDICTED" in one for one in outcomes) == [False, True, True]


def quoted(text):
    """The text as a string of CSS."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_energy_saved_is_computed_as_the_page_says(visit, fleet):
    """It is recomputed here from the trials: converged ones times the default's mean, less all that has ended."""
    trials = fleet.get("jobs/seasoned/trials?limit=200")["items"]
    converged = [trial for trial in trials if trial["converged"]]
    of_default = [trial["energy_j"] for trial in converged if trial["batch_size"] == 32]
    mean_j = sum(of_default) / len(of_default)
    ended_j = sum(trial["energy_j"] for trial in trials if trial["status"] != "Dispatched")
    page = visit(fleet, address("seasoned"))
    saved_j = value_of(fact(page, "Energy saved"))
    assert isclose(saved_j, len(converged) * mean_j - ended_j, rel_tol=1e-9)
    because = page.locator(".because").inner_text()
    assert f"Converged trials: {len(converged)}." in because
    assert f"mean of {len(of_default)} converged trials of that size" in because
    assert "those that were stopped, failed or explored as well" in because


def test_energy_saved_is_not_known_without_a_converged_trial_of_the_default(visit, fleet):
    """Nothing is compared with nothing, and the page says so."""
    page = visit(fleet, address("fresh"))
    assert "not known yet" in fact(page, "Energy saved").inner_text()
    assert "no trial of the default batch size 32 has converged" in page.locator(".because").inner_text()
    assert "No trial yet" in page.locator("main").inner_text()


def test_a_job_shows_its_trials_newest_first_with_reasons(visit, fleet):
    """Every trial has its size, why it has it, what it came to, and what it used."""
    page = visit(fleet, address("seasoned"))
    page.locator("table.trials").wait_for()
    trials = fleet.get("jobs/seasoned/trials?limit=200")["items"]
    rows = page.locator("table.trials tbody tr")
    assert [int(rows.nth(i).get_attribute("data-trial")) for i in range(rows.count())] == [
        trial["number"] for trial in reversed(trials)
    ]
    for trial in trials:
        row = page.locator(f"tr[data-trial='{trial['number']}']")
        cell = lambda label, row=row: row.locator(f"td[data-label='{label}']")  # noqa: E731 - as above
        assert cell("Batch size").inner_text().strip() == str(trial["batch_size"])
        assert cell("Why this size").text_content() == trial["reason"] != ""
        assert value_of(cell("Energy")) == trial["energy_j"]
        assert value_of(cell("Time")) == trial["time_s"]
        if trial["cost"] is not None:
            assert value_of(cell("Cost")) == trial["cost"]
        word = {"Dispatched": "running", "Failed": "failed"}.get(trial["status"])
        assert (word or ("converged" if trial["converged"] else "stopped")) in cell("Outcome").inner_text()


def test_costs_are_drawn_with_a_mark_for_each_trial(visit, fleet):
    """Converged trials are filled, stopped ones hollow, failed and running ones apart; each mark says which it is."""
    page = visit(fleet, address("seasoned"))
    chart = page.locator("svg#costs")
    chart.wait_for()
    trials = fleet.get("jobs/seasoned/trials?limit=200")["items"]
    titles = chart.locator("g > title").all_text_contents()
    assert [int(title.split(",")[0].removeprefix("Trial ")) for title in titles] == [t["number"] for t in trials]
    ended = [trial for trial in trials if trial["status"] == "Succeeded"]
    assert chart.locator("g.mark").count() == len(ended)
    assert chart.locator("g.mark.hollow").count() == sum(not trial["converged"] for trial in ended)
    assert chart.locator("g.sign-failed").count() == sum(trial["status"] == "Failed" for trial in trials)
    assert chart.locator("g.sign-running").count() == sum(trial["status"] == "Dispatched" for trial in trials)


def test_beliefs_are_drawn_from_the_arms(visit, fleet):
    """Means and intervals are those of the arms; a belief without spread is a line."""
    page = visit(fleet, address("seasoned"))
    page.locator("svg#beliefs").wait_for()
    arms = fleet.get("jobs/seasoned/arms")["items"]
    believing = [arm for arm in arms if arm["precision"] == "inf" or arm["precision"] > 0]
    assert page.locator("svg#beliefs g.ridge").count() == len(believing) > 0
    for arm in believing:
        row = page.locator(f"tr[data-size='{arm['batch_size']}']")
        assert value_of(row.locator("td[data-label='Believed mean cost']")) == -arm["mean"]
        assert row.locator("td[data-label='Results believed']").inner_text() == str(arm["n_observations"])
    certain = sum(arm["precision"] == "inf" for arm in believing)
    assert page.locator("svg#beliefs .spike").count() == certain
    assert page.locator("svg#beliefs .bell").count() == len(believing) - certain


def test_a_belief_without_spread_is_a_line(visit, own_fleet):
    """Runs that all cost the same leave no doubt, and that is drawn and said."""

    async def make(dispatcher):
        await dispatcher.register(spec("constant", batch_sizes=(16, 32), default_batch_size=16))
        for _ in range(8):
            trial = (await dispatcher.dispatch("constant")).trial
            energy_j = 1e6 if trial.batch_size == 16 else 1e6 + trial.number
            await dispatcher.finish("constant", trial.number, energy_j=energy_j, time_s=5e3, converged=True)
        return True

    own_fleet.do(make)
    page = visit(own_fleet, address("constant"))
    page.locator("svg#beliefs").wait_for()
    assert page.locator("svg#beliefs .spike").count() == 1
    assert "no spread" in page.locator("tr[data-size='16']").inner_text()


def test_power_limits_are_shown_where_they_are_chosen(visit, fleet):
    """Who chooses among which, and a column in the table of trials; other jobs have neither."""
    page = visit(fleet, address("powered"))
    assert "100, 200, 300 W per GPU" in fact(page, "Power limit chosen last").inner_text()
    page = visit(fleet, address("seasoned"))
    page.locator("table.trials").wait_for()
    assert fact(page, "Power limit chosen last").count() == 0


def test_a_job_that_is_not_there_is_said_to_be_missing(visit, fleet):
    """A link to a job that was deleted leads to words, and to the list."""
    page = visit(fleet, address("nobody"), excused=("404",))
    page.locator(".wrong").wait_for()
    assert "nobody" in page.locator(".wrong").inner_text()
    page.get_by_role("link", name="See all jobs").click()
    page.locator("tr[data-job=seasoned]").wait_for()


def test_many_jobs_come_page_by_page_and_are_found_by_how_they_begin(visit, own_fleet):
    """The list does not grow with the fleet; a search narrows it down, and its address can be linked."""

    async def make(dispatcher):
        for i in range(60):
            await dispatcher.register(spec(f"fleet-{i:02d}"))
        return True

    own_fleet.do(make)
    page = visit(own_fleet)
    ids = page.locator("tbody tr a.id")
    page.get_by_text("fleet-00").wait_for()
    assert ids.count() == 25
    page.get_by_role("link", name="Next").click()
    page.get_by_text("fleet-25").wait_for()
    page.get_by_role("link", name="Next").click()
    page.get_by_text("fleet-59").wait_for()
    assert ids.count() == 10
    page.get_by_role("link", name="Previous").click()
    page.get_by_text("fleet-49").wait_for()
    page.get_by_label("Id begins with").fill("fleet-3")
    page.locator("tbody tr").nth(10).wait_for(state="detached")
    assert ids.all_inner_texts() == [f"fleet-3{i}" for i in range(10)]
    assert "find=fleet-3" in page.url
    page.get_by_label("Id begins with").fill("nothing like this")
    page.get_by_text("No job is like this.").wait_for()
    again = visit(own_fleet, f"#find={quote('fleet-5')}")
    again.get_by_text("fleet-59").wait_for()
    assert again.locator("tbody tr").count() == 10


def test_an_empty_service_tells_what_to_do(visit, own_fleet):
    """The first thing a new user sees is a script for this very server; it works, and its job appears by itself."""
    page = visit(own_fleet)
    page.get_by_text("There is no job yet.").wait_for()
    code = page.locator("pre").inner_text()
    assert own_fleet.url in code
    training = "import itertools\njoules = itertools.count(1000, 1000)\n"
    training += "def train_one_epoch(batch_size): j = next(joules); return j / 4000, float(j)\n"
    subprocess.run([sys.executable, "-c", training + code], check=True)
    row = page.locator("tr[data-job=my-first-job]")
    row.wait_for()
    assert row.locator("td[data-label='Converged']").inner_text() == "1"
    assert value_of(row.locator("td[data-label='Energy used']")) == 4000
