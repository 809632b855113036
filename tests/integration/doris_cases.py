#!/usr/bin/env python3
"""The conformance cases of Stream Load, a table: what a client of Apache Doris sends, what it is answered, what is there.

Goal    a load is answered and read as Doris' own suites expect it, or as docs/stream-load.md says where it differs.
Method  one load a case, with data of our own; the tables are read as SQLite files. A case is named by its number in the
        list of cases and what it is about; those that need more than one call are functions below the table.
"""

import bz2
import dataclasses
import gzip
import http.client
import json
import os
import sys
import time
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compressed  # noqa: E402
import millrace_client as mr  # noqa: E402
from stream_load import Loads, basic  # noqa: E402

COMMA = {"column_separator": ","}
STRICT = {"strict_mode": "true"}
BY_LINE = {"format": "json", "read_json_by_line": "true"}
ARRAY = {"format": "json", "strip_outer_array": "true"}
QUOTED = {**COMMA, "enclose": '"', "escape": "\\", "trim_double_quotes": "true"}
ALL = "Success"
FAIL = "Fail"
WIDE = "k1 INTEGER, k2 INTEGER, k3 STRING, k4 STRING, k5 STRING, k6 STRING, k7 INTEGER"
# k1, tmp, k7 and more of 2500 rows
NUMBERS = "".join(f"{n},{n % 7},text{n},4,5,6,{n}\n" for n in range(2500))
TWENTY = "".join(f"{n},name{n}\n" for n in range(20))
TWENTY_JSON = "".join(json.dumps({"id": n, "name": f"name{n}"}) + "\n" for n in range(20))
TEN = json.dumps([{"id": n, "code": f"c{n}"} for n in range(1, 11)])


@dataclasses.dataclass
class Case:
    name: str
    columns: str  # "id INTEGER KEY, name, n DOUBLE NOT NULL": STRING where no type is named
    headers: dict
    body: object
    answer: str  # "Success total/loaded/filtered/unselected", or only its first word
    rows: list = None  # of the table afterwards; None: only their number is looked at
    message: str = ""  # a part of it
    log: str = ""  # a part of the list of filtered rows


def out_of(total, bad, value):
    """`total` rows, of which `bad` have the value."""
    return "".join(f"{n},{value if n < bad else n}\n" for n in range(total))


def ratio_cases(name, column, body, loose):
    """The same 10 rows, 3 of them bad: not strict, strict with 0.3, strict with 0.2."""
    return [Case(f"{name}, not strict", f"id INTEGER KEY, v {column}", COMMA, body, loose),
            Case(f"{name}, strict, ratio 0.3", f"id INTEGER KEY, v {column}",
                 {**COMMA, **STRICT, "max_filter_ratio": "0.3"}, body, "Success 10/7/3/0"),
            Case(f"{name}, strict, ratio 0.2", f"id INTEGER KEY, v {column}",
                 {**COMMA, **STRICT, "max_filter_ratio": "0.2"}, body, "Fail 10/0/3/0", message="too many filtered rows")]


