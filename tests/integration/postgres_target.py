#!/usr/bin/env python3
"""Tables in PostgreSQL, from the request to the row, on the real binary and a real server.

Goal    every event that was answered 200 is in its table once, whatever is killed; what is wrong with a database is
        said in one sentence with the remedy, and holds up no other target.
Method  a server of the suite's own, which the cases stop, kill and change; rows are read with psql.
"""

import base64
import collections
import json
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
IN_GROUPS = {mr.UPLOAD_COUNT: 20, mr.IMPORT_COUNT: 60}
SENDERS = 4
ROUNDS = 9


class Load:
    """Senders that post numbered events until they are told to stop, and go on over restarts."""

    def __init__(self, server, path):
        self.server = server
        self.path = path
        self.acknowledged = collections.defaultdict(list)
        self.sent = collections.Counter()
        self.stops = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def _send(self, number):
        wire = None
        while not self.stops.is_set():
            try:
                wire = wire or mr.Wire(self.server.ingest_address(), timeout_s=5)
                name = f"{number}-{self.sent[number]}"
                self.sent[number] += 1
                answer = wire.post(self.path, json.dumps({"id": name, "key": str(self.sent[number] % 50)}).encode(),
                                   {"Content-Type": "application/json"})
                if answer is not None and answer.status == 200:
                    self.acknowledged[number].append(name)
                if answer is None or answer.status != 200:
                    wire = None
            except (OSError, TypeError, KeyError):  # no service just now; a new one says where it is
                wire = None
                self.stops.wait(mr.POLL_S)

    def count(self):
        return sum(len(names) for names in self.acknowledged.values())

    def wait_for(self, more):
        wanted = self.count() + more
        mr.wait_until(lambda: self.count() >= wanted, 60, f"{more} more events")

    def finish(self):
        self.stops.set()
        for thread in self.threads:
            thread.join()


