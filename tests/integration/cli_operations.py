#!/usr/bin/env python3
"""The command line where something is to be looked at or mended.

Goal    who has a shell sees what comes in, what does not come into its table and why, and gets every sink going again.
Method  the real binary as client and as service; a table with a trigger that refuses one row; commands that go on until
        Ctrl-C get that signal.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from cli_shell import Shell, Terminal, on_terminal, says  # noqa: E402

NOT_A_FILE = "01234567-89ab-7123-8123-456789abcdef"


def post(shell, source, body):
    url = urllib.parse.urlsplit(shell.ok("source", "get", source, "--url").strip())
    headers = {"Content-Type": "application/json"}
    return mr.request(f"{url.scheme}://{url.netloc}", "POST", url.path, body, headers).status


def lines_of(process, count):
    """The next lines of a command that goes on."""
    return [process.stdout.readline() for _ in range(count)]


def end_by_ctrl_c(process):
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    mr.check_equal((process.returncode, err), (0, ""), f"after Ctrl-C: {out}")
    return out


def definition_cases(shell):
    def a_source_is_disabled_enabled_deleted_and_comes_back():
        shell.source_with_sink("door")
        mr.check_equal(post(shell, "door", b'{"n": 1}'), 200, "an event")
        shell.ok("source", "disable", "door")
        says(shell.ok("source", "get", "door"), "disabled")
        mr.check(post(shell, "door", b'{"n": 2}') >= 400, "a disabled source takes nothing")
        shell.ok("source", "enable", "door")
        mr.check_equal(post(shell, "door", b'{"n": 2}'), 200, "an event of one that is enabled")
        shell.ok("source", "delete", "door")
        says(shell.refused(1, "source", "undelete", "dor"), "did you mean door?")
        shell.ok("source", "undelete", "door")
        shell.ok("sink", "disable", "door", "rows")
        says(shell.ok("sink", "list", "door"), "disabled")
        shell.ok("sink", "enable", "door", "rows")
        shell.ok("sink", "delete", "door", "rows")
        says(shell.refused(1, "sink", "undelete", "door", "row"), "did you mean rows?")
        shell.ok("sink", "undelete", "door", "rows")
        mr.check_equal(shell.json("sink", "get", "door", "rows")["sinkId"], "rows", "the sink")

    def an_update_makes_a_version_and_a_rollback_another():
        shell.ok("source", "update", "door", "--name", "The door", "--description", "of the house",
                 "--change-description", "a name at last")
        source = shell.json("source", "get", "door")
        mr.check_equal((source["name"], source["description"]), ("The door", "of the house"), "the source")
        versions = shell.json("source", "versions", "door")
        mr.check_equal(versions[-1]["description"], "a name at last", "the version")
        says(shell.ok("source", "versions", "door"), "VERSION", "a name at last")
        shell.ok("source", "rollback", "door", "1")
        mr.check_equal(shell.json("source", "get", "door")["name"], "door", "the name before")
        shell.ok("sink", "update", "door", "rows", "--table", "in.c-door.more", "--column", "n=n:INTEGER:key",
                 "--column", "more=more")
        sink = shell.json("sink", "get", "door", "rows")
        mr.check_equal((sink["table"]["tableId"], [one["name"] for one in sink["table"]["mapping"]["columns"]]),
                       ("in.c-door.more", ["n", "more"]), "the sink")
        says(shell.ok("sink", "versions", "door", "rows"), "VERSION")
        shell.ok("sink", "rollback", "door", "rows", "1")
        mr.check_equal(shell.json("sink", "get", "door", "rows")["table"]["tableId"], "in.c-door.rows", "the table before")
        says(shell.refused(1, "sink", "rollback", "door", "rows", "99"), "99", "There are: 1, 2")

    def a_new_secret_is_a_new_url():
        before = shell.ok("source", "get", "door", "--url")
        after = shell.ok("source", "rotate-secret", "door", "--overlap", "1h")
        mr.check(before != after and "/stream/" in after, f"{before} {after}")
        mr.check_equal(shell.ok("source", "get", "door", "--url"), after, "the URL")
        mr.check_equal(post(shell, "door", b'{"n": 3}'), 200, "an event to the new URL")
        says(shell.refused(1, "source", "rotate-secret", "dor"), "did you mean door?")

    def tasks_are_listed():
        tasks = shell.json("task", "list", "--limit", "5")
        mr.check(0 < len(tasks) <= 5 and all(task["isFinished"] for task in tasks), f"{tasks}")
        says(shell.ok("task", "list", "--status", "success"), "CREATED", "door")
        mr.check_equal(shell.json("task", "get", tasks[0]["taskId"], "--wait")["taskId"], tasks[0]["taskId"], "a task")
        says(shell.refused(1, "task", "get", tasks[0]["taskId"] + "x"), f"did you mean {tasks[0]['taskId']}?")

    return [a_source_is_disabled_enabled_deleted_and_comes_back, an_update_makes_a_version_and_a_rollback_another,
            a_new_secret_is_a_new_url, tasks_are_listed]


class Stuck:
    """A sink whose table refuses a whole import with the text `bad`, and has one."""

    def __init__(self, shell, name):
        self.shell = shell
        self.name = name
        table = shell.source_with_sink(name)
        shell.ok("settings", "set", name, "rows", f"{mr.UPLOAD_COUNT}=1", f"{mr.IMPORT_COUNT}=1")
        self.path = shell.server.table_path(table)[0]
        self.execute("CREATE TRIGGER picky BEFORE INSERT ON rows WHEN NEW.text = 'bad'"
                     " BEGIN SELECT raise(ROLLBACK, 'not this one'); END")
        self.file = self.new_bad_file()

    def execute(self, statement):
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute(statement)
        connection.commit()
        connection.close()

    def new_bad_file(self):
        known = {file["fileId"] for file in self.failed()}
        mr.check_equal(post(self.shell, self.name, b'{"n": 1, "text": "bad"}'), 200, "an event")
        mr.wait_until(lambda: {file["fileId"] for file in self.failed()} - known, 30, "the file that fails", 0.2)
        return ({file["fileId"] for file in self.failed()} - known).pop()

    def failed(self):
        return self.shell.json("file", "list", self.name, "rows", "--failed")

    def act(self, act, *more):
        """Once it is not being tried at this very moment."""
        def done():
            ended = self.shell.run("file", act, self.name, "rows", self.file, "--json", *more)
            if ended.code != 0:
                says(ended.err, "right now")
                return None
            return json.loads(ended.out)

        return mr.wait_until(done, 30, act, 0.2)


def file_cases(shell):
    stuck = []

    def a_file_that_fails_is_shown_with_its_reason():
        stuck.append(Stuck(shell, "stuck"))
        file = stuck[0].failed()[0]
        says(file["retryReason"], "not this one")
        says(shell.ok("file", "list", "stuck", "rows"), "FILE", file["fileId"], "not this one")
        says(shell.ok("status"), "failing: ", "not this one")
        failing = json.loads(shell.ok("top", "--count", "1", "--json"))["failing"]
        mr.check_equal([(one["sinkId"], one["kind"]) for one in failing], [("rows", "import")], "failing")
        stuck[0].act("retry")
        says(shell.refused(1, "file", "retry", "stuck", "rows", NOT_A_FILE), f"There are: {file['fileId']}.")
        says(shell.refused(1, "file", "restore", "stuck", "rows", file["fileId"]), file["fileId"][:8])

    def a_file_is_set_aside_and_restored():
        mr.check_equal(stuck[0].act("set-aside", "--reason", "a trigger")["state"], "setAside", "the file")
        says(shell.ok("file", "list", "stuck", "rows", "--failed"), "setAside", "a trigger")
        mr.check_equal(post(shell, "stuck", b'{"n": 2, "text": "good"}'), 200, "a later event")
        mr.wait_until(lambda: [row["n"] for row in shell.rows("in.c-stuck.rows")] == [2], 30, "the later row", 0.2)
        stuck[0].execute("DROP TRIGGER picky")
        stuck[0].act("restore")
        mr.wait_until(lambda: {row["n"] for row in shell.rows("in.c-stuck.rows")} == {1, 2}, 30, "the row of the file", 0.2)
        mr.check_equal(shell.ok("file", "list", "stuck", "rows", "--failed"), "No file fails, and none is set aside.\n", "files")

    def a_file_is_discarded():
        other = Stuck(shell, "lost")
        other.act("set-aside", "--reason", "x")
        mr.check_equal(other.act("discard")["state"], "discarded", "the file")
        mr.check_equal(shell.rows("in.c-lost.rows"), [], "rows")

    return [a_file_that_fails_is_shown_with_its_reason, a_file_is_set_aside_and_restored, a_file_is_discarded]


def record_cases(shell):
    def rejects_are_shown_retried_and_deleted():
        shell.source_with_sink("picky", "n=n:INTEGER:key", "text=text:required")
        mr.check_equal(shell.ok("reject", "list", "picky", "rows"), "The sink keeps no reject.\n", "none yet")
        shell.ok("settings", "set", "picky", "rows", "mapping.onError=keep")
        for body in (b'{"n": 1}', b'{"text": "b\\u001b"}'):
            mr.check_equal(post(shell, "picky", body), 200, "an event")
        rejects = shell.json("reject", "list", "picky", "rows")
        mr.check_equal([reject["column"] for reject in rejects], ["text", "n"], f"{rejects}")
        mr.check_equal(len(shell.json("reject", "list", "picky", "rows", "--limit", "1")), 1, "with a limit")
        says(shell.ok("reject", "list", "picky", "rows"), "REJECT", rejects[0]["rejectId"], rejects[0]["message"])
        second = rejects[1]["rejectId"]
        one = shell.json("reject", "get", "picky", "rows", second)
        # That is told by the clock of ages: a millisecond may be between two answers.
        mr.check_equal({**one, "expiresAt": ""}, {**rejects[1], "expiresAt": ""}, "one")
        says(shell.ok("reject", "get", "picky", "rows", second), "reject   " + second, "header   ", 'body     {"text": "b\\u001b"}')
        says(shell.refused(1, "reject", "get", "picky", "rows", "none"), "none", "millrace reject list picky rows")
        shell.ok("sink", "update", "picky", "rows", "--column", "n=n:INTEGER:key", "--column", "text=text")
        says(shell.ok("reject", "retry", "picky", "rows"), "1")
        mr.check_equal(len(shell.json("reject", "list", "picky", "rows")), 1, "one is left")
        shell.ok("reject", "delete", "picky", "rows")
        mr.check_equal(shell.json("reject", "list", "picky", "rows"), [], "none is left")

    def tables_are_made_listed_and_dropped():
        says(shell.ok("table", "create", "in.c-testdb.t", "--column", "id:INTEGER:key", "--column", "name", "--column",
                      "age:INTEGER"), "in.c-testdb.t")
        table = shell.json("table", "get", "in.c-testdb.t")
        mr.check_equal([(one["name"], one["dataType"], one["nullable"]) for one in table["columns"]],
                       [("id", "INTEGER", False), ("name", "STRING", True), ("age", "INTEGER", True)], "columns")
        says(shell.ok("table", "get", "in.c-testdb.t"), "in.c-testdb.t", "INTEGER", "key")
        says(shell.ok("table", "list"), "TABLE", "in.c-testdb.t", "logical")
        says(shell.refused(1, "table", "get", "in.c-testdb.u"), "did you mean in.c-testdb.t?")
        says(shell.refused(1, "rows", "in.c-testdb.u"), "did you mean in.c-testdb.t?")
        says(shell.refused(1, "rows", "in.c-testdb.u", "--follow"), "did you mean in.c-testdb.t?")
        says(shell.refused(1, "table", "create", "in.c-testdb.t", "--column", "id"), "in.c-testdb.t")
        shell.ok("table", "create", "in.c-testdb.old", "--column", "id")
        shell.ok("table", "delete", "in.c-testdb.old")
        mr.check_equal([one["tableId"] for one in shell.json("table", "list")], ["in.c-testdb.t"], "tables")

    def a_load_is_shown():
        with open(os.path.join(shell.server.data_dir, "admin-token"), encoding="utf-8") as file:
            token = file.read().strip()
        host, port = shell.server.ingest_address()
        subprocess.run(["curl", "-sS", "-u", f"root:{token}", "-H", "label:first", "-H", "column_separator:,", "-H",
                        "max_filter_ratio:0.9", "-H", "Expect:", "-T", "-", "-o", "answer.json",
                        f"http://{host}:{port}/api/testdb/t/_stream_load"],
                       input=b"1,a,7\nx,b,8\n", cwd=shell.folder, check=True, timeout=60)
        loads = shell.json("load", "list")
        mr.check_equal([(load["label"].endswith("first"), load["rows"], load["filteredRows"]) for load in loads],
                       [(True, 1, 1)], f"{loads}")
        says(shell.ok("load", "list"), "LOAD", "first", "committed")
        load = loads[0]
        mr.check_equal(shell.json("load", "get", load["loadId"])["label"], load["label"], "by its number")
        mr.check_equal(shell.json("load", "get", load["label"])["loadId"], load["loadId"], "by its label")
        mr.check_equal(shell.json("load", "list", "--label", load["label"])[0]["loadId"], load["loadId"], "in a list")
        found = shell.json("load", "list", "--label", load["label"].split("/", 1)[1])
        mr.check(load["loadId"] in [one["loadId"] for one in found], f"by its label without the database: {found}")
        says(shell.ok("load", "get", load["loadId"]), "first", "in.c-testdb.t", "stream_load", "Rows that were left out:", "x,b,8")
        says(shell.refused(1, "load", "get", load["label"] + "s"), f"did you mean {load['label']}?")
        says(shell.refused(1, "table", "delete", "in.c-testdb.t"), "in.c-testdb.t")
        shell.ok("table", "delete", "in.c-testdb.t", "--force")

    def a_load_that_is_set_aside_says_so():
        def execute(statement):
            connection = sqlite3.connect(shell.server.table_path("in.c-aside.t")[0], timeout=30)
            connection.execute(statement)
            connection.commit()
            connection.close()

        shell.ok("table", "create", "in.c-aside.t", "--column", "id:INTEGER:key", "--column", "name")
        execute("CREATE TRIGGER picky BEFORE INSERT ON t WHEN new.name = 'b'"
                " BEGIN SELECT raise(ABORT, 'no b is wanted'); END")
        with open(os.path.join(shell.server.data_dir, "admin-token"), encoding="utf-8") as file:
            token = file.read().strip()
        host, port = shell.server.ingest_address()

        def load(label):
            base = ["curl", "-sS", "-u", f"root:{token}", "-o", "answer.json"]
            url = f"http://{host}:{port}/api/aside"
            subprocess.run([*base, "-H", f"label:{label}", "-H", "two_phase_commit:true", "-H", "column_separator:,", "-H",
                            "Expect:", "-T", "-", f"{url}/t/_stream_load"], input=b"1,a\n2,b\n", cwd=shell.folder,
                           check=True, timeout=60)
            subprocess.run([*base, "-X", "PUT", "-H", f"label:{label}", "-H", "txn_operation:commit",
                            f"{url}/_stream_load_2pc"], cwd=shell.folder, check=True, timeout=60)
            mr.wait_until(lambda: "setAside" in shell.json("load", "get", f"aside/{label}"), 60, "it is set aside", 0.2)
            return shell.json("load", "get", f"aside/{label}")

        first, second = load("first"), load("second")
        mr.check_equal((first["state"], first["isImported"], first["setAside"]), ("committed", False, True), f"{first}")
        says(shell.ok("load", "list"), "set aside: ", "no b is wanted")
        says(shell.ok("load", "get", first["label"]), "set aside: ", "no b is wanted")
        says(shell.ok("status"), "4 rows of in.c-aside.t set aside: ", "no b is wanted")
        failing = [one["kind"] for one in shell.json("status")["failing"] if one["tableId"] == "in.c-aside.t"]
        mr.check_equal(failing, ["setAside"], "failing")
        says(shell.ok("load", "discard", first["loadId"]), f"The file of load {first['loadId']} is discarded, with 2 rows.")
        says(shell.ok("load", "get", first["loadId"]), "no b is wanted")
        mr.check("on its way" not in shell.ok("load", "get", first["loadId"]), "its rows never come")
        says(shell.refused(1, "load", "retry", second["label"]), "setAside")
        execute("DROP TRIGGER picky")
        shell.ok("load", "restore", second["label"])
        mr.wait_until(lambda: [row["id"] for row in shell.rows("in.c-aside.t")] == [1, 2], 60, "its rows", 0.2)
        says(shell.ok("load", "get", second["label"]), "state     committed\n")
        mr.wait_until(lambda: "in.c-aside.t" not in shell.ok("status"), 60, "nothing is set aside", 0.2)

    return [rejects_are_shown_retried_and_deleted, tables_are_made_listed_and_dropped, a_load_is_shown,
            a_load_that_is_set_aside_says_so]


def following_cases(shell):
    def rows_are_followed():
        table = shell.source_with_sink("tail")
        mr.check_equal(post(shell, "tail", b'{"n": 1, "text": "a"}'), 200, "an event")
        shell.ok("flush", "tail", "rows")
        process = shell.start("rows", table, "--follow", "--json")
        only_new = shell.start("rows", table, "--follow", "--new", "--limit", "2")
        mr.check_equal(json.loads(lines_of(process, 1)[0])["n"], 1, "what was there")
        for n in (2, 3):
            mr.check_equal(post(shell, "tail", b'{"n": %d, "text": "b"}' % n), 200, "an event")
            shell.ok("flush", "tail", "rows")
        mr.check_equal([json.loads(line)["n"] for line in lines_of(process, 2)], [2, 3], "what came")
        mr.check_equal(post(shell, "tail", b'{"n": 1, "text": "changed"}'), 200, "an event")
        shell.ok("flush", "tail", "rows")
        mr.check_equal(json.loads(lines_of(process, 1)[0]), {"n": 1, "text": "changed"}, "what was changed")
        mr.check_equal(end_by_ctrl_c(process), "", "nothing else")
        out, err = only_new.communicate(timeout=30)
        mr.check_equal((only_new.returncode, err), (0, ""), "its limit ends it")
        mr.check(out.splitlines()[0].split() == ["n", "text"] and len(out.splitlines()) == 3, out)

    def requests_are_tapped():
        shell.source_with_sink("tapped")
        mr.check_equal(post(shell, "tapped", b'{"n": 1}'), 200, "an event")
        process = shell.start("tap", "tapped", "--json")
        first = json.loads(lines_of(process, 1)[0])
        mr.check_equal((first["status"], first["statusCode"], first["sinks"][0]["sinkId"]), ("accepted", 200, "rows"), "the first")
        mr.check(post(shell, "tapped", b'{"n": "x"}') >= 400, "a refused one")
        second = json.loads(lines_of(process, 1)[0])
        mr.check_equal(second["status"], "refused", f"{second}")
        mr.check_equal(end_by_ctrl_c(process), "", "nothing else")
        says(shell.ok("tap", "tapped", "--once"), "accepted", "-> rows", "refused", "rows, record")
        only = shell.ok("tap", "tapped", "--once", "--status", "refused", "--body")
        mr.check("accepted" not in only and '    {"n": "x"}\n' in only, only)
        mr.check_equal(len(shell.ok("tap", "tapped", "--once", "--limit", "1").splitlines()[0].split("\n")), 1, "with a limit")
        shell.ok("settings", "set", "tapped", "source.recentRequests=false")
        says(shell.refused(1, "tap", "tapped"), "source.recentRequests=true")

    def top_is_a_screen_on_a_terminal_and_lines_elsewhere():
        line = shell.ok("top", "--count", "1")
        says(line, "records/s=", "failing=", "volumes_not_serving=-")
        overview = json.loads(shell.ok("top", "--count", "1", "--json"))
        mr.check("levels" in overview, f"{overview}")
        seen = on_terminal(shell, 80, "top", "--count", "2", "--interval", "1s")
        says(seen, "\x1b[?1049h", "Millrace ", "records/s", "LEVEL", "VOLUME", "\x1b[?1049l")
        mr.check_equal(seen.count("records/s"), 2, "screens")
        process = shell.start("top")
        lines_of(process, 1)
        end_by_ctrl_c(process)
        terminal = Terminal(shell, 40, "top")
        terminal.read_until(b"VOLUME")
        terminal.process.send_signal(signal.SIGINT)
        screen = terminal.end().replace("\x1b[?1049h\x1b[?25l\x1b[H", "").replace("\x1b[K", "").split("\x1b[J")[0]
        for shown in screen.splitlines():
            mr.check(len(shown) <= 40, f"{shown!r}")

    def a_reader_that_leaves_ends_what_is_followed():
        for arguments in [("rows", "in.c-tail.rows", "--follow", "--json"), ("top", "--interval", "1s"), ("tap", "tail", "--json")]:
            process = shell.start(*arguments)
            process.stdout.readline()
            process.stdout.close()
            post(shell, "tail", b'{"n": 9, "text": "c"}')
            shell.ok("flush", "tail", "rows")
            mr.check_equal((process.wait(60), process.stderr.read()), (0, ""), f"{arguments}")

    def a_service_that_comes_back_is_followed_on():
        process = shell.start("top", "--interval", "1s")
        lines_of(process, 1)
        shell.server.stop()
        mr.check("asking again until it answers" in process.stderr.readline(), "it says that the service is away")
        shell.server.start()
        process.send_signal(signal.SIGINT)
        mr.check_equal(process.wait(30), 0, "exit")

    return [rows_are_followed, requests_are_tapped, top_is_a_screen_on_a_terminal_and_lines_elsewhere,
            a_reader_that_leaves_ends_what_is_followed, a_service_that_comes_back_is_followed_on]


def suite(arguments):
    with mr.Server(arguments.binary, os.path.join(arguments.folder, "data"), env={"MILLRACE_ADMIN_TOKEN": ""}) as server:
        server.start()
        shell = Shell(server, arguments.folder)
        cases = definition_cases(shell) + file_cases(shell) + record_cases(shell) + following_cases(shell)
        status = mr.run_cases([case for case in cases if arguments.case in case.__name__])
        mr.check_equal(server.stop(), 0, "the service")
        return status


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "cli_operations", suite))
