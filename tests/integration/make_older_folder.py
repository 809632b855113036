#!/usr/bin/env python3
"""Makes a data folder for tests/data/folders, as tests/data/README.md says; no test runs this.

    make_older_folder.py --binary millrace --name schema-26 --to tests/data/folders

The program is that of the version that the folder is to be of.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import kafka_cluster  # noqa: E402
import millrace_client as mr  # noqa: E402
import older_doors as doors  # noqa: E402
import older_folder as older  # noqa: E402

LIVES = 4  # each but the last ends in order, with a checkpoint, after which segments of the journal are used again
REQUESTS = 25  # of each connection in a life
EXPORTS = 8  # of OTLP in a life
MESSAGES = 20  # of the topic in a life


def further_doors(server, folder, stack, kept):
    """What sends by them in a life. `kept` gets what was sent."""
    cluster = stack.enter_context(kafka_cluster.MockCluster(folder))
    telemetry, loads, topic = doors.Telemetry(server), doors.Loads(server), doors.Topic(server)
    telemetry.create()
    loads.create()
    loads.run()
    topic.create(cluster)
    kept.update(telemetry=telemetry.kept, loads=loads.kept, topic=topic.kept)

    def fill():
        telemetry.load(EXPORTS)
        topic.produce(cluster, MESSAGES)
        topic.wait_read()

    return fill


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--events-only", action="store_true", help="for programs that have no other door")
    parser.add_argument("--to", required=True)
    arguments = parser.parse_args()

    folder = mr.scratch_folder(arguments.binary, "older-folder")
    promises = older.Promises()
    kept = {}
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(mr.Server(arguments.binary, os.path.join(folder, "data")))
        server.start()
        path = older.create(server)
        fill = (lambda: None) if arguments.events_only else further_doors(server, folder, stack, kept)
        for _ in range(LIVES - 1):
            fill()
            older.load(server, path, promises, REQUESTS)
            mr.check_equal(server.stop(), 0, "exit status")
            server.start()
        fill()
        older.load(server, path, promises, REQUESTS, then=server.kill)

    name = os.path.join(arguments.to, arguments.name)
    os.makedirs(arguments.to, exist_ok=True)
    subprocess.run(["tar", "--sort=name", "--owner=0", "--group=0", "-C", folder, "-cJf", name + ".tar.xz", "data"],
                   check=True)
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump({"path": path, "requests": promises.requests, **kept}, file, indent=0, ensure_ascii=False)
    print(f"{len(promises.acknowledged())} records acknowledged, {len(promises.in_doubt())} in doubt")


if __name__ == "__main__":
    main()
