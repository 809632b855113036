#!/usr/bin/env python3
"""Files that cannot be imported: they are set aside, restored or discarded, and no sink is stuck.

Goal    later files come through; a restored file is in the table once; a discarded one leaves nothing behind; every
        record is in one place of the ledger at every moment, whatever is killed.
Method  the real binary, killed between and amid the calls; a table with a trigger that refuses one row for ever.
"""

import glob
import os
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SINK = "bodies"
PLACES = ("local", "staging", "target", "setAside", "discarded", "keptRejects", "lost")
WAITS = ("closing", "importing", "imported")  # when it is restored
NOT_A_FILE = "01234567-89ab-7123-8123-456789abcdef"


def table_of(source):
    return f"in.c-{source}.rows"


def execute(server, source, statement):
    connection = sqlite3.connect(server.table_path(table_of(source))[0])
    connection.execute(statement)
    connection.commit()
    connection.close()


class Stuck:
    """A sink whose table refuses the row `bad`, which it has got."""

    def __init__(self, server, source):
        self.server = server
        self.source = source
        self.path = server.api.create_source(source)
        server.api.create_sink(source, SINK, table_of(source), [{"type": "body", "name": "body"}],
                               {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1})
        execute(server, source, "CREATE TRIGGER picky BEFORE INSERT ON rows WHEN NEW.body = 'bad'"
                                " BEGIN SELECT raise(ROLLBACK, 'not this one'); END")
        self.sent = 0
        self.receipt = self.post(b"bad")
        mr.wait_until(self.failed, 20, "the file that fails")
        self.file = self.failed()[0]["fileId"]

    def post(self, body):
        with mr.Wire(self.server.ingest_address()) as wire:
            answer = wire.post(self.path, body)
        mr.check_equal(answer.status, 200, "an event")
        self.sent += 1
        return {name.lower(): value for name, value in answer.headers.items()}["receipt"]

    def mend(self):
        execute(self.server, self.source, "DROP TRIGGER picky")

    def sink_path(self):
        return self.server.api.sink_path(self.source, SINK)

    def failed(self):
        return self.server.api.get(self.sink_path() + "/statistics/files?failedFiles=true")["files"]

    def file_now(self):
        files = self.server.api.get(self.sink_path() + "/statistics/files")["files"]
        return next((file for file in files if file["fileId"] == self.file), None)

    def call(self, act, file=None):
        body = {"reason": "a trigger"} if act == "set-aside" else None
        return self.server.api.call("POST", f"{self.sink_path()}/files/{file or self.file}/{act}", body)

    def act(self, act, *wanted):
        """Once it is not being tried at this very moment."""
        answers = []

        def done():
            answers.append(self.call(act))
            busy = answers[-1].status == 409 and "right now" in answers[-1].json()["message"]
            return None if busy else answers[-1]

        answer = mr.wait_until(done, 20, f"{act}: {answers}")
        mr.check_equal(answer.status, 200, f"{act}: {answer!r}")
        mr.check(answer.json()["state"] in wanted, f"{act}: {answer!r}")
        return answer.json()

    def ledger(self):
        ledger = self.server.api.get(self.sink_path() + "/ledger")
        mr.check_equal(ledger["accepted"], sum(ledger[place] for place in PLACES), f"the identity of {ledger}")
        mr.check_equal(ledger["accepted"], self.sent, f"{ledger}")
        return ledger

    def wait_for(self, place, rows):
        mr.wait_until(lambda: self.ledger()[place] == rows, 30, f"{rows} rows in {place}: {self.ledger()}")

    def rows(self):
        return sorted(body for (body,) in self.server.rows(table_of(self.source), "body"))

    def receipt_state(self):
        told = self.server.api.get(f"{self.server.api.BRANCH}/receipts/{self.receipt}")
        return told["sinks"][0]["state"], told["done"]

    def restart(self):
        self.server.kill()
        self.server.start()


