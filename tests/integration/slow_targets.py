#!/usr/bin/env python3
"""A target that hangs beside one that works, on the real binary and a real PostgreSQL.

Goal    a database that answers nothing holds up no import into another target and no change of another sink; its files
        show when they are tried again, also after a kill; when it goes on its rows come in order, while events are taken.
Method  all processes of the database are stopped by SIGSTOP: it takes connections, and says nothing. More sinks wait
        for it than there are workers for one target.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
FAR = 10  # sinks in the database; more than it has imports at once
NEAR = 4  # sinks in the embedded target, each in a bucket of its own
SOON_S = 10  # for a row of the embedded target, on a busy machine
CHANGE_S = 60  # for a change that waits for one of the database to be given up


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as children:
        return [int(child) for child in children.read().split()]


@contextlib.contextmanager
def hanging(database):
    """The sessions last: a stopped server starts none."""
    stopped = [database.process.pid]
    os.kill(stopped[0], signal.SIGSTOP)
    for child in children_of(stopped[0]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGSTOP)
            stopped.append(child)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


class SlowTargets:
    def __init__(self, server, database):
        self.server = server
        self.database = database
        self.paths = {}
        self.sent = {}

    def create(self, name, target=None):
        self.paths[name] = self.server.api.create_source(name)
        self.sent[name] = []
        task = self.create_sink(name, target)
        mr.check_equal(task["status"], "success", repr(task))
        self.server.api.patch_sink(name, "rows", AT_ONCE)

    def create_sink(self, name, target):
        body = mr.sink_body("rows", f"in.c-{name}.rows", [mr.path_column("id", "id")])
        if target:
            body["table"]["target"] = target
        return self.server.api.task("POST", f"{self.server.api.source_path(name)}/sinks", body)

    def post(self, name):
        record = str(len(self.sent[name]))
        with mr.Wire(self.server.ingest_address()) as wire:
            answer = wire.post(self.paths[name], json.dumps({"id": record}).encode(), {"Content-Type": "application/json"})
            mr.check_equal(answer.status, 200, f"an event: {answer}")
        self.sent[name].append(record)

    def rows_near(self, name):
        return [row[0] for row in self.server.rows(f"in.c-{name}.rows", "id", "ORDER BY rowid")]

    def rows_far(self, name):
        return [row[0] for row in self.database.rows(f'SELECT id FROM "in.c-{name}".rows ORDER BY ctid')]

    def failed_files(self, name):
        return self.server.api.get(self.server.api.sink_path(name, "rows") + "/statistics/files?failedFiles=true")["files"]

    def a_database_that_hangs_holds_up_nothing_else(self):
        near = [f"near-{number}" for number in range(NEAR)]
        far = [f"far-{number}" for number in range(FAR)]
        for name in near:
            self.create(name)
        for name in far:
            self.create(name, "warehouse")
            self.post(name)
            self.server.api.wait_drained(name, "rows")
        with hanging(self.database):
            for name in far * 3:
                self.post(name)
            slowest = 0
            for name in near * 5:
                begun = time.monotonic()
                self.post(name)
                mr.wait_until(lambda name=name: self.rows_near(name) == self.sent[name], SOON_S, f"a row of {name}")
                slowest = max(slowest, time.monotonic() - begun)
            print(f"beside a database that hangs: the slowest of {NEAR * 5} rows took {slowest:.2f} s", flush=True)
            self._changes_of_others_go_on()
            self._the_next_try_is_shown_and_kept(far[0])
            for name in far:
                mr.check_equal(self.server.api.records_at(name, "rows", "target"), 1, f"rows of {name} in the table")
        for name in far + near:
            self.post(name)
        self._all_is_there(far, near)

    def _changes_of_others_go_on(self):
        self.paths["stuck"] = self.server.api.create_source("stuck")
        ended = []
        stuck = threading.Thread(target=lambda: ended.append(self.create_sink("stuck", "warehouse")))
        begun = time.monotonic()
        stuck.start()
        self.create("beside")
        took = time.monotonic() - begun
        mr.check(took < CHANGE_S, f"a change beside one that hangs took {took:.1f} s")
        print(f"a change beside one of the database that hangs: {took:.1f} s", flush=True)
        stuck.join()
        mr.check_equal(ended[0]["status"], "error", "a sink of a database that hangs")

    def _the_next_try_is_shown_and_kept(self, name):
        mr.wait_until(lambda: self.failed_files(name), 60, f"a file of {name} has failed")
        before = self.failed_files(name)[0]
        mr.check(before["retryAfter"] and before["retryReason"], repr(before))
        self.server.kill()
        self.server.start()
        after = [file for file in self.failed_files(name) if file["fileId"] == before["fileId"]]
        mr.check(after and after[0]["retryAttempt"] >= before["retryAttempt"], f"{before}, after a kill {after}")

    def _all_is_there(self, far, near):
        for name in far:
            self.server.api.wait_drained(name, "rows")
            mr.check_equal(self.rows_far(name), self.sent[name], f"rows of {name}, in their order")
        for name in near:
            self.server.api.wait_drained(name, "rows")
            mr.check_equal(self.rows_near(name), self.sent[name], f"rows of {name}")

    def imports_is_checked(self):
        bad = mr.Server(self.server.binary, self.server.data_dir + "-bad", args=["--target", "default.imports=0",
                                                                                "--target", "default.kind=sqlite"])
        bad.launch()
        mr.check_equal(bad.process.wait(60), 1, "exit status")
        mr.check("imports must be a number from 1 to 32" in bad.log_tail(), bad.log_tail())


def suite(arguments):
    with postgres_database.Database() as database:
        options = {"kind": "postgres", "dsn": database.dsn, "connect-timeout": "1s", "statement-timeout": "1s"}
        args = [word for name, value in options.items() for word in ("--target", f"warehouse.{name}={value}")]
        with mr.Server(arguments.binary, os.path.join(arguments.folder, "data"), args=args).start() as server:
            targets = SlowTargets(server, database)
            return mr.run_cases([targets.a_database_that_hangs_holds_up_nothing_else, targets.imports_is_checked])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "slow-targets", suite))
