#!/usr/bin/env python3
"""Flush: what a sink has accepted is in its table when the task ends.

Goal    all rows of before the call are there, whatever else comes meanwhile; a table that cannot take them is named as
        the reason, and costs nothing.
Method  the real binary with conditions that no test would wait for.
"""

import contextlib
import os
import sqlite3
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

COLUMNS = [mr.path_column("n", "n")]
NEVER = {mr.IMPORT_COUNT: 10_000_000}
ROWS = 50


def source(server, name, sinks=1):
    """The path of a new source."""
    path = server.api.create_source(name)
    for number in range(sinks):
        server.api.create_sink(name, f"sink-{number}", f"in.c-{name}.t{number}", COLUMNS, NEVER)
    return path


def post(server, path, n):
    answer = mr.request(server.ready["ingest"], "POST", path, b'{"n": %d}' % n, {"Content-Type": "application/json"})
    mr.check_equal(answer.status, 200, f"{answer!r}")


def flush(server, name, sink="sink-0"):
    return server.api.task("POST", server.api.sink_path(name, sink) + "/flush")


def numbers(server, name, table="t0"):
    return [int(n) for (n,) in server.rows(f"in.c-{name}.{table}", "n")]


def cases(server):
    def all_rows_of_before_are_in_the_table():
        path = source(server, "before")
        for n in range(ROWS):
            post(server, path, n)
        task = flush(server, "before")
        mr.check_equal(task["status"], "success", f"{task}")
        mr.check_equal(sorted(numbers(server, "before")), list(range(ROWS)), "rows")

    def rows_that_come_meanwhile_are_not_waited_for():
        path = source(server, "traffic")
        stop = threading.Event()
        sent = [0]

        def send():
            while not stop.is_set():
                post(server, path, sent[0])
                sent[0] += 1

        sender = threading.Thread(target=send)
        sender.start()
        try:
            for _ in range(5):
                mr.wait_until(lambda: sent[0] > 0, 10, "a row")
                before = sent[0]
                mr.check_equal(flush(server, "traffic")["status"], "success", "flush")
                mr.check(set(range(before)) <= set(numbers(server, "traffic")), f"the first {before} rows")
        finally:
            stop.set()
            sender.join()

    def nothing_to_flush_is_a_success():
        source(server, "empty")
        mr.check_equal(flush(server, "empty")["status"], "success", "flush")

    def each_sink_for_itself():
        path = source(server, "two", sinks=2)
        post(server, path, 1)
        mr.check_equal(flush(server, "two", "sink-1")["status"], "success", "flush")
        mr.check_equal(numbers(server, "two", "t1"), [1], "rows of the flushed sink")
        mr.check_equal(numbers(server, "two", "t0"), [], "rows of the other one")

    def a_disabled_sink_has_nothing_left():
        path = source(server, "disabled")
        post(server, path, 1)
        server.api.do("PUT", server.api.source_path("disabled") + "/disable")
        mr.check_equal(flush(server, "disabled")["status"], "success", "flush")
        mr.check_equal(numbers(server, "disabled"), [1], "rows")

    def counts_that_were_reset_hide_no_file():
        path = source(server, "reset")
        post(server, path, 1)
        server.api.call("DELETE", server.api.sink_path("reset", "sink-0") + "/statistics/clear")
        mr.check_equal(flush(server, "reset")["status"], "success", "flush")
        mr.check_equal(numbers(server, "reset"), [1], "rows")

    def a_table_that_takes_no_rows_is_the_reason():
        path = source(server, "refused")
        post(server, path, 1)
        mr.check_equal(flush(server, "refused")["status"], "success", "the first flush")
        with contextlib.closing(sqlite3.connect(server.table_path("in.c-refused.t0")[0])) as database:
            database.execute("CREATE TRIGGER refuse BEFORE INSERT ON t0 BEGIN SELECT RAISE(ROLLBACK, 'not today'); END")
        post(server, path, 2)
        task = flush(server, "refused")
        mr.check_equal(task["status"], "error", f"{task}")
        mr.check("not today" in task["error"], f"{task}")
        with contextlib.closing(sqlite3.connect(server.table_path("in.c-refused.t0")[0])) as database:
            database.execute("DROP TRIGGER refuse")
        server.api.wait_drained("refused", "sink-0")
        mr.check_equal(sorted(numbers(server, "refused")), [1, 2], "rows, once the table takes them")

    def a_sink_that_is_not_there():
        answer = server.api.call("POST", server.api.sink_path("before", "none") + "/flush")
        mr.check_equal((answer.status, answer.json()["error"]), (404, "stream.api.sinkNotFound"), f"{answer!r}")

    return [all_rows_of_before_are_in_the_table, rows_that_come_meanwhile_are_not_waited_for, nothing_to_flush_is_a_success,
            each_sink_for_itself, a_disabled_sink_has_nothing_left, counts_that_were_reset_hide_no_file,
            a_table_that_takes_no_rows_is_the_reason, a_sink_that_is_not_there]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__.splitlines()[0], "flush", cases))
