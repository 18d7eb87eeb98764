"""Names on the page: jobs as short as can be told apart, policies in one order with one look everywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from simulator.report.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ALL", "Names", "in_order"]

#: What stands for the job and the GPU in rows over all of them.
ALL = "all"

#: The default batch size in a job's text, which some documents leave out.
_DEFAULT_SIZE = re.compile(r",bs\d+(?=[~)])")


class Names:
    """Short names of jobs.

    Parameters
    ----------
    jobs
        Each job's text, dataset and GPU. What is best known of a job is its dataset; where one GPU has two jobs with
        the same, their texts tell them apart. Default batch sizes differ from GPU to GPU, and some documents leave them
        out.

    Examples
    --------
    >>> jobs = [("Job(squad,bert,adam,84.0,bs32~6)", "squad", "v100"), ("Job(squad,bert,adam,84.0~6)", "squad", "")]
    >>> Names(jobs).place("Job(squad,bert,adam,84.0~6)", "v100")
    Place(job='squad', gpu='v100')
    >>> jobs = [("Job(squad,bert,adam)", "squad", "v100"), ("Job(squad,gpt,adam)", "squad", "v100")]
    >>> Names(jobs).job("Job(squad,gpt,adam)")
    'squad,gpt,adam'
    """

    def __init__(self, jobs: Iterable[tuple[str, str, str]]) -> None:
        every = dict.fromkeys(jobs)
        plain: dict[str, set[str]] = defaultdict(set)
        sized: dict[tuple[str, str], set[str]] = defaultdict(set)
        for text, dataset, gpu in every:
            plain[dataset].add(_DEFAULT_SIZE.sub("", text))
            if _DEFAULT_SIZE.search(text):
                sized[dataset, gpu].add(text)
        twins = {dataset for (dataset, _), texts in sized.items() if len(texts) > 1}
        twins |= {dataset for dataset, texts in plain.items() if len(texts) > 1}
        self._names = {
            text: text.removeprefix("Job(").removesuffix(")") if dataset in twins else dataset
            for text, dataset, _ in every
        }

    def job(self, text: str) -> str:
        """Name a job by its text; empty for all jobs."""
        return "" if text == ALL else self._names.get(text, text)

    def place(self, text: str, gpu: str) -> Place:
        """Name a job and a GPU."""
        return Place(self.job(text), "" if gpu == ALL else gpu)

    def jobs(self) -> list[str]:
        """List all names, in order."""
        return list(dict.fromkeys(self._names.values()))


def in_order(*lists: Iterable[str]) -> list[str]:
    """Put names in the order in which they first come."""
    return list(dict.fromkeys(name for names in lists for name in names))
