#!/usr/bin/env python3
"""Several volumes: sources are spread over them, and one that fails takes nothing from the others.

Goal    two disks serve more sources than one, and the loss of one is the loss of what only it had.
Method  the real binary with two volumes; the mark of a failed volume; another directory under its name.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SOURCES = [f"source-{number}" for number in range(12)]
RECORDS = 20
LOCKED_STATUS = 3
FAILURE_STATUS = 1


class Volumes:
    def __init__(self, binary, folder):
        self.binary = binary
        self.data = os.path.join(folder, "data")
        self.fast = os.path.join(folder, "fast")
        self.paths = {}
        self.sent = {source: 0 for source in SOURCES}

    def server(self, fast=None):
        return mr.Server(self.binary, self.data, args=["--volume", f"fast={fast or self.fast}"])

    def post(self, server, source, count=RECORDS):
        """Returns the volumes that took the records."""
        volumes = set()
        with mr.Wire(server.ingest_address()) as wire:
            for _ in range(count):
                answer = wire.post(self.paths[source], b"x")
                mr.check_equal(answer.status, 200, f"{answer!r}")
                self.sent[source] += 1
                volumes.add(server.api.get(f"/v1/branches/default/receipts/{answer.headers['receipt']}")["volume"])
        return volumes

    def check_tables(self, server):
        for source in SOURCES:
            server.api.patch_sink(source, "bodies", {mr.IMPORT_COUNT: 1})
        for source in SOURCES:
            server.api.wait_drained(source, "bodies")
            mr.check_equal(server.rows(f"in.c-volumes.{source}", "count(*)")[0][0], self.sent[source],
                           f"rows of {source}")

    def sources_are_spread_and_each_stays_on_its_volume(self):
        with self.server().start() as server:
            for source in SOURCES:
                self.paths[source] = server.api.create_source(source)
                server.api.create_sink(source, "bodies", f"in.c-volumes.{source}", [{"type": "body", "name": "body"}],
                                       {mr.IMPORT_COUNT: 1_000_000})
            homes = {source: self.post(server, source) for source in SOURCES}
            mr.check(all(len(volumes) == 1 for volumes in homes.values()), f"a source changed its volume: {homes}")
            self.homes = {source: next(iter(volumes)) for source, volumes in homes.items()}
            mr.check_equal(set(self.homes.values()), {"default", "fast"}, "volumes in use")
            server.kill()

    def a_restart_finds_the_rows_of_both(self):
        with self.server().start() as server:
            metrics = server.api.call("GET", "/metrics").body.decode()
            for volume in ("default", "fast"):
                mr.check(f'millrace_volume_up{{volume="{volume}"}} 1' in metrics, f"{volume} is up")
            for source in SOURCES:
                mr.check_equal(self.post(server, source, 1), {self.homes[source]}, f"volume of {source}")
            server.stop()

    def a_volume_that_is_taken_away_too_early_is_named(self):
        source = [name for name, home in self.homes.items() if home == "fast"][-1]
        with self.server().start() as server:
            mr.check("volume_missing" not in server.log_tail(), f"log: {server.log_tail()}")
            server.api.patch_sink(source, "bodies", {mr.UPLOAD_COUNT: 1})
            self.post(server, source, 1)
            mr.wait_until(lambda: server.api.records_at(source, "bodies", "staging") == 1, 20, "staged, not imported")
            server.stop()
        with mr.Server(self.binary, self.data).start() as server:
            told = [line for line in server.log_tail().splitlines() if "volume_missing" in line]
            mr.check(len(told) == 1 and '"volume":"fast"' in told[0] and "configure it again" in told[0],
                     f"log: {server.log_tail()}")
            mr.check(json.loads(told[0])["rows"] >= 1, told[0])
            server.stop()

    def a_failed_volume_is_taken_out_while_the_other_serves(self):
        mark = os.path.join(self.fast, "FAILED")
        with open(mark, "w") as file:
            file.write("a person says so\n")
        of_fast = next(source for source, home in self.homes.items() if home == "fast")
        of_default = next(source for source, home in self.homes.items() if home == "default")
        with self.server().start() as server:
            metrics = server.api.call("GET", "/metrics").body.decode()
            mr.check('millrace_volume_up{volume="fast"} 0' in metrics, "fast is down")
            self.its_rows_are_said_to_be_unknown(server, of_fast, metrics)
            mr.check_equal(mr.request(server.ready["ingest"], "GET", "/ready").status, 200, "/ready")
            for source in (of_fast, of_default):
                mr.check_equal(self.post(server, source), {"default"}, f"volume of {source}")
            # What the other volume has is imported, although older rows of the sink wait on the failed one.
            server.api.patch_sink(of_fast, "bodies", {mr.IMPORT_COUNT: 1})
            mr.wait_until(lambda: server.api.records_at(of_fast, "bodies", "target") == RECORDS, 20, "imported")
            server.stop()
        os.remove(mark)
        with self.server().start() as server:
            self.check_tables(server)
            server.stop()

    def its_rows_are_said_to_be_unknown(self, server, source, metrics):
        mr.check("millrace_rows{" not in metrics and "millrace_kept_rejects{" not in metrics, "metrics count rows")
        for method, path in (("GET", server.api.sink_path(source, "bodies") + "/ledger"),
                             ("DELETE", server.api.source_path(source) + "?cascade=true")):
            answer = server.api.call(method, path)
            mr.check_equal((answer.status, answer.json()["error"]), (503, "stream.api.volumeFailed"), f"{method} {path}")
            mr.check('"fast"' in answer.json()["message"], f"message of {method}: {answer.json()}")

    def another_directory_under_its_name_is_refused(self):
        empty = self.fast + "-empty"
        for how in ("an empty directory", "the volume of somebody else"):
            with self.server(empty) as server:
                server.launch()
                mr.check_equal(server.process.wait(20), FAILURE_STATUS, f"exit status with {how}")
                mr.check("volume fast" in server.log_tail() and "mounted?" in server.log_tail() or
                         "not " in server.log_tail(), f"log: {server.log_tail()}")
            os.makedirs(empty, exist_ok=True)
            with open(os.path.join(empty, "volume-id"), "w") as file:
                file.write("0195f3d4-0000-7000-8000-000000000001\n")
        with self.server().start() as server:
            self.check_tables(server)
            server.stop()

    def a_volume_belongs_to_one_process(self):
        with self.server().start() as server:
            with mr.Server(self.binary, self.data + "-other", args=["--volume", f"fast={self.fast}"]) as other:
                other.launch()
                mr.check(other.process.wait(20) != 0, "the second process starts")
            server.stop()

    def in_order(self):
        return [self.sources_are_spread_and_each_stays_on_its_volume, self.a_restart_finds_the_rows_of_both,
                self.a_volume_that_is_taken_away_too_early_is_named,
                self.a_failed_volume_is_taken_out_while_the_other_serves,
                self.another_directory_under_its_name_is_refused, self.a_volume_belongs_to_one_process]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "volumes",
                              lambda arguments: Volumes(arguments.binary, arguments.folder).in_order()))
