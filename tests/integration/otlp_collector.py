#!/usr/bin/env python3
"""An OpenTelemetry collector with a queue on disk delivers to the real binary, whichever of the two is killed.

Goal    what the collector has taken is in the table: after its kills, those of Millrace, and of both.
Method  a collector of the OTLP receiver and exporter, which `scripts/setup --tests` builds into build/tools where Go is.
        Senders give it numbered log records; what it answers 200 is owed. A record may come twice: its retry after an
        answer that was lost has no key (docs/otlp.md).
"""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from otlp import Otlp  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
COLLECTOR = os.path.join(ROOT, "build", "tools", "otelcol-test")
ROUNDS = 6
ROUND_S = 2.0


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Collector:
    def __init__(self, folder, endpoint):
        self.folder = folder
        self.port = free_port()
        self.configuration = os.path.join(folder, "collector.yaml")
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"""\
receivers: {{otlp: {{protocols: {{http: {{endpoint: 127.0.0.1:{self.port}}}}}}}}}
extensions: {{file_storage: {{directory: {folder}/queue, create_directory: true}}}}
exporters:
  otlphttp:
    endpoint: {endpoint}
    retry_on_failure: {{enabled: true, initial_interval: 100ms, max_interval: 500ms, max_elapsed_time: 0}}
    sending_queue: {{enabled: true, storage: file_storage, queue_size: 100000}}
service:
  extensions: [file_storage]
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{logs: {{receivers: [otlp], exporters: [otlphttp]}}}}
""")

    def start(self):
        with open(os.path.join(self.folder, "collector.log"), "ab") as log:
            self.process = subprocess.Popen([COLLECTOR, "--config", self.configuration], stdout=log, stderr=log)
        mr.wait_until(self.answers, 30, "the collector answers")

    def answers(self):
        mr.check(self.process.poll() is None, "the collector ended")
        try:
            return self.send([]) == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def send(self, names):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            records = [{"timeUnixNano": "1767225600000000000", "body": {"stringValue": name}} for name in names]
            connection.request("POST", "/v1/logs", json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}),
                               {"Content-Type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()


class Sender(threading.Thread):
    """Sends records of its own until it is told to stop, and keeps which were taken."""

    def __init__(self, collector, name):
        super().__init__()
        self.collector, self.prefix = collector, name
        self.taken = []
        self.stops = threading.Event()

    def run(self):
        number = 0
        while not self.stops.is_set():
            names = [f"{self.prefix}-{number + i}" for i in range(10)]
            number += 10
            try:
                if self.collector.send(names) == 200:
                    self.taken += names
            except (OSError, http.client.HTTPException):
                self.stops.wait(0.01)  # it is being killed


def suite(arguments):
    if not os.access(COLLECTOR, os.X_OK):
        mr.skip("no build/tools/otelcol-test: scripts/setup --tests builds it where Go is")
    draws = random.Random(arguments.seed)
    print(f"seed {arguments.seed}", flush=True)
    with mr.Server(arguments.binary, os.path.join(arguments.folder, "data"),
                   args=["--ingest.listen", f"127.0.0.1:{free_port()}"]).start() as server:
        otlp = Otlp(server)
        parts = otlp.source("collected")["otlp"]
        otlp.sink("collected", "logs", "in.c-collected.logs", ["logs"], {"preset": "otel-logs"})
        collector = Collector(arguments.folder, parts["url"])
        collector.start()
        try:
            senders = [Sender(collector, name) for name in ("a", "b")]
            for sender in senders:
                sender.start()
            try:
                for _ in range(ROUNDS):
                    time.sleep(draws.uniform(ROUND_S / 2, ROUND_S))
                    who = draws.choice(("collector", "service", "both"))
                    if who != "service":
                        collector.kill()
                    if who != "collector":
                        server.kill()
                        server.start()
                    if who != "service":
                        collector.start()
            finally:
                for sender in senders:
                    sender.stops.set()
                for sender in senders:
                    sender.join()
            owed = {name for sender in senders for name in sender.taken}
            mr.check(len(owed) > 1000, f"{len(owed)} records only")

            def missing():
                there = {row[0] for row in server.rows("in.c-collected.logs", "body")}
                return owed - there
            mr.wait_until(lambda: not missing(), 120, "all records are in the table", poll_s=0.5)
            rows = server.rows("in.c-collected.logs", "count(*)")[0][0]
            print(f"{len(owed)} records were taken by the collector, {rows} rows are in the table", flush=True)
            mr.check_equal(server.stop(), 0, "exit status")
        finally:
            collector.kill()
    return 0


def options(parser):
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "otlp-collector", suite, add_options=options))