CASES = [
    # Columns, strict mode, ratio
    Case("1 columns, strict", "k1 INTEGER, k2 INTEGER, v2 DOUBLE, v10, v11",
         {"column_separator": "\\t", "columns": "k1, k2, v2, v10, v11", **STRICT}, "1\t2\t3.5\ta\tb\n2\t3\t4\tc\td\n",
         "Success 2/2/0/0", [(1, 2, 3.5, "a", "b"), (2, 3, 4.0, "c", "d")]),
    Case("2 a bad number, strict", "k1 INTEGER, k2 INTEGER", {"columns": "k1,k2", **STRICT}, "1\t2\n2\tx\n", "Fail 2/0/1/0"),
    Case("3 a ratio that is just enough", "k1 INTEGER, k2 INTEGER", {**STRICT, "max_filter_ratio": "0.5"}, "1\t2\n2\tx\n",
         "Success 2/1/1/0", [(1, 2)], log="src line [2\tx]"),
    Case("4 a delimiter of several characters", "a, b", {"line_delimiter": "weizuo", "column_separator": "|"},
         "1|aweizuo2|bweizuo3|c", "Success 3/3/0/0", [("1", "a"), ("2", "b"), ("3", "c")]),
    Case("5 computed columns fill what takes no NULL",
         "col DATE, k1 INTEGER NOT NULL, k2 INTEGER NOT NULL, k5 DOUBLE NOT NULL, k6 STRING NOT NULL, k11 STRING NOT NULL",
         {"columns": "col,k1=year(col),k2=month(col),k5=7.7,k6='a',k11=FROM_UNIXTIME(2019,'%Y-%m-%dT%H:%i:%s')"},
         "2024-03-05\n", "Success 1/1/0/0", [("2024-03-05", 2024, 3, 7.7, "a", "1970-01-01T00:33:39")]),
    Case("6 numbers of JSON keep their text", "id INTEGER KEY, big, d", {**BY_LINE, "num_as_string": "true"},
         '{"id":1,"big":123456789012345678901234567890,"d":1.10}\n', "Success 1/1/0/0",
         [(1, "123456789012345678901234567890", "1.10")]),
    Case("6 also without num_as_string", "id INTEGER KEY, big", BY_LINE, '{"id":1,"big":123456789012345678901234567890}\n',
         "Success 1/1/0/0", [(1, "123456789012345678901234567890")]),
    Case("7 too few columns are named", WIDE, {**COMMA, "columns": "k1,k2"}, NUMBERS, "Fail 2500/0/2500/0"),
    Case("8 temporaries are passed over", WIDE,
         {**COMMA, "columns": "k1,k2,k3,k4,tmp1,tmp2,k7", "compress_type": "gz"}, gzip.compress(NUMBERS.encode()),
         "Success 2500/2500/0/0"),
    Case("9 where and an expression", WIDE,
         {**COMMA, "columns": "k1,k2,k3,k4,k5,k6,tmpk7,k7=tmpk7+1", "where": "k1 <= 10"}, NUMBERS,
         "Success 2500/11/0/2489"),
    Case("10 text for a number is NULL", WIDE, {**COMMA, "columns": "t1,k2,k13,k4,k5,k6,k7,k1=k13"}, NUMBERS,
         "Success 2500/2500/0/0"),
    Case("11 strict, all are filtered, ratio 1", WIDE,
         {**COMMA, **STRICT, "max_filter_ratio": "1", "columns": "t1,k2,k13,k4,k5,k6,k7,k1=k13"}, NUMBERS,
         "Success 2500/0/2500/0", []),
    Case("12 strict, all are filtered, ratio 0", WIDE, {**COMMA, **STRICT, "columns": "t1,k2,k13,k4,k5,k6,k7,k1=k13"},
         NUMBERS, "Fail 2500/0/2500/0", []),
    # Compression
    Case("13 bz2", WIDE, {**COMMA, "compress_type": "bz2"}, bz2.compress("".join(NUMBERS.splitlines(True)[:1025]).encode()),
         "Success 1025/1025/0/0"),
    Case("14 lz4 frames into a table with a key", "id INTEGER KEY, name", {**COMMA, "compress_type": "lz4"},
         compressed.lz4_frame("".join(f"{n},n{n}\n" for n in range(8001)).encode()), "Success 8001/8001/0/0"),
    *[Case(f"15 compress_type {kind}", "id INTEGER KEY, name", {**COMMA, "compress_type": kind}, pack(TWENTY.encode()),
           "Success 20/20/0/0") for kind, pack in (("GZ", gzip.compress), ("BZ2", bz2.compress), ("LZ4", compressed.lz4_frame),
                                                   ("Deflate", zlib.compress), ("ZSTD", compressed.zstd_frame))],
    *[Case(f"16 {kind} without a header", "id INTEGER KEY, name", COMMA, pack(TWENTY.encode()), FAIL, [])
      for kind, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("lz4", compressed.lz4_frame))],
    *[Case(f"17 JSON as {kind}", "id INTEGER KEY, name", {**BY_LINE, "compress_type": kind}, pack(TWENTY_JSON.encode()),
           "Success 20/20/0/0") for kind, pack in (("gz", gzip.compress), ("bz2", bz2.compress),
                                                   ("lz4", compressed.lz4_frame), ("zstd", compressed.zstd_frame))],
    # Validation
    Case("18 merge with a sequence", "id INTEGER KEY, v, seq INTEGER",
         {**COMMA, "columns": "id, v, seq, del", "merge_type": "MERGE", "delete": "del=1",
          "function_column.sequence_col": "seq"},
         "1,a,1,0\n1,b,3,0\n1,c,2,0\n2,d,1,0\n3,e,1,0\n3,f,2,1\n", "Success 6/6/0/0", [(1, "b", 3), (2, "d", 1)]),
    Case("19 another merge_type", "id INTEGER KEY", {"merge_type": "other"}, "1\n", FAIL, [], "Invalid merge type other"),
    Case("20 MERGE without delete", "id INTEGER KEY", {"merge_type": "MERGE"}, "1\n", FAIL, [],
         "Excepted DELETE ON clause when merge type is MERGE"),
    Case("20 delete without MERGE", "id INTEGER KEY", {"delete": "id=1"}, "1\n", FAIL, [],
         "Not support DELETE ON clause when merge type is not MERGE."),
    Case("21 an unknown format", "id INTEGER KEY", {"format": "txt"}, "1\n", FAIL, [], "unknown data format"),
    Case("22 skip_lines below 0", "id INTEGER KEY", {"skip_lines": "-3"}, "1\n", FAIL, [],
         "[INVALID_ARGUMENT]Invalid 'skip_lines': -3"),
    Case("23 timeout is no number", "id INTEGER KEY", {"timeout": "abc"}, "1\n", FAIL, [],
         "[INVALID_ARGUMENT]Invalid format of 'timeout': 'abc', stoi"),
    Case("24 send_batch_parallelism a", "id INTEGER KEY", {"send_batch_parallelism": "a"}, "1\n", FAIL, [],
         "send_batch_parallelism must be an integer, stoi"),
    Case("24 send_batch_parallelism too large", "id INTEGER KEY", {"send_batch_parallelism": "21474836470"}, "1\n", FAIL, [],
         "send_batch_parallelism out of range, stoi"),
    *[Case(f"24 send_batch_parallelism {n}", "id INTEGER KEY", {"send_batch_parallelism": n}, "1\n2\n", "Success 2/2/0/0")
      for n in ("-1", "1")],
    # Lines of names
    *[Case(f"25 skip_lines {n} of 4", "id INTEGER KEY", {"skip_lines": str(n)}, "1\n2\n3\n4\n", f"Success {left}/{left}/0/0")
      for n, left in ((3, 1), (4, 0), (5, 0))],
    Case("26 names win over skip_lines", "id INTEGER KEY", {"format": "csv_with_names", "skip_lines": "3"}, "id\n2\n3\n4\n",
         "Success 3/3/0/0"),
    Case("27 names and types too", "id INTEGER KEY", {"format": "csv_with_names_and_types", "skip_lines": "3"},
         "id\nINT\n3\n4\n", "Success 2/2/0/0", [(3,), (4,)]),
    Case("28 an empty body", "id INTEGER KEY", {}, b"", "Success 0/0/0/0", []),
    # CSV
    Case("29 empty fields are empty", "id INTEGER KEY, s", COMMA, "9,\\N\n10,\n", "Success 2/2/0/0", [(9, None), (10, "")]),
    Case("29 empty fields are NULL", "id INTEGER KEY, s", {**COMMA, "empty_field_as_null": "true"}, "9,\\N\n10,\n",
         "Success 2/2/0/0", [(9, None), (10, None)]),
    Case("30 quotes are data", "id INTEGER, s", COMMA, '1,abc\n"2","abc"\n', "Success 2/2/0/0", [(None, '"abc"'), (1, "abc")]),
    Case("31 quotes are trimmed", "id INTEGER, s", {**COMMA, "trim_double_quotes": "true"}, '1,abc\n"2","abc"\n',
         "Success 2/2/0/0", [(1, "abc"), (2, "abc")]),
    Case("32 separators and line ends within quotes", "a INTEGER, b, c DATE", QUOTED,
         '1,"x,\ny","2023-07-15"\n2,"z\n,",2023-07-16\n', "Success 2/2/0/0",
         [(1, "x,\ny", "2023-07-15"), (2, "z\n,", "2023-07-16")]),
    Case("33 escaped quotes", "a", {**QUOTED, "column_separator": "|"}, '"abc\\"de,fg\\"h"\n', "Success 1/1/0/0",
         [('abc"de,fg"h',)]),
    Case("34 quotes in the middle are data", "a, b, c", QUOTED, 'ab"c,d"ef","g"hi\n', "Success 1/1/0/0",
         [('ab"c', 'd"ef"', '"g"hi')]),
    Case("35 empty values in quotes", "a, b", QUOTED, '"",\n', "Success 1/1/0/0", [("", "")]),
    Case("36 broken quotes go on as they are", "a, b", QUOTED, '"aa,"bbb",cc"\n', "Success 1/1/0/0", [('aa,"bbb', 'cc"')]),
    Case("36 quotes within quotes", "a, b", QUOTED, '"aaa"bbb"ccc","aa"bb""\n', "Success 1/1/0/0",
         [('aaa"bbb"ccc', 'aa"bb"')]),
    Case("37 a quote that is never closed", "a, b", {**QUOTED, "max_filter_ratio": "0.5"}, '1,x\n2,"y\n', FAIL, []),
    Case("38 doubled quotes", "a", {**QUOTED, "column_separator": "|", "escape": '"'}, '"{""a"": 1}"\n', "Success 1/1/0/0",
         [('{"a": 1}',)]),
    Case("39 separators of several characters within quotes", "a, b",
         {"column_separator": "@@", "line_delimiter": "$$$", "enclose": '"', "trim_double_quotes": "true"},
         '"x@@y$$$z"@@2$$$', "Success 1/1/0/0", [("x@@y$$$z", "2")]),
    # What is not there is named
    Case("50 no Parquet", "id INTEGER KEY", {"format": "parquet"}, b"PAR1", FAIL, [], "arquet"),
    Case("50 ORC", "id INTEGER KEY", {"format": "orc"}, b"ORC", FAIL, [], "orc"),
    Case("54 more columns than are named", "k1 INTEGER, k2 INTEGER, k3 INTEGER", {**COMMA, "columns": "k1,k2,k3"},
         "1,2,3,4,5\n", "Fail 1/0/1/0", [], "too many filtered rows", "Column count mismatch: expected 3, but found 5"),
    Case("55 partitions", "id INTEGER KEY", {"partitions": "p1"}, "1\n", FAIL, [], "no partitions"),
    Case("59 temporary partitions", "id INTEGER KEY", {"temporary_partitions": "p1"}, "1\n", FAIL, [], "no partitions"),
    Case("96 both partitions", "id INTEGER KEY", {"partitions": "p1", "temporary_partitions": "p2"}, "1\n", FAIL, [],
         "Can not specify both partitions and temporary partitions"),
    # Values
    *ratio_cases("56 numbers that overflow", "DECIMAL", out_of(10, 3, "9" * 39), "Success 10/10/0/0"),
    *ratio_cases("57 texts that are no number", "INTEGER", out_of(10, 3, "x"), "Success 10/10/0/0"),
    *ratio_cases("58 NULL where none may be", "INTEGER NOT NULL", out_of(10, 3, "\\N"), "Fail 10/0/3/0"),
    Case("58 NULL where none may be, not strict, ratio 0.3", "id INTEGER KEY, v INTEGER NOT NULL",
         {**COMMA, "max_filter_ratio": "0.3"}, out_of(10, 3, "\\N"), "Success 10/7/3/0",
         log="column_name[v], null value for not null column"),
    Case("60 a text is as long as it is", "id INTEGER KEY, v", {**COMMA, **STRICT}, out_of(10, 3, "x" * 2000),
         "Success 10/10/0/0"),
    Case("61 texts are cut between characters", "id INTEGER KEY, v",
         {**COMMA, "columns": "id, tmp, v = cast(tmp as char(10))"}, "1,中1234567890\n2,正常数据\n", "Success 2/2/0/0",
         [(1, "中1234567"), (2, "正常数")]),
    Case("62 fractions into whole numbers", "id INTEGER KEY, a INTEGER", COMMA, "1,3.12\n", "Success 1/1/0/0", [(1, 3)]),
    Case("62 the same of JSON", "id INTEGER KEY, a INTEGER, b INTEGER", BY_LINE, '{"id":1,"a":3.12,"b":"3.12"}\n',
         "Success 1/1/0/0", [(1, 3, 3)]),
    Case("62 strict", "id INTEGER KEY, a INTEGER", {**COMMA, **STRICT}, "1,3.12\n", "Fail 1/0/1/0", [],
         log="column(a) value is incorrect while strict mode is true, src value is 3.12"),
    Case("63 numbers with quotes", "id INTEGER KEY, a INTEGER", COMMA, '1,"3.12"\n', "Success 1/1/0/0", [(1, None)]),
    Case("63 strict", "id INTEGER KEY, a INTEGER", {**COMMA, **STRICT}, '1,"3.12"\n', "Fail 1/0/1/0", []),
    Case("64 no such days, and numbers out of range", "id INTEGER KEY, d DATE, e DATE, n INTEGER, f DOUBLE", COMMA,
         "1,2024-14-2,2024-4-222,9223372036854775808,1e400\n", "Success 1/1/0/0", [(1, None, None, None, None)]),
    Case("64 strict", "id INTEGER KEY, d DATE", {**COMMA, **STRICT}, "1,2024-14-2\n", "Fail 1/0/1/0", []),
    Case("64 a short day", "id INTEGER KEY, d DATE", {**COMMA, **STRICT}, "1,2024-4-2\n", "Success 1/1/0/0",
         [(1, "2024-04-02")]),
    Case("65 bytes that are no UTF-8", "id INTEGER KEY, s", {"column_separator": "\\x01"},
         b"1\x01a\n2\x01\xe9\n3\x01b\n4\x01\xff\n", "Fail 4/0/2/0", [], log="UTF-8"),
    Case("66 a list that is too long ends", "k1 INTEGER, k2", {**COMMA, "max_filter_ratio": "1"}, "x\n" * 60,
         "Success 60/0/60/0", [], log="TOO MUCH ERROR! already reach 50. show no more next error."),
    Case("66 a row that is too long is cut", "k1 INTEGER, k2", {**COMMA, "max_filter_ratio": "1"}, "x" * 1200000 + "\n",
         "Success 1/0/1/0", [], log="error log is too long"),
    Case("67 separators with an escaped line end", "a, b",
         {"column_separator": "|@|", "line_delimiter": "|@|\\n", "enclose": '"', "escape": "\\", "trim_double_quotes": "true"},
         '1|@|"x|@|y"|@|\n2|@|z|@|\n', "Success 2/2/0/0", [("1", "x|@|y"), ("2", "z")]),
    Case("68 a separator of digits", "a, b", {"column_separator": "01030204", **STRICT}, "101030204x\n201030204y\n",
         "Success 2/2/0/0", [("1", "x"), ("2", "y")]),
    # JSON
    Case("69 an array", "id INTEGER KEY, code", ARRAY, TEN, "Success 10/10/0/0"),
    Case("70 neither flag is by line", "id INTEGER KEY, code", {"format": "json"}, '{"id":1}\n{"id":2,"code":"x"}\n',
         "Success 2/2/0/0", [(1, None), (2, "x")]),
    Case("71 expressions", "id INTEGER KEY, code", {**ARRAY, "columns": "id, code, id=id*10"}, TEN, "Success 10/10/0/0",
         [(n * 10, f"c{n}") for n in range(1, 11)]),
    Case("72 paths", "id INTEGER KEY, code, city", {**ARRAY, "jsonpaths": '["$.id","$.code"]', "columns": "id, code"}, TEN,
         "Success 10/10/0/0"),
    Case("73 json_root", "id INTEGER KEY, code", {**ARRAY, "json_root": "$.item"},
         '[{"item":{"id":1,"code":"a"}},{"item":{"id":2,"code":"b"}}]', "Success 2/2/0/0", [(1, "a"), (2, "b")]),
    Case("74 where", "id INTEGER KEY, code", {**ARRAY, "where": "id > 4"}, TEN, "Success 10/6/0/4"),
    Case("75 where with or", "a, b INTEGER, d", {**BY_LINE, "where": "d='doris' or d='asf' or b=9 or b=8"},
         '{"a":"x","b":7,"d":"doris"}\n', "Success 1/1/0/0"),
    Case("76 broken documents between others", "id INTEGER KEY, code", {**BY_LINE, "max_filter_ratio": "1"},
         '{"id":1}\n{"id":2\n{"id":3}\nnothing\n{"id":4}\n{"id":5}\n', "Success 6/4/2/0", log="Parse json data"),
    Case("77 a key without which there is no row", "id INTEGER KEY, code STRING NOT NULL", {**BY_LINE, "max_filter_ratio": "1"},
         "".join('{"id":%d%s}\n' % (n, "" if n < 4 else ',"code":"x"') for n in range(10)), "Success 10/6/4/0",
         log="The column `code` is not nullable, but it's not found in jsondata."),
    Case("78 a value for what is absent", "id INTEGER KEY, city, at TIMESTAMP NOT NULL",
         {**ARRAY, "columns": "id, c, city=ifnull(c, 'default_city'), at=now()"}, '[{"id":1},{"id":2,"c":"x"}]',
         "Success 2/2/0/0"),
    Case("79 names in any case", "id INTEGER KEY, city, code", {**BY_LINE, "columns": "Id, cIty, CodE"},
         '{"id":1,"city":"a","code":"b"}\n{"ID":2,"City":"c","CODE":"d"}\n', "Success 2/2/0/0", [(1, "a", "b"), (2, "c", "d")]),
    Case("80 two objects in a line", "id INTEGER KEY", {**BY_LINE, "max_filter_ratio": "1"}, '{"id":1}{"id":2}\n', FAIL, [],
         "[DATA_QUALITY_ERROR]Multiple JSON objects in a single line"),
    Case("81 a body that is no JSON", "id INTEGER KEY", BY_LINE, "%PDF-1.4\n\x00\x01\n", FAIL, []),
    Case("82 the row as a text", "a, b INTEGER", {**BY_LINE, "jsonpaths": '["$.","$.a"]'}, '{"a":1}\n{"a":2}\n',
         "Success 2/2/0/0", [('{"a":1}', 1), ('{"a":2}', 2)]),
    Case("82 the same by $", "a, b INTEGER", {**BY_LINE, "jsonpaths": '["$","$.a"]'}, '{"a":1}\n', "Success 1/1/0/0",
         [('{"a":1}', 1)]),
    Case("83 a key with a dot", "a", {**BY_LINE, "jsonpaths": '["$.tags.\\"a.b\\""]'}, '{"tags":{"a.b":"x"}}\n', "Success 1/1/0/0",
         [("x",)]),
    Case("84 a byte order mark", "id INTEGER KEY", BY_LINE, b'\xef\xbb\xbf{"id":1}\n', "Success 1/1/0/0", [(1,)]),
    Case("84 equal keys", "id INTEGER KEY, c", BY_LINE, '{"id":1,"c":"a","c":"b"}\n', "Success 1/1/0/0", [(1, "a")]),
    Case("85 a parent that is null", "id INTEGER KEY, c", {**BY_LINE, "jsonpaths": '["$.id","$.p.c"]'},
         '{"id":1,"p":null}\n{"id":2,"p":{"c":"x"}}\n', "Success 2/2/0/0", [(1, None), (2, "x")]),
    Case("86 paths that match nothing", "name, age INTEGER", {**BY_LINE, "jsonpaths": '["$.x","$.y"]'}, '{"name":"a"}\n',
         "Fail 1/0/1/0", [], log="There is no column matching jsonpaths in the json file"),
    # Other
    Case("89 a label beside a group is kept", "id INTEGER KEY", {"group_commit": "async_mode", "label": "grouped"}, "1\n",
         "Success 1/1/0/0"),
    Case("93 nested values are JSON", "id INTEGER KEY, doc JSON", {"column_separator": "|"},
         '1|{"at":["2024-01-01 00:00:00+08:00"]}\n', "Success 1/1/0/0"),
    Case("97 a table without a key keeps equal rows", "a, b", COMMA, "1,x\n" * 500, "Success 500/500/0/0"),
    Case("98 the time of the load", "id INTEGER KEY, name, at TIMESTAMP NOT NULL", {**COMMA, "columns": "id, name, at=now()"},
         "".join(f"{n},x\n" for n in range(11)), "Success 11/11/0/0"),
    Case("100 arrays that are none", "id INTEGER KEY, a JSON", {"column_separator": "|"}, "1|[1]\n2|[1,\n3|[]\n4|]\n5|[2]\n",
         "Success 5/5/0/0"),
    Case("100 strict", "id INTEGER KEY, a JSON", {"column_separator": "|", **STRICT}, "1|[1]\n2|[1,\n3|[]\n4|]\n5|[2]\n",
         "Fail 5/0/2/0", []),
]

