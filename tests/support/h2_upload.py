"""One upload over HTTP/2 with nothing but sockets, so that a test or a bench decides when each piece is sent, when answers
are read, and how the stream ends."""

import queue
import socket
import struct
import threading

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STREAM = 1
FRAME_BYTES = 16384


def _literal(name, value):
    """A header field that no table keeps (RFC 7541 6.2.2), both parts as they are."""
    out = b"\x00"
    for text in (name.encode(), value.encode()):
        if len(text) < 127:
            out += bytes([len(text)])
        else:
            rest, out = len(text) - 127, out + b"\x7f"
            while rest > 127:
                rest, out = rest >> 7, out + bytes([rest & 127 | 128])
            out += bytes([rest])
        out += text
    return out


class H2Upload:
    """`send()` waits for the windows of the service; lines of the answer are in `lines`, None behind the last."""

    def __init__(self, address, path, headers, reads=True):
        self.lines = queue.Queue()
        self.error = None  # of RST_STREAM or GOAWAY
        self.has_ended = threading.Event()
        self.reads = reads
        self.window = threading.Condition()
        self.windows = {0: 65535, STREAM: 65535}
        self.first_window = 65535
        self.writing = threading.Lock()
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "%s:%d" % address),
                  *((name.lower(), value) for name, value in headers.items())]
        self.socket.sendall(PREFACE + self._framed(SETTINGS, 0, 0, b"") +
                            self._framed(HEADERS, END_HEADERS, STREAM, b"".join(_literal(*field) for field in fields)))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def _framed(kind, flags, stream, payload):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def _write(self, *frame):
        with self.writing:
            self.socket.sendall(self._framed(*frame))

    def send(self, data, timeout_s=60):
        at = 0
        while at < len(data):
            with self.window:
                if not self.window.wait_for(lambda: min(self.windows.values()) > 0 or self.has_ended.is_set(), timeout_s):
                    raise TimeoutError("the windows stay closed")
                if self.has_ended.is_set():
                    raise ConnectionError(f"the stream has ended: {self.error}")
                count = min(len(data) - at, FRAME_BYTES, *self.windows.values())
                for stream in self.windows:
                    self.windows[stream] -= count
            self._write(DATA, 0, STREAM, data[at:at + count])
            at += count

    def end(self):
        self._write(DATA, END_STREAM, STREAM, b"")

    def reset(self, code=8):
        self._write(RST_STREAM, 0, STREAM, struct.pack(">I", code))

    def goaway(self):
        """No further streams; this one goes on."""
        self._write(GOAWAY, 0, 0, struct.pack(">II", 0, 0))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is closed
        self.socket.close()

    def _receive(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise ConnectionError("closed")
            data += piece
        return data

    def _read(self):
        rest = b""
        try:
            while not self.has_ended.is_set():
                head = self._receive(9)
                kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
                payload = self._receive(int.from_bytes(head[:3], "big"))
                if kind == DATA:
                    rest = self._take_lines(rest + payload)
                    if self.reads and payload:
                        for opened in (0, STREAM):
                            self._write(WINDOW_UPDATE, 0, opened, struct.pack(">I", len(payload)))
                else:
                    self._take(kind, flags, stream, payload)
                if kind in (DATA, HEADERS) and flags & END_STREAM and stream == STREAM:
                    break
        except (OSError, ConnectionError) as error:
            self.error = self.error or str(error)
        with self.window:
            self.has_ended.set()
            self.window.notify_all()
        self.lines.put(None)

    def _take_lines(self, text):
        *lines, rest = text.split(b"\n")
        for line in lines:
            self.lines.put(line)
        return rest

    def _take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            with self.window:
                for at in range(0, len(payload), 6):
                    name, value = struct.unpack(">HI", payload[at:at + 6])
                    if name == 4:  # SETTINGS_INITIAL_WINDOW_SIZE
                        self.windows[STREAM] += value - self.first_window
                        self.first_window = value
                self.window.notify_all()
            self._write(SETTINGS, ACK, 0, b"")
        elif kind == PING and not flags & ACK:
            self._write(PING, ACK, 0, payload)
        elif kind == WINDOW_UPDATE:
            with self.window:
                self.windows[stream] = self.windows.get(stream, 0) + struct.unpack(">I", payload)[0]
                self.window.notify_all()
        elif kind in (RST_STREAM, GOAWAY):
            self.error = f"frame {kind}, {payload.hex()}"
            if kind == RST_STREAM:
                self.has_ended.set()
