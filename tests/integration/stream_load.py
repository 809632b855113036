#!/usr/bin/env python3
"""Stream Load on the real binary: what a client of Apache Doris sends, and what is in the table afterwards.

Goal    a client of Doris works unchanged: its loads are in their tables once and whole, whatever is killed or cut, and
        its answers are those that it knows.
Method  curl as the manual of Doris writes it, raw sockets for what no library sends, and the tables read as SQLite
        files.
"""

import base64
import bz2
import concurrent.futures
import gzip
import http.client
import json
import os
import sqlite3
import shutil
import socket
import subprocess
import sys
import threading
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

TABLE = "test_streamload"
PERSONS = "".join(f"{number},name{number},{20 + number}\n" for number in range(1, 11))


def basic(password, user="root"):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()



class Loads:
    def __init__(self, server):
        self.server = server
        self.password = mr.TOKEN
        self.made = 0

    # what clients do

    def address(self):
        host, port = self.server.ingest_address()
        return f"{host}:{port}"

    def call(self, method, path, body=None, headers=None, password=None):
        given = {"Authorization": basic(self.password if password is None else password), **(headers or {})}
        return mr.request(f"http://{self.address()}", method, path, body, given, timeout_s=60)

    def load(self, body, table, headers=None, **more):
        answer = self.call("PUT", f"/api/testdb/{table}/_stream_load", body, headers, **more)
        mr.check_equal(answer.status, 200, f"status of a load: {answer}")
        return answer.json()

    def loaded(self, body, table, headers=None, status="Success"):
        answer = self.load(body, table, headers)
        mr.check_equal(answer["Status"], status, f"a load: {answer}")
        return answer

    def two_phase(self, operation, **which):
        headers = {"txn_operation": operation, **{name: str(value) for name, value in which.items()}}
        return self.call("PUT", "/api/testdb/_stream_load_2pc", headers=headers).json()

    def table(self, columns=None, name=None):
        """A new table; returns its name."""
        self.made += 1
        name = name or f"t{self.made}"
        columns = columns or [("id", "INTEGER", True), ("name", "STRING", False), ("age", "INTEGER", False)]
        body = {"tableId": f"in.c-testdb.{name}",
                "columns": [{"name": column, "dataType": data_type, "primaryKey": key, "nullable": not key}
                            for column, data_type, key in columns]}
        answer = self.server.api.call("POST", mr.Api.BRANCH + "/tables", body)
        mr.check(answer.status in (200, 201), f"a table: {answer}")
        return name

    def rows(self, table, what="*", rest="ORDER BY 1"):
        return self.server.rows(f"in.c-testdb.{table}", what, rest)

    # cases

    def the_quick_start_works_word_by_word(self):
        """`--location-trusted -u root:` is of the manual; here root needs no password by the configuration."""
        if shutil.which("curl") is None:
            mr.skip("no curl")
        self.table(name=TABLE, columns=[("user_id", "INTEGER", True), ("name", "STRING", False),
                                        ("age", "INTEGER", False)])
        path = os.path.join(os.path.dirname(self.server.data_dir), "streamload_example.csv")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PERSONS)
        command = ["curl", "--silent", "--show-error", "--location-trusted", "-u", "root:", "-H", "Expect:100-continue",
                   "-H", "label:orders_2024_06_01", "-H", "column_separator:,", "-H", "columns:user_id,name,age",
                   "-T", path, "-XPUT", f"http://{self.address()}/api/testdb/{TABLE}/_stream_load"]
        first = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
        mr.check_equal({key: first[key] for key in ("Label", "Status", "NumberTotalRows", "NumberLoadedRows",
                                                    "NumberFilteredRows", "LoadBytes")},
                       {"Label": "orders_2024_06_01", "Status": "Success", "NumberTotalRows": 10,
                        "NumberLoadedRows": 10, "NumberFilteredRows": 0, "LoadBytes": len(PERSONS)}, "the answer")
        mr.check_equal(len(self.rows(TABLE)), 10, "rows when it is answered")
        second = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
        mr.check_equal(second["Status"], "Label Already Exists", f"the same again: {second}")
        mr.check_equal((second["ExistingJobStatus"], second["ExistingLoadedRows"]), ("FINISHED", 10), "the first")
        mr.check_equal(len(self.rows(TABLE)), 10, "rows after the second")

    def values_have_the_types_of_their_columns(self):
        table = self.table()
        self.loaded("1,a,\\N\n2,,7\n3,\"x\",8\n", table, {"column_separator": ","})
        mr.check_equal(self.rows(table, "id, name, age"), [(1, "a", None), (2, "", 7), (3, '"x"', 8)], "rows")

    def two_phases_survive_a_kill(self):
        table = self.table()
        held = self.loaded(PERSONS, table, {"column_separator": ",", "label": "held", "two_phase_commit": "true"})
        gone = self.loaded(PERSONS, table, {"column_separator": ",", "label": "gone", "two_phase_commit": "true"})
        mr.check_equal(held["TwoPhaseCommit"], "true", "TwoPhaseCommit")
        mr.check_equal(self.rows(table), [], "rows before the commit")
        self.server.kill()
        self.server.start()
        again = self.load(PERSONS, table, {"column_separator": ",", "label": "held"})
        mr.check_equal(again["ExistingJobStatus"], "PRECOMMITTED", f"after the kill: {again}")
        answer = self.two_phase("commit", txn_id=held["TxnId"])
        mr.check_equal(answer, {"status": "Success", "msg": f"transaction [{held['TxnId']}] commit successfully."},
                       "the commit")
        mr.wait_until(lambda: len(self.rows(table)) == 10, 30, "rows of the commit")
        answer = self.two_phase("abort", label="gone")
        mr.check_equal(answer["msg"], f"label [gone] transaction [{gone['TxnId']}] abort successfully.", "the abort")

        def is_visible():
            answer = self.two_phase("commit", txn_id=held["TxnId"])
            mr.check_equal(answer["status"], "Success", f"a second commit: {answer}")
            return "is already visible, not pre-committed." in answer["msg"]

        mr.wait_until(is_visible, 30, "the commit is visible")
        answer = self.two_phase("commit", label="gone")
        mr.check("already aborted. abort reason: User Abort" in answer["msg"], f"commit of an aborted one: {answer}")
        mr.check_equal(len(self.rows(table)), 10, "rows in the end")
        state = self.call("GET", "/api/testdb/get_load_state?label=held").json()
        mr.check_equal(state["data"], "VISIBLE", "the state")

    def a_kill_while_the_body_comes_loads_nothing(self):
        table = self.table()
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, "label: cut\r\ncolumn_separator: ,\r\nContent-Length: 100000\r\n") +
                      PERSONS.encode())
            mr.wait_until(lambda: self.call("GET", "/api/testdb/get_load_state?label=cut").json()["data"] == "PREPARE",
                          30, "the load has begun")
            self.server.kill()
        self.server.start()
        self.loaded(PERSONS, table, {"column_separator": ",", "label": "cut"})
        mr.check_equal(len(self.rows(table)), 10, "rows")

    def head(self, table, headers):
        return (f"PUT /api/testdb/{table}/_stream_load HTTP/1.1\r\nHost: {self.address()}\r\n"
                f"Authorization: {basic(self.password)}\r\n{headers}\r\n").encode()

    def chunks_are_a_body(self):
        table = self.table()

        def pieces():
            for line in PERSONS.encode().splitlines(keepends=True):
                yield line[:3]
                yield line[3:]

        connection = http.client.HTTPConnection(self.address(), timeout=60)
        connection.request("PUT", f"/api/testdb/{table}/_stream_load", body=pieces(), encode_chunked=True, headers={
            "Authorization": basic(self.password), "Transfer-Encoding": "chunked", "column_separator": ","})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        mr.check_equal(answer["NumberLoadedRows"], 10, f"in chunks: {answer}")
        mr.check_equal(len(self.rows(table)), 10, "rows")

    def compressed_bodies_are_decoded_once(self):
        bodies = [("gz", gzip.compress(PERSONS.encode()), {"compress_type": "GZ"}),
                  ("both", gzip.compress(PERSONS.encode()), {"compress_type": "gz", "Content-Encoding": "gzip"}),
                  ("encoding", gzip.compress(PERSONS.encode()), {"Content-Encoding": "gzip"}),
                  ("deflate", zlib.compress(PERSONS.encode()), {"compress_type": "deflate"}),
                  ("bz2", bz2.compress(PERSONS.encode()), {"compress_type": "bz2"})]
        for name, body, headers in bodies:
            table = self.table()
            answer = self.loaded(body, table, {"column_separator": ",", **headers})
            mr.check_equal((answer["NumberLoadedRows"], answer["LoadBytes"]), (10, len(body)), f"{name}: {answer}")
            mr.check_equal(len(self.rows(table)), 10, f"rows of {name}")
        answer = self.load(b"\x1f\x8b\x08nothing", self.table(), {"compress_type": "gz"})
        mr.check_equal(answer["Status"], "Fail", f"a damaged body: {answer}")
        answer = self.loaded(b"", self.table(), {"compress_type": "gz", "two_phase_commit": "true"})
        mr.check_equal(answer["NumberTotalRows"], 0, "an empty body")

    def json_is_read_by_line_or_as_an_array(self):
        lines = "".join(json.dumps({"id": n, "name": f"n{n}", "age": n, "other": [n]}) + "\n" for n in range(5))
        array = json.dumps([{"id": n, "name": None, "age": n} for n in range(5)])
        for body, headers in [(lines, {"read_json_by_line": "true"}), (lines, {}), (array, {"strip_outer_array": "true"})]:
            table = self.table()
            answer = self.loaded(body, table, {"format": "json", **headers})
            mr.check_equal(answer["NumberLoadedRows"], 5, f"JSON: {answer}")
            mr.check_equal(len(self.rows(table)), 5, "rows")

    def bad_rows_are_counted_and_listed(self):
        table = self.table()
        body = "1,a,1\nx,b,2\n3,c,3,4\n"
        answer = self.load(body, table, {"column_separator": ",", "strict_mode": "true", "label": "rows"})
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("too many filtered rows" in answer["Message"], answer["Message"])
        mr.check_equal((answer["NumberTotalRows"], answer["NumberLoadedRows"], answer["NumberFilteredRows"]),
                       (3, 0, 2), f"counts: {answer}")
        mr.check_equal(self.rows(table), [], "rows of a failed load")
        answer = self.loaded(body, table, {"column_separator": ",", "strict_mode": "true", "label": "rows",
                                           "max_filter_ratio": "0.7"})
        mr.check_equal(answer["NumberLoadedRows"], 1, f"{answer}")
        url = urllib.parse.urlsplit(answer["ErrorURL"])
        mr.check_equal(url.netloc, self.address(), "the address of the list")
        listed = mr.request(f"http://{url.netloc}", "GET", f"{url.path}?{url.query}").body.decode()
        mr.check_equal(listed.count("Reason: "), 2, listed)
        mr.check("src line [x,b,2]" in listed, listed)
        mr.check_equal(len(self.rows(table)), 1, "rows")

    def a_row_that_the_table_refuses_fails_the_load_or_sets_it_aside(self):
        """By whether its client has heard of the commit; never is a part of it in the table."""
        table = self.table()
        database = sqlite3.connect(self.server.table_path(f"in.c-testdb.{table}")[0])
        database.execute(f"CREATE TRIGGER picky BEFORE INSERT ON {table} WHEN NEW.name = 'b'"
                         " BEGIN SELECT raise(ABORT, 'no b is wanted'); END")
        database.commit()
        body = "1,a,1\n2,b,2\n3,c,3\n"
        answer = self.load(body, table, {"column_separator": ",", "label": "refused"})
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("no b is wanted" in answer["Message"], f"{answer}")
        url = urllib.parse.urlsplit(answer["ErrorURL"])
        listed = mr.request(f"http://{url.netloc}", "GET", f"{url.path}?{url.query}").body.decode()
        mr.check("Reason: row 2 of slice 1: " in listed and "no b is wanted" in listed, listed)
        mr.check_equal(self.rows(table), [], "rows of a failed load")

        held = self.loaded(body, table, {"column_separator": ",", "label": "refused", "two_phase_commit": "true"})
        mr.check_equal(self.two_phase("commit", txn_id=held["TxnId"])["status"], "Success", "a commit")
        path = f"{mr.Api.BRANCH}/loads/{held['TxnId']}/file"
        mr.wait_until(lambda: self.server.api.get(path)["state"] == "setAside", 30, f"{self.server.api.get(path)}")
        mr.check("row 2 of slice 1: " in self.server.api.get(path)["setAsideReason"], "the reason")
        self.loaded("4,d,4\n", table, {"column_separator": ","})
        mr.check_equal(self.rows(table, "id"), [(4,)], "later loads come through")
        rows = self.server.api.call("GET", path + "/rows").body.decode()
        mr.check_equal(len(rows.splitlines()), 4, rows)
        database.execute("DROP TRIGGER picky")
        database.commit()
        database.close()
        mr.check_equal(self.server.api.call("POST", path + "/restore").status, 200, "restore")
        mr.wait_until(lambda: len(self.rows(table)) == 4, 30, "the rows of the load")

    def a_load_whose_rows_are_discarded_is_aborted(self):
        table = self.table()
        database = sqlite3.connect(self.server.table_path(f"in.c-testdb.{table}")[0])
        database.execute(f"CREATE TRIGGER picky BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'nothing is wanted'); END")
        database.commit()
        body = "1,a,1\n"
        headers = {"column_separator": ",", "label": "discarded"}
        number = self.loaded(body, table, {**headers, "group_commit": "async_mode"})["TxnId"]
        path = f"{mr.Api.BRANCH}/loads/{number}/file"
        state = lambda: self.call("GET", "/api/testdb/get_load_state?label=discarded").json()["data"]  # noqa: E731
        mr.wait_until(lambda: self.server.api.get(path)["state"] == "setAside", 30, "the file")
        mr.check_equal(state(), "COMMITTED", "the state")
        mr.check_equal(self.server.api.call("POST", path + "/discard").status, 200, "discard")
        mr.check_equal(state(), "ABORTED", "the state")
        database.execute("DROP TRIGGER picky")
        database.commit()
        database.close()
        self.loaded(body, table, headers)
        mr.check_equal((state(), len(self.rows(table))), ("VISIBLE", 1), "the label is free")

    def a_hundred_loads_at_once_are_all_there(self):
        table = self.table()

        def one(number):
            body = "".join(f"{number * 100 + row},n,{row}\n" for row in range(20))
            return self.load(body, table, {"column_separator": ",", "label": f"many-{number}"})["Status"]

        with concurrent.futures.ThreadPoolExecutor(100) as pool:
            told = list(pool.map(one, range(100)))
        mr.check_equal(set(told), {"Success"}, "answers")
        mr.check_equal(self.rows(table, "count(*), count(DISTINCT id)", ""), [(2000, 2000)], "rows")

    def who_may_not_is_told(self):
        table = self.table()
        answer = self.call("PUT", f"/api/testdb/{table}/_stream_load", PERSONS, password="wrong")
        mr.check_equal((answer.status, answer.json()["Status"]), (401, "Fail"), f"{answer}")
        made = self.server.api.call("POST", "/v1/tokens", {"description": "loader", "role": "load",
                                                            "buckets": ["in.c-testdb"]}).json()
        token = made["token"]
        answer = self.call("PUT", f"/api/testdb/{table}/_stream_load", PERSONS, {"column_separator": ","}, token)
        mr.check_equal(answer.json()["Status"], "Success", f"{answer}")
        answer = self.call("PUT", "/api/otherdb/t/_stream_load", PERSONS, password=token).json()
        mr.check("Access denied" in answer["Message"], f"{answer}")

    def a_body_without_length_is_no_empty_load(self):
        table = self.table()
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, "Expect: 100-continue\r\n"))
            answer = wire.answer().json()
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("content_length is empty and transfer-encoding!=chunked" in answer["Message"], answer["Message"])

    def a_body_that_is_cut_loads_nothing(self):
        table = self.table()
        for sent in range(len(PERSONS)):
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send(self.head(table, f"label: short-{sent}\r\ncolumn_separator: ,\r\n"
                                    f"Content-Length: {len(PERSONS)}\r\n") + PERSONS.encode()[:sent])
        for sent in range(len(PERSONS)):
            state = f"/api/testdb/get_load_state?label=short-{sent}"
            # What went at once may not have begun.
            mr.wait_until(lambda: self.call("GET", state).json()["data"] in ("ABORTED", "UNKNOWN"), 30, "cut loads are aborted")
        mr.check_equal(self.rows(table), [], "rows")
        mr.wait_until(lambda: self.load(PERSONS, table, {"label": "short-60", "column_separator": ","})["Status"] ==
                      "Success", 30, "the label is free")

    def a_client_that_ends_its_side_early_is_answered(self):
        """It may have meant more bytes than it had; the load is aborted, and it is told."""
        table = self.table()
        for number, framing in enumerate(("Content-Length: 1000\r\n", "Transfer-Encoding: chunked\r\n")):
            body = PERSONS if "Length" in framing else f"{len(PERSONS):x}\r\n{PERSONS}\r\n"
            with mr.Wire(self.server.ingest_address()) as wire:
                wire.send(self.head(table, f"label: torn-{number}\r\ncolumn_separator: ,\r\n" + framing) + body.encode())
                wire.socket.shutdown(socket.SHUT_WR)
                answer = wire.answer().json()
            mr.check_equal(answer["Status"], "Fail", f"{answer}")
            mr.check(f"[NETWORK_ERROR]receive body don't equal with body bytes: the client has ended its side after "
                     f"{len(PERSONS)} bytes" in answer["Message"], f"{answer}")
            self.loaded(PERSONS, table, {"label": f"torn-{number}", "column_separator": ","})

    def what_is_announced_and_does_not_fit_is_not_asked_for(self):
        """A disk that has 200 MB above the reserve, and a body of 5 GB."""
        folder = self.server.data_dir + "-announced"
        reserve = (shutil.disk_usage(self.server.data_dir).free >> 20) - 200
        with mr.Server(self.server.binary, folder, args=["--limits.disk-reserve", f"{reserve}MB"]).start() as server:
            loads = Loads(server)
            table = loads.table()
            with mr.Wire(server.ingest_address()) as wire:
                wire.send(loads.head(table, f"label: large\r\nExpect: 100-continue\r\nContent-Length: {5 << 30}\r\n"))
                answer = wire.answer()
            mr.check_equal(answer.status, 200, "the answer, no 100 Continue")
            mr.check("unavailable for the moment: The disk is full for 5GB" in answer.json()["Message"], f"{answer!r}")
            state = loads.call("GET", "/api/testdb/get_load_state?label=large").json()
            mr.check_equal(state["data"], "UNKNOWN", "its label")
            server.stop()
        shutil.rmtree(folder)

    def rows_that_wait_for_their_table_say_why(self):
        """The load is committed, and the answer tells what keeps its rows."""
        table = self.table()
        self.rename_column(table, "name", "other")
        answer = self.load(PERSONS, table, {"label": "waits", "column_separator": ",", "timeout": "5"})
        mr.check_equal(answer["Status"], "Publish Timeout", f"{answer}")
        mr.check("data will be visible later, once this is mended: " in answer["Message"], f"{answer}")
        again = self.load(PERSONS, table, {"label": "waits", "column_separator": ","})
        mr.check_equal(again["Status"], "Label Already Exists", f"{again}")
        mr.check("once this is mended" in again["Message"], f"{again}")
        self.rename_column(table, "other", "name")
        again = self.server.api.call("POST", f"{mr.Api.BRANCH}/loads/{answer['TxnId']}/file/retry")
        mr.check_equal(again.status, 200, f"a retry: {again}")
        mr.wait_until(lambda: len(self.rows(table)) == 10, 60, "rows, once it is mended")

    def rename_column(self, table, before, after):
        database = sqlite3.connect(self.server.table_path(f"in.c-testdb.{table}")[0])
        database.execute(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")
        database.commit()
        database.close()

    def a_load_ends_when_its_time_is_over(self):
        table = self.table()
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, "label: late\r\ntimeout: 1\r\nContent-Length: 1000\r\n") + b"1,a,1\n")
            answer = wire.answer().json()
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("timeout by txn manager" in answer["Message"], answer["Message"])
        state = self.call("GET", "/api/testdb/get_load_state?label=late").json()
        mr.check_equal(state["data"], "ABORTED", "the state")

    def expressions_and_conditions_make_rows(self):
        table = self.table()
        answer = self.loaded("1,a,5\n2,b,50\n3,c,500\n", table, {
            "column_separator": ",", "columns": "id, name, source, age = source * 10", "where": "source < 100"})
        mr.check_equal((answer["NumberTotalRows"], answer["NumberLoadedRows"], answer["NumberUnselectedRows"]),
                       (3, 2, 1), f"{answer}")
        mr.check_equal(self.rows(table, "id, name, age"), [(1, "a", 50), (2, "b", 500)], "rows")
        answer = self.load("1,a,5\n", table, {"column_separator": ",", "columns": "id, name, age = nothing(1)"})
        mr.check("nothing" in answer["Message"], f"{answer}")

    def rows_are_merged_and_deleted_by_key(self):
        table = self.table()
        self.loaded("1,a,1\n2,b,2\n", table, {"column_separator": ","})
        self.loaded("1,,,1\n2,new,3,0\n3,c,4,0\n", table, {
            "column_separator": ",", "columns": "id, name, age, del", "merge_type": "MERGE", "delete": "del = 1"})
        mr.check_equal(self.rows(table, "id, name, age"), [(2, "new", 3), (3, "c", 4)], "after the merge")
        self.loaded("3\tx\t1\t1\n", table, {"hidden_columns": "__DORIS_DELETE_SIGN__"})
        mr.check_equal(self.rows(table, "id"), [(2,)], "after the delete")

    def a_stop_gives_up_what_has_not_come(self):
        table = self.table()
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, "label: stopped\r\nContent-Length: 1000\r\n") + b"1\ta\t1\n")
            mr.wait_until(lambda: self.call("GET", "/api/testdb/get_load_state?label=stopped").json()["data"] ==
                          "PREPARE", 30, "the load has begun")
            stop = threading.Thread(target=lambda: mr.check_equal(self.server.stop(), 0, "exit code"))
            stop.start()
            answer = wire.answer()
            stop.join()
            mr.check_equal(answer and answer.json()["Status"], "Fail", f"the answer: {answer}")
            mr.check("the service stops" in answer.json()["Message"], f"{answer}")
        self.server.start()
        state = self.call("GET", "/api/testdb/get_load_state?label=stopped").json()
        mr.check_equal(state["data"], "ABORTED", "the state")
        mr.check_equal(self.rows(table), [], "rows")

    def what_is_not_there_is_named(self):
        table = self.table()
        for headers, text in [({"format": "orc"}, "orc"), ({"compress_type": "lzo"}, "lzo"),
                              ({"partitions": "p1"}, "no partitions"), ({"skip_lines": "-3"}, "Invalid 'skip_lines': -3"),
                              ({"columns": "id,nothing=("}, "Syntax error in columns"),
                              ({"merge_type": "other"}, "Invalid merge type other")]:
            answer = self.load(PERSONS, table, headers)
            mr.check_equal(answer["Status"], "Fail", f"{headers}: {answer}")
            mr.check(text in answer["Message"], f"{headers}: {answer}")
        answer = self.load(PERSONS, "nowhere")
        mr.check("unknown table" in answer["Message"], f"{answer}")

    def a_group_is_answered_as_a_group(self):
        for mode in ("sync_mode", "async_mode"):
            table = self.table()
            answer = self.loaded(PERSONS, table, {"group_commit": mode, "column_separator": ","})
            mr.check_equal(answer["GroupCommit"], True, f"{answer}")
            mr.check(answer["Label"].startswith("group_commit_"), f"{answer}")
            mr.wait_until(lambda: len(self.rows(table)) == 10, 30, "rows")

    def the_load_is_listed(self):
        table = self.table()
        self.loaded(PERSONS, table, {"label": "listed", "column_separator": ",", "comment": "why"})
        loads = self.server.api.get(mr.Api.BRANCH + "/loads?label=testdb/listed")["loads"]
        mr.check_equal([(load["state"], load["rows"]) for load in loads], [("committed", 10)], "the list")
        detail = self.server.api.get(mr.Api.BRANCH + f"/loads/{loads[0]['loadId']}")
        mr.check_equal(detail["info"]["comment"], "why", "the detail")
        metrics = mr.request(self.server.ready["api"], "GET", "/metrics",
                             headers={"X-StorageApi-Token": mr.TOKEN}).body.decode()
        mr.check('millrace_stream_loads_total{status="Success"}' in metrics, "the metrics")


