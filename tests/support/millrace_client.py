"""Starts and stops the real binary and speaks with it, for the tests and benches written in Python.

Everything a Server starts is stopped by its pid: at the end of the `with` block, and by the kernel when the
test itself is killed.
"""

import argparse
import ctypes
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

SKIPPED = 77  # ctest's SKIP_RETURN_CODE of these tests
TOKEN = "test-admin-token"
READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30  # what the service promises for SIGTERM
POLL_S = 0.01


class Failure(Exception):
    """What a test was made to find."""


def check(condition, message):
    if not condition:
        raise Failure(message)


def check_equal(got, wanted, what):
    if got != wanted:
        raise Failure(f"{what}:\n  got    {got!r}\n  wanted {wanted!r}")


def wait_until(condition, timeout_s, what, poll_s=POLL_S):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"not within {timeout_s} s: {what}")
        time.sleep(poll_s)


def skip(reason):
    print(f"SKIPPED: {reason}")
    sys.exit(SKIPPED)


def scratch_folder(binary, name):
    """A new folder on the disk of the build tree; /tmp may be memory."""
    parent = os.path.join(os.path.dirname(os.path.abspath(binary)), "test-data")
    os.makedirs(parent, exist_ok=True)
    return tempfile.mkdtemp(prefix=f"{name}-", dir=parent)


