"""The checksum that zstd frames end in: XXH64 with a seed of 0.

Source: Y. Collet, "XXH64", https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. In Python, since the
standard library has zstd from 3.14 on only; some 10 MB/s, and traces have less.
"""

from __future__ import annotations

import struct

__all__ = ["xxh64"]

_MASK = (1 << 64) - 1
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0x85EBCA77C2B2AE63,
    0x27D4EB2F165667C5,
)
_STRIPE = 32


def xxh64(data: bytes) -> int:
    """Hash bytes to 64 bits.

    Examples
    --------
    >>> f"{xxh64(b''):016x}", f"{xxh64(b'abc'):016x}"
    ('ef46db3751d8e999', '44bc2cf5ad770999')
    """
    striped = len(data) - len(data) % _STRIPE
    hashed = _stripes(data[:striped]) if striped else _P5
    return _avalanche(_rest(hashed + len(data) & _MASK, data[striped:]))


def _stripes(data: bytes) -> int:
    """Run four accumulators side by side over 32 bytes at a time, and merge them."""
    lanes = [_P1 + _P2 & _MASK, _P2, 0, -_P1 & _MASK]
    for words in struct.iter_unpack("<4Q", data):
        lanes = [_round(lane, word) for lane, word in zip(lanes, words, strict=True)]
    merged = sum(_rotated(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
    for lane in lanes:
        merged = (merged ^ _round(0, lane)) * _P1 + _P4 & _MASK
    return merged


def _rest(hashed: int, data: bytes) -> int:
    """Take in what does not fill a stripe: by eight bytes, by four, one by one."""
    eights = len(data) // 8 * 8
    for (word,) in struct.iter_unpack("<Q", data[:eights]):
        hashed = _rotated(hashed ^ _round(0, word), 27) * _P1 + _P4 & _MASK
    fours = eights + (len(data) - eights) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[eights:fours]):
        hashed = _rotated(hashed ^ word * _P1 & _MASK, 23) * _P2 + _P3 & _MASK
    for byte in data[fours:]:
        hashed = _rotated(hashed ^ byte * _P5 & _MASK, 11) * _P1 & _MASK
    return hashed


def _avalanche(hashed: int) -> int:
    """Let every bit depend on every other."""
    hashed = (hashed ^ hashed >> 33) * _P2 & _MASK
    hashed = (hashed ^ hashed >> 29) * _P3 & _MASK
    return hashed ^ hashed >> 32


def _round(accumulator: int, word: int) -> int:
    return _rotated(accumulator + word * _P2 & _MASK, 31) * _P1 & _MASK


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) & _MASK
