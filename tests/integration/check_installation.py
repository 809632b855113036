#!/usr/bin/env python3
"""millrace check, /ready?targets=1 and millrace repair: what is wrong is said in a sentence each.

Goal    an operator hears of every backend, folder, key and certificate that a start would not like, before the start and
        beside a running service; damage is put aside, nothing is deleted, and the second run finds nothing to do.
Method  the real binary; each case breaks one thing.
"""

import contextlib
import glob
import json
import os
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

TIMEOUT_S = 60


def run(arguments, *words):
    done = subprocess.run([arguments.binary, *words], capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.returncode, done.stdout + done.stderr


def check(arguments, data, *more):
    """Exit code, and what was found by name."""
    code, text = run(arguments, "check", "--data-dir", data, "--json", *more)
    mr.check(text.startswith("["), text)
    _, plain = run(arguments, "check", "--data-dir", data, *more)
    found = {one["what"]: one for one in json.loads(text)}
    for what in found:
        mr.check(what in plain, f"{what} is not in the text: {plain}")
    return code, found


def names_of(folder):
    return sorted(os.path.relpath(path, folder) for path in glob.glob(os.path.join(folder, "**"), recursive=True)
                  if os.path.isfile(path))


def cases(arguments):
    def everything_is_good_before_a_start_and_beside_a_service():
        data = os.path.join(arguments.folder, "good")
        code, found = check(arguments, data)
        mr.check_equal((code, [one for one in found.values() if not one["ok"]]), (0, []), f"{found}")
        mr.check(not os.path.exists(data), "it made the data folder")
        with mr.Server(arguments.binary, data).start() as server:
            for made_later in ("staging/millrace-staging", "volumes/default/journal/spare-1-1"):
                mr.wait_until(lambda path=made_later: os.path.exists(os.path.join(data, path)), 30, made_later)
            before = names_of(data)
            code, found = check(arguments, data)
            mr.check_equal((code, [one for one in found.values() if not one["ok"]]), (0, []), f"{found}")
            mr.check_equal(names_of(data), before, "files of the data folder")
            for token, wanted in (({}, b"OK\n"), ({"Authorization": f"Bearer {mr.TOKEN}"}, None)):
                answer = mr.request(server.ready["ingest"], "GET", "/ready?targets=1", headers=token)
                mr.check_equal(answer.status, 200, repr(answer))
                mr.check(wanted is None or answer.body == wanted, repr(answer))
            mr.check(all(backend["ok"] for backend in answer.json()["backends"]), repr(answer))
            wrong = mr.request(server.ready["ingest"], "GET", "/ready?targets=1", headers={"Authorization": "Bearer wrong"})
            mr.check_equal(wrong.status, 401, repr(wrong))

    def what_is_wrong_is_said_in_a_sentence():
        data = os.path.join(arguments.folder, "wrong")
        with mr.Server(arguments.binary, data).start() as server:
            server.stop()
        file = os.path.join(arguments.folder, "a-file")
        with open(file, "w", encoding="utf-8") as made:
            made.write("no certificate")
        code, found = check(
            arguments, data, "--target", "lake.kind=sqlite", "--target", f"lake.dir={file}/below",
            "--target", "db.kind=postgres", "--target", "db.dsn=host=/nowhere dbname=none",
            "--staging", "cold.kind=folder", "--staging", f"cold.dir={file}",
            "--api.tls-cert", file, "--api.tls-key", file, "--secrets.key-file", os.path.join(data, "no.key"))
        mr.check_equal(code, 1, "exit code")
        for what, words in (("target lake (sqlite)", "is no folder"), ("target db (postgres)", "PostgreSQL"),
                            ("staging cold (folder)", "is no folder"), ("TLS of api.listen", file),
                            ("key file", "is not there")):
            mr.check(not found[what]["ok"] and words in found[what]["sentence"], f"{what}: {found[what]}")
        for what in ("data folder", "catalog", "volume default", "target default (sqlite)"):
            mr.check(found[what]["ok"], f"{what}: {found[what]}")

    def what_a_start_logs_as_an_error_is_wrong_too():
        """A volume that is away or cannot be used, tables that are gone: the service runs, and somebody must see to it."""
        data, fast = os.path.join(arguments.folder, "logs"), os.path.join(arguments.folder, "logs-fast")
        volume = ["--volume", f"fast={fast}"]
        with mr.Server(arguments.binary, data, args=volume).start() as server:
            server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")])
            mr.check_equal(server.stop(), 0, "exit status")
        code, found = check(arguments, data, *volume)
        mr.check_equal((code, [one for one in found.values() if not one["ok"]]), (0, []), f"{found}")

        def told(what, *words, more=()):
            code, found = check(arguments, data, *(more or volume))
            wrong = [name for name, one in found.items() if not one["ok"]]
            mr.check_equal((code, wrong), (1, [what]), f"{found}")
            for one in words:
                mr.check(one in found[what]["sentence"], f"{what}: {found[what]}")

        @contextlib.contextmanager
        def replaced(path, by):
            os.rename(path, path + "-away")
            if by == "folder":
                os.mkdir(path)
            elif by is not None:
                with open(path, "w", encoding="utf-8") as file:
                    file.write(by)
            yield
            if by == "folder":
                os.rmdir(path)
            elif by is not None:
                os.unlink(path)
            os.rename(path + "-away", path)

        told("volume fast", "is not configured", fast, "millrace volume retire or lost", more=["--log.level", "info"])
        table = os.path.join(data, "target/in.c-shop.sqlite")
        with replaced(table, None):
            told("target default (sqlite)", table + " is not there", "/enable")
        for part in ("slices", "journal"):
            with replaced(os.path.join(fast, part), "no folder"):
                told("volume fast", os.path.join(fast, part) + " is no folder that can be used")
        with replaced(os.path.join(fast, "volume-id"), ""):
            told("volume fast", "volume-id is no id; millrace repair writes it again")
        for directory, what in ((data, "data folder"), (fast, "volume fast"), (os.path.join(data, "staging"), "staging default (folder)")):
            with replaced(os.path.join(directory, "lock"), "folder"):
                told(what, os.path.join(directory, "lock") + " is a folder")
        code, found = check(arguments, data, *volume)
        mr.check_equal(code, 0, f"{found}")

    def a_staging_of_another_installation_is_told():
        """And one that is not mounted, also by an installation that has never started."""
        first, second = (os.path.join(arguments.folder, name) for name in ("first", "second"))
        lake = os.path.join(arguments.folder, "lake")
        mark = os.path.join(lake, "millrace-staging")
        options = ["--staging", "lake.kind=folder", "--staging", f"lake.dir={lake}", "--staging.use", "lake"]
        code, _ = check(arguments, second, *options)
        mr.check_equal(code, 0, "an empty folder")
        with mr.Server(arguments.binary, first, args=options).start() as server:
            path = server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")], {mr.UPLOAD_COUNT: 1})
            mr.request(server.ready["ingest"], "POST", path, b'{"id": "1"}', {"Content-Type": "application/json"})
            mr.wait_until(lambda: os.path.exists(mark), 30, "the mark of the staging")
            code, found = check(arguments, first, *options)
            mr.check_equal(code, 0, f"beside its service: {found}")
            server.stop()

        def told(data, words):
            code, found = check(arguments, data, *options)
            one = found["staging lake (folder)"]
            mr.check(code == 1 and not one["ok"] and words in one["sentence"], f"{data}: {one}")

        told(second, "belongs to another installation")
        with mr.Server(arguments.binary, second) as server:
            server.start()
            mr.check_equal(server.stop(), 0, "exit status")
        told(second, "belongs to another installation")
        os.rename(mark, mark + "-away")
        told(first, "mount its disk")
        with open(mark, "w", encoding="utf-8") as file:
            file.write("0195f3d4-0000-7000-8000-000000000001")
        told(first, "another one than before")

    def a_role_that_lacks_rights_is_told_which():
        """What the role of the dsn cannot own, grant, make or write, each with the statement that helps."""
        data = os.path.join(arguments.folder, "rights")
        with postgres_database.Database() as database:
            database.execute("CREATE ROLE chief LOGIN CREATEROLE")
            database.execute("CREATE ROLE lesser LOGIN")
            database.execute("CREATE ROLE other")
            database.execute("ALTER DATABASE events OWNER TO chief")

            def options(user, *more):
                return ["--target", "db.kind=postgres", "--target",
                        f"db.dsn=host={database.folder} user={user} dbname=events", *more]

            def told(ok, *words, user="chief", more=()):
                code, found = check(arguments, data, *options(user, *more))
                one = found["target db (postgres)"]
                mr.check(one["ok"] == ok and all(word in one["sentence"] for word in words), f"{words}: {one}")
                mr.check_equal(code, 0 if ok else 1, f"{found}")
                return one["sentence"]

            with mr.Server(arguments.binary, data, args=options("chief")).start() as server:
                path = server.api.create_source("shop")
                body = mr.sink_body("rows", "in.c-shop.rows", [mr.path_column("id", "id", primaryKey=True)])
                body["table"]["target"] = "db"
                server.api.do("POST", server.api.source_path("shop") + "/sinks", body)
                server.api.patch_sink("shop", "rows", {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1})
                mr.request(server.ready["ingest"], "POST", path, b'{"id": "1"}', {"Content-Type": "application/json"})
                server.api.wait_drained("shop", "rows")
                sentence = told(True, "each sink writes as a role of its own")
                mr.check("but" not in sentence, sentence)
                server.stop()
            ledger, table = '"in.c-shop"."_millrace_ledger"', '"in.c-shop"."rows"'
            database.execute(f"ALTER TABLE {ledger} OWNER TO other")
            told(False, ledger, 'belongs to "other"', "hides", f'ALTER TABLE {ledger} OWNER TO "chief"')
            database.execute(f"ALTER TABLE {ledger} OWNER TO chief")
            database.execute(f"ALTER TABLE {table} OWNER TO other")
            database.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO chief")
            told(True, "but some sinks write as that", "may not grant", table)
            told(False, "may not grant", table, more=("--target", "db.roles=on"))
            told(True, "roles of sinks are off", more=("--target", "db.roles=off"))
            database.execute(f"REVOKE UPDATE ON {table} FROM chief")
            told(False, "may not write", f'GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO "chief"')
            told(False, "may not use the schema in.c-shop", 'GRANT USAGE ON SCHEMA "in.c-shop" TO "lesser"', user="lesser")
            database.execute('DROP SCHEMA "in.c-shop" CASCADE')
            told(True, user="chief")
            told(False, "the schema in.c-shop is not there", 'CREATE SCHEMA "in.c-shop" AUTHORIZATION "lesser"',
                 user="lesser")
            database.execute('CREATE SCHEMA "in.c-shop"')
            database.execute('GRANT USAGE ON SCHEMA "in.c-shop" TO lesser')
            told(False, ledger + " is not there", 'GRANT CREATE ON SCHEMA "in.c-shop" TO "lesser"', user="lesser")

    def a_target_that_is_away_is_told_by_ready():
        data = os.path.join(arguments.folder, "away")
        with postgres_database.Database() as database:
            server = mr.Server(arguments.binary, data, args=["--target", "db.kind=postgres", "--target", f"db.dsn={database.dsn}"])
            with server.start():
                code, found = check(arguments, data, "--target", "db.kind=postgres", "--target", f"db.dsn={database.dsn}")
                mr.check_equal(code, 0, f"{found}")
                mr.check("may make schemas" in found["target db (postgres)"]["sentence"], f"{found}")

                def answer(headers=None):
                    return mr.request(server.ready["ingest"], "GET", "/ready?targets=1", headers=headers)

                mr.check_equal(answer().status, 200, "with the database")
                database.stop()
                mr.wait_until(lambda: answer().status == 503, 30, "the answer without the database")
                mr.check_equal(answer().body, b"NO\n", "without a token")
                told = answer({"Authorization": f"Bearer {mr.TOKEN}"}).json()
                reasons = {backend["name"]: backend.get("reason", "") for backend in told["backends"]}
                mr.check("PostgreSQL" in reasons["target db"] and not reasons["target default"], f"{told}")
                mr.check_equal(mr.request(server.ready["ingest"], "GET", "/ready").status, 200, "records are taken")
                database.start()
                mr.wait_until(lambda: answer().status == 200, 30, "the answer with the database again")

    def a_staging_that_uploads_refuse_is_told_by_ready():
        """Before any upload has failed: of another installation, and an empty folder in place of its disk."""
        lake, away = os.path.join(arguments.folder, "ready-lake"), os.path.join(arguments.folder, "ready-away")
        options = ["--staging", "lake.kind=folder", "--staging", f"lake.dir={lake}", "--staging.use", "lake"]
        token = {"Authorization": f"Bearer {mr.TOKEN}"}

        def answer(server):
            got = mr.request(server.ready["ingest"], "GET", "/ready?targets=1", headers=token)
            reasons = {backend["name"]: backend.get("reason", "") for backend in got.json()["backends"]}
            return got.status, reasons["staging lake"]

        first = mr.Server(arguments.binary, os.path.join(arguments.folder, "ready-first"), args=options)
        with first.start():
            mr.check_equal(answer(first), (200, ""), "of a new one")
            path = first.api.create_source("shop")
            first.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")])
            mr.request(first.ready["ingest"], "POST", path, b'{"id": "1"}', {"Content-Type": "application/json"})
            first.api.do("POST", first.api.sink_path("shop", "rows") + "/flush")
            first.stop()
        with mr.Server(arguments.binary, os.path.join(arguments.folder, "ready-second"), args=options).start() as second:
            status, reason = answer(second)
            mr.check(status == 503 and "belongs to another installation" in reason, f"{status} {reason}")
            second.stop()
        os.rename(lake, away)
        os.mkdir(lake)
        with first.start():
            status, reason = answer(first)
            mr.check(status == 503 and "mount its disk" in reason, f"{status} {reason}")
            shutil.rmtree(lake)
            os.rename(away, lake)
            mr.wait_until(lambda: answer(first) == (200, ""), 30, "the answer with its disk")
            first.stop()

    def damage_is_put_aside_once_and_nothing_is_deleted():
        data = os.path.join(arguments.folder, "damaged")
        server = mr.Server(arguments.binary, data)
        with server.start():
            path = server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")],
                                   {mr.UPLOAD_COUNT: 10, mr.IMPORT_COUNT: 1_000_000})
            code, told = run(arguments, "repair", data)
            mr.check("stop the service" in told and code == 3, f"{code} {told}")
            for number in range(40):
                mr.request(server.ready["ingest"], "POST", path, json.dumps({"id": str(number)}).encode(), {"Content-Type": "application/json"})
            server.stop()
        code, told = run(arguments, "repair", data)
        mr.check_equal((code, told), (0, "Nothing is damaged.\n"), "of a sound folder")
        volume = os.path.join(data, "volumes/default")
        with open(os.path.join(volume, "journal/life"), "w", encoding="utf-8") as file:
            file.write("garbage")
        with open(sorted(glob.glob(os.path.join(volume, "journal/checkpoint-*")))[0], "r+b") as file:
            file.seek(20)
            file.write(b"\xff\xff\xff")
        before = names_of(data)
        code, told = run(arguments, "repair", data, "--dry-run", "--json")
        mr.check_equal(names_of(data), before, "files after a dry run")
        mr.check("would be put aside" in told, told)
        code, told = run(arguments, "repair", data)
        mr.check_equal(code, 0, told)
        mr.check("life.damaged" in told and "checkpoint-" in told, told)
        mr.check(len(names_of(data)) > len(before), "something was deleted")
        mr.check_equal(run(arguments, "repair", data), (0, "Nothing is damaged.\n"), "the second run")
        life = os.path.join(volume, "journal/life")
        with open(life, "r+b") as file:
            first = file.read(1)
            file.seek(0)
            file.write(b"9" if first != b"9" else b"8")
        with server:
            server.launch()
            mr.check_equal(server.process.wait(30), 1, "exit status")
            told = server.log_tail(1)
            mr.check("check sum" in told and "millrace repair" in told and "copy" not in told, told)
        code, told = run(arguments, "repair", data)
        mr.check(code == 0 and "life.damaged" in told, f"{code} {told}")
        for name in ("journal/life", "volume-id"):
            os.unlink(os.path.join(volume, name))
            code, told = run(arguments, "repair", data)
            mr.check(name in told and code == 0, f"{code} {told}")
            mr.check_equal(run(arguments, "repair", data), (0, "Nothing is damaged.\n"), "the run after")
        with open(os.path.join(volume, "volume-id"), "r+", encoding="utf-8") as file:
            other = "1" if file.read(1) == "0" else "0"
            file.seek(0)
            file.write(other)
        code, told = run(arguments, "repair", data)
        mr.check(code == 0 and "another id than the journal" in told and "volume-id.damaged" in told, f"{code} {told}")
        mr.check_equal(run(arguments, "repair", data), (0, "Nothing is damaged.\n"), "the run after")
        with server.start():
            server.api.do("POST", server.api.sink_path("shop", "rows") + "/flush")
            mr.check_equal(len(server.rows("in.c-shop.rows")), 40, "rows")
            server.stop()
        shutil.copy(os.path.join(data, "catalog.sqlite"), os.path.join(arguments.folder, "catalog"))
        with open(os.path.join(data, "catalog.sqlite"), "r+b") as file:
            file.write(b"no catalog at all")
        code, told = run(arguments, "repair", data)
        mr.check_equal(code, 1, told)
        mr.check("millrace restore" in told, told)

    def a_dry_run_says_what_a_run_does():
        server = mr.Server(arguments.binary, os.path.join(arguments.folder, "sound"))
        with server.start():
            path = server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")],
                                   {mr.UPLOAD_COUNT: 10, mr.IMPORT_COUNT: 1_000_000})
            for number in range(40):
                mr.request(server.ready["ingest"], "POST", path, json.dumps({"id": str(number)}).encode(), {"Content-Type": "application/json"})
            server.stop()

        def emptied(path):
            with open(path, "w", encoding="utf-8"):
                pass

        def both(volume):
            emptied(volume + "/volume-id")
            emptied(volume + "/journal/life")

        def checkpoint(volume):
            os.unlink(volume + "/volume-id")
            flip(sorted(glob.glob(volume + "/journal/checkpoint-*"))[-1])

        for name, hurt in (("id gone", lambda volume: os.unlink(volume + "/volume-id")),
                           ("id empty", lambda volume: emptied(volume + "/volume-id")),
                           ("life gone", lambda volume: os.unlink(volume + "/journal/life")),
                           ("life empty", lambda volume: emptied(volume + "/journal/life")),
                           ("both empty", both), ("id gone, checkpoint damaged", checkpoint)):
            data = os.path.join(arguments.folder, name)
            shutil.copytree(server.data_dir, data)
            hurt(os.path.join(data, "volumes/default"))

            def files(folder=data):
                """Without what SQLite makes to read."""
                return [file for file in names_of(folder) if not file.endswith(("-shm", "-wal"))]

            before = files()
            dry = run(arguments, "repair", data, "--dry-run")
            mr.check_equal(files(), before, f"{name}: files after a dry run")
            done = run(arguments, "repair", data)
            mr.check_equal((dry[0], dry[1].replace("would be ", "")), done, f"{name}: what the dry run said")
            mr.check("written again" in done[1] or "put aside" in done[1], f"{name}: {done}")
            shutil.rmtree(data)

    def a_file_waits_in_staging(name):
        """A folder that was killed while a file is in staging, and not in its table."""
        server = mr.Server(arguments.binary, os.path.join(arguments.folder, name))
        with server.start():
            path = server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")],
                                   {mr.UPLOAD_COUNT: 10, mr.IMPORT_COUNT: 20})
            with contextlib.closing(sqlite3.connect(server.table_path("in.c-shop.rows")[0], timeout=10)) as holder:
                holder.execute("BEGIN IMMEDIATE")
                for number in range(20):
                    mr.request(server.ready["ingest"], "POST", path, json.dumps({"id": str(number)}).encode(),
                               {"Content-Type": "application/json"})
                mr.wait_until(lambda: server.api.records_at("shop", "rows", "staging") == 20, 60, "all is in staging")
                server.kill()
        objects = objects_of(server)
        mr.check(objects, "nothing is in staging")
        return server, objects[-1]

    def flip(path):
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 0x40]))

    def objects_of(server):
        return sorted(path for path in glob.glob(os.path.join(server.data_dir, "staging/**"), recursive=True)
                      if os.path.isfile(path) and "csv" in os.path.basename(path))

    def a_damaged_slice_of_a_file_that_is_open_is_named():
        server = mr.Server(arguments.binary, os.path.join(arguments.folder, "open"))
        with server.start():
            path = server.api.create_source("shop")
            server.api.create_sink("shop", "rows", "in.c-shop.rows", [mr.path_column("id", "id")],
                                   {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1_000_000})
            mr.request(server.ready["ingest"], "POST", path, b'{"id": "1"}', {"Content-Type": "application/json"})
            mr.wait_until(lambda: server.api.records_at("shop", "rows", "staging") == 1, 60, "it is in staging")
            mr.check_equal(server.stop(), 0, "exit status")
        flip(objects_of(server)[0])
        code, told = run(arguments, "repair", server.data_dir)
        mr.check(code == 1 and "it is open yet" in told and "flush" in told, f"{code} {told}")

    def a_damaged_or_missing_object_of_staging_sets_its_file_aside():
        for name, hurt in (("flipped", flip), ("gone", os.unlink)):
            server, slice_object = a_file_waits_in_staging(name)
            mr.check_equal(run(arguments, "repair", server.data_dir), (0, "Nothing is damaged.\n"), "of a sound folder")
            hurt(slice_object)
            code, told = run(arguments, "repair", server.data_dir, "--dry-run")
            mr.check(code == 0 and "would be set aside" in told, f"{code} {told}")
            code, told = run(arguments, "repair", server.data_dir)
            mr.check(code == 0 and "in staging default" in told and "set aside" in told, f"{code} {told}")
            mr.check_equal(run(arguments, "repair", server.data_dir), (0, "Nothing is damaged.\n"), "the second run")
            with server.start():
                mr.check("setAside" in json.dumps(server.api.statistics("shop", "rows")), "it is not set aside")
                server.stop()

    def a_staging_that_is_not_mounted_is_told_and_sets_nothing_aside():
        server, _ = a_file_waits_in_staging("unmounted")
        staging = os.path.join(server.data_dir, "staging")
        os.rename(staging, staging + "-away")
        code, told = run(arguments, "repair", server.data_dir)
        mr.check(code == 1 and "to do" in told and "set aside" not in told, f"{code} {told}")
        shutil.rmtree(staging)
        os.rename(staging + "-away", staging)
        mr.check_equal(run(arguments, "repair", server.data_dir), (0, "Nothing is damaged.\n"), "with it")
        with server.start():
            server.api.wait_drained("shop", "rows")
            mr.check_equal(len(server.rows("in.c-shop.rows")), 20, "rows")
            server.stop()

    def a_staging_that_lost_its_mark_gets_it_again():
        server, _ = a_file_waits_in_staging("unmarked")
        mark = os.path.join(server.data_dir, "staging", "millrace-staging")
        with open(mark, encoding="ascii") as file:
            before = file.read()
        os.unlink(mark)
        code, told = run(arguments, "repair", server.data_dir, "--dry-run")
        mr.check(code == 0 and "would be written again" in told, f"{code} {told}")
        mr.check(not os.path.exists(mark), "a dry run wrote it")
        code, told = run(arguments, "repair", server.data_dir)
        mr.check(code == 0 and "millrace-staging" in told and "written again" in told, f"{code} {told}")
        with open(mark, encoding="ascii") as file:
            mr.check_equal(file.read(), before, "the mark")
        mr.check_equal(run(arguments, "repair", server.data_dir), (0, "Nothing is damaged.\n"), "the second run")
        with server.start():
            server.api.wait_drained("shop", "rows")
            mr.check_equal(len(server.rows("in.c-shop.rows")), 20, "rows")
            server.stop()

    return [everything_is_good_before_a_start_and_beside_a_service, what_is_wrong_is_said_in_a_sentence,
            what_a_start_logs_as_an_error_is_wrong_too, a_staging_of_another_installation_is_told, a_role_that_lacks_rights_is_told_which,
            a_target_that_is_away_is_told_by_ready, a_staging_that_uploads_refuse_is_told_by_ready,
            damage_is_put_aside_once_and_nothing_is_deleted,
            a_dry_run_says_what_a_run_does,
            a_damaged_slice_of_a_file_that_is_open_is_named,
            a_damaged_or_missing_object_of_staging_sets_its_file_aside,
            a_staging_that_is_not_mounted_is_told_and_sets_nothing_aside,
            a_staging_that_lost_its_mark_gets_it_again]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "check", cases))
