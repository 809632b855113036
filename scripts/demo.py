#!/usr/bin/env python3
"""Shows the main job of a running Millrace: events in, rows out.

Creates the source `github` with one sink, sends GitHub webhook events, waits until all of them are rows
of the table and prints what happened. The events are sent as GitHub sends them, so a webhook of a real
repository (content type application/json) can be pointed at the same URL. The id of the delivery, which
GitHub sends as a header, is the primary key of the table. So a demo that was interrupted at any place is
simply run again: what exists is kept, every event is sent again, and a row that is already there is
replaced by the same row.
"""

import argparse
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

EVENTS = pathlib.Path(__file__).parent.parent / "tests/data/webhooks/github.jsonl"
EVENT_COUNT = 510  # each example six times
SENDERS = 4
PATIENCE_S = 60

SOURCE_ID = "github"
SINK_ID = "events"
TABLE_ID = "in.c-github.events"
DESCRIPTION = "Made by scripts/run."
DELIVERIES = uuid.UUID("6f6e2d3c-9a67-4a5e-8f5c-0d4b1d3f7a11")  # the demo's own, always the same


def text_column(name, path):
    return {"type": "path", "name": name, "path": path, "rawString": True, "defaultValue": ""}


def header_column(name, header, **more):
    content = f"Header('{header}', '')"
    return {"type": "template", "name": name, "template": {"language": "jsonnet", "content": content}, "rawString": True, **more}


SINK = {
    "sinkId": SINK_ID,
    "name": "Events",
    "description": DESCRIPTION,
    "type": "table",
    "table": {
        "type": "keboola",
        "tableId": TABLE_ID,
        "mapping": {
            "columns": [
                header_column("delivery", "X-GitHub-Delivery", primaryKey=True),
                {"type": "datetime", "name": "received_at", "dataType": "TIMESTAMP"},
                header_column("event", "X-GitHub-Event"),
                text_column("action", "action"),
                text_column("repository", "repository.full_name"),
                text_column("sender", "sender.login"),
                {"type": "headers", "name": "headers"},
                {"type": "body", "name": "body"},
            ]
        },
    },
}

# A row is in the table within a second. For real traffic the defaults gather more rows an import.
SETTINGS = [
    {"key": "storage.level.staging.upload.trigger.count", "value": 1},
    {"key": "storage.level.target.import.trigger.count", "value": 1},
]


class DemoFailed(Exception):
    pass


class NotFound(Exception):
    pass


class Api:
    """The REST API of one branch."""

    def __init__(self, url, token):
        self.url = url
        self.token = token

    def call(self, method, url, body=None):
        """Returns the decoded answer. `url` is absolute or a path below /v1/branches/default."""
        if not url.startswith("http"):
            url = f"{self.url}/v1/branches/default{url}"
        request = urllib.request.Request(url, method=method)
        request.add_header("X-StorageApi-Token", self.token)
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as failure:
            text = failure.read().decode(errors="replace")
            if failure.code == 404:
                raise NotFound(text) from failure
            raise DemoFailed(f"{method} {url} answered {failure.code}: {text}") from failure

    def find(self, path):
        try:
            return self.call("GET", path)
        except NotFound:
            return None

    def change(self, method, path, body):
        """Starts a task and waits until it is done."""
        task = self.call(method, path, body)
        # By its id, not by its url: the public address need not be reachable from here.
        url = f"{self.url}/v1/tasks/{urllib.parse.quote(task['taskId'])}"
        deadline = time.monotonic() + PATIENCE_S
        while not task["isFinished"]:
            if time.monotonic() > deadline:
                raise DemoFailed(f"the task {task['taskId']} is not finished after {PATIENCE_S} s")
            time.sleep(0.02)
            task = self.call("GET", url)
        if task["status"] != "success":
            raise DemoFailed(f"the task {task['taskId']} failed: {task.get('error')}")


