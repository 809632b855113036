"""The load of a data folder that is kept as test data (tests/data/README.md), and what was promised of it."""

import json
import threading

import millrace_client as mr

SOURCE = "orders"
BUCKET = "in.c-kept"
WINDOW = "168h"  # the longest
NEVER = {mr.IMPORT_COUNT: 10_000_000, mr.IMPORT_INTERVAL: "24h", mr.IMPORT_SIZE: "500MB"}
LATER = {mr.UPLOAD_COUNT: 10_000_000, mr.UPLOAD_INTERVAL: "30m", mr.UPLOAD_SIZE: "50MB"}
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}

BODY = {"type": "body", "name": "body"}
# Where the rows of each sink are when the program is killed, besides those that are still open.
SINKS = {
    "imported": ([mr.path_column("id", "id", primaryKey=True), BODY], {mr.UPLOAD_COUNT: 60, mr.IMPORT_COUNT: 180}),
    "staged": ([mr.path_column("id", "id"), BODY], {mr.UPLOAD_COUNT: 60, **NEVER}),
    "open": ([mr.path_column("id", "id"), mr.path_column("price", "price")], {**LATER, **NEVER}),
}
KEEPS_REJECTS = "open"


def body_of(number):
    """Every seventh record has no price, which the sink `open` keeps as a reject."""
    record = {"id": f"event-{number}", "text": "é \"quoted\",\n" * (number % 5)}
    if has_price(number):
        record["price"] = str(number / 8)
    return json.dumps(record)


def has_price(number):
    return number % 7 != 0


class Promises:
    """What was sent, and what of it was answered with a 200."""

    def __init__(self):
        self.lock = threading.Lock()
        self.next_record = 0
        self.requests = []  # {"key", "records", "body", "isBatch", "status", "answer"}; no status: in doubt

    def new(self, count, is_keyed):
        with self.lock:
            records = list(range(self.next_record, self.next_record + count))
            self.next_record += count
            request = {"key": f"key-{records[0]}" if is_keyed else None, "records": records,
                       "body": "\n".join(map(body_of, records)), "isBatch": count > 1, "status": None, "answer": None}
            self.requests.append(request)
            return request

    def acknowledged(self):
        return {record for request in self.requests if request["status"] == 200 for record in request["records"]}

    def in_doubt(self):
        return {record for request in self.requests if request["status"] is None for record in request["records"]}


def send(wire, path, request):
    """The answer; None when the connection ended first."""
    headers = dict(LINES if request["isBatch"] else JSON)
    if request["key"]:
        headers["Idempotency-Key"] = request["key"]
    return wire.post(path, request["body"].encode(), headers)


def load(server, path, promises, requests, connections=6, then=None):
    """Sends `requests` requests over each connection; `then` is called while the last of them are under way."""
    enough = threading.Event()

    def run(slot):
        try:
            with mr.Wire(server.ingest_address()) as wire:
                for turn in range(requests if then is None else 100 * requests):
                    request = promises.new(5 if slot % 3 == 2 else 1, is_keyed=slot % 2 == 1)
                    answer = send(wire, path, request)
                    if answer is None:
                        return
                    request["status"], request["answer"] = answer.status, answer.body.decode()
                    if turn == requests:
                        enough.set()
        except OSError:
            pass  # killed

    threads = [threading.Thread(target=run, args=[slot]) for slot in range(connections)]
    for thread in threads:
        thread.start()
    if then is not None:
        mr.check(enough.wait(60), "the load does not run")
        then()
    for thread in threads:
        thread.join()


def create(server):
    path = server.api.create_source(SOURCE)
    server.api.patch_source(SOURCE, {"source.http.idempotency.window": WINDOW})
    for sink, (columns, settings) in SINKS.items():
        server.api.create_sink(SOURCE, sink, f"{BUCKET}.{sink}", columns, settings)
    server.api.patch_sink(SOURCE, KEEPS_REJECTS, {"mapping.onError": "keep"})
    return path