class PostgresTarget:
    def __init__(self, binary, folder, database):
        self.binary = binary
        self.folder = folder
        self.database = database
        self.server = mr.Server(binary, os.path.join(folder, "data"), args=[
            "--target", "warehouse.kind=postgres", "--target", f"warehouse.dsn={database.dsn}"])

    def create(self, source, columns, settings=None, table=None):
        """A source with a sink in the warehouse; returns the path for events."""
        api = self.server.api
        path = api.create_source(source)
        body = mr.sink_body("rows", table or f"in.c-{source}.rows", columns)
        body["table"]["target"] = "warehouse"
        api.do("POST", f"{api.source_path(source)}/sinks", body)
        api.patch_sink(source, "rows", settings or AT_ONCE)
        return path

    def post(self, path, record):
        body = record if isinstance(record, bytes) else json.dumps(record).encode()
        with mr.Wire(self.server.ingest_address()) as wire:
            answer = wire.post(path, body, {"Content-Type": "application/json"})
            mr.check_equal(answer.status, 200, f"an event: {answer}")

    def reasons(self, source):
        path = self.server.api.sink_path(source, "rows") + "/statistics/files?failedFiles=true"
        return [file["retryReason"] for file in self.server.api.get(path)["files"]]

    def fails_with(self, source, text):
        mr.wait_until(lambda: any(text in told for told in self.reasons(source)), 30,
                      f"{source} fails with: {text}; it was {self.reasons(source)}")

    # cases, in order

    def events_become_rows_of_real_types(self):
        path = self.create("typed", [
            mr.path_column("id", "id", primaryKey=True),
            mr.path_column("price", "price", dataType="DECIMAL"),
            mr.path_column("at", "at", dataType="TIMESTAMP"),
            mr.path_column("tags", "tags", raw=False, dataType="JSON"),
            mr.path_column("a \"quoted\".name", "name")])
        self.post(path, {"id": "1", "price": 1.25, "at": "2026-01-31 10:30:00+01", "tags": ["a"], "name": "x, \"y\"\n"})
        self.post(path, {"id": "2", "price": None, "at": "2026-01-31T09:30:00Z", "tags": {}, "name": "ž"})
        self.post(path, {"id": "1", "price": 2.5, "at": "2026-01-31 10:30:00+01", "tags": ["b"], "name": "z"})
        self.server.api.wait_drained("typed", "rows")
        mr.check_equal(self.database.rows(
            'SELECT id, price, at AT TIME ZONE \'UTC\', tags->>0, "a ""quoted"".name" FROM "in.c-typed".rows ORDER BY id'),
            [["1", "2.5", "2026-01-31 09:30:00", "b", "z"], ["2", "", "2026-01-31 09:30:00", "", "ž"]], "rows")

    def a_name_that_is_too_long_is_refused_when_the_sink_is_made(self):
        api = self.server.api
        api.create_source("names")
        body = mr.sink_body("rows", "in.c-names." + "t" * 64, [mr.path_column("id", "id")])
        body["table"]["target"] = "warehouse"
        answer = api.call("POST", f"{api.source_path('names')}/sinks", body)
        mr.check_equal(answer.status, 400, repr(answer))
        mr.check("64 bytes" in answer.json()["message"], repr(answer))
        body = mr.sink_body("rows", "in.c-names.rows", [mr.path_column("c" * 64, "id")])
        body["table"]["target"] = "warehouse"
        task = api.task("POST", f"{api.source_path('names')}/sinks", body)
        mr.check_equal(task["status"], "error", repr(task))
        mr.check("64 bytes" in json.dumps(task), repr(task))

    def a_table_that_differs_is_named_and_mended(self):
        path = self.create("differs", [mr.path_column("id", "id"), mr.path_column("name", "name")])
        self.database.execute('ALTER TABLE "in.c-differs".rows ALTER name TYPE varchar(3)')
        self.post(path, {"id": "1", "name": "long enough"})
        self.fails_with("differs", 'column "name" has the type character varying(3), expected text')
        self.database.execute('ALTER TABLE "in.c-differs".rows ALTER name TYPE text')
        self.server.api.wait_drained("differs", "rows")
        mr.check_equal(self.database.rows('SELECT * FROM "in.c-differs".rows'), [["1", "long enough"]], "rows")

    def a_table_that_is_gone_is_made_anew_by_enable(self):
        path = self.create("gone", [mr.path_column("id", "id")])
        self.database.execute('DROP SCHEMA "in.c-gone" CASCADE')
        self.post(path, {"id": "1"})
        self.fails_with("gone", "does not exist")
        self.server.api.do("PUT", self.server.api.sink_path("gone", "rows") + "/enable")
        self.server.api.wait_drained("gone", "rows")
        mr.check_equal(self.database.rows('SELECT * FROM "in.c-gone".rows'), [["1"]], "rows")

    def a_database_that_is_away_holds_up_no_other_target(self):
        """Also at the start; its rows wait, and are imported once it is back."""
        path = self.create("away", [mr.path_column("id", "id")])
        other = self.server.api.create_source("near")
        self.server.api.create_sink("near", "rows", "in.c-near.rows", [mr.path_column("id", "id")], AT_ONCE)
        self.database.stop()
        self.post(path, {"id": "1"})
        self.fails_with("away", "cannot be reached")
        self.server.stop()
        self.server.start()
        with open(self.server.log_path, encoding="utf-8") as log:
            told = [json.loads(line) for line in log if '"target_unreachable"' in line]
        mr.check(told and told[-1]["target"] == "warehouse" and "cannot be reached" in told[-1]["cause"], repr(told))
        self.post(path, {"id": "2"})
        self.post(other, {"id": "1"})
        self.server.api.wait_drained("near", "rows")
        mr.check_equal(self.server.api.records_at("away", "rows", "target"), 0, "rows in a database that is away")
        body = mr.sink_body("more", "in.c-away.more", [mr.path_column("id", "id")])
        body["table"]["target"] = "warehouse"
        task = self.server.api.task("POST", f"{self.server.api.source_path('away')}/sinks", body)
        mr.check_equal(task["status"], "error", "a sink of a database that is away")
        self.database.start()
        self.server.api.wait_drained("away", "rows")
        mr.check_equal(self.database.rows('SELECT id FROM "in.c-away".rows ORDER BY 1'), [["1"], ["2"]], "rows")

    def rejects(self, source, sink="rows"):
        """All of them, by pages."""
        found = []
        while True:
            after = f"&afterId={found[-1]['rejectId']}" if found else ""
            page = self.server.api.get(f"{self.server.api.sink_path(source, sink)}/rejects?limit=100{after}")["rejects"]
            if not page:
                return found
            found += page

    def check_ledger(self, source, sink, **expected):
        ledger = self.server.api.get(self.server.api.sink_path(source, sink) + "/ledger")
        for place, rows in expected.items():
            mr.check_equal(ledger[place], rows, f"{place} of the ledger {ledger}")

    def rows_that_the_table_refuses_are_rejects_and_the_others_are_imported(self):
        """A constraint, NOT NULL, a range and a trigger; with and without a key. Then they are retried as they are."""
        columns = [mr.path_column("id", "id"), mr.path_column("price", "price", dataType="INTEGER"),
                   mr.path_column("name", "name")]
        sent = [{"id": str(number), "price": number, "name": "fine\nand \"long\""} for number in range(40)]
        bad = {3: ({"price": -1}, "refused-price"), 11: ({"price": 99999}, "smallint out of range"),
               17: ({"name": "left"}, "no names on the left"), 39: ({"price": None}, "null value in column")}
        for number, (change, _) in bad.items():
            sent[number].update(change)
        settings = {mr.UPLOAD_COUNT: 20, mr.IMPORT_COUNT: len(sent)}
        path = self.create("refused", columns, settings)
        keyed = mr.sink_body("keyed", "in.c-refused.keyed", [dict(columns[0], primaryKey=True)] + columns[1:])
        keyed["table"]["target"] = "warehouse"
        self.server.api.do("POST", f"{self.server.api.source_path('refused')}/sinks", keyed)
        self.server.api.patch_sink("refused", "keyed", settings)
        self.database.execute('''CREATE FUNCTION no_left() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN IF NEW.name = 'left' THEN RAISE EXCEPTION 'no names on the left'; END IF; RETURN NEW; END $$''')
        for table in ("rows", "keyed"):
            self.database.execute(f'''ALTER TABLE "in.c-refused".{table} ALTER price SET NOT NULL,
                ADD CONSTRAINT "refused-price" CHECK (price >= 0), ADD CONSTRAINT small CHECK (price::int2 IS NOT NULL)''')
            self.database.execute(f'''CREATE TRIGGER no_left BEFORE INSERT ON "in.c-refused".{table}
                FOR EACH ROW EXECUTE FUNCTION no_left()''')
        for record in sent:
            self.post(path, record)
        good = sorted([[str(record["id"]), str(record["price"])] for number, record in enumerate(sent) if number not in bad])
        for sink in ("rows", "keyed"):
            self.server.api.wait_drained("refused", sink)
            self.check_ledger("refused", sink, accepted=40, target=36, keptRejects=4)
            mr.check_equal(sorted(self.database.rows(f'SELECT id, price FROM "in.c-refused".{sink}')), good, sink)
            rejects = self.rejects("refused", sink)
            mr.check_equal([reject["values"]["id"] for reject in rejects], [str(number) for number in bad], "rejects")
            for reject, (number, (_, words)) in zip(rejects, bad.items()):
                mr.check(words in reject["message"], f"{reject['message']}, and not {words}")
                mr.check_equal(reject["error"], "stream.import.rowRefused", "error")
                mr.check_equal(reject["expiresAt"], None, "it never expires")
                price = sent[number]["price"]
                mr.check_equal(reject["values"]["price"], None if price is None else str(price), repr(reject))
                mr.check("999" not in reject["message"], "no value is in the words")
            task = self.server.api.task("POST", f"{self.server.api.sink_path('refused', sink)}/rejects/retry")
            mr.check_equal(task["result"], "4 rejects were accepted, 0 are rejected still.", repr(task))
            self.server.api.patch_sink("refused", sink, AT_ONCE)
            self.server.api.wait_drained("refused", sink)
            again = self.rejects("refused", sink)
            mr.check_equal(len(again), 4, "refused again, and rejects again")
            mr.check(again[0]["fileId"] != rejects[0]["fileId"], "with their new place")
            self.check_ledger("refused", sink, accepted=40, target=36, keptRejects=4)
            self.database.execute(f'''ALTER TABLE "in.c-refused".{sink} ALTER price DROP NOT NULL,
                DROP CONSTRAINT "refused-price", DROP CONSTRAINT small''')
            self.database.execute(f'DROP TRIGGER no_left ON "in.c-refused".{sink}')
            self.server.api.task("POST", f"{self.server.api.sink_path('refused', sink)}/rejects/retry")
            self.server.api.wait_drained("refused", sink)
            mr.check_equal(self.rejects("refused", sink), [], "rejects")
            self.check_ledger("refused", sink, accepted=40, target=40, keptRejects=0)
            mr.check_equal(self.database.rows(f'SELECT count(*), count(DISTINCT id) FROM "in.c-refused".{sink}'),
                           [["40", "40"]], "rows")

    def a_table_that_refuses_too_many_rows_leaves_the_file_whole(self):
        rows = 1001
        path = self.create("many", [mr.path_column("id", "id")], {mr.UPLOAD_COUNT: rows, mr.IMPORT_COUNT: rows})
        self.database.execute('ALTER TABLE "in.c-many".rows ADD CONSTRAINT nothing CHECK (false)')
        with mr.Wire(self.server.ingest_address()) as wire:
            for number in range(rows):
                answer = wire.post(path, json.dumps({"id": str(number)}).encode(), {"Content-Type": "application/json"})
                mr.check_equal(answer.status, 200, repr(answer))
        self.fails_with("many", "refuses more than 1000 rows")
        self.fails_with("many", 'violates check constraint "nothing"')
        mr.check_equal(self.rejects("many"), [], "rejects")
        self.database.execute('ALTER TABLE "in.c-many".rows DROP CONSTRAINT nothing')
        self.server.api.wait_drained("many", "rows")
        self.check_ledger("many", "rows", target=rows, keptRejects=0)

    def what_a_deferred_constraint_refuses_is_a_reject(self):
        path = self.create("deferred", [mr.path_column("id", "id")], {mr.UPLOAD_COUNT: 2, mr.IMPORT_COUNT: 2})
        self.database.execute('ALTER TABLE "in.c-deferred".rows ADD CONSTRAINT once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED')
        for _ in range(2):
            self.post(path, {"id": "1"})
        self.server.api.wait_drained("deferred", "rows")
        self.check_ledger("deferred", "rows", target=1, keptRejects=1)
        reject = self.rejects("deferred")[0]
        mr.check('violates unique constraint "once"' in reject["message"], f"{reject}")
        self.database.execute('ALTER TABLE "in.c-deferred".rows DROP CONSTRAINT once')
        self.server.api.patch_sink("deferred", "rows", AT_ONCE)
        self.server.api.task("POST", f"{self.server.api.sink_path('deferred', 'rows')}/rejects/retry")
        self.server.api.wait_drained("deferred", "rows")
        self.check_ledger("deferred", "rows", target=2, keptRejects=0)

    def whatever_is_killed_each_refused_row_is_a_reject_once(self):
        """Each third row is refused; service and database are killed amid the imports."""
        columns = [mr.path_column("id", "id"), mr.path_column("key", "key", dataType="INTEGER")]
        path = self.create("picky", columns, IN_GROUPS)
        self.database.execute('ALTER TABLE "in.c-picky".rows ADD CONSTRAINT thirds CHECK (key % 3 <> 0)')
        load = Load(self.server, path)
        try:
            for number in range(ROUNDS // 2):
                load.wait_for(800)
                if number % 3 != 1:
                    self.database.kill()
                if number % 3 != 0:
                    self.server.kill()
                    self.server.start()
                load.wait_for(300)
                if self.database.process is None:
                    self.database.start()
            load.wait_for(300)
        finally:
            load.finish()
        self.server.api.patch_sink("picky", "rows", AT_ONCE)
        self.post(path, {"id": "last", "key": "1"})
        self.server.api.wait_drained("picky", "rows")
        rows = self.database.rows('SELECT id, key FROM "in.c-picky".rows')
        rejects = [(reject["values"]["id"], reject["values"]["key"]) for reject in self.rejects("picky")]
        mr.check_equal([row for row in rows if int(row[1]) % 3 == 0], [], "rows that the table refuses")
        mr.check_equal([row for row in rejects if int(row[1]) % 3 != 0], [], "rejects that the table would take")
        mr.check(rejects, "there are rejects")
        found = collections.Counter(row[0] for row in rows + rejects)
        mr.check_equal([name for name, count in found.items() if count > 1], [], "rows that are there twice")
        acknowledged = {name for names in load.acknowledged.values() for name in names}
        mr.check_equal(sorted(acknowledged - set(found)), [], "acknowledged, and nowhere")
        self.check_ledger("picky", "rows", accepted=len(rows) + len(rejects), target=len(rows), keptRejects=len(rejects))

    def whatever_is_killed_each_acknowledged_event_is_there_once(self):
        columns = [mr.path_column("id", "id"), mr.path_column("key", "key")]
        path = self.create("killed", columns, IN_GROUPS)
        keyed = mr.sink_body("keyed", "in.c-killed.keyed", [
            mr.path_column("key", "key", primaryKey=True), mr.path_column("id", "id")])
        keyed["table"]["target"] = "warehouse"
        self.server.api.do("POST", f"{self.server.api.source_path('killed')}/sinks", keyed)
        self.server.api.patch_sink("killed", "keyed", IN_GROUPS)
        load = Load(self.server, path)
        try:
            for number in range(ROUNDS):
                load.wait_for(1500)
                if number % 3 != 1:
                    self.database.kill()
                if number % 3 != 0:
                    self.server.kill()
                    self.server.start()
                load.wait_for(500)
                if self.database.process is None:
                    self.database.start()
            load.wait_for(500)
        finally:
            load.finish()
        for sink in ("rows", "keyed"):
            self.server.api.patch_sink("killed", sink, AT_ONCE)
        self.post(path, {"id": "last", "key": "0"})
        for sink in ("rows", "keyed"):
            self.server.api.wait_drained("killed", sink)
        found = collections.Counter(row[0] for row in self.database.rows('SELECT id FROM "in.c-killed".rows'))
        twice = [name for name, count in found.items() if count > 1]
        mr.check_equal(twice, [], "rows that are there twice")
        acknowledged = {name for names in load.acknowledged.values() for name in names}
        mr.check_equal(sorted(acknowledged - set(found)), [], "acknowledged, and not there")
        sent = {f"{number}-{place}" for number, count in load.sent.items() for place in range(count)}
        mr.check_equal(sorted(set(found) - sent - {"last"}), [], "rows that nobody sent")
        mr.check_equal(self.database.rows('SELECT count(*), count(DISTINCT key) FROM "in.c-killed".keyed'), [["50", "50"]],
                       "one row a key")
        mr.check_equal(self.database.rows('SELECT id FROM "in.c-killed".keyed EXCEPT SELECT id FROM "in.c-killed".rows'), [],
                       "rows of keys that no event made")

    def loads_filter_rows_whose_key_is_too_long(self):
        """PostgreSQL would refuse the whole load; of a key that it can compress it would not, but the promise is one."""
        columns = [{"name": "id", "primaryKey": True}, {"name": "n", "dataType": "INTEGER", "primaryKey": True},
                   {"name": "name"}]
        self.server.api.call("POST", mr.Api.BRANCH + "/tables",
                           {"tableId": "in.c-loads.keys", "target": "warehouse", "columns": columns})
        host, port = self.server.ingest_address()
        url = f"http://{host}:{port}"
        key = random.randbytes(3000).hex()
        fits, too_long, repeated = key[:2583], key[:2584], "x" * 3000
        body = f"{fits},1,a\n{too_long},1,b\n{repeated},1,c\n{key},1,d\nshort,1,e\n"
        headers = {"Authorization": "Basic " + base64.b64encode(f"root:{mr.TOKEN}".encode()).decode(),
                   "column_separator": ",", "max_filter_ratio": "1"}
        told = mr.request(url, "PUT", "/api/loads/keys/_stream_load", body.encode(), headers, timeout_s=60).json()
        mr.check_equal((told["Status"], told["NumberLoadedRows"], told["NumberFilteredRows"]), ("Success", 2, 3), repr(told))
        two_phase = {**headers, "two_phase_commit": "true"}
        told = mr.request(url, "PUT", "/api/loads/keys/_stream_load", body.encode(), two_phase, timeout_s=60).json()
        mr.check_equal((told["Status"], told["NumberFilteredRows"]), ("Success", 3), repr(told))
        given = {"Authorization": f"Bearer {mr.TOKEN}", "Content-Type": "text/csv"}
        # The column with which it becomes too long is named.
        for name, status, column in ((too_long, 422, "n"), (repeated, 422, "id"), (fits[1:], 200, None)):
            answer = mr.request(url, "POST", "/upload?table=in.c-loads.keys", f"id,n,name\n{name},1,u\n".encode(), given,
                                timeout_s=60)
            mr.check_equal(answer.status, status, repr(answer))
            told = answer.json()
            if status == 422:
                mr.check("the primary key is longer than 2600 bytes" in told["message"], repr(told))
                mr.check_equal((told["row"], told["column"]), (1, column), repr(told))
        mr.check_equal(self.database.rows('SELECT length(id), name FROM "in.c-loads".keys ORDER BY name'),
                       [["2583", "a"], ["5", "e"], ["2582", "u"]], "rows")

    def wrong_options_are_one_sentence(self):
        for options, text in (
                ([], "needs one of dsn and dsn-file"),
                (["dsn=nonsense password=hidden"], "is no connection string of PostgreSQL"),
                (["dsn=dbname=x", "connections=0"], "connections must be a number from 1 to 100"),
                (["dsn=dbname=x", "connect-timeout=soon"], "connect-timeout must be a time"),
                (["dsn-file=/none"], "dsn-file")):
            arguments = ["--target", "bad.kind=postgres"]
            for option in options:
                arguments += ["--target", f"bad.{option}"]
            with mr.Server(self.binary, os.path.join(self.folder, "bad"), args=arguments).launch() as server:
                mr.check(server.process.wait(20) != 0, f"it starts with {options}")
                tail = server.log_tail()
                mr.check(text in tail, f"not said of {options}: {text}\n{tail}")
                mr.check("hidden" not in tail, f"a password is in the log: {tail}")

    def the_default_target_may_be_postgres(self):
        """With a dsn that is in a file."""
        path = os.path.join(self.folder, "dsn")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.database.dsn + "\n")
        arguments = ["--target", "default.kind=postgres", "--target", f"default.dsn-file={path}"]
        with mr.Server(self.binary, os.path.join(self.folder, "default"), args=arguments).start() as server:
            events = server.api.create_source("plain")
            server.api.create_sink("plain", "rows", "in.c-plain.rows", [{"type": "body", "name": "body"}], AT_ONCE)
            with mr.Wire(server.ingest_address()) as wire:
                mr.check_equal(wire.post(events, b"hello").status, 200, "an event")
            server.api.wait_drained("plain", "rows")
            mr.check_equal(self.database.rows('SELECT body FROM "in.c-plain".rows'), [["hello"]], "rows")
            server.api.do("DELETE", server.api.sink_path("plain", "rows"))
            mr.check_equal(server.stop(), 0, "exit status")


def suite(arguments):
    with postgres_database.Database() as database:
        cases = PostgresTarget(arguments.binary, arguments.folder, database)
        with cases.server.start():
            return mr.run_cases([case for case in (
                cases.events_become_rows_of_real_types,
                cases.a_name_that_is_too_long_is_refused_when_the_sink_is_made,
                cases.a_table_that_differs_is_named_and_mended,
                cases.a_table_that_is_gone_is_made_anew_by_enable,
                cases.a_database_that_is_away_holds_up_no_other_target,
                cases.rows_that_the_table_refuses_are_rejects_and_the_others_are_imported,
                cases.a_table_that_refuses_too_many_rows_leaves_the_file_whole,
                cases.what_a_deferred_constraint_refuses_is_a_reject,
                cases.whatever_is_killed_each_refused_row_is_a_reject_once,
                cases.whatever_is_killed_each_acknowledged_event_is_there_once,
                cases.loads_filter_rows_whose_key_is_too_long,
                cases.wrong_options_are_one_sentence,
                cases.the_default_target_may_be_postgres) if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "postgres-target", suite))
