#!/usr/bin/env python3
"""Without descriptors senders are told to come again, no volume fails, and all goes on when there are some.

Goal    neither few descriptors from the start nor a moment without any costs a row or a volume.
Method  the real binary under `ulimit -n`; then its limit is lowered while it runs, so that the next open fails,
        while more rows come than a segment of the journal has room for. Not under UBSan, which wants descriptors
        of its own for its checks and ends the process without them.
"""

import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

TABLE = "in.c-descriptors.bodies"
FEW = 256
BODY = b"x" * 500_000
SEGMENT_BYTES = 32 << 20
BUSY = (503, "stream.in.volumeBusy")
TOO_MANY = (503, "stream.in.tooManyConnections")


def outcome(answer):
    return answer.status, None if answer.status == 200 else answer.json()["error"]


def first_free_descriptor(pid):
    taken = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


class Service:
    """A source with a sink, and how many records were answered 200."""

    def __init__(self, server):
        self.server = server
        self.path = server.api.create_source("descriptors")
        server.api.create_sink("descriptors", "bodies", TABLE, [{"type": "body", "name": "body"}])
        self.stored = 0

    def post(self, wire):
        answer = wire.post(self.path, BODY)
        self.stored += answer.status == 200
        return outcome(answer)

    def post_segments(self, wire, segments):
        return {self.post(wire) for _ in range(segments * SEGMENT_BYTES // len(BODY))}

    def check_all_there(self):
        mr.check(not os.path.exists(os.path.join(self.server.data_dir, "volumes/default/FAILED")), "the volume has failed")
        self.server.api.do("PUT", self.server.api.source_path("descriptors") + "/disable")
        self.server.api.wait_drained("descriptors", "bodies")
        mr.check_equal(self.server.rows(TABLE, "count(*)")[0][0], self.stored, "rows")


def refused(address):
    """What somebody hears who connects now; None if he is only hung up on."""
    try:
        with mr.Wire(address) as wire:
            answer = wire.post("/stream/1/nobody/nothing", b"x")
            return None if answer is None else outcome(answer)
    except OSError:
        return None


def cases(arguments):
    def connections_leave_the_journal_its_descriptors():
        data = os.path.join(arguments.folder, "few")
        with mr.Server(arguments.binary, data, descriptors=FEW).start() as server:
            service = Service(server)
            told = [json.loads(line) for line in server.log_tail(100).splitlines() if '"few_descriptors"' in line]
            mr.check_equal(len(told), 1, "lines about the limit")
            mr.check(0 < told[0]["connections"] < FEW, f"{told}")
            address = server.ingest_address()
            with mr.Wire(address) as wire:
                mr.check_equal(service.post(wire), (200, None), "the first")
                idle = []
                try:
                    while len(idle) + 1 < told[0]["connections"]:
                        idle.append(mr.Wire(address))
                    mr.wait_until(lambda: refused(address) == TOO_MANY, 10, "one more is told that there are too many")
                    while len(idle) < 2 * FEW:
                        idle.append(mr.Wire(address))
                    mr.check_equal(service.post_segments(wire, 3), {(200, None)}, "three segments")
                finally:
                    for one in idle:
                        one.socket.close()
            service.check_all_there()
            mr.check_equal(server.stop(), 0, "exit status")

    def a_moment_without_descriptors_passes():
        data = os.path.join(arguments.folder, "moment")
        with mr.Server(arguments.binary, data).start() as server:
            service = Service(server)
            pid = server.process.pid
            limit = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            with mr.Wire(server.ingest_address()) as wire:
                mr.check_equal(service.post(wire), (200, None), "before")
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free_descriptor(pid), limit[1]))
                seen = service.post_segments(wire, 4)
                # A segment that ends gives its descriptor to the next spare, so perhaps none is refused.
                mr.check(seen <= {(200, None), BUSY}, f"without descriptors: {seen}")
                for _ in range(3):
                    mr.check_equal(refused(server.ingest_address()), TOO_MANY, "a new connection")
                resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
                mr.wait_until(lambda: service.post(wire) == (200, None), 10, "rows are taken again")
            log = server.log_tail(1000)
            mr.check('"volume_failed"' not in log, "the log calls the volume failed")
            lines = log.count('"connections_not_accepted"')
            mr.check(0 < lines < 10, f"{lines} lines about connections")
            service.check_all_there()
            mr.check_equal(server.stop(), 0, "exit status")

    return [connections_leave_the_journal_its_descriptors, a_moment_without_descriptors_passes]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "descriptors", cases))
