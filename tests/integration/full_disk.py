#!/usr/bin/env python3
"""A disk that is 100 % full drains by itself, also after a start on it.

Goal    rows that wait are imported although no other byte can be written, without a person and without a flood
        of log lines; and rows are taken again when there is room. A load that has no room fails alone. A change that
        has no room says so, and works when there is some.
Method  the real binary on a small file system in memory, which a file fills to the last byte.
"""

import base64
import contextlib
import http.client
import itertools
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

TABLE = "in.c-full.bodies"
SIZE_MB = 512
OPTIONS = ["--limits.disk-reserve", "64MB", "--limits.disk-ballast", "32MB"]
BODY = b"x" * 100_000
FULL_AT_LEAST_S = 10
LOADER = "Basic " + base64.b64encode(f"root:{mr.TOKEN}".encode()).decode()
LINES_MAX = 40  # of the log, in all the time that the disk is full


class FullDisk:
    def __init__(self, arguments, folder):
        self.folder = folder
        self.filler = os.path.join(folder, "filler")
        self.server = mr.Server(arguments.binary, os.path.join(folder, "data"), args=OPTIONS)
        # The log is not on the disk that is full.
        self.server.log_path = folder + ".log"
        self.server.ready_path = folder + ".ready"
        self.stored = 0

    def post(self):
        answer = mr.request(self.server.ready["ingest"], "POST", self.path, BODY)
        self.stored += answer.status == 200
        return answer.status

    def fill(self):
        """To the last byte, also with what the service frees meanwhile."""
        with open(self.filler, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
            except OSError:
                pass

    def ballast(self):
        return os.path.exists(os.path.join(self.server.data_dir, "ballast"))

    def log_lines(self):
        with open(self.server.log_path, encoding="utf-8", errors="replace") as log:
            return len(log.readlines())

    def has_rows(self):
        rows = self.server.rows(TABLE, "count(*)")
        return bool(rows) and rows[0][0] == self.stored

    def import_at(self, count):
        """The room of a ballast is free a moment after its name is gone; until then the answer is 503."""
        setting = {"settings": [{"key": mr.IMPORT_COUNT, "value": count}]}
        path = self.server.api.sink_path("full", "bodies") + "/settings"
        mr.wait_until(lambda: self.server.api.call("PATCH", path, setting).status == 202, 5, "the setting is taken")

    def a_full_disk_drains_and_takes_rows_again(self):
        with self.server.start() as server:
            self.path = server.api.create_source("full")
            server.api.create_sink("full", "bodies", TABLE, [{"type": "body", "name": "body"}],
                                   {mr.IMPORT_COUNT: 1_000_000})
            mr.check_equal({self.post() for _ in range(50)}, {200}, "with room")
            mr.wait_until(self.ballast, 5, "the ballast")
            self.fill()
            mr.wait_until(lambda: self.post() == 507, 5, "507")
            mr.wait_until(lambda: not self.ballast(), 5, "the ballast is released")
            before = self.log_lines()
            self.import_at(1)
            mr.wait_until(self.has_rows, 60, "the rows are in the table although the disk is full")
            mr.check_equal(self.post(), 507, "what drains is not for new rows")
            told = server.api.get("/v1/overview")["failing"]
            mr.check(told and told[0]["kind"] == "volume" and "is full" in told[0]["reason"], f"what fails: {told}")
            mr.check(self.log_lines() - before < LINES_MAX, f"{self.log_lines() - before} lines in the log")
            os.remove(self.filler)
            mr.wait_until(lambda: self.post() == 200, FULL_AT_LEAST_S + 5, "rows are taken again")
            mr.wait_until(self.ballast, 10, "the ballast is there again")
            self.import_at(1_000_000)
            mr.check_equal({self.post() for _ in range(50)}, {200}, "with room again")
            mr.check_equal(server.kill(), -9, "exit status")

    def a_start_on_a_full_disk_drains_it(self):
        self.fill()
        before = self.log_lines()
        with self.server.start() as server:
            mr.check(not self.ballast(), "the ballast is still there")
            mr.check_equal(self.post(), 507, "rows")
            self.import_at(1)
            mr.wait_until(self.has_rows, 60, "the rows are in the table")
            mr.check(self.log_lines() - before < LINES_MAX, f"{self.log_lines() - before} lines in the log")
            os.remove(self.filler)
            mr.wait_until(lambda: self.post() == 200, FULL_AT_LEAST_S + 5, "rows are taken again")
            mr.check_equal(server.stop(), 0, "exit status")

    def send(self, method, path, pieces, headers):
        """A request whose body is in chunks; its status and its JSON."""
        connection = http.client.HTTPConnection(*self.server.ingest_address(), timeout=120)
        connection.request(method, path, pieces, {"Transfer-Encoding": "chunked", "Authorization": LOADER, **headers},
                           encode_chunked=True)
        answer = connection.getresponse()
        told = json.loads(answer.read())
        connection.close()
        return answer.status, told

    def load(self, table, label, pieces):
        return self.send("PUT", f"/api/full/{table}/_stream_load", pieces, {"label": label})[1]

    def a_load_that_fills_the_disk_fails_alone(self):
        line = b"y" * 1_000_000 + b"\n"
        too_many = 2 * SIZE_MB  # lines
        with self.server.start() as server:
            for table in ("large", "small"):
                made = server.api.call("POST", mr.Api.BRANCH + "/tables", {"tableId": f"in.c-full.{table}", "columns": [{"name": "v"}]})
                mr.check_equal(made.status, 201, f"a table: {made}")
            mr.check_equal(self.load("small", "first", [b"1\n"])["Status"], "Success", "with room")
            told = self.load("large", "too-large", itertools.repeat(line, too_many))
            mr.check_equal(told["Status"], "Fail", f"a load that is larger than the disk: {told}")
            mr.check("unavailable" in told["Message"], f"it may be sent again later: {told}")
            status, told = self.send("POST", "/upload?table=in.c-full.large",
                                     itertools.chain([b"v\n"], itertools.repeat(line, too_many)), {"Content-Type": "text/csv"})
            mr.check_equal((status, told["error"]), (507, "stream.in.diskFull"), f"an upload: {told}")
            mr.check_equal(server.rows("in.c-full.large"), [], "rows of what has failed")
            mr.wait_until(lambda: self.load("small", "second", [b"2\n"])["Status"] == "Success", 30, "others go on")
            mr.check_equal(server.rows("in.c-full.small", "*", "ORDER BY 1"), [("1",), ("2",)], "their rows")
            mr.wait_until(lambda: self.load("large", "too-large", [b"3\n"])["Status"] == "Success", 30, "the label is free")
            mr.check_equal(server.stop(), 0, "exit status")

    def changes_that_have_no_room_are_507_until_there_is_some(self):
        with self.server.start() as server:
            api = server.api
            api.create_source("edited")
            api.create_sink("edited", "bodies", "in.c-full.edited", [{"type": "body", "name": "body"}])
            source, sink = api.source_path("edited"), api.sink_path("edited", "bodies")
            number = itertools.count()
            calls = {
                "settings": ("PATCH", sink + "/settings",
                             lambda: {"settings": [{"key": mr.IMPORT_COUNT, "value": 1000 + next(number)}]}),
                "token": ("POST", "/v1/tokens", lambda: {"description": "x" * 100, "role": "readonly"}),
                "flush": ("POST", sink + "/flush", lambda: None),
                "backup": ("POST", "/v1/backup", lambda: {"path": self.folder + f"/backup-{next(number)}"}),
                "a new source": ("POST", mr.Api.BRANCH + "/sources", lambda: {"name": f"new {next(number)}", "type": "http"}),
                "a rollback": ("PUT", source + "/versions/1/rollback", lambda: None),
                "disable": ("PUT", sink + "/disable", lambda: None),
                "clear": ("DELETE", sink + "/statistics/clear", lambda: None),
                "a table": ("POST", mr.Api.BRANCH + "/tables",
                            lambda: {"tableId": f"in.c-new{next(number)}.t", "columns": [{"name": "v"}]}),
            }

            def call(what):
                method, path, body = calls[what]
                answer = api.call(method, path, body())
                mr.check(answer.status in (200, 201, 202, 204, 409, 507), f"{what}: {answer!r}")
                return answer

            for what in calls:
                # What the log of the catalog has left, and the ballast, are used up.
                def is_full():
                    self.fill()
                    answer = call(what)  # noqa: B023
                    return answer if answer.status == 507 else None

                answer = mr.wait_until(is_full, 30, f"507 of {what}")
                told = answer.json()
                mr.check_equal((told["error"], answer.headers["retry-after"]), ("stream.api.diskFull", "10"), what)
                mr.check(told["message"].startswith("A disk of the service is full. Make room"), f"{what}: {told}")
                mr.check(self.folder not in told["message"], f"{what}: a path in {told}")
            mr.check_equal(api.call("GET", sink).status, 200, "what only reads")
            os.remove(self.filler)
            for what in calls:
                mr.wait_until(lambda: call(what).status != 507, 10, f"{what} with room again")  # noqa: B023
            mr.check_equal(server.stop(), 0, "exit status")

    def a_backup_that_does_not_fit_names_its_disk(self):
        small = self.folder + ".small"
        os.makedirs(small)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "millrace-test", small], check=False)
        mr.check_equal(mounted.returncode, 0, "a second file system")
        try:
            with self.server.start() as server:
                path = small + "/backup"
                task = server.api.task("POST", "/v1/backup", {"path": path})
                mr.check_equal(task["status"], "error", f"{task}")
                mr.check("There is no room for the backup" in task["error"] and "name a folder on another disk" in task["error"]
                         and path in task["error"], f"{task}")
                shutil.rmtree(path)
                task = server.api.task("POST", "/v1/backup", {"path": self.folder + "/backup"})
                mr.check_equal(task["status"], "success", f"where there is room: {task}")
                mr.check_equal(server.stop(), 0, "exit status")
        finally:
            subprocess.run(["umount", small], check=True)
            os.rmdir(small)

    def a_full_disk_of_a_target_and_a_staging_is_told_by_ready(self):
        small = self.folder + ".small"
        os.makedirs(small)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "millrace-test", small], check=False)
        mr.check_equal(mounted.returncode, 0, "a second file system")
        args = ["--target", "lake.kind=sqlite", "--target", f"lake.dir={small}/tables",
                "--staging", "cold.kind=folder", "--staging", f"cold.dir={small}/objects"]
        token = {"Authorization": f"Bearer {mr.TOKEN}"}
        filler = os.path.join(small, "filler")
        try:
            with mr.Server(self.server.binary, os.path.join(self.folder, "ready"), args=[*OPTIONS, *args]).start() as server:
                def wrong():
                    answer = mr.request(server.ready["ingest"], "GET", "/ready?targets=1", headers=token).json()
                    return {one["name"]: one["reason"] for one in answer["backends"] if not one["ok"]}

                mr.check_equal(wrong(), {}, "with room")
                with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                    while file.write(bytes(4096)):
                        pass
                reasons = mr.wait_until(wrong, 30, "the answer without room")
                mr.check_equal(sorted(reasons), ["staging cold", "target lake"], f"{reasons}")
                mr.check(all("make room on its disk" in reason for reason in reasons.values()), f"{reasons}")
                os.remove(filler)
                mr.wait_until(lambda: not wrong(), 30, "the answer with room again")
                mr.check_equal(server.stop(), 0, "exit status")
        finally:
            subprocess.run(["umount", small], check=True)
            os.rmdir(small)


def suite(arguments):
    folder = arguments.folder
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "millrace-test", folder],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        shutil.rmtree(folder)
        mr.skip("no file system can be mounted here: " + mounted.stderr.decode(errors="replace").strip())
    disk = FullDisk(arguments, folder)
    try:
        return mr.run_cases([disk.a_full_disk_drains_and_takes_rows_again, disk.a_start_on_a_full_disk_drains_it,
                             disk.a_load_that_fills_the_disk_fails_alone,
                             disk.changes_that_have_no_room_are_507_until_there_is_some,
                             disk.a_backup_that_does_not_fit_names_its_disk,
                             disk.a_full_disk_of_a_target_and_a_staging_is_told_by_ready])
    finally:
        disk.server.kill()
        subprocess.run(["umount", folder], check=True)


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "full-disk", suite))