# Loads by SQL: the statement, without INSERT INTO and its table; headers; the body; the answer; rows.
STATEMENTS = [
    ("92 some of eleven columns", "(a, b) SELECT c1, c2 FROM http_stream('format'='csv', 'column_separator'=',')", {},
     "".join(f"{n},x{n},3,4,5,6,7,8,9,10,11\n" for n in range(11)), "Success 11/11/0/0", [(n, f"x{n}") for n in range(11)]),
    ("92 all columns", "SELECT * FROM http_stream(\"column_separator\"=\",\")", {}, "1,x\n2,y\n", "Success 2/2/0/0",
     [(1, "x"), (2, "y")]),
    ("92 expressions and a condition",
     "(b, a) SELECT upper(c3) AS name, c1 * 10 FROM http_stream('column_separator'=',') WHERE c2 = 'in'", {},
     "1,in,x\n2,out,y\n3,in,z\n", "Success 3/2/0/1", [(10, "X"), (30, "Z")]),
    ("92 JSON by its keys", "(a, b) SELECT `the id`, name FROM http_stream('format'='json', 'read_json_by_line'='true')", {},
     '{"the id":1,"name":"x"}\n{"name":"y","the id":2}\n', "Success 2/2/0/0", [(1, "x"), (2, "y")]),
    ("92 strict mode and a ratio", "(a, b) SELECT c1, c2 FROM http_stream('column_separator'=',')",
     {"strict_mode": "true", "max_filter_ratio": "0.5"}, "1,x\nz,y\n", "Success 2/1/1/0", [(1, "x")]),
    ("92 compressed", "SELECT * FROM http_stream('compress_type'='gz', 'column_separator'=',')", {},
     gzip.compress(b"1,x\n"), "Success 1/1/0/0", [(1, "x")]),
    ("92 a value that takes none", "(b) SELECT c1 FROM http_stream()", {}, "x\n", FAIL, []),
    ("92 a function that is not there", "(a) SELECT nothing(c1) FROM http_stream()", {}, "1\n", FAIL, []),
    ("92 a column that is not there", "(a) SELECT d1 FROM http_stream()", {}, "1\n", FAIL, []),
]


