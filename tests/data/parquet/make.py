#!/usr/bin/env python3
"""Makes the Parquet files beside it: `pip install pyarrow==26.0.1`, then this. They are kept, so that tests need no pyarrow."""

import datetime
import decimal
import os
import struct

import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = os.path.dirname(os.path.abspath(__file__))
UTC = datetime.timezone.utc
HUGE = 1 << 50
ROWS = 5000


def write(name, table, **more):
    pq.write_table(table, os.path.join(FOLDER, name), **more)


def types():
    """A value, the lowest or oddest one, NULL."""
    d = decimal.Decimal
    columns = [
        ("id", pa.int64(), [1, -9223372036854775808, 3]),
        ("small", pa.int8(), [7, -128, None]),
        ("big", pa.uint64(), [18446744073709551615, 0, None]),
        ("f", pa.float32(), [1.5, -0.25, None]),
        ("d", pa.float64(), [0.1, 1e300, None]),
        ("yes", pa.bool_(), [True, False, None]),
        ("s", pa.string(), ["Zürich\ttab", "", None]),
        ("bin", pa.binary(), [b"text", b"\xff\xfe", None]),
        ("price", pa.decimal128(12, 2), [d("12.50"), d("-0.01"), None]),
        ("long", pa.decimal128(38, 10), [d("1234567890123456789012345678.0123456789"), d("0E-10"), None]),
        ("day", pa.date32(), [datetime.date(2026, 1, 31), datetime.date(1900, 3, 1), None]),
        ("local", pa.timestamp("us"),
         [datetime.datetime(2026, 1, 31, 9, 30, 0, 250000), datetime.datetime(1969, 12, 31, 23, 59, 59), None]),
        ("utc", pa.timestamp("us", tz="UTC"),
         [datetime.datetime(2026, 1, 31, 9, 30, 0, 250000, UTC), datetime.datetime(1969, 12, 31, 23, 59, 59, 0, UTC), None]),
        ("nanos", pa.timestamp("ns"), [1769851800123456789, 0, None]),
        ("at", pa.time64("us"), [datetime.time(9, 30), datetime.time(23, 59, 59, 999999), None]),
        ("list", pa.list_(pa.int32()), [[1, None, 3], [], None]),
        ("row", pa.struct([("a", pa.int32()), ("b c", pa.string()), ("price", pa.decimal128(12, 2)), ("yes", pa.bool_())]),
         [{"a": 1, "b c": 'x"y', "price": d("12.50"), "yes": True}, {"a": None, "b c": None, "price": None, "yes": None}, None]),
        ("map", pa.map_(pa.string(), pa.int64()), [[("k", 1), ("l", None)], [], None]),
    ]
    write("types.parquet", pa.table({name: pa.array(values, kind) for name, kind, values in columns}))


def rows():
    """Many rows in several row groups; names in mixed case."""
    write("rows.parquet",
          pa.table({"ID": pa.array(range(ROWS), pa.int64()),
                    "Name": pa.array([None if n % 10 == 0 else f"a name of row {n}" for n in range(ROWS)]),
                    "other": pa.array([n % 3 for n in range(ROWS)], pa.int32())}),
          row_group_size=1000, compression="zstd")


def decimals():
    """With more digits than DuckDB has in a DECIMAL, which reads them as DOUBLE; and with none before the point."""
    d = decimal.Decimal
    long = pa.decimal256(40, 2)
    value = d("12345678901234567890123456789012345678.25")
    columns = [
        ("id", pa.int64(), [1]),
        ("long", long, [value]),
        ("row", pa.struct([("a", pa.list_(pa.int32())), ("price", long)]), [{"a": [1], "price": value}]),
        ("list", pa.list_(long), [[value]]),
        ("map", pa.map_(pa.string(), long), [[("k", value)]]),
        ("part", pa.decimal128(9, 9), [d("0.748547806")]),
        ("minus", pa.decimal128(38, 38), [d("-0.00000000000000000000000000000000000001")]),
        ("parts", pa.list_(pa.decimal128(2, 2)), [[d("0.25"), d("-0.25")]]),
    ]
    write("decimals.parquet", pa.table({name: pa.array(values, kind) for name, kind, values in columns}))


def varint(number):
    out = b""
    while number > 0x7f:
        out += bytes([number & 0x7f | 0x80])
        number >>= 7
    return out + bytes([number])


def huge():
    """A footer that claims 2^50 rows, where there are 7777."""
    claimed = 7777
    path = os.path.join(FOLDER, "huge.parquet")
    write("huge.parquet", pa.table({"id": pa.array(range(claimed), pa.int32())}), use_dictionary=False, compression="none",
          write_statistics=False)
    with open(path, "rb") as file:
        data = file.read()
    length = struct.unpack("<I", data[-8:-4])[0]
    footer = data[-8 - length:-8].replace(varint(2 * claimed), varint(2 * HUGE))
    with open(path, "wb") as file:
        file.write(data[:-8 - length] + footer + struct.pack("<I", len(footer)) + b"PAR1")


def crash():
    """A time of day that is none: DuckDB 1.4.4 crashes when it makes a text of it."""
    write("crash.parquet", pa.table({"at": pa.array([-(1 << 63), 1 << 62], pa.int64()).view(pa.time64("us"))}))


types()
rows()
decimals()
huge()
crash()
