#!/usr/bin/env python3
"""The data plane on a raw socket: no bytes crash it, hang it, leak a connection or store a row that was not sent.

Goal    every request, however wrong, gets the documented status or a closed connection, and costs others nothing.
Method  the real binary with small limits. After every case the service answers, has no connection left and holds
        no memory of connections; at the end the table has exactly the bodies that were answered 200, and of those
        that nobody waited for, each at most once.
"""

import collections
import os
import re
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import wire_cases  # noqa: E402

SOURCE, SINK, TABLE = "wire", "bodies", "in.c-wire.bodies"
CONNECTIONS_MAX = 100
ARGUMENTS = ["--limits.connections", str(CONNECTIONS_MAX), "--limits.header-time", "3s", "--limits.request-time", "3s",
             "--limits.answer-time", "3s", "--limits.connection-memory", "16MB"]
SLOW_S = 15          # within which a time of 3 s has certainly had its effect
RESIDENT_MAX = 300 << 20
HEALTH = b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n"


class Suite:
    def __init__(self, server):
        self.server = server
        self.path = server.api.create_source(SOURCE)
        server.api.create_sink(SOURCE, SINK, TABLE, [{"type": "body", "name": "body"}])
        self.stored = collections.Counter()  # bodies that were answered 200
        self.perhaps = set()                 # bodies whose answer nobody has read

    def wire(self):
        return mr.Wire(self.server.ingest_address())

    def post(self, body, headers=""):
        return (f"POST {self.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}").encode()

    def metric(self, name):
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))

    def check_nothing_is_left(self):
        mr.wait_until(lambda: self.metric("millrace_connections") == 0, SLOW_S, "no connection is left")
        mr.check_equal(self.metric("millrace_connection_memory_bytes"), 0, "memory of connections")

    def check_goes_on(self, wire):
        wire.send(HEALTH)
        answer = wire.answer()
        mr.check(answer is not None and (answer.status, answer.body) == (200, b"OK\n"), f"then: {answer!r}")

    def check_closed(self, wire):
        mr.check_equal(wire.answer(), None, "after the answer")

    def read(self, wire, statuses):
        for number, status in enumerate(statuses):
            answer = wire.answer()
            mr.check(answer is not None, f"closed instead of answer {number + 1}")
            mr.check_equal(answer.status, status, f"answer {number + 1}: {answer!r}")

    # Every case of the table, whole and byte by byte

    def every_case_of_the_table(self):
        for case in wire_cases.all_cases(self.path):
            self.run(case, lambda wire, sent: send_all(wire, sent))

    def every_small_case_byte_by_byte(self):
        for case in wire_cases.all_cases(self.path):
            if len(case.sent) < 2000:
                self.run(case, send_bytes)

    def a_request_split_anywhere(self):
        request = self.post("split")
        with self.wire() as wire:
            for at in range(1, len(request)):
                wire.send(request[:at])
                wait_until_received(wire)
                wire.send(request[at:])
                self.read(wire, [200])
                self.stored["split"] += 1

    def run(self, case, send):
        try:
            with self.wire() as wire:
                send(wire, case.sent)
                self.read(wire, case.answers)
                self.stored.update(case.stored)
                if case.goes_on is not None:
                    (self.check_goes_on if case.goes_on else self.check_closed)(wire)
        except mr.Failure as failure:
            raise mr.Failure(f"{case.name}: {failure}") from failure

    # Clients that go away

    def a_reset_in_every_state(self):
        request = self.post("reset", "Expect: 100-continue\r\n")
        chunked = (f"POST {self.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nreset\r\n0\r\n\r\n").encode()
        self.perhaps.add("reset")
        for whole in (request, chunked, request * 20):
            for length in range(0, len(whole) + 1, 3):
                with self.wire() as wire:
                    wire.send(whole[:length])
                    reset(wire)
        for refused in (b"nonsense\r\n\r\n", b"POST " + b"x" * 20_000):  # while the rest is dropped
            with self.wire() as wire:
                send_all(wire, refused)
                wire.answer()
                reset(wire)

    def a_half_closed_connection(self):
        with self.wire() as wire:
            wire.send(self.post("half-closed"))
            wire.socket.shutdown(socket.SHUT_WR)
            self.read(wire, [200])
            self.stored["half-closed"] += 1
            self.check_closed(wire)
        for length in (0, 10, len(self.post("xx")) - 1):  # shorter than announced
            with self.wire() as wire:
                wire.send(self.post("xx")[:length])
                wire.socket.shutdown(socket.SHUT_WR)
                self.check_closed(wire)

    # Clients that are slow

    def a_head_that_trickles(self):
        with self.wire() as wire:
            started = time.monotonic()
            wire.socket.settimeout(0.05)
            wire.send(f"POST {self.path} HTTP/1.1\r\n".encode())
            answer = None
            while answer is None and time.monotonic() - started < SLOW_S:
                wire.send(b"X: y\r\n")
                try:
                    answer = wire.answer()
                except TimeoutError:
                    continue
            mr.check(answer is not None and answer.status == 408, f"{answer!r}")

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

    def answers_that_nobody_reads(self):
        """The service does not gather them: it stops reading, and closes after limits.answer-time."""
        request = b"POST /stream/1/none/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n" * 1000
        with self.wire() as wire:
            try:
                while True:
                    wire.send(request)
            except (ConnectionResetError, BrokenPipeError):
                pass

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
                except (ConnectionResetError, BrokenPipeError):
                    pass
        resident = resident_max(self.server.process.pid)
        mr.check(resident < RESIDENT_MAX, f"{resident >> 20} MB resident")

    def more_connections_than_allowed(self):
        wires = [self.wire() for _ in range(CONNECTIONS_MAX)]
        try:
            for wire in wires:
                self.check_goes_on(wire)
            with self.wire() as wire:
                wire.send(self.post("too many"))
                answer = wire.answer()
                mr.check(answer is not None and answer.status == 503 and answer.headers["retry-after"] == "1", f"{answer!r}")
                mr.check_equal(answer.json()["error"], "stream.in.tooManyConnections", "error")
                self.check_closed(wire)
            flood = [self.wire() for _ in range(200)]
            for wire in flood:
                wire.socket.close()
            self.check_goes_on(wires[0])
        finally:
            for wire in wires:
                wire.socket.close()

    def more_memory_than_allowed(self):
        """Bodies of nearly 1 MB that stop before their end: some are refused, small requests never."""
        unfinished = self.post("x" * ((1 << 20) - 1))[:-1]
        wires = [self.wire() for _ in range(40)]
        try:
            for wire in wires:
                try:
                    wire.send(unfinished)
                except (ConnectionResetError, BrokenPipeError):
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
        return [self.leaving_nothing(case) for case in cases] + [self.the_table_has_what_was_answered]

    def leaving_nothing(self, case):
        def run():
            case()
            self.check_nothing_is_left()

        run.__name__ = case.__name__
        return run


def send_all(wire, data):
    """Or as much as the service takes: it may close before the end."""
    try:
        wire.send(data)
    except (ConnectionResetError, BrokenPipeError):
        pass


def send_bytes(wire, data):
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for at in range(len(data)):
        send_all(wire, data[at:at + 1])


def wait_until_received(wire):
    """Until the other end's kernel has all that was sent."""
    import fcntl
    import termios
    while struct.unpack("i", fcntl.ioctl(wire.socket, termios.TIOCOUTQ, b"\0" * 4))[0] > 0:
        pass


def reset(wire):
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.socket.close()


def resident_max(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) << 10


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "wire", lambda server: Suite(server).in_order(), args=ARGUMENTS))
