#!/usr/bin/env python3
"""The port of the REST API on a raw socket: one connection can neither end the service nor hold it.

Goal    what the data plane does with odd, hostile and slow clients the REST API does too: no request runs that a proxy
        in front would not have seen, memory and threads are bounded, and the end of the service waits for nobody.
Method  the real binary with its constant limits, over plain HTTP/1.1, over TLS, or by HTTP/2 over TLS or without
        (--transport), and the cases of the data plane's suite; a POST that is whole gets 405.
        Requests that are hidden in others carry a token: had one run, its source would be there.
"""

import contextlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import wire_cases  # noqa: E402
from wire_suite import GONE, HEALTH, WireSuite, resident_max, run, send_all  # noqa: E402

HEADERS_MAX = 256
GROWTH_MAX = 256 << 20  # of a service that does little else
SLOW_CLIENTS = 64         # twice as many as there are threads
STOP_S = 15
SOURCES = "/v1/branches/default/sources"


class Suite(WireSuite):
    def __init__(self, server, transport):
        super().__init__(server, server.api_address(), "/health-check", 405, transport)

    def cases(self):
        return wire_cases.of_any_port(self.path, self.served, HEADERS_MAX)

    def check_nothing_is_left(self):
        """But for the connection that asks."""
        mr.wait_until(lambda: self.metric("millrace_api_connections") == 1, self.slow_s, "no connection is left")
        mr.check_equal(self.metric("millrace_api_connection_memory_bytes"), 0, "memory of connections")

    def check_bounded(self):
        growth = resident_max(self.server.process.pid) - self.resident_at_start
        mr.check(growth < GROWTH_MAX, f"{growth >> 20} MB more are resident")
        with self.wire() as wire:
            self.check_goes_on(wire)

    # Clients that are greedy

    def a_header_line_without_end(self):
        self.send_without_end(b"GET / HTTP/1.1\r\nX: ", b"x" * (1 << 16), 512)

    def a_request_line_without_end(self):
        self.send_without_end(b"GET /", b"x" * (1 << 16), 512)

    def headers_without_end(self):
        self.send_without_end(b"GET / HTTP/1.1\r\n", b"a:\r\n" * (1 << 14), 512)

    def a_body_without_end(self):
        head = f"POST {self.path} HTTP/1.1\r\n".encode()
        self.send_without_end(head + b"Content-Length: 1073741824\r\n\r\n", b"x" * (1 << 16), 1 << 12)
        self.send_without_end(head + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * (1 << 16) + b"\r\n",
                              1 << 12)

    def send_without_end(self, head, piece, count):
        with self.wire() as wire:
            with contextlib.suppress(*GONE):
                wire.send(head)
                for _ in range(count):
                    wire.send(piece)
                answer = wire.answer()
                mr.check(answer is None or answer.status == 413, f"{answer!r}")
        self.check_bounded()

    # Clients that are slow

    def slow_clients_hold_no_thread(self):
        beginnings = [HEALTH[:-2], self.post("never whole")[:-1], b"GET"]
        wires = [self.wire() for _ in range(SLOW_CLIENTS)]
        try:
            for number, wire in enumerate(wires):
                wire.send(beginnings[number % len(beginnings)])
            for _ in range(20):
                with self.wire() as wire:
                    self.check_goes_on(wire)
        finally:
            for wire in wires:
                wire.socket.close()

    # Requests in requests

    def no_hidden_request_runs(self):
        hidden = self.create("hidden")
        head = f"POST {SOURCES} HTTP/1.1\r\nHost: x\r\n".encode()
        length = f"Content-Length: {len(hidden)}\r\n\r\n".encode()
        chunked = head + b"Transfer-Encoding: chunked\r\n"
        size = f"{len(hidden):x}".encode()
        at_once = [head + length.replace(b":", b" :"), head + length.replace(b":", b"\t:"), head + b"X: y\n" + length,
                   head + b"X:\r\n y\r\n" + length, head + b"Content-Length: 0\r\n" + length,
                   head + b"Transfer-Encoding: xchunked\r\n" + length, chunked + length + b"0\r\n\r\n",
                   chunked + b"\r\n" + size + b"g\r\n", chunked + b'\r\n1;a="\nb"\r\nx\r\n0\r\n\r\n']
        with_more = [chunked + b"\r\n0x" + size + b"\r\n", chunked + b"\r\n" + size + b"\n"]
        for wrong in at_once:
            with self.wire() as wire:
                send_all(wire, wrong)
                self.read(wire, [400])
                send_all(wire, hidden)
                mr.check_equal(wire.answer(), None, f"behind {wrong!r}")
        for wrong in at_once + with_more:
            with self.wire() as wire:
                send_all(wire, wrong + hidden)
                self.read(wire, [400])
                mr.check_equal(wire.answer(), None, f"behind {wrong!r} at once")
        mr.check_equal(self.sources(), [], "sources")

    def requests_sent_at_once_all_run(self):
        with self.wire() as wire:
            wire.send(b"".join(self.create(f"at-once-{number}") for number in range(5)))
            self.read(wire, [202] * 5)
        mr.wait_until(lambda: self.sources() == [f"at-once-{number}" for number in range(5)], 15, "the sources")

    def create(self, source):
        body = f'{{"type":"http","name":"{source}","sourceId":"{source}"}}'
        return (f"POST {SOURCES} HTTP/1.1\r\nHost: x\r\nX-StorageApi-Token: {mr.TOKEN}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode()

    def sources(self):
        return [source["sourceId"] for source in self.server.api.get(SOURCES)["sources"]]

    # The end

    def clients_that_trickle_do_not_hold_the_end(self):
        wires = [self.wire() for _ in range(SLOW_CLIENTS)]
        ended = threading.Event()

        def trickle():
            text = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2000
            for at in range(len(text)):
                for wire in wires:
                    with contextlib.suppress(OSError):
                        wire.send(text[at:at + 1])
                if ended.wait(0.2):
                    return

        sender = threading.Thread(target=trickle)
        sender.start()
        try:
            mr.wait_until(lambda: self.metric("millrace_api_connections") > SLOW_CLIENTS, 15, "all are connected")
            began = time.monotonic()
            mr.check_equal(self.server.stop(), 0, "exit status")
            took = time.monotonic() - began
            mr.check(took < STOP_S, f"took {took:.1f} s")
        finally:
            ended.set()
            sender.join()
            for wire in wires:
                wire.socket.close()

    def in_order(self):
        cases = [self.every_case_of_the_table, self.every_small_case_byte_by_byte, self.a_request_split_anywhere,
                 self.a_reset_in_every_state, self.a_half_closed_connection, self.a_head_that_trickles,
                 self.a_header_line_without_end, self.a_request_line_without_end, self.headers_without_end,
                 self.a_body_without_end, self.slow_clients_hold_no_thread, self.no_hidden_request_runs,
                 self.requests_sent_at_once_all_run]
        if self.transport in ("h2", "h2c"):
            cases = self.over_http2()
        return [self.leaving_nothing(case) for case in cases] + [self.clients_that_trickle_do_not_hold_the_end]


if __name__ == "__main__":
    sys.exit(run(__doc__, "api-wire", lambda server, transport: Suite(server, transport).in_order()))
