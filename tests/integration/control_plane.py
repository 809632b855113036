#!/usr/bin/env python3
"""Changes of sources and sinks on the real binary, with rows in flight and with restarts in the middle.

Goal    whatever is changed, rolled back, deleted, brought back or interrupted: accepted rows arrive once, where the
        mapping at their time says, and every task ends.
Method  the REST API and the data plane from outside, the tables read with sqlite3 as another process does.
"""

import json
import os
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

JSON = {"Content-Type": "application/json"}


def sql(name):
    return f"in.c-control.{name}"


def table_patch(table):
    return {"table": table}


class Cases:
    def __init__(self, server):
        self.server = server

    @property
    def api(self):
        return self.server.api

    def post(self, path, body):
        return mr.request(self.server.ready["ingest"], "POST", path, json.dumps(body).encode(), JSON)

    def accept(self, path, body):
        answer = self.post(path, body)
        mr.check_equal(answer.status, 200, f"status of {body!r}: {answer!r}")

    def make(self, source, columns=None):
        """A source with one sink of the same name, whose conditions are far away."""
        path = self.api.create_source(source)
        self.api.create_sink(source, source, sql(source), columns or [mr.path_column("v", "v")])
        return path

    def source_url(self, source):
        return urllib.parse.urlsplit(self.api.get(self.api.source_path(source))["http"]["url"]).path

    def rows(self, table, count, timeout_s=10):
        mr.wait_until(lambda: len(self.server.rows(sql(table))) >= count, timeout_s, f"{count} rows in {table}")
        return sorted(self.server.rows(sql(table)))

    def rows_in_flight_go_where_their_mapping_says(self):
        path = self.make("moves")
        for value in range(5):
            self.accept(path, {"v": str(value), "w": "x"})
        mr.check_equal(self.server.rows(sql("moves")), [], "rows before: the conditions are far away")
        sink = self.api.sink_path("moves", "moves")
        self.api.do("PATCH", sink, table_patch({"mapping": {"columns": [mr.path_column("v", "w")]}}))
        mr.check_equal(self.api.get(sink)["table"]["tableId"], sql("moves"), "tableId after a PATCH of the mapping")
        mr.check_equal(self.rows("moves", 5), [(str(value),) for value in range(5)], "rows of the old mapping")

        self.accept(path, {"v": "old", "w": "new"})
        self.api.do("PATCH", sink, table_patch({"tableId": sql("moved")}))
        mr.check_equal(self.rows("moves", 6)[-1], ("new",), "row of the second mapping")
        self.accept(path, {"w": "third"})
        self.api.do("PUT", sink + "/disable")
        mr.check_equal(self.rows("moved", 1), [("third",)], "rows of the new table")
        mr.check_equal(len(self.rows("moves", 6)), 6, "rows of the old table")

    def a_rollback_brings_back_table_and_mapping(self):
        path = self.make("rolls")
        sink = self.api.sink_path("rolls", "rolls")
        self.api.do("PATCH", sink, table_patch({"tableId": sql("rolled")}))
        self.accept(path, {"v": "1"})
        task = self.api.do("PUT", sink + "/versions/1/rollback")
        mr.check_equal(task["result"], "Sink version was rolled back successfully.", "result")
        self.accept(path, {"v": "2"})
        self.api.do("PUT", sink + "/disable")
        mr.check_equal(self.rows("rolled", 1), [("1",)], "rows before the rollback")
        mr.check_equal(self.rows("rolls", 1), [("2",)], "rows after it")
        texts = [version["description"] for version in self.api.get(sink + "/versions")["versions"]]
        mr.check_equal(texts, ["New sink.", "Updated.", 'Rollback to version "1".', "Disabled."], "versions")
        page = self.api.get(sink + "/versions?afterId=2&limit=1")["page"]
        mr.check_equal(page, {"limit": 1, "totalCount": 2, "afterId": "0000000002", "lastId": "0000000003"}, "page")

    def a_rotated_secret_counts_at_once_and_never_comes_back(self):
        old = self.make("rotates")
        self.accept(old, {"v": "1"})
        source = self.api.source_path("rotates")
        answer = self.api.call("POST", source + "/rotate-secret")
        mr.check_equal(answer.status, 200, f"{answer!r}")
        new = urllib.parse.urlsplit(answer.json()["http"]["url"]).path
        mr.check_equal(self.post(old, {"v": "x"}).status, 404, "the old URL")
        self.accept(new, {"v": "2"})
        self.api.do("PUT", source + "/versions/1/rollback")
        mr.check_equal(self.post(old, {"v": "x"}).status, 404, "the old URL after a rollback")
        self.accept(new, {"v": "3"})
        answer = self.api.call("POST", source + "/rotate-secret", {"overlap": "1h"})
        mr.check(answer.status == 200 and "previousUrlUntil" in answer.json()["http"], f"{answer!r}")
        newest = urllib.parse.urlsplit(answer.json()["http"]["url"]).path
        self.accept(new, {"v": "4"})
        self.accept(newest, {"v": "5"})
        mr.check_equal(self.post(old, {"v": "x"}).status, 404, "the oldest URL in the overlap")
        self.api.do("PUT", source + "/disable")
        mr.check_equal(self.rows("rotates", 5), [(str(n),) for n in range(1, 6)], "rows")

    def deleting_imports_first_and_undelete_goes_on(self):
        path = self.make("returns")
        self.accept(path, {"v": "1"})
        task = self.api.do("DELETE", self.api.source_path("returns"))
        mr.check_equal(task["result"], "Source has been deleted successfully.", "result")
        mr.check_equal(self.server.rows(sql("returns")), [("1",)], "rows when the task has ended")
        mr.check_equal(self.post(path, {"v": "x"}).status, 404, "the URL of a deleted source")
        deleted = self.api.get(f"{self.api.BRANCH}/sources/deleted")["sources"]
        mr.check("returns" in [source["sourceId"] for source in deleted], "not in the list of deleted ones")

        self.api.do("PUT", self.api.source_path("returns") + "/undelete")
        self.accept(path, {"v": "2"})
        self.api.do("DELETE", self.api.sink_path("returns", "returns"))
        self.api.do("PUT", self.api.sink_path("returns", "returns") + "/undelete")
        self.accept(path, {"v": "3"})
        self.api.do("PUT", self.api.source_path("returns") + "/disable")
        mr.check_equal(self.rows("returns", 3), [("1",), ("2",), ("3",)], "rows")

    def rows_that_cannot_be_imported_are_named(self):
        path = self.make("stuck")
        self.accept(path, {"v": "1"})
        bucket, table = self.server.table_path(sql("stuck"))
        connection = mr.sqlite3.connect(bucket, timeout=10)
        connection.execute(f'DROP TABLE "{table}"')
        connection.commit()
        connection.close()
        task = self.api.do("PUT", self.api.source_path("stuck") + "/disable")
        mr.check_equal(task["result"], 'Source has been disabled successfully. 1 rows of the sink "stuck" are not '
                       "imported yet: they are kept and imported later.", "result")

    def cascade_imports_and_drops_what_no_other_sink_has(self):
        path = self.make("purged")
        self.api.create_sink("purged", "shared", "in.c-shared.shared", [mr.path_column("v", "v")])
        self.api.create_source("keeper")
        self.api.create_sink("keeper", "shared", "in.c-shared.shared", [mr.path_column("v", "v")])
        self.api.create_sink("purged", "alone", "in.c-alone.alone", [mr.path_column("v", "v")])
        self.accept(path, {"v": "1"})
        task = self.api.do("DELETE", self.api.source_path("purged") + "?cascade=true")
        mr.check("in.c-shared.shared" in task["result"], f"the table that was kept is not named: {task}")
        mr.check_equal(self.server.rows("in.c-shared.shared"), [("1",)], "rows of the kept table")
        names = [name for (name,) in self.server.rows(sql("sqlite_schema"), "name", "WHERE type = 'table'")]
        mr.check("purged" not in names, f"the table is still there: {names}")
        mr.check(not os.path.exists(self.server.table_path("in.c-alone.alone")[0]), "the empty bucket is still there")
        self.api.create_source("purged")
        mr.check_equal(self.api.get(self.api.source_path("purged"))["version"]["number"], 1, "version")

    def parallel_creations_of_one_id_give_one_source(self):
        answers = []

        def create():
            answers.append(self.api.call("POST", f"{self.api.BRANCH}/sources",
                                         {"sourceId": "race", "type": "http", "name": "race"}).status)

        clients = [threading.Thread(target=create) for _ in range(16)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        mr.check_equal(sorted(answers), [202] + [409] * 15, "answers")

    def tasks_end_after_a_crash(self):
        path = self.make("crash")
        self.accept(path, {"v": "1"})
        sink = self.api.sink_path("crash", "crash")
        ids = []
        for number in range(30):
            answer = self.api.call("PATCH", sink, {"name": f"name {number}"} if number % 2 else
                                   table_patch({"tableId": sql(f"crash-{number}")}))
            mr.check_equal(answer.status, 202, f"{answer!r}")
            ids.append(answer.json()["taskId"])
        self.server.kill()
        self.server.start()

        def ended():
            tasks = [self.api.get(f"/v1/tasks/{task}") for task in ids]
            return tasks if all(task["isFinished"] for task in tasks) else None

        tasks = mr.wait_until(ended, 10, "tasks of before the crash")
        done = sum(task["status"] == "success" for task in tasks)
        for task in tasks[done:]:
            mr.check(task["status"] == "error" and "Interrupted by a restart" in task["error"], f"{task}")
        mr.check_equal(self.api.get(sink)["version"]["number"], 1 + done, "versions for tasks that say success")
        self.accept(path, {"v": "2"})
        self.api.do("PUT", sink + "/disable")
        mr.check_equal(self.rows("crash", 1)[0], ("1",), "the row of before")

    def the_node_sets_what_sources_and_sinks_do_not(self):
        path = self.make("node")
        sink = self.api.sink_path("node", "node")
        self.accept(path, {"v": "1"})
        own_args = self.server.args
        self.server.args = own_args + ["--setting", f"{mr.IMPORT_COUNT}=3", "--setting", f"{mr.UPLOAD_COUNT}=1"]
        mr.check_equal(self.server.stop(), 0, "exit status")
        self.server.start()

        def shown(key):
            settings = self.api.get(sink + "/settings")["settings"]
            return next((s["value"], s["defaultValue"], s["origin"]) for s in settings if s["key"] == key)

        mr.check_equal(shown(mr.IMPORT_COUNT), (3, 3, "node"), "setting of the node")
        mr.check_equal(self.rows("node", 1), [("1",)], "what waited under the old conditions")
        for number in range(3):
            self.accept(path, {"v": f"new {number}"})
        mr.check_equal(len(self.rows("node", 4)), 4, "rows after the node's count")
        self.api.patch_sink("node", "node", {mr.IMPORT_COUNT: 4})
        mr.check_equal(shown(mr.IMPORT_COUNT), (4, 3, "sink"), "setting of the sink")
        self.server.args = own_args
        mr.check_equal(self.server.stop(), 0, "exit status")
        self.server.start()
        mr.check_equal(shown(mr.UPLOAD_COUNT)[2], "default", "origin without the configuration")

    def in_order(self):
        return [self.rows_in_flight_go_where_their_mapping_says, self.a_rollback_brings_back_table_and_mapping,
                self.a_rotated_secret_counts_at_once_and_never_comes_back,
                self.deleting_imports_first_and_undelete_goes_on, self.rows_that_cannot_be_imported_are_named,
                self.cascade_imports_and_drops_what_no_other_sink_has,
                self.parallel_creations_of_one_id_give_one_source, self.tasks_end_after_a_crash,
                self.the_node_sets_what_sources_and_sinks_do_not]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "control-plane", lambda server: Cases(server).in_order()))
