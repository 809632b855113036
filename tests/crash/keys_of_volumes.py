#!/usr/bin/env python3
"""Keys of sources on several volumes, on the real binary.

Goal    while a volume that may know a key is away, nothing is written twice and other sources do not notice; when it
        is back, the first answers are given again.
Method  a source on each of two volumes. One of them is marked FAILED, left out of the configuration, or fails under
        the service by the shim, with a request in doubt.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

AWAY = (503, "stream.in.keysUnavailable")


class Keys:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.data = os.path.join(folder, "data")
        self.fast = os.path.join(folder, "volumes", "fast")  # where the shim looks for journals
        self.paths = {}
        self.sources = {}
        self.sent = {}  # rows by volume

    def server(self, volumes=True, **shim):
        env = {f"MILLRACE_SHIM_{name.upper()}": str(value) for name, value in shim.items()}
        if shim:
            env.update(LD_PRELOAD=self.arguments.shim, MILLRACE_SHIM_REPORT=self.data + ".report")
        args = ["--volume", f"fast={self.fast}"] if volumes else []
        return mr.Server(self.arguments.binary, self.data, env=env, args=args)

    def post(self, server, home, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        return mr.request(server.ready["ingest"], "POST", self.paths[home], b"x", headers)

    def first(self, server, home, key=None):
        """Returns the volume that took the record."""
        answer = self.post(server, home, key)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, None), f"{key}: {answer!r}")
        self.sent[home] = self.sent.get(home, 0) + 1
        return server.api.get(f"/v1/branches/default/receipts/{answer.headers['receipt']}")["volume"]

    def again(self, server, home, key):
        answer = self.post(server, home, key)
        mr.check_equal((answer.status, answer.headers["idempotency-replayed"]), (200, "true"), f"{key}: {answer!r}")

    def refused(self, server, home, key):
        answer = self.post(server, home, key)
        mr.check_equal((answer.status, answer.json()["error"]), AWAY, f"{key}: {answer!r}")
        mr.check(int(answer.headers["retry-after"]) > 0, "Retry-After")

    def a_source_of_each_volume_has_a_key(self):
        with self.server().start() as server:
            for number in range(20):
                if len(self.paths) == 2:
                    break
                source = f"source-{number}"
                path = server.api.create_source(source)
                server.api.create_sink(source, "bodies", f"in.c-keys.{source}", [{"type": "body", "name": "body"}],
                                       {mr.IMPORT_COUNT: 1_000_000})
                answer = mr.request(server.ready["ingest"], "POST", path, b"x")
                home = server.api.get(f"/v1/branches/default/receipts/{answer.headers['receipt']}")["volume"]
                if home not in self.paths:
                    self.paths[home] = path
                    self.sent[home] = 1
                    self.sources[home] = source
            mr.check_equal(sorted(self.paths), ["default", "fast"], "volumes")
            for home in self.paths:
                mr.check_equal(self.first(server, home, "known"), home, "volume of the first key")
                self.again(server, home, "known")
            server.kill()

    def others_do_not_notice(self, server, key):
        self.again(server, "default", "known")
        mr.check_equal(self.first(server, "default", key), "default", "volume of the other source")
        self.again(server, "default", key)
        mr.check_equal(self.first(server, "fast"), "default", "volume of a record without a key")

    def a_failed_volume_is_missed(self):
        mark = os.path.join(self.fast, "FAILED")
        with open(mark, "w", encoding="utf-8") as file:
            file.write("a person says so\n")
        for life in range(2):
            with self.server().start() as server:
                for key in ("known", "new"):
                    self.refused(server, "fast", key)
                self.others_do_not_notice(server, f"failed-{life}")
                server.stop()
        os.remove(mark)

    def a_volume_that_is_left_out_is_missed(self):
        with self.server(volumes=False).start() as server:
            for key in ("known", "new"):
                self.refused(server, "fast", key)
            self.others_do_not_notice(server, "left-out")
            server.stop()

    def a_volume_that_is_back_knows_its_keys(self):
        with self.server().start() as server:
            self.again(server, "fast", "known")
            mr.check_equal(self.first(server, "fast", "new"), "fast", "volume of a new key")
            self.again(server, "fast", "new")
            self.again(server, "default", "failed-1")
            server.stop()

    def a_request_in_doubt_is_not_taken_elsewhere(self):
        with self.server(fail_sync_at=60, dir=self.fast).start() as server:
            for number in range(200):
                answer = self.post(server, "fast", f"doubt-{number}")
                if answer.status != 200:
                    break
                self.sent["fast"] += 1
            mr.check_equal((answer.status, answer.json()["error"]), (503, "stream.in.unknownOutcome"), f"{answer!r}")
            self.refused(server, "fast", f"doubt-{number}")
            self.refused(server, "fast", "newer")
            self.again(server, "fast", "known")
            self.others_do_not_notice(server, "in-doubt")
            server.stop()
        with self.server().start() as server:
            self.refused(server, "fast", f"doubt-{number}")
            server.stop()
        os.remove(os.path.join(self.fast, "FAILED"))
        with self.server().start() as server:
            answer = self.post(server, "fast", f"doubt-{number}")  # its row is there, or it is written now
            mr.check_equal(answer.status, 200, f"{answer!r}")
            self.sent["fast"] += 1
            for home in ("default", "fast"):
                source = self.sources[home]
                server.api.patch_sink(source, "bodies", {mr.IMPORT_COUNT: 1})
                server.api.wait_drained(source, "bodies")
                mr.check_equal(server.rows(f"in.c-keys.{source}", "count(*)")[0][0], self.sent[home], f"rows of {source}")
            server.stop()

    def in_order(self):
        return [self.a_source_of_each_volume_has_a_key, self.a_failed_volume_is_missed,
                self.a_volume_that_is_left_out_is_missed, self.a_volume_that_is_back_knows_its_keys,
                self.a_request_in_doubt_is_not_taken_elsewhere]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "keys-of-volumes",
                              lambda arguments: Keys(arguments, arguments.folder).in_order(), needs_shim=True))
