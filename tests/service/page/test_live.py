"""The page keeps itself fresh, leaves the reader's place alone, and says when what it shows is old."""

from __future__ import annotations

from served_fleet import make_seasoned_job, outcome, run_trials, served, spec


async def begin(dispatcher):
    """Register a job, and run its first trials."""
    await dispatcher.register(spec("seasoned"))
    await run_trials(dispatcher, "seasoned", 3)
    return True


def test_new_trials_appear_without_a_reload(visit, own_fleet):
    """What happens is seen, and focus, selection, scroll position and open details stay as they are."""
    own_fleet.do(begin)
    page = visit(own_fleet, "#job=seasoned")
    page.locator("tr[data-trial='3']").wait_for()
    page.evaluate("window.mark = document.querySelector(\"tr[data-trial='2']\")")
    page.locator(".help summary").click()
    page.locator(".help summary").focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1')); scrollTo(0, 300)")

    async def more(dispatcher):
        trial = (await dispatcher.dispatch("seasoned")).trial
        used = outcome(trial.batch_size, trial.number)
        await dispatcher.finish("seasoned", trial.number, **used, converged=True)
        return trial

    trial = own_fleet.do(more)
    page.locator("tr[data-trial='4'] .outcome-converged").wait_for()
    assert page.locator("tr[data-trial='4'] data").nth(1).get_attribute("value") == str(
        int(outcome(trial.batch_size, 4)["energy_j"])
    )
    assert page.evaluate("window.mark === document.querySelector(\"tr[data-trial='2']\")")
    assert page.evaluate("document.activeElement.localName") == "summary"
    assert page.evaluate("getSelection().toString()") == "seasoned"
    assert page.evaluate("scrollY") == 300
    assert page.locator("details[open]").count() == 1


def test_a_running_trial_shows_how_it_gets_on(visit, own_fleet):
    """Progress reports are seen before the trial has ended."""
    own_fleet.do(begin)

    async def start(dispatcher):
        return (await dispatcher.dispatch("seasoned")).trial

    async def report(dispatcher):
        return await dispatcher.report("seasoned", None, 4, energy_j=12345.0, time_s=60.0, metric=0.1, epoch=1)

    own_fleet.do(start)
    page = visit(own_fleet, "#job=seasoned")
    page.locator("tr[data-trial='4']").get_by_text("running").wait_for()
    own_fleet.do(report)
    page.locator("tr[data-trial='4'] data[value='12345']").wait_for()
    assert page.locator("tr[data-trial='4']").get_by_text("12.3 kJ").count() == 1


def test_typing_is_not_disturbed(visit, own_fleet):
    """A search that is being typed stays in its field, whatever comes in meanwhile."""
    own_fleet.do(begin)
    page = visit(own_fleet)
    field = page.get_by_label("Id begins with")
    field.press_sequentially("seas", delay=30)
    page.wait_for_url("**/#find=seas")
    field.press_sequentially("oned", delay=30)
    page.wait_for_url("**/#find=seasoned")
    assert field.input_value() == "seasoned"
    assert page.evaluate("document.activeElement.id") == "find"


def test_a_server_that_goes_away_and_comes_back(visit, own_fleet):
    """Data stays, is said to be old, for eye and ear; the page finds the server again by itself."""
    own_fleet.do(begin)
    page = visit(own_fleet, "#job=seasoned", excused=("ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY"))
    page.get_by_text("Live, updated").wait_for()
    own_fleet.stop()
    page.locator("#state").get_by_text("Old data").wait_for()
    assert "The server cannot be reached." in page.locator("#announcements").inner_text()
    assert page.locator("tr[data-trial='3']").count() == 1
    own_fleet.start()
    page.get_by_role("button", name="Try now").click()
    page.get_by_text("Live, updated").wait_for()
    assert page.locator("#announcements").inner_text() == "The data is live again."


def test_it_asks_seldom_while_hidden_and_backs_off_while_it_fails(visit, own_fleet):
    """By a clock of the test's own: a hidden page asks twice a minute at most, a failing one ever more seldom."""
    own_fleet.do(begin)
    page = visit(own_fleet, excused=("ERR_FAILED",))
    page.get_by_text("Live, updated").wait_for()
    asked = []
    page.on("request", lambda request: "/v1/jobs" in request.url and asked.append(request.url))

    def asked_within(seconds):
        before = len(asked)
        for _ in range(0, seconds, 3):
            page.clock.run_for(3000)
            page.wait_for_timeout(20)
        return len(asked) - before

    page.clock.install()
    page.reload()
    page.get_by_text("Live, updated").wait_for()
    assert 5 <= asked_within(30) <= 12
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked_within(5)
    assert asked_within(60) <= 3
    page.evaluate("Object.defineProperty(document, 'hidden', {value: false, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.route("**/v1/**", lambda route: route.abort())
    asked_within(60)
    assert asked_within(120) <= 4


def test_a_token_is_asked_for_and_kept_for_the_tab_alone(visit, sqlite_url):
    """Nothing is shown without; a wrong one is said to be; the right one is kept until the tab is closed."""
    with served(sqlite_url, tokens=("open sesame",)) as fleet:
        fleet.do(begin)
        page = visit(fleet, excused=("401",))
        dialog = page.get_by_role("dialog", name="This service wants a token")
        dialog.wait_for()
        assert "seasoned" not in page.content()
        page.get_by_label("Bearer token").fill("open barley")
        page.keyboard.press("Enter")
        page.get_by_text("The token was refused.").wait_for()
        page.keyboard.press("Escape")
        dialog.wait_for(state="hidden")
        page.locator("#state").get_by_role("button", name="Enter token").click()
        page.get_by_label("Bearer token").fill("open sesame")
        page.get_by_role("button", name="Use token").click()
        page.locator("tr[data-job=seasoned]").wait_for()
        assert page.evaluate("localStorage.length") == 0
        assert page.evaluate("document.cookie") == ""
        page.reload()
        page.locator("tr[data-job=seasoned]").wait_for()
        page.get_by_role("button", name="Forget token").click()
        dialog.wait_for()
        assert page.evaluate("sessionStorage.length") == 0


def test_a_job_that_is_registered_anew_under_its_id_shows_nothing_of_the_old_one(visit, own_fleet):
    """Trials that were read before are forgotten with the job that they were of."""
    own_fleet.do(begin)
    page = visit(own_fleet, "#job=seasoned", excused=("404",))
    page.locator("tr[data-trial='3']").wait_for()

    async def again(dispatcher):
        await dispatcher.delete("seasoned")
        await make_seasoned_job(dispatcher, "seasoned", network="another")
        return True

    own_fleet.do(again)
    page.get_by_text("another · 1 × a40").wait_for()
    numbers = {trial["number"] for trial in own_fleet.get("jobs/seasoned/trials?limit=200")["items"]}
    assert min(numbers) > 3
    page.locator(f"tr[data-trial='{max(numbers)}']").wait_for()
    shown = page.locator("table.trials tbody tr")
    assert {int(shown.nth(i).get_attribute("data-trial")) for i in range(shown.count())} == numbers


def test_a_job_that_is_not_there_is_said_in_sentences(visit, own_fleet):
    """What the server says ends before what the page does next begins."""
    page = visit(own_fleet, "#job=nobody", excused=("404",))
    page.locator("#state").get_by_text("register it first. Next try in").wait_for()
