"""Bodies in codings that the standard library has no writer for: LZ4 and Zstandard frames of blocks that are not
compressed, as their specifications allow them, which every reader takes."""

import struct

_PRIME1, _PRIME2, _PRIME3, _PRIME5 = 2654435761, 2246822519, 3266489917, 374761393
_MASK = 0xFFFFFFFF


def _xxh32_short(data):
    """xxHash of fewer than four bytes with the seed 0, as the head of an LZ4 frame has it."""
    value = (_PRIME5 + len(data)) & _MASK
    for byte in data:
        value = (value + byte * _PRIME5) & _MASK
        value = ((value << 11 | value >> 21) * _PRIME1) & _MASK
    value = ((value ^ value >> 15) * _PRIME2) & _MASK
    value = ((value ^ value >> 13) * _PRIME3) & _MASK
    return value ^ value >> 16


def lz4_frame(data):
    descriptor = bytes([0x60, 0x40])  # version 1, independent blocks of at most 64 KB
    out = struct.pack("<I", 0x184D2204) + descriptor + bytes([_xxh32_short(descriptor) >> 8 & 0xFF])
    for begin in range(0, len(data), 65536):
        block = data[begin:begin + 65536]
        out += struct.pack("<I", len(block) | 0x80000000) + block
    return out + struct.pack("<I", 0)


def zstd_frame(data):
    out = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(data))  # one segment, with its length in four bytes
    pieces = [data[begin:begin + 65536] for begin in range(0, len(data), 65536)] or [b""]
    for i, piece in enumerate(pieces):
        out += struct.pack("<I", len(piece) << 3 | (i == len(pieces) - 1))[:3] + piece
    return out
