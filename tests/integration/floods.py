#!/usr/bin/env python3
"""Requests that cost much more than they are, and what the others have of the service meanwhile.

Goal    whoever has the secret of a source, or a read-only token, slows down nobody else.
Method  the real binary; hostile requests beside a sender of another source and those who ask whether
        it lives; the longest any of them has waited is far below what the hostile work takes.
"""

import gzip
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

LINES = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
SKIP = {"settings": [{"key": "source.http.badRecords", "value": "skip"}]}
SINKS = 20
DECODED = 8 << 20  # limits.decoded-size
WAIT_MAX_S = 0.5   # of others; the machine may be busy, and each of these requests took seconds
# About 0.3 s of a processor.
SLOW = ("std.foldl(function(a, i) std.foldl(function(b, j) b + j, std.range(0, 1000), a), "
        "std.range(0, 100), 0) + std.length(Body('x'))")


class Watch:
    """Asks again and again, in threads of its own, and notes the longest wait."""

    def __init__(self, *asks):
        self.asks = asks
        self.longest = [0.0] * len(asks)
        self.failures = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(len(asks))]

    def run(self, i):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                self.asks[i]()
            except Exception as problem:  # told of by check()
                self.failures.append(f"{problem!r}")
            self.longest[i] = max(self.longest[i], time.monotonic() - began)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def check(self, what):
        print(f"{what}: the others have waited {', '.join(f'{1000 * s:.0f}' for s in self.longest)} ms at most")
        mr.check_equal(self.failures, [], f"{what}: failures of the others")
        mr.check(max(self.longest) < WAIT_MAX_S, f"{what}: the others have waited {self.longest} s")


class Cases:
    def __init__(self, server):
        self.server = server
        self.api = server.api
        self.victim = self.make("victim", [{"type": "body", "name": "b"}])
        self.hostile = self.make("hostile", [mr.path_column("a", "a")], SINKS)
        self.api.do("PATCH", self.api.source_path("hostile") + "/settings", SKIP)

    def make(self, source, columns, sinks=1):
        path = self.api.create_source(source)
        for i in range(sinks):
            self.api.create_sink(source, f"{source}-{i}", f"in.c-floods.{source}-{i}", columns)
        return path

    def post(self, path, body, headers=None):
        return mr.request(self.server.ready["ingest"], "POST", path, body, headers, timeout_s=120)

    def lives(self):
        mr.check_equal(mr.request(self.server.ready["ingest"], "GET", "/health-check").status, 200, "/health-check")

    def send_one(self):
        mr.check_equal(self.post(self.victim, b"x").status, 200, "another sender")

    def beside(self, what, body, headers):
        coded = gzip.compress(body)
        with Watch(self.lives, self.send_one) as watch:
            answer = self.post(self.hostile, coded, headers)
        watch.check(f"{what}, {len(coded) >> 10} KB")
        return answer

    def lines_that_become_no_rows_hold_up_nobody(self):
        for line in (b"x\n", b"{}\n"):
            answer = self.beside(f"lines {line!r}", line * (DECODED // len(line)), LINES)
            mr.check_equal((answer.status, answer.json()["error"]), (413, "stream.in.tooManyRecords"), f"{answer!r}")
        answer = self.beside("lines that are allowed", b"x\n" * 100_000, LINES)
        mr.check_equal((answer.status, answer.json()["rejected"]), (200, 100_000), f"{answer!r}")
        answer = self.beside("empty lines", b"\n" * DECODED, LINES)
        mr.check_equal(answer.status, 200, f"{answer!r}")

    def forms_of_very_many_keys_hold_up_nobody(self):
        for pair in (b"a=1&", b"a[]=&", b"&"):
            answer = self.beside(f"a form of {pair!r}", pair * (DECODED // len(pair)), FORM)
            mr.check(answer.status in (413, 422), f"{answer!r}")

    def values_of_white_space_hold_up_nobody(self):
        body = b'{"a":[' + b" " * (DECODED - 10) + b"]}"
        answer = self.beside("a value of white space", body, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        mr.check_equal(answer.status, 200, f"{answer!r}")

    def a_large_batch_is_taken_whole(self):
        lines = b"".join(b'{"a":%d}\n' % i for i in range(200_000))
        path = self.make("large", [mr.path_column("a", "a")])
        with Watch(self.lives, self.send_one) as watch:
            answer = self.post(path, gzip.compress(lines), LINES)
        watch.check("a large batch")
        mr.check_equal(answer.status, 200, f"{answer!r}")
        self.api.do("PUT", self.api.source_path("large") + "/disable")
        self.api.wait_drained("large", "large-0")
        rows = self.server.rows("in.c-floods.large-0", "count(*), count(DISTINCT a)")
        mr.check_equal(tuple(rows[0]), (200_000, 200_000), "rows")

    def tests_of_slow_templates_leave_the_api_its_threads(self):
        self.make("slow", [mr.template_column("t", SLOW)])
        token = self.api.call("POST", "/v1/tokens", {"description": "reader", "role": "readonly"}).json()["token"]
        statuses = []

        def test():
            answer = mr.request(self.server.ready["api"], "POST", self.api.source_path("slow") + "/test", b'{"x":""}',
                                {"X-StorageApi-Token": token, "Content-Type": "application/json"}, timeout_s=120)
            statuses.append((answer.status, answer.headers.get("retry-after")))

        def api_lives():
            mr.check_equal(mr.request(self.server.ready["api"], "GET", "/health-check").status, 200, "of the API")

        threads = [threading.Thread(target=test) for _ in range(64)]
        with Watch(api_lives) as watch:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        watch.check("64 tests of a slow template")
        mr.check({200, 422} & {status for status, _ in statuses}, f"none was evaluated: {statuses}")
        mr.check((503, "1") in statuses, f"{statuses}")

    def in_order(self):
        return [self.lines_that_become_no_rows_hold_up_nobody, self.forms_of_very_many_keys_hold_up_nobody,
                self.values_of_white_space_hold_up_nobody, self.a_large_batch_is_taken_whole,
                self.tests_of_slow_templates_leave_the_api_its_threads]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__.splitlines()[0], "floods", lambda server: Cases(server).in_order()))
