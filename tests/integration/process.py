#!/usr/bin/env python3
"""What the process owes the machine it runs on: modes of files, secrets at rest, signals, descriptors, options.

Goal    the promises of docs/ that no answer of HTTP shows.
Method  each case starts the real binary in a folder of its own, under a umask, with descriptors, signals and files
        that are as bad as they come.
"""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

START_TIMEOUT_S = 60


@contextlib.contextmanager
def newer_catalog(server):
    """As if a newer version had written the catalog."""
    database = sqlite3.connect(os.path.join(server.data_dir, "catalog.sqlite"))
    (schema,) = database.execute("PRAGMA user_version").fetchone()
    try:
        database.execute(f"PRAGMA user_version = {schema + 100}")
        yield
    finally:
        database.execute(f"PRAGMA user_version = {schema}")
        database.close()


class Cases:
    """One folder for each case, below the suite's."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def server(self, name, args=(), env=None):
        return mr.Server(self.binary, self.path(name), env=env, args=args)

    def refused(self, server, *texts):
        """Starts, and expects an end before it is ready; returns the log. The exit code is not 0."""
        server.launch()
        code = server.process.wait(timeout=START_TIMEOUT_S)
        log = read(server.log_path)
        mr.check(code not in (0, None) and code > 0, f"exit code {code}: {log}")
        for text in texts:
            mr.check(text in log, f"not in the log: {text}\n{log}")
        return log

    # modes and secrets

    def no_file_is_open_to_others(self):
        """Umask 0, a folder that is 0755, files of an earlier life that are 0644."""
        os.mkdir(self.path("modes"), 0o755)
        os.chmod(self.path("modes"), 0o755)
        before = os.umask(0)
        try:
            with self.server("modes") as server:
                server.start()
                run_a_row_through(server)
                expect_closed(server.data_dir)
                server.stop()
                for file in files_below(server.data_dir):
                    os.chmod(file, 0o666)
                server.start()
                expect_closed(server.data_dir)
                mr.check('"event":"files_restricted"' in read(server.log_path), "no line about the modes")
        finally:
            os.umask(before)

    def no_secret_is_in_the_data(self):
        with self.server("sealed") as server:
            server.start()
            secret = run_a_row_through(server)
            server.kill()  # the log of the catalog is still there
            for file in files_below(server.data_dir):
                with open(file, "rb") as content:
                    mr.check(secret.encode() not in content.read(), f"the secret is in {file}")
            server.start()
            mr.check_equal(secret_of(server), secret, "the secret after a restart")

    def without_its_key_file_it_does_not_start(self):
        with self.server("keyless") as server:
            server.start()
            run_a_row_through(server)
            server.stop()
            key = os.path.join(server.data_dir, "secrets.key")
            shutil.move(key, self.path("moved.key"))
            self.refused(server, "secrets.key", "is not there", "--secrets.key-file")
            mr.check(not os.path.exists(key), "a new key was made")

            with self.server("another") as another:
                another.start()
                another.stop()
            shutil.copy(self.path("another", "secrets.key"), key)
            self.refused(server, "has another key", "--secrets.key-file")

            with open(key, "w", encoding="ascii") as file:
                file.write("nonsense\n")
            self.refused(server, "secrets.key:1")

            os.unlink(key)
            server.args = ["--secrets.key-file", self.path("moved.key")]
            server.start()
            secret = secret_of(server)
            server.stop()

            server.args = []
            code, text = self.command(server, "reset", "--secrets.key-file", self.path("moved.key"))
            mr.check(code == 1 and "none is lost" in text, f"reset with the right key: {code} {text}")
            with newer_catalog(server):
                code, text = self.command(server, "reset")
                mr.check(code == 1 and "newer version" in text, f"reset of a newer catalog: {code} {text}")
                mr.check(not os.path.exists(key), "a new key was made for a newer catalog")
            code, text = self.command(server, "reset")
            mr.check_equal(code, 0, text)
            server.start()
            mr.check(secret_of(server) != secret, "the secret is the old one")
            mr.check_equal(len(server.rows("in.c-shop.orders")), 1, "rows after the reset")

    def secrets_get_another_key(self):
        """On a stopped folder, also where the command was ended in between: then there are two keys in the file."""
        with self.server("rekeyed") as server:
            server.start()
            secret = run_a_row_through(server)
            key = os.path.join(server.data_dir, "secrets.key")
            mr.check_equal(self.rekey(server)[0], 3, "exit code while the service runs")
            server.stop()
            old = keys_in(key)
            code, text = self.rekey(server)
            mr.check_equal(code, 0, text)
            new = keys_in(key)
            mr.check(len(new) == 1 and new != old, f"keys before {len(old)}, after {len(new)}")
            expect_closed(server.data_dir)
            server.start()
            mr.check_equal(secret_of(server), secret, "the secret after the command")
            server.stop()

            another = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
            with open(key, "w", encoding="ascii") as file:
                file.write(f"millrace-key-1 {another}\n{new[0]}\n")
            server.start()
            mr.check_equal(secret_of(server), secret, "the secret between the steps")
            server.stop()
            mr.check_equal(self.rekey(server)[0], 0, "exit code of the second run")
            mr.check_equal(len(keys_in(key)), 1, "keys after it")
            server.start()
            mr.check_equal(secret_of(server), secret, "the secret at last")

    def a_folder_without_a_catalog_keeps_its_key(self):
        """It may be the key of a catalog that a person is about to put back."""
        with self.server("without-catalog") as server:
            server.start()
            server.stop()
            key = os.path.join(server.data_dir, "secrets.key")
            catalog = os.path.join(server.data_dir, "catalog.sqlite")
            before = keys_in(key)
            os.rename(catalog, catalog + ".away")
            for verb in ("rekey", "reset"):
                code, text = self.command(server, verb)
                mr.check(code == 1 and "has no sealed secrets, and nothing was changed" in text, f"{verb}: {code} {text}")
                mr.check_equal(keys_in(key), before, f"keys after {verb}")
                mr.check(not os.path.exists(catalog), f"{verb} made a catalog")

    def rekey(self, server):
        return self.command(server, "rekey")

    def command(self, server, verb, *args):
        done = subprocess.run([server.binary, "secrets", verb, "--data-dir", server.data_dir, *args],
                              capture_output=True, text=True, timeout=START_TIMEOUT_S, check=False)
        return done.returncode, done.stdout + done.stderr

    # log, descriptors, signals, ready file

    def a_log_that_nobody_reads_holds_nothing_up(self):
        """A pipe of one page as standard error: tasks go on, lines are counted, and it ends in time."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        with self.server("unread", ["--log.level", "debug"]) as server:
            server.stderr = writer
            server.start()
            os.close(writer)
            api = server.api
            api.create_source("shop")
            for number in range(60):  # a line each, of more than 68 bytes
                api.do("PATCH", api.source_path("shop"), {"name": f"Name {number}"})
            mr.check(metric(api, "millrace_log_lines_dropped_total") > 0, "no line was dropped")

            text = os.read(reader, 65536).decode()
            api.do("PATCH", api.source_path("shop"), {"name": "Read again"})
            text += os.read(reader, 65536).decode()
            notices = [line for line in map(json.loads, text.splitlines()) if line["event"] == "log_lines_dropped"]
            mr.check_equal(sum(notice["lines"] for notice in notices), metric(api, "millrace_log_lines_dropped_total"),
                           "lines that the notices count")
            for _ in range(60):
                api.do("PATCH", api.source_path("shop"), {"name": "Full again"})
            mr.check_equal(server.stop(), 0, "exit code")
        os.close(reader)

    def the_log_is_text_at_a_terminal_and_says_where_things_are(self):
        def first_lines(text):
            return [line for line in text.splitlines() if " starting " in line or " ready " in line]

        terminal, slave = os.openpty()
        with self.server("terminal", env={"MILLRACE_ADMIN_TOKNE": "x"}) as server:
            server.stderr = slave
            server.start()
            os.close(slave)
            text = ""
            while " ready " not in text or not text.endswith("\n"):
                text += os.read(terminal, 65536).decode()
            lines = first_lines(text)
            mr.check(" info    starting version=" in text.splitlines()[0], f"the first line: {text}")
            mr.check("documentation=http://127.0.0.1:" in lines[1] and "token=MILLRACE_ADMIN_TOKEN" in lines[1], lines[1])
            mr.check("MILLRACE_ADMIN_TOKNE is not known" in text.replace('\\"', '"'), text)
        os.close(terminal)
        with self.server("json") as server:
            server.start()
            mr.wait_until(lambda: '"event":"ready"' in read(server.log_path), 10, "the line of the log")
            lines = [json.loads(line) for line in read(server.log_path).splitlines()]
            mr.check_equal([lines[0]["event"], lines[-1]["event"]], ["starting", "ready"], "first and last")

    def a_port_in_use_is_told_with_its_option(self):
        with self.server("first") as first:
            first.start()
            for option, url in (("api.listen", first.ready["api"]), ("ingest.listen", first.ready["ingest"])):
                with self.server("second", [f"--{option}", url.removeprefix("http://")]) as second:
                    self.refused(second, f"{option}: listen on", "Address already in use")

    def refused_records_leave_a_line(self):
        with self.server("refusals") as server:
            server.start()
            url = server.api.create_source("shop")
            server.api.create_sink("shop", "orders", "in.c-shop.orders", [mr.path_column("n", "n")])
            with mr.Wire(server.ingest_address()) as wire:
                for _ in range(3):
                    mr.check_equal(wire.post(url, b"{}", {"Content-Type": "application/json"}).status, 422, "refused")
            lines = [json.loads(line) for line in read(server.log_path).splitlines() if "record_refused" in line]
            mr.check(1 <= len(lines) <= 3, f"{lines}")
            mr.check_equal([lines[0][key] for key in ("level", "source", "sink", "error", "reason")],
                           ["info", "shop", "orders", "stream.in.pathNotFound",
                            'column "n": path "n" not found in the body'], "the line")

    def closed_descriptors_do_not_become_files_of_the_service(self):
        for name, closed in (("closed", (2,)), ("all-closed", (0, 1, 2))):
            with self.server(name) as server:
                server.prepare = lambda descriptors=closed: [os.close(one) for one in descriptors]
                server.start()
                run_a_row_through(server)
                mr.check_equal(read(os.path.join(server.data_dir, "lock")), f"{server.process.pid}\n", "the lock file")

    def signals_end_it_orderly_or_not_at_all(self):
        with self.server("signals") as server:
            server.start()
            for ignored in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGXFSZ, signal.SIGPIPE):
                server.process.send_signal(ignored)
            run_a_row_through(server)
            server.process.send_signal(signal.SIGHUP)
            server.process.send_signal(signal.SIGHUP)  # a terminal may send several
            mr.check_equal(server.process.wait(mr.STOP_TIMEOUT_S), 0, "exit code")
            mr.check('"event":"stopped"' in read(server.log_path), "no orderly end")

            server.prepare = lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
            server.start()
            server.process.send_signal(signal.SIGHUP)
            server.api.do("PATCH", server.api.source_path("shop"), {"name": "Still here"})
            mr.check_equal(server.stop(), 0, "exit code")

    def a_body_that_stalls_holds_a_stop_up_for_its_time_only(self):
        """Killed after 10 s, a container would replay its journal at each start."""
        with self.server("stalls", ["--ingest.stop-time", "500ms"]) as server:
            server.start()
            url = server.api.create_source("stalls")
            with mr.Wire(server.ingest_address()) as stalled, mr.Wire(server.ingest_address()) as whole:
                stalled.send(f"POST {url} HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n1".encode())
                mr.check_equal(whole.post(url, b"12").status, 200, "another one")
                began = time.monotonic()
                server.process.send_signal(signal.SIGTERM)
                mr.check_equal(stalled.answer(), None, "of the body that stalls")
                mr.check_equal(server.process.wait(20), 0, "exit status")
                took = time.monotonic() - began
                mr.check(0.5 <= took < 8, f"the stop took {took:.1f} s")

    def only_a_regular_file_is_a_ready_file(self):
        os.mkdir(self.path("a-folder"))
        os.mkfifo(self.path("a-fifo"))
        with open(self.path("elsewhere"), "w", encoding="ascii") as file:
            file.write("precious")
        os.symlink(self.path("elsewhere"), self.path("a-link"))
        os.symlink(self.path("elsewhere"), self.path("new.tmp"))
        for name in ("a-folder", "a-fifo", "a-link"):
            with self.server("ready", ["--ready-file", self.path(name)]) as server:
                self.refused(server, "not a regular file")
            mr.check(os.path.lexists(self.path(name)), f"{name} is gone")
        with self.server("ready", ["--ready-file", self.path("new")]) as server:
            self.refused(server, "new.tmp", "not a regular file")
        mr.check_equal(read(self.path("elsewhere")), "precious", "the file that links lead to")
        with self.server("ready", ["--ready-file", self.path("elsewhere")]) as server:
            server.launch()
            mr.wait_until(lambda: is_json(self.path("elsewhere")), START_TIMEOUT_S, "the ready file is replaced")

    # what is refused before the start

    def a_configuration_that_is_none_is_refused(self):
        os.mkfifo(self.path("fifo.toml"))
        with open(self.path("deep.toml"), "w", encoding="ascii") as file:
            file.write("a = " + "[" * 100_000)
        for name, text in (("fifo.toml", "not a regular file"), ("deep.toml", "nested deeper")):
            with self.server("config", ["--config", self.path(name)]) as server:
                self.refused(server, text)
                mr.check_equal(server.process.returncode, 2, "exit code")
        with self.server("config", env={"MILLRACE_ADMIN_TOKEN": "x"}) as server:
            self.refused(server, "MILLRACE_ADMIN_TOKEN: must be 16 to 200", "openssl rand")

    # a sink that does not compile any more

    def a_broken_sink_stops_its_source_only(self):
        with self.server("broken") as server:
            server.start()
            api = server.api
            paths = {source: api.create_source(source) for source in ("good", "bad")}
            for source in paths:
                api.create_sink(source, "rows", f"in.c-{source}.rows", [mr.path_column("n", "n")])
            server.stop()
            catalog = sqlite3.connect(os.path.join(server.data_dir, "catalog.sqlite"))
            with catalog:
                changed = catalog.execute(
                    "UPDATE sinks SET columns = replace(columns, '\"path\":\"n\"', '\"path\":\"n[1000000000]\"')"
                    " WHERE source = 'bad'").rowcount
            catalog.close()
            mr.check_equal(changed, 1, "sinks that are broken")

            server.start()
            api = server.api

            def send(source):
                return mr.request(server.ready["ingest"], "POST", paths[source], b'{"n":1}',
                                  {"Content-Type": "application/json"})

            mr.check_equal(send("good").status, 200, "the other source")
            answer = send("bad")
            mr.check_equal((answer.status, answer.json()["error"]), (503, "stream.in.sinkBroken"), "the source")
            mr.check("Retry-After" in answer.headers, "no Retry-After")
            mr.check('"event":"sink_broken"' in read(server.log_path), "no line in the log")
            body = {"table": {"mapping": {"columns": [mr.path_column("n", "n")]}}}
            api.do("PATCH", api.sink_path("bad", "rows"), body)
            mr.check_equal(send("bad").status, 200, "after the correction")

    def all(self):
        return [self.no_file_is_open_to_others, self.no_secret_is_in_the_data,
                self.without_its_key_file_it_does_not_start, self.secrets_get_another_key,
                self.a_folder_without_a_catalog_keeps_its_key,
                self.a_log_that_nobody_reads_holds_nothing_up,
                self.the_log_is_text_at_a_terminal_and_says_where_things_are,
                self.a_port_in_use_is_told_with_its_option, self.refused_records_leave_a_line,
                self.closed_descriptors_do_not_become_files_of_the_service,
                self.signals_end_it_orderly_or_not_at_all,
                self.a_body_that_stalls_holds_a_stop_up_for_its_time_only, self.only_a_regular_file_is_a_ready_file,
                self.a_configuration_that_is_none_is_refused, self.a_broken_sink_stops_its_source_only]


