#!/usr/bin/env python3
"""Stream Loads and uploads on the real binary, which is killed at every step of theirs.

Goal    a load is visible whole or not at all; what was answered Success is there after every kill, what was prepared can
        be committed or aborted, what was aborted stays away; a label or queryId never loads twice.
Method  clients load, in one phase and in two, and upload into both kinds of tables, while the shim kills the service at a
        chosen write, sync, rename or removal (docs/testing.md). What has no answer is sent again in the next life, under
        the same label. The long forms: --lives N draws the kills, --every takes each call of each phase in turn.
"""

import base64
import collections
import http.client
import itertools
import json
import os
import random
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

BUCKET = "in.c-kills"
PHASES = ("slice", "seal", "catalog", "import", "upload", "remove")
TEARABLE = ("slice", "catalog", "import", "upload")
KINDS = ("one", "two", "abort", "upload", "batches", "cut")
ROWS = (3, 400, 2500)
WANTED = ("one sent", "two sent", "two ending", "abort ending", "upload sent", "batches sent")  # loads are killed as
LIVES_AT_MOST = 5  # times those that were asked for
UNHIT_IN_A_ROW = 3  # lives that a plan of --every has not killed, until its phase is over
LOADS_OF_A_LIFE = 12
AUTHORIZATION = "Basic " + base64.b64encode(f"root:{mr.TOKEN}".encode()).decode()
GONE = (OSError, http.client.HTTPException, ValueError)  # what a client sees of a service that dies


class Again(Exception):
    """The service cannot answer yet, or is gone."""


class Item:
    """One load: what its client has been told, and what it wants next."""

    def __init__(self, number, kind, rows):
        self.kind = kind
        self.label = f"{kind}-{number}"
        self.rows = rows
        self.state = "new"  # sent, prepared, ending, done, aborted
        self.transaction = None
        self.is_visible = False  # so its client was told
        self.table = "batches" if kind == "batches" else "loads"

    def body(self, header=False):
        lines = ["label,n"] if header else []
        return ("\n".join(lines + [f"{self.label},{number}" for number in range(self.rows)]) + "\n").encode()

    @property
    def has_ended(self):
        return self.state in ("done", "aborted")


