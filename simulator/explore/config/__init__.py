"""Configurations and tasks: typed values, known by their content.

::

    fields ─▶ kinds/ ─▶ spec ─▶ Config ─▶ Task ─▶ (context: an experiment, or a worker)
                 │        │        │
              content/  encode   plain, difference, tags, name, text, command_line
"""

from simulator.explore.config.command_line import options
from simulator.explore.config.config import Config
from simulator.explore.config.content import DigestCache, File, Recorded, digests_kept_in
from simulator.explore.config.context import Context, within
from simulator.explore.config.difference import Difference, explain
from simulator.explore.config.fields import meta, param
from simulator.explore.config.tags import tag, tags, tagspath, untagged
from simulator.explore.config.task import Task, TokenDependency
from simulator.explore.config.text import parse

__all__ = [
    "Config",
    "Context",
    "Difference",
    "DigestCache",
    "File",
    "Recorded",
    "Task",
    "TokenDependency",
    "digests_kept_in",
    "explain",
    "meta",
    "options",
    "param",
    "parse",
    "tag",
    "tags",
    "tagspath",
    "untagged",
    "within",
]
