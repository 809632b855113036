#!/usr/bin/env python3
"""The main job end to end on the real binary: create a source and sinks, POST events, find the rows.

Goal    what the product promises its users on one screen holds, and no input takes the service down.
Method  the REST API and the data plane from outside, the tables read with sqlite3 as another process does.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

JSON = {"Content-Type": "application/json"}
VISIBLE_WITHIN_S = 1.0  # from the 200 to the row, with count: 1; at least for most rows on a busy machine
REQUEST_TIME = "2s"     # of the service under test, so that a 408 comes soon
ADMIN_ONLY_HEADER = "X-StorageApi-Token"
EVERY_ROW = {mr.IMPORT_COUNT: 1}


def sql(name):
    return f"in.c-main.{name}"


class Cases:
    def __init__(self, server):
        self.server = server
        self.api = server.api

    def post(self, path, body, headers=None, query=""):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return mr.request(self.server.ready["ingest"], "POST", path + query, body,
                          JSON if headers is None else headers)

    def accept(self, path, body, status=200):
        answer = self.post(path, body)
        mr.check_equal(answer.status, status, f"status of {body!r}: {answer!r}")

    def rows_once(self, table, count, what="*", rest="", timeout_s=5):
        """The rows when there are `count` of them."""
        def rows():
            found = self.server.rows(sql(table), what, rest)
            return found if len(found) >= count else None

        found = mr.wait_until(rows, timeout_s, f"{count} rows in {table}")
        mr.check_equal(len(found), count, f"rows in {table}: {found}")
        return found

    # The main job

    def a_row_is_visible_within_a_second_of_its_answer(self):
        path = self.api.create_source("orders")
        self.api.create_sink("orders", "orders", sql("orders"), [
            {"type": "id", "name": "row_id"}, {"type": "datetime", "name": "at"}, {"type": "ip", "name": "ip"},
            {"type": "headers", "name": "headers"}, {"type": "body", "name": "body"},
            {"type": "json", "name": "city", "path": "customer.addresses[1].city", "rawString": True},
            mr.path_column("total", "total", raw=False),
            mr.path_column("coupon", "coupon", defaultValue="none")], EVERY_ROW)
        delays_s = []
        for number in range(1, 6):
            body = '{"customer":{"addresses":[{},{"city":"Žďár \\"N\\""}]},"total":%d.50}' % number
            answer = self.post(path, body.encode(), {**JSON, "X-Shop": "a,b"})
            answered = time.monotonic()
            mr.check_equal((answer.status, answer.body), (200, b"OK"), "answer")
            rows = self.rows_once("orders", number, rest="ORDER BY row_id")
            delays_s.append(time.monotonic() - answered)
            row_id, at, ip, headers, stored, city, total, coupon = rows[-1]
            mr.check(re.fullmatch(r"[0-9a-f-]{36}", row_id) and row_id[14] == "7", f"uuid {row_id}")
            mr.check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at), f"time {at}")
            mr.check_equal((ip, stored, city, total, coupon),
                           ("127.0.0.1", body, 'Žďár "N"', f"{number}.50", "none"), "cells")
            mr.check_equal(json.loads(headers)["X-Shop"], "a,b", "header")
        mr.check(statistics.median(delays_s) < VISIBLE_WITHIN_S, f"the rows came after {delays_s} s")
        columns = [column["type"] for column in
                   self.api.get(self.api.sink_path("orders", "orders"))["table"]["mapping"]["columns"]]
        mr.check_equal((columns[0], columns[5]), ("uuid", "path"), "aliases as GET says them")

    def templates_make_rows_and_wrong_ones_are_explained(self):
        path = self.api.create_source("templates")
        self.api.create_sink("templates", "templates", sql("templates"), [
            mr.template_column("key", "Body('user').id + '|' + Header('X-Shop')"),
            mr.template_column("flat", "{who: Body('user.id'), total: Body('total', 0)}", raw=False)], EVERY_ROW)
        answer = self.post(path, b'{"user":{"id":"u1"},"total":12345678901234567890.10}', {**JSON, "X-Shop": "a"})
        mr.check_equal(answer.status, 200, f"answer: {answer!r}")
        mr.check_equal(self.rows_once("templates", 1),
                       [("u1|a", '{"total":12345678901234567890.10,"who":"u1"}')], "rows")
        refused = self.post(path, {"user": 7}, {**JSON, "X-Shop": "a"})
        mr.check_equal(refused.status, 422, f"answer: {refused!r}")
        failed = refused.json()["sources"][0]["sinks"][0]
        mr.check_equal((failed["error"], failed["message"]),
                       ("stream.in.templateFailed", 'Column "key": can only index objects, strings, and arrays, got number.'),
                       "the sink's answer")

        sink = self.api.get(self.api.sink_path("templates", "templates"))
        mr.check_equal([column["engine"] for column in sink["table"]["mapping"]["columns"]], ["compiled"] * 2, "GET")
        tried = mr.request(self.api.url, "POST", self.api.source_path("templates") + "/test",
                           b'{"user":{"id":"u2"}}', {**JSON, "X-Shop": "b", "X-StorageApi-Token": mr.TOKEN}).json()
        mr.check_equal(tried["tables"][0]["rows"][0]["columns"],
                       [{"name": "key", "value": "u2|b", "engine": "compiled"},
                        {"name": "flat", "value": '{"total":0,"who":"u2"}', "engine": "compiled"}], "/test")
        for text, problem in (("Invalid", "1:1-8 Unknown variable: Invalid."),
                              ("Body('a'", "1:9 expected a comma before next function argument.")):
            body = mr.sink_body("wrong", sql("wrong"), [mr.template_column("x", text)])
            refused = self.api.call("POST", self.api.source_path("templates") + "/sinks", body)
            mr.check_equal((refused.status, refused.json()["message"]),
                           (400, f'Column "x" template is invalid: {problem}'), text)

    def one_event_reaches_all_sinks_of_its_source(self):
        path = self.api.create_source("fan-out")
        for sink in ("one", "two", "three"):
            self.api.create_sink("fan-out", sink, sql(sink), [mr.path_column("v", "v")], EVERY_ROW)
        answer = self.post(path, {"v": "x"}, query="?verbose=true").json()
        mr.check_equal(answer["message"], "Successfully written to 3/3 sinks.", "message")
        sinks = answer["sources"][0]["sinks"]
        mr.check_equal([sink["message"] for sink in sinks], ["processed"] * 3, "sinks")
        for sink in ("one", "two", "three"):
            mr.check_equal(self.rows_once(sink, 1), [("x",)], sink)

    def a_row_of_nothing_but_defaults_is_stored_with_a_warning(self):
        path = self.api.create_source("defaults")
        columns = [mr.path_column(name, name, defaultValue="") for name in ("a", "b")]
        self.api.create_sink("defaults", "defaults", sql("defaults"), columns, EVERY_ROW)
        sent = {"Content-Type": "application/x-www-form-urlencoded"}  # as GitHub's webhooks are
        sink = self.post(path, b"payload=%7B%22a%22%3A1%7D", sent, "?verbose=true").json()["sources"][0]["sinks"][0]
        mr.check_equal((sink["statusCode"], sink["message"]), (200, "processed"), "answer")
        assert "fell back to its default" in sink["warning"], sink
        sink = self.post(path, {"a": 1}, query="?verbose=true").json()["sources"][0]["sinks"][0]
        assert "warning" not in sink, sink
        batch = self.post(path, [{"a": 1}, {"c": 2}], query="?records=array&verbose=true").json()
        mr.check_equal(batch["sources"][0]["sinks"][0]["defaulted"], 1, "defaulted rows of a batch")
        wanted = 'millrace_sink_records_total{result="defaulted",sink="defaults/defaults",sink_id="defaults",source="defaults"} 2'
        assert wanted in self.api.call("GET", "/metrics").body.decode(), "the metric"

    def a_sink_that_does_not_wait_answers_202(self):
        path = self.api.create_source("no-wait")
        self.api.create_sink("no-wait", "waits", sql("waits"), [mr.path_column("v", "v")], EVERY_ROW)
        self.api.create_sink("no-wait", "goes-on", sql("goes-on"), [mr.path_column("v", "v")],
                             {**EVERY_ROW, mr.SYNC_WAIT: False})
        self.accept(path, {"v": "x"}, status=202)
        self.rows_once("waits", 1)
        self.rows_once("goes-on", 1)

    def disabling_a_source_imports_what_waits(self):
        path = self.api.create_source("pause")
        self.api.create_sink("pause", "pause", sql("pause"), [mr.path_column("v", "v")])
        self.accept(path, {"v": "1"})
        self.accept(path, {"v": "2"})
        mr.check_equal(self.server.rows(sql("pause")), [], "rows before: the conditions are far away")
        self.api.do("PUT", self.api.source_path("pause") + "/disable")
        self.rows_once("pause", 2)
        refused = self.post(path, {"v": "3"})
        mr.check_equal((refused.status, refused.json()["error"]), (404, "stream.in.disabledSource"), "answer")
        self.api.do("PUT", self.api.source_path("pause") + "/enable")
        self.accept(path, {"v": "4"})

    def a_change_of_settings_imports_at_once(self):
        path = self.api.create_source("settings")
        self.api.create_sink("settings", "settings", sql("settings"), [mr.path_column("v", "v")])
        for value in range(3):
            self.accept(path, {"v": str(value)})
        mr.check_equal(self.api.records_at("settings", "settings", "local"), 3, "records in local storage")
        self.api.patch_sink("settings", "settings", {mr.IMPORT_COUNT: 1000})
        self.rows_once("settings", 3)
        # The table has the rows a moment before the catalog counts them there.
        mr.wait_until(lambda: self.api.records_at("settings", "settings", "target") == 3, 5,
                      "records in the target")

    def bounds_of_settings_are_checked_at_once(self):
        path = self.api.sink_path("settings", "settings") + "/settings"
        for key, value, status in [(mr.UPLOAD_INTERVAL, "1ms", 400), (mr.IMPORT_COUNT, 0, 400),
                                   ("no.such.key", 1, 400), (mr.UPLOAD_COUNT, "many", 400),
                                   ("storage.level.local.encoding.compression.type", "none", 403)]:
            answer = self.api.call("PATCH", path, {"settings": [{"key": key, "value": value}]})
            mr.check_equal(answer.status, status, f"{key} = {value!r}: {answer!r}")

    def the_last_row_of_a_key_wins(self):
        path = self.api.create_source("keyed")
        self.api.create_sink("keyed", "keyed", sql("keyed"),
                             [mr.path_column("k", "k", primaryKey=True), mr.path_column("v", "v")],
                             {mr.IMPORT_COUNT: 4})
        for value in range(8):  # two files
            self.accept(path, {"k": f"key-{value % 2}", "v": str(value)})
        self.api.wait_drained("keyed", "keyed")
        mr.check_equal(sorted(self.rows_once("keyed", 2)), [("key-0", "6"), ("key-1", "7")], "rows")

    def a_different_table_is_refused(self):
        self.api.create_source("refused")
        collection = self.api.source_path("refused") + "/sinks"
        task = self.api.task("POST", collection, mr.sink_body("other", sql("keyed"), [mr.path_column("x", "x")]))
        mr.check_equal(task["status"], "error", f"another column list: {task}")
        mr.check(task.get("error") not in (None, "", "Unknown error"), f"no reason: {task}")
        mr.check_equal(self.api.call("GET", f"{collection}/other").status, 404, "the sink is not there")

    def tables_and_columns_with_bad_names_are_refused(self):
        collection = self.api.source_path("refused") + "/sinks"
        column = [mr.path_column("x", "x")]
        for table in ("in.c-../../etc.x", "in.c-a.../x", "c-a.b", "in.c-a.b.c", "in.c-a.", 'in.c-a.b"c', "in.c-a.b\0"):
            answer = self.api.call("POST", collection, mr.sink_body("bad", table, column))
            mr.check_equal(answer.status, 400, f"table {table!r}: {answer!r}")
        for names in (["a", "A"], ["sqlite_x"], ["_millrace_x"], [""]):
            columns = [mr.path_column(name, "x") for name in names]
            answer = self.api.call("POST", collection, mr.sink_body("bad", sql("bad"), columns))
            mr.check_equal(answer.status, 400, f"columns {names}: {answer!r}")

    def the_token_is_checked(self):
        path = f"{self.api.BRANCH}/sources"
        mr.check_equal(mr.request(self.api.url, "GET", path).status, 400, "no token")
        mr.check_equal(mr.request(self.api.url, "GET", path, headers={ADMIN_ONLY_HEADER: "x"}).status, 401,
                       "a wrong token")
        mr.check_equal(mr.request(self.api.url, "GET", path,
                                  headers={"Authorization": f"Bearer {mr.TOKEN}"}).status, 200, "a bearer token")
        for free in ("/v1", "/health-check", "/metrics"):
            mr.check_equal(mr.request(self.api.url, "GET", free).status, 200, free)

    # The process

    def another_process_leaves_the_folder_and_its_ready_file_alone(self):
        before = open(self.server.ready_path, encoding="utf-8").read()
        done = self.serve_once(self.server.data_dir, self.server.ready_path)
        mr.check_equal(done.returncode, 3, "exit status")
        mr.check("is in use by process" in done.stderr, f"no reason: {done.stderr}")
        mr.check_equal(open(self.server.ready_path, encoding="utf-8").read(), before, "the ready file")

    def a_ready_file_that_cannot_be_is_an_error(self):
        done = self.serve_once(self.server.data_dir + ".other", os.path.join(self.server.ready_path, "x"))
        mr.check_equal(done.returncode, 1, f"exit status: {done.stdout}{done.stderr}")
        mr.check("Not a directory" in done.stderr, f"no reason: {done.stdout}{done.stderr}")

    def serve_once(self, data_dir, ready_path):
        return subprocess.run(
            [self.server.binary, "serve", "--data-dir", data_dir, "--ready-file", ready_path,
             "--api.listen", "127.0.0.1:0", "--ingest.listen", "127.0.0.1:0"],
            capture_output=True, text=True, timeout=mr.READY_TIMEOUT_S, check=False)

    def no_enabled_sink_is_said(self):
        path = self.api.create_source("empty")
        answer = self.post(path, {"v": 1}, query="?verbose=true")
        mr.check_equal((answer.status, answer.json()["message"]), (200, "No enabled sink found."), "answer")

    # Batches

    def a_request_may_carry_many_records(self):
        path = self.api.create_source("batches")
        self.api.create_sink("batches", "batches", sql("batches"), [mr.path_column("v", "v")], EVERY_ROW)
        lines = {"Content-Type": "application/x-ndjson"}
        answer = self.post(path, b'{"v":"1"}\n\n{"v":"2"}\r\n', lines)
        mr.check_equal((answer.status, answer.body), (200, b"OK"), "answer to lines")
        answer = self.post(path, [{"v": "3"}, {"v": "4,]"}], query="?records=array&verbose=true").json()
        mr.check_equal((answer["accepted"], answer["rejected"]), (2, 0), "counts of an array")
        refused = self.post(path, b'{"v":"x"}\n{"w":"y"}\n', lines)
        mr.check_equal((refused.status, refused.json()["rejected"]), (422, 2), f"{refused!r}")
        mr.check_equal(refused.json()["sources"][0]["sinks"][0]["errors"][0]["line"], 2, "the bad line")
        mr.check_equal(self.post(path, b"[1", query="?records=array").status, 400, "a broken array")
        mr.check_equal(self.post(path, b"{}", query="?records=some").status, 400, "an unknown form")
        self.rows_once("batches", 4)

    def kafka_connect_sends_lines_without_a_content_type(self):
        path = self.api.create_source("connect")
        self.api.create_sink("connect", "connect", sql("connect"), [mr.path_column("v", "v")], EVERY_ROW)
        self.api.task("PATCH", self.api.source_path("connect") + "/settings", {"settings": [
            {"key": "source.http.records", "value": "lines"}, {"key": "source.http.badRecords", "value": "skip"}]})
        upgrade = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"}
        with mr.Wire(self.server.ingest_address()) as wire:
            for number in range(2):
                answer = wire.post(path, f'{{"v":"{number}"}}\n{{"v":"x{number}"}}\nbad\n'.encode(), upgrade)
                mr.check(answer is not None, "closed")
                mr.check_equal((answer.status, answer.json()["accepted"]), (200, 2), f"{answer!r}")
        mr.check_equal(sorted(self.rows_once("connect", 4)), [("0",), ("1",), ("x0",), ("x1",)], "rows")

    # Bad input: one source with a sink that parses and one that keeps the body

    def bad_bodies_are_the_clients_mistake(self):
        path = self.api.create_source("bad")
        self.api.create_sink("bad", "parsed", sql("parsed"), [mr.path_column("a_column", "a", raw=False)], EVERY_ROW)
        self.api.create_sink("bad", "kept", sql("kept"), [{"type": "body", "name": "body"}], EVERY_ROW)
        invalid = (400, "stream.in.invalidJson")
        missing = (422, "stream.in.pathNotFound")
        deep = b"[" * 10_000 + b"]" * 10_000
        # body -> (status, name) of the parsing sink, or the cell that it writes
        table = [
            (b'{"a":1,"b":tru,"c":[1,2}', invalid),
            (b'{"a":1 "b":2}', invalid),
            (b'{"a":01x}', invalid),
            (b'{"b":[1,2,"a":1}', invalid),
            (b'{"b":nul,"a":1}', invalid),
            (b'{"a":1}}', invalid),
            (b'{"a":1} x', invalid),
            (b"", invalid),
            (b"not json", invalid),
            (b'{"a":"\x00"}', invalid),
            (b'{"a":"x","b":"\xff\xfe"}', invalid),
            (b'{"a":"\xed\xa0\x80"}', invalid),
            (b'{"a":"\n"}', invalid),
            (b'{"a":1,}', invalid),
            (b'{"b":1}', missing),
            (b"[1,2]", missing),
            (b'"a"', missing),
            (b'{"a":1,"a":2}', "1"),
            (b'{"\\u0061":5}', "5"),
            (b'{"a":12345678901234567890123}', "12345678901234567890123"),
            (b'{"a":1.50e+02}', "1.50e+02"),
            (b' {"a": [1, {"x" : null}] }\n', '[1,{"x":null}]'),
            ('{"a":"\\u0041é\U0001f389"}'.encode(), '"\\u0041é\U0001f389"'),
            (b'\xef\xbb\xbf{"a":1}', "1"),  # a byte order mark is no part of the text
            (b'{\xef\xbb\xbf"a":1}', invalid),
            (b'{"a":' + deep + b"}", invalid),
            (b'{"a":1,"b":' + deep + b"}", invalid),
        ]
        written, bodies = [], []
        with mr.Wire(self.server.ingest_address()) as wire:
            for body, expected in table:
                answer = wire.post(path, body, JSON)
                shown = body[:60]
                mr.check(answer is not None, f"{shown!r} closed the connection")
                bodies.append(body)
                if isinstance(expected, str):
                    mr.check_equal(answer.status, 200, f"{shown!r}: {answer!r}")
                    written.append(expected)
                else:
                    self.check_refusal(answer, expected, shown)
            good = wire.post(path, b'{"a":"last"}', JSON)
            mr.check_equal(good.status, 200, "the same connection goes on")
            written.append('"last"')
            bodies.append(b'{"a":"last"}')
        mr.check_equal(sorted(row[0] for row in self.rows_once("parsed", len(written))), sorted(written),
                       "rows of the sink that parses")
        kept = [row[0] if isinstance(row[0], bytes) else row[0].encode() for row in self.rows_once("kept", len(bodies))]
        mr.check_equal(sorted(kept), sorted(bodies), "rows of the sink that keeps the body, byte for byte")

    def check_refusal(self, answer, expected, shown):
        """The sink that parses refuses with name and column, the other one keeps its row."""
        status, name = expected
        mr.check_equal(answer.status, status, f"{shown!r}: {answer!r}")
        said = answer.json()
        mr.check_equal(said["message"], "Written to 1/2 sinks.", f"message for {shown!r}")
        sinks = {sink["sinkId"]: sink for sink in said["sources"][0]["sinks"]}
        mr.check_equal(sinks["kept"]["statusCode"], 200, f"the other sink for {shown!r}")
        mr.check_equal((sinks["parsed"]["statusCode"], sinks["parsed"]["error"]), (status, name), f"{shown!r}")
        mr.check("a_column" in sinks["parsed"]["message"], f"no column in {sinks['parsed']['message']!r}")

    def a_type_that_cannot_be_parsed_is_415(self):
        path = self.api.create_source("types")
        self.api.create_sink("types", "types", sql("types"), [mr.path_column("a", "a")], EVERY_ROW)
        with mr.Wire(self.server.ingest_address()) as wire:
            for headers, body in (({}, b'{"a":1}'), ({"Content-Type": "text/plain"}, b'a=1'),
                                  ({"Content-Type": "text/html"}, b'{"a":1}')):
                answer = wire.post(path, body, headers)
                mr.check_equal(answer.status, 415, f"{headers}: {answer!r}")
                mr.check(b"stream.in.unsupportedMediaType" in answer.body, f"{answer!r}")
            for content_type in ("application/json; charset=utf-8", "application/vnd.x+json"):
                mr.check_equal(wire.post(path, b'{"a":1}', {"Content-Type": content_type}).status, 200, content_type)

    def too_large_is_413(self):
        path = self.api.create_source("large")
        self.api.create_sink("large", "large", sql("large"), [{"type": "body", "name": "body"}], EVERY_ROW)
        cases = [("row", b'"' * 1_000_000, {}, "stream.in.payloadTooLarge"),
                 ("body", b"x" * (1 << 20) + b"x", {}, "stream.in.bodyTooLarge"),
                 ("header", b"x", {"X-Long": "h" * 20_000}, "stream.in.headerTooLarge")]
        for what, body, headers, name in cases:
            with mr.Wire(self.server.ingest_address()) as wire:
                try:
                    answer = wire.post(path, body, headers)
                except OSError:
                    answer = wire.answer()  # the service may answer before it has read everything
                mr.check(answer is not None, f"{what}: closed without an answer")
                mr.check_equal(answer.status, 413, f"{what}: {answer!r}")
                mr.check(name.encode() in answer.body, f"{what}: {answer!r}")
        self.accept(path, b"x" * (1 << 20))
        mr.check_equal(len(self.rows_once("large", 1, "length(body)")), 1, "rows")

    def unknown_and_crooked_addresses_are_4xx(self):
        path = self.api.create_source("address")
        secret = path.rsplit("/", 1)[1]
        not_found = "stream.in.noSourceFound"
        table = [(f"/stream/1/address/{'x' * 48}", 404, not_found), (f"/stream/1/address/{secret}x", 404, not_found),
                 (f"/stream/1/other/{secret}", 404, not_found), (f"/stream/2/address/{secret}", 404, not_found),
                 (f"/stream/foo/address/{secret}", 400, "stream.in.badRequest"),
                 (f"/stream/1/..%2faddress/{secret}", 404, None), (f"/stream/1/../1/address/{secret}", 404, None),
                 ("/../../etc/passwd", 404, None), (f"/stream/1/a%00b/{secret}", 404, None),
                 ("/stream", 404, "stream.in.routeNotFound")]
        with mr.Wire(self.server.ingest_address()) as wire:
            for where, status, name in table:
                answer = wire.post(where, b"{}", JSON)
                mr.check(answer is not None, f"{where} closed the connection")
                mr.check_equal(answer.status, status, f"{where}: {answer!r}")
                if name:
                    mr.check_equal(answer.json()["error"], name, where)
            mr.check_equal(wire.post(path, b"{}", JSON).status, 200, "the same connection goes on")
        for method, status in (("GET", 405), ("PUT", 405), ("OPTIONS", 200)):
            mr.check_equal(mr.request(self.server.ready["ingest"], method, path).status, status, method)
        mr.check_equal(mr.request(self.server.ready["ingest"], "GET", "/health-check").status, 200, "health")

    def malformed_requests_do_not_disturb_others(self):
        path = self.api.create_source("crooked")
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode()
        crooked = [b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", head + b"Content-Length: -1\r\n\r\n",
                   head + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde",
                   head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                   head + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                   head + b"X-Fold: a\r\n b\r\nContent-Length: 0\r\n\r\n",
                   head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"]
        for data in crooked:
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send(data)
                answer = wire.answer()
                mr.check(answer is None or 400 <= answer.status < 500 or answer.status == 501, f"{data!r}: {answer!r}")
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            mr.check_equal(wire.answer().status, 200, "a chunked body")

    def a_request_that_takes_too_long_is_408(self):
        path = self.api.create_source("slow")
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab".encode())
            answer = wire.answer()
            mr.check(answer is not None and answer.status == 408, f"{answer!r}")

    def the_service_still_does_its_main_job(self):
        path = self.api.create_source("after")
        self.api.create_sink("after", "after", sql("after"), [mr.path_column("v", "v")], EVERY_ROW)
        self.accept(path, {"v": "still here"})
        self.rows_once("after", 1)
        mr.check_equal(self.server.stop(), 0, "exit status")

    def in_order(self):
        return [self.a_row_is_visible_within_a_second_of_its_answer,
                self.templates_make_rows_and_wrong_ones_are_explained,
                self.one_event_reaches_all_sinks_of_its_source, self.a_sink_that_does_not_wait_answers_202,
                self.disabling_a_source_imports_what_waits, self.a_change_of_settings_imports_at_once,
                self.bounds_of_settings_are_checked_at_once, self.the_last_row_of_a_key_wins,
                self.a_different_table_is_refused, self.tables_and_columns_with_bad_names_are_refused,
                self.the_token_is_checked, self.another_process_leaves_the_folder_and_its_ready_file_alone,
                self.a_ready_file_that_cannot_be_is_an_error, self.no_enabled_sink_is_said,
                self.a_request_may_carry_many_records, self.kafka_connect_sends_lines_without_a_content_type,
                self.bad_bodies_are_the_clients_mistake, self.a_type_that_cannot_be_parsed_is_415,
                self.too_large_is_413, self.unknown_and_crooked_addresses_are_4xx,
                self.malformed_requests_do_not_disturb_others, self.a_request_that_takes_too_long_is_408,
                self.the_service_still_does_its_main_job]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "main-job", lambda server: Cases(server).in_order(),
                              args=["--limits.request-time", REQUEST_TIME]))
