#!/usr/bin/env python3
"""Files that cannot be imported: why is shown, and what docs/operations.md says to do about it helps.

Goal    a file that fails costs nothing but time: every event of before and after is in the table once it is mended.
Method  the real binary; for each cause a sink whose file has it, an event sent meanwhile, and the remedy.
"""

import glob
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SINK = "bodies"


def table_of(source):
    return f"in.c-{source}.rows"


def execute(server, source, *statements):
    connection = sqlite3.connect(server.table_path(table_of(source))[0])
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


class Lock:
    """Another program that writes to the database, and does not come to an end."""

    def __init__(self, server, source, _staged):
        self.connection = sqlite3.connect(server.table_path(table_of(source))[0])
        self.connection.execute("BEGIN IMMEDIATE")

    def mend(self):
        self.connection.close()


class Statements:
    def __init__(self, server, source, make, mend):
        self.mend = lambda: execute(server, source, mend)
        execute(server, source, make)


class StagedFile:
    """The file of a slice in staging, replaced by what `change` makes of it, or taken away."""

    def __init__(self, staged, change):
        self.path = staged
        with open(staged, "rb") as file:
            self.content = file.read()
        os.remove(staged)
        if change is not None:
            self.write(change(self.content))

    def write(self, content):
        with open(self.path, "wb") as file:
            file.write(content)

    def mend(self):
        self.write(self.content)


class TargetFile:
    """The file of the bucket is deleted; one call makes its table anew."""

    def __init__(self, server, source, _staged):
        for suffix in ("", "-wal", "-shm"):
            path = server.table_path(table_of(source))[0] + suffix
            if os.path.exists(path):
                os.remove(path)
        self.mend = lambda: server.api.do("PUT", server.api.sink_path(source, SINK) + "/enable")


# By the name of the source: what the reason says, and the cause.
CAUSES = {
    "column": ('do not match expected ["body"], found ["other"]',
               lambda server, source, _: Statements(server, source, "ALTER TABLE rows RENAME COLUMN body TO other",
                                                    "ALTER TABLE rows RENAME COLUMN other TO body")),
    "trigger": ("no more rows",
                lambda server, source, _: Statements(
                    server, source, "CREATE TRIGGER full BEFORE INSERT ON rows BEGIN SELECT raise(ROLLBACK, 'no more rows'); END",
                    "DROP TRIGGER full")),
    "locked": ("database is locked", Lock),
    "gone": ("does not exist; put the file of its bucket back, or enable the sink", TargetFile),
    "missing": ("No such file or directory", lambda _server, _source, staged: StagedFile(staged, None)),
    "short": ("cut off", lambda _server, _source, staged: StagedFile(staged, lambda content: content[:-12])),
    "damaged": ("damaged", lambda _server, _source, staged: StagedFile(staged, lambda content: b"\0" * len(content))),
}


class FailingFiles:
    def __init__(self, binary, folder):
        self.server = mr.Server(binary, os.path.join(folder, "data"))

    def staged_files(self):
        return set(glob.glob(os.path.join(self.server.data_dir, "staging", "**", "*.csv.gz"), recursive=True))

    def post(self, path, body):
        with mr.Wire(self.server.ingest_address()) as wire:
            mr.check_equal(wire.post(path, body).status, 200, "an event")

    def reasons(self, source):
        path = self.server.api.sink_path(source, SINK) + "/statistics/files?failedFiles=true"
        return [file["retryReason"] for file in self.server.api.get(path)["files"]]

    def what_docs_say_helps(self):
        api = self.server.api
        made = {}
        for source, (_, cause) in CAUSES.items():
            path = api.create_source(source)
            api.create_sink(source, SINK, table_of(source), [{"type": "body", "name": "body"}],
                            {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 2})
            before = self.staged_files()
            self.post(path, b"1")
            mr.wait_until(lambda: api.records_at(source, SINK, "staging") == 1, 20, f"{source} staged, not imported")
            made[source] = path, cause(self.server, source, (self.staged_files() - before).pop())
            self.post(path, b"2")
            mr.wait_until(lambda: api.records_at(source, SINK, "staging") == 2, 20, f"{source} staged, not imported")
        for source, (reason, _) in CAUSES.items():
            mr.wait_until(lambda: any(reason in told for told in self.reasons(source)), 20,
                          f"{source} fails with: {reason}; it was {self.reasons(source)}")
            api.patch_sink(source, SINK, {mr.IMPORT_COUNT: 1})
            self.post(made[source][0], b"3")
            mr.check_equal(api.records_at(source, SINK, "target"), 0, f"rows of {source} in the table meanwhile")
        for source, (_, cause) in made.items():
            cause.mend()
        for source in CAUSES:
            api.wait_drained(source, SINK)
            mr.check_equal(self.server.rows(table_of(source)), [("1",), ("2",), ("3",)], f"rows of {source}, in order")
            mr.check_equal(self.reasons(source), [], f"what fails of {source}")


def suite(arguments):
    cases = FailingFiles(arguments.binary, arguments.folder)
    with cases.server.start():
        return mr.run_cases([cases.what_docs_say_helps])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "failing-files", suite))