def cases(server):
    def a_flush_tries_again_what_had_failed():
        stuck = Stuck(server, "tried-again")
        failed = server.api.task("POST", stuck.sink_path() + "/flush")
        mr.check_equal(failed["status"], "error", f"{failed}")
        mr.check("not this one" in failed["error"], f"{failed}")
        again = server.api.task("POST", stuck.sink_path() + "/flush")
        mr.check_equal(again["status"], "error", f"{again}")
        stuck.mend()
        done = server.api.task("POST", stuck.sink_path() + "/flush")
        mr.check_equal((done["status"], done["result"]), ("success", "All rows that were accepted before are in the table."), f"{done}")
        mr.check_equal(stuck.rows(), ["bad"], "rows")

    def later_files_come_through_and_the_restored_one_once():
        stuck = Stuck(server, "restored")
        stuck.post(b"good")
        time.sleep(1)
        mr.check_equal(stuck.rows(), [], "rows behind the one that fails")
        file = stuck.act("set-aside", "setAside")
        mr.check_equal(file["setAsideReason"], "a trigger", f"{file}")
        stuck.wait_for("target", 1)
        mr.check_equal(stuck.ledger()["setAside"], 1, "rows set aside")
        mr.check_equal(stuck.receipt_state(), ("setAside", False), "the receipt")
        flush = server.api.task("POST", stuck.sink_path() + "/flush")
        mr.check_equal((flush["status"], flush["result"]),
                       ("success", "All rows that were accepted before are in the table, but for 1 in files that are set aside."),
                       "a flush")
        purge = server.api.task("DELETE", server.api.source_path("restored") + "?cascade=true")
        mr.check_equal(purge["status"], "error", f"{purge}")
        mr.check('1 rows of the sink "bodies" are set aside' in purge["error"], f"{purge}")
        metrics = mr.request(server.ready["api"], "GET", "/metrics").body.decode()
        mr.check('millrace_rows{level="setAside",sink="restored/bodies",sink_id="bodies",source="restored"} 1' in metrics, metrics)

        stuck.restart()
        mr.check_equal(stuck.file_now()["state"], "setAside", "after a kill")
        mr.check_equal(stuck.ledger()["setAside"], 1, "rows set aside")
        stuck.act("restore", *WAITS)
        mr.wait_until(lambda: stuck.failed() and stuck.failed()[0].get("retryAttempt", 0) > 0, 20, "it fails once more")
        stuck.act("set-aside", "setAside")
        stuck.mend()
        stuck.act("restore", *WAITS)
        stuck.restart()
        stuck.wait_for("target", 2)
        mr.check_equal(stuck.rows(), ["bad", "good"], "rows")
        mr.check_equal(stuck.receipt_state(), ("target", True), "the receipt")
        answer = stuck.call("set-aside")
        mr.check_equal((answer.status, answer.json()["error"]), (409, "stream.api.fileState"), f"{answer!r}")

    def what_is_discarded_is_gone_at_every_level():
        before = files_on_disk()
        stuck = Stuck(server, "discarded")
        mr.check(files_on_disk() != before, "the slice is somewhere")
        mr.check_equal(stuck.call("discard").status, 409, "discarding one that is not set aside")
        stuck.act("set-aside", "setAside")
        stuck.restart()
        stuck.act("discard", "discarded")
        stuck.act("discard", "discarded")
        mr.wait_until(lambda: files_on_disk() == before, 90, f"{files_on_disk()} are {before}")
        stuck.restart()
        stuck.post(b"good")
        stuck.wait_for("target", 1)
        mr.check_equal((stuck.ledger()["setAside"], stuck.ledger()["discarded"]), (0, 1), f"{stuck.ledger()}")
        mr.check_equal(stuck.receipt_state(), ("discarded", True), "the receipt")
        mr.check_equal(stuck.rows(), ["good"], "rows")
        for act in ("retry", "restore", "set-aside"):
            answer = stuck.call(act)
            mr.check_equal((answer.status, answer.json()["error"]), (409, "stream.api.fileState"), f"{answer!r}")

    def a_retry_waits_for_no_pause():
        stuck = Stuck(server, "tried")
        mr.wait_until(lambda: stuck.failed() and stuck.failed()[0].get("retryAttempt", 0) > 3, 60, "some attempts")
        stuck.mend()
        stuck.call("retry")
        mr.wait_until(lambda: stuck.rows() == ["bad"], 2, "the row")
        stuck.wait_for("target", 1)

    def calls_that_are_killed_happen_or_do_not():
        stuck = Stuck(server, "killed")
        for number in range(8):
            act, wanted = (("set-aside", ("setAside",)), ("restore", WAITS))[number % 2]

            def call():
                try:
                    stuck.call(act)
                except Exception:  # pylint: disable=broad-except
                    pass  # the service died

            thread = threading.Thread(target=call)
            thread.start()
            time.sleep(number * 0.002)
            server.kill()
            thread.join()
            server.start()
            ledger = stuck.ledger()
            mr.check_equal(ledger["target"] + ledger["discarded"], 0, f"{ledger}")
            if stuck.file_now()["state"] not in wanted:
                stuck.act(act, *wanted)
        stuck.mend()
        stuck.wait_for("target", 1)
        mr.check_equal(stuck.rows(), ["bad"], "rows")

    def rows_that_a_trigger_refuses_are_rejects():
        """In the embedded target: no file fails, and a retry takes them once the trigger is gone."""
        source = "picky"
        path = server.api.create_source(source)
        server.api.create_sink(source, SINK, table_of(source), [{"type": "body", "name": "body"}],
                               {mr.UPLOAD_COUNT: 2, mr.IMPORT_COUNT: 6})
        execute(server, source, "CREATE TRIGGER picky BEFORE INSERT ON rows WHEN NEW.body LIKE 'bad%'"
                                " BEGIN SELECT raise(ABORT, 'not this one'); END")
        for body in (b"1", b"bad 1", b"2", b"3", b"4", b"bad 2"):
            with mr.Wire(server.ingest_address()) as wire:
                mr.check_equal(wire.post(path, body).status, 200, "an event")
        server.api.wait_drained(source, SINK)
        sink = server.api.sink_path(source, SINK)
        ledger = server.api.get(sink + "/ledger")
        mr.check_equal((ledger["accepted"], ledger["target"], ledger["keptRejects"]), (6, 4, 2), f"{ledger}")
        rejects = server.api.get(sink + "/rejects")["rejects"]
        mr.check_equal([reject["values"]["body"] for reject in rejects], ["bad 1", "bad 2"], "rejects")
        mr.check("Not this one (SQLite" in rejects[0]["message"], f"{rejects[0]}")
        files = server.api.get(sink + "/statistics/files")["files"]
        mr.check_equal([file.get("refusedRows") for file in files], [2], f"{files}")
        server.kill()
        server.start()
        execute(server, source, "DROP TRIGGER picky")
        server.api.patch_sink(source, SINK, {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1})
        server.api.task("POST", sink + "/rejects/retry")
        server.api.wait_drained(source, SINK)
        mr.check_equal(sorted(body for (body,) in server.rows(table_of(source), "body")),
                       ["1", "2", "3", "4", "bad 1", "bad 2"], "rows")
        mr.check_equal(server.api.get(sink + "/rejects")["rejects"], [], "rejects")

    def a_damaged_slice_is_set_aside_alone():
        source = "damaged"
        path = server.api.create_source(source)
        server.api.create_sink(source, SINK, table_of(source), [{"type": "body", "name": "body"}],
                               {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 3})
        sink = server.api.sink_path(source, SINK)

        def post(body):
            with mr.Wire(server.ingest_address()) as wire:
                mr.check_equal(wire.post(path, body).status, 200, "an event")

        def staged():
            return set(glob.glob(os.path.join(server.data_dir, "staging", "**", "*.csv*"), recursive=True))

        post(b"1")
        mr.wait_until(lambda: server.api.records_at(source, SINK, "staging") == 1, 20, "the first slice")
        before = staged()
        post(b"2")
        mr.wait_until(lambda: server.api.records_at(source, SINK, "staging") == 2, 20, "the second slice")
        damaged = (staged() - before).pop()
        with open(damaged, "rb") as file:
            whole = file.read()
        with open(damaged, "wb") as file:
            file.write(whole[:-6])
        post(b"3")

        def failed():
            return server.api.get(sink + "/statistics/files?failedFiles=true")["files"]

        mr.wait_until(failed, 20, "the file that fails")
        file = failed()[0]
        slice_id = os.path.basename(damaged).split(".")[1]
        mr.check(slice_id in file["retryReason"], f"{slice_id} is not in {file}")
        slices = server.api.get(f"{sink}/files/{file['fileId']}/slices")["slices"]
        mr.check_equal([(one["state"], one["recordsCount"], one["sliceId"] == slice_id, one["isFailing"]) for one in slices],
                       [("uploaded", 1, False, False), ("uploaded", 1, True, True), ("uploaded", 1, False, False)], f"{slices}")
        rows = server.api.call("GET", f"{sink}/files/{file['fileId']}/rows")
        mr.check_equal(rows.body.decode(), '"body"\n"1"\n', f"{rows!r}")
        mr.check_equal(rows.headers["X-Millrace-Next"], "1:0", f"{rows!r}")
        answer = server.api.call("GET", f"{sink}/files/{file['fileId']}/rows?after=1:0")
        mr.check_equal(answer.status, 409, f"{answer!r}")
        rows = server.api.call("GET", f"{sink}/files/{file['fileId']}/rows?after=2:0")
        mr.check_equal(rows.body.decode(), '"body"\n"3"\n', f"{rows!r}")

        def set_aside():
            answer = server.api.call("POST", f"{sink}/files/{file['fileId']}/set-aside",
                                     {"reason": "damaged", "slices": [slice_id]})
            return None if answer.status == 409 and "right now" in answer.json()["message"] else answer

        part = mr.wait_until(set_aside, 20, "the slice set aside").json()
        mr.check_equal(part["state"], "setAside", f"{part}")
        mr.wait_until(lambda: server.api.records_at(source, SINK, "target") == 2, 20, "the other slices")
        server.kill()
        server.start()
        ledger = server.api.get(sink + "/ledger")
        mr.check_equal((ledger["target"], ledger["setAside"]), (2, 1), f"{ledger}")
        with open(damaged, "wb") as copy:
            copy.write(whole)
        answer = server.api.call("POST", f"{sink}/files/{part['fileId']}/restore")
        mr.check_equal(answer.status, 200, f"{answer!r}")
        server.api.wait_drained(source, SINK)
        mr.check_equal(sorted(body for (body,) in server.rows(table_of(source), "body")), ["1", "2", "3"], "rows")

    def files_of_others_are_not_found():
        stuck = Stuck(server, "unknown")
        server.api.create_sink("unknown", "other", "in.c-unknown.others", [{"type": "body", "name": "body"}])
        other = server.api.sink_path("unknown", "other")
        for path in (f"{stuck.sink_path()}/files/{NOT_A_FILE}", f"{stuck.sink_path()}/files/x", f"{other}/files/{stuck.file}"):
            answer = server.api.call("POST", path + "/retry")
            mr.check_equal((answer.status, answer.json()["error"]), (404, "stream.api.fileNotFound"), f"{answer!r}")
        answer = server.api.call("POST", f"{stuck.sink_path()}/files/{stuck.file}/set-aside", {})
        mr.check_equal(answer.status, 400, f"without a reason: {answer!r}")

    def files_on_disk():
        return {path for pattern in ("volumes/*/slices/*.csv", "staging/**/*.csv*")
                for path in glob.glob(os.path.join(server.data_dir, pattern), recursive=True)}

    return [a_flush_tries_again_what_had_failed, what_is_discarded_is_gone_at_every_level, later_files_come_through_and_the_restored_one_once,
            rows_that_a_trigger_refuses_are_rejects, a_damaged_slice_is_set_aside_alone,
            a_retry_waits_for_no_pause, calls_that_are_killed_happen_or_do_not, files_of_others_are_not_found]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__.splitlines()[0], "set-aside", cases))
