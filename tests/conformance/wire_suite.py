"""What the suites of both ports share: cases, and clients that go away or are slow.

A suite says what its port is: `address`, `path` of a POST, the status `served` that it gets, `cases`. The transport is
plain HTTP/1.1, or HTTP/1.1 over TLS: the bytes are the same. Over HTTP/2 the requests of the cases that are well-formed
are sent by curl over TLS (`h2`, wire_requests.py) and by Python's h2 without (`h2c`, wire_http2.py): what is wrong with
others is a matter of HTTP/1.1 alone.
"""

import argparse
import os
import re
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import wire_http2  # noqa: E402
import wire_requests  # noqa: E402

# What a client sees of a service that has closed, while it sends.
GONE = (ConnectionResetError, BrokenPipeError, ssl.SSLError)

OVER_TLS = ("tls", "h2")
HEALTH = b"GET /health-check HTTP/1.1\r\nHost: x\r\n\r\n"


class WireSuite:
    slow_s = 15  # within which a client that is slow is certainly told so

    def __init__(self, server, address, path, served, transport="plain"):
        self.server = server
        self.resident_at_start = resident_max(server.process.pid)
        self.transport = transport
        self.address = address
        self.path = path
        self.served = served

    def cases(self):
        raise NotImplementedError

    def was_stored(self, bodies):
        """Of a port that stores."""

    def check_nothing_is_left(self):
        raise NotImplementedError

    def wire(self):
        wire = mr.Wire(self.address)
        if self.transport in OVER_TLS:
            wire.socket = mr.tls_context.wrap_socket(wire.socket, server_hostname="localhost", suppress_ragged_eofs=True)
        return wire

    def post(self, body, headers=""):
        return (f"POST {self.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}").encode()

    def metric(self, name):
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))

    def check_goes_on(self, wire):
        wire.send(HEALTH)
        answer = wire.answer()
        mr.check(answer is not None and (answer.status, answer.body.strip()) == (200, b"OK"), f"then: {answer!r}")

    def check_closed(self, wire):
        mr.check_equal(wire.answer(), None, "after the answer")

    def read(self, wire, statuses):
        for number, status in enumerate(statuses):
            answer = wire.answer()
            mr.check(answer is not None, f"closed instead of answer {number + 1}")
            mr.check_equal(answer.status, status, f"answer {number + 1}: {answer!r}")

    # Every case of the table, whole and byte by byte

    def every_case_of_the_table(self):
        for case in self.cases():
            self.run(case, lambda wire, sent: send_all(wire, sent))

    def every_small_case_byte_by_byte(self):
        for case in self.cases():
            if len(case.sent) < 2000:
                self.run(case, send_bytes)

    def a_request_split_anywhere(self):
        request = self.post("split")
        with self.wire() as wire:
            for at in range(1, len(request)):
                wire.send(request[:at])
                wait_until_received(wire)
                wire.send(request[at:])
                self.read(wire, [self.served])
                self.was_stored(["split"])

    def run(self, case, send):
        try:
            with self.wire() as wire:
                send(wire, case.sent)
                self.read(wire, case.answers)
                self.was_stored(case.stored)
                if case.goes_on is not None:
                    (self.check_goes_on if case.goes_on else self.check_closed)(wire)
        except mr.Failure as failure:
            raise mr.Failure(f"{case.name}: {failure}") from failure

    # Clients that go away

    def a_reset_in_every_state(self):
        request = self.post("reset", "Expect: 100-continue\r\n")
        chunked = (f"POST {self.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nreset\r\n0\r\n\r\n").encode()
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
            half_close(wire)
            self.read(wire, [self.served])
            self.was_stored(["half-closed"])
            self.check_closed(wire)
        for length in (0, 10, len(self.post("xx")) - 1):  # shorter than announced
            with self.wire() as wire:
                wire.send(self.post("xx")[:length])
                half_close(wire)
                self.check_closed(wire)

    # Clients that are slow

    def a_head_that_trickles(self):
        with self.wire() as wire:
            started = time.monotonic()
            wire.socket.settimeout(0.05)
            wire.send(f"POST {self.path} HTTP/1.1\r\n".encode())
            answer = None
            while answer is None and time.monotonic() - started < self.slow_s:
                try:
                    wire.send(b"X: y\r\n")
                    answer = wire.answer()
                except TimeoutError:
                    continue
            mr.check(answer is not None and answer.status == 408, f"{answer!r}")

    def answers_that_nobody_reads(self):
        """The service does not gather them: it stops reading, and closes after limits.answer-time."""
        request = b"POST /none HTTP/1.1\r\nContent-Length: 0\r\n\r\n" * 1000
        with self.wire() as wire:
            try:
                while True:
                    wire.send(request)
            except GONE:
                pass

    # Over HTTP/2

    def every_request_of_the_table_over_http2(self):
        """Those of a case on one connection."""
        if self.transport == "h2c":
            self.ask_all(wire_http2.ask_in_turn)
            return
        self.ask_all(lambda address, requests: wire_requests.ask(address, requests, os.path.dirname(self.server.data_dir)))

    def every_request_of_the_table_at_once(self):
        """Those of a case in as many streams."""
        self.ask_all(wire_http2.ask_at_once)

    def ask_all(self, ask):
        count = 0
        for case in self.cases():
            requests = wire_requests.of_case(case)
            if not requests:
                continue
            count += 1
            try:
                statuses = ask(self.address, requests)
            except (AssertionError, OSError) as failure:
                raise mr.Failure(f"{case.name} over HTTP/2: {failure!r}") from failure
            mr.check_equal(statuses, case.answers[:len(requests)], f"{case.name} over HTTP/2")
            self.was_stored(case.stored)
        print(f"        {count} cases")
        mr.check(count > 5, "hardly a case is well-formed")

    def frames_split_anywhere(self):
        request = wire_requests.Request("POST", self.path, [], b"split")
        whole = wire_http2.bytes_of(request, self.address)
        for at in range(1, len(whole)):
            with wire_http2.Exchange(self.address) as exchange:
                exchange.connection.data_to_send()  # the same bytes by hand, so that the answer is understood
                stream = exchange.connection.get_next_available_stream_id()
                exchange.connection.send_headers(stream, wire_http2.head_of(request, self.address))
                exchange.connection.send_data(stream, request.body, end_stream=True)
                exchange.connection.data_to_send()
                exchange.socket.sendall(whole[:at])
                wait_until_received(exchange)
                exchange.socket.sendall(whole[at:])
                mr.check_equal(exchange.status_of(stream), self.served, f"split at {at}")
            self.was_stored(["split"])

    def a_reset_at_every_frame(self):
        """And within each."""
        whole = wire_http2.bytes_of(wire_requests.Request("POST", self.path, [], b"reset"), self.address)
        for length in range(0, len(whole) + 1):
            with self.wire() as wire:
                wire.send(whole[:length])
                reset(wire)

    def over_http2(self):
        """The cases of a service that is asked by HTTP/2."""
        if self.transport == "h2":
            return [self.every_request_of_the_table_over_http2]
        return [self.every_request_of_the_table_over_http2, self.every_request_of_the_table_at_once, self.frames_split_anywhere,
                self.a_reset_at_every_frame]

    def leaving_nothing(self, case):
        def run():
            case()
            self.check_nothing_is_left()

        run.__name__ = case.__name__
        return run


