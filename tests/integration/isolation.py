#!/usr/bin/env python3
"""What is slow holds up nothing that has nothing to do with it, on the real binary.

Goal    rows of other buckets are visible while imports into some buckets take long.
Method  tables whose triggers make every row take its time, so that their imports run until the test has seen what
        it looks for; other rows must arrive meanwhile. With --big-mb N the figure instead: one import of N MB, and 50
        imports of small files beside it, with the times from their 200 to their rows.
"""

import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

BODY = [{"type": "body", "name": "body"}]
AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
SLOW_SINKS = 6  # more than may be long at once
SLOW_ROWS = 40  # each of them takes a second or more
BURN = """CREATE TRIGGER slow BEFORE INSERT ON rows BEGIN SELECT count(*) FROM
 (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT i FROM n); END"""
SMALL = 50


def table_of(source):
    return f"in.c-{source}.rows"


class Isolation:
    def __init__(self, server):
        self.server = server
        self.paths = {}

    def create(self, source, settings=None):
        self.paths[source] = self.server.api.create_source(source)
        self.server.api.create_sink(source, "rows", table_of(source), BODY, settings or AT_ONCE)

    def post(self, source, body=b"x", headers=None):
        with mr.Wire(self.server.ingest_address()) as wire:
            mr.check_equal(wire.post(self.paths[source], body, headers or {}).status, 200, "an event")

    def in_table(self, source):
        return self.server.rows(table_of(source), "count(*)")[0][0]

    def make_slow(self, source):
        with mr.sqlite3.connect(self.server.table_path(table_of(source))[0]) as connection:
            connection.execute(BURN)
        connection.close()

    def end_slowness(self, source):
        """The imports under way are given up with the service; the next ones are quick."""
        with mr.sqlite3.connect(self.server.table_path(table_of(source))[0], timeout=60) as connection:
            connection.execute("DROP TRIGGER slow")
        connection.close()

    def slow_imports_hold_up_no_other_bucket(self):
        slow = [f"slow-{number}" for number in range(SLOW_SINKS)]
        self.create("quick")
        for source in slow:
            self.create(source, {mr.UPLOAD_COUNT: SLOW_ROWS, mr.IMPORT_COUNT: SLOW_ROWS})
            self.make_slow(source)
        lines = {"Content-Type": "application/x-ndjson"}
        for source in slow[:2]:
            self.post(source, b"{}\n" * SLOW_ROWS, lines)
        for source in slow[:2]:
            mr.wait_until(lambda source=source: self.server.api.records_at(source, "rows", "staging") == SLOW_ROWS, 20,
                          f"rows of {source} on their way into the table")
        for number in range(10):
            self.post("quick")
            mr.wait_until(lambda number=number: self.in_table("quick") == number + 1, 20, "a row of another bucket")
        for source in slow[:2]:
            mr.check_equal(self.in_table(source), 0, f"rows of {source} by then: was it slow enough?")

    def a_stop_gives_slow_imports_up_and_the_next_start_repeats_them(self):
        started = time.monotonic()
        mr.check_equal(self.server.stop(), 0, "exit status")
        print(f"stopped after {time.monotonic() - started:.1f} s", flush=True)
        for source in ("slow-0", "slow-1"):
            self.end_slowness(source)
        self.server.start()
        for source in ("slow-0", "slow-1"):
            mr.wait_until(lambda source=source: self.in_table(source) == SLOW_ROWS, 60, f"rows of {source}")

    def small_files_beside_one_of(self, megabytes, p99_max_s):
        self.create("big", {mr.UPLOAD_COUNT: 10_000_000, mr.UPLOAD_SIZE: "50MB", mr.UPLOAD_INTERVAL: "30m",
                            mr.IMPORT_COUNT: 10_000_000, mr.IMPORT_SIZE: "500MB", mr.IMPORT_INTERVAL: "24h"})
        small = [f"small-{number}" for number in range(SMALL)]
        for source in small:
            self.create(source)
        line = b'{"text":"' + b"0123456789abcdef" * 15 + b'"}\n'
        batch = line * (900_000 // len(line))
        sent = 0
        while sent < megabytes << 20:
            self.post("big", batch, {"Content-Type": "application/x-ndjson"})
            sent += len(batch)
        self.server.api.patch_sink("big", "rows", {mr.IMPORT_COUNT: 1})
        mr.wait_until(lambda: self.server.api.records_at("big", "rows", "local") == 0, 120, "the big file is staged")
        begun = time.monotonic()
        times = []
        lock = threading.Lock()

        def one(source):
            self.post(source)
            answered = time.monotonic()
            mr.wait_until(lambda: self.in_table(source) == 1, 60, "a small row")
            with lock:
                times.append(time.monotonic() - answered)

        threads = []
        for source in small:
            threads.append(threading.Thread(target=one, args=(source,)))
            threads[-1].start()
            time.sleep(0.05)  # all of them while the big one runs
        for thread in threads:
            thread.join()
        beside = self.in_table("big") == 0
        mr.wait_until(lambda: self.in_table("big") > 0, 600, "the big file")
        times.sort()
        print(f"{megabytes} MB took {time.monotonic() - begun:.1f} s; {len(times)} small files: median {times[len(times) // 2]:.3f} s,"
              f" p99 {times[-1]:.3f} s{'' if beside else '; some of them after the big one'}", flush=True)
        mr.check_equal(len(times), SMALL, "small files")
        mr.check(times[-1] < p99_max_s, f"p99 {times[-1]:.3f} s")


def add_options(parser):
    parser.add_argument("--big-mb", type=int, help="measure: one import of so many MB, and small ones beside it")
    parser.add_argument("--p99-max", type=float, default=1.0, help="with --big-mb: seconds from 200 to the row")


def suite(arguments):
    with mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start() as server:
        isolation = Isolation(server)

        def the_figure():
            isolation.small_files_beside_one_of(arguments.big_mb, arguments.p99_max)

        return mr.run_cases([the_figure] if arguments.big_mb else [
            isolation.slow_imports_hold_up_no_other_bucket,
            isolation.a_stop_gives_slow_imports_up_and_the_next_start_repeats_them])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "isolation", suite, add_options=add_options))
