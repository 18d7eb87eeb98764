"""Values that enter an id by what is in their files, and not by where these lie."""

from simulator.explore.config.content.base import Content
from simulator.explore.config.content.digest import DigestCache, digests_kept_in
from simulator.explore.config.content.file import File
from simulator.explore.config.content.recorded import Recorded

__all__ = ["Content", "DigestCache", "File", "Recorded", "digests_kept_in"]
