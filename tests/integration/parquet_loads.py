#!/usr/bin/env python3
"""Stream Loads of Parquet files on the real binary.

Goal    a Parquet file is loaded as its rows in CSV would be; a file that is none, or a kill in the middle, leaves nothing;
        without DuckDB's library the service runs and says what is missing.
Method  the files of tests/data/parquet, whole, cut and as chunks; the folders and descriptors of the process are looked
        at while a body is kept and afterwards. Skipped where scripts/setup could not fetch the library with npm.
"""

import concurrent.futures
import gzip
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import millrace_client as mr  # noqa: E402
from stream_load import Loads  # noqa: E402

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "parquet")
PARQUET = {"format": "parquet"}
ROWS = 5000  # of rows.parquet


def data(name):
    with open(os.path.join(DATA, name), "rb") as file:
        return file.read()


def name_of(number):
    return None if number % 10 == 0 else f"a name of row {number}"


class ParquetLoads(Loads):
    def wide_table(self, columns):
        """[(name, type)], without a key."""
        self.made += 1
        name = f"t{self.made}"
        answer = self.server.api.call("POST", mr.Api.BRANCH + "/tables", {
            "tableId": f"in.c-testdb.{name}",
            "columns": [{"name": column, "dataType": data_type} for column, data_type in columns]})
        mr.check_equal(answer.status, 201, f"a table: {answer}")
        return name

    def kept_bodies(self):
        """Files without a name that the process has open below its data folder."""
        folder = f"/proc/{self.server.process.pid}/fd"
        links = []
        for name in os.listdir(folder):
            try:
                links.append(os.readlink(os.path.join(folder, name)))
            except FileNotFoundError:
                pass
        return [link for link in links if link.startswith(self.server.data_dir) and link.endswith(" (deleted)") and
                "/slices/" in link]

    def files_of_slices(self):
        return sorted(name for _, _, names in os.walk(os.path.join(self.server.data_dir, "volumes")) for name in names
                      if name.endswith((".tmp", ".csv")) or name.startswith("body"))

    def put(self, table, headers, body, **more):
        return self.load(body, table, {**PARQUET, **headers}, **more)

    # cases

    def rows_come_by_name_whatever_the_order_and_the_case(self):
        table = self.table()
        answer = self.loaded(data("rows.parquet"), table, PARQUET)
        mr.check_equal([answer[key] for key in ("NumberTotalRows", "NumberLoadedRows", "NumberFilteredRows")],
                       [ROWS, ROWS, 0], f"{answer}")
        mr.check_equal(answer["LoadBytes"], len(data("rows.parquet")), "bytes")
        mr.check_equal(self.rows(table, "id, name, age"), [(n, name_of(n), None) for n in range(ROWS)], "rows")

    def columns_and_conditions_are_those_of_other_formats(self):
        table = self.table()
        answer = self.loaded(data("rows.parquet"), table, {
            **PARQUET, "columns": "id, other, age = other * 10, name = concat('n', id)", "where": "other = 2"})
        wanted = [(n, f"n{n}", 20) for n in range(ROWS) if n % 3 == 2]
        mr.check_equal((answer["NumberLoadedRows"], answer["NumberUnselectedRows"]), (len(wanted), ROWS - len(wanted)),
                       f"{answer}")
        mr.check_equal(self.rows(table, "id, name, age"), wanted, "rows")
        statement = ('INSERT INTO testdb.%s (id, name) SELECT id, upper(name) FROM http_stream("format"="parquet") '
                     "WHERE id < 3")
        table = self.table()
        answer = self.call("PUT", "/api/_http_stream", data("rows.parquet"), {"sql": statement % table}).json()
        mr.check_equal(answer["Status"], "Success", f"{answer}")
        mr.check_equal(self.rows(table, "id, name"), [(0, None), (1, "A NAME OF ROW 1"), (2, "A NAME OF ROW 2")], "by SQL")

    def types_become_those_of_the_table(self):
        columns = [("id", "INTEGER"), ("small", "INTEGER"), ("big", "STRING"), ("f", "DOUBLE"), ("d", "DOUBLE"),
                   ("yes", "BOOLEAN"), ("s", "STRING"), ("price", "DECIMAL"), ("long", "DECIMAL"), ("day", "DATE"),
                   ("local", "TIMESTAMP"), ("utc", "TIMESTAMP"), ("nanos", "TIMESTAMP"), ("at", "STRING"), ("list", "JSON"),
                   ("row", "JSON"), ("map", "JSON")]
        as_parquet, as_csv = self.wide_table(columns), self.wide_table(columns)
        self.loaded(data("types.parquet"), as_parquet, {**PARQUET, "timezone": "+08:00"})
        csv = ("1|7|18446744073709551615|1.5|0.1|1|Zürich\ttab|12.50|1234567890123456789012345678.0123456789|2026-01-31|"
               "2026-01-31 09:30:00.25|2026-01-31T09:30:00.25Z|2026-01-31 09:30:00.123456|09:30:00|[1,null,3]|"
               '{"a":1,"b c":"x\\"y","price":"12.50","yes":true}|{"k":1,"l":null}\n'
               "-9223372036854775808|-128|0|-0.25|1e300|0||-0.01|0.0000000000|1900-03-01|1969-12-31 23:59:59|"
               '1969-12-31 23:59:59Z|1970-01-01 00:00:00|23:59:59.999999|[]|'
               '{"a":null,"b c":null,"price":null,"yes":null}|{}\n3' + "|\\N" * 16 + "\n")
        self.loaded(csv.encode(), as_csv, {"column_separator": "|", "timezone": "+08:00"})
        got, wanted = self.rows(as_parquet, rest="ORDER BY id"), self.rows(as_csv, rest="ORDER BY id")
        for column, *values in zip((name for name, _ in columns), *got, strict=True):
            place = [name for name, _ in columns].index(column)
            same = [row[place] for row in wanted]
            mr.check_equal(values, same, column)

    def bad_rows_are_counted_and_listed(self):
        table = self.table([("bin", "STRING", True), ("id", "INTEGER", False)])
        answer = self.put(table, {"max_filter_ratio": "1"}, data("types.parquet"))
        mr.check_equal([answer[key] for key in ("Status", "NumberTotalRows", "NumberLoadedRows", "NumberFilteredRows")],
                       ["Success", 3, 1, 2], f"{answer}")
        log = mr.request(answer["ErrorURL"].split("/api/")[0], "GET", "/api/" + answer["ErrorURL"].split("/api/")[1])
        mr.check("the value is bytes that are not UTF-8" in log.body.decode(), f"{log.body}")
        mr.check("null value for not null column" in log.body.decode(), f"{log.body}")
        answer = self.put(table, {}, data("types.parquet"))
        mr.check_equal((answer["Status"], answer["NumberFilteredRows"]), ("Fail", 2), f"{answer}")

    def what_is_no_parquet_file_loads_nothing(self):
        whole = data("rows.parquet")
        table = self.table()
        for name, body in [("text", b"1,a,2\n"), ("magic only", b"PAR1"), ("half", whole[:len(whole) // 2]),
                           ("without its last byte", whole[:-1]), ("without its first", whole[1:]),
                           ("zeros", bytes(100_000)), ("a lie", data("huge.parquet"))]:
            answer = self.put(table, {"label": "bad"}, body)
            mr.check_equal(answer["Status"], "Fail", f"{name}: {answer}")
            mr.check("the Parquet file cannot be read" in answer["Message"], f"{name}: {answer}")
            mr.check("/proc" not in answer["Message"], f"{name}: {answer}")
        answer = self.put(self.table([("nothing", "STRING", True)]), {}, whole)
        mr.check("it has ID, Name, other" in answer["Message"], f"{answer}")
        mr.check_equal(self.rows(table), [], "rows")
        mr.check_equal(self.kept_bodies(), [], "bodies")
        answer = self.put(table, {}, b"")
        mr.check_equal((answer["Status"], answer["NumberTotalRows"]), ("Success", 0), f"no byte: {answer}")

    def decimals_of_too_many_digits_load_nothing(self):
        table = self.wide_table([("id", "INTEGER"), ("long", "STRING"), ("part", "STRING")])
        answer = self.put(table, {"label": "long"}, data("decimals.parquet"))
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("its column long is a DECIMAL of 40 digits" in answer["Message"], f"{answer}")
        self.loaded(data("decimals.parquet"), table, {**PARQUET, "label": "long", "columns": "id, part"})
        mr.check_equal(self.rows(table, "id, long, part"), [(1, None, "0.748547806")], "rows")

    def a_file_that_crashes_its_reader_fails_alone(self):
        table, pid = self.wide_table([("at", "STRING")]), self.server.process.pid
        answer = self.put(table, {}, data("crash.parquet"))
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check("the process that reads it" in answer["Message"], f"{answer}")
        mr.check_equal((self.server.process.poll(), self.server.process.pid), (None, pid), "the service")
        mr.check_equal(self.kept_bodies(), [], "bodies")
        self.loaded(data("rows.parquet"), self.table(), PARQUET)
        mr.wait_until(lambda: not self.workers(), 30, "no process is left")

    def a_reader_that_is_killed_is_no_fault_of_the_file(self):
        table = self.table()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            load = pool.submit(self.put, table, {"label": "killed"}, data("rows.parquet"))
            workers = mr.wait_until(lambda: load.done() or self.workers(), 30, "the process that reads it", poll_s=0.002)
            mr.check(workers is not True, "it was not seen")
            os.kill(int(workers[0]), signal.SIGKILL)
            answer = load.result()
        mr.check_equal(answer["Status"], "Fail", f"{answer}")
        mr.check(answer["Message"].startswith("[INTERNAL_ERROR]unavailable for the moment: ") and "memory" in answer["Message"],
                 f"{answer}")
        self.loaded(data("rows.parquet"), table, {**PARQUET, "label": "killed"})

    def workers(self):
        """Processes that read Parquet for this service."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.server.process.pid and words[1:2] == [b"parquet-worker"]:
                found.append(entry)
        return found

    def chunks_and_codings_are_undone_first(self):
        table = self.table()
        self.loaded(gzip.compress(data("rows.parquet")), table, {**PARQUET, "compress_type": "gz"})
        mr.check_equal(len(self.rows(table)), ROWS, "rows")
        whole, table = data("rows.parquet"), self.table()
        pieces = [whole[at:at + 999] for at in range(0, len(whole), 999)]
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, "format: parquet\r\nTransfer-Encoding: chunked\r\n"))
            for piece in [*pieces, b""]:
                wire.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            mr.check_equal(wire.answer().json()["Status"], "Success", "chunks")
        mr.check_equal(len(self.rows(table)), ROWS, "rows of chunks")

    def two_phases_and_many_at_once(self):
        table = self.table()
        held = self.loaded(data("rows.parquet"), table, {**PARQUET, "two_phase_commit": "true"})
        mr.check_equal(self.rows(table), [], "rows before the commit")
        mr.check_equal(self.two_phase("commit", txn_id=held["TxnId"])["status"], "Success", "the commit")
        mr.wait_until(lambda: len(self.rows(table)) == ROWS, 30, "rows of the commit")
        tables = [self.table() for _ in range(12)]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda one: self.put(one, {}, data("rows.parquet")), tables))
        mr.check_equal([answer["Status"] for answer in answers], ["Success"] * 12, f"{answers}")
        for one in tables:
            mr.check_equal(len(self.rows(one)), ROWS, one)
        mr.check_equal(self.kept_bodies(), [], "bodies")

    def a_kill_while_the_body_comes_leaves_nothing(self):
        table, before, whole = self.table(), self.files_of_slices(), data("rows.parquet")
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, f"label: cut\r\nformat: parquet\r\nContent-Length: {len(whole)}\r\n") +
                      whole[:len(whole) // 2])
            mr.wait_until(lambda: len(self.kept_bodies()) == 1, 30, "a body is kept")
            mr.check_equal(self.files_of_slices(), before, "its file has no name")
            self.server.kill()
        mr.check_equal(self.files_of_slices(), before, "files after the kill")
        self.server.start()
        mr.check_equal(self.files_of_slices(), before, "files after the start")
        self.loaded(whole, table, {**PARQUET, "label": "cut"})
        mr.check_equal(len(self.rows(table)), ROWS, "rows of the second")

    def a_body_that_is_cut_leaves_nothing(self):
        table, whole = self.table(), data("rows.parquet")
        with mr.Wire(self.server.ingest_address()) as wire:
            wire.send(self.head(table, f"label: gone\r\nformat: parquet\r\nContent-Length: {len(whole)}\r\n") + whole[:-1])
            mr.wait_until(lambda: len(self.kept_bodies()) == 1, 30, "a body is kept")
        mr.wait_until(lambda: not self.kept_bodies(), 30, "the body is gone")
        state = self.call("GET", "/api/testdb/get_load_state?label=gone").json()
        mr.check_equal((state["data"], self.rows(table)), ("ABORTED", []), "the load")

    def without_the_library_the_service_says_so(self):
        folder = os.path.join(os.path.dirname(self.server.data_dir), "bare")
        os.makedirs(folder)
        binary = shutil.copy(self.server.binary, folder)
        with mr.Server(binary, os.path.join(folder, "data")).start() as server:
            loads = ParquetLoads(server)
            table = loads.table()
            answer = loads.put(table, {}, data("rows.parquet"))
            mr.check_equal(answer["Status"], "Fail", f"{answer}")
            mr.check("parquet" in answer["Message"] and "please send csv or json" in answer["Message"], f"{answer}")
            loads.loaded("1,a,2\n", table, {"column_separator": ","})
            library = os.path.join(folder, "libduckdb.so")
            with open(library, "wb") as file:
                file.write(b"no library")
            answer = loads.put(table, {}, data("rows.parquet"))
            mr.check_equal(answer["Status"], "Fail", f"a library that is none: {answer}")
            mr.check(folder not in answer["Message"], f"a path: {answer}")
            os.unlink(library)
            os.symlink(os.path.realpath(os.path.join(os.path.dirname(self.server.binary), "libduckdb.so")), library)
            loads.loaded(data("rows.parquet"), loads.table(), PARQUET)
        os.unlink(binary)


def cases_of(server):
    if not os.path.exists(os.path.join(os.path.dirname(server.binary), "libduckdb.so")):
        mr.skip("no libduckdb.so beside the binary; scripts/setup fetches it with npm")
    loads = ParquetLoads(server)
    return [loads.rows_come_by_name_whatever_the_order_and_the_case, loads.columns_and_conditions_are_those_of_other_formats,
            loads.types_become_those_of_the_table, loads.bad_rows_are_counted_and_listed,
            loads.what_is_no_parquet_file_loads_nothing, loads.decimals_of_too_many_digits_load_nothing,
            loads.a_file_that_crashes_its_reader_fails_alone,
            loads.a_reader_that_is_killed_is_no_fault_of_the_file,
            loads.chunks_and_codings_are_undone_first,
            loads.two_phases_and_many_at_once, loads.a_kill_while_the_body_comes_leaves_nothing,
            loads.a_body_that_is_cut_leaves_nothing, loads.without_the_library_the_service_says_so]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "parquet_loads", cases_of))
