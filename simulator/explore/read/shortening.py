"""Names no longer than tells them apart, where there is little room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["short_names"]


def short_names(texts: Sequence[str]) -> list[str]:
    """Shorten names of jobs and of contents, as long as none becomes another's; other texts stay as they are.

    Examples
    --------
    >>> short_names(["Job(squad,bert,adamw,84.0~6)", "Job(imagenet,resnet50,adadelta,0.65~100)", ""])
    ['squad', 'imagenet', '']
    >>> short_names(["v100@0a1b2c3d", "a40@4e5f6071"]), short_names(["v100@0a1b2c3d", "v100@4e5f6071"])
    (['v100', 'a40'], ['v100@0a1b2c3d', 'v100@4e5f6071'])
    >>> short_names(["[v100@0a1b2c3d,a40@4e5f6071]", "a40@4e5f6071"])
    ['[v100@0a1b2c3d,a40@4e5f6071]', 'a40@4e5f6071']
    """
    return _short_jobs(_without_digests(texts))


def _without_digests(texts: Sequence[str]) -> list[str]:
    """Leave out digests of contents where their names tell them apart."""
    short = [text.rpartition("@")[0] if text and not text.endswith("]") else "" for text in texts]
    if any(bool(text) != bool(name) for text, name in zip(texts, short, strict=True)):
        return list(texts)
    return short if len(set(short)) == len(set(texts)) else list(texts)


def _short_jobs(texts: Sequence[str]) -> list[str]:
    """Say no more of jobs than tells them apart: ``squad`` rather than ``Job(squad,bert_base_uncased,adamw,...)``."""
    if not all(not text or (text.startswith("Job(") and text.endswith(")")) for text in texts):
        return list(texts)
    parts = [text[4:-1].split(",") for text in texts]
    n_jobs = len(set(texts))
    for length in range(1, max(map(len, parts), default=0)):
        short = [",".join(each[:length]) for each in parts]
        if len(set(short)) == n_jobs:
            return short
    return list(texts)