def run(description, name, suite_of, args=()):
    """The main program of a suite: suite_of(server, transport) returns the cases, for a service that speaks so."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--transport", default="plain", choices=["plain", "tls", "h2", "h2c"])
    transport, rest = parser.parse_known_args()
    transport = transport.transport
    if transport == "h2c":
        wire_http2.require_h2(mr.skip)
    sys.argv[1:] = rest
    if transport == "h2" and not wire_requests.has_curl():
        mr.skip("curl does not speak HTTP/2")
    if transport in OVER_TLS:  # what a certificate proves is for tls_ports.py
        mr.tls_context = ssl.create_default_context()
        mr.tls_context.check_hostname = False
        mr.tls_context.verify_mode = ssl.CERT_NONE
        args = [*args, "--tls.self-signed"]
    os.environ.setdefault("ASAN_OPTIONS", "quarantine_size_mb=16")  # what is freed does not count as resident
    return mr.run_on_server(description, f"{name}-{transport}", lambda server: suite_of(server, transport), args=args)


def half_close(wire):
    """Of the connection below TLS, too: a client that has sent all may end so, without a word of TLS."""
    socket.socket.shutdown(wire.socket, socket.SHUT_WR)


def send_all(wire, data):
    """Or as much as the service takes: it may close before the end."""
    try:
        wire.send(data)
    except GONE:
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
