#!/usr/bin/env python3
"""Sources that read topics, on the real binary and a cluster of brokers that is simulated.

Goal    messages become rows once, over kills and brokers that go and come; a source says what it waits for.
Method  the mock cluster of librdkafka in the process of a kcat (tests/support/kafka_cluster.py), which speaks the
        protocol, with neither transactions nor much retention.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402

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
        now = status(server.api, "places")
        mr.check_equal(now["state"], "reading", "the state")
        mr.check_equal(sum(p["messages"] for p in now["partitions"]), 2, "messages")
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
                           ({"brokers": "b", "topic": "t", "format": "avro"}, "not available"),
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

    def a_dead_broker_is_a_state_with_its_reason():
        body = {"sourceId": "dead", "type": "kafka", "name": "dead",
                "kafka": {"brokers": "127.0.0.1:1", "topic": "t"}}
        server.api.do("POST", f"{server.api.BRANCH}/sources", body)
        server.api.create_sink("dead", "all", "in.c-kafka.dead", COLUMNS, AT_ONCE)
        wait_state(server.api, "dead", "waiting", "refused")
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

    def a_stop_is_quick():
        mr.check_equal(server.stop(), 0, "exit status")
        server.start()

    return [messages_become_rows_with_their_places, what_cannot_be_mapped_is_a_reject_that_can_be_retried,
            without_a_sink_nothing_is_read, a_paused_source_goes_on_where_it_was,
            secrets_are_never_shown_and_sealed_on_disk, properties_that_may_not_be_set_are_refused_by_name,
            csv_and_text_and_lines_are_decoded, a_dead_broker_is_a_state_with_its_reason,
            kills_lose_and_double_nothing, a_stop_is_quick]


def suite(arguments):
    with kafka_cluster.MockCluster(arguments.folder) as cluster:
        return mr.run_cases([case for case in cases_of(arguments, cluster) if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__, "kafka-mock", suite))
