#!/usr/bin/env python3
"""Parts of the data folder that were taken away, or changed, are named; nothing goes on as if they were there.

Goal    a catalog that is gone refuses the start; a target file that is gone is named at the start and by the file
        that fails; a byte that changed in staging reaches no table.
Method  the real binary; between two lives the test takes the part away, and puts it back.
"""

import glob
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SOURCE = "parts"
SINK = "bodies"
TABLE = "in.c-parts.rows"
FAILURE_STATUS = 1
WAITS = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 2}


class MissingParts:
    def __init__(self, binary, folder):
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.server = mr.Server(binary, self.data)

    def logged(self, event):
        with open(self.server.log_path, encoding="utf-8") as log:
            lines = [json.loads(line) for line in log if line.startswith("{")]
        return [line for line in lines if line.get("event") == event]

    def post(self, body):
        with mr.Wire(self.server.ingest_address()) as wire:
            mr.check_equal(wire.post(self.path, body).status, 200, "an event")

    def a_start_tells_which_sqlite_runs(self):
        with self.server.start():
            version = self.logged("sqlite")[-1]["version"]
            mr.check(version.startswith("3."), f"version {version}")
            self.path = self.server.api.create_source(SOURCE)
            self.server.api.create_sink(SOURCE, SINK, TABLE, [{"type": "body", "name": "body"}],
                                        {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1})
            self.post(b"1")
            self.server.api.wait_drained(SOURCE, SINK)
            self.server.api.patch_sink(SOURCE, SINK, WAITS)
            self.post(b"2")
            mr.wait_until(lambda: self.server.api.records_at(SOURCE, SINK, "staging") == 1, 20, "a row in staging")
            self.server.stop()

    def a_start_without_the_catalog_is_refused(self):
        away = os.path.join(self.folder, "away")
        os.mkdir(away)
        for path in glob.glob(os.path.join(self.data, "catalog.sqlite*")):
            os.rename(path, os.path.join(away, os.path.basename(path)))
        with self.server.launch() as server:
            mr.check_equal(server.process.wait(20), FAILURE_STATUS, "exit status")
        tail = self.server.log_tail()
        mr.check("catalog.sqlite is not there, but the volume in" in tail, f"the log says why: {tail}")
        mr.check(not os.path.exists(os.path.join(self.data, "catalog.sqlite")), "a new catalog was made")
        for name in os.listdir(away):
            os.rename(os.path.join(away, name), os.path.join(self.data, name))

    def a_target_file_that_is_gone_is_named_and_one_call_makes_it_anew(self):
        for path in glob.glob(os.path.join(self.data, "target", "in.c-parts.sqlite*")):
            os.remove(path)
        with self.server.start() as server:
            told = self.logged("target_missing")
            mr.check_equal([(line["bucket"], line["sinks"]) for line in told], [("in.c-parts", 1)], "what the start says")
            self.post(b"3")
            files = server.api.sink_path(SOURCE, SINK) + "/statistics/files?failedFiles=true"
            reason = mr.wait_until(lambda: [file["retryReason"] for file in server.api.get(files)["files"]], 20,
                                   "a file that fails")[0]
            mr.check("does not exist; put the file of its bucket back, or enable the sink" in reason, reason)
            server.api.do("PUT", server.api.sink_path(SOURCE, SINK) + "/enable")
            server.api.wait_drained(SOURCE, SINK)
            mr.check_equal(server.rows(TABLE), [("2",), ("3",)], "rows that waited")
            server.stop()

    def a_changed_byte_in_staging_reaches_no_table(self):
        plain = mr.Server(self.server.binary, self.data,
                          args=["--setting", "storage.level.local.encoding.compression.type=none"])
        with plain.start() as server:
            self.server.ready = server.ready
            self.post(b"4444")
            staged = mr.wait_until(lambda: glob.glob(os.path.join(self.data, "staging", "**", "*.csv"), recursive=True),
                                   20, "a plain file in staging")[0]
            mr.wait_until(lambda: server.api.records_at(SOURCE, SINK, "staging") == 1, 20, "a row in staging")
            with open(staged, "r+b") as file:
                content = file.read()
                file.seek(0)
                file.write(content.replace(b"4444", b"4544"))
            self.post(b"5")
            files = server.api.sink_path(SOURCE, SINK) + "/statistics/files?failedFiles=true"
            reason = mr.wait_until(lambda: [file["retryReason"] for file in server.api.get(files)["files"]], 20,
                                   "a file that fails")[0]
            mr.check("in staging is damaged" in reason, reason)
            mr.check_equal(server.rows(TABLE), [("2",), ("3",)], "rows")
            with open(staged, "wb") as file:
                file.write(content)
            server.api.wait_drained(SOURCE, SINK)
            mr.check_equal(server.rows(TABLE), [("2",), ("3",), ("4444",), ("5",)], "rows, when it is put back")
            server.stop()

    def a_staging_whose_disk_is_not_mounted_is_not_used(self):
        staging, disk = os.path.join(self.data, "staging"), os.path.join(self.data, "disk")
        os.rename(staging, disk)
        os.mkdir(staging)  # where it would be mounted
        with self.server.start() as server:
            self.post(b"6")
            mr.wait_until(lambda: [line for line in self.logged("step_failed") if "mount its disk" in line["cause"]], 20,
                          "the remedy in the log")
            server.stop()
        mr.check_equal(os.listdir(staging), ["lock"], "what was written under the mount point")
        shutil.rmtree(staging)
        os.rename(disk, staging)
        with self.server.start() as server:
            self.post(b"7")
            server.api.wait_drained(SOURCE, SINK)
            mr.check_equal(server.rows(TABLE)[-2:], [("6",), ("7",)], "the row that waited, and the next")
            server.stop()

    def a_target_that_is_not_configured_is_among_what_fails(self):
        lake = ["--target", "lake.kind=sqlite", "--target", f"lake.dir={os.path.join(self.folder, 'lake')}"]
        with mr.Server(self.server.binary, self.data, args=lake).start() as server:
            path = server.api.create_source("far")
            body = mr.sink_body("rows", "in.c-far.rows", [{"type": "body", "name": "body"}])
            body["table"]["target"] = "lake"
            server.api.do("POST", server.api.source_path("far") + "/sinks", body)
            server.api.patch_sink("far", "rows", {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1})
            server.stop()
        with self.server.start() as server:
            mr.check_equal(server.api.get("/v1/overview")["failing"], [], "what fails while nothing waits")
            with mr.Wire(server.ingest_address()) as wire:
                mr.check_equal(wire.post(path, b"1").status, 200, "an event")
            told = mr.wait_until(lambda: server.api.get("/v1/overview")["failing"], 20, "the sink among what fails")[0]
            mr.check_equal((told["kind"], told["sourceId"], told["sinkId"], told["target"], told["waitingRows"]),
                           ("unconfigured", "far", "rows", "lake", 1), "what fails")
            mr.check("\"lake\" is not configured" in told["reason"] and told["actions"] == [], f"{told}")
            mr.wait_until(lambda: [one for one in server.api.get("/v1/overview")["failing"] if one["files"] == 1], 20,
                          "the closed file")
            server.stop()
        with mr.Server(self.server.binary, self.data, args=lake).start() as server:
            server.api.wait_drained("far", "rows")
            mr.check_equal(server.api.get("/v1/overview")["failing"], [], "what fails once it is configured again")
            server.stop()

    def cases(self):
        return [self.a_start_tells_which_sqlite_runs, self.a_start_without_the_catalog_is_refused,
                self.a_target_file_that_is_gone_is_named_and_one_call_makes_it_anew,
                self.a_changed_byte_in_staging_reaches_no_table, self.a_staging_whose_disk_is_not_mounted_is_not_used,
                self.a_target_that_is_not_configured_is_among_what_fails]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "missing-parts",
                              lambda arguments: MissingParts(arguments.binary, arguments.folder).cases()))
