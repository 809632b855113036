#!/usr/bin/env python3
"""Backups: taken while records come in, restored after the old installation went on for a while.

Goal    every row that was answered before `millrace backup` is in its table exactly once: whether the old installation
        imported it after the backup or not. No row is there twice, whenever it was answered. The restored installation
        takes nothing of the old one for its own.
Method  the real binary under load; the tables (SQLite in a folder outside of the data folder, and PostgreSQL) stay while
        the data folder is lost.
"""

import collections
import contextlib
import glob
import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

TIMEOUT_S = 120
JSON = {"Content-Type": "application/json"}
SENDERS = 3
NEVER = 10_000_000
# What the rows of a sink have come to by the time of the backup.
SINKS = {
    "imported": {mr.UPLOAD_COUNT: 20, mr.IMPORT_COUNT: 40},
    "staged": {mr.UPLOAD_COUNT: 25, mr.IMPORT_COUNT: NEVER, mr.IMPORT_INTERVAL: "1h"},
    "local": {mr.UPLOAD_COUNT: NEVER, mr.UPLOAD_INTERVAL: "30m", mr.IMPORT_COUNT: NEVER, mr.IMPORT_INTERVAL: "1h"},
}


class Load:
    """Senders that post numbered events to a source until they are told to stop."""

    def __init__(self, server, path, name):
        self.server, self.path, self.name = server, path, name
        self.acknowledged = []
        self.stops = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self, sender):
        try:
            with mr.Wire(self.server.ingest_address(), timeout_s=10) as wire:
                number = 0
                while not self.stops.is_set():
                    name = f"{self.name}-{sender}-{number}"
                    number += 1
                    answer = wire.post(self.path, json.dumps({"id": name}).encode(), {"Content-Type": "application/json"})
                    if answer is None:
                        return
                    if answer.status == 200:
                        self.acknowledged.append(name)
        except OSError:  # the service was killed
            return

    def wait_for(self, count):
        wanted = len(self.acknowledged) + count
        mr.wait_until(lambda: len(self.acknowledged) >= wanted, 60, f"{count} more events")

    def finish(self):
        self.stops.set()
        for thread in self.threads:
            thread.join()


class Site:
    """A data folder, with tables that outlive it."""

    def __init__(self, binary, folder, args, rows, target="default"):
        self.binary, self.folder, self.args, self.rows, self.target = binary, folder, args, rows, target
        os.makedirs(folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name, more=()):
        return mr.Server(self.binary, self.path(name), args=[*self.args, *more])

    def run(self, *words, code=0):
        environment = {**os.environ, "MILLRACE_ADMIN_TOKEN": mr.TOKEN}
        done = subprocess.run([self.binary, *words], capture_output=True, text=True, timeout=TIMEOUT_S, env=environment)
        mr.check_equal(done.returncode, code, f"{words}: {done.stdout} {done.stderr}")
        return done.stdout + done.stderr

    def backup(self, data, name, *more):
        return self.run("backup", self.path(name), "--data-dir", self.path(data), *self.args, *more)

    def restore(self, name, data, *more, code=0):
        return self.run("restore", self.path(name), self.path(data), *more, code=code)

    def create(self, api):
        path = api.create_source("shop")
        for sink, settings in SINKS.items():
            body = mr.sink_body(sink, f"in.c-shop.{sink}", [mr.path_column("id", "id")])
            body["table"]["target"] = self.target
            api.do("POST", f"{api.source_path('shop')}/sinks", body)
            api.patch_sink("shop", sink, settings)
        return path

    def flush(self, api):
        for sink in SINKS:
            api.do("POST", f"{api.sink_path('shop', sink)}/flush")

    def check_rows(self, owed, what):
        """Every row that is owed is in each table, and none is there twice."""
        for sink in SINKS:
            counted = collections.Counter(self.rows(sink))
            twice = [row for row, count in counted.items() if count > 1]
            mr.check(not twice, f"{what}: {len(twice)} rows are twice in {sink}, as {twice[:3]}")
            missing = set(owed) - set(counted)
            mr.check(not missing, f"{what}: {len(missing)} of {len(owed)} rows are not in {sink}, as {sorted(missing)[:3]}")