class Client:
    """Calls of one service, which may die during any of them."""

    def __init__(self, server):
        self.address = server.ingest_address()

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            connection.request(method, path, body, {"Authorization": AUTHORIZATION, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read().splitlines()[-1] if path.startswith("/upload") else answer.read())
        except GONE as error:
            raise Again(str(error)) from None
        finally:
            connection.close()

    def state_of(self, label):
        return self.ask("GET", f"/api/kills/get_load_state?label={label}")[1]["data"]

    def step(self, item):
        """Takes the load one step on."""
        if item.kind in ("upload", "batches"):
            return self.upload(item)
        if item.kind == "cut":
            return self.cut(item)
        if item.kind == "one" or item.state in ("new", "sent"):
            return self.load(item)
        return self.end(item)

    def load(self, item):
        item.state = "sent"
        headers = {"label": item.label, "column_separator": ","}
        if item.kind != "one":
            headers["two_phase_commit"] = "true"
        _, told = self.ask("PUT", f"/api/kills/{item.table}/_stream_load", item.body(), headers)
        if told["Status"] == "Success":
            item.transaction = told["TxnId"]
            item.state = "done" if item.kind == "one" else "prepared"
            item.is_visible = item.kind == "one"
        elif told["Status"] == "Label Already Exists" and told["ExistingJobStatus"] != "RUNNING":
            # FINISHED is a load that is committed: it will be visible, if it is not yet.
            mr.check_equal(told["ExistingLoadedRows"], item.rows, f"the first load of {item.label}: {told}")
            mr.check_equal(told["ExistingJobStatus"], "FINISHED" if item.kind == "one" else "PRECOMMITTED", f"{told}")
            item.transaction = told["ExistingTxnId"]
            item.state = "done" if item.kind == "one" else "prepared"
        elif told["Status"] in ("Publish Timeout", "Label Already Exists"):
            raise Again(told["Message"])
        else:
            raise mr.Failure(f"{item.label}: {told}")

    def end(self, item):
        item.state = "ending"
        operation = "commit" if item.kind == "two" else "abort"
        which = {"txn_id": str(item.transaction)} if item.rows % 2 else {"label": item.label}
        _, told = self.ask("PUT", "/api/kills/_stream_load_2pc", None, {"txn_operation": operation, **which})
        mr.check_equal(told["status"], "Success", f"{operation} of {item.label}: {told}")
        item.state = "done" if item.kind == "two" else "aborted"

    def upload(self, item):
        item.state = "sent"
        status, told = self.ask("POST", f"/upload?table={BUCKET}.{item.table}&queryId={item.label}", item.body(header=True),
                                {"Content-Type": "text/csv"})
        if status == 409 and told["error"] == "stream.upload.queryIdRunning":
            raise Again()
        mr.check_equal((status, told["rowsTotal"]), (200, item.rows), f"{item.label}: {told}")
        item.state = "done"

    def cut(self, item):
        """Half of a body, then the connection ends."""
        item.state = "aborted"
        body = item.body()
        try:
            with socket.create_connection(self.address, timeout=60) as connection:
                connection.sendall(f"PUT /api/kills/loads/_stream_load HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTHORIZATION}\r\n"
                                   f"label: {item.label}\r\nContent-Length: {len(body)}\r\n\r\n".encode() +
                                   body[:len(body) // 2])
                deadline = time.monotonic() + 10
                while self.state_of(item.label) == "UNKNOWN" and time.monotonic() < deadline:
                    time.sleep(0.001)  # until it has begun
        except OSError as error:
            raise Again(str(error)) from None


class Kills:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.folder = os.path.join(arguments.folder, "data")
        self.report = os.path.join(arguments.folder, "report")
        self.numbers = itertools.count()
        self.items = []
        self.hits = collections.Counter()
        self.ended_in = collections.Counter()  # states that loads were in when the service was killed
        self.reach = dict.fromkeys(PHASES, 64)

    def server(self, plan=None):
        env = {}
        if plan:
            if os.path.exists(self.report):
                os.unlink(self.report)
            env = {"MILLRACE_SHIM_DIR": self.folder, "MILLRACE_SHIM_REPORT": self.report, "MILLRACE_SHIM_KILL": plan,
                   "LD_PRELOAD": self.arguments.shim,
                   "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
        return mr.Server(self.arguments.binary, self.folder, env)

    def create(self):
        with self.server().start() as server:
            for name, kind in (("loads", "logical"), ("batches", "standalone")):
                answer = server.api.call("POST", mr.Api.BRANCH + "/tables", {
                    "tableId": f"{BUCKET}.{name}", "kind": kind,
                    "columns": [{"name": "label"}, {"name": "n", "dataType": "INTEGER"}]})
                mr.check_equal(answer.status, 201, f"a table: {answer}")
            mr.check_equal(server.stop(), 0, "exit status")

    def one_life(self, plan):
        """Whether the plan killed the service."""
        open_items = [item for item in self.items if not item.has_ended]
        fresh = []
        while len(open_items) + len(fresh) < LOADS_OF_A_LIFE:
            number = next(self.numbers)
            fresh.append(Item(number, KINDS[number % len(KINDS)], ROWS[number // len(KINDS) % len(ROWS)]))
        self.items += fresh
        with self.server(plan) as server:
            server.launch()
            mr.wait_until(lambda: server.is_ready() or server.process.poll() is not None, mr.READY_TIMEOUT_S,
                          "ready or dead", poll_s=0.002)
            if server.is_ready():
                self.check_told(server, open_items)
                self.run_clients(server, open_items + fresh)
            was_killed = server.process.poll() is not None or os.path.exists(self.report)
            status = server.kill()
            mr.check_equal(status, -signal.SIGKILL, f"it ended by itself, plan {plan}\n{server.log_tail()}")
        for item in open_items + fresh:
            if was_killed and item.state not in ("new", "done", "aborted"):
                self.ended_in[f"{item.kind} {item.state}"] += 1
        return was_killed

    def check_told(self, server, items):
        """What clients were told before the kill is so after it."""
        client = Client(server)
        try:
            for item in items:
                if item.kind in ("two", "abort") and item.state in ("prepared", "ending"):
                    wanted = {"PRECOMMITTED"} if item.state == "prepared" else {
                        "two": {"PRECOMMITTED", "COMMITTED", "VISIBLE"}, "abort": {"PRECOMMITTED", "ABORTED"}}[item.kind]
                    state = client.state_of(item.label)
                    mr.check(state in wanted, f"{item.label} was {item.state} and is {state}")
        except Again:
            return  # it died again
        for item in self.items[-3 * LOADS_OF_A_LIFE:]:
            if item.is_visible:
                found = server.rows(f"{BUCKET}.loads", "count(*)", f"WHERE label = '{item.label}'")
                mr.check_equal(found, [(item.rows,)], f"rows of {item.label}, which was answered Success")

    def run_clients(self, server, items):
        """Each of three clients takes its loads to their ends, until the service dies."""
        faults = []

        def work(mine):
            client = Client(server)
            try:
                for item in mine:
                    while not item.has_ended and server.process.poll() is None:
                        try:
                            client.step(item)
                        except Again:
                            if server.process.poll() is None:
                                time.sleep(0.002)  # it is dying, or the load of before still ends
            except mr.Failure as failure:
                faults.append(failure)

        threads = [threading.Thread(target=work, args=(items[i::3],)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]

    def draw(self, phase):
        reach = self.reach[phase]
        n = self.random.randint(1, max(1, reach if self.random.random() < 0.7 else reach // 8))
        when = self.random.choice(("before", "after", "torn") if phase in TEARABLE else ("before", "after"))
        return f"{phase}:{n}:{when}"

    def not_killed_as(self):
        return [state for state in WANTED if not self.ended_in[state]]

    def drawn(self):
        lives = self.arguments.lives
        # What a kill meets is chance: a few more lives, until all that is wanted was met.
        for life in range(LIVES_AT_MOST * lives):
            if life >= lives and (lives < 60 or not self.not_killed_as()):
                break
            phase = PHASES[life % len(PHASES)]
            if self.one_life(self.draw(phase)):
                self.hits[phase] += 1
                self.reach[phase] = min(4096, self.reach[phase] * 2)
            else:
                self.reach[phase] = max(4, self.reach[phase] // 2)
        missing = [phase for phase in PHASES if not self.hits[phase]]
        mr.check(not missing, f"no kill at {missing}: {dict(self.hits)}")
        missing = self.not_killed_as()
        mr.check(lives < 60 or not missing, f"no load was killed as {missing}: {dict(self.ended_in)}")

    def every(self):
        for phase in PHASES:
            unhit = 0
            for n in itertools.count(1):
                whens = ("before", "torn", "after") if phase in TEARABLE else ("before", "after")
                hits = [self.one_life(f"{phase}:{n}:{when}") for when in whens]
                self.hits[phase] += sum(hits)
                unhit = 0 if any(hits) else unhit + 1
                if unhit == UNHIT_IN_A_ROW:
                    print(f"{phase}: {n - unhit} calls", flush=True)
                    break

    def verify(self):
        with self.server().start() as server:
            open_items = [item for item in self.items if not item.has_ended]
            self.run_clients(server, open_items)
            mr.check(all(item.has_ended for item in self.items), "loads that do not end")
            wanted = {"loads": {}, "batches": {}}
            for item in self.items:
                if item.state == "done":
                    wanted[item.table][item.label] = (item.rows, item.rows)
            for table, labels in wanted.items():
                def found():
                    rows = server.rows(f"{BUCKET}.{table}", "label, count(*), count(DISTINCT n)", "GROUP BY 1")
                    return {label: (count, different) for label, count, different in rows}
                mr.wait_until(lambda: len(found()) >= len(labels), 60, f"all loads in {table}")
                there = found()
                for label in set(there) | set(labels):
                    mr.check_equal(there.get(label), labels.get(label), f"rows of {label}")
            client = Client(server)
            for item in self.items:
                if item.state == "aborted":
                    state = client.state_of(item.label)
                    mr.check(state in ("ABORTED", "UNKNOWN"), f"{item.label} is {state}")
            mr.check_equal(server.stop(), 0, "exit status")

    def run(self):
        self.create()
        self.every() if self.arguments.every else self.drawn()
        self.verify()
        print(f"{sum(self.hits.values())} kills: {dict(self.hits)}; {len(self.items)} loads, which were killed as "
              f"{dict(sorted(self.ended_in.items()))}")


def suite(arguments):
    print(f"seed {arguments.seed}", flush=True)
    Kills(arguments).run()
    return 0


def options(parser):
    parser.add_argument("--lives", type=int, default=60)
    parser.add_argument("--every", action="store_true", help="every call of every phase, in turn")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "bulk-kills", suite, needs_shim=True, add_options=options))
