"""HTTP/2 without TLS, by prior knowledge, with Python's h2: the frames of requests, and an exchange over a plain socket.

curl 7.88 cannot use a connection again whose HTTP/2 is by prior knowledge; here all requests of a case are on one.
"""

import os
import socket
import subprocess
import sys

try:
    import h2.config
    import h2.connection
    import h2.errors
    import h2.events
except ImportError:
    h2 = None

PIECE_BYTES = 1 << 14
TIMEOUT_S = 30


def require_h2(skip):
    """Goes on with a Python that has h2, where this one has not."""
    if h2 is not None:
        return
    for program in (os.environ.get("MILLRACE_TEST_PYTHON"), "/usr/bin/python3"):
        if program and program != sys.executable and os.path.exists(program) and \
                subprocess.run([program, "-c", "import h2"], capture_output=True, check=False).returncode == 0:
            os.execv(program, [program, *sys.argv])
    skip("no Python here has h2; scripts/setup --tests installs python3-h2")


def new_connection():
    config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False)
    connection = h2.connection.H2Connection(config=config)
    connection.initiate_connection()
    return connection


def head_of(request, address):
    head = [(":method", request.method), (":scheme", "http"), (":authority", f"{address[0]}:{address[1]}"),
            (":path", request.target)]
    head += [(name.lower(), value) for name, value in request.headers]
    if request.body or request.method != "GET":
        head.append(("content-length", str(len(request.body))))
    return head


def bytes_of(request, address):
    """What a client sends for a request whose body needs no window of the service."""
    connection = new_connection()
    stream = connection.get_next_available_stream_id()
    connection.send_headers(stream, head_of(request, address), end_stream=not request.body)
    if request.body:
        connection.send_data(stream, request.body, end_stream=True)
    return connection.data_to_send()


class Exchange:
    """One connection. An answer that comes before its body has been sent ends that."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.create_connection(address, timeout=TIMEOUT_S)
        self.connection = new_connection()
        self.statuses = {}
        self.ended = set()
        self.unsent = {}  # stream -> the rest of its body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def begin(self, request):
        """Sends the head; the body goes with the windows that there are."""
        stream = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream, head_of(request, self.address), end_stream=not request.body)
        if request.body:
            self.unsent[stream] = request.body
        self.flush()
        return stream

    def status_of(self, stream):
        """The status of its answer, once that is whole."""
        while stream not in self.ended:
            self.send_bodies()
            self.flush()
            self.receive()
        return self.statuses[stream]

    def send_bodies(self):
        for stream, body in list(self.unsent.items()):
            while body:
                room = min(self.connection.local_flow_control_window(stream), PIECE_BYTES, len(body),
                           self.connection.max_outbound_frame_size)
                if room == 0:
                    break
                self.connection.send_data(stream, body[:room], end_stream=room == len(body))
                body = body[room:]
                self.flush()
                if self.has_news():
                    break
            if body:
                self.unsent[stream] = body
            else:
                del self.unsent[stream]

    def has_news(self):
        """Whether the service has said something; a body is not sent past its answer."""
        self.socket.setblocking(False)
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False
        finally:
            self.socket.settimeout(TIMEOUT_S)

    def flush(self):
        data = self.connection.data_to_send()
        if data:
            self.socket.sendall(data)

    def receive(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise AssertionError(f"the service has closed; statuses so far: {self.statuses}")
        for event in self.connection.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.statuses[event.stream_id] = int(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.DataReceived):
                self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                self.end(event)
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise AssertionError(f"GOAWAY, error {event.error_code}; statuses so far: {self.statuses}")
        self.flush()

    def end(self, event):
        stream = event.stream_id
        self.ended.add(stream)
        if stream not in self.statuses:
            raise AssertionError(f"stream {stream} was reset without an answer: {event}")
        if self.unsent.pop(stream, None) is not None and isinstance(event, h2.events.StreamEnded):
            self.connection.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)


def ask_in_turn(address, requests):
    """The statuses of requests on one connection, each sent when the one before has its answer."""
    with Exchange(address) as exchange:
        return [exchange.status_of(exchange.begin(request)) for request in requests]


def ask_at_once(address, requests):
    """The same, all sent before any answer is read."""
    with Exchange(address) as exchange:
        streams = [exchange.begin(request) for request in requests]
        return [exchange.status_of(stream) for stream in streams]
