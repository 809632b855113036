"""A load client: one thread, many keep-alive connections, one request in flight on each."""

import selectors
import socket
import time

RECEIVE_BYTES = 1 << 16


class _Connection:
    def __init__(self, slot, address):
        self.slot = slot
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.records = ()  # in flight

    def answer(self):
        """The status of the answer, once it is whole."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = 0
        for line in self.received[:end].lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if len(self.received) < end + 4 + length:
            return None
        status = int(self.received[9:12])
        self.received = self.received[end + 4 + length:]
        return status


class Load:
    """Sends numbered records and remembers what became of each.

    A connection that fails is not opened again within one run(): what it had in flight may still be
    written, and a later record of the same slot could overtake it.
    """

    def __init__(self, make_body, connections=16, batch_of=lambda slot: 1):
        self.make_body = make_body  # (record number, slot) -> bytes without a line feed
        self.connections = connections
        self.batch_of = batch_of    # slot -> records in each of its requests; several are sent as lines
        self.next_record = 0
        self.slot_of = {}           # record number -> slot, of everything sent
        self.acknowledged = set()   # 200
        self.refused = {}           # another status -> how often
        self.batches = []           # the records of each request with several

    def run(self, address, path, until, seconds):
        """Sends until until() is true, the seconds are over or no connection is left.

        At the end of the seconds the requests in flight are answered first.
        """
        head = f"POST {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nContent-Type: ".encode()
        deadline = time.monotonic() + seconds
        open_connections = {}
        with selectors.DefaultSelector() as selector:
            def drop(connection):
                selector.unregister(connection.socket)
                connection.socket.close()
                del open_connections[connection.slot]

            def send(connection):
                count = self.batch_of(connection.slot)
                connection.records = range(self.next_record, self.next_record + count)
                self.next_record += count
                for record in connection.records:
                    self.slot_of[record] = connection.slot
                if count > 1:
                    self.batches.append(connection.records)
                body = b"\n".join(self.make_body(record, connection.slot) for record in connection.records)
                media = b"application/json" if count == 1 else b"application/x-ndjson"
                connection.socket.sendall(head + media + b"\r\nContent-Length: " + str(len(body)).encode() +
                                          b"\r\n\r\n" + body)

            try:
                for slot in range(self.connections):
                    connection = _Connection(slot, address)
                    open_connections[slot] = connection
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                    send(connection)
                while open_connections and not until():
                    for key, _ in selector.select(timeout=0.02):
                        connection = key.data
                        try:
                            data = connection.socket.recv(RECEIVE_BYTES)
                            if not data:
                                drop(connection)
                                continue
                            connection.received += data
                            status = connection.answer()
                            if status is None:
                                continue
                            self._note(connection.records, status)
                            if time.monotonic() > deadline:
                                drop(connection)
                            else:
                                send(connection)
                        except OSError:
                            drop(connection)
            except OSError:
                pass  # the service went away while the connections were made
            finally:
                for connection in list(open_connections.values()):
                    drop_quietly(connection.socket)

    def _note(self, records, status):
        if status == 200:
            self.acknowledged.update(records)
        else:
            self.refused[status] = self.refused.get(status, 0) + 1

    def newest_acknowledged(self):
        """Slot -> its newest acknowledged record."""
        newest = {}
        for record in self.acknowledged:
            slot = self.slot_of[record]
            newest[slot] = max(newest.get(slot, -1), record)
        return newest


def drop_quietly(connection):
    try:
        connection.close()
    except OSError:
        pass
