#!/usr/bin/env python3
"""millrace inspect tells what is on disk, and whether it is whole.

Goal    every damage that a person would look for is named, with exit code 1; nothing is changed; a running service does
        not mind.
Method  the real binary beside a running service, and on a folder that is damaged while the service is stopped.
"""

import glob
import json
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

ROWS = 40
TIMEOUT_S = 60


class Folder:
    """A data folder with a sink whose rows are on the volume."""

    def __init__(self, arguments, name):
        self.binary = arguments.binary
        self.name = name
        self.server = mr.Server(arguments.binary, os.path.join(arguments.folder, name))
        self.data = self.server.data_dir
        self.volume = os.path.join(self.data, "volumes/default")

    def fill(self, server, settings=None):
        path = server.api.create_source(self.name)
        server.api.create_sink(self.name, "bodies", f"in.c-inspected.{self.name}", [{"type": "body", "name": "body"}],
                               settings or {mr.IMPORT_COUNT: 1_000_000})
        for number in range(ROWS):
            answer = mr.request(server.ready["ingest"], "POST", path, b'body "%d", of two\nlines' % number)
            mr.check_equal(answer.status, 200, f"{answer!r}")

    def inspect(self, *words):
        """Exit code and document; the text must say the same as the JSON."""
        done = subprocess.run([self.binary, "inspect", *words, "--json"], capture_output=True, text=True, timeout=TIMEOUT_S)
        mr.check(done.returncode in (0, 1) and done.stdout, f"{words}: {done.returncode}, {done.stderr}")
        text = subprocess.run([self.binary, "inspect", *words], capture_output=True, text=True, timeout=TIMEOUT_S)
        mr.check_equal(text.returncode, done.returncode, "exit code of the text")
        found = json.loads(done.stdout)
        for name in found:
            mr.check(f"{name}:" in text.stdout, f"{name} is not in the text: {text.stdout}")
        return done.returncode, found

    def refused(self, *words):
        done = subprocess.run([self.binary, "inspect", *words], capture_output=True, text=True, timeout=TIMEOUT_S)
        return done.returncode, done.stderr

    def digest(self):
        """Name, size and time of change of every file; SQLite's shared memory comes and goes."""
        return {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns)
                for path in glob.glob(os.path.join(self.data, "**"), recursive=True)
                if os.path.isfile(path) and not path.endswith(("-shm", "-wal"))}


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 0xFF]))


