#!/usr/bin/env python3
"""Every state of pressure is entered and left by the means the documents name, without a restart.

Goal    a service that cannot take records says so, says when to come back, and comes back by itself.
Method  the real binary; a file fills the disk, a setting limits a source, a signal ends the process.
"""

import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

TABLE = "in.c-pressure.bodies"
ROOM = 1 << 30       # that the service has until it is full
LEAVE_TIME_S = 2
SOON_S = 5           # the disk is looked at every second
FULL_AT_LEAST_S = 10


def free_bytes(folder):
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize


class Cases:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.path = server.api.create_source("pressure")
        server.api.create_sink("pressure", "bodies", TABLE, [{"type": "body", "name": "body"}])
        self.stored = 0

    def ask(self, method, path, body=None, headers=None):
        return mr.request(self.server.ready["ingest"], method, path, body, headers)

    def post(self, body=b"x", headers=None):
        answer = self.ask("POST", self.path, body, headers)
        self.stored += answer.status == 200
        return answer

    def ready(self):
        return self.ask("GET", "/ready")

    def a_full_disk_is_507_until_there_is_room(self):
        filler = os.path.join(self.folder, "filler")
        mr.check_equal((self.ready().status, self.post().status), (200, 200), "with room")
        with open(filler, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 2 * ROOM)
        try:
            answer = mr.wait_until(lambda: (lambda a: a if a.status == 507 else None)(self.post()), SOON_S, "507")
            mr.check_equal((answer.json()["error"], answer.headers["retry-after"]), ("stream.in.diskFull", "10"), "answer")
            ready = self.ready()
            mr.check_equal((ready.status, ready.json()["error"]), (507, "stream.in.diskFull"), "/ready")
            mr.check_equal(self.ask("GET", "/health-check").status, 200, "/health-check")
        finally:
            os.remove(filler)
        mr.wait_until(lambda: self.post().status == 200, FULL_AT_LEAST_S + SOON_S, "records are taken again")
        mr.check_equal(self.ready().status, 200, "/ready again")

    def a_source_over_its_rate_is_429_until_its_time(self):
        settings = self.server.api.source_path("pressure") + "/settings"
        limit = {"settings": [{"key": "source.http.limit.records", "value": 20}]}
        self.server.api.do("PATCH", settings, limit)
        lines = {"Content-Type": "application/x-ndjson"}
        mr.check_equal(self.post(b"{}\n" * 30, lines).status, 200, "a batch that overdraws")
        self.stored += 29
        answer = self.post()
        mr.check_equal((answer.status, answer.json()["error"]), (429, "stream.in.rateLimited"), f"{answer!r}")
        mr.check_equal([answer.headers[name] for name in
                        ("retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")],
                       ["1", "20", "0", "1"], "headers")
        mr.check_equal(self.ready().status, 200, "/ready is not the source's")
        mr.wait_until(lambda: self.post().status == 200, SOON_S, "its time has come")
        limit["settings"][0]["value"] = 0
        self.server.api.do("PATCH", settings, limit)
        mr.check_equal({self.post().status for _ in range(50)}, {200}, "without the limit")

    def a_signal_makes_it_unready_and_then_ends_it(self):
        with mr.Wire(self.server.ingest_address()) as wire:
            self.server.process.send_signal(signal.SIGTERM)
            answer = mr.wait_until(lambda: (lambda a: a if a.status == 503 else None)(self.ready()), LEAVE_TIME_S, "503")
            mr.check_equal(answer.json()["error"], "stream.in.shutdown", "/ready")
            answer = wire.post(self.path, b"the last one")  # in the time in which others learn of it
            mr.check_equal(answer.status, 200, "a record meanwhile")
            self.stored += 1
            mr.check_equal(wire.answer(), None, "then the connection is closed")
        mr.check_equal(self.server.process.wait(20), 0, "exit status")
        self.server.start()
        self.server.api.do("PUT", self.server.api.source_path("pressure") + "/disable")
        self.server.api.wait_drained("pressure", "bodies")
        mr.check_equal(self.server.rows(TABLE, "count(*)")[0][0], self.stored, "rows")

    def a_start_that_fails_does_not_wait_for_anybody_to_leave(self):
        taken = self.server.ready["ingest"].removeprefix("http://")
        with mr.Server(self.server.binary, os.path.join(self.folder, "second"),
                       args=["--ingest.listen", taken, "--ingest.leave-time", "5m"]) as second:
            second.launch()
            mr.check_equal(second.process.wait(60), 1, "exit status")

    def in_order(self):
        return [self.a_full_disk_is_507_until_there_is_room, self.a_source_over_its_rate_is_429_until_its_time,
                self.a_start_that_fails_does_not_wait_for_anybody_to_leave,
                self.a_signal_makes_it_unready_and_then_ends_it]


def suite(arguments):
    folder = arguments.folder
    free = free_bytes(folder)
    if free < 4 * ROOM:
        shutil.rmtree(folder)
        mr.skip(f"only {free >> 20} MB free, the disk cannot be filled and emptied")
    with mr.Server(arguments.binary, os.path.join(folder, "data"),
                   args=["--limits.disk-reserve", f"{(free - ROOM) >> 20}MB",
                         "--ingest.leave-time", f"{LEAVE_TIME_S}s"]) as server:
        server.start()
        return mr.run_cases(Cases(server, folder).in_order())


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "pressure", suite))