def wait_for_ready_file(path):
    """Returns its content. The caller ends this script when the service ends."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return json.loads(path.read_text())
        time.sleep(0.05)


def read_admin_token(data_dir):
    token = os.environ.get("MILLRACE_ADMIN_TOKEN")
    return token or (data_dir / "admin-token").read_text().strip()


def ensure_source_and_sink(api):
    """Returns the source, or nothing where the folder belongs to somebody's own sources."""
    source = api.find(f"/sources/{SOURCE_ID}")
    if source is None:
        if api.call("GET", "/sources?limit=1")["page"]["totalCount"] > 0:
            return None
        print(f"Creating the source {SOURCE_ID} ...", flush=True)
        body = {"sourceId": SOURCE_ID, "name": "GitHub", "type": "http", "description": DESCRIPTION}
        api.change("POST", "/sources", body)
        source = api.call("GET", f"/sources/{SOURCE_ID}")
    elif source.get("description") != DESCRIPTION:
        return None

    if api.find(f"/sources/{SOURCE_ID}/sinks/{SINK_ID}") is None:
        print(f"Creating the sink {SINK_ID}, table {TABLE_ID} ...", flush=True)
        api.change("POST", f"/sources/{SOURCE_ID}/sinks", SINK)
    api.change("PATCH", f"/sources/{SOURCE_ID}/sinks/{SINK_ID}/settings", {"settings": SETTINGS})
    return source


class Table:
    """The table, read as any other program would: with SQLite, while the service runs."""

    def __init__(self, data_dir):
        bucket, self.name = TABLE_ID.rsplit(".", 1)
        self.path = data_dir / "target" / f"{bucket}.sqlite"

    def query(self, sql):
        uri = f"file:{urllib.parse.quote(str(self.path.resolve()))}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE_S)) as connection:
            return connection.execute(sql).fetchall()

    def deliveries(self):
        """The ids that are there; none while there is no table."""
        if not self.path.exists():
            return set()
        try:
            rows = self.query(f'SELECT delivery FROM "{self.name}"')
        except sqlite3.OperationalError as failure:
            if "no such table" in str(failure):
                return set()
            raise
        return {row[0] for row in rows}

    def show(self, sql):
        """Prints the answer of the sqlite3 shell, as a reader can do it."""
        command = ["sqlite3", "-readonly", "-box", str(self.path), sql]
        print(f"\n$ sqlite3 -readonly -box {self.path} \\\n    '{sql}'", flush=True)
        if shutil.which(command[0]) is None:
            for row in self.query(sql):
                print("  ", *row, sep="  ")
            return
        subprocess.run(command, check=True)


def delivery(number):
    return str(uuid.uuid5(DELIVERIES, str(number)))


def numbered_events(count):
    """Yields (delivery, event, body): GitHub's payloads again and again, each with an id of its own."""
    lines = EVENTS.read_text(encoding="utf-8").splitlines()
    for number in range(1, count + 1):
        example = json.loads(lines[(number - 1) % len(lines)])
        yield delivery(number), example["event"], json.dumps(example["payload"], ensure_ascii=False).encode()


