"""The file: the same every time, whole or not there, with nothing outside, and told by the tables alone."""

from __future__ import annotations

import re
import shutil
from html import unescape
from html.parser import HTMLParser

import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import gmean

from simulator.cli import main
from simulator.compare import Comparison
from simulator.errors import ReplayError
from simulator.report import write
from simulator.report.evidence import gather
from simulator.report.find import find
from simulator.report.missing import missing
from simulator.report.sections.sensitivity import sensitivity
from simulator.report.summary import summarized
from simulator.report.words import amount

LARGEST_BYTES = 2_000_000


class Loads(HTMLParser):
    """Collects every attribute that could make a browser fetch or run something."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href", "style") or name[:2] == "on":
                self.found.append((tag, name, value or ""))


def test_nothing_in_it_lies_elsewhere(written, hostile):
    """No address, no handler, no style within elements: only links within the page, and a ban on everything else."""
    for path in (written.path, hostile):
        text = path.read_text(encoding="utf-8")
        loads = Loads()
        loads.feed(text)
        assert {re.split(r"(?<=[#:])", value)[0] for _, _, value in loads.found} == {"#", "data:"}
        assert {name for _, name, _ in loads.found} == {"href"}
        assert not re.search(r"https?:|@import|@font-face|url\((?!#)", text)
        assert "default-src 'none'; style-src 'sha256-" in unescape(text)
        assert len(text.encode()) < LARGEST_BYTES


def test_markup_in_names_is_escaped_everywhere(hostile):
    """There is one script on the page, and it is the page's own."""
    text = hostile.read_text(encoding="utf-8")
    assert text.count("<script>") == text.count("</script>") == 1
    assert "&lt;script&gt;document.title" in text


def test_the_same_results_give_the_same_bytes(written, results, tmp_path):
    """Wherever the results lie and whenever it is made, the file is the same."""
    elsewhere = shutil.copytree(results, tmp_path / "moved" / results.name)
    again = write(str(elsewhere), tmp_path / "again.html")
    assert again.path.read_bytes() == written.path.read_bytes()
    assert again.sections == written.sections


def test_every_section_is_there_and_the_rest_has_its_command(written):
    """What was found is shown in order; of what was not, the page and the answer say which command adds it."""
    assert written.sections == [
        *("verdicts", "totals", "regret", "choices", "plane", "exploration", "sensitivity", "timeline", "transfer"),
        *("price", "sweeps", "failures", "manifest"),
    ]
    assert written.missing == {"drift": "simulator replay --traces drift --out results/drift"}
    assert written.missing["drift"] in written.path.read_text(encoding="utf-8")


def test_commands_that_add_sections_exist(results):
    """Each can be typed as it stands: the program takes its options."""
    for each in missing(gather(find(results / "transfer")), set()):
        program, name, *words = each.command.split()
        assert program == "simulator"
        command = main.commands[name]
        known = {option for item in command.params for option in (*item.opts, *item.secondary_opts)}
        known |= {option for item in getattr(command, "default", command).params for option in item.opts}
        assert {word for word in words if word[:1] == "-"} <= known


def test_each_kind_of_folder_makes_a_page_of_its_own(results, tmp_path):
    """A comparison alone, knobs alone, prices alone, a sweep alone; progress goes up to the number of figures."""
    for name, section in (
        ("comparison", "verdicts"),
        ("sensitivity", "sensitivity"),
        ("price", "price"),
        ("sweep", "sweeps"),
    ):
        seen = []
        made = write(results / name, tmp_path / f"{name}.html", progress=lambda n, of, seen=seen: seen.append((n, of)))
        assert made.sections[0] == section
        assert [n for n, _ in seen] == list(range(1, len(seen) + 1))
        assert all(of == len(seen) for _, of in seen)


def test_nothing_is_left_of_a_page_that_failed(results, tmp_path, monkeypatch):
    """An earlier file stays as it was, and no half one lies beside it."""
    path = tmp_path / "report.html"
    path.write_text("earlier")
    with pytest.raises(ReplayError):
        write(tmp_path, path)
    monkeypatch.setattr("simulator.report.page.build._filled", lambda *_, **__: "\ud800")
    with pytest.raises(UnicodeEncodeError):
        write(results / "transfer", path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("report.html", "earlier")]


