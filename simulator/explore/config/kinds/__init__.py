"""Types that fields may have: what they take, and how they are read from text."""

from simulator.explore.config.kinds.base import Kind
from simulator.explore.config.kinds.resolve import kind_of

__all__ = ["Kind", "kind_of"]
