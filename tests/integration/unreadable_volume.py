#!/usr/bin/env python3
"""A volume that cannot be read at the start is there as failed, and the others serve.

Goal    one broken disk does not keep the node from starting, and nobody takes its rows for none.
Method  the real binary with two volumes; something in the journal of one that cannot be opened as a segment.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

SOURCES = [f"source-{number}" for number in range(12)]


class Node:
    def __init__(self, arguments):
        self.fast = os.path.join(arguments.folder, "fast")
        self.server = mr.Server(arguments.binary, os.path.join(arguments.folder, "data"),
                                args=["--volume", f"fast={self.fast}"])
        self.paths = {}
        self.stored = dict.fromkeys(SOURCES, 0)

    def post(self, source):
        answer = mr.request(self.server.ready["ingest"], "POST", self.paths[source], b"x")
        mr.check_equal(answer.status, 200, f"{answer!r}")
        self.stored[source] += 1
        receipt = self.server.api.get("/v1/branches/default/receipts/" + answer.headers["receipt"])
        return receipt["volume"]

    def up(self, volume):
        samples = self.server.api.call("GET", "/metrics").body.decode().splitlines()
        prefix = f'millrace_volume_up{{volume="{volume}"}} '
        return next(sample for sample in samples if sample.startswith(prefix)).removeprefix(prefix)


def run(arguments):
    node = Node(arguments)
    with node.server.start() as server:
        for source in SOURCES:
            node.paths[source] = server.api.create_source(source)
            server.api.create_sink(source, "bodies", f"in.c-unreadable.{source}", [{"type": "body", "name": "body"}],
                                   {mr.IMPORT_COUNT: 1_000_000})
        mr.check_equal({node.post(source) for source in SOURCES}, {"default", "fast"}, "volumes")
        mr.check_equal(server.kill(), -9, "exit status")

        broken = os.path.join(node.fast, "journal", "9999999999.segment")
        os.mkdir(broken)
        server.start()
        mr.check_equal((node.up("default"), node.up("fast")), ("1", "0"), "volumes that are up")
        mr.check_equal({node.post(source) for source in SOURCES}, {"default"}, "volumes that take rows")
        ledger = server.api.call("GET", server.api.sink_path(SOURCES[0], "bodies") + "/ledger")
        mr.check_equal((ledger.status, ledger.json()["error"]), (503, "stream.api.volumeFailed"), "ledger")
        log = server.log_tail(1000)
        mr.check('"volume_is_failed"' in log and broken in log, "the log does not say why")
        mr.check(not os.path.exists(os.path.join(node.fast, "FAILED")), "it is failed for good")
        mr.check_equal(server.stop(), 0, "exit status")

        os.rmdir(broken)
        server.start()
        mr.check_equal((node.up("default"), node.up("fast")), ("1", "1"), "volumes that are up")
        for source in SOURCES:
            server.api.patch_sink(source, "bodies", {mr.IMPORT_COUNT: 1})
        for source in SOURCES:
            server.api.wait_drained(source, "bodies")
            mr.check_equal(server.rows(f"in.c-unreadable.{source}", "count(*)")[0][0], node.stored[source], source)


def cases(arguments):
    def an_unreadable_volume_is_there_as_failed():
        run(arguments)

    return [an_unreadable_volume_is_there_as_failed]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "unreadable-volume", cases))
