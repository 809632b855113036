#!/usr/bin/env python3
"""The kill suite: every acknowledged record is in the target exactly once, however often the service dies.

Goal    a 200 is a promise that SIGKILL at any moment does not break, nothing is imported twice, and what is sent
        again with its key is written once.
Method  the real binary under load is killed again and again on one data folder: by the preloaded shim at the
        n-th call of a chosen phase, and at random moments. At the end everything is drained and the tables
        are compared, cell by cell, with what was acknowledged. SIGKILL keeps the page cache, so this shows
        the logic of recovery; tests/crash/durability_order.py and the simulated disk show the syncs.
"""

import argparse
import os
import random
import re
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import load as load_client  # noqa: E402
import millrace_client as mr  # noqa: E402
from events import EVENT_COLUMNS, Event  # noqa: E402

SOURCES = [f"kills-{number}" for number in range(4)]  # each on one of the two volumes
BUCKET = "in.c-kills"
REQUIRED_PHASES = ["frame", "sync", "slice", "seal", "upload", "import", "catalog"]
EXTRA_PHASES = ["remove", "checkpoint", "preallocate", "plain"]  # shown, but not required
TEARABLE = {"frame", "slice", "upload"}
LOAD_SECONDS_MAX = 1.5  # of one life; then it is killed anyway
BATCH = 7  # records of each request on every fourth connection


def is_keyed(slot):
    """Single records and batches, with a key and without."""
    return slot % 8 in (1, 3, 5)


SETTINGS = {mr.UPLOAD_COUNT: 200, mr.UPLOAD_INTERVAL: "1s", mr.IMPORT_COUNT: 1000}


