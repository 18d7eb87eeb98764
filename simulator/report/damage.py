"""What results may hold that nobody expects, and how a page survives it."""

from __future__ import annotations

from simulator.errors import SimulatorError

__all__ = ["SPOILT", "cleaned", "reason"]

#: What goes wrong where tables lack columns, hold words for numbers, or nothing but missing ones. One spoilt table must
#: not cost the page: what it should have shown is named, with the reason.
SPOILT = (SimulatorError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

#: Characters that pages cannot hold, and those that turn the direction of whatever text follows (Unicode Standard
#: Annex 9, section 2): names of policies and jobs may be anybody's.
_BARRED = [*range(9), 11, 12, *range(14, 32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF]
_REPLACED = dict.fromkeys(_BARRED, "\N{REPLACEMENT CHARACTER}")


def cleaned(text: str) -> str:
    r"""Replace characters that no page can hold, or that would turn around the text behind them.

    Examples
    --------
    >>> cleaned("a\x07b\u202ec") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"
    True
    """
    return text.translate(_REPLACED)


def reason(error: Exception) -> str:
    """Say in a line why something is not shown."""
    if isinstance(error, SimulatorError):
        return str(error)
    lines = str(error).splitlines()
    what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return f"holds what cannot be shown ({what}); run the command that wrote it again"