def sqlite_site(binary, folder):
    tables, objects = os.path.join(folder, "tables"), os.path.join(folder, "objects")

    def rows(sink):
        with sqlite3.connect(f"file:{tables}/in.c-shop.sqlite?mode=ro", uri=True, timeout=10) as connection:
            return [row[0] for row in connection.execute(f'SELECT id FROM "{sink}"')]

    return Site(binary, folder, ["--target", "default.kind=sqlite", "--target", f"default.dir={tables}",
                                 "--staging", "default.kind=folder", "--staging", f"default.dir={objects}"], rows)


@contextlib.contextmanager
def held_tables(site):
    """Nothing is imported into the tables meanwhile."""
    with contextlib.closing(sqlite3.connect(site.path("tables/in.c-shop.sqlite"), timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def objects_of(site):
    """The objects of the first installation in the folder of its staging."""
    return sorted(path for path in glob.glob(site.path("objects/**"), recursive=True)
                  if os.path.isfile(path) and "/restored-" not in path)


def lose_and_restore(site, check_old=lambda old: None):
    """The story of the module; returns the restored server, running, and what it owes."""
    with site.server("old").start() as old:
        path = site.create(old.api)
        load = Load(old, path, "first")
        load.wait_for(400)
        keyed = mr.request(old.ready["ingest"], "POST", path, b'{"id": "keyed"}', {**JSON, "Idempotency-Key": "once"})
        mr.check_equal(keyed.status, 200, repr(keyed))
        owed = list(load.acknowledged) + ["keyed"]
        told = site.backup("old", "copy")
        mr.check("are in no table yet" in told, told)
        load.wait_for(300)
        site.flush(old.api)  # so files that the backup has are imported behind it
        load.wait_for(300)
        load.finish()
        check_old(old)
        old.kill()
    told = site.restore("copy", "new")
    mr.check("is the installation of" in told, told)
    shutil.copy(site.path("old/secrets.key"), site.path("new/secrets.key"))
    server = site.server("new").start()
    return server, path, owed, keyed


def check_restored(site, server, path, owed, keyed):
    api = server.api
    site.flush(api)
    site.check_rows(owed, "after the restore")
    receipt = keyed.headers["Receipt"]
    answer = api.call("GET", f"{api.BRANCH}/receipts/{receipt}")
    mr.check_equal(answer.status, 404, repr(answer))
    mr.check("before this installation was restored" in answer.json()["message"], repr(answer))
    again = mr.request(server.ready["ingest"], "POST", path, b'{"id": "keyed"}', {**JSON, "Idempotency-Key": "once"})
    mr.check_equal((again.status, again.headers.get("Idempotency-Replayed")), (200, "true"), repr(again))
    load = Load(server, path, "second")
    load.wait_for(200)
    load.finish()
    site.flush(api)
    site.check_rows(owed + load.acknowledged, "after more records")
    for sink in SINKS:
        files = api.get(api.sink_path("shop", sink) + "/statistics/files?failedFiles=true")["files"]
        mr.check(not files, f"{sink} has files that fail: {files}")
    mr.check_equal(server.stop(), 0, "exit code")
    server.start()  # once more, as any other
    site.flush(server.api)
    site.check_rows(owed + load.acknowledged, "after a restart")


def cases(arguments):
    def rows_are_once_in_sqlite_when_the_data_folder_is_lost():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "sqlite"))
        server, path, owed, keyed = lose_and_restore(site)
        with server:
            before = objects_of(site)
            check_restored(site, server, path, owed, keyed)
            mr.check_equal(objects_of(site), before, "objects of the old installation")
            mr.check(glob.glob(site.path("objects/restored-*")), "no objects of its own")

    def rows_are_once_in_postgresql_when_the_data_folder_is_lost():
        with postgres_database.Database() as database:
            def rows(sink):
                return [row[0] for row in database.rows(f'SELECT id FROM "in.c-shop"."{sink}"')]

            site = Site(arguments.binary, os.path.join(arguments.folder, "postgres"),
                        ["--target", "warehouse.kind=postgres", "--target", f"warehouse.dsn={database.dsn}"], rows, "warehouse")
            server, path, owed, keyed = lose_and_restore(site)
            with server:
                check_restored(site, server, path, owed, keyed)

    def a_stopped_folder_is_copied_and_a_copy_with_all_needs_nothing_else():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "stopped"))
        with site.server("old").start() as old:
            path = site.create(old.api)
            load = Load(old, path, "first")
            load.wait_for(200)
            load.finish()
            old.kill()
        told = site.backup("old", "copy", "--with-targets", "--with-key-file")
        mr.check("It has the key file" in told and "It has the tables of the target default" in told, told)
        site.restore("copy", "new")
        shutil.rmtree(site.path("old"))
        shutil.rmtree(site.path("tables"))
        site.args = []

        def rows(sink):
            with sqlite3.connect(f"file:{site.path('new')}/target/in.c-shop.sqlite?mode=ro", uri=True, timeout=10) as connection:
                return [row[0] for row in connection.execute(f'SELECT id FROM "{sink}"')]

        site.rows = rows
        with site.server("new").start() as new:
            site.flush(new.api)
            site.check_rows(load.acknowledged, "of a stopped folder")
            mr.check_equal(collections.Counter(rows("local")), collections.Counter(load.acknowledged), "rows")

    def rows_that_the_table_refused_behind_the_backup_are_rejects_once():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "refused"))
        sent = [f"{'bad' if number in (3, 11) else 'good'}-{number}" for number in range(20)]
        good = [row for row in sent if row.startswith("good")]

        def tables():
            return contextlib.closing(sqlite3.connect(site.path("tables/in.c-shop.sqlite"), timeout=60, isolation_level=None))

        with site.server("old").start() as old:
            path = site.create(old.api)
            for row in sent:
                with mr.Wire(old.ingest_address()) as wire:
                    mr.check_equal(wire.post(path, json.dumps({"id": row}).encode(), JSON).status, 200, row)
            with tables() as database:
                database.execute("BEGIN IMMEDIATE")  # so that nothing is imported before the backup
                for sink in SINKS:
                    database.execute(f"CREATE TRIGGER picky_{sink} BEFORE INSERT ON {sink} WHEN NEW.id LIKE 'bad%'"
                                     " BEGIN SELECT raise(ABORT, 'not this one'); END")
                site.backup("old", "copy")
                database.execute("COMMIT")
            site.flush(old.api)
            for sink in SINKS:
                mr.check_equal(collections.Counter(site.rows(sink)), collections.Counter(good), f"rows of {sink} before")
            old.kill()
        with tables() as database:
            for sink in SINKS:  # what was refused stays so: the import has happened
                database.execute(f"DROP TRIGGER picky_{sink}")
        site.restore("copy", "new")
        shutil.copy(site.path("old/secrets.key"), site.path("new/secrets.key"))
        with site.server("new").start() as new:
            site.flush(new.api)
            for sink in SINKS:
                place = new.api.sink_path("shop", sink)
                mr.check_equal(collections.Counter(site.rows(sink)), collections.Counter(good), f"rows of {sink}")
                ledger = new.api.get(place + "/ledger")
                mr.check_equal((ledger["accepted"], ledger["target"], ledger["keptRejects"]), (20, 18, 2), f"{sink}: {ledger}")
                rejects = new.api.get(place + "/rejects")["rejects"]
                mr.check_equal([reject["values"]["id"] for reject in rejects], ["bad-3", "bad-11"], f"rejects of {sink}")
                new.api.do("POST", place + "/rejects/retry")
            site.flush(new.api)
            for sink in SINKS:
                mr.check_equal(collections.Counter(site.rows(sink)), collections.Counter(sent), f"rows of {sink} behind a retry")

    def a_slice_that_the_backup_lacked_is_not_imported_again_when_it_comes_back():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "lacking"))
        sent = [f"row-{number}" for number in range(70)]
        with site.server("old").start() as old:
            path = site.create(old.api)
            def staged():
                return glob.glob(site.path("objects/2/*.csv.gz"))  # the second sink

            for number, row in enumerate(sent):
                with mr.Wire(old.ingest_address()) as wire:
                    mr.check_equal(wire.post(path, json.dumps({"id": row}).encode(), JSON).status, 200, row)
                if number in (29, 59):
                    wanted = number // 30 + 1
                    mr.wait_until(lambda wanted=wanted: len(staged()) >= wanted, 30, "slices in staging")
            away = min(staged())
            os.rename(away, site.path("away"))
            told = site.backup("old", "copy")
            mr.check("1 slices" in told or "missing" in told, told)
            os.rename(site.path("away"), away)  # the old installation gets it back
            shutil.copy(away, site.path("away"))
            site.flush(old.api)
            mr.check_equal(collections.Counter(site.rows("staged")), collections.Counter(sent), "rows before")
            old.kill()
        with open(site.path("copy/backup.json"), encoding="utf-8") as file:
            (missing,) = json.load(file)["missing"]
        site.restore("copy", "new")
        shutil.copy(site.path("old/secrets.key"), site.path("new/secrets.key"))
        with site.server("new").start() as new:
            place = new.api.sink_path("shop", "staged")

            def set_aside():
                answer = new.api.call("POST", f"{place}/files/{missing['file']}/set-aside",
                                      {"reason": "missing", "slices": [missing["slice"]]})
                return answer.json() if answer.status == 200 else None

            mr.wait_until(lambda: "No such file" in json.dumps(new.api.get(place + "/statistics/files?failedFiles=true")), 60,
                          "the slice that is not there")
            part = set_aside()
            mr.check(part is not None, "the slice is not set aside")
            site.flush(new.api)
            mr.check_equal(collections.Counter(site.rows("staged")), collections.Counter(sent), "rows without the slice")
            with gzip.open(site.path("away")) as packed, open(
                    site.path(f"new/volumes/default/slices/{missing['slice']}.csv"), "wb") as slice_file:
                slice_file.write(packed.read())
            answer = new.api.call("POST", f"{place}/files/{part['fileId']}/restore")
            mr.check_equal(answer.status, 200, repr(answer))
            new.api.wait_drained("shop", "staged")
            mr.check_equal(collections.Counter(site.rows("staged")), collections.Counter(sent), "rows behind the restore")
            ledger = new.api.get(place + "/ledger")
            mr.check_equal((ledger["accepted"], ledger["target"], ledger["setAside"]), (70, 70, 0), f"{ledger}")

    def what_is_no_data_folder_or_no_backup_says_so():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "refusals"))
        with site.server("old").start() as old:
            site.create(old.api)
            site.backup("old", "copy")
            told = site.run("backup", site.path("copy"), "--data-dir", site.path("old"), code=1)
            mr.check("is there already" in told, told)
            answer = old.api.call("POST", "/v1/backup", {"path": "not/absolute"})
            mr.check_equal(answer.status, 400, f"{answer!r}")
            mr.check("must be an absolute one" in answer.json()["message"], f"{answer!r}")
            mr.check_equal(old.api.call("POST", "/v1/backup", {}).status, 400, "no path")
            for path, words in ((site.path("copy"), "is there already"),
                                (site.path("nowhere/copy"), "nowhere is no folder"),
                                (site.path("copy/backup.json/copy"), "backup.json is no folder"),
                                ("/proc/copy", "/proc/copy cannot be made"),
                                (site.path("n" * 300), "cannot be made")):
                answer = old.api.call("POST", "/v1/backup?wait=1m", {"path": path})
                mr.check_equal(answer.status, 409, f"{path}: {answer!r}")
                mr.check(words in answer.json()["message"], f"{path}: {answer!r}")
        told = site.run("serve", "--data-dir", site.path("copy"), code=1)
        mr.check("is a backup, not a data folder: millrace restore" in told, told)
        told = site.restore("tables", "new", code=1)
        mr.check("is no backup of Millrace" in told, told)
        told = site.restore("copy", "old", code=1)
        mr.check("is there already" in told, told)
        os.unlink(site.path("copy/backup.json"))
        told = site.restore("copy", "new", code=1)
        mr.check("did not come to its end" in told, told)

    def a_restore_that_is_killed_at_once_leaves_nothing_that_starts():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "killed"))
        with site.server("old").start() as old:
            site.create(old.api)
            site.backup("old", "copy")
        environment = {**os.environ, "MILLRACE_ADMIN_TOKEN": mr.TOKEN}
        for number in range(2):
            new = site.path(f"new-{number}")
            restore = subprocess.Popen([site.binary, "restore", site.path("copy"), new], stdout=subprocess.DEVNULL, env=environment)
            try:
                mr.wait_until(lambda new=new: os.path.exists(new), 60, "the folder", poll_s=0)
            finally:
                restore.kill()
                restore.wait()
            if restore.returncode == 0:
                continue  # it was faster
            mr.check(os.path.exists(os.path.join(new, "MILLRACE-RESTORE")), f"{os.listdir(new)}")
            told = site.run("serve", "--data-dir", new, code=1)
            mr.check("did not come to its end: remove the folder and run it again" in told, told)
            site.restore("copy", f"new-{number}", code=1)
            shutil.rmtree(new)
            site.restore("copy", f"new-{number}")
            mr.check(not os.path.exists(new + ".new"), "the folder's first name")

    def a_slice_that_is_damaged_in_the_backup_costs_its_own_rows_only():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "damaged"))
        with site.server("old").start() as old:
            path = site.create(old.api)
            old.api.patch_sink("shop", "local", {mr.UPLOAD_COUNT: 10, mr.IMPORT_COUNT: 1_000_000})
            for number in range(20):
                answer = mr.request(old.ready["ingest"], "POST", path, json.dumps({"id": f"r{number}"}).encode(),
                                    {"Content-Type": "application/json"})
                mr.check_equal(answer.status, 200, f"{answer!r}")
            with held_tables(site):
                site.backup("old", "copy", "--with-key-file")
                old.kill()
        slices = sorted(glob.glob(site.path("copy/slices/*.csv")))
        with open(slices[0], "r+b") as file:
            lost = file.read().count(b"\n")
            file.seek(3)
            file.write(b"\xff")
        mr.check(lost > 0, "an empty slice")
        told = site.restore("copy", "new", code=1)
        mr.check("1 slices of the backup are damaged" in told and slices[0] in told and "--damaged" in told, told)
        site.run("serve", "--data-dir", site.path("new"), code=1)
        shutil.rmtree(site.path("new"))
        told = site.restore("copy", "new", "--damaged")
        mr.check("Left out: " + slices[0] in told, told)
        damaged = os.path.basename(slices[0])[:-len(".csv")]
        with site.server("new").start() as new:
            def set_aside():
                for sink in SINKS:
                    files = new.api.get(new.api.sink_path("shop", sink) + "/statistics/files?failedFiles=true")["files"]
                    for file in files:
                        if damaged in file.get("retryReason", ""):
                            path = f"{new.api.sink_path('shop', sink)}/files/{file['fileId']}/set-aside"
                            return new.api.call("POST", path, {"reason": "its slice is damaged"}).status == 200
                return False

            mr.wait_until(set_aside, 60, "its file is set aside")
            for sink in SINKS:
                new.api.wait_drained("shop", sink)
            mr.check_equal(sum(len(site.rows(sink)) for sink in SINKS), 20 * len(SINKS) - lost, "rows")

    def what_a_backup_counts_and_has_not_refuses_its_restore():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "incomplete"))
        with site.server("old").start() as old:
            path = site.create(old.api)
            for number in range(10):
                headers = {**JSON, "Idempotency-Key": f"k{number}"}
                answer = mr.request(old.ready["ingest"], "POST", path, json.dumps({"id": f"r{number}"}).encode(), headers)
                mr.check_equal(answer.status, 200, f"{answer!r}")
            with held_tables(site):
                site.backup("old", "copy", "--with-key-file")
                old.kill()
        slice_name = min(os.listdir(site.path("copy/slices")))
        keys_name = min(os.listdir(site.path("copy/keys")))

        def damage(file):
            with open(file, "r+b") as opened:
                opened.seek(os.path.getsize(file) // 2)
                opened.write(b"\xff\xff\xff\xff")

        def damage_the_catalog(file):
            with open(file, "r+b") as opened:
                opened.write(b"x" * 4096)

        # What is done to which file, what is said of it, and whether --damaged leaves it out.
        for number, (act, name, words, is_optional) in enumerate([
                (os.unlink, f"slices/{slice_name}", f"slices/{slice_name} is not there", True),
                (os.unlink, f"keys/{keys_name}", "keys has 0 files of idempotency keys, and had 1", True),
                (damage, f"keys/{keys_name}", f"keys/{keys_name} are damaged", True),
                (os.unlink, "positions", "positions is not there", True),
                (damage, "positions", "positions is damaged", True),
                (os.unlink, "catalog.copy", "catalog.copy is damaged or gone", False),
                (damage_the_catalog, "catalog.copy", "catalog.copy is damaged or gone", False),
                (damage, "backup.json", "backup.json is damaged", False)]):
            copy = f"copy-{number}"
            shutil.copytree(site.path("copy"), site.path(copy))
            act(site.path(f"{copy}/{name}"))
            told = site.restore(copy, f"new-{number}", code=1)
            mr.check(words in told and "another backup" in told, f"{name}: {told}")
            mr.check_equal("--damaged" in told, is_optional, f"{name}: {told}")
            if is_optional:
                shutil.rmtree(site.path(f"new-{number}"))
                told = site.restore(copy, f"new-{number}", "--damaged")
                mr.check("Left out: " in told and words in told, f"{name}: {told}")
            else:
                mr.check(not os.path.exists(site.path(f"new-{number}")), f"{name}: a folder was made")

    def databases_and_keys_of_a_backup_are_compared_before_anything_is_made():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "compared"))
        with site.server("old").start() as old:
            path = site.create(old.api)
            for number in range(10):
                answer = mr.request(old.ready["ingest"], "POST", path, json.dumps({"id": f"r{number}"}).encode(), JSON)
                mr.check_equal(answer.status, 200, f"{answer!r}")
            site.flush(old.api)
            site.backup("old", "copy", "--with-targets", "--with-key-file")
            old.kill()
        with open(site.path("copy/backup.json"), encoding="utf-8") as file:
            listed = {one["path"]: one for one in json.load(file)["files"]}
        database = "targets/default/in.c-shop.sqlite"
        mr.check_equal(sorted(listed), ["catalog.copy", "secrets.key", database], "files of backup.json")
        mr.check_equal(listed[database]["bytes"], os.path.getsize(site.path(f"copy/{database}")), "bytes")

        def empty(file):
            os.truncate(file, 0)

        def change_a_word(words, other):
            def change(file):
                with open(file, "r+b") as opened:
                    content = opened.read()
                    opened.seek(content.index(words))
                    opened.write(other)
            return change

        def without_its_folder(file):
            shutil.rmtree(os.path.dirname(file))

        tables = "The tables of the bucket in.c-shop of the target default are not restored"
        # What is done to which file, what is said of it, and what --damaged says; none: it cannot leave it out.
        for number, (act, name, words, left_out) in enumerate([
                (os.unlink, database, "is not there", tables),
                (without_its_folder, database, "is not there", tables),
                (empty, database, "is damaged: it has 0 bytes", tables),
                (change_a_word(b"r5", b"q5"), database, "is damaged: it has", tables),
                (os.unlink, "secrets.key", "is not there", "put your copy of it into"),
                (change_a_word(b"\n", b" "), "secrets.key", "is damaged: it has", "put your copy of it into"),
                (change_a_word(b"in.c-shop.staged", b"in.c-shoq.staged"), "catalog.copy", "is damaged or gone", None)]):
            copy, new = f"copy-{number}", f"new-{number}"
            shutil.copytree(site.path("copy"), site.path(copy))
            act(site.path(f"{copy}/{name}"))
            told = site.restore(copy, new, code=1)
            mr.check(f"{copy}/{name} {words}" in told and "another backup" in told, f"{name}: {told}")
            mr.check_equal("--damaged" in told, left_out is not None, f"{name}: {told}")
            told = site.restore(copy, new, "--damaged") if left_out else ""
            mr.check_equal(os.path.exists(site.path(new)), left_out is not None, f"{name}: a folder")
            if left_out is None:
                continue
            mr.check(f"Left out: {site.path(copy)}/{name} {words}" in told and left_out in told, f"{name}: {told}")
            for file, was in (("target/in.c-shop.sqlite", database), ("secrets.key", "secrets.key")):
                mr.check_equal(os.path.exists(site.path(f"{new}/{file}")), was != name, f"{name}: {file}")
        # Backups of earlier versions have no such list.
        with open(site.path("copy/backup.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        del manifest["files"]
        with open(site.path("copy/backup.json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file)
        site.restore("copy", "new")
        mr.check(os.path.exists(site.path("new/target/in.c-shop.sqlite")), "the tables")

    def a_backup_older_than_its_targets_remember_is_refused_or_set_aside():
        site = sqlite_site(arguments.binary, os.path.join(arguments.folder, "older"))
        with site.server("old").start() as old:
            path = site.create(old.api)
            load = Load(old, path, "first")
            load.wait_for(50)
            load.finish()
            with held_tables(site):  # else the files that the backup closes may be imported before it copies the catalog
                site.backup("old", "copy")
                old.kill()
        with open(site.path("copy/backup.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        manifest["madeAt"] = "2020-01-01T00:00:00.000Z"
        with open(site.path("copy/backup.json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file)
        told = site.restore("copy", "new", code=1)
        mr.check("remember for 720h" in told or "remember for 30d" in told, told)
        mr.check("--older" in told, told)
        told = site.restore("copy", "new", "--older")
        mr.check("are set aside" in told, told)
        shutil.copy(site.path("old/secrets.key"), site.path("new/secrets.key"))
        with site.server("new").start() as new:
            aside = new.api.statistics("shop", "local")
            mr.check("setAside" in json.dumps(aside), f"{aside}")

    return [rows_are_once_in_sqlite_when_the_data_folder_is_lost,
            rows_are_once_in_postgresql_when_the_data_folder_is_lost,
            a_stopped_folder_is_copied_and_a_copy_with_all_needs_nothing_else,
            rows_that_the_table_refused_behind_the_backup_are_rejects_once,
            a_slice_that_the_backup_lacked_is_not_imported_again_when_it_comes_back,
            what_is_no_data_folder_or_no_backup_says_so,
            a_restore_that_is_killed_at_once_leaves_nothing_that_starts,
            a_slice_that_is_damaged_in_the_backup_costs_its_own_rows_only,
            what_a_backup_counts_and_has_not_refuses_its_restore,
            databases_and_keys_of_a_backup_are_compared_before_anything_is_made,
            a_backup_older_than_its_targets_remember_is_refused_or_set_aside]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "backup", cases))
