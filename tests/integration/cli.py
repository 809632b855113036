#!/usr/bin/env python3
"""The command line: every command against a running service.

Goal    somebody with a shell and nothing else makes a source and a sink, sends events and reads their rows; whatever goes
        wrong is said on standard error with its remedy, and the exit code tells it from success.
Method  the real binary as client and as service; its output is read as programs and terminals read it. Answers that
        are lost come from a proxy that drops them.
"""

import http.client
import http.server
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
from cli_shell import Shell, on_terminal, says, write_lines  # noqa: E402

HELP_MS = 20
LINES = 20_000


def command_to_go_on(err):
    """The one that is printed, without the proxy, which is gone."""
    command = err[err.index("  millrace send") + 2:].split()[1:]
    at = command.index("--ingest")
    del command[at:at + 2]
    return command


class Proxy(http.server.ThreadingHTTPServer):
    """Passes requests on to the service; `verdict(number)` says what becomes of the answer to one."""

    def __init__(self, server, verdict):
        self.behind = server.ingest_address()
        self.verdict = verdict
        self.requests = 0
        super().__init__(("127.0.0.1", 0), ProxyConnection)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """The client may have left."""


class ProxyConnection(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests += 1
        verdict = self.server.verdict(self.server.requests)
        if verdict == "busy":
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        connection = http.client.HTTPConnection(*self.server.behind, timeout=30)
        connection.request("POST", self.path, body, dict(self.headers.items()))
        answer = connection.getresponse()
        content = answer.read()
        if verdict == "lost":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        for name in ("Content-Type", "Receipt", "Retry-After"):
            if answer.getheader(name):
                self.send_header(name, answer.getheader(name))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def definition_cases(shell):
    def a_source_prints_its_url():
        url = shell.ok("source", "create", "shop", "--name", "Web shop").strip()
        mr.check(url.startswith(shell.server.ready["ingest"] + "/stream/"), url)
        mr.check_equal(shell.json("source", "get", "shop")["name"], "Web shop", "its name")
        mr.check_equal(shell.json("source", "get", "shop")["http"]["url"], url, "its URL")
        says(shell.ok("source", "get", "shop"), "shop", "Web shop", url, "enabled")
        # It is ready: an event is taken at once.
        parts = urllib.parse.urlsplit(url)
        mr.check_equal(mr.request(shell.server.ready["ingest"], "POST", parts.path, b"{}").status, 200, "an event")

    def a_name_is_the_id_by_default():
        mr.check_equal(shell.json("source", "create", "second")["name"], "second", "the source")
        mr.check_equal([one["sourceId"] for one in shell.json("source", "list")], ["second", "shop"], "all")
        says(shell.ok("source", "list"), "SOURCE", "second", "Web shop")
        made = shell.json("source", "create", "My Shop")
        mr.check_equal((made["sourceId"], made["name"]), ("my-shop", "My Shop"), "the id is that of the API")
        shell.ok("source", "delete", "my-shop")

    def a_sink_has_the_columns_that_were_said():
        shell.ok("sink", "create", "shop", "orders", "--table", "in.c-shop.orders",
                 "--column", "id=order.id:INTEGER:key", "--column", "customer=order.customer", "--column=at=@datetime:TIMESTAMP",
                 "--column", "id2=@uuid", "--column", "ip=@ip", "--column", "body=@body", "--column", "headers=@headers")
        sink = shell.json("sink", "get", "shop", "orders")
        mr.check_equal(sink["name"], "orders", "its name")
        columns = {column["name"]: column for column in sink["table"]["mapping"]["columns"]}
        mr.check_equal(columns["id"], {"type": "path", "name": "id", "primaryKey": True, "dataType": "INTEGER", "path": "order.id",
                                       "rawString": True}, "the key")
        mr.check_equal([columns[name]["type"] for name in ("at", "id2", "ip", "body", "headers")],
                       ["datetime", "uuid", "ip", "body", "headers"], "the others")
        says(shell.ok("sink", "get", "shop", "orders"), "in.c-shop.orders", "order.id", "INTEGER", "key", "@datetime")
        says(shell.ok("sink", "list", "shop"), "SINK", "orders", "in.c-shop.orders")
        mr.check_equal([one["sinkId"] for one in shell.json("sink", "list", "shop")], ["orders"], "all")

    def an_event_becomes_a_row():
        event = '{"order": {"id": 7, "customer": "Ada"}}'
        said = shell.ok("send", "shop", given=event)
        receipt = re.search(r"receipt (\S+)", said).group(1)
        says(shell.ok("flush", "shop", "orders"), "table")
        mr.check_equal(shell.json("receipt", receipt, "--wait")["done"], True, "the receipt")
        says(shell.ok("receipt", receipt), "orders", "target")
        rows = shell.rows("in.c-shop.orders")
        mr.check_equal([(row["id"], row["customer"], row["body"]) for row in rows], [(7, "Ada", event)], "rows")
        mr.check(rows[0]["at"].endswith("Z"), f"{rows}")
        says(shell.ok("rows", "in.c-shop.orders"), "customer", "Ada")

    def a_missing_path_is_empty_and_a_missing_key_is_refused():
        shell.ok("send", "shop", given='{"order": {"id": 8}}')
        shell.ok("flush", "shop", "orders")
        mr.check_equal(shell.rows("in.c-shop.orders")[1]["customer"], "", "the customer")
        says(shell.refused(1, "send", "shop", given='{"order": {}}'), "refused", "orders", "order.id")

    def status_counts_rows():
        status = shell.json("status")
        mr.check_equal((status["sources"], status["waiting"]), (2, 0), f"{status}")
        sink = status["sinks"][0]
        mr.check_equal((sink["sinkId"], sink["inTable"], sink["waiting"], sink["failure"]), ("orders", 2, 0, ""), f"{sink}")
        says(shell.ok("status"), "2 sources, 1 sink, 0 rows wait", "in.c-shop.orders", "ok")

    def settings_are_set_and_taken_back():
        key = "storage.level.target.import.trigger.interval"
        wait = "storage.level.local.encoding.sync.wait"
        before = shell.ok("settings", "get", "shop", "orders", "--key", key)
        shell.ok("settings", "set", "shop", "orders", f"{key}=45s", "sync.wait=false")
        mr.check_equal(shell.ok("settings", "get", "shop", "orders", "--key", key), "45s\n", "the value")
        found = {one["key"]: one for one in shell.json("settings", "get", "shop", "orders")}
        mr.check_equal((found[wait]["value"], found[wait]["origin"]), (False, "sink"), "a truth value")
        says(shell.ok("settings", "get", "shop"), "KEY", "source.http.badRecords", "default")
        shell.ok("settings", "set", "shop", "orders", f"{key}=", "sync.wait=")
        mr.check_equal(shell.ok("settings", "get", "shop", "orders", "--key", key), before, "the value taken back")
        says(shell.refused(1, "settings", "set", "shop", "source.http.badRecord=skip"), "did you mean source.http.badRecords?")
        says(shell.refused(1, "settings", "set", "shop", "sync.wait=perhaps"), wait, "true or false")
        says(shell.refused(1, "settings", "set", "shop", "trigger.count=1"), "several end so")
        says(shell.refused(1, "settings", "set", "shop", "orders", f"{key}=1000h"), key)

    def a_token_is_good_until_it_is_deleted():
        token = shell.ok("token", "create", "for reading").strip()
        mr.check_equal(shell.json("source", "list", "--token", token)[0]["sourceId"], "second", "what it reads")
        says(shell.refused(1, "source", "create", "third", "--token", token), "--token", "role admin")
        made = shell.json("token", "list")[0]
        mr.check_equal((made["role"], made["description"]), ("readonly", "for reading"), "the token")
        says(shell.ok("token", "list"), made["id"], "for reading")
        shell.ok("token", "delete", made["id"])
        says(shell.refused(1, "source", "list", "--token", token), "--token or MILLRACE_TOKEN")

    def a_task_can_be_looked_up():
        task = shell.json("flush", "shop", "orders")
        mr.check_equal(shell.json("task", "get", task["taskId"])["status"], "success", "the task")
        says(shell.ok("task", "get", task["taskId"]), "success", "flush")

    def deleting_says_what_it_did():
        says(shell.ok("sink", "delete", "shop", "orders"), "deleted")
        mr.check_equal(shell.json("sink", "list", "shop"), [], "sinks")
        mr.check_equal(len(shell.rows("in.c-shop.orders")), 2, "its table")
        shell.ok("source", "delete", "second")
        shell.ok("source", "delete", "shop", "--cascade")
        mr.check_equal(shell.json("source", "list"), [], "sources")
        says(shell.ok("source", "list"), "no source yet")
        says(shell.refused(1, "rows", "in.c-shop.orders"), "in.c-shop.orders", "not found")

    return [a_source_prints_its_url, a_name_is_the_id_by_default, a_sink_has_the_columns_that_were_said, an_event_becomes_a_row,
            a_missing_path_is_empty_and_a_missing_key_is_refused, status_counts_rows, settings_are_set_and_taken_back,
            a_token_is_good_until_it_is_deleted, a_task_can_be_looked_up, deleting_says_what_it_did]


def mistake_cases(shell):
    def help_has_an_example_and_comes_at_once():
        of_a_running_service, of_the_data_folder = shell.ok("--help").split("\nAsking a running service")[1].split("\nOn the data folder")
        commands = re.findall(r"^  (millrace [a-z]+(?: [a-z][a-z-]*)?)", of_a_running_service, re.M)
        mr.check(len(commands) >= 53, f"{commands}")
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/cli.md"), encoding="utf-8") as file:
            page = file.read()
        missing = [command for command in commands if command not in page and f"`{command.split()[-1]}`" not in page]
        mr.check_equal(missing, [], "commands that docs/cli.md does not know")
        others = re.findall(r"^  (millrace (?:(?:secrets|volume|inspect) )?[a-z]+)", of_the_data_folder, re.M)
        mr.check(len(others) >= 14, f"{others}")
        for command in sorted(set(commands + others)):
            words = command.split()[1:]
            text = shell.ok(*words, "--help")
            says(text, "Usage: " + command, "Example:\n  ", "Exit codes")
        for group in {command.split()[1] for command in commands + others if len(command.split()) > 2} - {"completion"}:
            says(shell.ok(group, "--help"), f"Usage:\n  millrace {group} ", "Example:\n  ")
        times = []
        for _ in range(40):  # of the processor: the machine may have other work
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            shell.ok("sink", "create", "--help")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        print(f"        --help in {min(times):.1f} ms")
        mr.check(min(times) < HELP_MS, f"--help took {min(times):.1f} ms")

    def wrong_usage_is_exit_code_2():
        for arguments, part in [
                (["source"], "source needs one of create, list, get, delete, update"),
                (["source", "creat", "x"], "did you mean create?"),
                (["sauce", "list"], "did you mean source?"),
                (["source", "create"], "needs SOURCE"),
                (["source", "create", "a", "b"], "unexpected argument b"),
                (["source", "create", "a", "--nmae", "b"], "did you mean --name?"),
                (["sink", "create", "a", "b", "--column", "x=y"], "needs --table"),
                (["sink", "create", "a", "b", "--table", "in.c-a.b"], "needs --column"),
                (["sink", "create", "a", "b", "--table", "in.c-a.b", "--column", "x=y:INTEGR"], "did you mean INTEGER?"),
                (["sink", "create", "a", "b", "--table", "in.c-a.b", "--column", "x=y:integer"], "did you mean INTEGER?"),
                (["sink", "create", "a", "b", "--table", "in.c-a.b", "--column", "x=y:INTEGER:Key"], "did you mean key?"),
                (["token", "create", "a", "--role", "load"], "--bucket in.c-shop"),
                (["backup"], "See millrace backup --help."), (["sauce", "list"], "See millrace --help."),
                (["settings", "set", "a", "", "sync.wait=false"], "SINK is empty"), (["sink", "get", "a", ""], "SINK is empty"),
                (["rows", "in.c-a.b", "--limit", "many"], "--limit"),
                (["send", "a", "--skip", "5"], "--lines"), (["send", "a", "--first-until", "5"], "--lines"),
                (["send", "a", "--lines", "--skip", "5", "--first-until", "5"], "--skip"),
                (["send", "a", "--lines", "--batch-size", "1"], "--batch-size"),
                (["completion", "tcsh"], "bash, zsh or fish"), (["apply"], "needs --file"),
                (["top", "--interval", "1ms"], "--interval"), (["top", "--count", "0"], "--count"),
                (["tap", "a", "--limit", "1000"], "--limit"), (["rows", "in.c-a.b", "--new"], "--follow"),
                (["source", "update", "a"], "what is to change"), (["source", "rollback", "a", "first"], "VERSION"),
                (["file", "set-aside", "a", "b", "c"], "needs --reason"), (["table", "create", "in.c-a.b"], "needs --column"),
                (["table", "create", "in.c-a.b", "--column", "x:INTEGR"], "did you mean INTEGER?"),
                (["source", "list", "--api", "ftp://x"], "ftp://x"),
        ]:
            says(shell.refused(2, *arguments), part)

    def help_is_a_word_too():
        mr.check_equal(shell.ok("help"), shell.ok("--help"), "millrace help")
        mr.check_equal(shell.ok("help", "source", "create"), shell.ok("source", "create", "--help"), "help of a command")

    def what_is_not_there_is_named_with_what_is():
        shell.ok("source", "create", "webshop")
        says(shell.refused(1, "source", "get", "webshp"), "webshp", "did you mean webshop?")
        says(shell.refused(1, "sink", "list", "nothing"), "nothing", "There are: webshop.")
        says(shell.refused(1, "source", "get", "deleted"), 'Source "deleted" not found')
        says(shell.refused(1, "sink", "get", "webshop", "deleted"), 'Sink "deleted" not found')
        says(shell.refused(1, "flush", "webshop", "orders"), "orders", "There is none yet")
        says(shell.refused(1, "send", "webshp", given="{}"), "did you mean webshop?")
        says(shell.refused(1, "sink", "create", "webshp", "a", "--table", "in.c-a.b", "--column", "a=a"), "did you mean webshop?")
        says(shell.refused(1, "rows", "in.c-webshop.none"), "in.c-webshop.none")
        says(shell.refused(1, "source", "undelete", "webshop"), "webshop")
        says(shell.refused(1, "source", "rollback", "webshop", "7"), "There are: 1.")
        says(shell.refused(1, "tap", "webshp", "--once"), "did you mean webshop?")
        says(shell.refused(1, "file", "list", "webshop", "orders"), "orders", "There is none yet")
        says(shell.refused(1, "reject", "get", "webshop", "orders", "1"), "orders", "There is none yet")
        says(shell.refused(1, "load", "get", "17"), "17")
        says(shell.refused(1, "table", "get", "in.c-webshop.none"), "in.c-webshop.none")
        says(shell.refused(1, "export", "--source", "webshp"), "did you mean webshop?")
        says(shell.refused(1, "receipt", "none"), "receipt")
        says(shell.refused(1, "task", "get", "none"), "none")
        says(shell.refused(1, "token", "delete", "none"), "none")
        says(shell.refused(1, "send", "webshop", "no-such-file"), "no-such-file")
        says(shell.refused(1, "send", "webshop", "."), "directory")
        says(shell.refused(1, "source", "create", "webshop"), "webshop", "already exists")

    def a_wrong_token_is_told_from_where_it_is():
        says(shell.refused(1, "source", "list", "--token", "wrong"), "--token or MILLRACE_TOKEN")
        says(shell.refused(1, "source", "list", env={"MILLRACE_TOKEN": "wrong"}), "--token or MILLRACE_TOKEN")
        api = shell.server.ready["api"]
        says(shell.refused(1, "source", "list", "--api", api, "--data-dir", "elsewhere"), "elsewhere/admin-token", "--token")
        says(shell.refused(1, "source", "list", "--api", "http://mill.example.com"), "no token for http://mill.example.com")

    def without_a_service_it_says_how_to_start_one():
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        says(shell.refused(1, "status", "--api", address, "--token", "t"), address, "--api names it")
        says(shell.refused(1, "status", env={"MILLRACE_API": address}), address, "MILLRACE_API names it")
        says(shell.refused(1, "status", "--api", shell.server.ready["ingest"], "--token", "t"), "takes events")

    def variables_name_the_service_from_anywhere():
        where = {"MILLRACE_API": shell.server.ready["api"], "MILLRACE_TOKEN": shell.ok("token", "create", "x").strip()}
        elsewhere = Shell(shell.server, "/")
        mr.check_equal(elsewhere.json("source", "list", env=where)[0]["sourceId"], "webshop", "by variables")
        mr.check_equal(elsewhere.json("source", "list", "--data-dir", shell.server.data_dir)[0]["sourceId"], "webshop", "by folder")

    def a_reader_that_leaves_is_no_failure():
        table = shell.source_with_sink("leave")
        write_lines(os.path.join(shell.folder, "leave.ndjson"), LINES)
        shell.ok("send", "leave", "leave.ndjson", "--lines")
        shell.ok("flush", "leave", "rows")
        process = shell.start("rows", table, "--json")
        process.stdout.readline()
        process.stdout.close()
        mr.check_equal(process.wait(60), 0, "its exit code")
        mr.check_equal(process.stderr.read(), "", "what it says")
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = shell.start("rows", table, "--json", stdout=full)
            mr.check_equal(process.wait(60), 1, "with a full disk")
            says(process.stderr.read(), "No space left")

    def a_reader_that_leaves_ends_what_waits_for_more():
        shell.source_with_sink("quiet")
        for arguments in (("tap", "quiet"), ("rows", "in.c-quiet.rows", "--follow"), ("top", "--interval", "1h")):
            process = shell.start(*arguments)
            process.stdout.close()
            mr.check_equal(process.wait(15), 0, f"{arguments} ends without anything new")
            process.stderr.close()

    def output_that_cannot_be_written_is_a_failure():
        for arguments in (("version",), ("--help",), ("status",), ("completion", "bash"),
                          ("inspect", "catalog", shell.server.data_dir)):
            with open("/dev/full", "w", encoding="utf-8") as full:
                process = shell.start(*arguments, stdout=full)
                mr.check_equal(process.wait(60), 1, f"{arguments} with a full disk")
                says(process.stderr.read(), "No space left")
            process = shell.start(*arguments, preexec_fn=lambda: os.close(1))
            mr.check_equal(process.wait(60), 1, f"{arguments} with a closed output")
            says(process.stderr.read(), "it is closed")

    def a_closed_input_is_not_an_empty_one():
        for arguments in (("send", "leave"), ("send", "leave", "--lines"), ("apply", "-f", "-", "--yes")):
            process = shell.start(*arguments, preexec_fn=lambda: os.close(0))
            mr.check_equal(process.wait(60), 1, f"{arguments}")
            says(process.stderr.read(), "standard input: it is closed")

    def an_empty_token_is_not_that_of_the_folder():
        says(shell.refused(2, "source", "list", "--token", ""), "--token is empty")
        says(shell.refused(2, "source", "list", "--api="), "--api is empty")
        says(shell.refused(2, "source", "list", env={"MILLRACE_TOKEN": ""}), "MILLRACE_TOKEN is empty")

    def an_id_that_the_service_makes_is_told():
        ended = shell.run("source", "create", "New_Two")
        mr.check_equal(ended.code, 0, f"{ended!r}")
        says(ended.err, "the source has the id new-two")
        ended = shell.run("sink", "create", "new-two", "K_1", "--table", "in.c-new.two", "--column", "b=@body")
        mr.check_equal(ended.code, 0, f"{ended!r}")
        says(ended.err, "the sink has the id k-1")
        shell.ok("source", "delete", "new-two")

    def a_narrow_terminal_gets_narrow_lines():
        for arguments in [("status",), ("source", "list"), ("sink", "get", "leave", "rows"), ("rows", "in.c-leave.rows", "--limit", "5"),
                          ("sink", "list", "leave")]:
            for line in on_terminal(shell, 40, *arguments).splitlines():
                mr.check(len(line) <= 40, f"{arguments}: {line!r}")

    def an_id_is_whole_on_every_terminal():
        for arguments, key in [(("settings", "get", "leave"), "key"), (("task", "list"), "taskId")]:
            for width in (40, 80):
                seen = on_terminal(shell, width, *arguments)
                for one in shell.json(*arguments):
                    mr.check(one[key] in seen, f"{one[key]} at {width} columns: {seen}")

    def a_value_cannot_speak_to_the_terminal():
        shell.ok("send", "leave", given='{"n": 0, "text": "\\u001b[2Jgone"}')
        shell.ok("flush", "leave", "rows")
        seen = shell.ok("rows", "in.c-leave.rows", "--limit", "30000")
        mr.check("\x1b" not in seen and "\\x1b[2Jgone" in seen, "an escape came through")

    def completion_knows_commands_and_options():
        script = shell.ok("completion", "bash")
        check = 'COMP_WORDS=({}); COMP_CWORD={}; _millrace; echo "${{COMPREPLY[*]}}"'
        for words, wanted in [(["millrace", "so"], ["source"]), (["millrace", "sink", "c"], ["create"]),
                              (["millrace", "sink", "create", "--co"], ["--column"]), (["millrace", "completion", "z"], ["zsh"])]:
            line = check.format(" ".join(words), len(words) - 1)
            ended = subprocess.run(["bash", "-c", f"{script}\n{line}"], capture_output=True, text=True, check=True)
            mr.check_equal(ended.stdout.split(), wanted, f"{words}: {ended.stderr}")
        for other in ("zsh", "fish"):
            says(shell.ok("completion", other), "source", "create", "column")
            if shutil.which(other):
                subprocess.run([other, "-n"], input=shell.ok("completion", other), text=True, check=True)

    return [help_has_an_example_and_comes_at_once, wrong_usage_is_exit_code_2, help_is_a_word_too, what_is_not_there_is_named_with_what_is,
            a_wrong_token_is_told_from_where_it_is, without_a_service_it_says_how_to_start_one,
            variables_name_the_service_from_anywhere, a_reader_that_leaves_is_no_failure,
            a_reader_that_leaves_ends_what_waits_for_more, output_that_cannot_be_written_is_a_failure,
            a_closed_input_is_not_an_empty_one, an_empty_token_is_not_that_of_the_folder, an_id_that_the_service_makes_is_told, a_narrow_terminal_gets_narrow_lines, an_id_is_whole_on_every_terminal,
            a_value_cannot_speak_to_the_terminal, completion_knows_commands_and_options]


def send_cases(shell):
    path = os.path.join(shell.folder, "lines.ndjson")
    every = list(range(1, LINES + 1))

    def every_line_is_a_row():
        write_lines(path, LINES)
        shell.source_with_sink("file")
        counts = shell.json("send", "file", path, "--lines")
        mr.check_equal((counts["lines"], counts["accepted"], counts["refused"]), (LINES, LINES, 0), "counts")
        mr.check_equal(shell.flushed_numbers("file"), every, "rows")
        says(shell.ok("send", "file", "lines.ndjson", "--lines", "--skip", str(LINES - 5)), "5 lines sent, 5 events accepted, 0 refused")
        says(shell.refused(1, "send", "file", path, "--lines", "--skip", str(LINES + 1)), f"only {LINES} lines")

    def lines_come_by_a_pipe():
        shell.source_with_sink("pipe")
        with open(path, encoding="utf-8") as file:
            counts = json.loads(shell.ok("send", "pipe", "-", "--lines", "--json", given=file.read()))
        mr.check_equal(counts["accepted"], LINES, "counts")
        mr.check_equal(shell.flushed_numbers("pipe"), every, "rows")

    def a_log_that_is_followed_arrives():
        shell.source_with_sink("follow")
        process = shell.start("send", "follow", "--lines", stdin=subprocess.PIPE)
        process.stdin.write('{"n": 1}\n{"n": 2}\n{"n"')
        process.stdin.flush()
        mr.wait_until(lambda: shell.flushed_numbers("follow") == [1, 2], 30, "the first lines", 0.2)
        process.stdin.write(": 3}\n")
        process.stdin.close()
        mr.check_equal(process.wait(60), 0, "exit")
        mr.check_equal(shell.flushed_numbers("follow"), [1, 2, 3], "rows")

    def answers_that_are_lost_double_nothing():
        shell.source_with_sink("lossy", "id=@uuid:key", "n=n:INTEGER")
        with Proxy(shell.server, lambda n: {1: "lost", 2: "busy", 5: "lost"}.get(n, "pass")) as proxy:
            ended = shell.run("send", "lossy", path, "--lines", "--ingest", proxy.url, "--json")
        mr.check_equal(ended.code, 0, f"{ended!r}")
        mr.check_equal(json.loads(ended.out)["accepted"], LINES, "counts")
        mr.check_equal(sorted(shell.flushed_numbers("lossy")), every, "rows")

    def a_service_that_stays_away_is_given_up():
        with Proxy(shell.server, lambda n: "pass" if n < 3 else "busy") as proxy:
            ended = shell.run("send", "lossy", path, "--lines", "--ingest", proxy.url, "--retry-for", "500ms")
        mr.check_equal((ended.code, ended.out), (1, ""), f"{ended!r}")
        says(ended.err, "--retry-for", "503", "acknowledged", "Go on with", "--skip", "--key")

    def interrupted_it_says_how_to_go_on():
        shell.source_with_sink("stopped", "id=@uuid:key", "n=n:INTEGER")
        passed = threading.Event()

        def slowly(number):
            if number >= 3:
                passed.set()
            time.sleep(0.05)
            return "pass"

        with Proxy(shell.server, slowly) as proxy:
            process = shell.start("send", "stopped", path, "--lines", "--ingest", proxy.url, "--batch-size", "16KB")
            mr.check(passed.wait(60), "three requests")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        mr.check_equal((process.returncode, out), (1, ""), f"{err}")
        says(err, "millrace: interrupted", "acknowledged")
        command = command_to_go_on(err)
        skip = int(command[command.index("--skip") + 1])
        mr.check(0 < skip < LINES, f"{skip} of {LINES} lines: {err}")
        mr.check_equal(sorted(shell.flushed_numbers("stopped")), every[:skip], "rows of what is acknowledged")
        says(shell.ok(*command), f"{LINES - skip:,} lines sent")
        mr.check_equal(sorted(shell.flushed_numbers("stopped")), every, "rows at the end")

    def twice_interrupted_it_doubles_nothing_either():
        shell.source_with_sink("twice", "id=@uuid:key", "n=n:INTEGER")
        held = threading.Event()
        go_on = threading.Event()

        def hold_the_third(number):
            if number == 3:
                held.set()
                go_on.wait(60)
            return "pass"

        with Proxy(shell.server, hold_the_third) as proxy:
            process = shell.start("send", "twice", path, "--lines", "--ingest", proxy.url)
            mr.check(held.wait(60), "the third request")
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                time.sleep(0.2)  # two signals at once are one
            out, err = process.communicate(timeout=60)
            go_on.set()
        mr.check_equal((process.returncode, out), (1, ""), f"{err}")
        says(err, "perhaps stored")
        command = command_to_go_on(err)
        shell.ok(*command)
        mr.check_equal(sorted(shell.flushed_numbers("twice")), every, "rows")

    def an_input_that_has_grown_goes_on_where_it_was_cut():
        few = 10
        with open(path, encoding="utf-8") as file:
            whole = file.read()
        begin = "".join(whole.splitlines(keepends=True)[:few])
        grown = os.path.join(shell.folder, "grown.ndjson")
        for name, given in (("grown", lambda text: None), ("regrown", lambda text: text)):
            shell.source_with_sink(name, "id=@uuid:key", "n=n:INTEGER")
            with open(grown, "w", encoding="utf-8") as file:
                file.write(begin)
            operand = grown if given("") is None else "-"
            with Proxy(shell.server, lambda n: "lost") as proxy:
                ended = shell.run("send", name, operand, "--lines", "--ingest", proxy.url, "--retry-for", "300ms", given=given(begin))
            mr.check_equal((ended.code, ended.out), (1, ""), f"{ended!r}")
            says(ended.err, "0 lines are acknowledged", "perhaps stored", f" --skip 0 --first-until {few} --key ")
            command = command_to_go_on(ended.err)
            with open(grown, "w", encoding="utf-8") as file:
                file.write(whole)

            at = command.index("--first-until")
            said = shell.refused(1, *command[:at], *command[at + 2:], given=given(whole))
            says(said, "had other lines before", "--first-until LINE", "new --key")
            mr.check("--skip 0 " in said and said.count("--skip") == 1, f"nothing leads behind lines that are not stored: {said}")
            mr.check_equal(shell.flushed_numbers(name), every[:few], "rows")

            says(shell.ok(*command, given=given(whole)), f"{LINES:,} lines sent")
            mr.check_equal(sorted(shell.flushed_numbers(name)), every, f"rows of {name}")

    def a_bad_line_is_named_and_can_be_left_out():
        shell.source_with_sink("bad")
        content = '{"n": 1}\n{"n": "x"}\n{"n": 3}\n'
        said = shell.refused(1, "send", "bad", "--lines", given=content)
        says(said, "line 2: sink rows: ", "lines 1 to 3 are refused", "source.http.badRecords=skip")
        mr.check_equal(shell.flushed_numbers("bad"), [], "rows")
        shell.ok("settings", "set", "bad", "source.http.badRecords=skip")
        ended = shell.run("send", "bad", "--lines", given=content)
        mr.check_equal(ended.code, 1, f"{ended!r}")
        says(ended.out, "3 lines sent, 2 events accepted, 1 refused")
        mr.check_equal(shell.flushed_numbers("bad"), [1, 3], "rows")
        ended = shell.run("send", "bad", "--lines", "--flush", given=content.replace("3", "5"))
        mr.check_equal(ended.code, 1, f"{ended!r}")
        mr.check_equal([row["n"] for row in shell.rows("in.c-bad.rows")], [1, 3, 5], "flushed, though one was refused")
        shell.ok("settings", "set", "bad", "source.http.records=lines")
        ended = shell.run("send", "bad", given=content)
        mr.check_equal(ended.code, 1, f"{ended!r}")
        says(ended.out, "2 events accepted, 1 refused, receipt ")
        says(ended.err, "1 event was refused", "line 2: sink rows: ")

    def a_terminal_sees_progress():
        seen = on_terminal(shell, 60, "send", "file", path, "--lines", "--batch-size", "16KB")
        says(seen, "lines, ", "/s", f"{LINES:,} lines sent")

    return [every_line_is_a_row, lines_come_by_a_pipe, a_log_that_is_followed_arrives, answers_that_are_lost_double_nothing,
            a_service_that_stays_away_is_given_up, interrupted_it_says_how_to_go_on, twice_interrupted_it_doubles_nothing_either,
            an_input_that_has_grown_goes_on_where_it_was_cut, a_bad_line_is_named_and_can_be_left_out, a_terminal_sees_progress]


def suite(arguments):
    folder = arguments.folder
    # An empty variable counts as not set: the service makes the token that the client finds.
    with mr.Server(arguments.binary, os.path.join(folder, "data"), env={"MILLRACE_ADMIN_TOKEN": ""}) as server:
        shell = Shell(server, folder)
        with socket.socket() as usual:
            is_free = usual.connect_ex(("127.0.0.1", 8000)) != 0
        if is_free:
            says(shell.refused(1, "status", "--token", "t"), "http://127.0.0.1:8000", "start the service of ./data")
        server.start()
        cases = definition_cases(shell) + mistake_cases(shell) + send_cases(shell)
        status = mr.run_cases([case for case in cases if arguments.case in case.__name__])
        mr.check_equal(server.stop(), 0, "the service")
        mr.check(not os.path.exists(os.path.join(folder, "data", "service.json")), "service.json is still there")
        return status


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "cli", suite))
