"""What the workloads of the data plane share: a service with sources, an nginx beside it, events, and what came of them."""

import collections
import concurrent.futures
import json
import os
import subprocess
import time
import urllib.parse

import harness
from harness import mr

EVENT_BYTES = 230
SINK = "events"
TABLES_PER_BUCKET = 100
CLIENTS = 8  # of the control plane, while sources are made
DRAIN_TIMEOUT_S = 1800

COLUMNS = [
    {"type": "uuid", "name": "row_id"},
    {"type": "datetime", "name": "at"},
    mr.path_column("id", "id"),
    mr.path_column("type", "type"),
    mr.path_column("customer", "customer.id", raw=False),
    mr.path_column("amount", "total.amount", raw=False),
    mr.path_column("sku", "items[0].sku"),
    mr.path_column("note", "note"),
]

# "default" is what users get. "relaxed" puts upload and import off, to see the cost of ingest alone.
CONDITIONS = {
    "default": {},
    "relaxed": {mr.UPLOAD_COUNT: 10_000_000, mr.UPLOAD_SIZE: "50MB", mr.UPLOAD_INTERVAL: "30m",
                mr.IMPORT_COUNT: 10_000_000, mr.IMPORT_SIZE: "500MB", mr.IMPORT_INTERVAL: "24h"},
}

NGINX_CONFIGURATION = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type text/plain;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ return 200 "OK"; }}
    }}
}}
"""


def event():
    value = {"id": "evt-01J8Z4Q8J6K2M9", "type": "order.created", "customer": {"id": 184467, "city": "Brno"},
             "total": {"amount": 1234.5, "currency": "CZK"}, "items": [{"sku": "AB-1029", "qty": 2}], "note": ""}
    missing = EVENT_BYTES - len(json.dumps(value, separators=(",", ":")))
    value["note"] = ("left at the door, call first " * 4)[:missing]
    body = json.dumps(value, separators=(",", ":"))
    assert len(body) == EVENT_BYTES
    return body


def run_wrk(url, connections, seconds, pid, batch=1, paths=None):
    """One run; a batch of 1 is one JSON text, else lines. `paths` is a file of those to send to in turn."""
    environment = {"MILLRACE_BENCH_BODY": event() if batch == 1 else (event() + "\n") * batch,
                   "MILLRACE_BENCH_TYPE": "application/json" if batch == 1 else "application/x-ndjson"}
    if paths:
        environment["MILLRACE_BENCH_PATHS"] = paths
    run = harness.run_wrk("post.lua", url, connections, seconds, pid, environment)
    return {**run, "connections": connections, "batch": batch, "events_per_second": run["per_second"] * batch}


class Nginx:
    """One worker that answers every request from memory."""

    def __init__(self, folder):
        os.makedirs(folder)
        os.chmod(folder, 0o755)
        self.port = harness.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX_CONFIGURATION.format(folder=folder, port=self.port))
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", path])

    def __enter__(self):
        mr.wait_until(self.answers, 10, "nginx answers")
        return self

    def answers(self):
        try:
            return mr.request(self.url, "POST", "/", "{}").status == 200
        except OSError:
            mr.check(self.process.poll() is None, "nginx ended")
            return False

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)

    def run(self, connections, seconds):
        return run_wrk(self.url, connections, seconds, self.process.pid)


def metrics_of(server):
    """Pairs of a sample's name with its labels, and its value."""
    text = mr.request(server.ready["api"], "GET", "/metrics", timeout_s=60).body.decode()
    samples = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return [(name, float(value)) for name, value in samples]


def levels_of(server):
    """Rows of all sinks together at each storage level."""
    levels = collections.Counter()
    for name, value in metrics_of(server):
        if name.startswith("millrace_rows{"):
            level = name.partition('level="')[2].partition('"')[0]
            levels[level] += int(value)
    return levels


