"""CSV text becomes a table, after its lines were counted."""

from __future__ import annotations

import csv
import io

import pandas as pd

from simulator.errors import TraceError
from simulator.trace.validate.report import listed

__all__ = ["parse_csv"]


def parse_csv(data: bytes) -> tuple[pd.DataFrame, list[str]]:
    r"""Parse the bytes of a CSV file as `pandas.read_csv` does by default.

    Parameters
    ----------
    data
        UTF-8 text, with or without a byte order mark.

    Returns
    -------
    table : pandas.DataFrame
        The table.
    doubts : list of str
        What may be wrong with it, and cannot be known.

    Raises
    ------
    TraceError
        If it is no UTF-8, or its lines are not those of one table.

    Examples
    --------
    >>> parse_csv(b"a,b\n1,2\n")
    (   a  b
    0  1  2, [])
    """
    if b"\0" in data:
        raise TraceError("it holds binary data and not the lines of a CSV file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = data.count(b"\n", 0, cause.start) + 1
        raise TraceError(
            f"byte {data[cause.start]:#04x} in line {line} is no UTF-8; if it is text of another encoding, save it as "
            "UTF-8"
        ) from cause
    _check_lines(text)
    # One type per column, and no warning about mixed ones: validation names the cells that do not fit.
    return pd.read_csv(io.BytesIO(data), low_memory=False), _doubts(text)


def _check_lines(text: str) -> None:
    """Count cells: pandas fills a line cut short with NaN, which would read as a target never reached."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next((row for row in rows if row), [])
    if len(header) == 1 and (separator := next((s for s in ";\t|" if s in header[0]), None)):
        raise TraceError(f"its columns are separated by {separator!r}; a CSV file has commas")
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise TraceError(f"several columns are called {listed(map(repr, repeated))}; keep one of each")
    if ragged := [rows.line_num for row in rows if row and len(row) != len(header)]:
        raise TraceError(
            f"line {listed(ragged)}: more or fewer cells than the {len(header)} of the header; "
            "the file is truncated, or has a comma too many or too few"
        )
    if text.endswith(","):
        raise TraceError(
            "its last line ends in a comma, without a cell or a newline after it; the file is truncated, or, if that "
            "cell is empty, lacks a newline"
        )


def _doubts(text: str) -> list[str]:
    if text.endswith(("\n", "\r")):
        return []
    return ["no newline at its end; if the file was cut short, its last cell is wrong"]