# Requests of clients that are no libraries, as they are on the wire: how a head goes on behind the path, whether the client
# waits for 100 Continue, whether its body is in chunks, and how that is packed.
GO = "User-Agent: Go-http-client/1.1\r\n"
JAVA = "User-Agent: Apache-HttpClient/4.5.13 (Java/17.0.15)\r\n"
LINES = b'{"id":1,"name":"x"}\n{"id":2,"name":"y"}\n'
CLIENTS = [
    ("doris-streamloader", GO + "Column_separator: ,\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n"
     "Accept-Encoding: gzip\r\n", True, True, b"1,x\n2,y\n"),
    ("doris-streamloader --compress", GO + "Column_separator: ,\r\nCompress_type: LZ4\r\nContent-Encoding: lz4\r\n"
     "Content-Type: text/plain\r\nExpect: 100-continue\r\n", True, True, compressed.lz4_frame(b"1,x\n2,y\n")),
    ("the Kafka connector", JAVA + "label: t__KC_0__KC_testdb_t__KC_0__KC_1\r\nExpect: 100-continue\r\nformat: json\r\n"
     "read_json_by_line: true\r\ntwo_phase_commit: false\r\ncompress_type: gz\r\nContent-Encoding: gzip\r\n", True, True,
     gzip.compress(LINES)),
    ("Vector", "content-type: text/plain;charset=utf-8\r\nexpect: 100-continue\r\nlabel: vector_testdb_t_1_u\r\nformat: json\r\n"
     "read_json_by_line: true\r\naccept: */*\r\n", False, False, LINES),
    ("Vector, gzip", "content-type: text/plain;charset=utf-8\r\nexpect: 100-continue\r\nlabel: vector_testdb_t_2_u\r\n"
     "format: json\r\nread_json_by_line: true\r\ncontent-encoding: gzip\r\naccept-encoding: gzip\r\n", False, False,
     gzip.compress(LINES)),
    ("Fluent Bit", "User-Agent: Fluent-Bit\r\nExpect: 100-continue\r\nformat: json\r\nread_json_by_line: true\r\n"
     "label: fluentbit_testdb_t_1_u\r\n", False, False, LINES),
    ("Fluent Bit that sends its body later", "User-Agent: Fluent-Bit\r\nExpect: 100-continue\r\nformat: json\r\n"
     "read_json_by_line: true\r\nlabel: fluentbit_testdb_t_2_u\r\n", None, False, LINES),
    ("Beats", GO + "Expect: 100-continue\r\nFormat: json\r\nRead_json_by_line: true\r\nLabel: beat_testdb_t_1_u\r\n"
     "Timeout: 30\r\n", True, False, LINES),
    ("Redpanda Connect", GO + "Expect: 100-continue\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
     "Format: json\r\nRead_json_by_line: true\r\nTimeout: 30\r\nLabel: rp_1_u\r\n", False, False, LINES),
]


