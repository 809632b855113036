#!/usr/bin/env python3
"""Uploads of CSV and Avro on the real binary, and what is in the table afterwards.

Goal    an upload is there once and whole, or as far as its table says, whatever is cut, killed or wrong.
Method  raw sockets that cut a body at every byte and processes killed at random ones; the tables are read as SQLite
        files. `--long` kills 200 times instead of 10.
"""

import gzip
import json
import os
import random
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import avro_file as avro  # noqa: E402
import millrace_client as mr  # noqa: E402
from h2_upload import H2Upload  # noqa: E402

COLUMNS = [("id", "INTEGER", True), ("name", "STRING", False), ("age", "INTEGER", False)]
FIELDS = [("id", "long"), ("name", ["null", "string"]), ("age", ["null", "int"])]
SIGNED = FIELDS + [("sys_op", "int")]
PEOPLE = [(number, f"name {number}", 20 + number) for number in range(1, 51)]
KILLS = 10


def csv_of(rows, header="id,name,age"):
    return (header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)).encode()


class Uploads:
    def __init__(self, server):
        self.server = server
        self.made = 0

    # what clients do

    def url(self):
        host, port = self.server.ingest_address()
        return f"http://{host}:{port}"

    @staticmethod
    def path(table, **options):
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"/api/v1/datamarts/mart/entities/{table}/upload" + ("?" + query if query else "")

    def send(self, table, body, media="text/csv", headers=None, token=mr.TOKEN, path=None, method="POST", **options):
        given = {"Authorization": f"Bearer {token}", "Content-Type": media, **(headers or {})}
        return mr.request(self.url(), method, path or self.path(table, **options), body, given, timeout_s=60)

    def done(self, table, body, media="text/csv", rows=None, **more):
        answer = self.send(table, body, media, **more)
        mr.check_equal(answer.status, 200, f"an upload: {answer}")
        json_ = answer.json()
        mr.check_equal((json_["final"], json_["state"]), (True, "done"), f"the answer: {json_}")
        mr.check(answer.body.count(b"\n") <= 1, f"one line: {answer}")
        if rows is not None:
            mr.check_equal(json_["rowsTotal"], rows, f"rows: {json_}")
        return json_

    def refused(self, table, body, status, name, text="", **more):
        answer = self.send(table, body, **more)
        mr.check_equal(answer.status, status, f"a wrong upload: {answer}")
        json_ = answer.json()
        mr.check_equal((json_["final"], json_["state"], json_["error"]), (True, "cancelled", name), f"{json_}")
        mr.check(text in json_["message"], f"{text}: {json_}")
        return json_

    def table(self, columns=None, kind=None, **more):
        self.made += 1
        name = f"t{self.made}"
        body = {"tableId": f"in.c-mart.{name}", **more,
                "columns": [{"name": column, "dataType": data_type, "primaryKey": key, "nullable": not key}
                            for column, data_type, key in columns or COLUMNS]}
        if kind:
            body["kind"] = kind
        # An import may have the bucket for a while.
        answer = mr.wait_until(lambda: (made := self.server.api.call("POST", mr.Api.BRANCH + "/tables", body)).status != 503
                               and made, 60, "a table")
        mr.check_equal(answer.status, 201, f"a table: {answer}")
        mr.check_equal(answer.json()["kind"], kind or "logical", f"{answer}")
        return name

    def rows(self, table, what="*", rest="ORDER BY 1"):
        return self.server.rows(f"in.c-mart.{table}", what, rest)

    def load(self, query_id):
        return self.server.api.get(mr.Api.BRANCH + f"/loads?label=upload:{query_id}")["loads"]

    def ended(self, query_id):
        """The operation of the id, once it is over."""
        def over():
            found = self.load(query_id)
            return found and found[0]["operationState"] in ("done", "cancelled")
        mr.wait_until(over, 30, f"the end of {query_id}")
        return self.load(query_id)[0]

    # cases

    def csv_and_avro_are_uploaded(self):
        for kind in ("logical", "standalone"):
            table = self.table(kind=kind)
            answer = self.done(table, csv_of(PEOPLE), rows=50, headers={"x-request-id": "asked-for"})
            mr.check_equal((answer["requestId"], answer["batch"], answer["visible"]), ("asked-for", 1, True), f"{answer}")
            mr.check_equal(self.rows(table), PEOPLE, "rows")
            table = self.table(kind=kind)
            for media in ("application/avro", "avro/binary"):
                self.done(table, avro.file_of(FIELDS, PEOPLE), media, rows=50)
            mr.check_equal(self.rows(table), PEOPLE, "rows")
        table = self.table()
        self.done(table, csv_of(PEOPLE), path=f"/upload?table=in.c-mart.{table}")
        mr.check_equal(len(self.rows(table)), 50, "rows of the other path")

    def csv_is_read_as_it_is_written(self):
        table = self.table()
        body = b'\xef\xbb\xbfid,name,age\r\n1,"a, ""b""\nc",7\r\n2,,\r\nid,name,age\r\n\xef\xbb\xbfid,name,age\r\n3,"",9'
        self.done(table, body, rows=3)
        mr.check_equal(self.rows(table), [(1, 'a, "b"\nc', 7), (2, None, None), (3, "", 9)], "rows")
        self.done(table, b"age,id\n1,1\n", rows=1)
        mr.check_equal(self.rows(table)[0], (1, None, 1), "columns by their names")
        self.done(table, gzip.compress(csv_of(PEOPLE)), headers={"Content-Encoding": "gzip"}, rows=50)
        table = self.table(csvParser={"separator": ";", "quote": "none", "header": False, "nullValue": "NULL"})
        self.done(table, b'1;"x;2\n2;NULL;NULL\n', rows=2)
        mr.check_equal(self.rows(table), [(1, '"x', 2), (2, None, None)], "the dialect of the table")
        table = self.table(csvParser={"repeatedHeader": False})
        self.refused(table, b"id,name,age\n1,a,2\nid,name,age\n", 422, "stream.upload.invalidValue", "Row 2")

    def rows_are_updated_and_deleted_by_key(self):
        table = self.table()
        self.done(table, csv_of(PEOPLE))
        self.done(table, b"id,name,age,sys_op\n1,,,1\n2,new,2,0\n51,more,3,0\n", rows=3)
        mr.check_equal(self.rows(table)[:1] + self.rows(table)[-1:], [(2, "new", 2), (51, "more", 3)], "rows")
        self.done(table, avro.file_of(SIGNED, [(2, None, None, 1), (3, "third", None, 0)]), "application/avro")
        mr.check_equal(self.rows(table)[0], (3, "third", None), "rows after Avro")
        self.done(table, b"id\n3\n4\n", sysOp=1, rows=2)
        mr.check_equal(self.rows(table)[0][0], 5, "rows after sysOp")
        self.done(table, b"id,name,age\n3,x,1\n", sysOp=0)
        self.refused(table, b"id,name,age,sys_op\n1,a,2,2\n", 422, "stream.upload.invalidValue", "sys_op is 2")
        self.refused(table, b"id,sys_op\n1,1\n", 400, "stream.upload.schemaMismatch", "leave", sysOp=1)
        alone = self.table(kind="standalone")
        self.refused(alone, b"id,name,age,sys_op\n1,a,2,0\n", 400, "stream.upload.schemaMismatch", "standalone")
        keyless = self.table([("id", "INTEGER", False)])
        self.done(keyless, b"id,sys_op\n1,0\n")
        self.refused(keyless, b"id,sys_op\n1,1\n", 422, "stream.upload.invalidValue", "primary key")

    def every_type_and_codec_of_avro_is_read(self):
        columns = [("k", "INTEGER", True), ("b", "BOOLEAN", False), ("s", "STRING", False), ("i", "INTEGER", False),
                   ("f", "DOUBLE", False), ("d", "DOUBLE", False), ("day", "DATE", False), ("t", "STRING", False),
                   ("at", "TIMESTAMP", False), ("e", "STRING", False), ("j", "JSON", False), ("m", "DECIMAL", False)]
        micros = {"type": "long", "logicalType": "timestamp-micros"}
        fields = [("a", "long"), ("x", "boolean"), ("x", ["null", "string"]), ("x", ["int", "null"]), ("x", "float"),
                  ("x", ["null", "double"]), ("x", {"type": "int", "logicalType": "date"}),
                  ("x", {"type": "long", "logicalType": "time-micros"}), ("x", ["null", micros]),
                  ("x", {"type": "enum", "name": "colour", "symbols": ["red", "blue"]}), ("x", "string"), ("x", "string")]
        rows = [(1, True, "é\n", -5, 1.5, -2.25, 20484, 86_399_999_999, 1_769_852_123_456_789, "blue", '{"a":1}', "1.20"),
                (2, False, None, None, 0.0, None, -1, 0, None, "red", "null", "7")]
        codecs = ["null", "deflate", "snappy"] + (["zstandard"] if avro.has_zstd() else [])
        for codec in codecs:
            table = self.table(columns)
            self.done(table, avro.file_of(fields, rows, codec, block_rows=1), "application/avro", rows=2)
            found = self.rows(table, "k, b, s, i, f, d, day, t, at, e, m")
            mr.check_equal([row[2:4] + row[6:10] for row in found],
                           [("é\n", -5, "2026-01-31", "23:59:59.999999", "2026-01-31T09:35:23.456789Z", "blue"),
                            (None, None, "1969-12-31", "00:00:00.000000", None, "red")], f"rows of {codec}")
        table = self.table()
        two = avro.file_of(FIELDS, PEOPLE[:20], "deflate") + avro.file_of(FIELDS, PEOPLE[20:], "snappy", sync=b"x" * 16)
        self.done(table, two, "application/avro", rows=50)
        mr.check_equal(self.rows(table), PEOPLE, "rows of two files")

    def broken_avro_is_refused(self):
        table = self.table()
        head, good = avro.header(FIELDS), avro.block(FIELDS, PEOPLE)
        def wrong(body, status=400, name="stream.upload.malformed", text=""):
            self.refused(table, body, status, name, text, media="application/avro")
        wrong(b"", text="empty")
        wrong(b"id,name\n1,a\n", text="no Avro")
        wrong(head[:30], text="cut off")
        wrong(head + good[:-1], text="cut off")
        wrong(head + good[:-1] + b"!", text="sync marker")
        wrong(head + avro.number(-1) + good[1:], text="negative")
        wrong(head + avro.number(1) + avro.number(-7) + avro.SYNC, text="negative")
        wrong(head + avro.number(1) + b"\xff" * 11, text="broken")
        wrong(head + avro.number(1) + avro.number(2 << 30), 413, "stream.upload.recordTooLarge", "smaller")
        wrong(head + avro.number(51) + good[1:], text="damaged")
        wrong(head + avro.number(49) + good[1:], text="behind its records")
        wrong(avro.header(FIELDS, "bzip2") + good, text="codec")
        for codec in ("deflate", "snappy"):
            wrong(avro.header(FIELDS, codec) + good, text="damaged")
        text = avro.number(1) + avro.number(3) + avro.number(1) + avro.number(1) + avro.number(-3) + avro.SYNC
        wrong(head + text, text="\"name\"")
        mismatch = {"status": 400, "name": "stream.upload.schemaMismatch"}
        wrong(avro.file_of([FIELDS[1], FIELDS[0], FIELDS[2]], []), text="field 1", **mismatch)
        wrong(avro.file_of(FIELDS[:2], []), text="2 fields", **mismatch)
        wrong(avro.file_of(FIELDS + [("other", "int")], []), text="4 fields", **mismatch)
        wrong(avro.file_of(FIELDS[:2] + [("age", {"type": "array", "items": "int"})], []), text="array")
        wrong(avro.file_of(FIELDS, PEOPLE) + avro.file_of(SIGNED, []), text="another schema")
        mr.check_equal(self.rows(table), [], "rows")

    def bad_input_is_named(self):
        table = self.table()
        wrong = self.refused(table, b"id,name,age\n1,a,2\n2,b\n", 400, "stream.upload.columnCount", "Row 2 (line 3)")
        mr.check_equal((wrong["row"], wrong["column"], wrong["text"], wrong["rejected"]), (2, "age", "2,b", 1), f"{wrong}")
        wrong = self.refused(table, b"id,name,age\n1,a,2," + b"x" * 500 + b"\n", 400, "stream.upload.columnCount", "Row 1")
        mr.check_equal((len(wrong["text"]), "column" in wrong), (200, False), f"{wrong}")
        wrong = self.refused(table, b"id,name,age\n1,a,old\n", 422, "stream.upload.invalidValue", "old")
        mr.check_equal((wrong["row"], wrong["column"]), (1, "age"), f"{wrong}")
        self.refused(table, b"id,name,age\n,a,1\n", 422, "stream.upload.invalidValue", "null")
        self.refused(table, b"id,name,size\n", 400, "stream.upload.schemaMismatch", "size")
        self.refused(table, b"name\nx\n", 400, "stream.upload.schemaMismatch", "id")
        self.refused(table, b"id,id\n1,1\n", 400, "stream.upload.schemaMismatch", "id")
        self.refused(table, b"", 400, "stream.upload.malformed", "empty")
        self.refused(table, b'id,name,age\n1,"a,2\n', 400, "stream.upload.malformed", "closed")
        self.refused(table, b"id,name,age\n1,\xff,2\n", 400, "stream.upload.malformed", "UTF-8")
        self.refused(table, b"id,name,age\n1,a," + b"9" * (11 << 20), 413, "stream.upload.recordTooLarge")
        good = csv_of(PEOPLE)
        self.refused(table, good, 400, "stream.upload.invalidOption", "sysOp", sysOp=2)
        self.refused(table, good, 400, "stream.upload.invalidOption", "commitOnDisconnect", commitOnDisconnect="yes")
        self.refused(table, good, 400, "stream.upload.invalidOption", "queryId", queryId="x" * 129)
        self.refused(table, good, 400, "stream.upload.invalidOption", "queryID", queryID="x")
        self.refused("nowhere", good, 404, "stream.upload.tableNotFound", "tables")
        self.refused(table, good, 404, "stream.upload.tableNotFound", path=f"/api/v1/datamarts/no mart/entities/{table}/upload".replace(" ", "%20"))
        self.refused(table, good, 404, "stream.upload.pathNotFound", path="/api/v1/datamarts/mart/entities")
        self.refused(table, good, 400, "stream.upload.invalidOption", "table", path="/upload")
        self.refused(table, None, 405, "stream.upload.methodNotAllowed", method="GET")
        self.refused(table, good, 401, "stream.api.unauthorized", token="wrong")
        self.refused(table, good, 415, "stream.upload.unsupportedMediaType", media="application/json")
        self.refused(table, good, 415, "stream.upload.unsupportedContentEncoding", headers={"Content-Encoding": "br"})
        self.refused(table, good, 400, "stream.upload.malformed", headers={"Content-Encoding": "gzip"})
        mr.check_equal(self.rows(table), [], "rows")

    def who_may_not_load_is_told(self):
        table = self.table()
        made = self.server.api.call("POST", "/v1/tokens", {"description": "other", "role": "load", "buckets": ["in.c-other"]})
        self.refused(table, csv_of(PEOPLE), 403, "stream.upload.forbidden", token=made.json()["token"])
        made = self.server.api.call("POST", "/v1/tokens", {"description": "mart", "role": "load", "buckets": ["in.c-mart"]})
        self.done(table, csv_of(PEOPLE), token=made.json()["token"])

    def a_query_id_loads_once(self):
        for kind in ("logical", "standalone"):
            table = self.table([("id", "INTEGER", False), ("name", "STRING", False), ("age", "INTEGER", False)], kind)
            first = self.done(table, csv_of(PEOPLE), queryId=f"once-{kind}")
            again = self.done(table, csv_of(PEOPLE), queryId=f"once-{kind}")
            mr.check_equal(again, first, "the answers")
            mr.check_equal(len(self.rows(table)), 50, "rows")
            self.refused(self.table(), csv_of(PEOPLE), 409, "stream.upload.queryIdTaken", queryId=f"once-{kind}")
            mr.check_equal(self.load(f"once-{kind}")[0]["operationState"], "done", "the list")
            self.refused(table, b"id,name,age\n1,a\n", 400, "stream.upload.columnCount", queryId=f"again-{kind}")
            mr.check_equal(self.load(f"again-{kind}")[0]["operationState"], "cancelled", "the list")
            self.done(table, b"id,name,age\n1,a,2\n", queryId=f"again-{kind}", rows=1)
            with self.begun(table, 100, queryId=f"running-{kind}") as wire:
                wire.send(csv_of(PEOPLE)[:50])
                mr.wait_until(lambda: self.load(f"running-{kind}"), 30, "the operation")
                mr.check_equal(self.load(f"running-{kind}")[0]["operationState"], "running", "the list")
                self.refused(table, csv_of(PEOPLE), 409, "stream.upload.queryIdRunning", queryId=f"running-{kind}")
            mr.check_equal(self.ended(f"running-{kind}")["operationState"], "cancelled", "the end")

    def begun(self, table, length, media="text/csv", **options):
        """A connection whose request has its head sent."""
        wire = mr.Wire(self.server.ingest_address())
        wire.send((f"POST {self.path(table, **options)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mr.TOKEN}\r\n"
                   f"Content-Type: {media}\r\nContent-Length: {length}\r\n\r\n").encode())
        return wire

    def a_cut_at_every_byte_saves_what_it_says(self):
        body = csv_of(PEOPLE)
        whole = [body[:cut].count(b"\n") - 1 for cut in range(len(body) + 1)]
        self.cut_everywhere(body, "text/csv", whole)
        head = avro.header(FIELDS, "deflate")
        body = avro.file_of(FIELDS, PEOPLE, "deflate", block_rows=10)
        ends = [len(head)]
        for begin in range(0, 50, 10):
            ends.append(ends[-1] + len(avro.block(FIELDS, PEOPLE[begin:begin + 10], "deflate")))
        whole = [10 * (sum(end <= cut for end in ends) - 1) for cut in range(len(body) + 1)]
        self.cut_everywhere(body, "application/avro", whole)

    def cut_everywhere(self, body, media, whole):
        """One table a mode; the rows of each cut have keys of their own by its query."""
        columns = [("id", "INTEGER", False), ("name", "STRING", False), ("age", "INTEGER", False)]
        saves, discards = self.table(columns), self.table(columns)
        tag = media[-3:]
        cuts = [(cut, commits) for cut in range(len(body)) for commits in (True, False)]
        def run(share):
            for cut, commits in share:
                table = saves if commits else discards
                flag = "true" if commits else "false"
                with self.begun(table, len(body), media, queryId=f"{tag}-{cut}-{flag}", commitOnDisconnect=flag) as wire:
                    wire.send(body[:cut])
        threads = [threading.Thread(target=run, args=(cuts[i::8],)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = 0
        for cut, commits in cuts:
            flag = "true" if commits else "false"
            operation = self.ended(f"{tag}-{cut}-{flag}")
            rows = max(whole[cut], 0) if commits else 0
            expected += rows
            mr.check_equal((operation["operationState"], operation["rows"]), ("done" if commits else "cancelled", rows),
                           f"{media} cut at byte {cut}, commitOnDisconnect={flag}")
        mr.wait_until(lambda: len(self.rows(saves, "1", "")) == expected, 60, f"{expected} rows")
        mr.check_equal(self.rows(discards), [], "rows of what was discarded")

    def a_standalone_table_keeps_its_batches(self):
        table = self.table(kind="standalone")
        rows = [(number, f"name {number}", number % 90) for number in range(1, 5001)]
        body = csv_of(rows)
        third = body.index(b"\n3500,") + 1
        with self.begun(table, len(body), queryId="batches") as wire:
            wire.send(body[:third])
            mr.wait_until(lambda: len(self.rows(table, "id", "")) == 3000, 30, "three batches while it runs")
            mr.check_equal(self.load("batches")[0]["operationState"], "running", "the list")
        mr.check_equal(self.ended("batches")["operationState"], "cancelled", "the end")
        mr.check_equal(len(self.rows(table)), 3000, "rows that stay")
        self.done(table, body, queryId="batches", rows=5000)
        mr.check_equal(self.rows(table), rows, "rows after it was sent again")
        wrong = body[:third] + b"x,y,z\n"
        fresh = self.table(kind="standalone")
        answer = self.refused(fresh, wrong, 422, "stream.upload.invalidValue", "Row 3500", queryId="wrong")
        mr.check(answer["rowsTotal"] in (1000, 2000, 3000), f"{answer}")
        mr.wait_until(lambda: len(self.rows(fresh)) == answer["rowsTotal"], 30, "rows that are said")

    def a_kill_leaves_nothing_or_batches(self):
        random.seed(21)
        rows = [(number, f"name {number}", number % 90) for number in range(1, 20001)]
        keyless = [("id", "INTEGER", False), ("name", "STRING", False), ("age", "INTEGER", False)]
        for turn in range(KILLS):
            kind = ("logical", "standalone")[turn % 2]
            is_avro = turn % 4 >= 2
            body = avro.file_of(FIELDS, rows, "deflate", 500) if is_avro else csv_of(rows)
            media = "application/avro" if is_avro else "text/csv"
            table = self.table(keyless, kind)
            cut = random.randrange(len(body) + 1)
            with self.begun(table, len(body), media, queryId=f"kill-{turn}") as wire:
                wire.send(body[:cut])
                time.sleep(random.random() * 0.05)  # not waited for: where it is killed is by chance
                self.server.kill()
            self.server.start()
            operation = self.load(f"kill-{turn}")
            if operation and operation[0]["operationState"] == "done":
                continue
            mr.check(not operation or operation[0]["operationState"] == "cancelled", f"{operation}")
            if kind == "logical":
                mr.check_equal(self.rows(table), [], f"rows after kill {turn} at byte {cut}")
            answer = self.done(table, body, media, queryId=f"kill-{turn}", rows=20000)
            mr.check_equal(answer["visible"], True, f"{answer}")
            mr.check_equal(self.rows(table), rows, f"rows after kill {turn} at byte {cut}")

    def a_stop_is_a_disconnect(self):
        table = self.table()
        with self.begun(table, 1000, queryId="stopped", commitOnDisconnect="true") as wire:
            wire.send(csv_of(PEOPLE)[:100])
            mr.wait_until(lambda: self.load("stopped"), 30, "the operation")
            mr.check_equal(self.server.stop(), 0, "exit code")
        self.server.start()
        operation = self.ended("stopped")
        rows = self.rows(table) if operation["operationState"] == "cancelled" else None
        mr.check(operation["operationState"] == "done" or rows == [], f"{operation}")

    def a_stop_is_answered(self):
        """By the last line over HTTP/2, by the answer over HTTP/1.1; and what is saved is."""
        table = self.table()
        body = csv_of([(number, "name", 1) for number in range(2500)])
        address = self.server.ingest_address()
        headers = {"Authorization": f"Bearer {mr.TOKEN}", "Content-Type": "text/csv"}
        with self.begun(table, 100000, queryId="stopped-1") as wire, \
                self.begun(table, 100000, queryId="saved-1", commitOnDisconnect="true") as saved, \
                H2Upload(address, self.path(table, queryId="stopped-2"), headers) as upload:
            wire.send(csv_of(PEOPLE))
            saved.send(csv_of(PEOPLE))
            upload.send(body)
            line = json.loads(upload.lines.get(timeout=30))
            mr.check("final" not in line and line["rowsTotal"] >= 1000, f"{line}")
            mr.wait_until(lambda: self.load("stopped-1") and self.load("saved-1"), 30, "the operations")
            stop = threading.Thread(target=lambda: mr.check_equal(self.server.stop(), 0, "exit code"))
            stop.start()
            answer = wire.answer()
            mr.check_equal(answer and answer.status, 503, f"the answer over HTTP/1.1: {answer}")
            mr.check("the service stops" in answer.json()["message"].lower(), f"{answer}")
            mr.check_equal(answer.json()["state"], "cancelled", f"{answer}")
            mr.check_equal(wire.answer(), None, "the end of the connection")
            answer = saved.answer()
            mr.check_equal(answer and (answer.status, answer.json()["rowsTotal"]), (200, 50), f"what is saved: {answer}")
            while (line := upload.lines.get(timeout=30)) is not None:
                last = json.loads(line)
            mr.check_equal((last["final"], last.get("state"), last.get("statusCode")), (True, "cancelled", 503), f"{last}")
            stop.join()
        self.server.start()
        mr.wait_until(lambda: self.rows(table, "count(*)", "") == [(50,)], 30, "the rows that were saved")
        self.done(table, body, queryId="stopped-2", rows=2500)

    def a_row_that_the_table_refuses_fails_the_upload_or_sets_it_aside(self):
        """By whether its client has its answer; never is a part of it in the table."""
        table = self.table()
        database = sqlite3.connect(self.server.table_path(f"in.c-mart.{table}")[0])
        database.execute(f"CREATE TRIGGER picky BEFORE INSERT ON {table} WHEN NEW.name = 'b'"
                         " BEGIN SELECT raise(ABORT, 'no b is wanted'); END")
        database.commit()
        database.close()
        bad = b"id,name,age\n1,a,1\n2,b,2\n"
        answer = self.refused(table, bad, 422, "stream.upload.invalidValue", "no b is wanted", queryId="picky")
        mr.check_equal((answer["rowsTotal"], answer["rejected"]), (0, 1), f"{answer}")
        mr.check("row 2 of slice 1" in answer["message"], f"{answer}")
        mr.check_equal(self.load("picky")[0]["operationState"], "cancelled", "the list")
        mr.check_equal(self.rows(table), [], "rows")
        self.done(table, b"id,name,age\n1,a,1\n", queryId="picky", rows=1)

        with self.begun(table, 1000, queryId="aside", commitOnDisconnect="true") as wire:
            wire.send(bad)
            mr.wait_until(lambda: self.load("aside"), 30, "the operation")
        path = f"{mr.Api.BRANCH}/loads/{self.ended('aside')['loadId']}/file"
        mr.wait_until(lambda: self.server.api.get(path)["state"] == "setAside", 30, "the file")
        answer = self.done(table, bad, queryId="aside", rows=2)
        mr.check_equal((answer["visible"], answer.get("setAside")), (False, True), f"{answer}")
        mr.check("no b is wanted" in answer["message"], f"{answer}")
        mr.check_equal(self.server.api.call("POST", path + "/discard").status, 200, "discard")
        mr.check_equal(self.load("aside")[0]["operationState"], "cancelled", "the list")
        self.done(table, b"id,name,age\n3,c,1\n", queryId="aside", rows=1)
        mr.check_equal(self.rows(table, "id"), [(1,), (3,)], "rows")

    def a_body_that_cannot_be_read_on_frees_its_query_id(self):
        table = self.table()
        for commits in ("false", "true"):
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send((f"POST {self.path(table, queryId='chunk', commitOnDisconnect=commits)} HTTP/1.1\r\nHost: x\r\n"
                           f"Authorization: Bearer {mr.TOKEN}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "c\r\nid,name\n1,a\n\r\nZZ\r\n").encode())
                answer = wire.answer()
            mr.check_equal((answer.status, answer.json()["error"]), (400, "stream.upload.malformed"), f"{answer}")
            mr.check_equal(self.load("chunk")[0]["operationState"], "cancelled", "the list")
        self.done(table, csv_of(PEOPLE), queryId="chunk", rows=50)

    def slow_and_chunked_bodies_are_bodies(self):
        table = self.table()
        body = csv_of(PEOPLE)
        host, port = self.server.ingest_address()
        with socket.create_connection((host, port), timeout=30) as sock:
            sock.sendall((f"POST {self.path(table)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mr.TOKEN}\r\n"
                          "Content-Type: text/csv; charset=utf-8\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").encode())
            for byte in body:
                sock.sendall(b"1\r\n" + bytes([byte]) + b"\r\n")
            sock.sendall(b"0\r\n\r\n")
            answer = b""
            while piece := sock.recv(65536):
                answer += piece
        mr.check(answer.startswith(b"HTTP/1.1 200"), f"{answer}")
        mr.check_equal(json.loads(answer.rsplit(b"\r\n\r\n", 1)[1])["rowsTotal"], 50, f"{answer}")
        mr.check_equal(self.rows(table), PEOPLE, "rows")

    def uploads_are_counted(self):
        metrics = mr.request(self.server.ready["api"], "GET", "/metrics",
                             headers={"X-StorageApi-Token": mr.TOKEN}).body.decode()
        mr.check('millrace_uploads_ended_total{result="done"}' in metrics, "the metrics")
        mr.wait_until(lambda: "millrace_upload_buffered_bytes 0" in mr.request(
            self.server.ready["api"], "GET", "/metrics", headers={"X-StorageApi-Token": mr.TOKEN}).body.decode(), 30,
            "nothing waits in memory")


def cases_of(server):
    uploads = Uploads(server)
    return [uploads.csv_and_avro_are_uploaded, uploads.csv_is_read_as_it_is_written,
            uploads.rows_are_updated_and_deleted_by_key, uploads.every_type_and_codec_of_avro_is_read,
            uploads.broken_avro_is_refused, uploads.bad_input_is_named, uploads.who_may_not_load_is_told,
            uploads.a_query_id_loads_once, uploads.a_cut_at_every_byte_saves_what_it_says,
            uploads.a_standalone_table_keeps_its_batches, uploads.slow_and_chunked_bodies_are_bodies,
            uploads.a_row_that_the_table_refuses_fails_the_upload_or_sets_it_aside,
            uploads.a_body_that_cannot_be_read_on_frees_its_query_id,
            uploads.uploads_are_counted, uploads.a_kill_leaves_nothing_or_batches, uploads.a_stop_is_a_disconnect,
            uploads.a_stop_is_answered]


if __name__ == "__main__":
    if "--long" in sys.argv:
        sys.argv.remove("--long")
        KILLS = 200
    sys.exit(mr.run_on_server(__doc__, "upload", cases_of))
