#!/usr/bin/env python3
"""Insight: what people and pages look with: recent requests, the overview, changes that are waited for.

Goal    a request that was refused is there with the reason, whatever it was refused for and by whom; a change answers its
        result; of two editors the second is told; an overview costs the same whatever was imported.
Method  the real binary. History is written into the catalog of a stopped service, as no test imports 100,000 files.
"""

import argparse
import contextlib
import http.client
import json
import os
import shutil
import sqlite3
import statistics
import sys
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

COLUMNS = [mr.path_column("n", "n", dataType="INTEGER")]
HISTORY = 100_000  # files
JSON = {"Content-Type": "application/json"}


class Cases:
    def __init__(self, server, sources):
        self.server = server
        self.sources = sources

    @property
    def api(self):
        return self.server.api

    def in_order(self):
        return [self.requests_are_there_with_their_end, self.what_was_refused_before_its_body_was_read,
                self.a_wrong_secret_is_there_without_what_was_sent, self.a_signature_that_is_wrong_says_why,
                self.a_tap_answers_when_something_comes, self.a_flood_is_a_sample_and_hides_no_refusal,
                self.bodies_are_for_administrators, self.the_setting_switches_it_off,
                self.a_change_answers_its_result, self.the_second_editor_is_told,
                self.columns_are_tried_and_suggested, self.rows_newest_first,
                self.the_overview_names_what_fails, self.facts_have_no_secrets, self.metrics_say_the_lag,
                self.graphs_outlive_a_restart, self.an_overview_costs_the_same_whatever_was_imported]

    def post(self, path, body, headers=None, expect=None):
        answer = mr.request(self.server.ready["ingest"], "POST", path, body, {**JSON, **(headers or {})})
        if expect is not None:
            mr.check_equal(answer.status, expect, f"{answer!r}")
        return answer

    def requests(self, source, query=""):
        return self.api.get(f"{self.api.source_path(source)}/requests{query}")["requests"]

    def source(self, name, settings=None):
        path = self.api.create_source(name)
        self.api.create_sink(name, "numbers", f"in.c-{name}.numbers", COLUMNS, {mr.IMPORT_COUNT: 10_000_000})
        if settings:
            self.api.patch_source(name, settings)
        return path

    def requests_are_there_with_their_end(self):
        path = self.source("ends")
        answer = self.post(path + "?token=abc&a=1", b'{"n": 1}', {"Authorization": "Bearer abc", "X-Seen": "yes"}, 200)
        self.post(path, b'{"n": "many"}', expect=422)
        self.post(path, b'{"n"', expect=400)
        self.post(path, b'{"n": 2}\n{"n": "x"}\n', {"Content-Type": "application/x-ndjson"})
        shown = self.requests("ends")
        mr.check_equal([one["status"] for one in shown][1:], ["refused", "refused", "accepted"], "ends")
        mr.check_equal([one["statusCode"] for one in shown][1:], [400, 422, 200], "statuses")
        mr.check_equal(shown[0]["records"], 2, "records of the batch")
        first = shown[3]
        mr.check_equal(first["query"], "token=***&a=1", "query")
        mr.check_equal(first["body"], '{"n": 1}', "body")
        mr.check_equal(first["receipt"], answer.headers["Receipt"], "receipt")
        headers = {one["name"].lower(): one["value"] for one in first["headers"]}
        mr.check_equal((headers["x-seen"], headers["authorization"]), ("yes", "***"), "headers")
        mr.check_equal(first["sinks"][0]["status"], "accepted", "of the sink")
        mr.check_equal(shown[2]["error"], "stream.in.invalidValue", "reason")
        mr.check("many" in shown[2]["message"], f"{shown[2]}")
        mr.check_equal(len(self.requests("ends", "?status=refused")), 3, "refused ones")

    def what_was_refused_before_its_body_was_read(self):
        path = self.source("early", {"source.http.limit.records": 1})
        self.post(path, b'{"n": 1}', {"Content-Encoding": "middle-out"}, 415)
        self.post(path, b"x" * (2 << 20), expect=413)
        mr.wait_until(lambda: self.post(path, b'{"n": 1}').status == 429, 10, "429")
        reasons = {one["error"]: one["statusCode"] for one in self.requests("early", "?status=refused")}
        wanted = {"stream.in.rateLimited": 429, "stream.in.bodyTooLarge": 413, "stream.in.unsupportedContentEncoding": 415}
        mr.check(wanted.items() <= reasons.items(), f"{reasons}")

    def a_wrong_secret_is_there_without_what_was_sent(self):
        path = self.source("strange")
        wrong = path.rsplit("/", 1)[0] + "/" + "x" * 48
        self.post(wrong, b'{"n": 1}', {"X-Seen": "yes"}, 404)
        (shown,) = self.requests("strange")
        mr.check_equal((shown["status"], shown["statusCode"], shown["error"]), ("refused", 404, "stream.in.noSourceFound"),
                       "end")
        mr.check_equal((shown["headers"], shown["body"], shown["clientIp"]), ([], "", "127.0.0.1"), "what is kept")

    def a_signature_that_is_wrong_says_why(self):
        body = {"sourceId": "signed", "type": "http", "name": "signed",
                "http": {"preset": "github", "signature": {"secrets": ["0123456789abcdef"]}}}
        self.api.do("POST", f"{self.api.BRANCH}/sources", body)
        path = urllib.parse.urlsplit(self.api.get(self.api.source_path("signed"))["http"]["url"]).path
        self.post(path, b"{}", {"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401)
        (shown,) = self.requests("signed")
        mr.check_equal((shown["statusCode"], shown["error"]), (401, "stream.in.badSignature"), "end")
        mr.check("mismatch" in shown["message"], f"{shown}")

    def a_tap_answers_when_something_comes(self):
        path = self.source("tap")
        seen = []

        def tap():
            last = "0"
            while len(seen) < 5:
                answer = self.api.get(f"{self.api.source_path('tap')}/requests?wait=20s&after={last}")
                last = answer["lastId"]
                seen.extend(one["body"] for one in reversed(answer["requests"]))

        follower = threading.Thread(target=tap)
        follower.start()
        for n in range(5):
            self.post(path, b'{"n": %d}' % n, expect=200)
            mr.wait_until(lambda wanted=n: len(seen) > wanted, 5, f"request {n}")
        follower.join()
        mr.check_equal(seen, ['{"n": %d}' % n for n in range(5)], "what was seen")

    def a_flood_is_a_sample_and_hides_no_refusal(self):
        path = self.source("flood")
        self.post(path, b'{"n": "why"}', expect=422)
        host = urllib.parse.urlsplit(self.server.ready["ingest"]).netloc
        with contextlib.closing(http.client.HTTPConnection(host)) as connection:
            for n in range(500):
                connection.request("POST", path, b'{"n": %d}' % n, JSON)
                mr.check_equal(connection.getresponse().read() is not None, True, "answer")
        mr.check_equal(len(self.requests("flood", "?status=refused&limit=100")), 1, "the refusal")
        accepted = self.requests("flood", "?status=accepted&limit=100")
        mr.check(30 <= len(accepted) <= 100, f"{len(accepted)} of 500")

    def bodies_are_for_administrators(self):
        token = self.api.call("POST", "/v1/tokens", {"description": "reader", "role": "readonly"}).json()["token"]
        reader = mr.Api(self.api.url, token)
        shown = reader.get(f"{self.api.source_path('ends')}/requests")["requests"]
        mr.check(all(one["isBodyHidden"] and "body" not in one for one in shown), f"{shown}")
        for path in ("/v1/overview", "/v1/overview/series?span=day", "/v1/service", "/v1/tasks"):
            reader.get(path)

    def the_setting_switches_it_off(self):
        path = self.source("quiet", {"source.recentRequests": False})
        self.post(path, b'{"n": 1}', expect=200)
        answer = self.api.get(f"{self.api.source_path('quiet')}/requests")
        mr.check_equal((answer["isRecording"], answer["requests"]), (False, []), "requests")

    def a_change_answers_its_result(self):
        made = self.api.call("POST", f"{self.api.BRANCH}/sources?wait=20s", {"sourceId": "waited", "type": "http", "name": "w"})
        mr.check_equal((made.status, made.json()["status"]), (200, "success"), f"{made!r}")
        sink = mr.sink_body("s", "in.c-waited.t", [mr.path_column("n", "n")])
        made = self.api.call("POST", f"{self.api.source_path('waited')}/sinks?wait=20s", sink)
        mr.check_equal(made.status, 200, f"{made!r}")
        other = mr.sink_body("other", "in.c-waited.t", [mr.path_column("different", "n", primaryKey=True)])
        refused = self.api.call("POST", f"{self.api.source_path('waited')}/sinks?wait=20s", other)
        mr.check_equal((refused.status, refused.json()["task"]["status"]), (409, "error"), f"{refused!r}")
        flushed = self.api.call("POST", f"{self.api.sink_path('waited', 's')}/flush?wait=20s")
        mr.check_equal(flushed.status, 200, f"{flushed!r}")
        tasks = self.api.get("/v1/tasks?limit=2")["tasks"]
        mr.check_equal([task["type"] for task in tasks], ["api.flush.sink", "api.create.sink"], "tasks")
        mr.check_equal(self.api.get("/v1/tasks?status=error&limit=1")["tasks"][0]["sinkId"], "other", "the failed one")

    def the_second_editor_is_told(self):
        path = self.api.sink_path("waited", "s")
        etag = self.api.call("GET", path).headers["ETag"]
        statuses = []

        def edit(name):
            headers = {"X-StorageApi-Token": self.api.token, "If-Match": etag, **JSON}
            statuses.append(mr.request(self.api.url, "PATCH", path + "?wait=20s", json.dumps({"name": name}), headers).status)

        editors = [threading.Thread(target=edit, args=(f"editor {n}",)) for n in range(4)]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join()
        mr.check_equal(sorted(statuses), [200, 412, 412, 412], "answers")
        mr.check_equal(self.api.get(path)["version"]["number"], int(etag.strip('"')) + 1, "version")

    def columns_are_tried_and_suggested(self):
        path = self.api.source_path("ends")
        suggested = self.api.call("POST", path + "/suggest-columns", {"order": {"id": 17, "paid": True}}).json()
        columns = [one["column"] for one in suggested["columns"]]
        event = {"body": '{"order": {"id": 18, "paid": false}}'}
        tried = self.api.call("POST", path + "/test-mapping", {"columns": columns, "event": event}).json()
        mr.check_equal(tried["isTaken"], True, f"{tried}")
        values = {one["name"]: one["value"] for one in tried["columns"]}
        mr.check_equal((values["order_id"], values["order_paid"]), ("18", "false"), "values")
        columns.append(mr.template_column("t", "Body('order.id') +"))
        tried = self.api.call("POST", path + "/test-mapping", {"columns": columns, "event": event}).json()
        mr.check_equal(tried["isTaken"], False, f"{tried}")
        mr.check("1:" in tried["columns"][-1]["message"], f"the place in the template: {tried}")
        mr.check_equal(tried["columns"][2]["value"], "18", "the other columns")

    def rows_newest_first(self):
        path = self.source("rows")
        for n in range(5):
            self.post(path, b'{"n": %d}' % n, expect=200)
        self.api.do("POST", self.api.sink_path("rows", "numbers") + "/flush")
        table = f"{self.api.BRANCH}/tables/in.c-rows.numbers/rows"
        page = self.api.get(table + "?order=newest&limit=2&count=true")
        mr.check_equal(([row["n"] for row in page["rows"]], page["page"]["totalCount"]), ([4, 3], 5), "the first page")
        page = self.api.get(table + "?order=newest&limit=10&after=" + page["page"]["next"])
        mr.check_equal([row["n"] for row in page["rows"]], [2, 1, 0], "the next page")

    def the_overview_names_what_fails(self):
        path = self.source("stuck")
        self.post(path, b'{"n": 1}', expect=200)
        self.api.do("POST", self.api.sink_path("stuck", "numbers") + "/flush")
        with contextlib.closing(sqlite3.connect(self.server.table_path("in.c-stuck.numbers")[0])) as database:
            database.execute("CREATE TRIGGER refuse BEFORE INSERT ON numbers BEGIN SELECT RAISE(ROLLBACK, 'not today'); END")
        self.post(path, b'{"n": 2}', expect=200)
        self.api.task("POST", self.api.sink_path("stuck", "numbers") + "/flush")
        overview = mr.wait_until(lambda: self.failing("stuck"), 10, "the failing sink")
        failing = overview["failing"][0]
        mr.check_equal((failing["kind"], failing["sinkId"], failing["tableId"], failing["waitingRows"]),
                       ("import", "numbers", "in.c-stuck.numbers", 1), f"{failing}")
        mr.check("not today" in failing["reason"] and failing["remedy"], f"{failing}")
        file = f"{self.api.sink_path('stuck', 'numbers')}/files/{failing['fileId']}"
        mr.check_equal(self.api.call("POST", file + "/set-aside", {"reason": "later"}).status, 200, "set aside")
        overview = mr.wait_until(lambda: self.failing("stuck", "setAside"), 10, "the file set aside")
        mr.check_equal(overview["levels"]["setAside"]["rows"], 1, "rows set aside")
        mr.check_equal(self.api.call("POST", file + "/discard").status, 200, "discard")
        volume = overview["volumes"][0]
        mr.check(0 < volume["freeBytes"] <= volume["totalBytes"], f"{volume}")

    def failing(self, source, kind="import"):
        overview = self.api.get("/v1/overview")
        is_there = any(one.get("sourceId") == source and one["kind"] == kind for one in overview["failing"])
        return overview if is_there else None

    def facts_have_no_secrets(self):
        facts = self.api.get("/v1/service")
        options = {option["name"]: option for option in facts["options"]}
        mr.check_equal((options["data-dir"]["value"], options["data-dir"]["isDefault"]), (self.server.data_dir, False), "option")
        mr.check_equal(facts["targets"], [{"name": "default", "type": "sqlite"}], "targets")
        mr.check_equal(facts["stagings"], [{"name": "default", "type": "folder", "isInUse": True}], "stagings")
        mr.check(mr.TOKEN not in json.dumps(facts), "the token is in it")

    def metrics_say_the_lag(self):
        path = self.source("late")
        self.post(path, b'{"n": 1}', expect=200)
        time.sleep(0.05)
        text = self.api.call("GET", "/metrics").body.decode()
        label = 'sink="late/numbers",sink_id="numbers",source="late"'
        (lag,) = [line.split()[-1] for line in text.splitlines() if line.startswith("millrace_lag_seconds{" + label)]
        mr.check(0 < float(lag) < 60, f"lag {lag}")
        for name in ("millrace_volume_free_bytes{", "millrace_volume_size_bytes{", "millrace_import_seconds_count ",
                     "millrace_received_bytes_total ", "millrace_imported_rows_total "):
            mr.check(name in text, name)

    def graphs_outlive_a_restart(self):
        def steps():
            return self.api.get("/v1/overview/series?span=hour")["at"]

        mr.wait_until(steps, 15, "the first step", poll_s=0.5)
        before = steps()
        rates = self.api.get("/v1/overview")["rates"]
        mr.check(rates["now"]["seconds"] >= 9, f"{rates}")
        mr.check_equal(self.server.stop(), 0, "exit status")
        self.server.start()
        mr.check_equal(steps()[:len(before)], before, "steps of before")
        mr.check_equal(self.server.stop(), 0, "exit status")
        with open(os.path.join(self.server.data_dir, "traffic"), "r+b") as file:
            file.truncate(40)
        self.server.start()
        mr.check_equal(steps(), [], "steps of a torn file")

    def an_overview_costs_the_same_whatever_was_imported(self):
        for number in range(self.sources):
            name = f"many-{number}"
            self.api.create_source(name)
            self.api.create_sink(name, "s", f"in.c-many.t{number}", COLUMNS)
        before, _ = self.times_of_the_overview()
        mr.check_equal(self.server.stop(), 0, "exit status")
        self.write_history()
        self.server.start()
        after, longest = self.times_of_the_overview()
        print(f"      overview, {self.sources} sources: {before:.1f} ms, with {HISTORY} files of history {after:.1f} ms,"
              f" at most {longest:.1f} ms")
        # Usual times: the longest are those of whatever else the machine does.
        mr.check(after < 2 * before + 20, f"{before:.1f} ms before, {after:.1f} ms after")

    def times_of_the_overview(self):
        """The median and the longest, in milliseconds."""
        took = []
        for _ in range(20):
            time.sleep(1.01)  # each is a new one
            begun = time.monotonic()
            self.api.get("/v1/overview")
            took.append((time.monotonic() - begun) * 1000)
        return statistics.median(took), max(took)

    def write_history(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.server.data_dir, "catalog.sqlite"))) as catalog:
            ids = [(str(uuid.UUID(int=(0x01000000 << 96) | (7 << 76) | (2 << 62) | n)), n % 50 + 1) for n in range(HISTORY)]
            catalog.executemany("INSERT INTO files (id, sink, mapping, state, opened_at, slices, imported_at, imported_age)"
                                " VALUES (?, ?, 1, 'imported', 1, 1, 1, 9e15)", ids)
            catalog.executemany("INSERT INTO slices (id, file, sink, mapping, opened_at, bytes, rows, crc, first_at, last_at,"
                                " last_sequence, state, is_local) VALUES (?1, ?1, ?2, 1, 1, 10, 1, 0, 1, 1, 0, 'imported', 0)", ids)
            catalog.commit()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--sources", type=int, default=50)
    options = parser.parse_args()
    folder = mr.scratch_folder(options.binary, "insight")
    try:
        limit = ["--limits.sources", str(options.sources + 100)]
        with mr.Server(options.binary, os.path.join(folder, "data"), args=limit).start() as server:
            status = mr.run_cases(Cases(server, options.sources).in_order())
    except mr.Failure as failure:
        print(f"FAILED: {failure}")
        status = 1
    if status == 0:
        shutil.rmtree(folder)
    else:
        print(f"data kept in {folder}")
    return status


if __name__ == "__main__":
    sys.exit(main())
