#!/usr/bin/env python3
"""Sources that read topics, on the real binary and a real broker.

Goal    every message of a numbered stream is a row exactly once in a table without a key, whatever is killed; what a
        transaction aborted is no row; what retention took is a gap that is told.
Method  a broker of Apache Kafka (KRaft) from Maven, one node; skipped where Maven cannot fetch it.
"""

import json
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402

IN_GROUPS = {mr.UPLOAD_COUNT: 2000, mr.IMPORT_COUNT: 4000, mr.UPLOAD_INTERVAL: "1s", mr.IMPORT_INTERVAL: "30s"}
AT_ONCE = {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1}
COLUMNS = [mr.path_column("n", "n"), {"type": "kafkaPartition", "name": "p"}, {"type": "kafkaOffset", "name": "o"}]


class Load:
    """Publishes numbered messages until it is told to stop, and begins again where a broker has not taken one."""

    def __init__(self, broker, topic, group=500):
        self.broker = broker
        self.topic = topic
        self.group = group
        self.published = 0
        self.stops = threading.Event()
        self.thread = threading.Thread(target=self._publish)
        self.thread.start()

    def _publish(self):
        while not self.stops.is_set():
            values = [json.dumps({"n": n}) for n in range(self.published, self.published + self.group)]
            # A group is there as a whole or not at all, and not twice where it is sent again.
            # -E: a broker that is away for a moment does not end kcat.
            self.broker.produce(self.topic, values, more=["-E", "-X", "enable.idempotence=true", "-X",
                                                          "delivery.timeout.ms=55000"])
            self.published += self.group
            self.stops.wait(0.02)

    def stop(self):
        self.stops.set()
        self.thread.join()
        return self.published