def run_cases(cases):
    """Runs functions in order, prints one line each; returns the exit status."""
    failed = []
    for case in cases:
        started = time.monotonic()
        try:
            case()
            print(f"ok      {case.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
        except Failure as failure:
            failed.append(case.__name__)
            print(f"FAILED  {case.__name__}: {failure}", flush=True)
        except Exception:  # a connection refused, a field that is missing: the next case may still tell more
            failed.append(case.__name__)
            print(f"FAILED  {case.__name__}: {traceback.format_exc()}", flush=True)
    print(f"{len(cases) - len(failed)} of {len(cases)} cases passed")
    return 1 if failed else 0


def run_in_folder(title, name, suite, needs_shim=False, add_options=None):
    """The main program of a suite that has a folder of its own; returns the exit status.

    `suite(arguments)` returns cases, or the status of cases that it has run. The arguments have `binary`, `folder`,
    `shim` if it is needed, and what `add_options(parser)` adds. The folder is kept if something failed."""
    parser = argparse.ArgumentParser(description=title)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--case", default="", help="run the cases with this in their name")
    if needs_shim:
        parser.add_argument("--shim", required=True, type=os.path.abspath, help="libmillrace_shim.so")
    if add_options:
        add_options(parser)
    arguments = parser.parse_args()
    arguments.folder = scratch_folder(arguments.binary, name)
    try:
        status = suite(arguments)
        if not isinstance(status, int):
            status = run_cases([case for case in status if arguments.case in case.__name__])
    except Failure as failure:
        print(f"FAILED: {failure}")
        status = 1
    if status == 0:
        shutil.rmtree(arguments.folder)
    else:
        print(f"data kept in {arguments.folder}")
    return status


def _die_with_parent():
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Died(Failure):
    """The process ended where it should have gone on."""


class Server:
    """One `millrace serve` on a data folder, on free ports."""

    def __init__(self, binary, data_dir, env=None, args=(), descriptors=None):
        """`descriptors` is its hard limit of open files."""
        self.binary = os.path.abspath(binary)
        self.descriptors = descriptors
        self.data_dir = os.path.abspath(data_dir)
        self.env = env or {}
        self.args = list(args)
        self.log_path = self.data_dir.rstrip("/") + ".log"
        self.ready_path = self.data_dir.rstrip("/") + ".ready"
        self.process = None
        self.ready = None
        self.stderr = None  # a descriptor instead of the log file
        self.prepare = None  # called in the new process before the program runs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def launch(self):
        """Starts the process and does not wait for it."""
        check(os.access(self.binary, os.X_OK), f"no binary at {self.binary}")
        if os.path.exists(self.ready_path):
            os.unlink(self.ready_path)
        self.ready = None
        command = [self.binary, "serve", "--data-dir", self.data_dir, "--ready-file", self.ready_path]
        if "--api.listen" not in self.args:
            command += ["--api.listen", "127.0.0.1:0"]
        if "--ingest.listen" not in self.args:
            command += ["--ingest.listen", "127.0.0.1:0"]
        environment = {**os.environ, "MILLRACE_ADMIN_TOKEN": TOKEN, **self.env}

        def prepare():
            _die_with_parent()
            if self.descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))
            if self.prepare:
                self.prepare()

        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command + self.args, stdout=log, stderr=self.stderr or log, stdin=subprocess.DEVNULL,
                env=environment, preexec_fn=prepare)
        return self

    def is_ready(self):
        """Reads the ready file once it is there."""
        if self.ready is None:
            try:
                with open(self.ready_path, encoding="utf-8") as file:
                    self.ready = json.load(file)
            except FileNotFoundError:
                return False
        return True

    def start(self):
        self.launch()

        def ready_or_dead():
            return self.is_ready() or self.process.poll() is not None

        wait_until(ready_or_dead, READY_TIMEOUT_S, "the ready file")
        if not self.is_ready():
            raise Died(f"the service ended with {self.process.returncode} before it was ready\n{self.log_tail()}")
        check_equal(self.ready["pid"], self.process.pid, "pid in the ready file")
        return self

    def stop(self, how=signal.SIGTERM):
        """Returns the exit status after that signal."""
        self.process.send_signal(how)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"still running {STOP_TIMEOUT_S} s after {how.name}\n{self.log_tail()}") from None

    def kill(self):
        """SIGKILL, if it still runs; returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.kill()
        return self.process.wait()

    def log_tail(self, lines=15):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    @property
    def api(self):
        return Api(self.ready["api"])

    def ingest_address(self):
        """Host and port of the data plane."""
        parts = urllib.parse.urlsplit(self.ready["ingest"])
        return parts.hostname, parts.port

    def api_address(self):
        """Host and port of the REST API."""
        parts = urllib.parse.urlsplit(self.ready["api"])
        return parts.hostname, parts.port

    def table_path(self, table_id):
        bucket, _, table = table_id.rpartition(".")
        return os.path.join(self.data_dir, "target", bucket + ".sqlite"), table

    def rows(self, table_id, what="*", rest=""):
        """Rows of a target table, read as another process would."""
        path, table = self.table_path(table_id)
        if not os.path.exists(path):
            return []
        connection = sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro", uri=True, timeout=10)
        try:
            connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            return connection.execute(f'SELECT {what} FROM "{table}" {rest}').fetchall()
        finally:
            connection.close()


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failure(f"status {self.status}, and no JSON: {self.body[:200]!r}") from None

    def __repr__(self):
        return f"Answer({self.status}, {self.body[:300]!r})"


tls_context = None  # an ssl.SSLContext, for services that speak TLS


def request(url, method, path, body=None, headers=None, timeout_s=30):
    """One request on its own connection."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_s, context=tls_context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_s)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


