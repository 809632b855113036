#!/usr/bin/env python3
"""How many syncs a slice and its file cost, from the record to the row in the table, on the real binary.

Goal    a file of one slice costs at most 10 syncs, whether it is alone or one of many; on a disk with a slow sync
        that is what bounds the files a second. Checkpoints of journal and databases come once in many files: where
        each file is looked at alone, the median is what counts.
Method  the shim counts every fsync and fdatasync of the process, and makes each take 1 ms. Sinks import at every
        record, so that each record is a slice and a file. How fast it was is printed, and checked with --files-a-second.
"""

import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SYNCS_A_FILE = 10
SYNC_US = 1000
SOURCES = 4
SINKS = 20  # of each source: a request is a file of each
ROUNDS = 20
PAUSE_S = 0.2  # between them: longer than the lifecycle's turn, so that each round has files of its own
ALONE = 20
SETTINGS = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}


class SyncBudget:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.counts_path = os.path.join(folder, "syncs")
        data = os.path.join(folder, "data")
        self.server = mr.Server(arguments.binary, data, {
            "LD_PRELOAD": arguments.shim, "MILLRACE_SHIM_DIR": data,
            "MILLRACE_SHIM_EVERY_SYNC_DELAY_US": str(SYNC_US), "MILLRACE_SHIM_SYNC_COUNTS": self.counts_path,
            "ASAN_OPTIONS": "verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", "")})
        self.paths = {}

    def create(self, source, sinks):
        self.paths[source] = self.server.api.create_source(source)
        for sink in range(sinks):
            self.server.api.create_sink(source, f"sink-{sink}", f"in.c-{source}-{sink % 4}.t{sink}",
                                        [{"type": "body", "name": "body"}], SETTINGS)

    def post(self, source):
        answer = mr.request(self.server.ready["ingest"], "POST", self.paths[source], b'{"n":1}',
                            {"Content-Type": "application/json"})
        mr.check_equal(answer.status, 200, "an event")

    def imports(self):
        text = mr.request(self.server.ready["api"], "GET", "/metrics").body.decode()
        return int(re.search(r'millrace_imports_total\{result="success"\} (\d+)', text).group(1))

    def syncs(self):
        with open(self.counts_path, encoding="ascii") as file:
            lines = (line.strip("\0 \n").split() for line in file)
            return {line[0]: int(line[1]) for line in lines if len(line) == 2}

    def wait_until_all_are_in(self):
        """Until nothing is on its way: what was posted while a file was open is in that file."""
        for source in self.paths:
            for sink in range(SINKS if source != "alone" else 1):
                self.server.api.wait_drained(source, f"sink-{sink}")

    def check_budget(self, what, before, files):
        spent = {place: count - before.get(place, 0) for place, count in self.syncs().items()}
        a_file = sum(spent.values()) / files
        shares = ", ".join(f"{place} {count / files:.2f}" for place, count in sorted(spent.items()) if count)
        print(f"{what}: {files} files, {a_file:.2f} syncs a file: {shares}", flush=True)
        mr.check(a_file <= SYNCS_A_FILE, f"{what}: {a_file:.2f} syncs a file, at most {SYNCS_A_FILE}")

    def one_at_a_time(self):
        self.create("alone", 1)
        self.post("alone")
        self.wait_until_all_are_in()
        spent = []
        for _ in range(ALONE):
            before, files = self.syncs(), self.imports()
            self.post("alone")
            mr.wait_until(lambda files=files: self.imports() > files, 20, "a file imported", poll_s=0.02)
            self.wait_until_all_are_in()
            spent.append((sum(self.syncs().values()) - sum(before.values()), before, self.syncs()))
        spent.sort(key=lambda of_file: of_file[0])
        count, before, after = spent[ALONE // 2]
        shares = ", ".join(f"{place} {n - before.get(place, 0)}" for place, n in sorted(after.items()) if n > before.get(place, 0))
        print(f"one at a time: {count} syncs a file, {spent[-1][0]} at most: {shares}", flush=True)
        mr.check(count <= SYNCS_A_FILE, f"{count} syncs a file, at most {SYNCS_A_FILE}")

    def many_at_once(self):
        sources = [f"many-{number}" for number in range(SOURCES)]
        for source in sources:
            self.create(source, SINKS)
            self.post(source)
        self.wait_until_all_are_in()
        before, files = self.syncs(), self.imports()
        started = time.monotonic()
        for number in range(ROUNDS):
            for source in sources:
                self.post(source)
            time.sleep(max(0.0, started + (number + 1) * PAUSE_S - time.monotonic()))
        self.wait_until_all_are_in()  # on a busy machine rounds share files
        rate = (self.imports() - files) / (time.monotonic() - started)
        self.check_budget("many at once", before, self.imports() - files)
        print(f"{rate:.0f} files/s at {SYNC_US} us a sync", flush=True)
        mr.check(rate >= self.arguments.files_a_second, f"{rate:.0f} files/s, wanted {self.arguments.files_a_second}")


def add_options(parser):
    parser.add_argument("--files-a-second", type=float, default=0, help="fail below this; a busy machine is slower")


def suite(arguments):
    budget = SyncBudget(arguments, arguments.folder)
    with budget.server.start():
        return mr.run_cases([budget.one_at_a_time, budget.many_at_once])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "sync-budget", suite, needs_shim=True, add_options=add_options))
