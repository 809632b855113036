"""Writes Avro object container files as the specification has them, with nothing but the standard library.

Snappy is written as literals, which every reader takes; zstandard needs the program zstd.
"""

import json
import shutil
import struct
import subprocess
import zlib

MAGIC = b"Obj\x01"
SYNC = bytes(range(16))


def number(value):
    """int and long: zigzag, seven bits a byte."""
    value = (value << 1) ^ (value >> 63)
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return number(len(data)) + data


def _base(kind):
    return kind["type"] if isinstance(kind, dict) else kind


def encoded(kind, value):
    if isinstance(kind, list):
        branch = kind.index("null") if value is None else next(i for i, one in enumerate(kind) if one != "null")
        return number(branch) + encoded(kind[branch], value)
    base = _base(kind)
    if base == "null":
        return b""
    if base in ("int", "long"):
        return number(value)
    if base == "string":
        return text(value)
    if base == "boolean":
        return b"\x01" if value else b"\x00"
    if base == "float":
        return struct.pack("<f", value)
    if base == "double":
        return struct.pack("<d", value)
    if base == "enum":
        return number(kind["symbols"].index(value))
    raise ValueError(kind)


def record(fields, row):
    return b"".join(encoded(kind, value) for (_, kind), value in zip(fields, row))


def schema(fields, name="row"):
    return json.dumps({"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields]})


def header(fields, codec="null", sync=SYNC):
    meta = {"avro.schema": schema(fields), "avro.codec": codec}
    return MAGIC + number(len(meta)) + b"".join(text(k) + text(v) for k, v in meta.items()) + number(0) + sync


def snappy(data):
    size, length = bytearray(), len(data)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    out = bytes(size)
    for begin in range(0, len(data), 60):
        piece = data[begin:begin + 60]
        out += bytes([(len(piece) - 1) << 2]) + piece
    return out + struct.pack(">I", zlib.crc32(data))


def has_zstd():
    return shutil.which("zstd") is not None


def packed(codec, data):
    if codec == "null":
        return data
    if codec == "deflate":
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()
    if codec == "snappy":
        return snappy(data)
    if codec == "zstandard":
        return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout
    raise ValueError(codec)


def block(fields, rows, codec="null", sync=SYNC):
    data = packed(codec, b"".join(record(fields, row) for row in rows))
    return number(len(rows)) + number(len(data)) + data + sync


def file_of(fields, rows, codec="null", block_rows=1000, sync=SYNC):
    blocks = [block(fields, rows[i:i + block_rows], codec, sync) for i in range(0, len(rows), block_rows)]
    return header(fields, codec, sync) + b"".join(blocks)
