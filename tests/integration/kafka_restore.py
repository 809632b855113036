#!/usr/bin/env python3
"""Kafka sources of an installation that is restored from a backup, after the old one went on for a while.

Goal    each message is a row of each sink once, in tables without a key too, whether the old installation had imported it
        behind the backup or had it in a file that is lost; and each message that cannot be mapped is a reject. So when the
        restored installation is lost too, and the same backup is restored again, or one of its own.
Method  the real binary and the mock cluster of librdkafka; messages come in all the time. The tables outlive the data
        folder. The source is taken out of its pause without saying where it is to go on.
"""

import collections
import os
import shutil
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import backup  # noqa: E402
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
import postgres_database  # noqa: E402

NEVER = 10_000_000
SINKS = {
    "fast": {mr.UPLOAD_COUNT: 1, mr.IMPORT_COUNT: 1},
    "some": {mr.UPLOAD_COUNT: 20, mr.IMPORT_COUNT: 60},
    "slow": {mr.UPLOAD_COUNT: NEVER, mr.UPLOAD_INTERVAL: "30m", mr.IMPORT_COUNT: NEVER, mr.IMPORT_INTERVAL: "1h"},
}
EVERY = 10  # so many messages, one of which no sink can map


class Producer:
    """Publishes numbered messages to a topic until it is told to stop."""

    def __init__(self, cluster, topic):
        self.cluster, self.topic = cluster, topic
        self.count = 0
        self.stops = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.stops.is_set():
            numbers = range(self.count, self.count + 20)
            self.cluster.produce(self.topic, [f'{{"bad":{n}}}' if n % EVERY == 3 else f'{{"id":"m-{n}"}}' for n in numbers])
            self.count += len(numbers)

    def wait_for(self, more):
        wanted = self.count + more
        mr.wait_until(lambda: self.count >= wanted, 60, f"{more} more messages")

    def finish(self):
        self.stops.set()
        self.thread.join()


def kafka(api):
    return api.get(api.source_path("shop"))["kafka"]


def read(api):
    return sum(partition["messages"] for partition in kafka(api).get("status", {}).get("partitions", []))


def create(api, cluster, topic, target):
    api.do("POST", f"{api.BRANCH}/sources", {"sourceId": "shop", "type": "kafka", "name": "shop", "kafka": {
        "brokers": cluster.address, "topic": topic}})
    for sink, settings in SINKS.items():
        body = mr.sink_body(sink, f"in.c-shop.{sink}", [mr.path_column("id", "id", rawString=True)])
        body["table"]["target"] = target
        api.do("POST", f"{api.source_path('shop')}/sinks", body)
        api.patch_sink("shop", sink, settings)


def flush(api):
    for sink in SINKS:
        api.do("POST", f"{api.sink_path('shop', sink)}/flush")


def check_once(site, api, count):
    """Every message is a row or a reject of each sink, once."""
    owed = collections.Counter(f"m-{n}" for n in range(count) if n % EVERY != 3)
    for sink in SINKS:
        got = collections.Counter(site.rows(sink))
        twice = sum(more - 1 for more in got.values() if more > 1)
        mr.check_equal((len(owed - got), twice), (0, 0), f"rows of {sink} that are missing, and that are there twice")
        ledger = api.get(api.sink_path("shop", sink) + "/ledger")
        mr.check_equal(ledger["keptRejects"], sum(n % EVERY == 3 for n in range(count)), f"rejects of {sink}: {ledger}")


def go_on_behind_a_backup(site, cluster, topic):
    with site.server("old").start() as old:
        create(old.api, cluster, topic, site.target)
        producer = Producer(cluster, topic)
        producer.wait_for(200)
        mr.wait_until(lambda: read(old.api) >= 200, 60, "messages that are read")
        site.backup("old", "copy")
        at_backup = read(old.api)  # as is shown, a moment late
        published = producer.count + 20
        producer.wait_for(200)
        mr.wait_until(lambda: read(old.api) >= at_backup + 200, 60, "messages behind the backup")
        flush(old.api)  # files of the backup, and later ones, are imported
        producer.wait_for(100)
        mr.wait_until(lambda: read(old.api) >= at_backup + 250, 60, "messages that are lost with their files")
        old.kill()
    told = site.restore("copy", "new")
    mr.check("1 Kafka sources are paused" in told and "goes on where the backup was taken" in told, told)
    shutil.copy(site.path("old/secrets.key"), site.path("new/secrets.key"))
    producer.wait_for(100)
    with site.server("new").start() as new:
        shown = kafka(new.api)
        mr.check_equal(shown["paused"], True, "paused")
        mr.check(200 <= read(new.api) <= published, f"read at the time of the backup: {shown}")
        unpause(new.api)
        mr.wait_until(lambda: read(new.api) >= at_backup + 20, 60, "it goes on")
        new.kill()  # also amid what comes a second time
        new.start()
        go_on(new.api, producer)
        site.backup("new", "later")
        go_on(new.api, producer)
        new.kill()
    # Each is lost behind its own imports.
    for copy, name in (("copy", "third"), ("later", "fourth")):
        with bring(site, copy, name) as again:
            go_on(again.api, producer)
            again.kill()
    with bring(site, "later", "last") as new:
        producer.finish()
        mr.wait_until(lambda: read(new.api) >= producer.count, 60, f"all {producer.count} are read: {kafka(new.api)}")
        flush(new.api)
        check_once(site, new.api, producer.count)
        counted = kafka(new.api)["status"]
        mr.check_equal(sum(p["messages"] for p in counted["partitions"]), producer.count, "messages")
        for sink in counted["sinks"]:
            mr.check_equal(sink["records"], producer.count, f"records of {sink}")


def unpause(api):
    api.do("PATCH", api.source_path("shop"), {"kafka": {"paused": False}})


def go_on(api, producer):
    """Until rows of new messages are imported; some sinks have others that wait."""
    producer.wait_for(60)
    mr.wait_until(lambda: read(api) >= producer.count - 20, 60, "new messages that are read")
    flush(api)
    producer.wait_for(40)


def bring(site, copy, name):
    site.restore(copy, name)
    shutil.copy(site.path("old/secrets.key"), site.path(name + "/secrets.key"))
    server = site.server(name).start()
    unpause(server.api)
    return server


def suite(arguments):
    with kafka_cluster.MockCluster(arguments.folder) as cluster, postgres_database.Database() as database:
        def each_message_is_once_in_sqlite():
            site = backup.sqlite_site(arguments.binary, os.path.join(arguments.folder, "sqlite"))
            go_on_behind_a_backup(site, cluster, "sqlite")

        def each_message_is_once_in_postgresql():
            def rows(sink):
                return [row[0] for row in database.rows(f'SELECT id FROM "in.c-shop"."{sink}"')]

            site = backup.Site(arguments.binary, os.path.join(arguments.folder, "postgres"),
                               ["--target", "warehouse.kind=postgres", "--target", f"warehouse.dsn={database.dsn}"], rows,
                               "warehouse")
            go_on_behind_a_backup(site, cluster, "postgres")

        cases = [each_message_is_once_in_sqlite, each_message_is_once_in_postgresql]
        return mr.run_cases([case for case in cases if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "kafka_restore", suite))