def wait_until_quiet(server, timeout_s=600):
    """So that what goes on behind a run takes nothing from the next one's turn; returns how long that was."""
    started = time.monotonic()
    last, since = None, started
    while time.monotonic() - since < 1.5:
        mr.check(time.monotonic() - started < timeout_s, f"still busy after {timeout_s} s: {last}")
        levels = levels_of(server)
        if levels != last:
            last, since = levels, time.monotonic()
        time.sleep(0.1)
    return round(since - started, 1)


class Plane:
    """A service with `count` sources of one sink each, that knows what every run must have stored."""

    def __init__(self, options, folder, count=1, settings=None, synced=True, args=()):
        self.server = mr.Server(options.binary, os.path.join(folder, "data"), args=["--limits.sources", str(count), *args])
        self.folder = folder
        self.sources = [f"s-{number:04}" for number in range(count)]
        self.settings = {**CONDITIONS[options.conditions], **(settings or {})}
        self.synced = synced
        self.runs = []

    def __enter__(self):
        self.server.start()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            paths = list(pool.map(self.create, range(len(self.sources))))
        self.url = urllib.parse.urljoin(self.server.ready["ingest"], paths[0])
        self.paths = os.path.join(self.folder, "paths")
        with open(self.paths, "w", encoding="utf-8") as file:
            file.writelines(path + "\n" for path in paths)
        self.check_answers_when_promised()
        return self

    def __exit__(self, *_):
        self.server.kill()

    def create(self, number):
        api, source = self.server.api, self.sources[number]
        path = api.create_source(source)
        api.create_sink(source, SINK, self.table(number), COLUMNS, self.settings)
        return path

    def table(self, number):
        return f"in.c-bench-{number // TABLES_PER_BUCKET}.{self.sources[number]}"

    def check_answers_when_promised(self):
        settings = self.server.api.get(self.server.api.sink_path(self.sources[0], SINK) + "/settings")["settings"]
        value = next(setting["value"] for setting in settings if setting["key"] == mr.SYNC_WAIT)
        mr.check_equal(value in (True, "true"), self.synced, f"{mr.SYNC_WAIT} is {value}")

    def run(self, connections, seconds, batch=1, in_turn=False):
        """To the first source, or to all in turn; then until uploads and imports have come to rest."""
        run = run_wrk(self.url, connections, seconds, self.server.process.pid, batch, self.paths if in_turn else None)
        self.runs.append(run)
        run["levels"] = self.levels()
        run["catch_up_s"] = self.wait_until_quiet()
        return run

    def metrics(self):
        return metrics_of(self.server)

    def levels(self):
        return levels_of(self.server)

    def wait_until_quiet(self, timeout_s=600):
        return wait_until_quiet(self.server, timeout_s)

    def finish(self):
        """Drains, checks that exactly the rows of all 2xx answers are in the tables, and stops; returns their number."""
        acknowledged = sum(int(value) for name, value in self.metrics()
                           if name.startswith("millrace_requests_total{") and 'code="2' in name)
        batch = self.runs[0]["batch"] if self.runs else 1
        api = self.server.api
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda source: api.do("PUT", api.source_path(source) + "/disable"), self.sources))

        def is_drained():
            levels = self.levels()
            return not levels["local"] and not levels["staging"]

        mr.wait_until(is_drained, DRAIN_TIMEOUT_S, "all rows in the tables", poll_s=0.2)
        rows = sum(self.server.rows(self.table(number), "count(*)")[0][0] for number in range(len(self.sources)))
        mr.check_equal(rows, acknowledged * batch, "rows in the tables and those of answers with 2xx")
        if self.runs:
            # wrk gives up what is in flight at its end: the service has answered those, wrk has not counted them.
            counted = sum(run["requests"] for run in self.runs)
            in_flight = sum(run["connections"] for run in self.runs)
            mr.check(counted <= acknowledged <= counted + in_flight, f"{acknowledged} answers, wrk counted {counted}")
        mr.check_equal(self.server.stop(), 0, "exit status")
        return rows
