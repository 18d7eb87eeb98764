"""Reading events, while they are written and later."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.collect.protocol import Event, Follower, events_of, read_events
from simulator.errors import EventError


def line(kind="note", **data):
    """A line as the helper writes it."""
    head = {"v": 1, "k": kind, "mono_ns": 1_000_000_000, "wall_ns": 5, "pid": 42, "rank": 0}
    return json.dumps(head | data, separators=(",", ":")).encode() + b"\n"


def test_the_last_line_is_kept_until_its_end_is_there(tmp_path):
    """However it is cut, nothing is lost, and nothing comes twice."""
    file = tmp_path / "events.jsonl"
    whole = b"".join(line(text="é" * i) for i in range(5))
    follower = Follower(file)
    assert follower.poll() == []  # not there yet
    heard = []
    for i in range(len(whole)):
        with file.open("ab") as out:
            out.write(whole[i : i + 1])
        heard += follower.poll()
    assert [event.data["text"] for event in heard] == ["é" * i for i in range(5)]
    assert follower.poll() == []


@given(st.lists(st.text(max_size=30), max_size=8), st.lists(st.integers(0, 2000), max_size=6))
def test_following_in_pieces_is_reading_at_once(tmp_path_factory, texts, cuts):
    """Wherever the file ended between two looks."""
    file = tmp_path_factory.mktemp("log") / "events.jsonl"
    whole = b"".join(line(text=text) for text in texts)
    file.touch()
    follower, heard, done = Follower(file), [], 0
    for cut in [*sorted(cuts), len(whole)]:
        with file.open("ab") as out:
            out.write(whole[done : max(cut, done)])
        done = max(min(cut, len(whole)), done)
        heard += follower.poll()
    assert heard == events_of(file)
    assert [event.data["text"] for event in heard] == texts


def test_a_torn_last_line_is_left_out(tmp_path):
    """As a killed process leaves it."""
    (tmp_path / "events.jsonl").write_bytes(line() + line()[:-20])
    assert len(events_of(tmp_path)) == 1


def test_kinds_that_are_not_known_are_passed_over_and_keys_kept(tmp_path):
    """A later release may say more in the same version."""
    (tmp_path / "events.jsonl").write_bytes(line("coffee_break") + line("steps", n=4, mood="good"))
    assert [event.data for event in events_of(tmp_path)] == [{"n": 4, "mood": "good"}]


@pytest.mark.parametrize(
    "rubbish", [b"Killed\n", b"[1, 2]\n", b"\xff\xfe\n", b'{"text": "mine"}\n', b'{"v":1,"k":"no\n']
)
def test_lines_that_are_no_events_are_counted(tmp_path, caplog, rubbish):
    """And said to whoever reads the log; the lines around them count."""
    (tmp_path / "events.jsonl").write_bytes(line(text="a") + rubbish + b"\n" + line(text="b"))
    follower = Follower(tmp_path / "events.jsonl")
    assert [event.data["text"] for event in follower.poll()] == ["a", "b"]
    assert follower.unreadable == 1
    assert "no event" in caplog.text


def test_a_line_that_follows_a_torn_one_is_not_lost(tmp_path):
    """Another process went on where a killed one stopped."""
    (tmp_path / "events.jsonl").write_bytes(line(text="torn")[:-30] + line(text="whole"))
    assert [event.data["text"] for event in events_of(tmp_path)] == ["whole"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (line().replace(b'"v":1', b'"v":2'), "version 2 .* reads version 1; use the release that collected it"),
        (line().replace(b'"rank":0', b'"rank":"0"'), "lacks rank; every event has v, k, mono_ns"),
        (line().replace(b'"mono_ns"', b'"mono"'), "lacks mono_ns"),
        (line().replace(b'"note"', b"3"), "lacks k;"),
    ],
)
def test_events_that_cannot_be_understood_are_refused(tmp_path, wrong, says):
    """With what is wrong, and what to do."""
    (tmp_path / "events.jsonl").write_bytes(line() + wrong)
    with pytest.raises(EventError, match=says):
        events_of(tmp_path)


def test_no_file_is_said(tmp_path):
    """And where it should be."""
    with pytest.raises(EventError, match=r"no events at .*events\.jsonl"):
        events_of(tmp_path)


def test_a_file_that_became_shorter_is_refused(tmp_path):
    """Events are only ever appended; what was read is no longer true."""
    file = tmp_path / "events.jsonl"
    file.write_bytes(line() * 2)
    follower = Follower(file)
    follower.poll()
    file.write_bytes(line())
    with pytest.raises(EventError, match="was cut while it was read"):
        follower.poll()


def test_events_as_a_table(tmp_path):
    """A column per thing that was said, and one per metric."""
    ended = line("eval_end", epoch=3, metrics={"accuracy": 0.5, "loss": None}, not_finite={"loss": "-inf"})
    later = line(text="bye").replace(b"1000000000", b"3500000000")
    (tmp_path / "events.jsonl").write_bytes(ended + later)
    table = read_events(tmp_path)
    assert list(table.columns[:7]) == ["kind", "epoch", "time_s", "mono_ns", "wall_ns", "pid", "rank"]
    assert table["kind"].tolist() == ["eval_end", "note"]
    assert table["time_s"].tolist() == [0.0, 2.5]
    assert table["epoch"].isna().tolist() == [False, True]
    assert (table["metrics.accuracy"][0], table["metrics.loss"][0]) == (0.5, -math.inf)
    assert table["text"][1] == "bye"


def test_text_that_is_no_unicode_is_spelled_out(tmp_path):
    """A path in another encoding reaches Python as half characters, and the log keeps them."""
    (tmp_path / "events.jsonl").write_bytes(line(text="/data/caf\udce9", **{"\udcff": 1}, metrics={"a\udce9": 0.5}))
    table = read_events(tmp_path)
    assert table["text"][0] == "/data/caf\\udce9"
    assert {"\\udcff", "metrics.a\\udce9"} <= set(table.columns)


def test_no_events_make_an_empty_table(tmp_path):
    """With its columns."""
    (tmp_path / "events.jsonl").touch()
    table = read_events(tmp_path)
    assert len(table) == 0
    assert "time_s" in table


def test_reading_events_needs_no_pandas(tmp_path):
    """Only the table does."""
    (tmp_path / "events.jsonl").write_bytes(line())
    code = (
        "import sys; from simulator.collect.protocol import events_of, epochs_of\n"
        f"epochs_of(events_of({str(tmp_path)!r})); print([m for m in ('pandas', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("data", [{}, {"metrics": 5}, {"metrics": {"a": "high", "b": True}}, {"metrics": [1]}])
def test_what_is_no_metric_is_none(data):
    """Metrics are numbers by name."""
    assert Event("eval_end", 1, 1, 1, 0, data).metrics == {}


def test_metrics_that_are_not_finite_without_a_word_are_nan():
    """A null alone says that there was no number."""
    metrics = Event("eval_end", 1, 1, 1, 0, {"metrics": {"a": None, "b": None}, "not_finite": {"b": "huge"}}).metrics
    assert all(math.isnan(value) for value in metrics.values())
