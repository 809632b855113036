#!/usr/bin/env python3
"""Typed columns and rejects on the real binary.

Goal    a value is stored as what its column says; a record that a sink cannot map is kept before the answer and
        becomes exactly one row when its mapping is mended, whenever the process is killed.
Method  the REST API and the data plane from outside, the tables read with sqlite3 as another process does.
"""

import base64
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

JSON = {"Content-Type": "application/json"}
EVERY_ROW = {mr.IMPORT_COUNT: 1}
KEEP = {"mapping.onError": "keep"}
KILLS = 6


def sql(name):
    return f"in.c-mapping.{name}"


class Cases:
    def __init__(self, server):
        self.server = server

    @property
    def api(self):
        return self.server.api

    def post(self, path, body, headers=None, query=""):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return mr.request(self.server.ready["ingest"], "POST", path + query, body, headers or JSON)

    def make(self, source, columns, settings):
        path = self.api.create_source(source)
        self.api.create_sink(source, source, sql(source), columns, settings)
        return path

    def rejects(self, source, query=""):
        return self.api.get(f"{self.api.sink_path(source, source)}/rejects{query}")

    def retry(self, source):
        return self.api.do("POST", f"{self.api.sink_path(source, source)}/rejects/retry")["result"]

    def patch_columns(self, source, columns):
        self.api.do("PATCH", self.api.sink_path(source, source), {"table": {"mapping": {"columns": columns}}})

    def rows_once(self, table, count, what="*", rest=""):
        found = mr.wait_until(lambda: len(self.server.rows(sql(table), what, rest)) >= count, 20,
                              f"{count} rows in {table}") and self.server.rows(sql(table), what, rest)
        mr.check_equal(len(found), count, f"rows in {table}: {found}")
        return found

    # Typed columns

    def values_are_stored_as_their_type_says(self):
        path = self.make("typed", [
            mr.path_column("i", "i", dataType="INTEGER"), mr.path_column("d", "d", dataType="DECIMAL"),
            mr.path_column("f", "f", dataType="DOUBLE"), mr.path_column("b", "b", dataType="BOOLEAN"),
            mr.path_column("day", "day", dataType="DATE"), mr.path_column("at", "at", dataType="TIMESTAMP"),
            mr.path_column("j", "j", raw=False, dataType="JSON"), mr.path_column("s", '["a.b"][0]')], EVERY_ROW)
        event = (b'{"i":42,"d":12345678901234567890.10,"f":1e3,"b":true,"day":"2024-02-29",'
                 b'"at":"2026-01-02T03:04:05.5+01:00","j":{"z":1, "a":[]},"a.b":["x"]}')
        mr.check_equal(self.post(path, event).status, 200, "answer")
        mr.check_equal(self.rows_once("typed", 1), [
            (42, "12345678901234567890.10", 1000.0, 1, "2024-02-29", "2026-01-02T02:04:05.500000Z",
             '{"z":1,"a":[]}', "x")], "row")
        wrong = self.post(path, event.replace(b"42", b"4.2"))
        mr.check_equal(wrong.status, 422, f"answer: {wrong!r}")
        failed = wrong.json()["sources"][0]["sinks"][0]
        mr.check_equal(failed["error"], "stream.in.invalidValue", "error")
        mr.check_equal(failed["message"], 'Column "i": the value "4.2" is not INTEGER: expected a whole number from '
                                          "-9223372036854775808 to 9223372036854775807.", "message")
        columns = self.api.get(self.api.sink_path("typed", "typed"))["table"]["mapping"]["columns"]
        mr.check_equal([column.get("dataType") for column in columns],
                       ["INTEGER", "DECIMAL", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "JSON", None], "GET")

    def a_type_in_a_table_cannot_change(self):
        self.make("fixed", [mr.path_column("v", "v")], EVERY_ROW)
        columns = [mr.path_column("v", "v", dataType="INTEGER")]
        task = self.api.task("PATCH", self.api.sink_path("fixed", "fixed"), {"table": {"mapping": {"columns": columns}}})
        mr.check_equal((task["status"], task["error"]),
                       ("error", f'Column "v" of the table "{sql("fixed")}" has the type TEXT, expected INTEGER for '
                                 "the dataType INTEGER."), "PATCH")
        self.api.do("PATCH", self.api.sink_path("fixed", "fixed"),
                    {"table": {"tableId": sql("fixed2"), "mapping": {"columns": columns}}})

    # Rejects

    def a_record_that_cannot_be_mapped_is_kept_and_retried(self):
        path = self.make("kept", [mr.path_column("id", "id"), mr.path_column("v", "v"), {"type": "ip", "name": "ip"},
                                  {"type": "headers", "name": "h"}], {**EVERY_ROW, **KEEP})
        sent = {**JSON, "X-Tag": "one", "Authorization": "Bearer secret"}
        answer = self.post(path, b'{ "id": "a", "w": 1 }', sent)
        mr.check_equal((answer.status, answer.body), (200, b"OK"), "answer")
        answer = self.post(path, b"{\xff", sent, "?verbose=true")
        mr.check_equal(answer.status, 200, f"answer: {answer!r}")
        said = answer.json()["sources"][0]["sinks"][0]
        mr.check_equal((said["message"], said["warning"]),
                       ("kept as a reject", 'Column "id": invalid JSON at byte 1: the body is not valid UTF-8.'), "report")
        self.server.kill()  # both are durable
        self.server.start()

        page = self.rejects("kept", "?limit=1")
        mr.check_equal((page["page"]["totalCount"], len(page["rejects"])), (2, 1), "page")
        first = page["rejects"][0]
        mr.check_equal((first["error"], first["message"], first["column"], first["body"], first["contentType"]),
                       ("stream.in.pathNotFound", 'Column "v": path "v" not found in the body.', "v",
                        '{ "id": "a", "w": 1 }', "application/json"), "first reject")
        mr.check_equal((first["headers"]["X-Tag"], "Authorization" in first["headers"]), ("one", False), "headers")
        second = self.rejects("kept", f"?afterId={page['page']['lastId']}")["rejects"]
        mr.check_equal([base64.b64decode(reject["bodyBase64"]) for reject in second], [b"{\xff"], "second reject")

        mr.check_equal(self.retry("kept"), "0 rejects were accepted, 2 are rejected still.", "retry in vain")
        self.patch_columns("kept", [mr.path_column("id", "id"), mr.path_column("v", "v", defaultValue="none"),
                                    {"type": "ip", "name": "ip"}, {"type": "headers", "name": "h"}])
        mr.check_equal(self.retry("kept"), "1 reject was accepted, 1 is rejected still.", "retry")
        row = self.rows_once("kept", 1)[0]
        mr.check_equal((row[0], row[1], row[2], json.loads(row[3])["X-Tag"]), ("a", "none", "127.0.0.1", "one"), "row")
        mr.check_equal(self.rejects("kept")["page"]["totalCount"], 1, "left")
        self.api.wait_drained("kept", "kept")
        mr.check_equal(self.api.records_at("kept", "kept", "target"), 1, "counted once")
        removed = self.api.call("DELETE", f"{self.api.sink_path('kept', 'kept')}/rejects")
        mr.check_equal((removed.status, self.rejects("kept")["size"]), (204, 0), "DELETE")

    def a_full_store_refuses(self):
        path = self.make("full", [mr.path_column("v", "v")], {**KEEP, "mapping.rejects.count": 2})
        statuses = [self.post(path, {"w": n}).status for n in range(4)]
        mr.check_equal(statuses, [200, 200, 422, 422], "answers")
        batch = self.post(path, b'{"v":1}\n{"w":1}\n', {"Content-Type": "application/x-ndjson"})
        mr.check_equal(batch.status, 422, f"batch: {batch!r}")
        mr.check_equal(self.rejects("full")["page"]["totalCount"], 2, "kept")

    # Retries amid kills: nothing lost, nothing doubled.

    def kills_amid_a_retry_lose_and_double_nothing(self):
        count = 3000
        path = self.make("kills", [mr.path_column("v", "v"), mr.path_column("x", "x")], KEEP)
        lines = b"".join(b'{"v":"%d"}\n' % n for n in range(count))
        answer = self.post(path, lines, {"Content-Type": "application/x-ndjson"})
        mr.check_equal(answer.status, 200, f"batch: {answer!r}")
        mr.check_equal(self.rejects("kills", "?limit=1")["page"]["totalCount"], count, "kept")
        self.patch_columns("kills", [mr.path_column("v", "v"), mr.path_column("x", "x", defaultValue="")])
        for kill in range(KILLS):
            self.api.call("POST", f"{self.api.sink_path('kills', 'kills')}/rejects/retry")
            time.sleep(0.02 * kill)  # how far a retry has come when the kill comes is what varies
            self.server.kill()
            self.server.start()
        self.retry("kills")
        mr.check_equal(self.rejects("kills")["page"]["totalCount"], 0, "left")
        self.api.patch_sink("kills", "kills", EVERY_ROW)
        self.api.wait_drained("kills", "kills")
        rows = sorted(int(row[0]) for row in self.server.rows(sql("kills"), "v"))
        mr.check_equal(rows, list(range(count)), "rows")

    def in_order(self):
        return [self.values_are_stored_as_their_type_says, self.a_type_in_a_table_cannot_change,
                self.a_record_that_cannot_be_mapped_is_kept_and_retried, self.a_full_store_refuses,
                self.kills_amid_a_retry_lose_and_double_nothing]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "mapping", lambda server: Cases(server).in_order()))