class Api:
    """The control plane."""

    BRANCH = "/v1/branches/default"

    def __init__(self, url, token=TOKEN):
        self.url = url
        self.token = token

    def call(self, method, path, body=None):
        headers = {"X-StorageApi-Token": self.token}
        payload = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            payload = json.dumps(body)
        return request(self.url, method, path, payload, headers)

    def get(self, path):
        answer = self.call("GET", path)
        check_equal(answer.status, 200, f"GET {path}: {answer!r}")
        return answer.json()

    def task(self, method, path, body=None):
        """Calls, and waits until the task has ended; returns it whatever its status."""
        answer = self.call(method, path, body)
        check_equal(answer.status, 202, f"{method} {path}: {answer!r}")
        return self.finished(answer.json()["taskId"])

    def finished(self, task_id):
        """The task, once it has ended."""
        def ended():
            task = self.get(f"/v1/tasks/{task_id}")
            return task if task["isFinished"] else None

        return wait_until(ended, 60, f"task {task_id}")

    def do(self, method, path, body=None):
        """A task that must succeed."""
        task = self.task(method, path, body)
        check_equal(task["status"], "success", f"{method} {path}: {task}")
        return task

    def source_path(self, source):
        return f"{self.BRANCH}/sources/{source}"

    def sink_path(self, source, sink):
        return f"{self.BRANCH}/sources/{source}/sinks/{sink}"

    def create_source(self, source):
        """Returns the path of its URL on the data plane; the host and port change with a restart."""
        self.do("POST", f"{self.BRANCH}/sources", {"sourceId": source, "type": "http", "name": source})
        return urllib.parse.urlsplit(self.get(self.source_path(source))["http"]["url"]).path

    def create_sink(self, source, sink, table_id, columns, settings=None):
        self.do("POST", f"{self.source_path(source)}/sinks", sink_body(sink, table_id, columns))
        if settings:
            self.patch_sink(source, sink, settings)

    def patch_sink(self, source, sink, settings):
        body = {"settings": [{"key": key, "value": value} for key, value in settings.items()]}
        return self.do("PATCH", f"{self.sink_path(source, sink)}/settings", body)

    def patch_source(self, source, settings):
        body = {"settings": [{"key": key, "value": value} for key, value in settings.items()]}
        return self.do("PATCH", self.source_path(source) + "/settings", body)

    def statistics(self, source, sink):
        return self.get(f"{self.sink_path(source, sink)}/statistics/total")

    def records_at(self, source, sink, level):
        return self.statistics(source, sink)["levels"].get(level, {}).get("recordsCount", 0)

    def wait_drained(self, source, sink, timeout_s=120):
        """Until nothing of the sink is in local or staging storage."""
        def drained():
            levels = self.statistics(source, sink)["levels"]
            return not levels.get("local") and not levels.get("staging")

        wait_until(drained, timeout_s, f"sink {sink} drained: {self.statistics(source, sink)}", poll_s=0.1)


def run_on_server(description, name, cases_of, args=()):
    """The main program of a suite: runs cases_of(server) on a started service of --binary; returns the exit status.

    The data of a failed run is kept."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--binary", required=True)
    binary = parser.parse_args().binary
    folder = scratch_folder(binary, name)
    try:
        with Server(binary, os.path.join(folder, "data"), args=args).start() as server:
            status = run_cases(cases_of(server))
    except Failure as failure:
        print(f"FAILED: {failure}")
        status = 1
    if status == 0:
        shutil.rmtree(folder)
    else:
        print(f"data kept in {folder}")
    return status


def sink_body(sink, table_id, columns):
    return {"sinkId": sink, "type": "table", "name": sink,
            "table": {"type": "keboola", "tableId": table_id, "mapping": {"columns": columns}}}


def path_column(name, path, raw=True, **more):
    return {"type": "path", "name": name, "path": path, "rawString": raw, **more}


def template_column(name, text, raw=True):
    return {"type": "template", "name": name, "rawString": raw, "template": {"language": "jsonnet", "content": text}}


SYNC_WAIT = "storage.level.local.encoding.sync.wait"
UPLOAD_COUNT = "storage.level.staging.upload.trigger.count"
UPLOAD_SIZE = "storage.level.staging.upload.trigger.size"
UPLOAD_INTERVAL = "storage.level.staging.upload.trigger.interval"
IMPORT_COUNT = "storage.level.target.import.trigger.count"
IMPORT_SIZE = "storage.level.target.import.trigger.size"
IMPORT_INTERVAL = "storage.level.target.import.trigger.interval"


class Wire:
    """One kept connection, for requests that no HTTP library would send."""

    def __init__(self, address, timeout_s=15):
        self.socket = socket.create_connection(address, timeout=timeout_s)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def post(self, path, body, headers=None):
        lines = [f"POST {path} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return self.answer()

    def answer(self):
        """The next whole answer; None when the service closed the connection."""
        while b"\r\n\r\n" not in self.received:
            if not self._receive():
                return None
        head, _, rest = self.received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        self.received = rest
        while len(self.received) < length:
            if not self._receive():
                return None
        body, self.received = self.received[:length], self.received[length:]
        return Answer(int(lines[0].split(" ")[1]), headers, body)

    def _receive(self):
        try:
            data = self.socket.recv(1 << 16)
        except (ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return False
        self.received += data
        return bool(data)
