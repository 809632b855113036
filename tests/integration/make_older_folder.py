#!/usr/bin/env python3
"""Makes a data folder for tests/data/folders, as tests/data/README.md says; no test runs this.

    make_older_folder.py --binary millrace --commit 988d3c8 --to tests/data/folders

The program is that of the commit.
"""

import argparse
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import older_folder as older  # noqa: E402

LIVES = 4  # each but the last ends in order, with a checkpoint, after which segments of the journal are used again
REQUESTS = 25  # of each connection in a life


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--to", required=True)
    arguments = parser.parse_args()

    folder = mr.scratch_folder(arguments.binary, "older-folder")
    promises = older.Promises()
    with mr.Server(arguments.binary, os.path.join(folder, "data")) as server:
        server.start()
        path = older.create(server)
        for _ in range(LIVES - 1):
            older.load(server, path, promises, REQUESTS)
            mr.check_equal(server.stop(), 0, "exit status")
            server.start()
        older.load(server, path, promises, REQUESTS, then=server.kill)

    name = os.path.join(arguments.to, arguments.commit)
    os.makedirs(arguments.to, exist_ok=True)
    subprocess.run(["tar", "--sort=name", "--owner=0", "--group=0", "-C", folder, "-cJf", name + ".tar.xz", "data"],
                   check=True)
    with open(name + ".json", "w", encoding="utf-8") as file:
        json.dump({"path": path, "requests": promises.requests}, file, indent=0, ensure_ascii=False)
    print(f"{len(promises.acknowledged())} records acknowledged, {len(promises.in_doubt())} in doubt")


if __name__ == "__main__":
    main()
