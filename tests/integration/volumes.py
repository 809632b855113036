#!/usr/bin/env python3
"""Several volumes: sources are spread over them, and one that fails takes nothing from the others.

Goal    two disks serve more sources than one, and the loss of one is the loss of what only it had.
Method  the real binary with two volumes; the mark of a failed volume; another directory under its name.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SOURCES = [f"source-{number}" for number in range(12)]
RECORDS = 20
LOCKED_STATUS = 3
FAILURE_STATUS = 1
ROOM = 256 << 20


def free_bytes(folder):
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


class Volumes:
    def __init__(self, binary, folder):
        self.binary = binary
        self.data = os.path.join(folder, "data")
        self.fast = os.path.join(folder, "fast")
        self.paths = {}
        self.sent = {source: 0 for source in SOURCES}

    def server(self, fast=None, name="fast", further=(), options=()):
        args = list(options)
        for volume in (f"{name}={fast or self.fast}", *further):
            args += ["--volume", volume]
        return mr.Server(self.binary, self.data, args=args)

    def run_command(self, *words, status=0):
        """What a command on the stopped data folder says."""
        done = subprocess.run([self.binary, *words, "--data-dir", self.data], capture_output=True, text=True, timeout=60)
        mr.check_equal(done.returncode, status, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

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

    def a_pinned_source_is_on_its_volume_or_nowhere(self):
        source = self.pinned = next(name for name, home in self.homes.items() if home == "default")
        with self.server().start() as server:
            wrong = server.api.call("PATCH", server.api.source_path(source) + "/settings",
                                    {"settings": [{"key": "source.volume", "value": "fats"}]})
            mr.check_equal(wrong.status, 400, f"a name that no volume has: {wrong!r}")
            mr.check('"fats"' in wrong.json()["message"] and '"default", "fast"' in wrong.json()["message"], f"{wrong!r}")
            self.pin(server, source, "fast")
            mr.check_equal(self.post(server, source), {"fast"}, "the volume that the setting names")
            retired = server.api.call("POST", "/v1/volumes/fast/retire")
            mr.check_equal((retired.status, retired.json()["error"]), (409, "stream.api.volumeInUse"), f"{retired!r}")
            mr.check(f'"{source}"' in retired.json()["message"], f"{retired!r}")
            mr.check_equal({volume["name"]: volume.get("pinnedSources") for volume in self.listed(server)},
                           {"default": None, "fast": [source]}, "volumes")
            server.kill()
        mark = os.path.join(self.fast, "FAILED")
        with open(mark, "w") as file:
            file.write("a person says so\n")
        with self.server().start() as server:
            self.refused(server, source, "stream.in.volumeFailed", "has failed")
            other = next(name for name, home in self.homes.items() if home == "fast")
            mr.check_equal(self.post(server, other), {"default"}, "a source that is not pinned")
            server.stop()
        os.remove(mark)
        with mr.Server(self.binary, self.data).start() as server:
            self.refused(server, source, "stream.in.volumeFailed", "is not here")
            server.stop()
        with self.server().start() as server:
            mr.check_equal(self.post(server, source), {"fast"}, "it is back")
            server.stop()

    def its_disk_is_full_and_the_others_serve(self):
        """By a reserve that is larger than the room of a disk in memory, where that has less than the data folder."""
        free = free_bytes("/dev/shm") if os.access("/dev/shm", os.W_OK) else 0
        if not ROOM < free < free_bytes(self.data) - 2 * ROOM:
            print("SKIPPED: no disk is smaller than that of the data folder", flush=True)
            return
        small = tempfile.mkdtemp(prefix="millrace-volume-", dir="/dev/shm")
        try:
            with self.server(further=[f"small={small}"]).start() as server:
                self.pin(server, self.pinned, "small")
                mr.check_equal(self.post(server, self.pinned), {"small"}, "while it has room")
                server.stop()
            reserve = f"{(free + ROOM) >> 20}MB"
            with self.server(further=[f"small={small}"], options=["--limits.disk-reserve", reserve]).start() as server:
                self.refused(server, self.pinned, "stream.in.volumeBusy", "is full", "small")
                other = next(name for name in SOURCES if name != self.pinned)
                mr.check(self.post(server, other) <= {"default", "fast"}, "another source")
                server.stop()
            with self.server(further=[f"small={small}"]).start() as server:
                mr.check_equal(self.post(server, self.pinned), {"small"}, "there is room again")
                self.pin(server, self.pinned, "fast")
                self.check_tables(server)
                mr.wait_until(lambda: server.api.call("POST", "/v1/volumes/small/retire").status == 200, 60, "retired")
                server.stop()
        finally:
            shutil.rmtree(small)

    def a_rename_takes_its_sources_along(self):
        told = self.run_command("volume", "rename", "fast", "quick")
        mr.check(f'"{self.pinned}"' in told, told)
        with self.server(name="quick").start() as server:
            mr.check_equal(self.post(server, self.pinned), {"quick"}, "the volume under its new name")
            settings = {one["key"]: one["value"]
                        for one in server.api.get(server.api.source_path(self.pinned) + "/settings")["settings"]}
            mr.check_equal(settings["source.volume"], "quick", "the setting")
            server.stop()
        refused = self.run_command("volume", "retire", "quick", status=1)
        mr.check(f'"{self.pinned}"' in refused and "source.volume" in refused, refused)
        self.run_command("volume", "rename", "quick", "fast")
        with self.server().start() as server:
            self.pin(server, self.pinned, None)
            mr.check_equal(self.post(server, self.pinned), {self.homes[self.pinned]}, "without the setting")
            self.check_tables(server)
            server.stop()

    def a_name_of_the_configuration_that_no_volume_has_is_refused(self):
        with self.server(options=["--setting", "source.volume=fats"]) as server:
            server.launch()
            mr.check_equal(server.process.wait(20), FAILURE_STATUS, "exit status")
            mr.check("fats" in server.log_tail() and "source.volume" in server.log_tail(), server.log_tail())

    def pin(self, server, source, volume):
        server.api.patch_source(source, {"source.volume": volume})

    def listed(self, server):
        return server.api.get("/v1/volumes")["volumes"]

    def refused(self, server, source, error, why, volume="fast"):
        with mr.Wire(server.ingest_address()) as wire:
            answer = wire.post(self.paths[source], b"x")
        told = answer.json()
        mr.check_equal((answer.status, told["error"], answer.headers["retry-after"]), (503, error, "10"), f"{answer!r}")
        mr.check(f'The volume "{volume}"' in told["message"] and why in told["message"], f"{told}")

    def in_order(self):
        return [self.sources_are_spread_and_each_stays_on_its_volume, self.a_restart_finds_the_rows_of_both,
                self.a_volume_that_is_taken_away_too_early_is_named,
                self.a_failed_volume_is_taken_out_while_the_other_serves,
                self.a_pinned_source_is_on_its_volume_or_nowhere, self.its_disk_is_full_and_the_others_serve,
                self.a_rename_takes_its_sources_along, self.a_name_of_the_configuration_that_no_volume_has_is_refused,
                self.another_directory_under_its_name_is_refused, self.a_volume_belongs_to_one_process]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "volumes",
                              lambda arguments: Volumes(arguments.binary, arguments.folder).in_order()))
