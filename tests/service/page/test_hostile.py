"""Whatever a client writes into a job is shown as text, and does nothing."""

from __future__ import annotations

import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from served_fleet import run_trials, served, spec

HOSTILE = [
    "<img src=x onerror=document.title='broken'>",
    "<script>document.title='broken'</script>",
    "javascript:document.title='broken'",
    "\"'><svg/onload=document.title='broken'>",
    "a/b/../c?d=e&f#g%2Fh;i",
    "{{7*7}} ${7*7} \u202etxet\u202c \u00e9\u4e2d\U0001f600",
    "-" * 400,
]


@pytest.fixture(scope="module")
def hostile_fleet(migrated_file, tmp_path_factory):
    """A server of jobs whose ids, models and networks were written by an enemy."""

    async def make(dispatcher):
        for text in HOSTILE:
            await dispatcher.register(spec(text, gpu=text[:300], network=text[:300], dataset=text[:300]))
            await run_trials(dispatcher, text, 2)
        return True

    path = tmp_path_factory.mktemp("hostile") / "jobs.db"
    with served(f"sqlite:///{shutil.copy(migrated_file, path)}") as fleet:
        fleet.do(make)
        yield fleet


def test_hostile_ids_are_text_in_the_list(visit, hostile_fleet):
    """Each is shown to the letter, nothing of it becomes an element, and a narrow screen is no wider for it."""
    page = visit(hostile_fleet, viewport={"width": 360, "height": 800})
    page.locator("tbody tr").first.wait_for()
    shown = page.locator("tbody a.id").all_text_contents()
    assert sorted(shown) == sorted(HOSTILE)
    assert page.locator("main img, main script").count() == 0
    assert page.title() == "Jobs · Optimizer service"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("job_id", HOSTILE)
def test_a_hostile_job_has_a_view_of_its_own(visit, hostile_fleet, job_id):
    """Its link leads to it, its address can be shared, and its trials are there."""
    page = visit(hostile_fleet)
    page.locator("tbody a.id", has_text=job_id).first.click()
    page.locator("table.trials").wait_for()
    page.reload()
    page.locator("table.trials").wait_for()
    assert parse_qs(urlsplit(page.url).fragment) == {"job": [job_id]}
    assert page.locator("h1").text_content() == job_id
    assert page.locator("tr[data-trial='2']").count() == 1
    assert page.locator("main img, main script").count() == 0
    assert page.title() == f"{job_id} · Optimizer service"
