#!/usr/bin/env python3
"""The soak: minutes of everything at once, and nothing is lost, doubled or stuck.

Goal    every promise of an answer holds through kills, orderly ends, two volumes of which one fails, fills or is away,
        locks of other programs on the target files, descriptors that run out, a clock that steps, full disks, and
        administration all the while.
Method  life after life of the real binary on one data folder, each with a fault drawn from the seed, under load over many
        connections. What was answered is compared with the tables at the end, which the service reaches by itself.
        What the lives are is in soak/plan.py, what is sent in soak/world.py, the oracle in tests/support/promises.py.
"""

import argparse
import http.client
import os
import random
import re
import shutil
import signal
import sys
import threading
import time
import traceback
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, os.path.join(HERE, "soak"))
import load as load_client  # noqa: E402
import millrace_client as mr  # noqa: E402
from administration import Administration, check_ledger  # noqa: E402
from disks import Disks  # noqa: E402
from faults import Clock, FullDisk, IdleConnections, Locks, NoDescriptors  # noqa: E402
from log_check import LogCheck, unexplained_answers  # noqa: E402
from plan import PHASES, lives  # noqa: E402
from promises import Promises  # noqa: E402
import world  # noqa: E402

CONNECTIONS = 64
FEW_DESCRIPTORS = 150
MEMORY_MAX_MB = 700
DESCRIPTORS_MAX = CONNECTIONS + 400
ANSWER_MAX_S = 40  # a writer holds a lock for 6 s, and the machine may be busy
DRAIN_S = 180      # the interval of imports is 30 s, the longest retry of a failed one 5 minutes after many attempts
HARMLESS = {"kill", "killed", "kill_in_phase", "term", "hangup", "clock"}  # nothing is refused for these
BULKY = {"few_descriptors", "no_descriptors"}  # lives in which many files are opened
BULK_PACE_S = 0.15
SIGNALS = {"term": signal.SIGTERM, "hangup": signal.SIGHUP}


def body_of(number, slot):
    return world.event(number, slot).body.encode()


class Findings:
    """What is not as promised; the soak goes on, to find more."""

    def __init__(self):
        self.of = {}  # sentence without numbers -> (how often, the first one)
        self.life = None
        self.lock = threading.Lock()

    def add(self, sentence):
        with self.lock:
            kind = re.sub(r"[0-9a-f-]{6,}|\d+", "#", sentence)[:90]
            count, first = self.of.get(kind, (0, f"{self.life}: {sentence}"))
            if count == 0:
                print(f"FOUND   {first}", flush=True)
            self.of[kind] = count + 1, first


