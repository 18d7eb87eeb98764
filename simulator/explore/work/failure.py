"""What went wrong, in one line and in full."""

from __future__ import annotations

import traceback

__all__ = ["full_of", "line_of"]

#: Longer messages and tracebacks are cut in the middle.
LONGEST_LINE = 500
LONGEST_TRACEBACK = 16_384


def line_of(error: BaseException) -> str:
    r"""Say in one line what was raised: its type and its message.

    Parameters
    ----------
    error
        What was raised, however strange.

    Returns
    -------
    str
        Can be stored as UTF-8.

    Examples
    --------
    >>> line_of(ValueError("too\n  high")), line_of(MemoryError())
    ('ValueError: too high', 'MemoryError')
    """
    try:
        message = " ".join(str(error).split())
    except Exception:  # a user's __str__ may do anything
        message = "(its message cannot be shown)"
    return _cut(f"{type(error).__qualname__}: {message}".removesuffix(": "), LONGEST_LINE)


def full_of(error: BaseException, *, skip: int = 0) -> str:
    """Write down where something was raised.

    Parameters
    ----------
    error
        What was raised.
    skip
        So many of the outermost frames are of no interest.

    Returns
    -------
    str
        As Python prints it; can be stored as UTF-8.
    """
    trace = error.__traceback__
    for _ in range(skip):
        trace = trace.tb_next if trace is not None else None
    try:
        lines = traceback.format_exception(type(error), error, trace)
    except Exception:  # a user's __str__, __notes__ or __cause__ may do anything
        lines = [*traceback.format_tb(trace), line_of(error), "\n"]
    return _cut("".join(lines), LONGEST_TRACEBACK)


def _cut(text: str, longest: int) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 2 :]}"
