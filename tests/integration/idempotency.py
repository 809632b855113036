#!/usr/bin/env python3
"""Requests that are sent again with their key, on the real binary.

Goal    the same key inside the window writes nothing and gets the first answer: after kills, checkpoints, restarts
        and a new secret; and when the window is shorter than its setting, a metric says so.
Method  one source for each case; every row is imported at once, so the tables tell what was written.
"""

import glob
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

JSON = {"Content-Type": "application/json"}
SHORTENED = "millrace_idempotency_window_shortened_total"


class Cases:
    def __init__(self, server):
        self.server = server

    def make(self, name, columns=None, settings=None):
        """A source with a sink of that name and a table of bodies; returns the path of its URL."""
        path = self.server.api.create_source(name)
        if settings:
            self.set(name, settings)
        self.server.api.create_sink(name, name, f"in.c-keys.{name}", columns or [{"type": "body", "name": "body"}],
                                    {mr.IMPORT_COUNT: 1})
        return path

    def set(self, name, settings):
        body = {"settings": [{"key": f"source.http.{key}", "value": value} for key, value in settings.items()]}
        self.server.api.do("PATCH", self.server.api.source_path(name) + "/settings", body)

    def post(self, path, key, body=b"{}", header="Idempotency-Key", **headers):
        return mr.request(self.server.ready["ingest"], "POST", path, body, {**JSON, header: key, **headers})

    def first(self, path, key, body=b"{}", **headers):
        answer = self.post(path, key, body, **headers)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, None), f"{key}: {answer!r}")
        return answer

    def again(self, path, key, body=b"{}", **headers):
        answer = self.post(path, key, body, **headers)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, "true"), f"{key}: {answer!r}")
        return answer

    def check_rows(self, name, wanted):
        self.server.api.wait_drained(name, name)
        mr.check_equal(sorted(body for (body,) in self.server.rows(f"in.c-keys.{name}")), sorted(wanted), f"rows of {name}")

    def metric(self, line):
        """The value of the sample that begins so."""
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        found = [sample for sample in text.splitlines() if sample.startswith(line + " ")]
        mr.check(found, f"no {line} in the metrics")
        return int(found[0].rpartition(" ")[2])

    def the_same_request_is_written_once(self):
        path = self.make("once")
        before = self.metric('millrace_records_total{result="duplicate"}')
        mr.check_equal(self.first(path, '"a"').body, b"OK", "first")
        mr.check_equal(self.again(path, "a").body, b"OK", "again")
        verbose = self.first(path + "?verbose=true", "b", b'{"b":1}')
        mr.check_equal(self.again(path, "b", b'{"b":1}').body, verbose.body, "the first report, though nobody asked for one")
        # They are counted when they have been answered.
        mr.wait_until(lambda: self.metric('millrace_records_total{result="duplicate"}') - before >= 2, 10, "duplicates counted")
        mr.check_equal(self.metric('millrace_records_total{result="duplicate"}') - before, 2, "duplicates counted")
        for answer in (self.post(path, "a", b'{"other":1}'), self.post(path, "a", b"{}", **{"Content-Type": "text/plain"})):
            mr.check_equal((answer.status, answer.json()["error"]), (422, "stream.in.keyReused"), "another request")
        for key in ("", "a b", "k" * 256, '"a'):
            answer = self.post(path, key)
            mr.check_equal((answer.status, answer.json()["error"]), (400, "stream.in.badRequest"), f"key {key!r}")
        with mr.Wire(self.server.ingest_address()) as wire:
            answer = wire.post(path, b"{}", {"Idempotency-Key": "x", "idempotency-key": "x"})
            mr.check_equal(answer.status, 400, "two keys")
        self.check_rows("once", ["{}", '{"b":1}'])

    def the_source_names_the_header(self):
        path = self.make("header", settings={"idempotency.header": "X-GitHub-Delivery"})
        self.first(path, "a", header="x-github-delivery")
        self.again(path, "a", header="X-GitHub-Delivery")
        for _ in range(2):
            mr.check_equal(self.post(path, "a").headers["idempotency-replayed"], None, "the other header means nothing")
        self.check_rows("header", ["{}"] * 3)

    def a_refused_request_may_be_corrected(self):
        path = self.make("refused", [mr.path_column("n", "n")])
        mr.check_equal(self.post(path, "a", b"{}").status, 422, "without n")
        self.first(path, "a", b'{"n":"1"}')
        self.again(path, "a", b'{"n":"1"}')
        self.check_rows("refused", ["1"])

    def a_batch_and_its_rejects_are_kept_once(self):
        path = self.make("batch", [mr.path_column("n", "n")])
        self.server.api.patch_sink("batch", "batch", {"mapping.onError": "keep"})
        lines = {"Content-Type": "application/x-ndjson"}
        body = b'{"n":"1"}\n{}\n{"n":"2"}\n'
        report = self.first(path + "?verbose=true", "a", body, **lines)
        mr.check(b'"kept": 1' in report.body, f"{report!r}")
        for _ in range(3):
            mr.check_equal(self.again(path, "a", body, **lines).body, report.body, "report")
        self.first(path, "b", b"{}")  # kept, and nothing else
        self.again(path, "b", b"{}")
        self.check_rows("batch", ["1", "2"])
        rejects = self.server.api.get(self.server.api.sink_path("batch", "batch") + "/rejects")
        mr.check_equal(len(rejects["rejects"]), 2, "rejects")

    def keys_survive_kills_checkpoints_and_a_new_secret(self):
        path = self.make("lives")
        bodies = [b'{"life":%d}' % life for life in range(4)]
        for life, body in enumerate(bodies):
            self.first(path, f"key-{life}", body)
            if life % 2 == 0:
                self.server.kill()
            else:
                mr.check_equal(self.server.stop(), 0, "exit status")  # with a checkpoint
            self.server.start()
            for number in range(life + 1):
                self.again(path, f"key-{number}", bodies[number])
        mr.check_equal(self.server.api.call("POST", self.server.api.source_path("lives") + "/rotate-secret").status, 200, "rotation")
        url = self.server.api.get(self.server.api.source_path("lives"))["http"]["url"]
        renewed = urllib.parse.urlsplit(url).path
        mr.check(renewed != path, "the secret is the old one")
        self.set("lives", {"idempotency.window": "2h"})
        for number, body in enumerate(bodies):
            self.again(renewed, f"key-{number}", body)
        self.check_rows("lives", [body.decode() for body in bodies])

    def a_damaged_file_of_keys_is_named_and_the_others_count(self):
        path = self.make("damaged")

        def restart():
            mr.check_equal(self.server.stop(), 0, "exit status")
            files = set(glob.glob(os.path.join(self.server.data_dir, "volumes/default/journal/keys-*")))
            return files

        self.first(path, "a", b'"a"')
        before = restart()
        self.server.start()
        self.first(path, "b", b'"b"')
        (newest,) = restart() - before
        with open(newest, "r+b") as file:
            file.seek(100)
            byte = file.read(1)
            file.seek(100)
            file.write(bytes([byte[0] ^ 1]))
        self.server.start()
        mr.check("keys_damaged" in self.server.log_tail(200), "the file is not named in the log")
        self.again(path, "a", b'"a"')
        self.first(path, "b", b'"b"')
        self.check_rows("damaged", ['"a"', '"b"', '"b"'])

    def a_shortened_window_is_counted(self):
        path = self.make("short", settings={"idempotency.keys": 2})
        before = self.metric(SHORTENED + '{by="count"}')
        for key in ("a", "b", "c"):
            self.first(path, key)
        self.again(path, "c")
        self.again(path, "b")
        self.first(path, "a")
        mr.check_equal(self.metric(SHORTENED + '{by="count"}') - before, 2, "keys forgotten early")
        mr.check_equal(self.metric(SHORTENED + '{by="memory"}'), 0, "by memory")
        mr.check(self.metric("millrace_idempotency_keys") >= 2, "keys")
        mr.check(self.metric("millrace_idempotency_memory_bytes") > 0, "bytes")

    def a_key_ends_with_its_window(self):
        path = self.make("window", settings={"idempotency.window": "1s"})
        self.first(path, "a")
        self.again(path, "a")
        mr.wait_until(lambda: self.post(path, "a").headers["idempotency-replayed"] is None, 10, "the window ends")
        self.check_rows("window", ["{}"] * 2)

    def in_order(self):
        return [self.the_same_request_is_written_once, self.the_source_names_the_header,
                self.a_refused_request_may_be_corrected, self.a_batch_and_its_rejects_are_kept_once,
                self.keys_survive_kills_checkpoints_and_a_new_secret,
                self.a_damaged_file_of_keys_is_named_and_the_others_count,
                self.a_shortened_window_is_counted, self.a_key_ends_with_its_window]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "idempotency", lambda server: Cases(server).in_order()))
