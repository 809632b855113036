#!/usr/bin/env python3
"""Apache Pinot's documents and queries, on the real binary and a cluster of brokers that is simulated.

Goal    a schema and a table become a source that reads, with Pinot's answers and the words of its errors; what was
        published is in the answer of a query within a second; nothing is read twice or lost over changes and kills.
Method  the mock cluster of librdkafka in the process of a kcat; the documents of Pinot's guide.
"""

import json
import os
import socket
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
from pinot_client import Pinot, basic, guide, guide_table, records  # noqa: E402

FRESH_S = 1.0


def schema_of(name, **more):
    return {"schemaName": name, "dimensionFieldSpecs": [{"name": "n", "dataType": "INT"}],
            "dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "1:DAYS"}], **more}


def table_of(name, address, **streams):
    table = json.loads(guide_table(address, name))
    table["tableName"] = name
    table["segmentsConfig"]["timeColumnName"] = "ts"
    table["tableIndexConfig"]["streamConfigs"].update(streams)
    return table


def cases_of(arguments, cluster):
    server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start()
    pinot = Pinot(server)

    def make(name, **streams):
        cluster.produce(name, ['{"n":0,"ts":1}'])
        return pinot.do("POST", "/tableConfigs", {"tableName": name, "schema": schema_of(name),
                                                  "realtime": table_of(name, cluster.address, **streams)})

    def what_a_filter_is_true_for_becomes_no_row():
        cluster.produce("filtered", [json.dumps({"n": n, "ts": 1}) for n in range(10)])
        table = table_of("filtered", cluster.address)
        table["ingestionConfig"] = {"filterConfig": {"filterFunction": "n < 3 OR n BETWEEN 5 AND 7"}}
        document = {"tableName": "filtered", "schema": schema_of("filtered"), "realtime": table}
        for function, error in [("Groovy({n < 3}, n)", "Groovy"), ("sha(n) = 1", "no function 'sha'"),
                                ("n <", "missing")]:
            wrong = json.loads(json.dumps(document))
            wrong["realtime"]["ingestionConfig"]["filterConfig"]["filterFunction"] = function
            pinot.refused("POST", "/tableConfigs", wrong, 400, "Invalid filter function")
            pinot.refused("POST", "/tableConfigs", wrong, 400, error)
        pinot.do("POST", "/tableConfigs", document)
        pinot.wait_count("filtered", 4)
        mr.check_equal(pinot.rows("select n from filtered order by n"), [[3], [4], [8], [9]], "rows")

        def filtered():
            status = server.api.get(server.api.source_path("pinot-filtered"))["kafka"]["status"]
            return sum(p["filtered"] for p in status["partitions"])
        mr.wait_until(lambda: filtered() >= 6, 10, "6 filtered messages")  # told a moment after the rows can be seen
        mr.check_equal(filtered(), 6, "filtered")

    def decimals_and_timestamps_compare_by_their_values():
        cluster.produce("values", ['{"p":"9","t":1571900400000}', '{"p":10.5,"t":"2019-10-24 07:00:01"}'])
        schema = {"schemaName": "values_", "metricFieldSpecs": [{"name": "p", "dataType": "BIG_DECIMAL"}],
                  "dateTimeFieldSpecs": [{"name": "t", "dataType": "TIMESTAMP", "format": "TIMESTAMP",
                                          "granularity": "1:SECONDS"}]}
        table = table_of("values_", cluster.address, **{"stream.kafka.topic.name": "values"})
        table["segmentsConfig"]["timeColumnName"] = "t"
        pinot.do("POST", "/tableConfigs", {"tableName": "values_", "schema": schema, "realtime": table})
        pinot.wait_count("values_", 2)
        for where, wanted in [("p > 9", ["10.5"]), ("p <= 9", ["9"]), ("t > 1571900400000", ["10.5"]),
                              ("t = '2019-10-24 07:00:00'", ["9"]), ("t < now()", ["9", "10.5"])]:
            mr.check_equal(pinot.rows(f"select p from values_ where {where} order by p"), [[p] for p in wanted], where)

    def the_guide_works_word_for_word():
        cluster.produce("transcript-topic", records())
        added = pinot.do("POST", "/schemas", guide("transcript-schema.json"))
        mr.check_equal(added, {"status": "transcript successfully added", "unrecognizedProperties": {}}, "schema")
        added = pinot.do("POST", "/tables", guide_table(cluster.address))
        mr.check_equal(added, {"status": "Table transcript_REALTIME successfully added", "unrecognizedProperties": {}},
                       "table")
        pinot.wait_count("transcript", 12)
        answer = pinot.query("select * from transcript_REALTIME order by \"timestamp\", subject limit 1")
        mr.check_equal(answer["resultTable"], {
            "dataSchema": {"columnNames": ["studentID", "firstName", "lastName", "gender", "subject", "score", "timestamp"],
                           "columnDataTypes": ["INT", "STRING", "STRING", "STRING", "STRING", "FLOAT", "LONG"]},
            "rows": [[205, "Natalie", "Jones", "Female", "History", 3.5, 1571900400000]]}, "the first row")
        mr.check_equal(pinot.rows("select subject, count(*), max(score) from transcript where gender = 'Male' "
                                  "group by subject order by count(*) desc, subject"),
                       [["History", 2, 3.6], ["Maths", 2, 3.8], ["Chemistry", 1, 3.6], ["English", 1, 3.5]], "groups")
        mr.check_equal(len(pinot.rows("select studentID from transcript")), 10, "rows without a limit")
        mr.check_equal(pinot.rows("select distinctcount(studentID) from transcript"), [[5]], "distinctcount")

    def documents_come_back_as_they_were_sent():
        mr.check_equal(pinot.do("GET", "/schemas/transcript"), json.loads(guide("transcript-schema.json")), "schema")
        table = json.loads(guide_table(cluster.address))
        table["tableName"] = "transcript_REALTIME"
        mr.check_equal(pinot.do("GET", "/tables/transcript"), {"REALTIME": table}, "table")
        mr.check_equal(pinot.do("GET", "/tableConfigs/transcript")["realtime"], table, "tableConfigs")
        mr.check("transcript" in pinot.do("GET", "/tables")["tables"], "listed")
        mr.check_equal(pinot.do("GET", "/tables/transcript/state"), {"state": "enabled"}, "state")
        mr.check_equal(pinot.do("GET", "/tables/transcript/status?type=realtime"),
                       {"ingestionStatus": {"ingestionState": "HEALTHY", "errorMessage": ""}}, "status")
        source = server.api.get(server.api.source_path("pinot-transcript"))
        mr.check_equal((source["type"], source["kafka"]["topic"]), ("kafka", "transcript-topic"), "source")

    def mistakes_are_told_in_pinots_words():
        schema, table = guide("transcript-schema.json"), guide_table(cluster.address)
        for method, path, body, status, text in (
                ("POST", "/schemas?override=false", schema, 409, "already exists"),
                ("POST", "/schemas", "{", 400, "Invalid schema config json string: {. Reason: "),
                ("POST", "/schemas", {"schemaName": "a__b"}, 400, "Invalid schema: a__b. Reason: 'schemaName' cannot"),
                ("PUT", "/schemas/none", schema, 400, "Schema name mismatch for uploaded schema"),
                ("PUT", "/schemas/none", schema_of("none"), 404, "Failed to find schema none"),
                ("POST", "/schemas", schema_of("transcript"), 400, "Backward incompatible schema transcript. Reason: "),
                ("DELETE", "/schemas/transcript", None, 409,
                 "Cannot delete schema transcript, as it is associated with table transcript_REALTIME"),
                ("GET", "/schemas/none", None, 404, "Schema not found"),
                ("POST", "/tables", table, 409, "Table config for transcript_REALTIME already exists."),
                ("POST", "/tables", table_of("none", cluster.address), 400, "Failed to find schema for table: none"),
                ("PUT", "/tables/none", table, 400, "Request table none does not match table name in the body"),
                ("GET", "/tables/none", None, 404, "Table none does not exist"),
                ("DELETE", "/tables/none", None, 404, "Table 'none' with type null does not exist"),
                ("POST", "/tableConfigs", {"tableName": "transcript", "schema": json.loads(schema),
                                           "realtime": json.loads(table)}, 400,
                 "TableConfigs: transcript already exists. Use PUT to update existing config"),
                ("POST", "/tableConfigs", {"tableName": "x"}, 400, "Invalid TableConfigs"),
                ("POST", "/tableConfigs", "[]", 400, "Invalid TableConfigs. "),
                ("PUT", "/tableConfigs/none", {"tableName": "none", "schema": schema_of("none"),
                                               "realtime": table_of("none", cluster.address)}, 400,
                 "does not exist. Use POST to create it first."),
                ("POST", "/tables/none/pauseConsumption", None, 404, "Table none_REALTIME not found!"),
                ("POST", "/tables/transcript/resumeConsumption?consumeFrom=x", None, 400,
                 "consumeFrom param 'x' is not valid. Valid values are 'lastConsumed', 'smallest' and 'largest'."),
                ("POST", "/tables/transcript/forceCommit?partitions=0&segments=a", None, 400, "Cannot specify both"),
                ("GET", "/tables/forceCommitStatus/none", None, 404, "none"),
                ("POST", "/query/sql", {}, 400, "Payload is missing the query string field 'sql'")):
            pinot.refused(method, path, body, status, text)

    def queries_that_fail_say_why():
        for sql, code in (("select", 150), ("select * from nowhere", 190), ("select nope from transcript", 710),
                          ("select * from _millrace_ledger", 190), ("select * from sqlite_schema", 190),
                          ("delete from transcript", 180), ("attach 'x' as y", 180), ("pragma table_list", 180)):
            mr.check_equal(pinot.failure(sql), code, sql)
        answer = pinot.call("POST", "/sql", {"sql": "select * from nowhere"}, {"Pinot-Use-Http-Status-For-Errors": "true"})
        mr.check_equal(answer.status, 404, "status")
        mr.check_equal(answer.headers["X-Pinot-Error-Code"], "190", "header")
        answer = pinot.call("GET", "/query/sql?sql=select%20count(*)%20from%20transcript")
        mr.check_equal(answer.json()["resultTable"]["rows"], [[12]], "GET")

    def queries_that_nobody_waits_for_end():
        sql = "select count(*) from " + ", ".join(f"transcript t{n}" for n in range(12))
        path = "/query/sql?sql=" + urllib.parse.quote(sql)
        address = urllib.parse.urlsplit(server.ready["api"])
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {mr.TOKEN}\r\n\r\n".encode()
        waiting = [socket.create_connection((address.hostname, address.port)) for _ in range(4)]
        for connection in waiting:
            connection.sendall(head)
        mr.wait_until(lambda: pinot.query("select 1 from transcript")["exceptions"], 30, "no turn is left")
        mr.check_equal(pinot.failure("select 1 from transcript"), 429, "a fifth query")
        for connection in waiting:
            connection.close()
        mr.wait_until(lambda: not pinot.query("select 1 from transcript")["exceptions"], 30, "a turn again")

    def rows_are_there_within_a_second():
        make("fresh")
        pinot.wait_count("fresh", 1)
        late = []
        for n in range(1, 31):
            began = time.monotonic()
            cluster.produce("fresh", [json.dumps({"n": n, "ts": 1})])
            sent = time.monotonic()
            pinot.wait_count("fresh", n + 1)
            late.append(time.monotonic() - sent)
            mr.check(sent - began < 5, "kcat is slow")
        late.sort()
        print(f"        publication to answer: median {late[15]:.3f} s, slowest {late[-1]:.3f} s", flush=True)
        mr.check(late[15] < FRESH_S, f"fresh: {late}")  # the others are those of a busy machine

    def a_column_more_is_there_at_once():
        make("grows")
        pinot.wait_count("grows", 1)
        schema = schema_of("grows", metricFieldSpecs=[{"name": "x", "dataType": "DOUBLE"}])
        pinot.do("PUT", "/schemas/grows", schema)
        cluster.produce("grows", ['{"n":1,"ts":1,"x":1.5}'])
        pinot.wait_count("grows", 2)
        mr.check_equal(pinot.rows("select n, x from grows order by n"), [[0, None], [1, 1.5]], "rows")

    def a_paused_table_goes_on_where_it_was():
        make("stops")
        pinot.wait_count("stops", 1)
        paused = pinot.do("POST", "/tables/stops/pauseConsumption?comment=holidays")
        mr.check_equal((paused["pauseFlag"], paused["comment"], paused["reasonCode"]),
                       (True, "holidays", "ADMINISTRATIVE"), "pause")
        cluster.produce("stops", ['{"n":1,"ts":1}'])
        time.sleep(1.5)
        mr.check_equal(pinot.rows("select count(*) from stops"), [[1]], "rows while paused")
        mr.check_equal(pinot.do("GET", "/tables/stops/pauseStatus")["pauseFlag"], True, "pauseStatus")
        mr.check_equal(pinot.do("POST", "/tables/stops/resumeConsumption")["pauseFlag"], False, "resume")
        pinot.wait_count("stops", 2)
        pinot.do("POST", "/tables/stops/resumeConsumption?consumeFrom=smallest")
        pinot.wait_count("stops", 4)

    def what_is_read_is_shown():
        make("shown")
        pinot.wait_count("shown", 1)
        segments = mr.wait_until(
            lambda: pinot.do("GET", "/tables/shown/consumingSegmentsInfo")["_segmentToConsumingInfoMap"], 30, "segments")
        name, (info,) = next(iter(segments.items()))
        mr.check(name.startswith("shown__0__0__2"), name)
        mr.check_equal(info["consumerState"], "CONSUMING", "state")
        mr.check_equal(info["partitionOffsetInfo"]["recordsLagMap"]["0"], "0", "lag")
        job = pinot.do("POST", "/tables/shown/forceCommit")
        mr.check_equal(job["forceCommitStatus"], "SUCCESS", "force commit")

        def is_done():
            return pinot.do("GET", f"/tables/forceCommitStatus/{job['forceCommitJobId']}")[
                "numberOfSegmentsYetToBeCommitted"] == 0

        mr.wait_until(is_done, 30, "the forced commit")

    def what_does_not_fit_is_kept_and_said():
        make("rejects")
        cluster.produce("rejects", ["{", '{"n":"many","ts":1}', '{"n":2,"ts":1}'])
        pinot.wait_count("rejects", 2)
        kept = server.api.get(server.api.sink_path("pinot-rejects", "rows") + "/rejects")
        mr.check_equal(len(kept["rejects"]), 2, f"rejects: {kept}")

    def a_delete_column_deletes_the_row_of_its_key():
        cluster.produce("upserts", ['{"id":1,"n":1}', '{"id":2,"n":2}'])
        schema = {"schemaName": "upserts", "primaryKeyColumns": ["id"],
                  "dimensionFieldSpecs": [{"name": "id", "dataType": "INT"}, {"name": "n", "dataType": "INT"},
                                          {"name": "deleted", "dataType": "BOOLEAN"}],
                  "dateTimeFieldSpecs": [{"name": "ts", "dataType": "LONG", "format": "EPOCH", "granularity": "1:DAYS"}]}
        table = table_of("upserts", cluster.address)
        document = {"tableName": "upserts", "schema": schema, "realtime": table}
        table["upsertConfig"] = {"mode": "FULL", "deleteRecordColumn": "none"}
        pinot.refused("POST", "/tableConfigs", document, 400, "Column none specified in deleteRecordColumn does not exist")
        table["upsertConfig"]["deleteRecordColumn"] = "deleted"
        pinot.do("POST", "/tableConfigs", document)
        pinot.wait_count("upserts", 2)
        cluster.produce("upserts", ['{"id":1,"deleted":true}'])
        mr.wait_until(lambda: pinot.rows("select id, n from upserts") == [[2, 2]], 30, "row 2 alone")
        cluster.produce("upserts", ['{"id":1,"n":3,"deleted":false}'])
        mr.wait_until(lambda: pinot.rows("select id, n from upserts order by id") == [[1, 3], [2, 2]], 30, "row 1 again")

    def transforms_and_times_are_computed():
        cluster.produce("made", ['{"ts":1571900400000,"when":"2026-01-31","data":{"a":[{"b":"x"}]},"t":1571900400000}'])
        schema = {"schemaName": "made", "dimensionFieldSpecs": [
            {"name": "day", "dataType": "INT"}, {"name": "millis", "dataType": "LONG"}, {"name": "b", "dataType": "STRING"},
            {"name": "c", "dataType": "STRING"}, {"name": "gone", "dataType": "STRING"}, {"name": "shown", "dataType": "STRING"},
            {"name": "t", "dataType": "TIMESTAMP"}, {"name": "__metadata$offset", "dataType": "LONG"},
            {"name": "tags", "dataType": "STRING", "singleValueField": False}],
            "dateTimeFieldSpecs": schema_of("made")["dateTimeFieldSpecs"]}
        table = table_of("made", cluster.address)
        table["ingestionConfig"] = {"transformConfigs": [
            {"columnName": column, "transformFunction": function} for column, function in (
                ("day", "toEpochDays(ts)"), ("millis", "fromDateTime(\"when\", 'yyyy-MM-dd')"),
                ("b", "jsonPathString(data, '$.a[0].b', 'none')"), ("c", "concat(upper(\"when\"), 'z', '-')"),
                ("gone", "lower(absent)"), ("shown", "toDateTime(ts, 'yyyy-MM-dd HH:mm:ss.SSS')"))]}
        pinot.do("POST", "/tableConfigs", {"tableName": "made", "schema": schema, "realtime": table})
        pinot.wait_count("made", 1)
        answer = pinot.query('select "day", millis, b, c, gone, shown, t, "__metadata$offset", tags from made')
        mr.check_equal(answer["resultTable"]["rows"],
                       [[18193, 1769817600000, "x", "2026-01-31-z", "null", "2019-10-24 07:00:00.000",
                         "2019-10-24 07:00:00.0", 0, ["null"]]], "rows")

    def texts_that_are_numbers_are_computed_as_numbers():
        cluster.produce("sums", ['{"ts":1,"x":"99","y":" 2 ","n":1.5}', '{"ts":1,"x":"many","y":"2","n":1}'])
        schema = schema_of("sums")
        schema["dimensionFieldSpecs"] = [{"name": name, "dataType": "DOUBLE"} for name in ("a", "b", "c")]
        schema.pop("metricFieldSpecs", None)
        schema.pop("primaryKeyColumns", None)
        table = table_of("sums", cluster.address)
        table["ingestionConfig"] = {"transformConfigs": [
            {"columnName": column, "transformFunction": function} for column, function in (
                ("a", "plus(x, n)"), ("b", "x + trim(y)"), ("c", "times(plus(x, '1'), 2)"))]}
        pinot.do("POST", "/tableConfigs", {"tableName": "sums", "schema": schema, "realtime": table})
        pinot.wait_count("sums", 1)
        mr.check_equal(pinot.rows("select a, b, c from sums"), [[100.5, 101.0, 200.0]], "rows: what is no number is a reject")

    def a_text_that_has_not_the_pattern_is_a_reject():
        wrong = ("2020-13-45", "2020/02/29", "2020-02-30", "2020-2-3")
        cluster.produce("days", [json.dumps({"ts": 1, "when": when}) for when in (*wrong, "2020-02-29")])
        schema = schema_of("days")
        schema["dimensionFieldSpecs"] = [{"name": "millis", "dataType": "LONG"}]
        table = table_of("days", cluster.address)
        table["ingestionConfig"] = {"transformConfigs": [
            {"columnName": "millis", "transformFunction": "fromDateTime(\"when\", 'yyyy-MM-dd')"}]}
        pinot.do("POST", "/tableConfigs", {"tableName": "days", "schema": schema, "realtime": table})
        pinot.wait_count("days", 1)
        mr.check_equal(pinot.rows("select millis from days"), [[1582934400000]], "rows")

    def kills_lose_and_double_nothing():
        make("kills")
        count = 1
        for _ in range(4):
            cluster.produce("kills", [json.dumps({"n": n, "ts": 1}) for n in range(count, count + 500)])
            count += 500
            time.sleep(0.3)
            server.kill()
            server.start()
        pinot.wait_count("kills", count, 90)
        mr.check_equal(pinot.rows("select count(*), min(n), max(n) from kills"), [[count, 0, count - 1]], "rows")
        mr.check_equal(pinot.rows("select distinctcount(n) from kills"), [[count]], "numbers")

    def a_deleted_table_may_be_made_again():
        make("again")
        pinot.wait_count("again", 1)
        mr.check_equal(pinot.do("DELETE", "/tables/again"), {"status": "Tables: [again_REALTIME] deleted"}, "delete")
        mr.check_equal(pinot.failure("select * from again"), 190, "the table is gone")
        pinot.do("POST", "/tables", table_of("again", cluster.address))
        pinot.wait_count("again", 1)
        mr.check_equal(pinot.do("DELETE", "/tableConfigs/again"), {"status": "Deleted TableConfigs: again"}, "delete")
        pinot.refused("GET", "/schemas/again", None, 404, "Schema not found")
        mr.check_equal(pinot.do("DELETE", "/tableConfigs/again"), {"status": "Deleted TableConfigs: again"}, "again")

    def secrets_do_not_come_back():
        table = table_of("secret", cluster.address, **{"stream.kafka.consumer.prop.sasl.password": "p4ssw0rd"})
        pinot.do("POST", "/schemas", schema_of("secret"))
        pinot.do("POST", "/tables", table)
        shown = pinot.call("GET", "/tables/secret").body
        mr.check(b"p4ssw0rd" not in shown and b'"***"' in shown, shown)
        pinot.do("PUT", "/tables/secret", json.loads(shown)["REALTIME"])
        pinot.do("DELETE", "/tables/secret")

    def a_token_is_needed():
        for headers, status in (({}, 401), (basic("x", "wrong"), 401), (basic("anybody", mr.TOKEN), 200),
                                ({"X-StorageApi-Token": mr.TOKEN}, 200)):
            answer = Pinot(server, headers).call("GET", "/schemas")
            mr.check_equal(answer.status, status, f"{headers}: {answer!r}")

    return [the_guide_works_word_for_word, documents_come_back_as_they_were_sent, mistakes_are_told_in_pinots_words,
            queries_that_fail_say_why, queries_that_nobody_waits_for_end, rows_are_there_within_a_second, a_column_more_is_there_at_once,
            a_paused_table_goes_on_where_it_was, what_is_read_is_shown, what_does_not_fit_is_kept_and_said,
            transforms_and_times_are_computed,
            texts_that_are_numbers_are_computed_as_numbers,
            a_text_that_has_not_the_pattern_is_a_reject, a_delete_column_deletes_the_row_of_its_key, what_a_filter_is_true_for_becomes_no_row,
            decimals_and_timestamps_compare_by_their_values, kills_lose_and_double_nothing, a_deleted_table_may_be_made_again,
            secrets_do_not_come_back, a_token_is_needed]


def open_case(arguments):
    def without_a_token_where_the_option_says_so():
        with mr.Server(arguments.binary, os.path.join(arguments.folder, "open"), args=["--pinot.open"]).start() as server:
            mr.check_equal(Pinot(server, {}).do("GET", "/schemas"), [], "schemas")
            for page in ({"Origin": "https://example.com"}, {"Host": "example.com"}):
                mr.check_equal(Pinot(server, page).call("GET", "/schemas").status, 403, f"{page}")
            mr.check_equal(Pinot(server, basic("x", "wrong")).call("GET", "/schemas").status, 401, "a wrong token")
            mr.check_equal(server.stop(), 0, "exit status")

    return without_a_token_where_the_option_says_so


def suite(arguments):
    with kafka_cluster.MockCluster(arguments.folder) as cluster:
        cases = [*cases_of(arguments, cluster), open_case(arguments)]
        return mr.run_cases([case for case in cases if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__, "pinot-documents", suite))