def cases_of(server):
    loads = Loads(server)
    return [loads.the_quick_start_works_word_by_word, loads.values_have_the_types_of_their_columns,
            loads.two_phases_survive_a_kill, loads.a_kill_while_the_body_comes_loads_nothing, loads.chunks_are_a_body,
            loads.compressed_bodies_are_decoded_once, loads.json_is_read_by_line_or_as_an_array,
            loads.bad_rows_are_counted_and_listed,
            loads.a_row_that_the_table_refuses_fails_the_load_or_sets_it_aside,
            loads.a_load_whose_rows_are_discarded_is_aborted, loads.a_hundred_loads_at_once_are_all_there,
            loads.who_may_not_is_told, loads.a_body_without_length_is_no_empty_load,
            loads.a_body_that_is_cut_loads_nothing, loads.a_client_that_ends_its_side_early_is_answered,
            loads.what_is_announced_and_does_not_fit_is_not_asked_for, loads.rows_that_wait_for_their_table_say_why,
            loads.a_load_ends_when_its_time_is_over,
            loads.expressions_and_conditions_make_rows, loads.rows_are_merged_and_deleted_by_key,
            loads.a_stop_gives_up_what_has_not_come, loads.what_is_not_there_is_named,
            loads.a_group_is_answered_as_a_group, loads.the_load_is_listed]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "stream_load", cases_of,
                              args=["--stream-load.root-without-password", "yes"]))