class Soak:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.disks = Disks(folder)
        self.data = os.path.join(self.disks.data, "data")
        self.second = os.path.join(self.disks.volume, "journal-and-slices")
        self.clock_path = os.path.join(folder, "clock-ahead")
        Clock.set(self.clock_path, 0)
        self.counts = Counter()
        self.log_counts = Counter()
        self.findings = Findings()
        self.log = LogCheck(os.path.join(folder, "log"), self.log_counts)
        self.promises = Promises(world.tables_of, world.takes, world.KEPT_TABLES)
        self.load = load_client.Load(
            body_of, CONNECTIONS,
            batch_of=lambda slot: world.sender_of(slot).records, is_keyed=lambda slot: world.sender_of(slot).is_keyed,
            listener=self.promises, pace_s=CONNECTIONS / arguments.rate, reconnects=True, old_repeats=0.02,
            seed=arguments.seed)
        self.bulk = load_client.Load(
            body_of, len(world.BULK_SLOTS), listener=self.promises, pace_s=BULK_PACE_S, reconnects=True,
            first_slot=world.BULK_SLOTS[0], first_record=world.BULK_RECORDS_FROM)
        self.administration = Administration(arguments.seed, self.counts, self.findings.add)
        self.promises.on_receipt = self._note_receipt
        self.peak_memory_mb = 0
        self.peak_descriptors = 0
        self.slowest_start_s = 0.0
        self.is_orderly = False      # the end of this life

    # --- the service

    def server(self, volumes=None, descriptors=None, **shim):
        """`volumes` by name, those of the soak if it is None."""
        env = {"LD_PRELOAD": self.arguments.shim, "MILLRACE_SHIM_DIR": self.folder,
               "MILLRACE_SHIM_REPORT": os.path.join(self.folder, "shim.report"),
               "MILLRACE_SHIM_CLOCK_AHEAD_FILE": self.clock_path,
               "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")}
        env.update({f"MILLRACE_SHIM_{name.upper()}": str(value) for name, value in shim.items()})
        args = ["--limits.disk-reserve", f"{self.disks.reserve_bytes}B", "--limits.versions", "1000000",
                "--limits.connections", "1000"]
        for name, directory in ({"second": self.second} if volumes is None else volumes).items():
            args += ["--volume", f"{name}={directory}"]
        server = mr.Server(self.arguments.binary, self.data, env, args, descriptors)
        # Not on a disk that fills.
        server.log_path = self.log.path
        server.ready_path = os.path.join(self.folder, "ready")
        return server

    def failed_marks(self):
        marks = [os.path.join(volume, "FAILED") for volume in (os.path.join(self.data, "volumes", "default"), self.second)]
        return [mark for mark in marks if os.path.exists(mark)]

    def path_of(self, slot):
        sender = world.sender_of(slot)
        return self.administration.paths[sender.source] + sender.query

    def _note_receipt(self, slot, receipt):
        self.administration.receipts[world.sender_of(slot).source] = receipt

    # --- one life

    def live(self, life):
        self.findings.life = life
        rng = random.Random(life.seed)
        faults = {life.kind} | ({"locks"} if life.has_locks else set()) | ({"killed"} if life.end == "kill" else set())
        if self.failed_marks():
            faults.add("has_failed")
        shim = {}
        if life.kind == "failed_sync":
            shim["fail_sync_at"] = rng.randint(5, 200)
        if life.kind == "kill_in_phase":
            shim["kill"] = f"{rng.choice(PHASES)}:{rng.randint(1, 200)}:{rng.choice(['before', 'after'])}"
        self.promises.cache_survives = life.kind != "failed_sync"
        if life.kind == "mistake":
            self._start_with_a_mistake(rng)
            self._after(life, faults)
            return
        with self.server({} if life.kind == "volume_away" else None, FEW_DESCRIPTORS if life.kind == "few_descriptors" else None,
                         **shim) as server:
            is_orderly = self._start_and_end(server, life, rng, faults)
        for sentence in unexplained_answers(self.promises.answers_of_life, faults):
            self.findings.add(sentence)
        self.promises.end_of_life(is_orderly and not faults - {"term", "hangup", "clock", "locks"})
        self._after(life, faults)

    def _start_with_a_mistake(self, rng):
        mistakes = {"a renamed volume": {"quick": self.second},
                    "two volumes in one directory": {"second": self.second, "other": os.path.join(self.second, ".")},
                    "a volume in the directory of the default one":
                        {"second": self.second, "other": os.path.join(self.data, "volumes", "default")}}
        what = rng.choice(list(mistakes))
        self.counts[f"start with {what}"] += 1
        with self.server(mistakes[what]) as server:
            server.launch()
            mr.wait_until(lambda: server.is_ready() or server.process.poll() is not None, mr.READY_TIMEOUT_S, "ready or dead")
            if server.is_ready():
                self.findings.add(f"a start with {what} is accepted")

    def _start_and_end(self, server, life, rng, faults):
        """Returns whether its end was orderly."""
        began = time.monotonic()
        server.launch()
        if life.kind == "kill_in_start":
            threading.Event().wait(rng.uniform(0.005, 0.4))
            server.kill()
            self.counts["kill while it starts" if not server.is_ready() else "kill just after the start"] += 1
            return False
        mr.wait_until(lambda: server.is_ready() or server.process.poll() is not None, mr.READY_TIMEOUT_S, "ready or dead")
        if not server.is_ready():
            if life.kind == "kill_in_phase":
                self.counts["kill in a phase, at the start"] += 1
            else:
                self.findings.add(f"the start ended with {server.process.returncode}: {server.log_tail(2)}")
            return False
        self.slowest_start_s = max(self.slowest_start_s, time.monotonic() - began)
        self._under_load(server, life, rng, faults)
        return self._end(server, life)

    def _under_load(self, server, life, rng, faults):
        self.is_orderly = False
        over, ending = threading.Event(), threading.Event()
        may_refuse = bool(faults - HARMLESS)
        if not may_refuse:
            self._read_paths(server)
        active = self._faults_of(server, life, rng)
        loads = [self.load] + ([self.bulk] if life.kind in BULKY else [])
        senders = [threading.Thread(target=self._send, args=(load, server, over), daemon=True) for load in loads]
        for sender in senders:
            sender.start()
        workers = self.administration.run(server, may_refuse, ending)
        until = time.monotonic() + life.seconds
        while time.monotonic() < until and server.process.poll() is None:
            self._measure(server)
            over.wait(0.1)
        ending.set()  # from here on a call of the API may find nobody
        if life.end == "kill":
            server.kill()  # in the middle of everything
        for fault in active:
            fault.stop()
        if life.end != "kill" and server.process.poll() is None:
            self.is_orderly = self._stop(server, life)
        over.set()
        for thread in [*senders, *workers]:
            thread.join()

    def _read_paths(self, server):
        try:
            self.administration.read_paths(server.api)
        except (OSError, http.client.HTTPException):
            # A kill in a phase may come now; the senders then use the URLs of before.
            mr.wait_until(lambda: server.process.poll() is not None, 5, "an answer of the API, or the end of the service")

    def _send(self, load, server, over):
        load.run(server.ingest_address(), self.path_of,
                 until=lambda: over.is_set() or server.process.poll() is not None, seconds=3600)

    def _faults_of(self, server, life, rng):
        active = []
        seed = rng.getrandbits(32)
        if life.has_locks:
            active.append(Locks(seed, self.counts, server))
        if life.kind == "clock":
            active.append(Clock(seed, self.counts, self.clock_path))
        if life.kind == "no_descriptors":
            active.append(NoDescriptors(seed, self.counts, server.process.pid))
        if life.kind in ("few_descriptors", "no_descriptors"):
            active.append(IdleConnections(seed, self.counts, server.ingest_address(), FEW_DESCRIPTORS))
        if life.kind == "full_volume":
            active.append(FullDisk(seed, self.counts, self.disks.volume_disk, "second volume"))
        if life.kind == "full_data":
            active.append(FullDisk(seed, self.counts, self.disks.data_disk, "data folder"))
        return [fault.start() for fault in active]

    def _stop(self, server, life):
        try:
            status = server.stop(SIGNALS[life.end])
        except mr.Failure as failure:
            self.findings.add(str(failure).splitlines()[0])
            return False
        if status != 0:
            self.findings.add(f"exit status {status} after {SIGNALS[life.end].name}")
        return status == 0

    def _end(self, server, life):
        if life.end != "kill":
            self.counts[f"{SIGNALS[life.end].name} under load"] += 1
            return self.is_orderly
        status = server.kill()
        if life.kind == "kill_in_phase":
            self.counts["kill in a phase, by the shim" if os.path.exists(os.path.join(self.folder, "shim.report"))
                        else "kill under load"] += 1
        else:
            self.counts["kill under load"] += 1
        if status != -signal.SIGKILL:
            self.findings.add(f"ended by itself with {status}: {server.log_tail(2)}")
        return False

    def _measure(self, server):
        try:
            with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
                peak = re.search(r"VmHWM:\s+(\d+) kB", file.read())
            self.peak_memory_mb = max(self.peak_memory_mb, int(peak.group(1)) // 1024 if peak else 0)
            self.peak_descriptors = max(self.peak_descriptors, len(os.listdir(f"/proc/{server.process.pid}/fd")))
        except OSError:
            return  # it has ended
        waits_s = time.monotonic() - min(list(self.load.in_flight.values()), default=time.monotonic())
        if waits_s > ANSWER_MAX_S:
            self.findings.add(f"a request has no answer for {waits_s:.0f} s")

    def _after(self, life, faults):
        Clock.set(self.clock_path, 0)
        self.counts[f"life: {life.kind}"] += 1
        if "volume_away" in faults:
            self.counts["volume away and put back"] += 1
        for event, (count, first) in self.log.read(faults).items():
            self.findings.add(f"log event {event} ({count} times): {first[:400]}")
        if "has_failed" in faults and life.kind != "mistake":
            for mark in self.failed_marks():
                os.unlink(mark)
                self.counts["FAILED accepted by removing the file"] += 1
        for mark in self.failed_marks():
            with open(mark, encoding="utf-8", errors="replace") as file:
                why = file.read().strip()
            if life.kind == "failed_sync":
                self.counts["volume failed by a sync"] += 1
            elif "has_failed" not in faults:  # a start with a mistake leaves it
                self.findings.add(f"a volume failed for good: {why}")
        if os.path.exists(os.path.join(self.folder, "shim.report")):
            os.unlink(os.path.join(self.folder, "shim.report"))

    # --- all of it

    def run(self):
        with self.server() as server:
            server.start()
            self.administration.paths = world.create(server.api)
            mr.check_equal(server.stop(), 0, "exit status")
        self.log.read(set())
        deadline = time.monotonic() + self.arguments.seconds
        for life in lives(self.arguments.seed, *self.arguments.life):
            if time.monotonic() + life.seconds / 2 > deadline:
                break
            began = time.monotonic()
            self.live(life)
            if self.arguments.verbose:
                print(f"{life}: {time.monotonic() - began:.1f} s in all, {sum(self.promises.answers.values())} answers", flush=True)
        for mark in self.failed_marks():
            os.unlink(mark)
        self.findings.life = "the end"
        self.verify()

    def verify(self):
        with self.server() as server:
            server.start()
            api = server.api
            self.administration.bring_back(api)
            self.load.run(server.ingest_address(), self.path_of, until=lambda: not self.load.pending, seconds=60,
                          only_pending=True)
            if self.load.pending:
                self.findings.add(f"{len(self.load.pending)} requests with a key cannot be stored: {self.load.pending}, {self.load.refused}")
            self.promises.end_of_life(True)
            self._drain(server)
            self._check_tables(server)
            self._check_limits()
            for event, (count, first) in self.log.read(set()).items():
                self.findings.add(f"log event {event} ({count} times): {first[:400]}")
            mr.check_equal(server.stop(), 0, "exit status")

    def _drain(self, server):
        """By itself: the conditions of the sinks are as they were."""
        def waiting():
            text = mr.request(server.ready["api"], "GET", "/metrics").body.decode()
            return re.findall(r'^millrace_rows{level="(?:local|staging)",sink="([^"]*)"[^}]*} ([1-9]\d*)$', text, re.MULTILINE)

        deadline = time.monotonic() + DRAIN_S
        while waiting() and time.monotonic() < deadline:
            threading.Event().wait(0.5)
        if waiting():
            failing = [(source, sink, server.api.get(server.api.sink_path(source, sink) + "/statistics/files?failedFiles=true")["files"][:1])
                       for source, sinks in world.SINKS.items() for sink in sinks]
            self.findings.add(f"stuck after {DRAIN_S} s: {waiting()}; failing: {[told for told in failing if told[2]]}")
        for source, sinks in world.SINKS.items():
            for sink in sinks:
                path = server.api.sink_path(source, sink)
                check_ledger(server.api.get(path + "/ledger"), self.findings.add)
                open_files = [file for file in server.api.get(path + "/statistics/files")["files"] if file["state"] != "imported"]
                if open_files:
                    self.findings.add(f"a file of {source}/{sink} is not final: {open_files[0]}")

    def _rejects(self, api, source, sink):
        """The bodies' numbers."""
        numbers = []
        after = ""
        while True:
            page = api.get(api.sink_path(source, sink) + f"/rejects?limit=100{after}")
            if not page["rejects"]:
                return numbers
            numbers += [int(re.search(r'"n": ?(\d+)', reject["body"]).group(1)) for reject in page["rejects"]]
            after = f"&afterId={page['page']['lastId']}"

    def _check_tables(self, server):
        for source, sinks in world.SINKS.items():
            for sink in sinks:
                table = world.table_of(source, sink)
                rows = server.rows(table)
                rejects = self._rejects(server.api, source, sink) if table in world.KEPT_TABLES else []
                if sink == "latest":
                    self._check_latest(table, rows)
                    continue
                column = 4 if sink == "events" else 0
                numbers = [int(str(row[column]).removeprefix("event-")) for row in rows]
                for breach in self.promises.breaches(table, numbers, rejects):
                    self.findings.add(breach)
                self._check_cells(table, sink, rows, numbers)
                if table not in world.KEYED_TABLES:
                    ledger = server.api.get(server.api.sink_path(source, sink) + "/ledger")
                    if ledger["accepted"] != len(rows) + len(rejects):
                        self.findings.add(f"the ledger of {table} says {ledger}, it has {len(rows)} rows and {len(rejects)} rejects")
                self.counts["rows compared"] += len(rows)
                self.counts["kept rejects"] += len(rejects)

    def _check_cells(self, table, sink, rows, numbers):
        for row, number in zip(rows, numbers):
            slot = self._slot_of(number)
            if slot is None:
                continue  # told already
            event = world.event(number, slot)
            wanted = event.cells if sink == "events" else (event.body,)
            if row[-len(wanted):] != wanted:
                self.findings.add(f"{table}: record {number} has {row[-len(wanted):]}, sent was {wanted}"[:2000])

    def _slot_of(self, number):
        return self.load.slot_of.get(number, self.bulk.slot_of.get(number))

    def _check_latest(self, table, rows):
        """Its volumes were full, failed and away, so that no order is promised: a row of each slot, and one that was sent."""
        for slot, number in rows:
            if f"slot-{self._slot_of(int(number))}" != slot:
                self.findings.add(f"{table}: {slot} has record {number}")

    def _check_limits(self):
        if self.peak_memory_mb > MEMORY_MAX_MB:
            self.findings.add(f"{self.peak_memory_mb} MB of memory")
        if self.peak_descriptors > DESCRIPTORS_MAX:
            self.findings.add(f"{self.peak_descriptors} descriptors")
        if self.promises.slowest_s > ANSWER_MAX_S:
            self.findings.add(f"an answer took {self.promises.slowest_s:.1f} s")
        if self.load.written_again:
            self.findings.add(f"{len(self.load.written_again)} requests were written again although their key was answered 200, "
                              f"first records {self.load.written_again[:10]}")

    def report(self):
        lines = [f"disks: {'file systems of their own' if self.disks.are_mounted else 'folders; the reserve is all but 8 GB'}"]
        lines += [f"{count:8}  {name}" for name, count in sorted(self.counts.items())]
        lines.append("administration that did not succeed, as its life explains: "
                     + (", ".join(f"{name} {count}" for name, count in sorted(self.administration.failures.items())) or "none"))
        lines.append("log at warn and error: " + (", ".join(f"{name} {count}" for name, count in sorted(self.log_counts.items())) or "none"))
        lines.append("answers: " + ", ".join(f"{status} {error} {count}".replace("  ", " ") for (status, error), count
                                             in sorted(self.promises.answers.items())))
        must = sum(len(records) for records in self.promises.must.values())
        lines.append(f"{len(self.load.slot_of) + len(self.bulk.slot_of)} records sent, {must} rows promised, {self.load.replayed} answers given again, "
                     f"slowest answer {self.promises.slowest_s:.1f} s, slowest start {self.slowest_start_s:.1f} s, "
                     f"peak {self.peak_memory_mb} MB and {self.peak_descriptors} descriptors")
        return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--shim", required=True, help="libmillrace_shim.so")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--life", type=float, nargs=2, default=(2, 9), help="least and most seconds of a life")
    parser.add_argument("--rate", type=float, default=700, help="requests a second")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--verbose", action="store_true", help="a line for each life")
    arguments = parser.parse_args()
    arguments.shim = os.path.abspath(arguments.shim)

    print(f"seed {arguments.seed}; the same plan again: --seed {arguments.seed}", flush=True)
    folder = mr.scratch_folder(arguments.binary, "soak")
    soak = Soak(arguments, folder)
    threading.excepthook = lambda told: soak.findings.add("".join(traceback.format_exception(told.exc_value)))
    try:
        soak.run()
    except mr.Failure as failure:
        soak.findings.add(str(failure))
    print(soak.report())
    for count, first in soak.findings.of.values():
        print(f"FAILED ({count} times) {first}")
    soak.disks.unmount()
    if soak.findings.of:
        print(f"seed {arguments.seed}, data kept in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