class Cases(Loads):
    def new_table(self, columns):
        parsed = []
        for column in columns.split(", "):
            words = column.split(" ")
            types = [word for word in words[1:] if word not in ("KEY", "NOT", "NULL")]
            parsed.append({"name": words[0], "dataType": types[0] if types else "STRING", "primaryKey": "KEY" in words,
                           "nullable": "KEY" not in words and "NOT" not in words})
        self.made += 1
        name = f"case{self.made}"
        answer = self.server.api.call("POST", mr.Api.BRANCH + "/tables", {"tableId": f"in.c-testdb.{name}", "columns": parsed})
        mr.check_equal(answer.status, 201, f"a table: {answer}")
        return name

    def text_of(self, url):
        parts = urllib.parse.urlsplit(url)
        return mr.request(f"http://{parts.netloc}", "GET", f"{parts.path}?{parts.query}").body.decode()

    def check_answer(self, name, got, wanted, table, rows):
        status, _, counts = wanted.partition(" ")
        mr.check_equal(got["Status"], status, f"{name}: {got}")
        if counts:
            told = [got[f"Number{what}Rows"] for what in ("Total", "Loaded", "Filtered", "Unselected")]
            mr.check_equal("/".join(map(str, told)), counts, f"{name}: {got}")
        if rows is None:
            mr.check_equal(self.rows(table, "count(*)", ""), [(got["NumberLoadedRows"],)], f"{name}: rows")
        else:
            mr.check_equal(self.rows(table), rows, f"{name}: rows")

    def run(self, case):
        table = self.new_table(case.columns)
        body = case.body if isinstance(case.body, bytes) else case.body.encode()
        answer = self.load(body, table, case.headers)
        if answer.get("GroupCommit"):
            mr.wait_until(lambda: self.rows(table), 30, f"{case.name}: visible")
        self.check_answer(case.name, answer, case.answer, table, case.rows)
        mr.check(case.message in answer["Message"], f"{case.name}: {answer}")
        if case.log:
            log = self.text_of(answer["ErrorURL"])
            mr.check(case.log in log, f"{case.name}: {log[:500]}")

    def cases_of_the_table(self):
        failures = []
        for case in CASES:
            try:
                self.run(case)
            except mr.Failure as failure:
                failures.append(str(failure))
        mr.check(not failures, f"{len(failures)} of {len(CASES)} cases:\n" + "\n".join(failures))

    def by_sql(self, sql, body, headers=None):
        answer = self.call("PUT", "/api/_http_stream", body, {"sql": sql, **(headers or {})})
        mr.check_equal(answer.status, 200, f"{answer}")
        return answer.json()

    def loads_by_sql(self):
        for name, statement, headers, body, wanted, rows in STATEMENTS:
            table = self.new_table("a INTEGER KEY, b")
            answer = self.by_sql(f"insert into testdb.{table} {statement}", body, headers)
            self.check_answer(name, answer, wanted, table, rows)
        table = self.new_table("a INTEGER KEY, b")
        held = self.by_sql(f"insert into testdb.{table} with label by_sql select * from http_stream('column_separator'=',')",
                           "1,x\n", {"two_phase_commit": "true"})
        mr.check_equal((held["Status"], held["TwoPhaseCommit"], held["Label"]), ("Success", "true", "by_sql"), f"{held}")
        mr.check_equal(self.rows(table), [], "before the commit")
        mr.check_equal(self.two_phase("commit", label="by_sql")["status"], "Success", "the commit")
        mr.wait_until(lambda: self.rows(table) == [(1, "x")], 30, "after the commit")

    # 40 to 48
    def labels_and_two_phases(self):
        table = self.new_table("id INTEGER KEY, n INTEGER")
        again = {**COMMA, **STRICT, "label": "retried"}
        for _ in range(2):
            answer = self.load("1,1\n2,x\n", table, {**again, "strict_mode": "true"})
            mr.check_equal((answer["Status"], answer["NumberFilteredRows"]), ("Fail", 1), f"41: {answer}")
        self.loaded("1,1\n2,2\n", table, again)
        taken = self.load("1,1\n", table, again)
        mr.check_equal((taken["Status"], taken["ExistingJobStatus"], taken["TxnId"], taken["NumberTotalRows"]),
                       ("Label Already Exists", "FINISHED", -1, 0), f"40: {taken}")

        headers = {**COMMA, "label": "two", "two_phase_commit": "true"}
        first = self.loaded("3,3\n4,4\n", table, headers)
        taken = self.load("3,3\n", table, headers)
        mr.check_equal((taken["Status"], taken["ExistingJobStatus"], taken["TwoPhaseCommit"]),
                       ("Label Already Exists", "PRECOMMITTED", "true"), f"43: {taken}")
        mr.check(f"Label [two] has already been used, relate to txn [{first['TxnId']}]" in taken["Message"], f"43: {taken}")
        mr.check_equal(self.two_phase("abort", txn_id=first["TxnId"])["status"], "Success", "42: abort")
        second = self.loaded("3,3\n4,4\n", table, headers)
        told = self.two_phase("commit", label="two")
        mr.check_equal(told, {"status": "Success", "msg": f"label [two] transaction [{second['TxnId']}] commit successfully."}, "44")
        mr.wait_until(lambda: len(self.rows(table)) == 4, 30, "42: rows")
        mr.wait_until(lambda: self.call("GET", "/api/testdb/get_load_state?label=two").json()["data"] == "VISIBLE", 30, "48")
        told = self.two_phase("commit", txn_id=second["TxnId"])
        mr.check("is already visible, not pre-committed." in told["msg"], f"45: {told}")
        for operation, which, text in [("commit", {"txn_id": 999999}, "not found."), ("commit", {"txn_id": "x"}, "convert txn_id"),
                                       ("foo", {"txn_id": 1}, "should be 'commit' or 'abort'")]:
            told = self.two_phase(operation, **which)
            mr.check(text in told["msg"] and told["status"] != "Success", f"46: {told}")
        mr.check_equal(self.call("GET", "/api/testdb/get_load_state?label=unseen").json()["data"], "UNKNOWN", "48")

    def several_are_committed_at_once(self):
        table = self.new_table("id INTEGER KEY, n INTEGER")
        held = [self.loaded(f"{n},1\n{n + 10},1\n", table, {**COMMA, "two_phase_commit": "true"})["TxnId"] for n in range(3)]
        told = self.two_phase("commit", txn_id=",".join(map(str, held)))
        mr.check_equal(told["status"], "Success", f"47: {told}")
        mr.wait_until(lambda: len(self.rows(table)) == 6, 30, "47: rows")
        counted = self.call("GET", f"/api/testdb/{table}/_count").json()
        mr.check_equal((counted["msg"], counted["data"]), ("success", {"status": 200, "size": 6}), f"{counted}")

    # 49, 52, 53, 99
    def bodies_as_http_sends_them(self):
        def chunked(table, headers, pieces):
            connection = http.client.HTTPConnection(self.address(), timeout=60)
            connection.request("PUT", f"/api/testdb/{table}/_stream_load", body=pieces, encode_chunked=True, headers={
                "Authorization": basic(self.password), "Transfer-Encoding": "chunked", **headers})
            answer = json.loads(connection.getresponse().read())
            connection.close()
            return answer

        table = self.new_table("id INTEGER KEY, name")
        body = "".join(f"{n},name{n}\n" for n in range(15272)).encode()
        answer = chunked(table, COMMA, (body[at:at + 4000] for at in range(0, len(body), 4000)))
        self.check_answer("49 CSV in chunks", answer, "Success 15272/15272/0/0", table, None)
        table = self.new_table("id INTEGER KEY, code")
        answer = chunked(table, ARRAY, (TEN[at:at + 7].encode() for at in range(0, len(TEN), 7)))
        self.check_answer("49 JSON in chunks", answer, "Success 10/10/0/0", table, None)

        def slow():
            for n in range(64):
                yield f"{n},{'x' * 8180}\n".encode()
                time.sleep(0.01)  # what the suite of Doris does

        table = self.new_table("id INTEGER KEY, name")
        self.check_answer("99 slow chunks", chunked(table, COMMA, slow()), "Success 64/64/0/0", table, None)

        table = self.new_table("id INTEGER KEY")
        for name, headers, text in [("52", "Expect: 100-continue\r\n", "please set content_length or transfer-encoding=chunked"),
                                    ("53", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                                     "please do not set both content_length and transfer-encoding")]:
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send(self.head(table, headers))
                answer = wire.answer().json()
            mr.check_equal(answer["Status"], "Fail", f"{name}: {answer}")
            mr.check(text in answer["Message"], f"{name}: {answer}")

    def requests_of_other_clients(self):
        for name, head, waits, is_chunked, body in CLIENTS:
            table = self.new_table("id INTEGER KEY, name")
            framing = "Transfer-Encoding: chunked\r\n" if is_chunked else f"Content-Length: {len(body)}\r\n"
            head = self.head(table, head.replace("testdb_t_", f"testdb_{table}_") + framing)
            if is_chunked:
                half = len(body) // 2
                body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:half], body[half:], b""))
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send(head if waits is not False else head + body)
                if waits:
                    mr.check_equal(wire.answer().status, 100, f"{name}: 100 Continue")
                if waits is None:
                    time.sleep(0.3)  # nothing must come: the first status line is the answer for this client
                if waits is not False:
                    wire.send(body)
                answer = wire.answer()
            mr.check_equal(answer.status, 200, f"{name}: {answer}")
            self.check_answer(name, answer.json(), "Success 2/2/0/0", table, [(1, "x"), (2, "y")])
        health = self.call("GET", "/api/bootstrap").json()
        mr.check_equal(health["msg"], "success", "the health check of Vector")
        mr.check_equal(self.call("GET", "/").status, 200, "what Redpanda Connect and Flink ask first")

    # 87, 88, 90, 91
    def groups(self):
        table = self.new_table("id INTEGER KEY, n INTEGER")
        answer = self.loaded("1,1\n2,200\n", table, {**COMMA, "group_commit": "sync_mode", "where": "n < 100"})
        self.check_answer("87", answer, "Success 2/1/0/1", table, [(1, 1)])
        mr.check_equal((answer["GroupCommit"], answer["Label"][:13]), (True, "group_commit_"), f"87: {answer}")
        table = self.new_table("id INTEGER KEY, n INTEGER")
        answer = self.load("1,1\nx,2\ny,3\nz,4\n5,500\n6,6\n", table, {
            **COMMA, **STRICT, "group_commit": "sync_mode", "max_filter_ratio": "0.7", "where": "n is null or n < 100"})
        self.check_answer("88", answer, "Success 6/2/3/1", table, [(1, 1), (6, 6)])
        mr.check(self.text_of(answer["ErrorURL"]).count("Reason: ") == 3, f"88: {answer}")
        answer = self.load("1\n", "missing", {"group_commit": "sync_mode"})
        mr.check("OlapTable not found" in answer["Message"], f"90: {answer}")
        table = self.new_table("id INTEGER KEY")
        self.loaded("1\n2\n", table, {"group_commit": "async_mode"})
        mr.wait_until(lambda: len(self.rows(table)) == 2, 60, "91: visible")

    # 94, 95
    def comments_and_who_may(self):
        table = self.new_table("id INTEGER KEY")
        mr.check_equal(self.loaded("1\n2\n", table, {"comment": "abc"})["Comment"], "abc", "94")
        answer = mr.request(f"http://{self.address()}", "PUT", f"/api/testdb/{table}/_stream_load", "3\n",
                            {"Authorization": basic(self.password, user="common_user")})
        mr.check_equal(answer.json()["NumberLoadedRows"], 1, f"95: {answer}")
        answer = mr.request(f"http://{self.address()}", "PUT", f"/api/testdb/{table}/_stream_load", "4\n")
        mr.check_equal((answer.status, answer.json()["Status"]), (401, "Fail"), f"95: {answer}")


def cases_of(server):
    cases = Cases(server)
    return [cases.cases_of_the_table, cases.loads_by_sql, cases.labels_and_two_phases, cases.several_are_committed_at_once,
            cases.bodies_as_http_sends_them, cases.requests_of_other_clients, cases.groups, cases.comments_and_who_may]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "doris_cases", cases_of))
