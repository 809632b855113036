"""A load client: one thread, many keep-alive connections, one request in flight on each."""

import random
import selectors
import socket
import time
from typing import NamedTuple

RECEIVE_BYTES = 1 << 16
RECONNECT_S = 0.3
SELECT_S = 0.02  # how long a loop that has nothing to send waits for answers


class Answer(NamedTuple):
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def is_replayed(self):
        return self.headers.get("idempotency-replayed") == "true"


class Listener:
    """What a load tells; does nothing with it."""

    def sent(self, slot, records):
        """Just before the first byte leaves."""

    def answered(self, slot, records, answer, seconds):
        pass


class _Connection:
    def __init__(self, slot, address):
        self.slot = slot
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.records = ()       # in flight, or the last ones
        self.is_repeat = False  # their key was acknowledged before
        self.sent_at = None     # None: nothing is in flight

    def answer(self):
        """The next answer once it is whole, else None."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.received[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        if len(self.received) < end + 4 + length:
            return None
        status = int(lines[0][9:12])
        body = self.received[end + 4:end + 4 + length]
        self.received = self.received[end + 4 + length:]
        return Answer(status, headers, body)


class Load:
    """Sends numbered records and remembers what became of each.

    A connection that fails is opened again within one run() only with `reconnects`: what it had in flight may still
    be written, and a later record of the same slot could overtake it. A keyed slot sends the same records
    with the same key again, in this or a later run(), until they are acknowledged; every fifth request once
    more after that; and now and then, by `old_repeats`, one that was acknowledged any time ago.
    """

    REPEAT_EVERY = 5
    OLD_KEPT = 200  # acknowledged requests of a slot that may be sent again

    def __init__(self, make_body, connections=16, batch_of=lambda slot: 1, is_keyed=lambda slot: False,
                 listener=None, pace_s=0, reconnects=False, old_repeats=0.0, seed=0, first_slot=0, first_record=0):
        self.make_body = make_body  # (record number, slot) -> bytes without a line feed
        self.slots = range(first_slot, first_slot + connections)
        self.batch_of = batch_of    # slot -> records in each of its requests; several are sent as lines
        self.is_keyed = is_keyed    # slot -> whether its requests have an Idempotency-Key
        self.listener = listener or Listener()
        self.pace_s = pace_s        # a connection sends no sooner than that after its last request
        self.reconnects = reconnects
        self.old_repeats = old_repeats  # share of the requests of keyed slots
        self.random = random.Random(seed)
        self.pending = {}           # keyed slot -> records that it will send again
        self.old_requests = {}      # keyed slot -> some of its acknowledged requests
        self.replayed = 0           # keyed requests that got their first answer again
        self.written_again = []     # first records of keyed requests that should have, and did not
        self.in_flight = {}         # slot -> since when
        self.next_record = first_record
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
        _Run(self, address, path_of, time.monotonic() + seconds, only_pending).go(until)

    def next_request(self, slot):
        """The records that a slot sends now."""
        if slot in self.pending:
            return self.pending[slot]
        old = self.old_requests.get(slot)
        if old and self.random.random() < self.old_repeats:
            return self.random.choice(old)
        return self._new_records(slot)

    def key_of(self, records):
        return f"records-from-{records[0]}"

    def note(self, slot, records, is_repeat, answer):
        if answer.status not in (200, 202):
            self.refused[answer.status] = self.refused.get(answer.status, 0) + 1
            if is_repeat:  # nothing is owed: it was acknowledged
                self.pending.pop(slot, None)
            return
        if answer.status == 200:
            self.acknowledged.update(records)
        self.replayed += answer.is_replayed
        if is_repeat and not answer.is_replayed:
            self.written_again.append(records[0])
        if is_repeat or records[0] % self.REPEAT_EVERY != 0:
            self.pending.pop(slot, None)
        if self.old_repeats and not is_repeat and self.is_keyed(slot):
            self._keep_for_later(slot, records)

    def newest_acknowledged(self):
        """Slot -> its newest acknowledged record."""
        newest = {}
        for record in self.acknowledged:
            slot = self.slot_of[record]
            newest[slot] = max(newest.get(slot, -1), record)
        return newest

    def _new_records(self, slot):
        count = self.batch_of(slot)
        records = range(self.next_record, self.next_record + count)
        self.next_record += count
        for record in records:
            self.slot_of[record] = slot
        if count > 1:
            self.batches.append(records)
        return records

    def _keep_for_later(self, slot, records):
        kept = self.old_requests.setdefault(slot, [])
        if len(kept) < self.OLD_KEPT:
            kept.append(records)
        else:
            kept[self.random.randrange(self.OLD_KEPT)] = records


class _Run:
    """One run() of a load."""

    def __init__(self, load, address, path_of, deadline, only_pending):
        self.load = load
        self.address = address
        self.path_of = path_of
        self.deadline = deadline
        self.only_pending = only_pending
        self.open = {}     # slot -> connection
        self.due = {}      # slot -> when it sends next, or is opened again; not those with a request in flight
        self.selector = selectors.DefaultSelector()

    def go(self, until):
        now = time.monotonic()
        slots = sorted(self.load.pending) if self.only_pending else self.load.slots
        # With a pace the first requests are spread too.
        self.due = {slot: now + self.load.pace_s * at / max(1, len(slots)) for at, slot in enumerate(slots)}
        try:
            while (self.open or self.due) and not until():
                if not self._send_due():
                    return
                for key, _ in self.selector.select(timeout=SELECT_S):
                    self._receive(key.data)
        finally:
            for connection in list(self.open.values()):
                drop_quietly(connection.socket)
            self.selector.close()
            self.load.in_flight.clear()

    def _send_due(self):
        """Returns false when the service went away while the connections were made."""
        now = time.monotonic()
        for slot in [slot for slot, at in self.due.items() if at <= now]:
            del self.due[slot]
            if now > self.deadline or (self.only_pending and slot not in self.load.pending):
                if slot in self.open:
                    self._drop(self.open[slot])
                continue
            connection = self.open.get(slot)
            try:
                if connection is None:
                    connection = self._connect(slot)
                self._send(connection)
            except OSError:
                if connection is None and not self.load.reconnects:
                    return False
                self._lost(connection, slot)
        return True

    def _connect(self, slot):
        connection = _Connection(slot, self.address)
        self.open[slot] = connection
        self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        return connection

    def _send(self, connection):
        load, slot = self.load, connection.slot
        records = load.next_request(slot)
        connection.records = records
        connection.is_repeat = records[0] in load.acknowledged
        key = ""
        if load.is_keyed(slot):
            load.pending[slot] = records
            key = f'\r\nIdempotency-Key: "{load.key_of(records)}"'
        body = b"\n".join(load.make_body(record, slot) for record in records)
        media = "application/json" if len(records) == 1 else "application/x-ndjson"
        head = (f"POST {self.path_of(slot)} HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
                f"Content-Type: {media}{key}\r\nContent-Length: {len(body)}\r\n\r\n")
        connection.sent_at = load.in_flight[slot] = time.monotonic()
        load.listener.sent(slot, records)
        connection.socket.sendall(head.encode() + body)

    def _receive(self, connection):
        try:
            data = connection.socket.recv(RECEIVE_BYTES)
        except OSError:
            data = b""
        if not data:
            self._lost(connection, connection.slot)
            return
        connection.received += data
        answer = connection.answer()
        if answer is None:
            return
        now = time.monotonic()
        slot = connection.slot
        if connection.sent_at is None:  # nobody asked: the connection is refused, and the request is not yet sent
            return
        self.load.note(slot, connection.records, connection.is_repeat, answer)
        self.load.listener.answered(slot, connection.records, answer, now - connection.sent_at)
        self.load.in_flight.pop(slot, None)
        self.due[slot] = connection.sent_at + self.load.pace_s
        connection.sent_at = None

    def _lost(self, connection, slot):
        if connection is not None:
            self._drop(connection)
        if self.load.reconnects:
            self.due[slot] = time.monotonic() + RECONNECT_S

    def _drop(self, connection):
        self.selector.unregister(connection.socket)
        connection.socket.close()
        del self.open[connection.slot]
        self.load.in_flight.pop(connection.slot, None)
        self.due.pop(connection.slot, None)


def drop_quietly(connection):
    try:
        connection.close()
    except OSError:
        pass
