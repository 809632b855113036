#!/usr/bin/env python3
"""A slice whose file is damaged costs its own rows and nothing else.

Goal    rows that a damaged slice had are counted as lost, and no later row waits behind them.
Method  the real binary; cut the file of an open slice while the service is stopped; start it again, and let the
        file of the sink be imported without another row, then with others.
"""

import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

ROWS = 5


class Damaged:
    """A source with a sink on a folder of its own, one slice of which is cut."""

    def __init__(self, arguments, name):
        self.name = name
        self.server = mr.Server(arguments.binary, os.path.join(arguments.folder, name))
        self.table = f"in.c-damaged.{name}"
        with self.server.start() as server:
            self.path = server.api.create_source(name)
            server.api.create_sink(name, "bodies", self.table, [{"type": "body", "name": "body"}],
                                   {mr.IMPORT_COUNT: 1_000_000})
            self.receipts = [self.post(b"lost").headers["receipt"] for _ in range(ROWS)]
            mr.check_equal(server.stop(), 0, "exit status")
        slices = glob.glob(os.path.join(self.server.data_dir, "volumes/default/slices/*.csv"))
        mr.check_equal(len(slices), 1, "slices")
        self.slice = slices[0]
        os.truncate(self.slice, 3)

    def post(self, body):
        answer = mr.request(self.server.ready["ingest"], "POST", self.path, body)
        mr.check_equal(answer.status, 200, f"{answer!r}")
        return answer

    def ledger(self):
        return self.server.api.get(self.server.api.sink_path(self.name, "bodies") + "/ledger")

    def check_lost(self):
        ledger = self.ledger()
        mr.check_equal((ledger["lost"], ledger["local"], ledger["staging"]), (ROWS, 0, 0), "ledger")
        mr.check_equal(ledger["accepted"], ROWS + ledger["target"], "accepted")
        samples = self.server.api.call("GET", "/metrics").body.decode().splitlines()
        mr.check(f'millrace_lost_rows{{sink="{self.name}/bodies",sink_id="bodies",source="{self.name}"}} {ROWS}' in samples, "the metric")
        trace = self.server.api.get(f"/v1/branches/default/receipts/{self.receipts[0]}")
        mr.check_equal((trace["sinks"][0]["state"], trace["done"]), ("lost", True), f"{trace}")
        with open(self.slice + ".damaged", "rb") as file:
            mr.check_equal(len(file.read()), 3, "what is left, for a person to look at")
        mr.check(f'"rows_lost":{ROWS}' in self.server.log_tail(1000), "the log")

    def rows(self):
        return [body for (body,) in self.server.rows(self.table, "body")]


class Killed:
    """A source whose rows are in the journal alone when the service is killed."""

    def __init__(self, arguments, name):
        self.name = name
        self.server = mr.Server(arguments.binary, os.path.join(arguments.folder, name))
        self.table = f"in.c-damaged.{name}"
        with self.server.start() as server:
            self.path = server.api.create_source(name)
            server.api.create_sink(name, "bodies", self.table, [{"type": "body", "name": "body"}],
                                   {mr.IMPORT_COUNT: 1_000_000})
            self.receipts = []
            for number in range(ROWS):
                answer = mr.request(server.ready["ingest"], "POST", self.path, b"row %d" % number)
                mr.check_equal(answer.status, 200, f"{answer!r}")
                self.receipts.append(answer.headers["receipt"])
            server.kill()
        self.segment = glob.glob(os.path.join(self.server.data_dir, "volumes/default/journal/*.segment"))[0]

    def flip(self, offset):
        with open(self.segment, "r+b") as file:
            file.seek(offset)
            byte = file.read(1)
            file.seek(offset)
            file.write(bytes([byte[0] ^ 0x5A]))

    def place_of(self, text):
        with open(self.segment, "rb") as file:
            return file.read().index(text)


def cases(arguments):
    def a_changed_header_of_the_journal_costs_no_row():
        for byte in (3, 20, 40, 57):
            killed = Killed(arguments, f"header{byte}")
            killed.flip(byte)
            with killed.server.start() as server:
                mr.check("journal_damaged" in server.log_tail(1000), "the log")
                server.api.patch_sink(killed.name, "bodies", {mr.IMPORT_COUNT: 1})
                server.api.wait_drained(killed.name, "bodies")
                bodies = sorted(body for (body,) in server.rows(killed.table, "body"))
                mr.check_equal(bodies, [f"row {number}" for number in range(ROWS)], "rows")

    def nothing_is_written_over_a_segment_that_cannot_be_read():
        killed = Killed(arguments, "unreadable")
        with open(killed.segment, "r+b") as file:
            content = b"\xff" * 16384 + file.read()[16384:]
            file.seek(0)
            file.write(content)
        with killed.server.start() as server:
            mr.check("journal_damaged" in server.log_tail(1000), "the log")
            answer = mr.request(server.ready["ingest"], "POST", killed.path, b"later")
            mr.check_equal(answer.status, 200, f"{answer!r}")
            mr.check_equal(server.stop(), 0, "exit status")
        with open(killed.segment + ".damaged", "rb") as file:
            mr.check(file.read() == content, "what was in it")
        mr.check(not os.path.exists(killed.segment), "its name is used again")

    def a_slice_without_another_row_holds_up_nothing():
        damaged = Damaged(arguments, "alone")
        with damaged.server.start() as server:
            server.api.do("PUT", server.api.source_path("alone") + "/disable")  # closes the file
            server.api.wait_drained("alone", "bodies")
            server.api.do("PUT", server.api.source_path("alone") + "/enable")
            damaged.check_lost()
            damaged.post(b"kept")
            server.api.patch_sink("alone", "bodies", {mr.IMPORT_COUNT: 1})
            server.api.wait_drained("alone", "bodies")
            mr.check_equal(damaged.rows(), ["kept"], "rows")
            failed = server.api.get(server.api.sink_path("alone", "bodies") + "/statistics/files?failedFiles=true")
            mr.check_equal(failed["files"], [], "files that fail")

    def a_slice_with_more_rows_has_those():
        damaged = Damaged(arguments, "more")
        with damaged.server.start() as server:
            damaged.post(b"kept")
            server.kill()
            server.start()
            server.api.patch_sink("more", "bodies", {mr.IMPORT_COUNT: 1})
            server.api.wait_drained("more", "bodies")
            mr.check_equal(damaged.rows(), ["kept"], "rows")
            damaged.check_lost()

    def rows_whose_opening_is_damaged_are_counted():
        killed = Killed(arguments, "opening")
        killed.flip(killed.place_of(b"row 0"))
        with killed.server.start() as server:
            mr.check("journal_damaged" in server.log_tail(1000), "the log")
            samples = server.api.call("GET", "/metrics").body.decode().splitlines()
            mr.check(f"millrace_lost_rows_of_no_sink {ROWS}" in samples, "the metric")
            for receipt in killed.receipts:
                trace = server.api.get(f"/v1/branches/default/receipts/{receipt}")
                mr.check_equal(trace["sinks"][0]["state"], "lost", f"{trace}")

    return [rows_whose_opening_is_damaged_are_counted, a_changed_header_of_the_journal_costs_no_row, nothing_is_written_over_a_segment_that_cannot_be_read,
            a_slice_without_another_row_holds_up_nothing, a_slice_with_more_rows_has_those]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "damaged-slices", cases))