class KillSuite:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.folder = folder
        self.report_path = os.path.join(folder, "shim.report")
        self.load = load_client.Load(lambda n, slot: Event(n, slot).body.encode(), arguments.connections,
                                     batch_of=lambda slot: BATCH if slot % 4 == 3 else 1, is_keyed=is_keyed)
        self.kills = {phase: 0 for phase in REQUIRED_PHASES + EXTRA_PHASES}
        self.kills_before_ready = 0
        # The n-th call is drawn below this; halved when a life ended before it came.
        self.reach = {"frame": 400, "sync": 400, "slice": 200, "seal": 30, "upload": 60, "import": 60,
                      "catalog": 200, "remove": 20, "checkpoint": 3, "preallocate": 4}
        self.paths = []  # of the sources

    def server(self, env=None):
        return mr.Server(self.arguments.binary, os.path.join(self.folder, "data"), env,
                         args=["--volume", f"fast={self.volume('fast')}"])

    def volume(self, name):
        return os.path.join(self.folder, "data", "volumes", name)

    def path_of(self, slot):
        return self.paths[slot % len(self.paths)]

    def create(self):
        with self.server().start() as server:
            self.paths = [server.api.create_source(source) for source in SOURCES]
            sinks = {
                "events": EVENT_COLUMNS,
                "by-id": [mr.path_column("id", "id", primaryKey=True), {"type": "body", "name": "body"}],
                "latest": [mr.path_column("slot", "slot", primaryKey=True),
                           mr.path_column("n", "n", raw=False)],
            }
            for source in SOURCES:
                for sink, columns in sinks.items():
                    server.api.create_sink(source, sink, f"{BUCKET}.{sink}", columns, SETTINGS)
            mr.check_equal(server.stop(), 0, "exit status after SIGTERM")

    def phases(self):
        """Required phases twice as often as the others."""
        while True:
            deck = REQUIRED_PHASES * 2 + EXTRA_PHASES
            self.random.shuffle(deck)
            yield from deck

    def draw_kill(self, phase):
        reach = self.reach[phase]
        n = self.random.randint(1, max(1, reach if self.random.random() < 0.6 else reach // 10))
        when = self.random.choice(["before", "after", "torn"] if phase in TEARABLE else ["before", "after"])
        return n, when

    def one_life(self, phase):
        """Starts the service, loads it, and sees it die. Returns the phase of its death."""
        env = {"MILLRACE_SHIM_DIR": os.path.join(self.folder, "data"),
               "MILLRACE_SHIM_REPORT": self.report_path, "LD_PRELOAD": self.arguments.shim}
        env["ASAN_OPTIONS"] = "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")
        plan = "plain"
        if phase != "plain":
            n, when = self.draw_kill(phase)
            plan = f"{phase}:{n}:{when}"
            env["MILLRACE_SHIM_KILL"] = plan
        if os.path.exists(self.report_path):
            os.unlink(self.report_path)

        with self.server(env) as server:
            server.launch()
            mr.wait_until(lambda: server.is_ready() or server.process.poll() is not None,
                          mr.READY_TIMEOUT_S, "ready or dead", poll_s=0.002)
            if not server.is_ready():
                self.kills_before_ready += 1
            else:
                seconds = self.random.uniform(0.05, LOAD_SECONDS_MAX) if phase == "plain" else LOAD_SECONDS_MAX
                stop_at = time.monotonic() + seconds
                # Not the load's own time limit: the kill has to come while requests are in flight.
                self.load.run(server.ingest_address(), self.path_of,
                              until=lambda: server.process.poll() is not None or time.monotonic() > stop_at,
                              seconds=60)
            planned = os.path.exists(self.report_path)
            status = server.kill()
            mr.check(status == -signal.SIGKILL,
                     f"ended with {status} by itself (plan {plan})\n{server.log_tail()}")
        if planned:
            return phase
        if phase != "plain":
            self.reach[phase] = max(1, self.reach[phase] // 2)
        return "plain"

    def run(self):
        self.create()
        phases = self.phases()
        started = time.monotonic()
        while sum(self.kills.values()) < self.arguments.kills or not self.hit_all():
            mr.check(time.monotonic() - started < self.arguments.seconds_max,
                     f"not enough kills in {self.arguments.seconds_max} s: {self.summary()}")
            self.kills[self.one_life(next(phases))] += 1
        print(self.summary(), flush=True)
        self.verify()

    def hit_all(self):
        return all(self.kills[phase] for phase in REQUIRED_PHASES)

    def summary(self):
        lines = [f"{sum(self.kills.values())} kills, {self.kills_before_ready} of them during recovery"]
        lines += [f"  {phase:12}{count:5}" for phase, count in self.kills.items()]
        lines.append(f"{self.load.next_record} records sent, {len(self.load.acknowledged)} acknowledged, "
                     f"other answers {self.load.refused or 'none'}, {self.load.replayed} given again")
        return "\n".join(lines)

    def verify(self):
        acknowledged = self.load.acknowledged
        mr.check(len(acknowledged) > 50 * self.arguments.kills,
                 f"only {len(acknowledged)} records acknowledged: too few to prove anything")
        mr.check(not self.load.refused, f"answers other than 200: {self.load.refused}")
        with self.server().start() as server:
            # What the last kills left without an answer.
            self.load.run(server.ingest_address(), self.path_of, until=lambda: not self.load.pending, seconds=30,
                          only_pending=True)
            mr.check(not self.load.pending, f"no answer to records with a key: {self.load.pending}")
            mr.check(not self.load.written_again, f"keys forgotten, first records {self.load.written_again[:10]}")
            mr.check(self.load.replayed > self.arguments.kills, f"only {self.load.replayed} answers given again")
            for name in ("default", "fast"):
                mr.check(any(file.endswith(".segment") for file in os.listdir(self.volume(name) + "/journal")),
                         f"volume {name} was never written to")
            sinks = [(source, sink) for source in SOURCES for sink in ("events", "by-id", "latest")]
            for source, sink in sinks:
                # A change of the conditions imports what waits at once.
                server.api.patch_sink(source, sink, {mr.IMPORT_COUNT: 1})
            for source, sink in sinks:
                server.api.wait_drained(source, sink)
            rows = self.verify_events(server)
            mr.check_equal(sum(server.api.records_at(source, "events", "target") for source in SOURCES), rows,
                           "records counted in the target")
            self.verify_ledgers(server, rows)
            self.verify_by_id(server)
            self.verify_latest(server)
            mr.check_equal(server.stop(), 0, "exit status after SIGTERM")
        print(f"verified: {rows} rows, each acknowledged record and each of the {sum(map(is_keyed, self.load.slot_of.values()))} with a key "
              f"exactly once, {len(self.load.batches)} requests with "
              f"{BATCH} records whole or not at all")

    def verify_ledgers(self, server, rows):
        ledgers = [server.api.get(server.api.sink_path(source, "events") + "/ledger") for source in SOURCES]
        for ledger in ledgers:
            mr.check_equal(ledger["accepted"], sum(ledger[place] for place in ("local", "staging", "target", "keptRejects")),
                           f"ledger {ledger}")
        mr.check_equal(sum(ledger["accepted"] for ledger in ledgers), rows, "records accepted")

    def verify_events(self, server):
        seen = set()
        row_ids = set()
        uuid_v7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        for row in server.rows(f"{BUCKET}.events"):
            number = int(row[4])
            mr.check(number in self.load.slot_of, f"a row that was never sent: {row[:5]}")
            mr.check(number not in seen, f"record {number} is in the table twice")
            seen.add(number)
            row_ids.add(row[0])
            mr.check(uuid_v7.fullmatch(row[0]), f"row id of record {number}: {row[0]!r}")
            mr.check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row[1]), f"time {row[1]!r}")
            mr.check_equal(row[2], "127.0.0.1", "ip")
            mr.check_equal(row[3:], Event(number, self.load.slot_of[number]).cells, f"record {number}")
        lost = self.load.acknowledged - seen
        mr.check(not lost, f"{len(lost)} acknowledged records lost, the first: {sorted(lost)[:10]}")
        keyed = {number for number, slot in self.load.slot_of.items() if is_keyed(slot)}
        mr.check(keyed <= seen, f"{len(keyed - seen)} keyed records lost, the first: {sorted(keyed - seen)[:10]}")
        mr.check_equal(len(row_ids), len(seen), "different row ids")
        for batch in self.load.batches:
            written = sum(number in seen for number in batch)
            mr.check(written in (0, len(batch)), f"{written} of the {len(batch)} records of one request: {batch}")
        return len(seen)

    def verify_by_id(self, server):
        rows = dict(server.rows(f"{BUCKET}.by-id"))
        for number in self.load.acknowledged:
            event = Event(number, self.load.slot_of[number])
            mr.check(event.id in rows, f"acknowledged {event.id} is not in the keyed table")
        for event_id, body in rows.items():
            number = int(event_id.removeprefix("event-"))
            mr.check(number in self.load.slot_of, f"a key that was never sent: {event_id}")
            mr.check_equal(body, Event(number, self.load.slot_of[number]).body, f"body of {event_id}")

    def verify_latest(self, server):
        """The last row per key wins: per connection nothing older than its newest acknowledged record."""
        rows = {slot: int(number) for slot, number in server.rows(f"{BUCKET}.latest")}
        for slot, newest in self.load.newest_acknowledged().items():
            kept = rows.get(f"slot-{slot}")
            mr.check(kept is not None, f"slot {slot} has no row")
            mr.check(kept >= newest, f"slot {slot} has record {kept}, record {newest} was acknowledged later")
            mr.check_equal(self.load.slot_of.get(kept), slot, f"slot of record {kept}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--shim", required=True, help="libmillrace_shim.so")
    parser.add_argument("--kills", type=int, default=110)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds-max", type=int, default=900)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    arguments.shim = os.path.abspath(arguments.shim)

    print(f"seed {arguments.seed}; again: {sys.argv[0]} --binary {arguments.binary} --shim {arguments.shim} "
          f"--kills {arguments.kills} --seed {arguments.seed}", flush=True)
    folder = mr.scratch_folder(arguments.binary, "kill-suite")
    try:
        KillSuite(arguments, folder).run()
    except mr.Failure as failure:
        print(f"FAILED: {failure}\nseed {arguments.seed}, data kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
