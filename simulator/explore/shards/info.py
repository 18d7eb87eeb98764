"""What a shard is."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SHARDS", "TORN", "ShardInfo"]

#: Folder of the shards in a sweep's folder, and of those that cannot be read.
SHARDS = "shards"
TORN = "shards/torn"


class ShardInfo(NamedTuple):
    """A shard as it was written.

    Parameters
    ----------
    path
        Where it lies, relative to the sweep's folder, with forward slashes.
    bytes
        Its size.
    sha256
        Digest of all its bytes, 64 hexadecimal digits.
    key
        The chunk that it comes from.
    part
        Which of the chunk's shards it is, from 0.
    """

    path: str
    bytes: int
    sha256: str
    key: str
    part: int
