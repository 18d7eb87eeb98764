"""Events out of what a job prints, for jobs that are not to be changed.

MLPerf's ``:::MLLOG`` lines say nearly what the event protocol says, with the time at which they were written. Regular
expressions are the last resort: a line counts as printed when it arrives.
"""

from simulator.collect.output.reader import OutputReader

__all__ = ["OutputReader"]
