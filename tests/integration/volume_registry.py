#!/usr/bin/env python3
"""A volume is what it is, whatever the configuration calls it, and one that is missing is not forgotten.

Goal    no mistake in the configuration loses, strands or doubles a row, and the error says what to do.
Method  the real binary; each case has its own data folder with a volume `fast` beside `default`, and a source on each;
        rows are sent, the mistake is made, and after it is put right every row is in its table exactly once.
"""

import concurrent.futures
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

FAILURE_STATUS = 1
LOCKED_STATUS = 3
ROWS = 5
LONG = {mr.UPLOAD_COUNT: 1_000_000, mr.IMPORT_COUNT: 1_000_000}
NOW = {mr.IMPORT_COUNT: 1}


class Node:
    """A data folder with two volumes, and a source on each."""

    def __init__(self, binary, folder, name):
        self.binary = binary
        self.data = os.path.join(folder, name, "data")
        self.fast = os.path.join(folder, name, "fast")
        self.default = os.path.join(self.data, "volumes", "default")
        os.makedirs(os.path.dirname(self.data))
        self.paths = {}
        self.sent = {}
        self.homes = {}  # volume -> a source of it
        self.home_of = {}

    def server(self, *volumes):
        """`volumes` are NAME=DIR; without any, as in the beginning."""
        args = []
        for volume in volumes or (f"fast={self.fast}",):
            args += ["--volume", volume] if volume else []
        return mr.Server(self.binary, self.data, args=args)

    def post(self, server, source, count=ROWS):
        with mr.Wire(server.ingest_address()) as wire:
            for _ in range(count):
                answer = wire.post(self.paths[source], b"x")
                mr.check_equal(answer.status, 200, f"{answer!r}")
                self.sent[source] = self.sent.get(source, 0) + 1
            return answer.headers["receipt"]

    def volume_of(self, server, receipt):
        return server.api.get(f"/v1/branches/default/receipts/{receipt}")["volume"]

    def fill(self):
        """Leaves rows in an open slice of each volume."""
        with self.server().start() as server:
            for number in range(20):
                source = f"source-{number}"
                self.paths[source] = server.api.create_source(source)
                server.api.create_sink(source, "bodies", f"in.c-node.{source}", [{"type": "body", "name": "body"}],
                                       LONG)
                home = self.home_of[source] = self.volume_of(server, self.post(server, source, 1))
                self.homes.setdefault(home, source)
                if len(self.homes) == 2:
                    break
            for source in self.homes.values():
                self.post(server, source)
            mr.check_equal(server.stop(), 0, "exit status")
        return self

    def lose_fast(self):
        """What only `fast` had is not expected any more."""
        for source, home in self.home_of.items():
            if home == "fast":
                self.sent[source] = 0

    def refused(self, *volumes):
        """The error of a start that must not happen."""
        with self.server(*volumes) as server:
            server.launch()
            mr.check_equal(server.process.wait(30), FAILURE_STATUS, f"exit status with {volumes}: {server.log_tail()}")
            return server.log_tail(1)

    def check_refuses(self, *texts):
        """`millrace check` tells before a start what the start is refused for."""
        command = [self.binary, "check", "--data-dir", self.data, "--volume", f"fast={self.fast}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        mr.check(done.returncode != 0, f"check passes: {done.stdout}")
        check_says(done.stdout + done.stderr, *texts)

    def check_tables(self, *volumes):
        """Every row that was sent is in its table, once."""
        with self.server(*volumes).start() as server:
            for source in self.sent:
                server.api.patch_sink(source, "bodies", NOW)
            for source, sent in self.sent.items():
                server.api.wait_drained(source, "bodies")
                mr.check_equal(server.rows(f"in.c-node.{source}", "count(*)")[0][0], sent, f"rows of {source}")
            mr.check_equal(server.stop(), 0, "exit status")


def check_says(error, *texts):
    for text in texts:
        mr.check(text in error, f"\"{text}\" is not in: {error}")


class Registry:
    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder

    def node(self, name):
        return Node(self.binary, self.folder, name)

    def two_volumes_in_one_directory_are_refused(self):
        node = self.node("shared").fill()
        link = os.path.join(self.folder, "shared", "link")
        os.symlink(node.default, link)
        for path in (node.default, link, os.path.relpath(node.default), node.default + "/../default/."):
            error = node.refused(f"fast={node.fast}", f"x={path}")
            check_says(error, "the volumes default (", f"and x ({os.path.join(os.getcwd(), path)}) are in one directory")
        check_says(node.refused(f"a={node.fast}", f"b={node.fast}/."), "the volumes a (", "and b (")
        check_says(node.refused(f"x={node.data}"), "is the data folder")
        node.check_tables()

    def a_renamed_volume_is_refused_with_the_remedy(self):
        node = self.node("renamed").fill()
        error = node.refused(f"quick={node.fast}")
        check_says(error, f"volume quick: {node.fast} is the volume fast", f"millrace volume rename fast quick")
        check_says(node.refused(f"fast={node.default}", f"default={node.fast}"), "put the directories of both right")
        node.check_tables()

    def a_volume_of_another_installation_is_refused(self):
        node = self.node("mine").fill()
        other = self.node("other").fill()
        error = node.refused(f"fast={node.fast}", f"x={other.fast}")
        check_says(error, f"volume x: {other.fast} has rows, and this catalog does not know the volume")
        check_says(node.refused(f"fast={other.fast}"), "is not the volume fast", node.fast, other.fast)
        node.check_tables()
        other.check_tables()

    def a_catalog_that_was_deleted_is_noticed(self):
        node = self.node("no-catalog").fill()
        kept = node.data + "-catalog"
        os.makedirs(kept)
        catalog = [name for name in os.listdir(node.data) if name.startswith("catalog.sqlite")]
        for name in catalog:
            shutil.move(os.path.join(node.data, name), kept)
        check_says(node.refused(), "catalog.sqlite is not there, but the volume in", "put the catalog back")
        for name in os.listdir(node.data):
            if name.startswith("catalog.sqlite"):
                os.remove(os.path.join(node.data, name))
        for name in catalog:
            shutil.move(os.path.join(kept, name), node.data)
        node.check_tables()

    def a_catalog_older_than_a_volume_is_refused(self):
        node = self.node("old-catalog").fill()
        backup = node.data + "-backup.sqlite"
        self.copy_catalog(node, backup)
        with node.server().start() as server:
            for source in node.homes.values():
                node.post(server, source)
            server.stop()
        newest = node.data + "-newest.sqlite"
        self.copy_catalog(node, newest)
        self.copy_catalog(node, backup, back=True)
        check_says(node.refused(), "the catalog is older than the volume in", "Start with the newest catalog")
        self.copy_catalog(node, newest, back=True)
        node.check_tables()

    def a_catalog_older_than_rows_of_its_own_life_is_refused(self):
        node = self.node("old-rows").fill()
        backup, newest = node.data + "-backup.sqlite", node.data + "-newest.sqlite"
        with node.server().start() as server:
            self.copy_catalog(node, backup)
            for source in node.homes.values():
                node.post(server, source)
                server.api.do("POST", server.api.sink_path(source, "bodies") + "/flush")
            mr.check_equal(server.stop(), 0, "exit status")
        self.copy_catalog(node, newest)
        self.copy_catalog(node, backup, back=True)
        node.check_refuses("the catalog is older than the volume in", "start with the newest one")
        check_says(node.refused(), "the catalog is older than the volume in", "start with the newest one")
        self.copy_catalog(node, newest, back=True)
        node.check_tables()

    @staticmethod
    def copy_catalog(node, path, back=False):
        catalog = os.path.join(node.data, "catalog.sqlite")
        if back:
            for end in ("-wal", "-shm"):
                if os.path.exists(catalog + end):
                    os.remove(catalog + end)
            shutil.copy(path, catalog)
            return
        source, copy = sqlite3.connect(catalog), sqlite3.connect(path)
        source.backup(copy)
        copy.close()
        source.close()

    def an_older_copy_of_a_volume_is_refused(self):
        node = self.node("old-volume").fill()
        copy = node.fast + "-copy"
        shutil.copytree(node.fast, copy)
        with node.server().start() as server:
            node.post(server, node.homes["fast"])
            server.kill()
        newest = node.fast + "-newest"
        os.rename(node.fast, newest)
        shutil.copytree(copy, node.fast)
        check_says(node.refused(), f"{node.fast} is an older copy of the volume")
        shutil.rmtree(node.fast)
        os.rename(newest, node.fast)
        node.check_tables()

    def an_emptied_journal_is_refused(self):
        node = self.node("emptied").fill()
        for directory in (node.default, node.fast):
            journal = os.path.join(directory, "journal")
            os.rename(journal, journal + "-kept")
            for make_empty in (False, True):
                if make_empty:
                    os.makedirs(journal)
                check_says(node.refused(), f"its journal in {directory} is empty", "millrace volume lost")
            shutil.rmtree(journal)
            os.rename(journal + "-kept", journal)
        # Without its segments the rest of a journal is no journal.
        journal = os.path.join(node.fast, "journal")
        segments = [name for name in os.listdir(journal) if name.endswith(".segment")]
        for name in segments:
            os.rename(os.path.join(journal, name), os.path.join(node.fast, name))
        check_says(node.refused(), "volume fast", "its segments are gone")
        for name in segments:
            os.rename(os.path.join(node.fast, name), os.path.join(journal, name))
        node.check_tables()

    def a_missing_volume_is_named_and_its_rows_are_unknown(self):
        node = self.node("missing").fill()
        source = node.homes["fast"]
        with node.server("").start() as server:
            told = [line for line in server.log_tail().splitlines() if "volume_missing" in line]
            mr.check(len(told) == 1 and '"volume":"fast"' in told[0] and node.fast in told[0], server.log_tail())
            metrics = server.api.call("GET", "/metrics").body.decode()
            mr.check("millrace_rows{" not in metrics, "rows are counted")
            mr.check('millrace_volume_up{volume="fast"} 0' in metrics, "fast is up")
            for method, path in (("GET", server.api.sink_path(source, "bodies") + "/ledger"),
                                 ("DELETE", server.api.source_path(source) + "?cascade=true")):
                answer = server.api.call(method, path)
                mr.check_equal((answer.status, answer.json()["error"]), (503, "stream.api.volumeFailed"),
                               f"{method} {path}")
                mr.check('missing volume "fast"' in answer.json()["message"], answer.json())
            self.check_overview(server, "is not here", "millrace volume lost fast")
            node.post(server, source)  # they go to the other
            server.stop()
        node.check_tables()

    @staticmethod
    def check_overview(server, reason, remedy):
        first = server.api.get("/v1/overview")["failing"][0]
        mr.check_equal((first["kind"], first["volume"]), ("volume", "fast"), f"the first that fails: {first}")
        mr.check(reason in first["reason"] and remedy in first["remedy"], f"{first}")

    def a_renamed_volume_keeps_rows_receipts_and_sources(self):
        node = self.node("rename").fill()
        with node.server().start() as server:
            receipt = node.post(server, node.homes["fast"])
            check_says(self.command(node, "rename", "fast", "quick", status=LOCKED_STATUS), "stop the service")
            server.stop()
        check_says(self.command(node, "rename", "none", "quick", status=FAILURE_STATUS), "no active volume is called none")
        check_says(self.command(node, "rename", "fast", "default", status=FAILURE_STATUS), "another volume is called")
        first = self.command(node, "rename", "fast", "quick")
        check_says(first, "volume fast was renamed to quick on")
        mr.check_equal(self.command(node, "rename", "fast", "quick"), first, "a second run")
        check_says(node.refused(), f"{node.fast} is the volume quick", "millrace volume rename quick fast")
        with node.server(f"quick={node.fast}").start() as server:
            mr.check_equal(node.volume_of(server, receipt), "quick", "volume of an old receipt")
            mr.check_equal(node.volume_of(server, node.post(server, node.homes["fast"])), "quick", "volume of the source")
            server.kill()
        node.check_tables(f"quick={node.fast}")

    def the_implied_volume_may_be_renamed(self):
        node = self.node("rename-default").fill()
        self.command(node, "rename", "default", "first")
        volumes = (f"first={node.default}", f"fast={node.fast}")
        with node.server(*volumes).start() as server:
            mr.check_equal(node.volume_of(server, node.post(server, node.homes["default"])), "first", "volume of the source")
            server.kill()
        node.check_tables(*volumes)

    def a_kill_leaves_an_act_done_or_not(self):
        node = self.node("killed").fill()
        names = ["fast", "quick"]
        outcomes = set()
        started = time.monotonic()
        self.command(node, "list")
        whole = time.monotonic() - started
        for part in range(12):
            self.kill_command(node, whole * (0.4 + part / 12), "rename", *names)
            active = self.active(node)
            mr.check(active in ({"default", names[0]}, {"default", names[1]}), f"active volumes: {active}")
            outcomes.add(names[1] in active)
            if names[1] in active:
                names.reverse()
        print(f"        renamed or not: {sorted(outcomes)}")
        node.check_tables(f"{names[0]}={node.fast}")
        # The same of `lost`; all rows are in their tables by now, and stay there.
        for part in range(6):
            self.kill_command(node, whole * (0.5 + part / 6), "lost", names[0])
            mr.check(self.active(node) in ({"default"}, {"default", names[0]}), "active volumes")
        self.command(node, "lost", names[0])
        mr.check_equal(self.active(node), {"default"}, "active volumes")
        node.check_tables("")

    def kill_command(self, node, after_s, *words):
        process = self.start_command(node, *words)
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()

    def start_command(self, node, *words, volumes=()):
        command = [self.binary, "volume", *words, "--data-dir", node.data]
        for volume in volumes:
            command += ["--volume", volume]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def command(self, node, *words, volumes=(), status=0):
        """What a command says, on the stream that its status wants."""
        process = self.start_command(node, *words, volumes=volumes)
        out, err = process.communicate(timeout=60)
        mr.check_equal(process.returncode, status, f"volume {' '.join(words)}: {out} {err}")
        return out if status == 0 else err

    def active(self, node):
        lines = self.command(node, "list").splitlines()[1:]
        return {line.split()[0] for line in lines if line.split()[1] == "active"}

    def a_lost_volume_gives_up_what_only_it_had(self):
        node = self.node("lost").fill()
        source = node.homes["fast"]
        with node.server().start() as server:
            # A change of the settings imports what waited; then a slice in staging, and one that is only here.
            before = node.sent[source]
            server.api.patch_sink(source, "bodies", {mr.UPLOAD_COUNT: 2})
            mr.wait_until(lambda: server.api.records_at(source, "bodies", "target") == before, 20, "imported")
            node.post(server, source, 2)
            mr.wait_until(lambda: server.api.records_at(source, "bodies", "staging") == 2, 20, "staged")
            staged = node.sent[source]
            node.post(server, source, 1)
            server.stop()
        gone = node.fast + "-gone"
        os.rename(node.fast, gone)
        with node.server("").start() as server:
            mr.check_equal(server.api.call("GET", server.api.sink_path(source, "bodies") + "/ledger").status, 503, "ledger")
            server.stop()
        first = self.command(node, "lost", "fast")
        check_says(first, "volume fast was declared lost on", "is not taken back")
        mr.check_equal(self.command(node, "lost", "fast"), first, "a second run")
        node.lose_fast()
        node.sent[source] = staged
        node.check_tables("")
        with node.server("").start() as server:
            log = server.log_tail(10_000)
            mr.check("volume_missing" not in log[log.rindex('"recovered"'):], "it is missed still")
            ledger = server.api.get(server.api.sink_path(source, "bodies") + "/ledger")
            mr.check_equal((ledger["accepted"] - ledger["lost"], ledger["target"]), (staged, staged), "ledger")
            node.post(server, source)  # does not queue behind
            mr.wait_until(lambda: server.api.records_at(source, "bodies", "target") == node.sent[source], 20, "imported")
            server.stop()
        check_says(node.refused(f"fast={gone}"), f"{gone} is the volume fast, which was declared lost on")
        check_says(self.command(node, "retire", "fast", status=FAILURE_STATUS), "was declared lost on")
        mr.check(os.path.exists(os.path.join(gone, "volume-id")), "what is on the disk is kept")
        node.check_tables()  # an empty directory of that name is another volume
        with node.server().start() as server:
            mr.check_equal({volume["state"] for volume in self.volumes(server, "fast")}, {"active", "lost"}, "states")
            server.stop()

    @staticmethod
    def volumes(server, name):
        return [volume for volume in server.api.get("/v1/volumes")["volumes"] if volume["name"] == name]

    def a_failed_volume_is_given_up_while_the_service_runs(self):
        node = self.node("failed").fill()
        with open(os.path.join(node.fast, "FAILED"), "w", encoding="utf-8") as file:
            file.write("a person says so\n")
        source = node.homes["fast"]
        with node.server().start() as server:
            mr.check_equal(self.volumes(server, "fast")[0]["standing"], "unread", "standing")
            self.check_overview(server, "has failed", "millrace volume lost fast")
            answer = server.api.call("POST", "/v1/volumes/default/lost")
            mr.check_equal((answer.status, answer.json()["error"]), (409, "stream.api.volumeInUse"), "lost of the other")
            answer = server.api.call("POST", "/v1/volumes/fast/lost")
            mr.check_equal((answer.status, answer.json()["state"]), (200, "lost"), f"{answer!r}")
            mr.check_equal(server.api.call("POST", "/v1/volumes/fast/lost").json(), answer.json(), "a second run")
            ledger = server.api.get(server.api.sink_path(source, "bodies") + "/ledger")
            mr.check_equal(ledger["accepted"], ledger["lost"], "ledger")
            mr.check("millrace_rows{" in server.api.call("GET", "/metrics").body.decode(), "rows are not counted")
            node.lose_fast()
            node.post(server, source)
            server.stop()
        check_says(node.refused(), "which was declared lost on")
        node.check_tables("")

    def a_volume_is_retired_while_the_service_runs(self):
        node = self.node("retired").fill()
        source = node.homes["fast"]
        with node.server().start() as server:
            server.api.patch_sink(source, "bodies", {mr.IMPORT_COUNT: 1_000_000})
            mr.check(not self.post_keyed(node, server, source), "the first request with the key is answered again")
            answer = server.api.call("POST", "/v1/volumes/fast/retire")
            if answer.status != 200:
                mr.check_equal(answer.json()["error"], "stream.api.volumeNotEmpty", f"{answer!r}")
            mr.check_equal(node.volume_of(server, node.post(server, source)), "default", "volume of later rows")

            def retired():
                answer = server.api.call("POST", "/v1/volumes/fast/retire")
                if answer.status == 200:
                    return answer.json()
                mr.check_equal((answer.status, answer.json()["error"]), (409, "stream.api.volumeNotEmpty"), f"{answer!r}")
                return None

            ended = mr.wait_until(retired, 30, "retired", poll_s=0.1)
            mr.check_equal((ended["name"], ended["state"]), ("fast", "retired"), f"{ended}")
            mr.check_equal(retired(), ended, "a second run")
            answer = server.api.call("POST", "/v1/volumes/default/retire")
            mr.check_equal((answer.status, answer.json()["error"]), (409, "stream.api.volumeInUse"), "the only one")
            server.kill()
        check_says(node.refused(), "fast, which was retired on")
        shutil.rmtree(node.fast)
        with node.server("").start() as server:
            mr.check(self.post_keyed(node, server, source), "a key that moved is forgotten")
            server.stop()
        check_says(self.command(node, "retire", "fast"), "volume fast was retired on")
        node.sent[source] += 1
        node.check_tables("")

    def two_retires_at_once_are_one(self):
        node = self.node("twice").fill()
        node.check_tables()
        with node.server().start() as server:
            def retire(_):
                answer = server.api.call("POST", "/v1/volumes/fast/retire")
                return answer.status, answer.body

            def retired():
                with concurrent.futures.ThreadPoolExecutor(4) as at_once:
                    answers = list(at_once.map(retire, range(4)))
                mr.check(all(status in (200, 409) for status, _ in answers), f"{answers}")
                done = {answer for answer in answers if answer[0] == 200}
                mr.check(len(done) <= 1, f"every one says what the first did: {done}")
                return done

            mr.wait_until(retired, 30, "retired")
            server.stop()
        check_says(self.command(node, "retire", "fast"), "volume fast was retired on")

    @staticmethod
    def post_keyed(node, server, source):
        """Whether a request with a key was answered again; where a source's first key goes is put on record before."""
        with mr.Wire(server.ingest_address()) as wire:
            def taken():
                answer = wire.post(node.paths[source], b"x", {"Idempotency-Key": "one"})
                mr.check(answer.status in (200, 503), f"{answer!r}")
                return answer.status == 200 and answer
            return mr.wait_until(taken, 20, "a keyed request is taken").headers.get("idempotency-replayed") == "true"

    def a_volume_is_retired_on_a_stopped_folder(self):
        node = self.node("stopped").fill()
        error = self.command(node, "retire", "fast", volumes=[f"fast={node.fast}"], status=FAILURE_STATUS)
        check_says(error, "volume fast cannot be retired yet", f"POST /v1/volumes/fast/retire")
        node.check_tables()
        error = self.command(node, "retire", "default", volumes=[], status=FAILURE_STATUS)
        check_says(error, "configure another one")
        first = self.command(node, "retire", "fast")  # where it was last
        check_says(first, "volume fast was retired on", "take it out of the configuration")
        mr.check_equal(self.command(node, "retire", "fast"), first, "a second run")
        check_says(node.refused(), "which was retired on")
        node.check_tables("")

    def the_default_volume_may_end_too(self):
        node = self.node("default").fill()
        node.check_tables()
        self.command(node, "retire", "default", volumes=[f"fast={node.fast}"])
        with node.server().start() as server:
            for source in node.sent:
                mr.check_equal(node.volume_of(server, node.post(server, source)), "fast", "volume")
            server.stop()
        check_says(node.refused(""), "volume default", "which was retired on")
        node.check_tables()

    def one_volume_has_one_process(self):
        node = self.node("locked").fill()
        with mr.Server(self.binary, node.data + "-other").start() as other:
            other.stop()  # it has a catalog now
        with node.server().start() as server:
            link = os.path.join(self.folder, "locked", "link")
            os.symlink(node.default, link)
            for path in (node.default, link, node.fast):
                with mr.Server(self.binary, node.data + "-other", args=["--volume", f"x={path}"]) as other:
                    other.launch()
                    mr.check(other.process.wait(30) != 0, "the second process starts")
                    check_says(other.log_tail(1), "volume x", f"is in use by process {server.process.pid}")
            server.stop()
        node.check_tables()

    def in_order(self):
        return [self.two_volumes_in_one_directory_are_refused, self.a_renamed_volume_is_refused_with_the_remedy,
                self.a_volume_of_another_installation_is_refused, self.a_catalog_that_was_deleted_is_noticed,
                self.a_catalog_older_than_a_volume_is_refused,
                self.a_catalog_older_than_rows_of_its_own_life_is_refused, self.an_older_copy_of_a_volume_is_refused,
                self.an_emptied_journal_is_refused, self.a_missing_volume_is_named_and_its_rows_are_unknown,
                self.a_renamed_volume_keeps_rows_receipts_and_sources, self.the_implied_volume_may_be_renamed,
                self.a_kill_leaves_an_act_done_or_not,
                self.a_lost_volume_gives_up_what_only_it_had, self.a_failed_volume_is_given_up_while_the_service_runs,
                self.a_volume_is_retired_while_the_service_runs, self.two_retires_at_once_are_one,
                self.a_volume_is_retired_on_a_stopped_folder,
                self.the_default_volume_may_end_too, self.one_volume_has_one_process]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "volume-registry",
                              lambda arguments: Registry(arguments.binary, arguments.folder).in_order()))
