#!/usr/bin/env python3
"""Pinot's guide for stream ingestion, followed word by word on the real binary and a real broker.

Goal    topic, schema, table, kafka-console-producer, select: what the guide says happens.
Method  a broker of Apache Kafka (KRaft) from Maven, one node; skipped where Maven cannot fetch it. Only host and port
        of the guide's documents are changed.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
from pinot_client import Pinot, guide, guide_table, records  # noqa: E402


def cases_of(arguments, broker):
    server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data"), args=["--pinot.open"]).start()
    pinot = Pinot(server, {})

    def the_guide():
        broker.create_topic("transcript-topic", 1)
        pinot.do("POST", "/schemas", guide("transcript-schema.json"))
        pinot.do("POST", "/tables", guide_table(broker.address))
        done = broker.java("org.apache.kafka.tools.ConsoleProducer", "--bootstrap-server", broker.address, "--topic",
                           "transcript-topic", input=guide("transcript.json").encode())
        mr.check_equal(done.returncode, 0, f"{done.stderr}")
        began = time.monotonic()
        pinot.wait_count("transcript", len(records()))
        print(f"        twelve rows {time.monotonic() - began:.3f} s after the producer ended", flush=True)
        mr.check_equal(pinot.rows("select firstName, lastName, round(avg(score), 3) from transcript group by firstName, lastName "
                                  "order by firstName, lastName limit 3"),
                       [["Bob", "Lewis", 3.4], ["Jane", "Doe", 3.525], ["John", "Doe", 3.5]], "averages")

    def again_with_one_call_as_pinot_admin_sends_it():
        import json
        table = json.loads(guide_table(broker.address))
        mr.check_equal(pinot.do("DELETE", "/tables/transcript"), {"status": "Tables: [transcript_REALTIME] deleted"}, "")
        pinot.do("DELETE", "/schemas/transcript")
        pinot.do("POST", "/tableConfigs", {"tableName": "transcript", "schema": json.loads(guide("transcript-schema.json")),
                                           "realtime": table})
        pinot.wait_count("transcript", len(records()))

    return [the_guide, again_with_one_call_as_pinot_admin_sends_it]


def suite(arguments):
    with kafka_cluster.Broker(arguments.folder, os.path.dirname(os.path.abspath(arguments.binary)) + "/..") as broker:
        return mr.run_cases([case for case in cases_of(arguments, broker) if arguments.case in case.__name__])


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__, "pinot-guide", suite))
