#!/usr/bin/env python3
"""Data folders that older versions wrote, opened by this one.

Goal    what an older version acknowledged is in the tables exactly once, its rejects are there exactly once, and a
        request that is sent again with its key gets the first answer and writes nothing.
Method  tests/data/folders has folders as `kill -9` left them under load, and beside each the list of what was sent
        and answered (tests/data/README.md). The real binary opens a copy.
"""

import glob
import json
import os
import shutil
import subprocess
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
import older_doors as doors  # noqa: E402
import older_folder as older  # noqa: E402

FOLDERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "folders")
SOON = {mr.UPLOAD_COUNT: 1, mr.UPLOAD_INTERVAL: "1s", mr.IMPORT_COUNT: 1}


class Cases:
    """Run in order, on one copy of a folder."""

    def __init__(self, server, kept):
        self.server = server
        self.path = kept["path"]
        self.requests = kept["requests"]
        self.must = {record for request in self.requests if request["status"] == 200 for record in request["records"]}
        # Rejects of a request that was killed between them and its rows (docs/ingest.md, Sending again).
        self.may_be_kept_twice = set()
        self.may = {record for request in self.requests if request["status"] is None for record in request["records"]}

    def the_list_has_something_of_all(self):
        keyed = [request for request in self.requests if request["key"]]
        mr.check(len(self.must) > 1000 and self.may and len(keyed) > 100, "the list is too short")
        mr.check(all(request["status"] in (200, None) for request in self.requests), "refused requests")

    def what_was_acknowledged_is_somewhere_once(self):
        """Before anything is moved: the statistics of all levels together."""
        for sink in older.SINKS:
            levels = self.server.api.statistics(older.SOURCE, sink)["levels"]
            count = sum(level.get("recordsCount", 0) for level in levels.values())
            rejects = self.rejects() if sink == older.KEEPS_REJECTS else []
            least, most = len(self.must), len(self.must) + len(self.may)
            mr.check(least <= count + len(rejects) <= most, f"{sink}: {count} rows and {len(rejects)} rejects: {levels}")

    def a_request_that_is_sent_again_writes_nothing(self):
        """The keyed ones that were answered get that answer; those in doubt are then written, once."""
        with mr.Wire(self.server.ingest_address()) as wire:
            for request in self.requests:
                if request["key"] is None:
                    continue
                answer = older.send(wire, self.path, request)
                mr.check_equal(answer.status, 200, f"{request['key']}: {answer!r}")
                if request["status"] is None:
                    self.must.update(request["records"])
                    self.may_be_kept_twice.update(n for n in request["records"] if not older.has_price(n))
                    self.may.difference_update(request["records"])
                    continue
                mr.check_equal((answer.headers.get("idempotency-replayed"), answer.body.decode()),
                               ("true", request["answer"]), request["key"])

    def every_row_is_in_its_table_once(self):
        for sink in older.SINKS:
            self.server.api.patch_sink(older.SOURCE, sink, SOON)
        for sink in older.SINKS:
            self.server.api.wait_drained(older.SOURCE, sink)
            ids = [int(id.removeprefix("event-"))
                   for (id,) in self.server.rows(f"{older.BUCKET}.{sink}", what="id")]
            self.expect_once(sink, ids + (self.rejects() if sink == older.KEEPS_REJECTS else []))
        for id, body in self.server.rows(f"{older.BUCKET}.staged", what="id, body"):
            mr.check_equal(body, older.body_of(int(id.removeprefix("event-"))), id)

    def rejects_are_those_that_have_no_price(self):
        mr.check(self.rejects(), "no reject was kept")
        mr.check(not any(map(older.has_price, self.rejects())), "a reject that has a price")

    def after_another_restart_it_is_the_same(self):
        before = {sink: sorted(self.server.rows(f"{older.BUCKET}.{sink}")) for sink in older.SINKS}
        mr.check_equal(self.server.stop(), 0, "exit status")
        self.server.start()
        for sink, rows in before.items():
            self.server.api.wait_drained(older.SOURCE, sink)
            mr.check_equal(sorted(self.server.rows(f"{older.BUCKET}.{sink}")), rows, f"rows of {sink}")
        self.a_request_that_is_sent_again_writes_nothing()

    def the_log_has_no_damage(self):
        with open(self.server.log_path, encoding="utf-8") as log:
            bad = [line for line in log if "damaged" in line or '"level":"error"' in line]
        mr.check(not bad, "".join(bad))

    def rejects(self):
        """The numbers of the records that the sink kept."""
        numbers, after = [], ""
        path = self.server.api.sink_path(older.SOURCE, older.KEEPS_REJECTS) + "/rejects?limit=100"
        while True:
            page = self.server.api.get(path + after)
            for reject in page["rejects"]:
                numbers.append(int(json.loads(reject["body"])["id"].removeprefix("event-")))
            if not page["rejects"]:
                return numbers
            after = f"&afterId={page['page']['lastId']}"

    def expect_once(self, sink, records):
        seen = Counter(records)
        twice = [record for record, count in seen.items()
                 if count > 1 and not (count == 2 and sink == older.KEEPS_REJECTS and record in self.may_be_kept_twice)]
        lost = self.must - seen.keys()
        unknown = seen.keys() - self.must - self.may
        mr.check(not twice, f"{sink}: twice: {sorted(twice)[:10]}")
        mr.check(not lost, f"{sink}: {len(lost)} lost: {sorted(lost)[:10]}")
        mr.check(not unknown, f"{sink}: never sent: {sorted(unknown)[:10]}")

    def in_order(self):
        return [self.the_list_has_something_of_all, self.what_was_acknowledged_is_somewhere_once,
                self.a_request_that_is_sent_again_writes_nothing, self.every_row_is_in_its_table_once,
                self.rejects_are_those_that_have_no_price, self.after_another_restart_it_is_the_same,
                self.the_log_has_no_damage]


