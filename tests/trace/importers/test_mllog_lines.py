"""Lines of MLPerf logs are found in whatever output they stand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import TraceError
from simulator.trace.importers.mllog_lines import MARKER, MllogLine, parse_mllog

EVENT = {"namespace": "w0", "time_ms": 12, "event_type": "POINT_IN_TIME", "key": "seed", "value": 1, "metadata": {}}
LINE = f"{MARKER} {json.dumps(EVENT)}"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("prefix", ["", "0: ", "[0] ", "ray-training | [1] "])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " [done]"])
def test_what_stands_around_it_does_not_matter(prefix: str, end: str) -> None:
    """Launchers put ranks before a line, and other text may follow it."""
    assert parse_mllog(prefix + LINE + end) == [MllogLine("seed", 1, 12.0, "POINT_IN_TIME", "w0", {})]


@given(
    key=st.text(), value=json_values, time_ms=st.integers(0, 2**45), metadata=st.dictionaries(st.text(), json_values)
)
def test_everything_that_was_logged_is_read(key: str, value: object, time_ms: int, metadata: dict[str, object]) -> None:
    """Keys and values come back as they were written, of whatever type."""
    text = json.dumps({"key": key, "value": value, "time_ms": time_ms, "metadata": metadata})
    assert parse_mllog(f"{MARKER} {text}") == [MllogLine(key, value, float(time_ms), metadata=metadata)]


@given(st.text())
def test_other_lines_are_none(text: str) -> None:
    """Any text is either no line of a log, or refused with a reason."""
    if MARKER in text:
        with pytest.raises(TraceError):
            parse_mllog(text)
    else:
        assert parse_mllog(text) == []


@pytest.mark.parametrize("between", ["", " ", "1: ", " some output "])
def test_two_processes_that_wrote_into_one_line(between: str) -> None:
    """Both are read; if one is torn, the line is refused, or the other is read alone."""
    other = LINE.replace("seed", f"a key with {MARKER}").replace("12", "13")
    found = parse_mllog(LINE + between + other)
    assert [(each.key, each.time_ms) for each in found] == [("seed", 12.0), (f"a key with {MARKER}", 13.0)]
    for line, left in ((LINE + between + other[:-5], "seed"), (LINE[:30] + between + LINE, "seed")):
        with pytest.raises(TraceError, match="cut short"):
            parse_mllog(line)
        assert [each.key for each in parse_mllog(line, torn="skip")] == [left]


def test_a_torn_line_is_refused() -> None:
    """Wherever a line is cut, nothing is made of it."""
    for end in range(len(MARKER), len(LINE)):
        with pytest.raises(TraceError, match="cut short"):
            parse_mllog(LINE[:end])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1, 2]", "where an object"),
        ('{"time_ms": 1}', "'key' is None"),
        ('{"key": "seed"}', "'time_ms' of seed is None"),
        ('{"key": "seed", "time_ms": "now"}', "'time_ms' of seed is 'now'"),
        ("[" * 100_000, "cut short"),
    ],
)
def test_foreign_content_is_named(text: str, says: str) -> None:
    """What is missing, or of another type, is said."""
    with pytest.raises(TraceError, match=says):
        parse_mllog(f"{MARKER} {text}")