def test_the_summary_says_what_the_table_says(results):
    """Its first sentence has the difference, the interval and the verdict over all jobs and GPUs."""
    row = Comparison.load(results / "comparison").differences.query(
        "job == 'all' and policy == 'pruning-gts' and measure == 'cost'"
    )
    said = amount(*row[["difference_pct", "low_pct", "high_pct"]].iloc[0])
    headline = summarized(gather(find(results))).headline
    assert (
        headline == f"pruning-gts costs {said} than default+full over 2 jobs on v100 and a40: {row['verdict'].item()}."
    )


def test_without_a_comparison_the_summary_claims_no_certainty(results, tmp_path):
    """Means alone are said to be means alone, and equal those of the summary table."""
    for name in ("results.parquet", "manifest.json"):
        shutil.copy(results / name, tmp_path)
    headline = summarized(gather(find(tmp_path))).headline
    table = pd.read_csv(results / "summary.csv").query("policy == 'pruning-gts'")
    mean = 100 * (gmean(1 + table["cost_change_pct"] / 100) - 1)
    assert headline.startswith(f"pruning-gts costs {amount(mean)} than default+full")
    assert "without an interval" in headline


def test_recorded_traces_are_said_to_be_recorded(published_traces, tmp_path):
    """Where everything was recorded, nothing on the page says SYNTHETIC but the explanation of the word."""
    words = f"replay -j squad -p default+full -p gts --seeds 0:2 --recurrences 6 --no-plots -q --out {tmp_path}"
    done = CliRunner().invoke(main, [*words.split(), "--traces", str(published_traces), "--gpu", "v100"])
    assert done.exit_code == 0
    text = write(tmp_path, tmp_path / "report.html").path.read_text(encoding="utf-8")
    assert "<strong>Recorded traces.</strong>" in text
    assert "SYNTHETIC" not in text.split('id="reading"')[0]


def test_gpus_of_moves_alone_are_not_said_to_be_compared(written, results):
    """The title counts what policies were replayed on; what only the section on other GPUs has is said apart."""
    text = unescape(written.path.read_text(encoding="utf-8"))
    assert "What policies cost: 2 jobs on v100 and a40, 3 policies" in text
    assert "(and under “From one GPU to another”: p100, rtx6000)" in text


def test_what_else_was_found_is_what_tables_say(results):
    """Sentences on overlapping submissions and on other GPUs have the numbers of their tables."""
    details = " ".join(summarized(gather(find(results))).details)
    table = pd.read_csv(results / "groups" / "summary.csv").query("policy == 'pruning-gts'")
    said = amount(table["cost_change_pct"].item())
    assert f"Where submissions overlap (squad), pruning-gts costs {said} than default+full" in details
    moves = (
        pd.read_parquet(results / "transfer" / "transfer.parquet").query("gpu_from != gpu_to").dropna(subset="cost_pct")
    )
    worst = moves.loc[moves["cost_pct"].idxmax()]
    assert f"(squad, from {worst['gpu_from']} to {worst['gpu_to']})" in details
    assert f"in half of {len(moves)} moves" in details


def test_the_oracle_is_not_named_as_the_cheapest(tmp_path):
    """It knows in advance what others learn; a finding that leaves it aside says so."""
    words = f"replay -j squad -p default+full -p gts -p oracle+oracle --seeds 0:2 --no-plots -q --out {tmp_path}"
    assert CliRunner().invoke(main, words.split()).exit_code == 0
    text = unescape(write(tmp_path, tmp_path / "report.html").path.read_text(encoding="utf-8"))
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", text)
    assert not any(re.search(r"oracle\+oracle (takes|costs|has lost) (the )?least", caption) for caption in captions)
    assert sum(caption.startswith("Apart from oracle+oracle, ") for caption in captions) == 2
    assert "The most that could be expected: oracle+oracle" in text


def test_values_at_which_seeds_failed_are_named(results, tmp_path):
    """A line with a gap says why: the means of the seeds that got through would flatter."""
    shutil.copytree(results / "sensitivity", tmp_path / "sensitivity")
    file = tmp_path / "sensitivity" / "sensitivity.parquet"
    table = pd.read_parquet(file)
    lost = (table["knob"] == "beta") & (table["value"] == 1.5)
    table.loc[lost, ["failed_seeds", "regret_pct"]] = [1, float("nan")]
    table.to_parquet(file)
    eta, beta = (drawing.finding for drawing in sensitivity(gather(find(tmp_path))).drawings)
    assert "Not drawn" not in eta
    assert "Not drawn at β\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1.5: seeds failed there" in beta
