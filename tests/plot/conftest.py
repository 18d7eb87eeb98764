"""Result tables made by hand, for the tests of this folder."""

from small_results import make_runs, make_table, two_policies

__all__ = ["make_runs", "make_table", "two_policies"]
