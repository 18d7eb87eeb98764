"""The page can be read by everybody: contrast, names, headings, tables, keyboard, narrow screens, paper."""

from __future__ import annotations

import pytest

#: Looks at every visible text: its colour against the nearest painted background, and how large it is.
LOW_CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || parent.closest(".unseen, .skip, title, noscript")) continue;
    if (parent.getClientRects().length === 0) continue;
    const style = getComputedStyle(parent);
    const ink = parse(parent.closest("svg") ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(ground(parent))].sort((x, y) => y - x);
    seen += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push([walker.currentNode.data, style.color, (a + 0.05) / (b + 0.05)]);
  }
  return [seen, found];
}"""

#: The same for marks of drawings, which need less.
FAINT_MARKS = """() => {
  const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const luminance = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const paper = luminance(getComputedStyle(document.body).backgroundColor);
  return [...document.querySelectorAll(".mark path, .sign path, .bell, .spike, .mean, .interval, .lowest")]
    .map((node) => [node.parentElement.getAttribute("class"), luminance(getComputedStyle(node).stroke)])
    .filter(([, ink]) => (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 3);
}"""

#: What has no name, or breaks an order that screen readers rely on.
UNNAMED = """() => {
  const faults = [];
  const name = (node) => node.getAttribute("aria-label")
    || document.getElementById(node.getAttribute("aria-labelledby"))?.textContent.trim()
    || (node.labels?.length ? node.labels[0].textContent : "") || node.textContent.trim();
  for (const node of document.querySelectorAll("a[href], button, input, select, svg[role=img], section, nav, dialog")) {
    if (!name(node)) faults.push(`no name: ${node.outerHTML.slice(0, 80)}`);
  }
  for (const node of document.querySelectorAll("svg:not([role=img])")) {
    if (!node.closest("[aria-hidden=true], [role=img]")) faults.push("a drawing without words");
  }
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((node) => Number(node.localName[1]));
  if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) faults.push(`headings ${levels}`);
  if (levels.some((level, i) => i > 0 && level > levels[i - 1] + 1)) faults.push(`headings ${levels}`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption) faults.push("a table without caption");
    if ([...table.querySelectorAll("thead th")].some((th) => th.scope !== "col")) faults.push("a column without scope");
    if ([...table.tBodies[0].rows].some((row) => row.cells[0].scope !== "row")) faults.push("a row without header");
    const wide = table.tHead.rows[0].cells.length;
    if ([...table.tBodies[0].rows].some((row) => row.cells.length !== wide)) faults.push("a row of another width");
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  for (const landmark of ["header", "main", "footer"]) {
    if (document.querySelectorAll(`body > ${landmark}`).length !== 1) faults.push(`landmark ${landmark}`);
  }
  if (!document.documentElement.lang || !document.title) faults.push("no language or title");
  if (!document.querySelector("[aria-live]")) faults.push("nothing is announced");
  return faults;
}"""

#: Whether the window has this width, and drawings have followed it.
DRAWN_TO_WIDTH = """(width) => {
  const wanted = Math.min(1180, document.querySelector("main").clientWidth);
  const charts = [...document.querySelectorAll("svg.chart")];
  return innerWidth === width && charts.every((chart) => Number(chart.getAttribute("width")) === wanted);
}"""

ADDRESSES = ["", "#job=seasoned", "#job=fresh", "#find=nobody"]


def shown(visit, fleet, address, **options):
    """Open a page, and wait for its content."""
    page = visit(fleet, address, **options)
    page.get_by_text("Live, updated").wait_for()
    page.locator("main table, main .none").first.wait_for()
    return page


@pytest.mark.parametrize("address", ADDRESSES)
def test_text_and_marks_stand_out(visit, fleet, address):
    """Text has a contrast of 4.5 at least, and marks of drawings of 3 (WCAG 2.2, 1.4.3 and 1.4.11)."""
    page = shown(visit, fleet, address)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        seen, faint = page.evaluate(LOW_CONTRAST)
        assert seen > 10
        assert faint == []
        assert page.evaluate(FAINT_MARKS) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_everything_has_a_name_and_its_place(visit, fleet, address):
    """Controls, drawings and regions are named, headings are in order, tables have headers."""
    assert shown(visit, fleet, address).evaluate(UNNAMED) == []


def test_the_dialog_for_a_token_can_be_read_too(visit, fleet):
    """It has a name, its field a label, and focus is in it."""
    page = visit(fleet, excused=("401",))
    page.route("**/v1/**", lambda route: route.fulfill(status=401, json={"detail": "A token is needed."}))
    page.reload()
    page.get_by_role("dialog").wait_for()
    assert page.evaluate(UNNAMED) == []
    assert page.evaluate("document.activeElement.id") == "token"


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_screen_is_too_narrow(visit, fleet, address):
    """Nothing needs scrolling sideways, from 320 pixels on (WCAG 2.2, 1.4.10), and drawings follow the width."""
    page = shown(visit, fleet, address)
    for folded in page.locator("details").all():
        folded.evaluate("node => { node.open = true; }")
    for width in (1200, 1121, 1119, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_function(DRAWN_TO_WIDTH, arg=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_is_enough(visit, fleet):
    """The content is one key away, each link can be reached and is seen to be, and Enter follows it."""
    page = shown(visit, fleet, "")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "seasoned":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.locator("table.trials").wait_for()
    assert page.evaluate("document.activeElement.id") == "content"
    assert page.title() == "seasoned · Optimizer service"


def test_shape_tells_what_colour_tells(visit, fleet):
    """Batch sizes differ in outline, and outcomes and stages in words."""
    page = shown(visit, fleet, "#job=seasoned")
    outlines = page.eval_on_selector_all(
        "table tbody th .key path", "paths => paths.map((path) => path.getAttribute('d'))"
    )
    assert len(outlines) == len(set(outlines)) == 3
    assert page.locator(".keys").get_by_text("hollow: stopped").count() == 1


def test_it_can_be_printed(visit, fleet):
    """On paper there are dark letters on white and no controls."""
    page = shown(visit, fleet, "#job=seasoned", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".pages, .back, button").filter(visible=True).count() == 0
