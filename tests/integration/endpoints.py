#!/usr/bin/env python3
"""A walk through every endpoint of the Keboola Stream API, on the real binary.

Goal    a client written for that API finds every endpoint: method, path, status, shape of the answer, name and
        text of the task's result.
Method  the rows of ROWS are the reference's table of endpoints, in an order in which each has something to work on.
        A walk without an endpoint that openapi.yaml describes fails, so that no row is forgotten.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

S = "/v1/branches/{branchId}/sources"
ONE = S + "/{sourceId}"
K = ONE + "/sinks"
SINK = K + "/{sinkId}"
NAMES = {"{branchId}": "default", "{sourceId}": "shop", "{sinkId}": "orders", "{versionNumber}": "1"}

PAGE = {"limit", "totalCount", "afterId", "lastId"}
SOURCE = {"projectId", "branchId", "sourceId", "type", "name", "description", "http", "version", "created"}
SINK_FIELDS = {"projectId", "branchId", "sourceId", "sinkId", "type", "name", "description", "table", "version", "created"}
VERSION = {"number", "hash", "description", "at", "by"}
SETTING = {"key", "type", "description", "value", "defaultValue", "overwritten", "protected"}
TASK = {"taskId", "type", "url", "status", "isFinished", "createdAt"}
LEVEL = {"recordsCount", "compressedSize", "uncompressedSize"}

NEW_SOURCE = {"type": "http", "name": "Shop", "description": "Orders of the shop"}
NEW_SINK = {"type": "table", "name": "Orders", "allowedSignals": [], "table": {
    "type": "keboola", "tableId": "in.c-walk.orders", "mapping": {"columns": [
        {"type": "uuid", "name": "id", "primaryKey": True},
        {"type": "datetime", "name": "at"},
        {"type": "path", "name": "user", "path": "user", "defaultValue": "", "rawString": True},
        {"type": "template", "name": "shout", "rawString": True,
         "template": {"language": "jsonnet", "content": "Body('user') + '!'"}},
        {"type": "body", "name": "body"}]}}}
OTHER_FORMS = {"type": "table", "name": "Other forms", "table": {
    "type": "keboola", "tableId": "in.c-walk.other", "mapping": {"columns": [
        {"type": "id", "name": "id"}, {"type": "json", "name": "user", "path": "user"}]}}}
CONDITIONS = {"changeDescription": "Sooner", "settings": [{"key": mr.IMPORT_COUNT, "value": 100}]}


def has(value, fields, what):
    missing = set(fields) - set(value)
    mr.check(not missing, f"{what} has no {sorted(missing)}: {value}")


def listed(name, fields):
    """The check of a list answer."""
    def check(answer):
        has(answer["page"], PAGE, "page")
        mr.check(answer[name], f"no {name}")
        for one in answer[name]:
            has(one, fields, name)
    return check


def one(fields):
    return lambda answer: has(answer, fields, "the answer")


def settings(answer):
    for setting in answer["settings"]:
        has(setting, SETTING, "a setting")


def tested(answer):
    (table,) = answer["tables"]
    has(table, {"sinkId", "tableId", "rows"}, "a table")
    values = {column["name"]: column["value"] for column in table["rows"][0]["columns"]}
    mr.check_equal((values["user"], values["shout"], values["body"]), ("eva", "eva!", '{"user": "eva"}'), "the row")


def statistics(answer):
    has(answer["total"], LEVEL, "total")
    mr.check_equal(answer["total"]["recordsCount"], 1, "records")


def files(answer):
    mr.check(answer["files"], "no files")
    for file in answer["files"]:
        has(file, {"state", "openedAt"}, "a file")


def aggregated(answer):
    listed("sources", SOURCE | {"sinks"})(answer)
    has(answer["sources"][0]["sinks"][0], SINK_FIELDS | {"statistics"}, "a sink")


def root(answer):
    mr.check_equal(answer["api"], "stream", "api")
    mr.check(answer["documentation"].endswith("/v1/documentation"), f"documentation {answer['documentation']}")


def openapi(answer):
    mr.check(answer["openapi"].startswith("3."), "version of OpenAPI")


def task(operation, result):
    """The check of a task that has ended."""
    def check(ended):
        mr.check_equal(ended["type"], f"api.{operation}", "type")
        mr.check_equal(ended["result"], result, "result")
    return check


EMPTY = "empty"  # 200 without a body
TEXT = "text"
ROWS = [
    # method, path, body, status, check of the answer: for 202 of the ended task
    ("GET", "/", None, 200, root),
    ("GET", "/v1/", None, 200, root),
    ("GET", "/v1", None, 200, root),
    ("GET", "/health-check", None, 200, TEXT),
    ("GET", "/v1/documentation/openapi.json", None, 200, openapi),
    ("GET", "/v1/documentation/openapi.yaml", None, 200, TEXT),
    ("GET", "/v1/documentation/openapi3.json", None, 200, openapi),
    ("GET", "/v1/documentation/openapi3.yaml", None, 200, TEXT),
    ("GET", "/v1/documentation/", None, 200, TEXT),
    ("POST", S, NEW_SOURCE, 202, task("create.source", "Source has been created successfully.")),
    ("GET", S + "?afterId=&limit=100", None, 200, listed("sources", SOURCE)),
    ("GET", ONE, None, 200, one(SOURCE)),
    ("PATCH", ONE, {"changeDescription": "Renamed", "name": "Web shop"}, 202,
     task("update.source", "Source has been updated successfully.")),
    ("GET", ONE + "/settings", None, 200, settings),
    ("PATCH", ONE + "/settings", CONDITIONS, 202,
     task("update.sourceSettings", "Source settings have been updated successfully.")),
    ("POST", K, NEW_SINK, 202, task("create.sink", "Sink has been created successfully.")),
    ("GET", K + "?afterId=&limit=100", None, 200, listed("sinks", SINK_FIELDS)),
    ("GET", SINK, None, 200, one(SINK_FIELDS)),
    ("PATCH", SINK, {"changeDescription": "Renamed", "name": "Orders of the shop"}, 202,
     task("update.sink", "Sink has been updated successfully.")),
    ("GET", SINK + "/settings", None, 200, settings),
    ("PATCH", SINK + "/settings", CONDITIONS, 202,
     task("update.sinkSettings", "Sink settings have been updated successfully.")),
    ("POST", ONE + "/test", {"user": "eva"}, 200, tested),
    ("INGEST", "", {"user": "eva"}, 200, None),
    ("GET", SINK + "/statistics/total", None, 200, statistics),
    ("GET", SINK + "/statistics/files?failedFiles=false", None, 200, files),
    ("GET", "/v1/branches/{branchId}/aggregation/sources?afterId=&limit=100", None, 200, aggregated),
    ("DELETE", SINK + "/statistics/clear", None, 200, EMPTY),
    ("DELETE", ONE + "/statistics/clear", None, 200, EMPTY),
    ("PUT", SINK + "/disable", None, 202, task("disable.sink", "Sink has been disabled successfully.")),
    ("PUT", SINK + "/enable", None, 202, task("enable.sink", "Sink has been enabled successfully.")),
    ("GET", SINK + "/versions?afterId=&limit=100", None, 200, listed("versions", VERSION)),
    ("GET", SINK + "/versions/{versionNumber}", None, 200, one(VERSION)),
    ("GET", SINK + "/versions/{versionNumber}/definition", None, 200, one({"number", "definition"})),
    ("PUT", SINK + "/versions/{versionNumber}/rollback", None, 202,
     task("rollback.sinkVersion", "Sink version was rolled back successfully.")),
    ("DELETE", SINK, None, 202, task("delete.sink", "Sink has been deleted successfully.")),
    ("GET", K + "/deleted?afterId=&limit=100", None, 200, listed("sinks", SINK_FIELDS | {"deleted"})),
    ("PUT", SINK + "/undelete", None, 202, task("undelete.sink", "Sink has been undeleted successfully.")),
    ("PUT", ONE + "/disable", None, 202, task("disable.source", "Source has been disabled successfully.")),
    ("PUT", ONE + "/enable", None, 202, task("enable.source", "Source has been enabled successfully.")),
    ("POST", ONE + "/rotate-secret", None, 200, one(SOURCE)),
    ("GET", ONE + "/versions?afterId=&limit=100", None, 200, listed("versions", VERSION)),
    ("GET", ONE + "/versions/{versionNumber}", None, 200, one(VERSION)),
    ("GET", ONE + "/versions/{versionNumber}/definition", None, 200, one({"number", "definition"})),
    ("PUT", ONE + "/versions/{versionNumber}/rollback", None, 202,
     task("rollback.sourceVersion", "Source version was rolled back successfully.")),
    ("DELETE", ONE + "?cascade=false", None, 202, task("delete.source", "Source has been deleted successfully.")),
    ("GET", S + "/deleted?afterId=&limit=100", None, 200, listed("sources", SOURCE | {"deleted"})),
    ("PUT", ONE + "/undelete", None, 202, task("undelete.source", "Source has been undeleted successfully.")),
    ("DELETE", ONE + "?cascade=true", None, 202,
     task("delete.source", "Source and its destination tables and bucket have been deleted.")),
]
# Tasks are read by every change; the others openapi.yaml has beside the reference, and other tests run them.
BESIDE = ("/v1/tasks", "/v1/overview", "/v1/service", ONE + "/requests", ONE + "/test-mapping", ONE + "/suggest-columns",
          "/v1/tokens", "/v1/volumes", "/v1/backup", "/v1/documentation", "/v1/branches/{branchId}/sources/{sourceId}/tasks/", "/metrics", "/ready",
          "/v1/branches/{branchId}/receipts", SINK + "/rejects", SINK + "/ledger", SINK + "/token", "/v1/branches/{branchId}/sink-tokens", SINK + "/flush", SINK + "/files",
          "/v1/branches/{branchId}/tables", "/v1/branches/{branchId}/loads")


class Walk:
    def __init__(self, server):
        self.server = server
        self.api = server.api

    def in_order(self):
        return [self.every_row_answers_as_the_reference_says, self.the_walk_leaves_out_no_endpoint,
                self.other_forms_of_columns_are_taken, self.what_is_not_there_is_named,
                self.parameters_that_there_are_not_are_named,
                self.browsers_of_other_sites_may_call_every_method]

    def every_row_answers_as_the_reference_says(self):
        for method, path, body, status, check in ROWS:
            try:
                self.step(method, path, body, status, check)
            except mr.Failure as failure:
                raise mr.Failure(f"{method} {path}: {failure}") from None

    def step(self, method, path, body, status, check):
        if method == "INGEST":
            url = self.api.get(target(ONE))["http"]["url"]
            sent = mr.request(url, "POST", url[url.index("/stream/"):], json.dumps(body), {"Content-Type": "application/json"})
            mr.check_equal((sent.status, sent.body), (200, b"OK"), "answer")
            return
        answer = self.api.call(method, target(path), body)
        mr.check_equal(answer.status, status, f"status of {answer!r}")
        if check == EMPTY:
            mr.check_equal(answer.body, b"", "body")
        elif check == TEXT:
            mr.check(answer.body, "no body")
        elif status == 202:
            started = answer.json()
            has(started, TASK, "the task")
            check(self.ended(started["taskId"]))
        else:
            check(answer.json())

    def ended(self, task_id):
        """The task when it is over, read under both of its paths."""
        def finished():
            found = self.api.get(f"/v1/tasks/{task_id}")
            return found if found["isFinished"] else None

        found = mr.wait_until(finished, 30, f"task {task_id}")
        mr.check_equal(found["status"], "success", f"status of {found}")
        mr.check_equal(self.api.get(f"{target(ONE)}/tasks/{task_id}"), found, "the task under its source")
        return found

    def the_walk_leaves_out_no_endpoint(self):
        document = self.api.get("/v1/documentation/openapi.json")
        walked = {(method, path.partition("?")[0]) for method, path, _, _, _ in ROWS}
        described = {(method.upper(), path) for path, item in document["paths"].items() for method in item
                     if method in ("get", "post", "put", "patch", "delete") and not path.startswith(BESIDE)}
        mr.check_equal(sorted(described - walked), [], "described, and not walked")

    def other_forms_of_columns_are_taken(self):
        self.api.create_source("other")
        self.api.do("POST", self.api.source_path("other") + "/sinks", OTHER_FORMS)
        columns = self.api.get(self.api.sink_path("other", "other-forms"))["table"]["mapping"]["columns"]
        mr.check_equal([column["type"] for column in columns], ["uuid", "path"], "types")

    def what_is_not_there_is_named(self):
        for path, error in ((S + "/none", "sourceNotFound"), (S + "/none/sinks/none", "sourceNotFound"),
                            (S + "/other/sinks/none", "sinkNotFound"), ("/v1/tasks/none", "taskNotFound"),
                            (S + "/other/versions/99", "sourceVersionNotFound"), ("/v1/nothing", "endpointNotFound")):
            answer = self.api.call("GET", target(path))
            mr.check_equal((answer.status, answer.json()["error"]), (404, f"stream.api.{error}"), path)

    def parameters_that_there_are_not_are_named(self):
        """Also where the call would else be answered; a row of the walk takes those of the reference."""
        for method, path, body, _, _ in ROWS:
            if method == "INGEST" or path.endswith("/test") or not path.startswith(S):
                continue
            answer = self.api.call(method, target(path.partition("?")[0]) + "?Limit=7", body)
            mr.check_equal((answer.status, answer.json()["error"]), (400, "stream.api.badRequest"), f"{method} {path}")
            mr.check("unknown parameter" in answer.json()["message"].lower(), f"{method} {path}: {answer!r}")
        answer = self.api.call("DELETE", target(ONE).replace("shop", "other") + "?cascad=true")
        mr.check("did you mean cascade?" in answer.json()["message"], f"{answer!r}")
        mr.check_equal(self.api.get(self.api.source_path("other"))["sourceId"], "other", "the source")
        mr.check_equal(self.api.call("GET", "/health-check?from=probe").status, 200, "what needs no token")

    def browsers_of_other_sites_may_call_every_method(self):
        answer = mr.request(self.api.url, "OPTIONS", target(ONE), headers={
            "Origin": "https://example.com", "Access-Control-Request-Method": "PUT"})
        allowed = {method.strip() for method in answer.headers["Access-Control-Allow-Methods"].split(",")}
        mr.check({"GET", "POST", "PUT", "PATCH", "DELETE"} <= allowed, f"allowed: {sorted(allowed)}")


def target(path):
    for name, value in NAMES.items():
        path = path.replace(name, value)
    return path


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "endpoints", lambda server: Walk(server).in_order()))