def send(url, identity, event, body):
    """Posts one event until it was answered with 200: then it is on disk."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        request = urllib.request.Request(url, data=body, method="POST")
        request.add_header("Content-Type", "application/json")
        request.add_header("User-Agent", "GitHub-Hookshot/demo")
        request.add_header("X-GitHub-Delivery", identity)
        request.add_header("X-GitHub-Event", event)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                if answer.status == 200:
                    return
                problem = f"status {answer.status}"
        except urllib.error.HTTPError as failure:
            problem = f"status {failure.code}: {failure.read().decode(errors='replace')}"
            if failure.code not in (429, 503, 507):
                raise DemoFailed(f"an event was refused with {problem}") from failure
        except OSError as failure:
            problem = str(failure)
        if time.monotonic() > deadline:
            raise DemoFailed(f"an event was not accepted within {PATIENCE_S} s: {problem}")
        time.sleep(0.2)


def send_all(url):
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(send, url, *event) for event in numbered_events(EVENT_COUNT)]
        for done in concurrent.futures.as_completed(sent):
            if done.exception() is not None:
                pool.shutdown(cancel_futures=True)
                raise done.exception()
    took = time.monotonic() - started
    print(f"{EVENT_COUNT} events were answered with 200 in {took:.1f} s: each is on disk.", flush=True)


def wait_until_in_table(table, wanted):
    started = time.monotonic()
    while not wanted <= table.deliveries():
        if time.monotonic() - started > PATIENCE_S:
            missing = sorted(wanted - table.deliveries())
            raise DemoFailed(
                f"{len(missing)} events are not in the table after {PATIENCE_S} s, first {missing[0]}"
            )
        time.sleep(0.05)
    print(f"All of them are in the table {time.monotonic() - started:.1f} s later.", flush=True)


def print_counters(api):
    total = api.call("GET", f"/sources/{SOURCE_ID}/sinks/{SINK_ID}/statistics/total")
    print("\nCounters of the sink, by storage level:")
    for level in ("local", "staging", "target"):
        counters = total["levels"].get(level)
        records = counters["recordsCount"] if counters else 0
        size = counters["uncompressedSize"] if counters else 0
        print(f"  {level:<8} {records:>8} records {size:>12} bytes of CSV")
    print(f"  {'total':<8} {total['total']['recordsCount']:>8} records")


def print_what_to_try(source_url, options):
    millrace = "build/release/millrace"
    if options.data_dir.resolve() != pathlib.Path("data").resolve():
        millrace += f" --data-dir {shlex.quote(str(options.data_dir))}"
    event = '{"action": "hello", "sender": {"login": "me"}}'
    print(f"\nThe URL of the source:\n  {source_url}")
    print("\nSend an event yourself, in another terminal, and look at its row:")
    print(f"  curl -i -H 'Content-Type: application/json' -H 'X-GitHub-Delivery: mine-1' \\\n    -d '{event}' \\\n    '{source_url}'")
    print(f"  {millrace} flush {SOURCE_ID} {SINK_ID}")
    print(f"  {millrace} rows {TABLE_ID} --json | grep hello")
    print("\nOr make a table of your own:")
    print(f"  {millrace} source create shop")
    print(f"  {millrace} sink create shop orders --table in.c-shop.orders \\\n    --column id=order.id:INTEGER:key --column at=@datetime:TIMESTAMP")
    print(f"  echo '{{\"order\": {{\"id\": 1}}}}' | {millrace} send shop --flush")
    print(f"  {millrace} rows in.c-shop.orders")
    print("\nOr give the URL to a webhook of a repository (content type application/json), if GitHub can reach it.")
    print("\nServing until Ctrl-C.", flush=True)


def run(options):
    ready = wait_for_ready_file(options.ready_file)
    api = Api(ready["api"], read_admin_token(options.data_dir))
    source = ensure_source_and_sink(api)
    if source is None:
        print(f"{options.data_dir} has sources already, so there is no demo.")
        print(f"API {ready['api']}, ingest {ready['ingest']}. Serving until Ctrl-C.", flush=True)
        return

    table = Table(options.data_dir)
    wanted = {delivery(number) for number in range(1, EVENT_COUNT + 1)}
    present = wanted & table.deliveries()
    # The address it is bound to, so that the demo also works behind a public URL.
    bound_url = ready["ingest"] + urllib.parse.urlsplit(source["http"]["url"]).path
    if present == wanted:
        print(f"The demo was completed before: all {EVENT_COUNT} events are in the table.")
    else:
        if present:
            print(f"Continuing: {len(present)} of {EVENT_COUNT} events are in the table already.")
        print(f"Sending {EVENT_COUNT} GitHub webhook events ...", flush=True)
        send_all(bound_url)
        wait_until_in_table(table, wanted)

    count, distinct = table.query(f'SELECT count(*), count(DISTINCT delivery) FROM "{table.name}"')[0]
    if count != distinct:
        raise DemoFailed(f"the table has {count} rows for {distinct} deliveries")
    table.show(f"SELECT received_at, event, action, repository, sender FROM {table.name} ORDER BY received_at, delivery LIMIT 8")
    table.show(f"SELECT count(*), count(DISTINCT event) AS events, min(received_at), max(received_at) FROM {table.name}")
    print_counters(api)
    print_what_to_try(source["http"]["url"], options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ready-file", type=pathlib.Path, required=True)
    parser.add_argument("--data-dir", type=pathlib.Path, required=True)
    try:
        run(parser.parse_args())
    except (DemoFailed, OSError, sqlite3.Error) as failure:
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
