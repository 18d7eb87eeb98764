"""The page in a browser: it loads nothing, filters, sorts, remembers, prints, and can be read by everybody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from simulator.compare import Comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

#: Patience with a busy machine [ms].
PATIENCE_MS = 60_000


@pytest.fixture
def visit(browser) -> Iterator[Callable[..., Page]]:
    """Open a page from its file; afterwards, nothing may have been complained of or asked for elsewhere."""
    contexts = []
    faults: list[str] = []

    def opened(path: Any, hash_: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        page.on("console", lambda message: faults.append(f"console: {message.text}"))
        page.on("request", lambda asked: asked.url.startswith((path.as_uri(), "data:")) or faults.append(asked.url))
        page.goto(path.as_uri() + hash_)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def shown(page: Page, selector: str) -> int:
    return sum(each.is_visible() for each in page.locator(selector).all())


def test_it_says_first_what_nobody_recorded_and_then_what_was_found(visit, written):
    """The first words are about the traces; the summary comes before any table."""
    page = visit(written.path)
    text = page.locator("body").inner_text()
    assert text.split("\n")[0].startswith("SYNTHETIC traces") or "SYNTHETIC traces." in text[:200]
    assert re.search(r"pruning-gts costs [\d.]+\s% \[.+\] (less|more) than default\+full over 2 jobs on", text)
    assert text.index("pruning-gts costs") < text.index("Difference from default+full")
    assert "SYNTHETIC" in page.title()


def test_numbers_in_the_table_are_those_of_the_comparison(visit, written, results):
    """Every difference, interval and verdict equals the comparison's, to the digits shown."""
    page = visit(written.path)
    costs = Comparison.load(results / "comparison").differences.query("measure == 'cost'")
    rows = page.eval_on_selector_all(
        "#verdicts-0 tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    assert len(rows) == len(costs) == 10
    seen = {}
    for job, gpu, policy, verdict, cost, *_ in rows:
        change, low, high = (float(each) for each in re.findall(r"[-+\d.]+", cost.replace("−", "-")))
        seen[job, gpu, policy] = (verdict.lstrip("▼▲≈? \n"), change, low, high)
    for row in costs.to_dict("records"):
        name = "all" if row["job"] == "all" else row["job"].removeprefix("Job(").split(",")[0]
        verdict, *numbers = seen[name, row["gpu"], row["policy"]]
        assert verdict.startswith(row["verdict"])
        assert numbers == pytest.approx([row[f"{each}_pct"] for each in ("difference", "low", "high")], abs=0.0501)


def test_filters_hide_and_show_tables_and_figures(visit, written):
    """What is about a job, a GPU or a policy goes with its box, in tables, figures and lists; and comes back."""
    page = visit(written.path)
    page.locator("#filters summary").click()
    for dimension, value in (("job", "squad"), ("gpu", "a40"), ("policy", "unimodal-ucb")):
        about = f'main [data-{dimension}="{value}"]'
        before = shown(page, f"{about}:is(tr, figure, li)")
        assert before > 0
        box = page.locator(f'#filters input[name="{dimension}"][value="{value}"]')
        box.uncheck()
        assert shown(page, about) == 0
        assert page.locator("#filtered").inner_text() != "everything is shown"
        box.check()
        assert shown(page, f"{about}:is(tr, figure, li)") == before
    assert page.locator('figure svg g[data-policy="unimodal-ucb"]').count() > 5
    assert page.locator("#filtered").inner_text() == "everything is shown"


def test_filters_work_from_the_keyboard(visit, written):
    """Tab and space are enough; and where nothing is left, a table says so."""
    page = visit(written.path)
    page.locator("#filters summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "all"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # none of the jobs
    assert page.locator('#filters input[name="job"]:checked').count() == 0
    page.locator('#filters fieldset[data-dimension="policy"] [data-none]').press("Enter")
    assert page.locator("#verdicts .nothing").is_visible()


def test_sorting_takes_numbers_as_numbers(visit, written):
    """A click sorts a column up, another down; the heading says which, and missing numbers come last."""
    page = visit(written.path)
    heading = page.locator("#verdicts-0 thead th", has_text="Cost [%]")
    column = heading.evaluate("th => th.cellIndex")
    keys = f"rows => rows.map(row => Number(row.cells[{column}].dataset.key ?? NaN))"
    for direction in ("ascending", "descending"):
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == direction
        found = page.eval_on_selector_all("#verdicts-0 tbody tr", keys)
        assert found == sorted(found, reverse=direction == "descending")
    assert page.locator("#verdicts-0 th[aria-sort]").count() == 1
    page.locator("#verdicts-0 thead th").first.get_by_role("button").press("Enter")
    texts = page.eval_on_selector_all("#verdicts-0 tbody tr", "rows => rows.map(row => row.cells[0].innerText)")
    assert texts == sorted(texts)


def test_the_address_restores_what_was_shown(visit, written):
    """A link that was copied shows the same choice and order; links within the page keep them."""
    page = visit(written.path)
    page.locator("#filters summary").click()
    page.locator('#filters input[value="pruning-gts"]').uncheck()
    page.locator("#verdicts-0 thead th", has_text="Cost [%]").get_by_role("button").click()
    page.locator("nav a", has_text="Regret").click()
    address = page.evaluate("location.hash")
    assert "policy=default%2Bfull" in address
    again = visit(written.path, address)
    assert not again.locator('#filters input[value="pruning-gts"]').is_checked()
    assert shown(again, '#verdicts [data-policy="pruning-gts"]') == 0
    assert again.locator('#verdicts-0 th[aria-sort="ascending"]').count() == 1
    again.wait_for_function("scrollY > 1000")
    strange = visit(written.path, "#policy=nobody&sort=nothing,9,up&sort=verdicts-0,99,ascending")
    assert strange.locator('#filters input[name="policy"]:checked').count() == 0


def test_a_phone_scrolls_down_only(visit, written):
    """At 360 px only tables and figures scroll sideways, each within itself; verdict and cost need no scrolling."""
    page = visit(written.path, viewport={"width": 360, "height": 740})
    for details in page.locator("details").all():
        details.evaluate("each => { each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("#verdicts .table").evaluate("each => each.scrollWidth > each.clientWidth")
    first = page.locator("#verdicts-0 tbody tr").first
    for what in (".verdict", ".amount"):  # of the cost, whose drawing comes after it here
        assert first.locator(what).evaluate("each => each.getBoundingClientRect().right") <= 360
    for size in page.eval_on_selector_all(
        "p, li, td, dd", "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    ):
        assert size >= 12


def test_paper_shows_everything_and_no_filters(visit, written):
    """In print there is nothing to click: filters are gone, folded tables are open, and figures are not cut."""
    page = visit(written.path, viewport={"width": 794, "height": 1123})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.locator("#filters").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.locator("#manifest table").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    figure = page.locator("figure").first
    assert figure.evaluate("each => getComputedStyle(each).breakInside") == "avoid"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert not page.locator("#manifest table").is_visible()


def test_everybody_can_read_it(visit, written):
    """The checker of accessibility rules (axe-core, WCAG 2.2 AA) finds nothing, with everything unfolded."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python")
    page = visit(written.path, bypass_csp=True)
    page.eval_on_selector_all("details", "all => all.forEach(each => { each.open = true; })")
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]})
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found.response["violations"]] == []


def test_every_figure_says_what_there_is_to_see(visit, written):
    """Each has the role of an image, a name, and a sentence with a finding that is not just its name."""
    page = visit(written.path)
    told = page.eval_on_selector_all(
        "figure .canvas > svg",
        "all => all.map(e => [e.getAttribute('role'), e.getAttribute('aria-label'),"
        " document.getElementById(e.getAttribute('aria-describedby'))?.textContent])",
    )
    assert len(told) > 15
    for role, name, finding in told:
        assert role == "img"
        assert "SYNTHETIC" in name
        assert finding.endswith(".")
        assert len(finding) > 30
    assert (
        page.evaluate("new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size")
        == page.locator("[id]").count()
    )


def test_without_scripts_everything_is_shown(visit, written):
    """Where JavaScript is off, nothing is hidden and nothing is offered that would not work."""
    page = visit(written.path, java_script_enabled=False)
    assert page.locator("#verdicts-0").is_visible()
    assert page.locator("#regret figure").first.is_visible()
    assert not page.locator("#filters").is_visible()


def test_names_of_plug_ins_stay_text(visit, hostile):
    """A policy and a data set whose names are markup are shown as they are, filtered, and run nothing."""
    page = visit(hostile)
    name = page.locator("h1").inner_text()
    assert "<script>" in name
    assert page.title().startswith(name)
    box = page.locator('#filters input[name="policy"]').nth(1)
    assert box.get_attribute("value") == name
    assert shown(page, "figure g[data-policy]") > 0
    page.locator("#filters summary").click()
    box.uncheck()
    assert page.evaluate("decodeURIComponent(location.hash)") == "#policy=default+full&policy=unimodal-ucb"
    hidden = page.eval_on_selector_all("[data-policy][data-off]", "all => all.map(e => e.dataset.policy)")
    assert set(hidden) == {name}
    again = visit(hostile, "#policy=" + quote(name, safe=""))
    assert again.locator('#filters input[name="policy"]:checked').count() == 1


def test_the_first_figures_are_shown_and_the_rest_unfolds(visit, written):
    """A section begins with two figures; a click, and a choice of jobs, show the others; all of them leave again."""
    page = visit(written.path)
    more = page.locator("#choices details.more")
    assert shown(page, "#choices figure") == 2
    assert more.locator("summary").inner_text().endswith("more figures: cifar100 and squad")
    more.locator("summary").click()
    assert shown(page, "#choices figure") == page.locator("#choices figure").count() > 4
    more.locator("summary").click()
    page.locator("#filters summary").click()
    jobs = page.locator('#filters fieldset[data-dimension="job"]')
    jobs.locator("[data-none]").click()
    assert shown(page, "#choices figure") == 0
    assert page.locator("#choices .none").is_visible()
    assert not more.is_visible()
    page.locator('#filters input[value="cifar100"]').check()
    assert shown(page, '#choices figure[data-job="cifar100"]') == page.locator('#choices [data-job="cifar100"]').count()
    assert not page.locator("#choices .none").is_visible()
    jobs.locator("[data-all]").click()
    assert shown(page, "#choices figure") == 2


def test_without_scripts_nothing_is_folded(visit, written):
    """Every figure and table is there for those who can click on nothing."""
    page = visit(written.path, java_script_enabled=False)
    assert page.locator("details:not([open]):not(#filters details)").count() == 0
    assert page.locator("#manifest table").is_visible()


def test_intervals_are_drawn_where_their_numbers_say(visit, written, results):
    """In the table of verdicts, all bars share one axis: places on it and differences lie on a line."""
    page = visit(written.path)
    costs = Comparison.load(results / "comparison").differences.query("measure == 'cost' and difference_pct.notna()")
    zero, *drawn = page.eval_on_selector_all(
        "#verdicts-0 tbody .bar :is(.zero, .interval, .point)",
        """all => {
            const box = (each) => each.getBoundingClientRect();
            const middle = (each) => (box(each).left + box(each).right) / 2;
            const of = (name) => all.filter((each) => each.classList.contains(name));
            return [middle(of("zero")[0]), ...of("point").map(middle),
                    ...of("interval").map((each) => box(each).right - box(each).left)];
        }""",
    )
    points, widths = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    order = costs.assign(whole=costs["job"] != "all").sort_values("whole", kind="stable")
    places = page.eval_on_selector_all("#verdicts-0 tbody tr", "rows => rows.map(row => row.cells[4].dataset.key)")
    percents = [float(each) for each in places]
    assert sorted(percents) == pytest.approx(sorted(order["difference_pct"]))
    scale = (points[0] - zero) / percents[0]
    assert points == pytest.approx([zero + scale * each for each in percents], abs=1.5)
    spans = {round(row.difference_pct, 6): row.high_pct - row.low_pct for row in order.itertuples()}
    known = [spans[round(each, 6)] for each in percents]
    assert widths == pytest.approx([scale * span for span in known], abs=4.0)
