#!/usr/bin/env python3
"""The data plane on a raw socket: no bytes crash it, hang it, leak a connection or store a row that was not sent.

Goal    every request, however wrong, gets the documented status or a closed connection, and costs others nothing.
Method  the real binary with small limits, over plain HTTP/1.1, over TLS, or by HTTP/2 over TLS or without (--transport).
        After every case the service answers, has no connection left and holds no memory of connections; at the end the
        table has exactly the bodies that were answered 200, and of those that nobody waited for, each at most once.
"""

import collections
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import wire_cases  # noqa: E402
from wire_suite import GONE, WireSuite, resident_max, run  # noqa: E402

SOURCE, SINK, TABLE = "wire", "bodies", "in.c-wire.bodies"
CONNECTIONS_MAX = 100
ARGUMENTS = ["--limits.connections", str(CONNECTIONS_MAX), "--limits.header-time", "3s", "--limits.request-time", "3s",
             "--limits.answer-time", "3s", "--limits.connection-memory", "16MB"]
GROWTH_MAX = 256 << 20  # of a service that does little else


class Suite(WireSuite):
    def __init__(self, server, transport):
        super().__init__(server, server.ingest_address(), server.api.create_source(SOURCE), 200, transport)
        server.api.create_sink(SOURCE, SINK, TABLE, [{"type": "body", "name": "body"}])
        self.stored = collections.Counter()  # bodies that were answered 200
        self.perhaps = {"reset"}             # bodies whose answer nobody has read

    def cases(self):
        return wire_cases.all_cases(self.path)

    def was_stored(self, bodies):
        self.stored.update(bodies)

    def check_nothing_is_left(self):
        mr.wait_until(lambda: self.metric("millrace_connections") == 0, self.slow_s, "no connection is left")
        mr.check_equal(self.metric("millrace_connection_memory_bytes"), 0, "memory of connections")

    # Clients that are slow

    def a_body_that_never_comes(self):
        with self.wire() as wire:
            wire.send(f"POST {self.path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
            self.read(wire, [100, 408])
            self.check_closed(wire)
        with self.wire() as wire:
            wire.send(self.post("shorter")[:-1])
            self.read(wire, [408])
            self.check_closed(wire)

    def continue_is_not_said_to_a_refused_client(self):
        for path, status in ((self.path + "x", 404), ("/none", 404)):
            with self.wire() as wire:
                wire.send(f"POST {path} HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".encode())
                self.read(wire, [status])
                self.check_closed(wire)

    # Clients that are greedy

    def a_gigabyte_without_a_line_feed(self):
        head = f"POST {self.path} HTTP/1.1\r\nContent-Type: application/x-ndjson\r\n".encode()
        piece = b"x" * (1 << 16)
        for headers, framed in ((b"Content-Length: 1073741824\r\n\r\n", piece),
                                (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + piece + b"\r\n")):
            with self.wire() as wire:
                wire.send(head + headers)
                try:
                    for _ in range((1 << 30) // len(piece)):
                        wire.send(framed)
                    raise mr.Failure("all of it was taken")
                except GONE:
                    pass
        growth = resident_max(self.server.process.pid) - self.resident_at_start
        mr.check(growth < GROWTH_MAX, f"{growth >> 20} MB more are resident")

    def more_connections_than_allowed(self):
        wires = [self.wire() for _ in range(CONNECTIONS_MAX)]
        try:
            for wire in wires:
                self.check_goes_on(wire)
            self.check_one_more_is_refused()
            flood = [mr.Wire(self.address) for _ in range(200)]
            for wire in flood:
                wire.socket.close()
            self.check_goes_on(wires[0])
        finally:
            for wire in wires:
                wire.socket.close()

    def check_one_more_is_refused(self):
        if self.transport == "tls":  # a handshake would cost more than the refusal is worth
            try:
                self.wire().socket.close()
                raise mr.Failure("one more was taken")
            except (OSError, *GONE):
                return
        with self.wire() as wire:
            wire.send(self.post("too many"))
            answer = wire.answer()
            mr.check(answer is not None and answer.status == 503 and answer.headers["retry-after"] == "1", f"{answer!r}")
            mr.check_equal(answer.json()["error"], "stream.in.tooManyConnections", "error")
            self.check_closed(wire)

    def more_memory_than_allowed(self):
        """Bodies of nearly 1 MB that stop before their end: some are refused, small requests never."""
        unfinished = self.post("x" * ((1 << 20) - 1))[:-1]
        wires = [self.wire() for _ in range(40)]
        try:
            for wire in wires:
                try:
                    wire.send(unfinished)
                except GONE:
                    pass
            with self.wire() as wire:
                wire.send(self.post("small"))
                self.read(wire, [200])
                self.stored["small"] += 1
            statuses = collections.Counter(answer.status for answer in (wire.answer() for wire in wires) if answer)
            mr.check(statuses[503] > 0 and set(statuses) <= {503, 408}, f"{statuses}")
        finally:
            for wire in wires:
                wire.socket.close()

    def the_table_has_what_was_answered(self):
        self.server.api.do("PUT", self.server.api.source_path(SOURCE) + "/disable")
        self.server.api.wait_drained(SOURCE, SINK)
        rows = collections.Counter(body for (body,) in self.server.rows(TABLE, "body"))
        wrong = {body: (count, self.stored[body]) for body, count in rows.items()
                 if count != self.stored[body] and body not in self.perhaps}
        missing = self.stored - rows
        mr.check(not wrong and not missing, f"wrong (is, should be) {wrong}, missing {missing}")
        mr.check_equal(self.server.stop(), 0, "exit status")

    def in_order(self):
        cases = [self.every_case_of_the_table, self.every_small_case_byte_by_byte, self.a_request_split_anywhere,
                 self.a_reset_in_every_state, self.a_half_closed_connection, self.a_head_that_trickles,
                 self.a_body_that_never_comes, self.continue_is_not_said_to_a_refused_client,
                 self.answers_that_nobody_reads, self.a_gigabyte_without_a_line_feed,
                 self.more_connections_than_allowed, self.more_memory_than_allowed]
        if self.transport in ("h2", "h2c"):
            cases = self.over_http2()
        return [self.leaving_nothing(case) for case in cases] + [self.the_table_has_what_was_answered]


if __name__ == "__main__":
    sys.exit(run(__doc__, "wire", lambda server, transport: Suite(server, transport).in_order(), args=ARGUMENTS))
