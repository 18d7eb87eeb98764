"""What a configuration is called where people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.explore.config.tags import path_of, tags

if TYPE_CHECKING:
    from simulator.explore.config.spec import Spec
    from simulator.explore.config.words import Identified

__all__ = ["LONGEST", "name_of"]

#: Longer names are cut, so that a file may have them with something behind.
LONGEST = 120


def name_of(config: Identified, spec: Spec) -> str:
    """Name a configuration by its tags, or else by what differs from defaults, or else by its class.

    Parameters
    ----------
    config
        The configuration.
    spec
        Its fields.

    Returns
    -------
    str
        The name, at most `LONGEST` characters; one that was cut ends with the beginning of the id.
    """
    values = tags(config)
    if not values:
        values = {name: value for name in spec.identifying if spec.differs(name, value := getattr(config, name))}
    name = path_of(values) or type(config).__name__
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 9]}~{config.id[:8]}"