def cases(arguments):
    def everything_is_whole_beside_a_running_service():
        folder = Folder(arguments, "running")
        with folder.server.start() as server:
            folder.fill(server)
            code, journal = folder.inspect("journal", folder.volume)
            mr.check_equal((code, journal["damages"]), (0, []), f"{journal}")
            mr.check_equal(sum(segment["rows"] for segment in journal["segments"]), ROWS, "rows of the journal")
            mr.check_equal(journal["lastFrame"], journal["frames"], "frames from the first on")
            code, catalog = folder.inspect("catalog", folder.data)
            mr.check_equal((code, catalog["faults"]), (0, []), f"{catalog}")
            mr.check_equal(catalog["volumes"], [{"volume": "default", "state": "active", "directory": folder.volume}], "volumes")
            mr.check_equal(server.stop(), 0, "exit status")

    def nothing_is_changed():
        folder = Folder(arguments, "unchanged")
        with folder.server.start() as server:
            folder.fill(server)
            server.kill()
        before = folder.digest()
        folder.inspect("journal", folder.volume)
        folder.inspect("catalog", folder.data)
        mr.check_equal(folder.digest(), before, "files")

    def a_damaged_frame_is_named():
        folder = Folder(arguments, "frame")
        with folder.server.start() as server:
            folder.fill(server)
            server.kill()
        _, journal = folder.inspect("journal", folder.volume)
        segment = glob.glob(os.path.join(folder.volume, "journal/*.segment"))[0]
        flip(segment, 4096 + journal["segments"][0]["bytes"] // 2)
        code, journal = folder.inspect("journal", folder.volume)
        mr.check_equal((code, len(journal["damages"])), (1, 1), f"{journal}")
        damage = journal["damages"][0]
        mr.check(1 < damage["firstFrame"] <= damage["lastFrame"] < journal["lastFrame"], f"{damage}")
        mr.check_equal(damage["segment"], segment, "segment")
        rows = sum(part["rows"] for part in journal["segments"])
        mr.check(0 < rows < ROWS, f"{rows} rows are left")

    def a_damaged_header_of_the_journal_is_named_and_costs_no_row():
        folder = Folder(arguments, "header")
        with folder.server.start() as server:
            folder.fill(server)
            server.kill()
        segment = glob.glob(os.path.join(folder.volume, "journal/*.segment"))[0]
        flip(segment, 3)
        code, journal = folder.inspect("journal", folder.volume)
        mr.check_equal((code, len(journal["damages"])), (1, 1), f"{journal}")
        mr.check("header" in journal["damages"][0]["damage"], f"{journal}")
        mr.check_equal(sum(part["rows"] for part in journal["segments"]), ROWS, "rows")

    def a_torn_end_is_no_damage():
        folder = Folder(arguments, "torn")
        with folder.server.start() as server:
            folder.fill(server)
            server.kill()
        _, journal = folder.inspect("journal", folder.volume)
        segment = glob.glob(os.path.join(folder.volume, "journal/*.segment"))[0]
        flip(segment, 4096 + journal["segments"][0]["bytes"] - 8)
        code, torn = folder.inspect("journal", folder.volume)
        mr.check_equal((code, torn["damages"]), (0, []), f"{torn}")
        mr.check_equal(torn["lastFrame"], journal["lastFrame"] - 1, "the last frame")

    def a_damaged_checkpoint_is_named():
        folder = Folder(arguments, "checkpoint")
        with folder.server.start() as server:
            folder.fill(server)
            mr.check_equal(server.stop(), 0, "exit status")  # writes one
        checkpoints = glob.glob(os.path.join(folder.volume, "journal/checkpoint-*"))
        _, journal = folder.inspect("journal", folder.volume)
        mr.check_equal([row["state"] for row in journal["checkpoints"]], ["valid"] * len(checkpoints), f"{journal}")
        flip(checkpoints[0], 20)
        code, journal = folder.inspect("journal", folder.volume)
        mr.check_equal((code, "damaged" in [row["state"] for row in journal["checkpoints"]]), (1, True), f"{journal}")

    def a_slice_is_shown_row_by_row():
        folder = Folder(arguments, "slice")
        with folder.server.start() as server:
            folder.fill(server)
            mr.check_equal(server.stop(), 0, "exit status")
        path = glob.glob(os.path.join(folder.volume, "slices/*.csv"))[0]
        code, found = folder.inspect("slice", path)
        mr.check_equal((code, found["rows"], found["valuesInARow"], found["format"]), (0, ROWS, 1, 1), f"{found}")
        os.truncate(path, os.path.getsize(path) - 2)
        code, found = folder.inspect("slice", path)
        mr.check_equal((code, found["rows"]), (1, ROWS - 1), f"{found}")
        mr.check_equal(found["faults"], ["the last row is cut off"], "faults")
        with open(path, "wb") as file:
            file.write(b'"a","b"\n"c"\n')
        code, found = folder.inspect("slice", path)
        mr.check_equal((code, found["faults"]), (1, ["row 2 has another number of values"]), f"{found}")
        with open(path, "wb") as file:
            file.write(b"#millrace 9\n")
        code, found = folder.inspect("slice", path)
        mr.check_equal(code, 1, f"a header of no version: {found}")

    def a_file_that_waits_is_shown_with_its_reason():
        folder = Folder(arguments, "waiting")
        with folder.server.start() as server:
            folder.fill(server)
            target = os.path.join(folder.data, "target")
            server.api.do("PUT", server.api.source_path("waiting") + "/disable")  # closes the file, which is imported
            server.api.wait_drained("waiting", "bodies")
            server.api.do("PUT", server.api.source_path("waiting") + "/enable")
            database = sqlite3.connect(glob.glob(os.path.join(target, "**/*.sqlite"), recursive=True)[0])
            database.execute('DROP TABLE "waiting"')
            database.execute('CREATE TABLE "waiting" (other TEXT)')
            database.commit()
            database.close()
            path = server.api.get(server.api.source_path("waiting"))["http"]["url"]
            mr.request(server.ready["ingest"], "POST", "/" + path.split("/", 3)[3], b"waits")
            server.api.patch_sink("waiting", "bodies", {mr.IMPORT_COUNT: 1})

            def waiting():
                return [file for file in folder.inspect("catalog", folder.data)[1]["waitingFiles"] if file["reason"]]

            mr.wait_until(waiting, 60, "a file that waits with a reason")
            file = waiting()[0]
            mr.check_equal(file["sink"], "waiting/bodies", "sink")
            _, found = folder.inspect("file", folder.data, file["waitingFile"])
            mr.check_equal(sum(part["rows"] for part in found["slices"]), 1, f"{found}")
            mr.check_equal(folder.refused("file", folder.data, "01a2284a-09ec-7177-83dc-4dfc50d2cd42")[0], 1, "no such file")

    def what_is_no_folder_of_millrace_is_refused():
        folder = Folder(arguments, "refused")
        os.makedirs(folder.data)
        for words, sentence in ((("journal", folder.data), "is no volume"), (("catalog", folder.data), "catalog.sqlite"),
                                (("slice", folder.data + "/none.csv"), "none.csv")):
            code, error = folder.refused(*words)
            mr.check_equal(code, 1, f"{words}")
            mr.check(sentence in error, f"{words}: {error}")
        mr.check_equal(folder.refused("journal")[0], 2, "no directory")

    return [everything_is_whole_beside_a_running_service, nothing_is_changed, a_damaged_frame_is_named,
            a_damaged_header_of_the_journal_is_named_and_costs_no_row, a_torn_end_is_no_damage, a_damaged_checkpoint_is_named, a_slice_is_shown_row_by_row, a_file_that_waits_is_shown_with_its_reason,
            what_is_no_folder_of_millrace_is_refused]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "inspect", cases))