def metric(api, name):
    for line in api.call("GET", "/metrics").body.decode().splitlines():
        if line.startswith(name + " "):
            return int(line.rsplit(" ", 1)[1])
    raise mr.Failure(f"no metric {name}")


def keys_in(path):
    return [line for line in read(path).splitlines() if line.startswith("millrace-key-1 ")]


def is_json(path):
    return os.path.exists(path) and read(path).startswith("{")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def files_below(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(parent, name)


def expect_closed(folder):
    for file in files_below(folder):
        mode = stat.S_IMODE(os.stat(file).st_mode)
        allowed = 0o600 if os.path.basename(file) in ("secrets.key", "admin-token") else 0o640
        mr.check(mode & ~allowed == 0, f"{file} is {mode:o}")


def secret_of(server):
    return server.api.get(server.api.source_path("shop"))["http"]["url"].rsplit("/", 1)[1]


def run_a_row_through(server):
    """A source, a sink, a row in its table; returns the secret of the source."""
    api = server.api
    path = api.create_source("shop")
    api.create_sink("shop", "orders", "in.c-shop.orders", [mr.path_column("n", "n")], {mr.IMPORT_COUNT: 1})
    answer = mr.request(server.ready["ingest"], "POST", path, b'{"n":1}', {"Content-Type": "application/json"})
    mr.check_equal(answer.status, 200, "answer")
    api.wait_drained("shop", "orders")
    mr.check_equal(len(server.rows("in.c-shop.orders")), 1, "rows")
    return secret_of(server)


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "process",
                              lambda arguments: Cases(arguments.binary, arguments.folder).all()))
