#!/usr/bin/env python3
"""A wall clock that jumps, on the real binary.

Goal    a clock that is days ahead for a while, or set back, makes no keyed request double, hides nothing, turns no
        order, and leaves no stamp of the future on what comes after it.
Method  the shim sets the clock that the service sees; steps come while it runs and while it is down.
"""

import contextlib
import datetime
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

DAYS = 86_400
JSON = {"Content-Type": "application/json"}


def seconds_from_now(text):
    then = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (then - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


class Steps:
    def __init__(self, server, clock):
        self.server = server
        self.clock = clock

    def step(self, days):
        with open(self.clock + ".new", "w", encoding="utf-8") as file:
            file.write(str(days * DAYS))
        os.replace(self.clock + ".new", self.clock)

    def make(self, name, columns, settings):
        path = self.server.api.create_source(name)
        self.server.api.create_sink(name, name, f"in.c-clock.{name}", columns, settings)
        return path

    def post(self, path, body, key=None):
        headers = {**JSON, "Idempotency-Key": key} if key else JSON
        answer = mr.request(self.server.ready["ingest"], "POST", path, body, headers)
        mr.check_equal(answer.status, 200, f"{answer!r}")
        return answer.headers["idempotency-replayed"] == "true"

    def files(self, name):
        return self.server.api.get(self.server.api.sink_path(name, name) + "/statistics/files")["files"]

    def keys_are_kept(self):
        path = self.make("keys", [{"type": "body", "name": "body"}], {mr.IMPORT_COUNT: 1})
        keys = ["before"]
        mr.check(not self.post(path, b"{}", "before"), "the first")
        for number, days in enumerate((10, -400, 0, 30, 0)):
            self.step(days)
            if number % 2 == 0:
                self.server.kill()
                self.server.start()
            elif days == 0:
                mr.check_equal(self.server.stop(), 0, "exit status")
                self.server.start()
            for key in keys:
                mr.check(self.post(path, b"{}", key), f"{key} was written again, {days} days ahead")
            mr.check(not self.post(path, b"{}", f"step-{number}"), "a new key")
            keys.append(f"step-{number}")
        self.server.api.wait_drained("keys", "keys")
        mr.check_equal(len(self.server.rows("in.c-clock.keys")), len(keys), "rows")

    def what_comes_after_is_stamped_right_and_in_order(self):
        columns = [mr.path_column("k", "k", primaryKey=True), mr.path_column("v", "v")]
        path = self.make("order", columns, {mr.IMPORT_COUNT: 2})
        self.step(10)
        self.post(path, b'{"k":"1","v":"ahead"}')
        mr.check(seconds_from_now(self.files("order")[0]["openedAt"]) > 9 * DAYS, "the clock is not ahead")
        self.step(0)
        self.post(path, b'{"k":"1","v":"right"}')
        self.server.api.wait_drained("order", "order")
        self.post(path, b'{"k":"2","v":"later"}')
        (opened,) = [file["openedAt"] for file in self.files("order") if file["state"] == "writing"]
        mr.check(abs(seconds_from_now(opened)) < 600, f"a new file is stamped {opened}")
        self.server.kill()  # a new life goes on from there
        self.server.start()
        self.post(path, b'{"k":"2","v":"last"}')
        self.server.api.wait_drained("order", "order")
        mr.check_equal(sorted(self.server.rows("in.c-clock.order", "k, v")), [("1", "right"), ("2", "last")], "rows")
        self.post(path, b'{"k":"3","v":"x"}')
        (opened,) = [file["openedAt"] for file in self.files("order") if file["state"] == "writing"]
        mr.check(abs(seconds_from_now(opened)) < 600, f"after a restart a new file is stamped {opened}")

    def a_reset_under_a_wrong_clock_hides_nothing_later(self):
        path = self.make("reset", [{"type": "body", "name": "body"}], {mr.IMPORT_COUNT: 1_000_000})
        self.step(10)
        answer = self.server.api.call("DELETE", self.server.api.sink_path("reset", "reset") + "/statistics/clear")
        mr.check_equal(answer.status, 200, f"{answer!r}")
        self.step(0)
        self.post(path, b"{}")
        mr.check_equal(len(self.files("reset")), 1, "files")

    def rejects_are_kept_for_their_time(self):
        path = self.make("rejects", [mr.path_column("n", "n")], {"mapping.onError": "keep", "mapping.rejects.age": "2h"})
        self.step(10)
        self.post(path, b"{}")
        self.step(0)
        self.post(path, b"{}")
        rejects = self.server.api.get(self.server.api.sink_path("rejects", "rejects") + "/rejects")["rejects"]
        mr.check_equal(len(rejects), 2, "rejects")
        for reject in rejects:
            mr.check(7000 < seconds_from_now(reject["expiresAt"]) < 7300, f"ends at {reject['expiresAt']}")

    def what_waits_is_not_too_old(self):
        """Each start looks at once at what waits, and tries it once more."""
        retention = "storage.level.staging.retention"
        path = self.make("waits", [{"type": "body", "name": "body"}],
                         {mr.IMPORT_COUNT: 1, retention: "24h", retention + "Deletes": True})
        self.post(path, b"1")
        self.server.api.wait_drained("waits", "waits")
        self.rename("waits", "away")
        self.post(path, b"2")
        mr.wait_until(self.attempts_of_the_file_that_waits, 30, "a file that fails")
        for days in (40, -400, 40):
            before = self.attempts_of_the_file_that_waits()
            self.step(days)
            self.server.kill()
            self.server.start()
            mr.wait_until(lambda before=before: self.attempts_of_the_file_that_waits() > before, 30, "one more attempt")
        self.step(0)
        self.rename("away", "waits")
        self.server.api.wait_drained("waits", "waits")
        mr.check_equal(sorted(self.server.rows("in.c-clock.waits")), [("1",), ("2",)], "rows")

    def rename(self, table, to):
        with contextlib.closing(sqlite3.connect(self.server.table_path("in.c-clock.waits")[0], timeout=30)) as connection:
            connection.execute(f'ALTER TABLE "{table}" RENAME TO "{to}"')
            connection.commit()

    def attempts_of_the_file_that_waits(self):
        attempts = [file["retryAttempt"] for file in self.files("waits") if "retryAttempt" in file]
        mr.check(all(file["state"] not in ("setAside", "discarded") for file in self.files("waits")), "it was too old")
        return max(attempts, default=0)

    def in_order(self):
        return [self.keys_are_kept, self.what_comes_after_is_stamped_right_and_in_order,
                self.a_reset_under_a_wrong_clock_hides_nothing_later, self.rejects_are_kept_for_their_time,
                self.what_waits_is_not_too_old]


def suite(arguments):
    data = os.path.join(arguments.folder, "data")
    clock = os.path.join(arguments.folder, "clock")
    env = {"LD_PRELOAD": arguments.shim, "MILLRACE_SHIM_DIR": data,
           "MILLRACE_SHIM_REPORT": os.path.join(arguments.folder, "report"), "MILLRACE_SHIM_CLOCK_AHEAD_FILE": clock}
    with mr.Server(arguments.binary, data, env=env).start() as server:
        return mr.run_cases(Steps(server, clock).in_order())


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "clock-steps", suite, needs_shim=True))
