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
        self.records = ()       # in flight
        self.is_repeat = False  # their key was acknowledged before

    def answer(self):
        """Status of the answer and whether it says that it was given before, once it is whole."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = 0
        is_replayed = False
        for line in self.received[:end].lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
            is_replayed |= line == b"idempotency-replayed: true"
        if len(self.received) < end + 4 + length:
            return None
        status = int(self.received[9:12])
        self.received = self.received[end + 4 + length:]
        return status, is_replayed


class Load:
    """Sends numbered records and remembers what became of each.

    A connection that fails is not opened again within one run(): what it had in flight may still be
    written, and a later record of the same slot could overtake it. A keyed slot sends the same records
    with the same key again, in this or a later run(), until they are acknowledged; and every fifth request once
    more after that.
    """

    REPEAT_EVERY = 5

    def __init__(self, make_body, connections=16, batch_of=lambda slot: 1, is_keyed=lambda slot: False):
        self.make_body = make_body  # (record number, slot) -> bytes without a line feed
        self.connections = connections
        self.batch_of = batch_of    # slot -> records in each of its requests; several are sent as lines
        self.is_keyed = is_keyed    # slot -> whether its requests have an Idempotency-Key
        self.pending = {}           # keyed slot -> records that it will send again
        self.replayed = 0           # keyed requests that got their first answer again
        self.written_again = []     # first records of keyed requests that should have, and did not
        self.next_record = 0
        self.slot_of = {}           # record number -> slot, of everything sent
        self.acknowledged = set()   # 200
        self.refused = {}           # another status -> how often
        self.batches = []           # the records of each request with several

    def run(self, address, path, until, seconds, only_pending=False):
        """Sends until until() is true, the seconds are over or no connection is left.

        At the end of the seconds the requests in flight are answered first. `path` is that of all slots, or
        a function of the slot. `only_pending` sends nothing new.
        """
        path_of = path if callable(path) else lambda _slot: path
        deadline = time.monotonic() + seconds
        open_connections = {}
        with selectors.DefaultSelector() as selector:
            def drop(connection):
                selector.unregister(connection.socket)
                connection.socket.close()
                del open_connections[connection.slot]

            def send(connection):
                connection.records = self.pending.get(connection.slot) or self._new_records(connection.slot)
                connection.is_repeat = connection.records[0] in self.acknowledged
                count = len(connection.records)
                key = b""
                if self.is_keyed(connection.slot):
                    self.pending[connection.slot] = connection.records
                    key = b'\r\nIdempotency-Key: "records-from-%d"' % connection.records[0]
                body = b"\n".join(self.make_body(record, connection.slot) for record in connection.records)
                head = (f"POST {path_of(connection.slot)} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n"
                        "Content-Type: ").encode()
                media = b"application/json" if count == 1 else b"application/x-ndjson"
                connection.socket.sendall(head + media + key + b"\r\nContent-Length: " + str(len(body)).encode() +
                                          b"\r\n\r\n" + body)

            try:
                for slot in sorted(self.pending) if only_pending else range(self.connections):
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
                            answer = connection.answer()
                            if answer is None:
                                continue
                            self._note(connection, *answer)
                            done = only_pending and connection.slot not in self.pending
                            if done or time.monotonic() > deadline:
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

    def _new_records(self, slot):
        count = self.batch_of(slot)
        records = range(self.next_record, self.next_record + count)
        self.next_record += count
        for record in records:
            self.slot_of[record] = slot
        if count > 1:
            self.batches.append(records)
        return records

    def _note(self, connection, status, is_replayed):
        records = connection.records
        if status != 200:
            self.refused[status] = self.refused.get(status, 0) + 1
            return
        self.acknowledged.update(records)
        self.replayed += is_replayed
        if connection.is_repeat and not is_replayed:
            self.written_again.append(records[0])
        if connection.is_repeat or records[0] % self.REPEAT_EVERY != 0:
            self.pending.pop(connection.slot, None)

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
