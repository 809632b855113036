#!/usr/bin/env python3
"""OTLP on the real binary: what an exporter sends, what it is answered, and what is in the tables afterwards.

Goal    logs, metrics and traces come in by protobuf and JSON and are rows; whatever is refused has the status that
        exporters understand, and leaves nothing behind.
Method  requests made byte by byte on kept connections, and the tables read as SQLite files.
"""

import gzip
import http.client
import json
import os
import resource
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import otlp_bytes as otlp  # noqa: E402

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
T = 1_767_225_600_000_000_000  # 2026-01-01
TRACE = bytes(range(1, 17))


class Otlp:
    def __init__(self, server):
        self.server = server
        self.api = server.api

    def source(self, name):
        self.api.do("POST", mr.Api.BRANCH + "/sources", {"sourceId": name, "type": "otlp", "name": name})
        return self.api.get(self.api.source_path(name))

    def sink(self, source, name, table, signals, mapping):
        self.api.do("POST", self.api.source_path(source) + "/sinks",
                    {"sinkId": name, "type": "table", "name": name, "allowedSignals": signals,
                     "table": {"type": "keboola", "tableId": table, "mapping": mapping}})
        self.api.patch_sink(source, name, {mr.UPLOAD_INTERVAL: "1s", mr.IMPORT_INTERVAL: "30s", mr.IMPORT_COUNT: 1})

    def post(self, path, body, headers, connection=None):
        host, port = self.server.ingest_address()
        own = connection or http.client.HTTPConnection(host, port, timeout=30)
        own.request("POST", path, body, headers)
        answer = own.getresponse()
        got = mr.Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if connection is None:
            own.close()
        return got

    def path_of(self, source):
        return urllib.parse.urlsplit(self.api.get(self.api.source_path(source))["otlp"]["url"]).path

    def rows_of(self, source, sink, table, what, count):
        mr.wait_until(lambda: len(self.server.rows(table, what, "ORDER BY 1")) >= count, 60, f"{count} rows of {sink}")
        return self.server.rows(table, what, "ORDER BY 1")

    def in_order(self):
        return [self.a_source_says_where_it_is, self.all_signals_become_rows_of_their_sinks,
                self.json_and_protobuf_store_the_same, self.what_is_refused_has_its_status,
                self.a_large_request_is_stored_in_parts, self.a_request_without_memory_is_answered,
                self.bad_records_are_a_partial_success, self.a_signal_that_no_sink_takes_is_a_warning,
                self.one_record_can_be_tried, self.a_rotated_secret_is_the_only_one,
                self.signals_of_a_sink_are_changed_and_rolled_back]

    def a_source_says_where_it_is(self):
        source = self.source("main")
        parts = source["otlp"]
        mr.check_equal(source["type"], "otlp", "type")
        mr.check("http" not in source, f"no part of another kind: {source}")
        mr.check_equal(parts["url"], f"{parts['baseUrl']}/{parts['secret']}", "url")
        mr.check(parts["baseUrl"].endswith("/otlp/1/main"), f"baseUrl: {parts}")
        mr.check_equal(len(parts["secret"]), 48, "length of the secret")
        for signal in ("logs", "metrics", "traces"):
            self.sink("main", signal, f"in.c-otel.{signal}", [signal], {"preset": f"otel-{signal}"})
            sink = self.api.get(self.api.sink_path("main", signal))
            mr.check_equal(sink["allowedSignals"], [signal], "signals")
            mr.check(len(sink["table"]["mapping"]["columns"]) > 10, f"columns of the preset: {sink}")

    def all_signals_become_rows_of_their_sinks(self):
        path = self.path_of("main")
        resource = {"service.name": "shop", "n": 1}
        requests = {
            "logs": otlp.framed([otlp.log(T + i, f"line {i}", values={"i": i}, trace=TRACE) for i in range(3)], resource),
            "metrics": otlp.framed([otlp.gauge("heat", T, 21.5, {"room": "a"})], resource),
            "traces": otlp.framed([otlp.span("GET /", TRACE, b"12345678", T, T + 5, {"ok": True})], resource)}
        for signal, body in requests.items():
            answer = self.post(f"{path}/v1/{signal}", body, PROTOBUF)
            mr.check_equal((answer.status, answer.body), (200, b""), f"{signal}: {answer}")
            mr.check_equal(answer.headers["content-type"], "application/x-protobuf", "its type")
            mr.check_equal(answer.headers["ack"], "disk", "its promise")
        logs = self.rows_of("main", "logs", "in.c-otel.logs",
                            "timestamp, severity_number, service_name, body, trace_id, attributes", 3)
        mr.check_equal(logs[1], ("2026-01-01T00:00:00.000000Z", 9, "shop", "line 1", TRACE.hex(), '{"i":1}'), "a log")
        metrics = self.rows_of("main", "metrics", "in.c-otel.metrics", "metric_name, metric_type, value, count, attributes", 1)
        mr.check_equal(metrics, [("heat", "gauge", 21.5, None, '{"room":"a"}')], "a point")
        traces = self.rows_of("main", "traces", "in.c-otel.traces", "trace_id, span_id, name, kind, status_code, events", 1)
        mr.check_equal(traces, [(TRACE.hex(), b"12345678".hex(), "GET /", "Server", "Ok", "[]")], "a span")

    def json_and_protobuf_store_the_same(self):
        parts = self.source("both")["otlp"]
        self.sink("both", "bodies", "in.c-otel.bodies", [], {"columns": [{"type": "body", "name": "body"}]})
        base = urllib.parse.urlsplit(parts["baseUrl"]).path
        bearer = {"Authorization": "bearer " + parts["secret"]}
        values = {"a": "é\n", "b": -5, "c": 0.25, "d": True}
        wire = otlp.framed([otlp.log(T, "hello", values=values)], {"service.name": "x"})
        text = otlp.json_logs([otlp.json_log(T, "hello", values=values)], {"service.name": "x"})
        for body, headers in ((wire, PROTOBUF), (gzip.compress(wire), {**PROTOBUF, "Content-Encoding": "gzip"}),
                              (wire, {"Content-Type": "Application/Protobuf"}), (text, JSON),
                              (gzip.compress(text), {**JSON, "Content-Encoding": "gzip"})):
            answer = self.post(base + "/v1/logs", body, {**headers, **bearer})
            mr.check_equal(answer.status, 200, f"{headers}: {answer}")
        rows = self.rows_of("both", "bodies", "in.c-otel.bodies", "body", 5)
        mr.check_equal(len(set(rows)), 1, f"different rows: {rows}")
        record = json.loads(rows[0][0])
        mr.check_equal(record["attributes"], values, "attributes")
        mr.check_equal(list(record)[:4], ["timestamp", "observed_timestamp", "severity_number", "severity_text"], "order")

    def what_is_refused_has_its_status(self):
        path = self.path_of("both")
        parts = self.api.get(self.api.source_path("both"))["otlp"]
        secret = parts["secret"]
        http_path = self.api.create_source("events")
        http_secret = http_path.rsplit("/", 1)[1]
        good = otlp.framed([otlp.log(T, "x")])
        before = len(self.server.rows("in.c-otel.bodies"))
        host, port = self.server.ingest_address()
        connection = http.client.HTTPConnection(host, port, timeout=30)
        table = (
            (path + "/v1/logs", good, {"Content-Type": "text/plain"}, 415),
            (path + "/v1/logs", good, {}, 415),
            (path + "/v1/logs", good, {**PROTOBUF, "Content-Encoding": "br"}, 415),
            (path + "/v1/logs", good, {**PROTOBUF, "Content-Encoding": "gzip"}, 400),
            (path + "/v1/logs", good[:-3], PROTOBUF, 400),
            (path + "/v1/logs", good, JSON, 400),
            (path + "/v1/logs", b"{}", PROTOBUF, 400),
            (path + "/v1/logs", otlp.number(1, 1), PROTOBUF, 400),
            (path + "/v1/logs", b"\x0b" * 100_000, PROTOBUF, 400),
            (path + "/v1/logs", b"[" * 100_000, JSON, 400),
            (path + "/v1/logs", b'{"resourceLogs": [{"scopeLogs": 1}]}', JSON, 400),
            (path + "/v1/profiles", good, PROTOBUF, 404),
            (path + "x/v1/logs", good, PROTOBUF, 404),
            ("/otlp/1/both/v1/logs", good, PROTOBUF, 404),
            ("/otlp/1/both/v1/logs", good, {**PROTOBUF, "Authorization": "Bearer nonsense"}, 404),
            ("/otlp/1/none/v1/logs", good, {**PROTOBUF, "Authorization": f"Bearer {secret}"}, 404),
            (f"/otlp/1/events/{http_secret}/v1/logs", good, PROTOBUF, 404),
            ("/otlp/x/both/v1/logs", good, PROTOBUF, 400),
            (f"/stream/1/both/{secret}", b"{}", JSON, 404),
        )
        for target, body, headers, status in table:
            answer = self.post(target, body, headers, connection)
            mr.check_equal(answer.status, status, f"{target.replace(secret, 'SECRET')} {headers} {body[:20]}: {answer}")
            mr.check("retry-after" not in answer.headers, f"a refusal for good: {answer}")
            if headers.get("Content-Type") == PROTOBUF["Content-Type"]:
                mr.check_equal(answer.headers["content-type"], "application/x-protobuf", "type of the refusal")
                mr.check(answer.body.startswith(b"\x08"), f"a Status: {answer.body}")
        for body, headers in ((b"", PROTOBUF), (b"{}", JSON), (otlp.framed([]), PROTOBUF)):
            answer = self.post(path + "/v1/logs", body, headers, connection)
            mr.check_equal(answer.status, 200, f"an empty request: {answer}")
        bomb = gzip.compress(b"\0" * (64 << 20))
        answer = self.post(path + "/v1/logs", bomb, {**PROTOBUF, "Content-Encoding": "gzip"}, connection)
        mr.check_equal(answer.status, 413, f"a bomb: {answer}")
        answer = self.post(path + "/v1/logs", otlp.framed([otlp.log(T, "x" * (10 << 20))]), PROTOBUF)
        mr.check_equal(answer.status, 413, f"10 MB: {answer}")
        many = otlp.framed([b""] * 50_000, {"large": "x" * 10_000})
        answer = self.post(path + "/v1/logs", many, PROTOBUF, connection)
        mr.check_equal(answer.status, 413, f"a large resource, many records: {answer}")
        connection.close()
        mr.check_equal(len(self.server.rows("in.c-otel.bodies")), before, "rows of what was refused")

    # 8,192 records, as collectors send them, each with 5 KB of resource: its rows are 40 MB, more than one write.
    def a_large_request_is_stored_in_parts(self):
        self.source("large")
        columns = [mr.path_column("body", "body"), mr.path_column("resource", "resource")]
        self.sink("large", "logs", "in.c-otel.large", ["logs"], {"columns": columns})
        path = self.path_of("large")
        records = 8192
        batch = otlp.framed([otlp.log(T, f"line {i}") for i in range(records)], {"large": "x" * 5000})
        answer = self.post(path + "/v1/logs", gzip.compress(batch, 1), {**PROTOBUF, "Content-Encoding": "gzip"})
        mr.check_equal((answer.status, answer.body), (200, b""), f"{answer}")
        mr.check_equal(answer.headers["ack"], "disk", "its promise")
        mr.check("receipt" not in answer.headers, f"a receipt is of one write: {answer}")
        mr.wait_until(lambda: self.server.rows("in.c-otel.large", "count(*)") == [(records,)], 60, "its rows")
        mr.check_equal(self.server.rows("in.c-otel.large", "count(DISTINCT body), min(length(resource))"),
                       [(records, 5000 + len('{"large":""}'))], "each row once and whole")
        with_key = {**PROTOBUF, "Content-Encoding": "gzip", "Idempotency-Key": "k"}
        answer = self.post(path + "/v1/logs", gzip.compress(batch, 1), with_key)
        mr.check_equal(answer.status, 413, f"with a key it is one write: {answer}")

    # 400,000 empty records in 1 KB: 240 MB of flat records, which there is no memory for.
    def a_request_without_memory_is_answered(self):
        path = self.path_of("large")
        batch = gzip.compress(otlp.framed([b""] * 400_000, {}))
        pid = self.server.process.pid
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            used = next(int(line.split()[1]) for line in status if line.startswith("VmData:")) << 10
        before = resource.prlimit(pid, resource.RLIMIT_DATA, (used + (64 << 20), resource.RLIM_INFINITY))
        for body, status in ((batch, 503), (gzip.compress(otlp.framed([otlp.log(T, "small")])), 200)):
            answer = self.post(path + "/v1/logs", body, {**PROTOBUF, "Content-Encoding": "gzip"})
            mr.check_equal(answer.status, status, f"{answer}")
            if status == 503:
                mr.check("retry-after" in answer.headers, f"{answer}")
        resource.prlimit(pid, resource.RLIMIT_DATA, before)

    def bad_records_are_a_partial_success(self):
        self.source("partly")
        self.sink("partly", "users", "in.c-otel.users", ["logs"],
                  {"columns": [mr.path_column("user", "attributes.user"), mr.path_column("text", "body")]})
        path = self.path_of("partly")
        some = [otlp.log(T, "a", values={"user": "anna"}), otlp.log(T, "b"), otlp.log(T, "c", values={"user": "ben"})]
        answer = self.post(path + "/v1/logs", otlp.framed(some), PROTOBUF)
        mr.check_equal(answer.status, 200, f"some: {answer}")
        rejected, message = otlp.read_partial_success(answer.body)
        mr.check_equal(rejected, 1, message)
        mr.check("1 of 3 records rejected; first error: record 2: " in message and '"user"' in message, message)
        answer = self.post(path + "/v1/logs", otlp.json_logs([otlp.json_log(T, "b"), otlp.json_log(T, "c")]), JSON)
        mr.check_equal(answer.status, 422, f"all: {answer}")
        mr.check_equal(answer.json()["code"], 3, "INVALID_ARGUMENT")
        mr.check_equal(self.rows_of("partly", "users", "in.c-otel.users", "user, text", 2), [("anna", "a"), ("ben", "c")], "rows")

    def a_signal_that_no_sink_takes_is_a_warning(self):
        path = self.path_of("partly")
        span = otlp.framed([otlp.span("x", TRACE, b"12345678", T, T)])
        answer = self.post(path + "/v1/traces", span, PROTOBUF)
        mr.check_equal((answer.status, answer.headers["ack"]), (200, "none"), f"{answer}")
        rejected, message = otlp.read_partial_success(answer.body)
        mr.check_equal((rejected, message), (0, "Nothing is stored: no enabled sink of the source takes traces."), "warning")

    def one_record_can_be_tried(self):
        path = self.api.source_path("main") + "/test"
        record = {"timestamp": "2026-01-01T00:00:00Z", "metric_name": "heat", "value": 1, "attributes": {}, "resource": {},
                  "scope": {}}
        for query, tables in (("", ["in.c-otel.logs"]), ("?signal=metrics", ["in.c-otel.metrics"])):
            answer = self.api.call("POST", path + query, record)
            mr.check(answer.status in (200, 422), f"{answer}")
            mr.check_equal([table["tableId"] for table in answer.json()["tables"]], tables, "tables")
        mr.check_equal(self.api.call("POST", path + "?signal=noise", record).status, 400, "another signal")
        answer = self.api.call("POST", path, [record])
        mr.check_equal(answer.status, 400, "no record")
        mr.check("flat OTLP record" in answer.json()["message"], f"{answer}")

    def a_rotated_secret_is_the_only_one(self):
        before = self.path_of("main")
        answer = self.api.call("POST", self.api.source_path("main") + "/rotate-secret")
        mr.check_equal(answer.status, 200, f"{answer}")
        after = self.path_of("main")
        mr.check(before != after, "a new secret")
        for path, status in ((before, 404), (after, 200)):
            answer = self.post(path + "/v1/logs", otlp.framed([otlp.log(T, "rotated")]), PROTOBUF)
            mr.check_equal(answer.status, status, f"{answer}")

    def signals_of_a_sink_are_changed_and_rolled_back(self):
        sink = self.api.sink_path("partly", "users")
        self.api.do("PATCH", sink, {"allowedSignals": ["traces", "traces", "logs"]})
        mr.check_equal(self.api.get(sink)["allowedSignals"], ["traces", "logs"], "signals")
        self.api.do("PATCH", sink, {"name": "Users"})
        mr.check_equal(self.api.get(sink)["allowedSignals"], ["traces", "logs"], "signals that stay")
        self.api.do("PATCH", sink, {"allowedSignals": []})
        mr.check("allowedSignals" not in self.api.get(sink), "all signals")
        self.api.do("PUT", sink + "/versions/1/rollback")
        mr.check_equal(self.api.get(sink)["allowedSignals"], ["logs"], "signals of then")
        answer = self.api.call("PATCH", sink, {"allowedSignals": ["noise"]})
        mr.check_equal(answer.status, 400, f"{answer}")
        answer = self.api.call("POST", self.api.source_path("events") + "/sinks",
                               {"type": "table", "name": "x", "allowedSignals": ["logs"], "table": {
                                   "type": "keboola", "tableId": "in.c-otel.x", "mapping": {"columns": [
                                       {"type": "uuid", "name": "id"}]}}})
        mr.check_equal(answer.status, 400, f"{answer}")
        mr.check("only" in answer.json()["message"], f"{answer}")


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "otlp", lambda server: Otlp(server).in_order()))
