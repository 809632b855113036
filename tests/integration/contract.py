#!/usr/bin/env python3
"""The contract table of docs/ingest.md: each level of acknowledgement says what it means, and is traced to the table.

Goal    an answer says how safe the rows are, and its receipt finds them wherever they are.
Method  the real binary; each row of the table once; a kill between the answer and the sync.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import millrace_client as mr  # noqa: E402

RECEIPTS = "/v1/branches/default/receipts/"
METRICS_PAGE = os.path.join(HERE, "..", "..", "docs", "metrics.md")


def cases(server):
    api = server.api
    path = api.create_source("contract")
    api.create_sink("contract", "bodies", "in.c-contract.bodies", [{"type": "body", "name": "body"}],
                    {mr.UPLOAD_COUNT: 1_000_000, mr.IMPORT_COUNT: 1_000_000})
    unsynced = api.create_source("unsynced")
    api.create_sink("unsynced", "bodies", "in.c-contract.unsynced", [{"type": "body", "name": "body"}],
                    {mr.SYNC_WAIT: False})

    def post(target=path, body=b"x", **headers):
        return mr.request(server.ready["ingest"], "POST", target, body, headers)

    def trace(answer, query=""):
        return api.get(RECEIPTS + answer.headers["receipt"] + query)

    def says(answer, status, ack):
        mr.check_equal((answer.status, answer.headers["ack"]), (status, ack), f"{answer!r}")

    def the_level_is_the_one_asked_for():
        says(post(), 200, "disk")
        for ack, status in (("disk", 200), ("cache", 202), ("memory", 202)):
            says(post(Ack=ack), status, ack)
            says(post(path + "?ack=" + ack), status, ack)
            says(post(unsynced + "?ack=" + ack), status, ack)
        says(post(path + "?ack=memory", Ack="disk"), 202, "memory")
        says(post(unsynced), 202, "memory")

    def another_level_is_refused_before_anything_is_stored():
        says(post(), 200, "disk")  # rows of the case before that were answered early are durable with it
        before = api.get(api.sink_path("contract", "bodies") + "/ledger")["accepted"]
        for answer in (post(Ack="tape"), post(path + "?ack=Disk")):
            mr.check_equal((answer.status, answer.json()["error"]), (400, "stream.in.badRequest"), f"{answer!r}")
            mr.check("receipt" not in answer.headers, "a receipt for nothing")
        after = api.get(api.sink_path("contract", "bodies") + "/ledger")["accepted"]
        mr.check_equal(after, before, "records accepted")

    def a_receipt_follows_the_rows_into_the_table():
        answer = post()
        traced = trace(answer)
        mr.check_equal((traced["ack"], traced["volume"], traced["done"]), ("disk", "default", False), f"{traced}")
        sink = traced["sinks"][0]
        mr.check_equal((sink["sourceId"], sink["sinkId"], sink["state"]), ("contract", "bodies", "local"), f"{sink}")
        api.patch_sink("contract", "bodies", {mr.IMPORT_COUNT: 1})
        imported = trace(answer, "?wait=30s")
        mr.check_equal((imported["done"], imported["sinks"][0]["state"]), (True, "target"), f"{imported}")
        mr.check_equal(imported["sinks"][0]["fileId"], sink["fileId"], "the file")
        ledger = api.get(api.sink_path("contract", "bodies") + "/ledger")
        mr.check_equal(ledger["accepted"], sum(ledger[level] for level in ("local", "staging", "target", "setAside", "discarded", "keptRejects", "lost")),
                       f"{ledger}")
        api.patch_sink("contract", "bodies", {mr.IMPORT_COUNT: 1_000_000})

    def a_receipt_is_good_after_a_crash():
        answers = [post(Ack=ack) for ack in ("disk", "cache", "disk")]
        server.kill()
        server.start()
        api.url = server.api.url  # another port
        for answer in answers:
            mr.check_equal(trace(answer)["sinks"][0]["state"], "local", "where the rows are")
        api.patch_sink("contract", "bodies", {mr.IMPORT_COUNT: 1})
        for answer in answers:
            mr.check_equal(trace(answer, "?wait=30s")["sinks"][0]["state"], "target", "where the rows are then")

    def a_record_that_no_sink_takes_has_no_receipt():
        strict = api.create_source("strict")
        api.create_sink("strict", "ids", "in.c-contract.ids", [mr.path_column("id", "id")])
        answer = mr.request(server.ready["ingest"], "POST", strict, b"{}", {"Content-Type": "application/json"})
        mr.check_equal(answer.status, 422, f"{answer!r}")
        mr.check("receipt" not in answer.headers and "ack" not in answer.headers, "a receipt for nothing")
        mr.check('millrace_refusals_total{reason="stream.in.pathNotFound"} 1' in
                 api.call("GET", "/metrics").body.decode(), "the reason is counted")

    def metrics_have_the_times_of_requests_and_syncs():
        def metrics():
            lines = api.call("GET", "/metrics").body.decode().splitlines()
            return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

        def counts(of):
            return int(of["millrace_request_seconds_count"]), int(of['millrace_frame_rows_sum{volume="default"}'])

        before = counts(metrics())
        for _ in range(10):
            post()
        after = metrics()
        mr.check_equal(counts(after), (before[0] + 10, before[1] + 10), "requests, rows")
        for name in ("millrace_request_seconds", "millrace_fsync_seconds", "millrace_frame_rows"):
            buckets = [int(value) for key, value in after.items() if key.startswith(name + "_bucket")]
            mr.check(len(buckets) == 24 and buckets == sorted(buckets), f"buckets of {name}: {buckets}")

    def a_sink_says_what_has_come_for_it():
        tally = api.create_source("tally")
        api.create_sink("tally", "kept", "in.c-tally.kept", [mr.path_column("a", "a")], {"mapping.onError": "keep"})
        api.create_sink("tally", "strict", "in.c-tally.strict", [mr.path_column("a", "a")])
        for body in (b'{"a": 1}', b"{}"):
            post(tally, body, **{"Content-Type": "application/json"})
        for _ in range(2):
            post(tally, b'{"a": 2}\n{"a": 3}\n', **{"Content-Type": "application/x-ndjson", "Idempotency-Key": "once"})

        def says_since_start(sink):
            return api.get(api.sink_path("tally", sink) + "/ledger")["sinceStart"]

        mr.check_equal(says_since_start("kept"), {"received": 6, "refused": 0, "duplicate": 2}, "a sink that keeps")
        mr.check_equal(says_since_start("strict"), {"received": 6, "refused": 1, "duplicate": 2}, "a sink that refuses")
        samples = set(api.call("GET", "/metrics").body.decode().splitlines())
        wanted = {'millrace_sink_records_total{result="received",sink="tally/strict",sink_id="strict",source="tally"} 6',
                  'millrace_sink_records_total{result="refused",sink="tally/strict",sink_id="strict",source="tally"} 1',
                  'millrace_sink_records_total{result="duplicate",sink="tally/strict",sink_id="strict",source="tally"} 2',
                  'millrace_rows{level="local",sink="tally/kept",sink_id="kept",source="tally"} 3',
                  'millrace_kept_rejects{sink="tally/kept",sink_id="kept",source="tally"} 1'}
        mr.check_equal(wanted - samples, set(), "samples that are missing")
        for sink, accepted in (("kept", 4), ("strict", 3)):
            mr.check_equal(api.get(api.sink_path("tally", sink) + "/ledger")["accepted"], accepted, sink)

    def a_sink_that_is_gone_for_good_has_no_metrics():
        gone = api.create_source("gone")
        api.create_sink("gone", "gone", "in.c-gone.gone", [{"type": "body", "name": "body"}], {mr.IMPORT_COUNT: 1})
        mr.check_equal(post(gone).status, 200, "a row")
        api.wait_drained("gone", "gone")
        mr.check_equal(api.task("DELETE", api.source_path("gone") + "?cascade=true")["status"], "success", "the task")
        lines = api.call("GET", "/metrics").body.decode().splitlines()
        of_none = [line for line in lines if re.search(r'sink="(\d+|gone/gone)"', line)]
        mr.check_equal(of_none, [], "samples of nobody")

    def every_metric_is_documented():
        with open(METRICS_PAGE, encoding="utf-8") as file:
            rows = re.findall(r"^\| (`[^|]*) \|", file.read(), re.MULTILINE)
        documented = {name for row in rows for name in re.findall(r"`((?:millrace|process)_\w+)`", row)}
        lines = api.call("GET", "/metrics").body.decode().splitlines()
        there = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
        # Of a target, of ports with TLS or behind proxies, and of sources that there are none of here.
        of_others = re.compile(r"millrace_(target_connections|kafka_|(api_)?tls_|proxy_)")
        mr.check_equal({name for name in there ^ documented if not of_others.match(name)}, set(), "metrics on one side only")

    def other_texts_are_no_receipts():
        for text in ("x", "AQ", "A" * 2000):
            answer = api.call("GET", RECEIPTS + text)
            mr.check_equal((answer.status, answer.json()["error"]), (404, "stream.api.receiptNotFound"), text[:5])

    return [the_level_is_the_one_asked_for, another_level_is_refused_before_anything_is_stored,
            a_receipt_follows_the_rows_into_the_table, a_receipt_is_good_after_a_crash,
            a_record_that_no_sink_takes_has_no_receipt, metrics_have_the_times_of_requests_and_syncs,
            a_sink_says_what_has_come_for_it, a_sink_that_is_gone_for_good_has_no_metrics, every_metric_is_documented,
            other_texts_are_no_receipts]


if __name__ == "__main__":
    sys.exit(mr.run_on_server(__doc__, "contract", cases))