def cases_of(arguments, broker):
    server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data")).start()

    def create(source, topic, settings=None, **more):
        api = server.api
        api.do("POST", f"{api.BRANCH}/sources", {
            "sourceId": source, "type": "kafka", "name": source,
            "kafka": {"brokers": broker.address, "topic": topic, **more}})
        api.create_sink(source, "all", f"in.c-kafka.{source}", COLUMNS, settings or AT_ONCE)

    def status(source):
        return server.api.get(server.api.source_path(source))["kafka"].get("status", {})

    def rows(source, what="*", rest=""):
        return server.rows(f"in.c-kafka.{source}", what, rest)

    def wait_messages(source, count, timeout_s=60):
        mr.wait_until(lambda: sum(p["messages"] for p in status(source).get("partitions", [])) >= count, timeout_s,
                      f"{count} messages of {source}: {status(source)}", poll_s=0.1)

    def check_each_once(source, count):
        api = server.api
        wait_messages(source, count)
        now = status(source)  # before its sink is disabled, and not in it any more
        api.do("PUT", api.sink_path(source, "all") + "/disable")
        api.wait_drained(source, "all")
        numbers = sorted(int(n) for n, in rows(source, "n"))
        missing = sorted(set(range(count)) - set(numbers))
        mr.check(numbers == list(range(count)),
                 f"{len(numbers)} rows of {count} messages; missing {missing[:5]} ({len(missing)}), "
                 f"double {len(numbers) - len(set(numbers))}")
        mr.check_equal(sum(p["messages"] for p in now["partitions"]), count, "messages of all lives")
        mr.check_equal(now["sinks"][0]["accepted"], count, "accepted of all lives")
        for p in now["partitions"]:
            mr.check_equal(p["nextOffset"] - p["firstOffset"], p["messages"] + p["withoutMessage"] + p["lost"],
                           f"the ledger of partition {p['partition']}")

    def millrace_killed_in_a_loop_under_load():
        broker.create_topic("kills", 3)
        create("kills", "kills", IN_GROUPS)
        load = Load(broker, "kills")
        chance = random.Random(arguments.seed)
        try:
            for _ in range(arguments.kills):
                server.process.poll()
                threading.Event().wait(chance.uniform(0.05, 0.6))
                server.kill()
                server.start()
        finally:
            count = load.stop()
        print(f"        {arguments.kills} kills, {count} messages")
        check_each_once("kills", count)

    def the_broker_killed_and_started_again():
        broker.create_topic("broker", 2)
        create("broker", "broker", IN_GROUPS)
        load = Load(broker, "broker")
        try:
            for _ in range(2):
                wait_messages("broker", load.published)
                broker.kill()
                mr.wait_until(lambda: status("broker")["state"] == "waiting", 30, "the source waits", poll_s=0.1)
                server.kill()
                server.start()
                broker.start()
                mr.wait_until(lambda: status("broker").get("state") == "reading", 60, "the source reads", poll_s=0.1)
        finally:
            count = load.stop()
        check_each_once("broker", count)

    def what_was_aborted_is_no_row():
        broker.create_topic("tx", 1)
        def committed():  # nothing of it is there before the coordinator of the broker is ready
            try:
                broker.produce("tx", ['{"n":0}', '{"n":1}'], more=["-X", "transactional.id=t1"])
            except mr.Failure:
                return False
            return True

        mr.wait_until(committed, 60, "a transaction", poll_s=1)
        broker.produce("tx", ['{"n":2}'])
        create("tx", "tx")
        wait_messages("tx", 3)
        # The broker writes the mark after it has answered the commit, so message 2 may stand before the mark. Rows of
        # the transaction are there only when the mark is, so message 3 stands behind it.
        broker.produce("tx", ['{"n":3}'])
        check_each_once("tx", 4)
        now = status("tx")["partitions"][0]
        mr.check_equal(now["withoutMessage"], 1, "the mark of the transaction")

    def what_was_deleted_is_a_gap():
        broker.create_topic("expired", 1)
        create("expired", "expired")
        broker.produce("expired", ['{"n":0}', '{"n":1}'])
        wait_messages("expired", 2)
        server.stop()
        broker.produce("expired", [json.dumps({"n": n}) for n in range(2, 10)])
        wanted = os.path.join(arguments.folder, "delete.json")
        with open(wanted, "w", encoding="utf-8") as file:
            json.dump({"partitions": [{"topic": "expired", "partition": 0, "offset": 7}], "version": 1}, file)
        done = broker.java("org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server", broker.address,
                           "--offset-json-file", wanted)
        mr.check_equal(done.returncode, 0, f"delete records: {done.stderr}")
        server.start()
        wait_messages("expired", 5)
        now = status("expired")
        mr.check_equal([(g["from"], g["to"], g["lost"], g["reason"]) for g in now["gaps"]], [(2, 7, 5, "expired")],
                       "gaps")
        mr.check_equal(now["partitions"][0]["lost"], 5, "lost")

    def an_added_partition_is_read():
        broker.create_topic("grows", 1)
        create("grows", "grows", startFrom="latest")
        mr.wait_until(lambda: status("grows").get("state") == "reading", 30, "reading", poll_s=0.1)
        done = broker.java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", broker.address, "--alter",
                           "--topic", "grows", "--partitions", "2")
        mr.check_equal(done.returncode, 0, f"alter: {done.stderr}")
        broker.produce("grows", ['{"n":0}'], more=["-p", "1"])
        check_each_once("grows", 1)

    def a_time_is_where_reading_begins():
        broker.create_topic("time", 1)
        broker.produce("time", ['{"n":7}'])
        create("future", "time", startFrom="2099-01-01T00:00:00Z")
        create("past", "time", startFrom="2020-01-01T00:00:00Z")
        wait_messages("past", 1)
        mr.check_equal(status("future")["partitions"][0]["nextOffset"], 1, "behind the end")

    return [what_was_aborted_is_no_row, what_was_deleted_is_a_gap, an_added_partition_is_read,
            a_time_is_where_reading_begins, the_broker_killed_and_started_again,
            millrace_killed_in_a_loop_under_load]


def suite(arguments):
    with kafka_cluster.Broker(arguments.folder, os.path.dirname(os.path.abspath(arguments.binary)) + "/..") as broker:
        return mr.run_cases([case for case in cases_of(arguments, broker) if arguments.case in case.__name__])


def options(parser):
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__, "kafka-broker", suite, add_options=options))
