#!/usr/bin/env python3
"""Sources that read topics, on the real binary and a cluster of brokers that is simulated.

Goal    messages become rows once, over kills and brokers that go and come; a source says what it waits for.
Method  the mock cluster of librdkafka in the process of a kcat (tests/support/kafka_cluster.py), which speaks the
        protocol, with neither transactions nor much retention.
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import avro_file  # noqa: E402
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
import schema_registry  # noqa: E402

AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
COLUMNS = [mr.path_column("n", "n"), {"type": "kafkaPartition", "name": "p"}, {"type": "kafkaOffset", "name": "o"},
           {"type": "kafkaKey", "name": "k"}, {"type": "kafkaHeader", "name": "h", "header": "origin", "defaultValue": ""}]


def create(api, source, cluster, topic, columns=None, sink=True, **more):
    body = {"sourceId": source, "type": "kafka", "name": source,
            "kafka": {"brokers": cluster.address, "topic": topic, **more}}
    api.do("POST", f"{api.BRANCH}/sources", body)
    if sink:
        api.create_sink(source, "all", f"in.c-kafka.{source}", columns or COLUMNS, AT_ONCE)


def status(api, source):
    return api.get(api.source_path(source))["kafka"].get("status", {})


def wait_state(api, source, state, what=""):
    def there():
        now = status(api, source)
        return now if now.get("state") == state and what in now.get("reason", "") else None

    return mr.wait_until(there, 30, f"{source} is {state} {what}: {status(api, source)}", poll_s=0.05)


def patch(api, source, **changes):
    api.do("PATCH", api.source_path(source), {"kafka": changes})


def cases_of(arguments, cluster):
    server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start()

    def rows(source, what="*", rest=""):
        return server.rows(f"in.c-kafka.{source}", what, rest)

    def wait_rows(source, count):
        mr.wait_until(lambda: len(rows(source)) >= count, 60, f"{count} rows of {source}: {status(server.api, source)}",
                      poll_s=0.1)

    def messages_become_rows_with_their_places():
        create(server.api, "places", cluster, "places")
        cluster.produce("places", ['{"n":1}', '{"n":2}'], key="k", headers={"origin": "here"})
        wait_rows("places", 2)
        got = sorted(rows("places", "n, k, h"))
        mr.check_equal(got, [("1", "k", "here"), ("2", "k", "here")], "rows")
        # The status is made once in a while, the rows may be there before.
        mr.wait_until(lambda: sum(p["messages"] for p in status(server.api, "places")["partitions"]) == 2, 20, "messages")
        now = status(server.api, "places")
        mr.check_equal(now["state"], "reading", "the state")
        mr.check_equal(now["sinks"][0]["accepted"], 2, "accepted")

    def what_cannot_be_mapped_is_a_reject_that_can_be_retried():
        create(server.api, "poison", cluster, "poison",
               columns=[mr.path_column("n", "n"), {"type": "kafkaOffset", "name": "o"}])
        cluster.produce("poison", ['{"n":1}', '{"m":2}', '{"n":3}'])
        wait_rows("poison", 2)
        api = server.api
        listed = api.get(api.sink_path("poison", "all") + "/rejects")
        mr.check_equal(len(listed["rejects"]), 1, "rejects")
        reject = listed["rejects"][0]
        mr.check("offset" in json.dumps(reject), f"no place in {reject}")
        body = mr.sink_body("all", "in.c-kafka.poison",
                            [mr.path_column("n", "n", defaultValue="none"), {"type": "kafkaOffset", "name": "o"}])
        api.do("PATCH", api.sink_path("poison", "all"), {"table": body["table"]})
        api.do("POST", api.sink_path("poison", "all") + "/rejects/retry")
        wait_rows("poison", 3)

    def without_a_sink_nothing_is_read():
        create(server.api, "later", cluster, "later", sink=False)
        wait_state(server.api, "later", "waiting", "no sink")
        cluster.produce("later", ['{"n":1}'])
        server.api.create_sink("later", "all", "in.c-kafka.later", COLUMNS, AT_ONCE)
        wait_rows("later", 1)

    def a_paused_source_goes_on_where_it_was():
        create(server.api, "paused", cluster, "paused")
        cluster.produce("paused", ['{"n":1}'])
        wait_rows("paused", 1)
        patch(server.api, "paused", paused=True)
        wait_state(server.api, "paused", "paused")
        cluster.produce("paused", ['{"n":2}'])
        patch(server.api, "paused", paused=False)
        wait_rows("paused", 2)
        patch(server.api, "paused", restart=True)
        wait_rows("paused", 4)
        mr.check_equal(sorted(n for n, in rows("paused", "n")), ["1", "1", "2", "2"], "rows after a restart")

    def secrets_are_never_shown_and_sealed_on_disk():
        secret = "hunter2-of-kafka"
        create(server.api, "secret", cluster, "secret", properties={
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "me",
            "sasl.password": secret})
        shown = json.dumps(server.api.get(server.api.source_path("secret")))
        mr.check(secret not in shown and '"***"' in shown, f"shown: {shown}")
        for folder, _, names in os.walk(server.data_dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    mr.check(secret.encode() not in file.read(), f"{name} has the password")
        server.api.do("DELETE", server.api.source_path("secret"))

    def properties_that_may_not_be_set_are_refused_by_name():
        api = server.api
        for name, value, what in [("ssl.ca.location", "/etc/passwd", "ssl.ca.pem"),
                                  ("plugin.library.paths", "x", "loads code"),
                                  ("group.id", "x", "group"), ("nonsense", "x", "nonsense"),
                                  ("fetch.wait.max.ms", "soon", "fetch.wait.max.ms")]:
            answer = api.call("POST", f"{api.BRANCH}/sources", {
                "type": "kafka", "name": "bad", "kafka": {
                    "brokers": "b:1", "topic": "t", "properties": {name: value}}})
            mr.check(answer.status == 400 and what in answer.json()["message"], f"{name}: {answer!r}")
        for part, what in [({"topic": "t"}, "brokers"), ({"brokers": "b"}, "topic"),
                           ({"brokers": "a b", "topic": "t"}, "brokers"),
                           ({"brokers": "b", "topic": "^t.*"}, "pattern"),
                           ({"brokers": "b", "topic": "t", "format": "csv"}, "csv.columns"),
                           ({"brokers": "b", "topic": "t", "format": "avro"}, "avroSchema"),
                           ({"brokers": "b", "topic": "t", "format": "avro", "avroSchema": {"type": "no.such"}},
                            "no type"),
                           ({"brokers": "b", "topic": "t", "format": "confluentAvro"}, "registryUrl"),
                           ({"brokers": "b", "topic": "t", "registryUrl": "http://u:p@r"}, "user.info"),
                           ({"brokers": "b", "topic": "t", "startFrom": "soon"}, "startFrom")]:
            answer = api.call("POST", f"{api.BRANCH}/sources", {"type": "kafka", "name": "bad", "kafka": part})
            mr.check(answer.status == 400 and what in answer.json()["message"], f"{part}: {answer!r}")

    def csv_and_text_and_lines_are_decoded():
        create(server.api, "csv", cluster, "csv", columns=[mr.path_column("n", "n"), mr.path_column("t", "t")],
               format="csv", csv={"columns": ["n", "t"], "delimiter": ";"}, records="lines")
        cluster.produce("csv", ['1;"a;b"|2;c', "3"], delimiter="|")
        wait_rows("csv", 2)
        create(server.api, "text", cluster, "text", columns=[{"type": "body", "name": "b"}], format="text")
        cluster.produce("text", ["hello {"])
        wait_rows("text", 1)
        mr.check_equal(rows("text", "b"), [("hello {",)], "the text")

    def avro_becomes_rows_by_the_schema_of_the_source():
        fields = [("n", "int"), ("day", {"type": "int", "logicalType": "date"}), ("t", ["null", "string"])]
        schema = {"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields]}
        create(server.api, "avro", cluster, "avro", format="avro", avroSchema=schema,
               columns=[mr.path_column("n", "n"), mr.path_column("day", "day"),
                        mr.path_column("t", "t", rawString=True)])
        cluster.produce_bytes("avro", [avro_file.record(fields, (1, 20000, "one")),
                                       avro_file.record(fields, (2, 0, None)), b"\x02"], arguments.folder)
        wait_rows("avro", 2)
        mr.check_equal(sorted(rows("avro", "n, day, t")), [("1", "2024-10-04", "one"), ("2", "1970-01-01", "null")], "rows")
        reject = mr.wait_until(lambda: server.api.get(server.api.sink_path("avro", "all") + "/rejects")["rejects"], 10,
                               "the reject")[0]
        mr.check("Avro" in json.dumps(reject), f"the reject {reject}")

    def avro_of_a_registry_waits_for_it_and_changes_with_its_schemas():
        def schema(*fields):
            return {"type": "record", "name": "r", "fields": [{"name": n, "type": t} for n, t in fields]}

        old, new, other = [("n", "int")], [("m", "int"), ("n", "long")], [("n", "string")]
        with schema_registry.SchemaRegistry(user_info="me:secret") as registry:
            registry.register(1, schema(*old))
            registry.register(2, schema(*new))
            registry.register(3, schema(*other))
            registry.is_away = True
            create(server.api, "registry", cluster, "registry", format="confluentAvro", registryUrl=registry.url,
                   properties={"schema.registry.basic.auth.user.info": "me:wrong"},
                   columns=[mr.path_column("n", "n", dataType="INTEGER"), mr.path_column("m", "m", defaultValue="0")])

            def message(number, fields, *row):
                return schema_registry.framed(number, avro_file.record(fields, row))

            begun = time.monotonic()
            cluster.produce_bytes("registry", [message(1, old, 1), message(2, new, 7, 2), message(3, other, "x"),
                                               message(9, old, 3), b"{}", message(1, old, 4)], arguments.folder)
            wait_state(server.api, "registry", "waiting", "503")
            registry.is_away = False
            wait_state(server.api, "registry", "waiting", "user.info")
            server.kill()  # nothing is lost while it waits
            server.start()
            shown = json.dumps(server.api.get(server.api.source_path("registry")))
            mr.check("me:wrong" not in shown and "***" in shown, f"shown: {shown}")
            patch(server.api, "registry", properties={"schema.registry.basic.auth.user.info": "me:secret"})
            wait_rows("registry", 3)
            mr.check_equal(sorted(map(str, rows("registry", "n || ' ' || m"))), ["('1 0',)", "('2 7',)", "('4 0',)"],
                           "rows")
            mr.wait_until(lambda: len(server.api.get(server.api.sink_path("registry", "all") + "/rejects")["rejects"])
                          == 3, 20, "rejects: a text for a number, an id that is not there, no Avro")
            # An answer that it is not there holds for ten seconds, and for one life.
            asked = registry.not_found.count("/schemas/ids/9")
            mr.check(1 <= asked <= 2 + (time.monotonic() - begun) / 10, f"{asked} questions for what is not there")

            rejects = server.api.sink_path("registry", "all") + "/rejects"
            registry.is_away = True
            failed = server.api.task("POST", rejects + "/retry")
            mr.check("503" in json.dumps(failed) and failed["status"] == "error", f"a retry without a registry: {failed}")
            registry.is_away = False
            registry.register(9, schema(*old))
            done = server.api.do("POST", rejects + "/retry")
            mr.check_equal(done["result"], "1 reject was accepted, 2 are rejected still.", "a retry")
            wait_rows("registry", 4)
            mr.check((3, "0") in rows("registry", "n, m"), f"the value that is decoded later: {rows('registry')}")

    def tombstones_delete_rows_by_the_keys_of_messages():
        api = server.api
        keyed = [mr.path_column("id", "id", primaryKey=True), mr.path_column("n", "n")]
        body = {"sourceId": "gone", "type": "kafka", "name": "gone",
                "kafka": {"brokers": cluster.address, "topic": "gone", "onNull": "delete"}}
        api.do("POST", f"{api.BRANCH}/sources", body)
        sinks = api.source_path("gone") + "/sinks"
        for columns, text in (([mr.path_column("id", "id")], "needs a primary key"),
                              ([{"type": "uuid", "name": "id", "primaryKey": True}], "uuid")):
            refused = api.call("POST", sinks, mr.sink_body("all", "in.c-kafka.gone", columns))
            mr.check_equal((refused.status, refused.json()["error"]), (400, "stream.api.badRequest"), "refused")
            mr.check(text in refused.json()["message"], f"{refused!r}")
        api.create_sink("gone", "all", "in.c-kafka.gone", keyed, AT_ONCE)

        def publish(*lines):
            cluster.produce("gone", lines, more=["-K", "|", "-Z", "-p", "0"])

        publish('1|{"id":1,"n":"a"}', '2|{"id":2,"n":"b"}', '{"id":3}|{"id":3,"n":"c"}', "1|", '{"id":3}|', "9|")
        wait_rows("gone", 1)
        mr.wait_until(lambda: rows("gone") == [("2", "b")], 30, f"row 2 alone: {rows('gone')}")
        publish('1|{"id":1,"n":"again"}', "2|", '{"other":1}|')
        mr.wait_until(lambda: rows("gone") == [("1", "again")], 30, f"row 1 alone: {rows('gone')}")
        found = mr.wait_until(lambda: api.get(sinks + "/all/rejects")["rejects"], 20, "a key without an id")
        mr.check_equal(len(found), 1, "rejects")
        mr.check("not found in the key" in found[0]["message"], f"{found}")
        def counts():
            sink = status(server.api, "gone")["sinks"][0]
            return sink["accepted"], sink["rejected"]

        mr.wait_until(lambda: counts() == (8, 1), 20, f"accepted and rejected: {counts()}")
        for n in range(3):
            publish(*(f'{i}|{{"id":{i},"n":"x"}}' for i in range(2000)), *(f"{i}|" for i in range(2000 - n)))
            server.kill()
            server.start()
        mr.wait_until(lambda: sorted(rows("gone")) == [("1998", "x"), ("1999", "x")], 60,
                      f"the last two: {len(rows('gone'))} rows, {status(server.api, 'gone')}")
        mr.wait_until(lambda: counts() == (8 + 3 * 4000 - 3, 1), 20, f"each message once: {counts()}")
        create(server.api, "unkeyed", cluster, "unkeyed")
        refused = server.api.call("PATCH", server.api.source_path("unkeyed"), {"kafka": {"onNull": "delete"}})
        mr.check_equal(refused.json()["error"], "stream.api.badRequest", "a source with an unkeyed sink")

    def tombstones_with_keys_of_avro_delete_rows():
        with schema_registry.SchemaRegistry() as registry:
            registry.register(1, {"type": "record", "name": "key", "fields": [{"name": "id", "type": "int"}]})
            create(server.api, "avrokeys", cluster, "avrokeys", onNull="delete", keyFormat="confluentAvro",
                   registryUrl=registry.url, columns=[mr.path_column("id", "id", primaryKey=True), mr.path_column("n", "n"),
                                                      {"type": "kafkaKey", "name": "k", "defaultValue": ""}])

            def key(number, schema=1):
                return schema_registry.framed(schema, bytes([2 * number])).decode()

            cluster.produce("avrokeys", [f'{key(1)}|{{"id":1,"n":"a"}}', f'{key(2)}|{{"id":2,"n":"b"}}', f"{key(1)}|", "2|",
                                         f"{key(2, schema=2)}|"], more=["-K", "|", "-Z", "-p", "0"])
            mr.wait_until(lambda: rows("avrokeys") == [("2", "b", '{"id":2}')], 30, f"row 2 alone: {rows('avrokeys')}")
            rejects = server.api.sink_path("avrokeys", "all") + "/rejects"
            found = mr.wait_until(lambda: server.api.get(rejects)["rejects"], 20, "keys that are none")
            mr.wait_until(lambda: len(server.api.get(rejects)["rejects"]) == 2, 20, f"rejects: {found}")
            registry.register(2, {"type": "record", "name": "key", "fields": [{"name": "id", "type": "int"}]})
            done = server.api.do("POST", rejects + "/retry")
            mr.check_equal(done["result"], "1 reject was accepted, 1 is rejected still.", "a retry")
            mr.wait_until(lambda: not rows("avrokeys"), 30, f"no row: {rows('avrokeys')}")

    def the_last_messages_are_shown_with_what_became_of_them():
        api = server.api
        create(api, "seen", cluster, "seen", columns=[mr.path_column("n", "n")])
        cluster.produce("seen", ['{"n":1}', '{"m":2}', "no json"], key="k", headers={"origin": "here"})
        path = api.source_path("seen") + "/requests"
        mr.wait_until(lambda: len(api.get(path)["requests"]) == 3, 20, "three messages")
        seen = {request["body"]: request for request in api.get(path)["requests"]}
        good, bad = seen['{"n":1}'], seen["no json"]
        mr.check_equal((good["status"], good["records"], good["sinks"][0]["accepted"]), ("accepted", 1, 1), "a row")
        mr.check_equal(good["kafka"]["topic"], "seen", "its place")
        mr.check_equal((bad["status"], bad["kept"], bad["error"]), ("kept", 1, "stream.in.invalidJson"), "a reject")
        mr.check("offset" in bad["message"] and "statusCode" not in bad, f"{bad}")
        refused = api.get(path + "?status=refused")["requests"]
        mr.check_equal(len(refused), 2, "not accepted")

    def a_dead_broker_is_a_state_with_its_reason():
        body = {"sourceId": "dead", "type": "kafka", "name": "dead",
                "kafka": {"brokers": "127.0.0.1:1", "topic": "t"}}
        server.api.do("POST", f"{server.api.BRANCH}/sources", body)
        server.api.create_sink("dead", "all", "in.c-kafka.dead", COLUMNS, AT_ONCE)
        wait_state(server.api, "dead", "waiting", "refused")
        failing = [one for one in server.api.get("/v1/overview")["failing"] if one.get("sourceId") == "dead"]
        mr.check_equal([one["kind"] for one in failing], ["source"], f"what fails: {failing}")
        mr.check("refused" in failing[0]["reason"] and "tries again" in failing[0]["remedy"], f"{failing}")
        server.api.do("DELETE", server.api.source_path("dead"))

    def kills_lose_and_double_nothing():
        create(server.api, "kills", cluster, "kills")
        count = 0
        for round_number in range(6):
            cluster.produce("kills", [json.dumps({"n": n}) for n in range(count, count + 2000)])
            count += 2000
            mr.wait_until(lambda: sum(p["messages"] for p in status(server.api, "kills").get("partitions", []))
                          > count - 1900, 30, f"reading in round {round_number}", poll_s=0.001)
            server.kill()
            server.start()
        mr.wait_until(lambda: len(rows("kills", "o")) >= count, 90,
                      f"{count} rows, have {len(rows('kills'))}: {status(server.api, 'kills')}", poll_s=0.2)
        got = sorted(int(n) for n, in rows("kills", "n"))
        mr.check_equal(len(got), count, "rows")
        mr.check_equal(got, list(range(count)), "numbers")
        # A life that reads nothing more knows its counters once it has its partitions.
        mr.wait_until(lambda: sum(p["messages"] for p in status(server.api, "kills").get("partitions", [])) == count,
                      30, f"messages of all lives: {status(server.api, 'kills')}")
        mr.check_equal(status(server.api, "kills")["sinks"][0]["accepted"], count, "accepted")

    def addresses_that_are_not_allowed_are_not_asked():
        with schema_registry.SchemaRegistry() as registry:
            registry.register(1, {"type": "record", "name": "r", "fields": [{"name": "n", "type": "int"}]})
            create(server.api, "near", cluster, "near")
            create(server.api, "near-registry", cluster, "near-registry", format="confluentAvro",
                   registryUrl=registry.url, columns=[mr.path_column("n", "n")])
            cluster.produce("near", ['{"n":1}'])
            server.stop()
            server.args = server.args + ["--kafka.networks", "10.0.0.0/8"]
            server.start()
            wait_state(server.api, "near", "waiting", "kafka.networks")
            server.stop()
            server.args = server.args[:-1] + ["10.0.0.0/8,127.0.0.1"]
            server.start()
            wait_rows("near", 1)
            cluster.produce_bytes("near-registry", [schema_registry.framed(1, b"\x02")], arguments.folder)
            wait_rows("near-registry", 1)
            server.stop()
            server.args = server.args[:-2]
            server.start()

    def counters_are_there_from_the_start():
        api = server.api
        create(api, "counted", cluster, "counted")
        cluster.produce("counted", ['{"n":1}', '{"n":2}'])
        wait_rows("counted", 2)
        patch(api, "counted", paused=True)
        wait_state(api, "counted", "paused")
        server.stop()
        server.start()
        now = status(server.api, "counted")
        mr.check_equal(now["sinks"][0]["accepted"], 2, f"accepted: {now}")
        mr.check_equal(sum(p["messages"] for p in now["partitions"]), 2, f"messages: {now}")

    def a_headers_column_has_all_headers():
        create(server.api, "headers", cluster, "headers",
               columns=[{"type": "headers", "name": "all"}, {"type": "kafkaOffset", "name": "o"}])
        cluster.produce("headers", ['{}'], headers={"origin": "here", "other": "x"})
        wait_rows("headers", 1)
        mr.check_equal(json.loads(rows("headers", '"all"')[0][0]), {"Origin": "here", "Other": "x"}, "headers")

    def a_stop_is_quick():
        mr.check_equal(server.stop(), 0, "exit status")
        server.start()

    return [messages_become_rows_with_their_places, what_cannot_be_mapped_is_a_reject_that_can_be_retried,
            without_a_sink_nothing_is_read, a_paused_source_goes_on_where_it_was,
            secrets_are_never_shown_and_sealed_on_disk, properties_that_may_not_be_set_are_refused_by_name,
            csv_and_text_and_lines_are_decoded, avro_becomes_rows_by_the_schema_of_the_source,
            avro_of_a_registry_waits_for_it_and_changes_with_its_schemas, a_dead_broker_is_a_state_with_its_reason,
            tombstones_delete_rows_by_the_keys_of_messages, tombstones_with_keys_of_avro_delete_rows,
            the_last_messages_are_shown_with_what_became_of_them, a_headers_column_has_all_headers,
            kills_lose_and_double_nothing, addresses_that_are_not_allowed_are_not_asked, counters_are_there_from_the_start,
            a_stop_is_quick]


def suite(arguments):
    with kafka_cluster.MockCluster(arguments.folder) as cluster:
        return mr.run_cases([case for case in cases_of(arguments, cluster) if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__, "kafka-mock", suite))