class Doors:
    """The same of what has come by other doors, where the folder has such."""

    def __init__(self, server, kept, folder):
        self.server = server
        self.folder = folder
        self.telemetry = doors.Telemetry(server, kept["telemetry"])
        self.loads = doors.Loads(server, kept["loads"])
        self.topic = doors.Topic(server, kept["topic"])

    def loads_are_there_and_their_labels_are_known(self):
        self.loads.expect_rows()
        for label in ("first", "second", "some", "deleted", "held"):
            answer = self.loads.load(label, ["999,again,"])
            mr.check_equal(answer["Status"], "Label Already Exists", f"{label}: {answer}")
        self.loads.expect_rows()

    def the_load_that_was_prepared_is_committed_once(self):
        held = [[n, f"held {n}", "kept"] for n in range(100, 120)]
        for _ in range(2):
            mr.check_equal(self.loads.end("commit", "held")["status"], "Success", "a commit")
            mr.wait_until(lambda: len(self.server.rows(f"{self.loads.BUCKET}.{self.loads.TABLE}")) >= len(held) +
                          len(self.loads.kept["rows"]), 60, "its rows")
            self.loads.expect_rows(held)
        mr.check(self.loads.end("commit", "gone")["status"] != "Success", "the one that was aborted is committed")

    def telemetry_is_in_its_tables_once(self):
        for sink in self.telemetry.SINKS:
            self.server.api.patch_sink(self.telemetry.SOURCE, sink, SOON)
        for sink in self.telemetry.SINKS:
            self.server.api.wait_drained(self.telemetry.SOURCE, sink)
            self.telemetry.expect_rows(sink)
        self.telemetry.load(2)
        for sink in self.telemetry.SINKS:
            self.server.api.wait_drained(self.telemetry.SOURCE, sink)
            self.telemetry.expect_rows(sink)

    def messages_are_in_their_table_once(self):
        self.server.api.patch_sink(self.topic.SOURCE, "all", SOON)
        self.server.api.wait_drained(self.topic.SOURCE, "all")
        self.topic.expect_rows()

    def the_topic_is_read_on_where_it_was(self):
        """From a cluster that has all messages of before, and more."""
        if shutil.which("kcat") is None:
            print("SKIPPED: there is no kcat", flush=True)
            return
        with kafka_cluster.MockCluster(self.folder) as cluster:
            before = self.topic.kept["messages"]
            self.topic.kept["messages"] = 0
            self.topic.produce(cluster, before)
            self.topic.produce(cluster, 10)
            self.topic.read_from(cluster)
            mr.wait_until(lambda: len(self.server.rows(self.topic.TABLE)) >= before + 10, 60, "the rest is read")
            self.topic.expect_rows()

    def in_order(self):
        return [self.loads_are_there_and_their_labels_are_known, self.the_load_that_was_prepared_is_committed_once,
                self.telemetry_is_in_its_tables_once, self.messages_are_in_their_table_once,
                self.the_topic_is_read_on_where_it_was]


def run_on_copy(binary, archive, folder):
    """Returns the status of the cases on a copy of the archive."""
    name = os.path.basename(archive).removesuffix(".tar.xz")
    print(f"folder of {name}")
    with open(archive.removesuffix(".tar.xz") + ".json", encoding="utf-8") as file:
        kept = json.load(file)
    copy = os.path.join(folder, name)
    os.makedirs(copy)
    subprocess.run(["tar", "-C", copy, "-xJSf", archive], check=True)
    with mr.Server(binary, os.path.join(copy, "data")).start() as server:
        events = mr.run_cases(Cases(server, kept).in_order())
        if "loads" not in kept:
            return events
        return max(events, mr.run_cases(Doors(server, kept, copy).in_order()))


def run(arguments):
    archives = sorted(glob.glob(os.path.join(arguments.folders, "*.tar.xz")))
    mr.check(archives, f"no folder in {arguments.folders}")
    return max(run_on_copy(arguments.binary, archive, arguments.folder) for archive in archives)


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "older-folders", run,
                              add_options=lambda parser: parser.add_argument("--folders", default=FOLDERS)))
