#!/usr/bin/env python3
"""Roles of sinks in PostgreSQL, on the real binary and a server that asks for passwords.

Goal    each sink writes as a role of its own that may write its schema and nothing else; it is made, renewed and dropped
        with the sink, whatever is killed; what is wrong with it is named and mended by disabling and enabling the sink;
        what was imported by another role is not imported again.
Method  a server of the suite's own. The role of the dsn, chief, is no superuser: it owns the database and may create roles.
"""

import base64
import glob
import json
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
KILLS = 12
UNUSED_AFTER_S = 150  # a minute, and the clean-up behind it


def ask_for_passwords(database):
    with open(os.path.join(database.folder, "data/pg_hba.conf"), "w", encoding="utf-8") as file:
        file.write("local all millrace trust\nlocal all chief trust\nlocal all lesser trust\nlocal all all scram-sha-256\n")
    database.stop()
    database.start()
    database.execute("CREATE ROLE chief LOGIN CREATEROLE")
    database.execute("CREATE ROLE lesser LOGIN")
    database.execute("GRANT CREATE ON DATABASE events TO lesser")
    database.execute("ALTER DATABASE events OWNER TO chief")


class PostgresRoles:
    def __init__(self, binary, folder, database):
        self.binary = binary
        self.folder = folder
        self.database = database
        self.server = self.server_on("data")

    def options(self, user="chief", **more):
        found = ["--target", "warehouse.kind=postgres", "--target",
                 f"warehouse.dsn=host={self.database.folder} user={user} dbname=events"]
        for key, value in more.items():
            found += ["--target", f"warehouse.{key}={value}"]
        return found

    def server_on(self, name, **more):
        return mr.Server(self.binary, os.path.join(self.folder, name), args=self.options(**more))

    def create(self, source, server=None, table=None):
        """A source with a sink in the warehouse; returns the path for events."""
        api = (server or self.server).api
        path = api.create_source(source)
        self.create_sink(source, "rows", table or f"in.c-{source}.rows", server)
        return path

    def create_sink(self, source, sink, table, server=None):
        api = (server or self.server).api
        body = mr.sink_body(sink, table, [mr.path_column("id", "id", primaryKey=True)])
        body["table"]["target"] = "warehouse"
        api.do("POST", f"{api.source_path(source)}/sinks", body)
        api.patch_sink(source, sink, AT_ONCE)

    def post(self, path, name, server=None):
        with mr.Wire((server or self.server).ingest_address()) as wire:
            answer = wire.post(path, json.dumps({"id": name}).encode(), {"Content-Type": "application/json"})
            mr.check_equal(answer.status, 200, f"an event: {answer}")

    def token(self, source, sink="rows", server=None):
        api = (server or self.server).api
        return api.get(api.sink_path(source, sink) + "/token")["token"]

    def change(self, act, source, sink="rows"):
        api = self.server.api
        api.do("PUT", (api.sink_path(source, sink) if sink else api.source_path(source)) + "/" + act)

    def ids(self, table):
        schema, _, name = table.rpartition(".")
        return sorted(row[0] for row in self.database.rows(f'SELECT id FROM "{schema}".{name}'))

    def writers(self, bucket):
        return [row[0] for row in
                self.database.rows(f'SELECT role_name FROM "{bucket}"._millrace_ledger ORDER BY imported_at')]

    def verifier(self, role):
        found = self.database.rows(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'")
        return found[0][0] if found else None

    def roles(self, pattern="millrace\\_%"):
        return [row[0] for row in self.database.rows(f"SELECT rolname FROM pg_roles WHERE rolname LIKE '{pattern}' ORDER BY 1")]

    def reasons(self, source):
        path = self.server.api.sink_path(source, "rows") + "/statistics/files?failedFiles=true"
        return [file["retryReason"] for file in self.server.api.get(path)["files"]]

    def comes(self, source, path, name):
        self.post(path, name)
        self.server.api.wait_drained(source, "rows")
        mr.check(name in self.ids(f"in.c-{source}.rows"), f"{name} is not in the table of {source}")

    # cases, in order

    def each_sink_writes_as_a_role_of_its_own(self):
        paths = {source: self.create(source) for source in ("one", "two")}
        for source, path in paths.items():
            self.comes(source, path, "1")
            token = self.token(source)
            mr.check_equal((token["state"], token["bucket"], token["description"]),
                           ("ready", f"in.c-{source}", f"[_internal] Stream Sink {source}/rows"), "token")
            mr.check_equal(self.writers(f"in.c-{source}"), [token["role"]], "who wrote the file")
            mr.check_equal(self.database.rows("SELECT shobj_description(oid, 'pg_authid'), rolsuper, rolcreaterole"
                                              f" FROM pg_roles WHERE rolname = '{token['role']}'"),
                           [[token["description"], "f", "f"]], "the role")
        text = self.server.api.call("GET", self.server.api.BRANCH + "/sink-tokens").body.decode()
        listed = json.loads(text)
        mr.check_equal([token["id"] for token in listed["tokens"]], ["one/rows/warehouse", "two/rows/warehouse"], "tokens")
        mr.check("password" not in text.lower() and "SCRAM" not in text, text)
        for role, schema, may in ((self.token("one")["role"], "in.c-one", "t"), (self.token("one")["role"], "in.c-two", "f")):
            mr.check_equal(self.database.rows(
                f"""SELECT has_table_privilege('{role}', '"{schema}".rows', 'INSERT'),
                    has_table_privilege('{role}', '"{schema}".rows', 'SELECT')"""), [[may, may]], f"{role} in {schema}")

    def a_sink_of_sqlite_needs_none(self):
        self.server.api.create_source("local")
        self.server.api.create_sink("local", "rows", "in.c-local.rows", [mr.path_column("id", "id")])
        told = self.server.api.get(self.server.api.sink_path("local", "rows") + "/token")
        mr.check(told["token"] is None and "needs none" in told["reason"], repr(told))

    def sinks_of_one_schema_write_each_others_tables(self):
        path = self.create("first", table="in.c-both.rows")
        self.create_sink("first", "second", "in.c-both.second")
        self.post(path, "1")
        for sink in ("rows", "second"):
            self.server.api.wait_drained("first", sink)
        self.server.api.do("PATCH", self.server.api.sink_path("first", "second"), {"table": {"tableId": "in.c-both.rows"}})
        self.post(path, "2")
        for sink in ("rows", "second"):
            self.server.api.wait_drained("first", sink)
        mr.check_equal((self.ids("in.c-both.rows"), self.ids("in.c-both.second")), (["1", "2"], ["1"]), "rows")
        mr.check_equal(set(self.writers("in.c-both")),
                       {self.token("first")["role"], self.token("first", "second")["role"]}, "who wrote")

    def disabling_and_enabling_is_another_password(self):
        path = self.create("renewed")
        self.comes("renewed", path, "1")
        role = self.token("renewed")["role"]
        passwords = [self.verifier(role)]
        for sink in ("rows", None):
            self.change("disable", "renewed", sink)
            mr.check_equal(self.verifier(role), passwords[-1], "it is as it was while rows may wait")
            self.change("enable", "renewed", sink)
            self.comes("renewed", path, f"after {sink}")
            mr.check_equal(self.token("renewed")["role"], role, "name")
            passwords.append(self.verifier(role))
        mr.check_equal(len(set(passwords)), 3, "passwords")
        mr.check(all(password.startswith("SCRAM-SHA-256$") for password in passwords), "verifiers")

    def what_an_operator_takes_is_named_and_mended(self):
        path = self.create("taken")
        for number, sql in enumerate(("DROP ROLE {role}", "ALTER ROLE {role} PASSWORD 'another'",
                                      'REVOKE ALL ON "in.c-taken".rows FROM "{group}"')):
            self.comes("taken", path, f"before {number}")
            role = self.token("taken")["role"]
            group, = self.roles("%\\_b\\_in.c-taken")
            self.database.execute(sql.format(role=role, group=group))
            # Open sessions are not asked again.
            self.database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
                                  " OR usesysid NOT IN (SELECT oid FROM pg_roles)")
            self.post(path, f"behind {number}")
            mr.wait_until(lambda: any("disable and enable the sink" in told for told in self.reasons("taken")), 30,
                          f"{sql} is named: {self.reasons('taken')}")
            self.change("disable", "taken")
            self.change("enable", "taken")
            self.server.api.wait_drained("taken", "rows")
        mr.check_equal(self.ids("in.c-taken.rows"), sorted(f"{when} {number}" for when in ("before", "behind") for number in range(3)),
                       "rows")

    def a_role_ends_with_its_sink_and_comes_back_with_it(self):
        path = self.create("ended")
        self.comes("ended", path, "1")
        role = self.token("ended")["role"]
        self.server.api.do("DELETE", self.server.api.sink_path("ended", "rows"))
        mr.check_equal(self.roles(role), [], "the role of a deleted sink")
        self.change("undelete", "ended")
        mr.check_equal(self.roles(role), [role], "the role of one that was undeleted")
        self.comes("ended", path, "2")
        self.server.api.do("DELETE", self.server.api.source_path("ended") + "?cascade=true")
        mr.check_equal(self.roles(role) + self.roles("%in.c-ended"), [], "roles of a source that was deleted for good")
        mr.check_equal(self.database.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'in.c-ended'"), [], "its schema")

    def loads_are_written_by_the_role_of_the_dsn(self):
        made = self.server.api.call("POST", self.server.api.BRANCH + "/tables", {
            "tableId": "in.c-one.rows", "target": "warehouse", "columns": [{"name": "id", "primaryKey": True}]})
        mr.check(made.status in (200, 201), repr(made))
        token = self.server.api.call("POST", "/v1/tokens", {"description": "l", "role": "load", "buckets": ["in.c-one"]}).json()["token"]
        basic = base64.b64encode(f"root:{token}".encode()).decode()
        answer = mr.request(self.server.ready["ingest"], "PUT", "/api/one/rows/_stream_load", b"loaded\n",
                            {"Authorization": f"Basic {basic}", "label": "one", "columns": "id", "Expect": "100-continue"})
        mr.check_equal(answer.json()["Status"], "Success", repr(answer))
        mr.check_equal(self.ids("in.c-one.rows"), ["1", "loaded"], "rows")
        mr.check_equal(self.writers("in.c-one")[-1], "chief", "who wrote the load")

    def connections_are_bounded_for_all_roles_together(self):
        with self.server_on("bounded", connections=2).start() as server:
            paths = [self.create(f"bounded-{number}", server) for number in range(5)]
            for number, path in enumerate(paths):
                self.post(path, str(number), server)
            for number in range(5):
                server.api.wait_drained(f"bounded-{number}", "rows")
            found = self.database.rows("SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'millrace\\_%'"
                                       f" AND usename NOT LIKE '{self.space_of(self.token('one')['role'])}%'")
            mr.check(int(found[0][0]) <= 2, f"{found} sessions")

    @staticmethod
    def space_of(role):
        return "_".join(role.split("_")[:2])

    def an_installation_from_before_goes_on_and_imports_nothing_twice(self):
        """Without roles at first, with a ledger as it was then; the file is imported again as after a lost answer."""
        folder = "before"
        with self.server_on(folder, roles="off").start() as server:
            path = self.create("old", server)
            self.post(path, "1", server)
            server.api.wait_drained("old", "rows")
            for column in ("role_name", "note_owner", "note"):
                self.database.execute(f'ALTER TABLE "in.c-old"._millrace_ledger DROP COLUMN {column}')
            server.stop()
        with self.server_on(folder).start() as server:
            self.post(path, "2", server)
            server.api.wait_drained("old", "rows")
            told = server.api.get(server.api.sink_path("old", "rows") + "/token")
            mr.check(told["token"] is None and "enable it" in told["reason"], repr(told))
            # A file whose commit has an answer that is lost: the catalog forgets that it was imported.
            server.api.do("PUT", server.api.sink_path("old", "rows") + "/enable")
            mr.check_equal(self.token("old", server=server)["state"], "ready", "the token")
            self.post(path, "3", server)
            server.api.wait_drained("old", "rows")
            role = self.token("old", server=server)["role"]
            mr.check_equal(self.writers("in.c-old"), ["chief", "chief", role], "who wrote")
            mr.check_equal(self.ids("in.c-old.rows"), ["1", "2", "3"], "rows")
            server.stop()

    def a_restored_copy_has_roles_of_its_own(self):
        def run(*words):
            done = subprocess.run([self.binary, *words], capture_output=True, text=True, check=False, timeout=120,
                                  env={**os.environ, "MILLRACE_ADMIN_TOKEN": mr.TOKEN})
            mr.check_equal(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")

        folder, copy, again = (os.path.join(self.folder, name) for name in ("origin", "copy", "again"))
        with self.server_on("origin").start() as server:
            path = self.create("origin", server)
            server.api.patch_sink("origin", "rows", {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 10_000, mr.IMPORT_INTERVAL: "1h"})
            self.post(path, "1", server)
            run("backup", copy, "--data-dir", folder, "--with-key-file")
            server.api.do("POST", server.api.sink_path("origin", "rows") + "/flush")
            role = self.token("origin", server=server)["role"]
            run("restore", copy, again)
            with self.server_on("again").start() as restored:
                restored.api.do("POST", restored.api.sink_path("origin", "rows") + "/flush")
                mr.check_equal(self.ids("in.c-origin.rows"), ["1"], "a row that both have")
                restored.api.patch_sink("origin", "rows", AT_ONCE)
                self.post(path, "2", restored)
                restored.api.wait_drained("origin", "rows")
                # The role is made by an import of a row of its own: what the target has already may need none.
                other = self.token("origin", server=restored)["role"]
                mr.check(self.space_of(other) != self.space_of(role), f"{other} and {role}")
                restored.stop()
            server.api.patch_sink("origin", "rows", AT_ONCE)
            self.post(path, "3", server)
            server.api.wait_drained("origin", "rows")
            mr.check_equal(self.writers("in.c-origin"), [role, other, role], "who wrote")
            server.stop()

    def where_roles_cannot_be_made_it_works_as_before_and_says_so(self):
        def check(*more):
            done = subprocess.run([self.binary, "check", "--json", "--data-dir", os.path.join(self.folder, "lesser"),
                                   *self.options("lesser"), *more], capture_output=True, text=True, check=False, timeout=60)
            return next(finding for finding in json.loads(done.stdout) if finding["what"].startswith("target warehouse"))

        with self.server_on("lesser", user="lesser").start() as server:
            path = self.create("lesser", server)
            self.post(path, "1", server)
            server.api.wait_drained("lesser", "rows")
            mr.check_equal(self.writers("in.c-lesser"), ["lesser"], "who wrote")
            token = self.token("lesser", server=server)
            mr.check(token["state"] == "refused" and token["role"] is None and "CREATEROLE" in token["reason"], repr(token))
            found = check()
            mr.check(found["ok"] and "may not create roles" in found["sentence"], repr(found))
            found = check("--target", "warehouse.roles=on")
            mr.check(not found["ok"] and "CREATEROLE" in found["sentence"], repr(found))
            with open(server.log_path, encoding="utf-8") as log:
                told = [line for line in log if "sink_roles_unused" in line or "sink_role_refused" in line]
            mr.check_equal(len(told), 1, f"lines of the log: {told}")
            server.stop()
        self.database.execute("ALTER ROLE lesser CREATEROLE")
        with self.server_on("lesser", user="lesser", roles="on").start() as server:
            server.api.do("PUT", server.api.sink_path("lesser", "rows") + "/enable")
            self.post(path, "2", server)
            server.api.wait_drained("lesser", "rows")
            mr.check_equal(self.token("lesser", server=server)["state"], "ready", "the token")
            server.stop()
        self.database.execute("ALTER ROLE lesser NOCREATEROLE")

    def wrong_options_are_one_sentence(self):
        with self.server_on("wrong", roles="maybe").launch() as server:
            mr.check(server.process.wait(20) != 0, "it starts")
            mr.check("roles must be" in server.log_tail(), server.log_tail())

    def whatever_is_killed_no_role_stays_without_its_sink(self):
        """Sinks are made, disabled, enabled and deleted while the service is killed."""
        chance = random.Random(1)
        server = self.server_on("killed")
        server.start()
        path = server.api.create_source("killed")
        for round_number in range(KILLS):
            try:
                for sink in ("a", "b", "c"):
                    body = mr.sink_body(sink, "in.c-killed." + sink, [mr.path_column("id", "id", primaryKey=True)])
                    body["table"]["target"] = "warehouse"
                    sink_path = server.api.sink_path("killed", sink)
                    server.api.call("POST", server.api.source_path("killed") + "/sinks", body)
                    for method, act in (("PUT", "/disable"), ("PUT", "/enable"), ("DELETE", "")):
                        server.api.call(method, sink_path + act)
                time.sleep(chance.random() * 0.3)
            except OSError:
                pass
            server.kill()
            server.start()
        with server:
            for sink in ("a", "b", "c"):
                answer = server.api.call("GET", server.api.sink_path("killed", sink))
                if answer.status != 200:
                    self.create_sink("killed", sink, "in.c-killed." + sink, server)
                server.api.patch_sink("killed", sink, AT_ONCE)
                server.api.do("PUT", server.api.sink_path("killed", sink) + "/enable")
            self.post(path, "last", server)
            for sink in ("a", "b", "c"):
                server.api.wait_drained("killed", sink)
                mr.check_equal(self.ids("in.c-killed." + sink), ["last"], sink)
            tokens = server.api.get(server.api.BRANCH + "/sink-tokens")["tokens"]
            mr.check_equal(len(tokens), 3, "tokens")
            space = self.space_of(tokens[0]["role"])
            server.api.do("DELETE", server.api.sink_path("killed", "c"))
            mr.wait_until(lambda: len(self.roles(space + "\\_%\\_s%")) == 2, UNUSED_AFTER_S,
                          f"the roles that are left: {self.roles(space + '%')}")


def suite(arguments):
    with postgres_database.Database() as database:
        ask_for_passwords(database)
        cases = PostgresRoles(arguments.binary, arguments.folder, database)
        with cases.server.start():
            status = mr.run_cases([case for case in (
                cases.each_sink_writes_as_a_role_of_its_own,
                cases.a_sink_of_sqlite_needs_none,
                cases.sinks_of_one_schema_write_each_others_tables,
                cases.disabling_and_enabling_is_another_password,
                cases.what_an_operator_takes_is_named_and_mended,
                cases.a_role_ends_with_its_sink_and_comes_back_with_it,
                cases.loads_are_written_by_the_role_of_the_dsn,
                cases.connections_are_bounded_for_all_roles_together,
                cases.an_installation_from_before_goes_on_and_imports_nothing_twice,
                cases.a_restored_copy_has_roles_of_its_own,
                cases.where_roles_cannot_be_made_it_works_as_before_and_says_so,
                cases.wrong_options_are_one_sentence,
                cases.whatever_is_killed_no_role_stays_without_its_sink) if arguments.case in case.__name__])
        # No password is in what any of these servers has logged.
        for path in glob.glob(os.path.join(arguments.folder, "*.log")):
            with open(path, encoding="utf-8", errors="replace") as log:
                mr.check("SCRAM-SHA-256$" not in log.read(), path)
        return status


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "postgres-roles", suite))
