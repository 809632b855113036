"""What comes by other doors than that for events into a data folder that is kept as test data (tests/data/README.md)."""

import base64
import http.client
import json
import urllib.parse

import millrace_client as mr
import otlp_bytes

NEVER = {mr.IMPORT_COUNT: 10_000_000, mr.IMPORT_INTERVAL: "24h", mr.IMPORT_SIZE: "500MB",
         mr.UPLOAD_COUNT: 10_000_000, mr.UPLOAD_INTERVAL: "30m", mr.UPLOAD_SIZE: "50MB"}
T = 1_767_225_600_000_000_000  # 2026-01-01


class Telemetry:
    """A source of OTLP: one sink is imported, the rows of the other are in open slices."""

    SOURCE = "telemetry"
    BUCKET = "in.c-kept-telemetry"
    SINKS = {"imported": {mr.UPLOAD_COUNT: 6, mr.IMPORT_COUNT: 12}, "open": NEVER}
    LINES = 3  # of a request

    def __init__(self, server, kept=None):
        self.server = server
        self.kept = kept or {"path": None, "lines": 0}

    def create(self):
        api = self.server.api
        api.do("POST", api.BRANCH + "/sources", {"sourceId": self.SOURCE, "type": "otlp", "name": self.SOURCE})
        self.kept["path"] = urllib.parse.urlsplit(api.get(api.source_path(self.SOURCE))["otlp"]["url"]).path
        for sink, settings in self.SINKS.items():
            api.do("POST", api.source_path(self.SOURCE) + "/sinks",
                   {"sinkId": sink, "type": "table", "name": sink, "allowedSignals": ["logs"],
                    "table": {"type": "keboola", "tableId": f"{self.BUCKET}.{sink}", "mapping": {"preset": "otel-logs"}}})
            api.patch_sink(self.SOURCE, sink, settings)

    def load(self, requests):
        connection = http.client.HTTPConnection(*self.server.ingest_address(), timeout=30)
        for _ in range(requests):
            first = self.kept["lines"]
            logs = [otlp_bytes.log(T + n, f"line-{n}", values={"n": n}) for n in range(first, first + self.LINES)]
            connection.request("POST", self.kept["path"] + "/v1/logs", otlp_bytes.framed(logs, {"service.name": "shop"}),
                               {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            mr.check_equal((answer.status, answer.read()), (200, b""), "an export")
            self.kept["lines"] += self.LINES
        connection.close()

    def expect_rows(self, sink):
        rows = self.server.rows(f"{self.BUCKET}.{sink}", "body, service_name, attributes")
        mr.check_equal(sorted(rows), sorted((f"line-{n}", "shop", json.dumps({"n": n}, separators=(",", ":")))
                                            for n in range(self.kept["lines"])), f"rows of {sink}")


class Loads:
    """Stream Loads into a table with a key: rows, other rows of these keys, some columns, deletes; one that is prepared."""

    TABLE = "people"
    BUCKET = "in.c-kept-loads"
    COLUMNS = [("id", "INTEGER", True), ("name", "STRING", False), ("note", "STRING", False)]

    def __init__(self, server, kept=None):
        self.server = server
        self.kept = kept or {"held": None, "rows": []}

    def create(self):
        body = {"tableId": f"{self.BUCKET}.{self.TABLE}",
                "columns": [{"name": name, "dataType": data_type, "primaryKey": key, "nullable": not key}
                            for name, data_type, key in self.COLUMNS]}
        answer = self.server.api.call("POST", mr.Api.BRANCH + "/tables", body)
        mr.check(answer.status in (200, 201), f"a table: {answer}")

    def call(self, path, body=None, headers=None):
        host, port = self.server.ingest_address()
        given = {"Authorization": "Basic " + base64.b64encode(f"root:{mr.TOKEN}".encode()).decode(), **(headers or {})}
        answer = mr.request(f"http://{host}:{port}", "PUT", path, body, given, timeout_s=60)
        mr.check_equal(answer.status, 200, f"{path}: {answer}")
        return answer.json()

    def load(self, label, lines, **headers):
        return self.call(f"/api/kept-loads/{self.TABLE}/_stream_load", "".join(line + "\n" for line in lines),
                         {"column_separator": ",", "label": label, **headers})

    def end(self, operation, label):
        return self.call("/api/kept-loads/_stream_load_2pc", headers={"txn_operation": operation, "label": label})

    def held(self):
        return [f"{n},held {n},kept" for n in range(100, 120)]

    def run(self):
        def loaded(label, lines, **headers):
            answer = self.load(label, lines, **headers)
            mr.check_equal(answer["Status"], "Success", f"{answer}")
            return answer

        loaded("first", [f"{n},name {n},note {n}" for n in range(50)])
        loaded("second", [f"{n},other {n},\\N" for n in range(25, 75)])
        loaded("some", [f"{n},changed" for n in range(40, 60)], columns="id,note", partial_columns="true")
        loaded("deleted", [f"{n},," for n in range(10)], merge_type="DELETE")
        loaded("gone", [f"{n},gone," for n in range(200, 210)], two_phase_commit="true")
        mr.check_equal(self.end("abort", "gone")["status"], "Success", "an abort")
        loaded("held", self.held(), two_phase_commit="true")
        rows = {n: [n, f"name {n}", f"note {n}"] for n in range(10, 50)}
        rows.update({n: [n, f"other {n}", None] for n in range(25, 75)})
        for n in range(40, 60):
            rows[n][2] = "changed"
        self.kept["rows"] = sorted(rows.values())
        self.expect_rows()

    def expect_rows(self, more=()):
        rows = [list(row) for row in self.server.rows(f"{self.BUCKET}.{self.TABLE}", "id, name, note", "ORDER BY id")]
        mr.check_equal(rows, self.kept["rows"] + list(more), "rows of the loads")


class Topic:
    """A source of Kafka: what it has read is in open slices, how far it has read in the journal beside them."""

    SOURCE = "topic"
    TABLE = "in.c-kept-topic.all"

    def __init__(self, server, kept=None):
        self.server = server
        self.kept = kept or {"messages": 0}

    def create(self, cluster):
        api = self.server.api
        api.do("POST", api.BRANCH + "/sources",
               {"sourceId": self.SOURCE, "type": "kafka", "name": self.SOURCE,
                "kafka": {"brokers": cluster.address, "topic": self.SOURCE, "startFrom": "earliest"}})
        api.create_sink(self.SOURCE, "all", self.TABLE, [mr.path_column("n", "n"), {"type": "kafkaOffset", "name": "o"}],
                        NEVER)

    def produce(self, cluster, count):
        first = self.kept["messages"]
        cluster.produce(self.SOURCE, [json.dumps({"n": n}) for n in range(first, first + count)], more=["-p", "0"])
        self.kept["messages"] += count

    def wait_read(self):
        def status():
            return self.server.api.get(self.server.api.source_path(self.SOURCE))["kafka"].get("status", {})

        mr.wait_until(lambda: sum(sink["accepted"] for sink in status().get("sinks", [])) >= self.kept["messages"], 60,
                      f"the messages are rows: {status()}", poll_s=0.1)

    def read_from(self, cluster):
        """The same messages in another cluster, which must be taken for the one of before."""
        api = self.server.api
        api.do("PATCH", api.source_path(self.SOURCE), {"kafka": {"brokers": cluster.address}})

    def expect_rows(self):
        rows = self.server.rows(self.TABLE, "n, o")
        mr.check_equal(sorted((int(n), int(o)) for n, o in rows), [(n, n) for n in range(self.kept["messages"])],
                       "rows of the topic")
