#!/usr/bin/env python3
"""Order of sync and answer, failed syncs, second processes and the orderly end, on the real binary.

Goal    no 2xx leaves before the fdatasync that covers its rows; a failed fdatasync is final; two processes
        never share a folder or a port; SIGTERM loses nothing.
Method  the shim between the binary and libc (docs/testing.md). The order check is itself proved: with the
        syncs taken away it must end the process.
"""

import os
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import load as load_client  # noqa: E402
import millrace_client as mr  # noqa: E402

SOURCE = "order"
SINK = "events"
TABLE = "in.c-order.events"
COLUMNS = [mr.path_column("n", "n", raw=False), mr.path_column("mark", "mark"), {"type": "body", "name": "body"}]
DELAY_MS = 200
BREACH_STATUS = 99
LOCKED_STATUS = 3
FAILURE_STATUS = 1


def body_of(number):
    """With the marker that the shim follows from the request to the journal to the answer."""
    return b'{"n":%d,"mark":"mark-%016x"}' % (number, number)


class Folder:
    """A data folder with a source and a sink, and what was acknowledged on it."""

    def __init__(self, arguments, name):
        self.arguments = arguments
        self.path = os.path.join(arguments.folder, name)
        self.report = self.path + ".report"
        self.acknowledged = []
        with self.server().start() as server:
            self.stream_path = server.api.create_source(SOURCE)
            server.api.create_sink(SOURCE, SINK, TABLE, COLUMNS)
            mr.check_equal(server.stop(), 0, "exit status")

    def server(self, **shim):
        """Shim options by name: sync_delay_ms=200 is MILLRACE_SHIM_SYNC_DELAY_MS=200."""
        env = {}
        if shim:
            env = {f"MILLRACE_SHIM_{name.upper()}": str(value) for name, value in shim.items()}
            env.update(MILLRACE_SHIM_DIR=self.path, MILLRACE_SHIM_REPORT=self.report,
                       LD_PRELOAD=self.arguments.shim,
                       ASAN_OPTIONS="verify_asan_link_order=0:" + os.environ.get("ASAN_OPTIONS", ""))
        return mr.Server(self.arguments.binary, self.path, env)

    def reported(self, word):
        if not os.path.exists(self.report):
            return []
        with open(self.report, encoding="utf-8") as file:
            return [line.strip() for line in file if line.startswith(word)]

    def post(self, server, number, **headers):
        answer = mr.request(server.ready["ingest"], "POST", self.stream_path, body_of(number),
                            {"Content-Type": "application/json", **headers})
        if answer.status == 200:
            self.acknowledged.append(number)
        return answer

    def check_kept(self, server):
        """Every acknowledged record is in the table exactly once, the others at most once."""
        server.api.patch_sink(SOURCE, SINK, {mr.IMPORT_COUNT: 1})
        server.api.wait_drained(SOURCE, SINK)
        rows = server.rows(TABLE, "n, body")
        numbers = [int(number) for number, _ in rows]
        mr.check_equal(len(numbers), len(set(numbers)), "rows that are there once")
        lost = set(self.acknowledged) - set(numbers)
        mr.check(not lost, f"{len(lost)} acknowledged records lost: {sorted(lost)[:10]}")
        for number, body in rows:
            mr.check_equal(body, body_of(int(number)).decode(), f"record {number}")


def cases(arguments):
    def a_delayed_sync_delays_the_answer():
        folder = Folder(arguments, "delay")

        def answer_times(server):
            times = []
            for number in range(len(folder.acknowledged), len(folder.acknowledged) + 8):
                started = time.monotonic()
                mr.check_equal(folder.post(server, number).status, 200, "status")
                times.append(1000 * (time.monotonic() - started))
            return times

        with folder.server().start() as server:
            undelayed = statistics.median(answer_times(server))
            mr.check(undelayed < DELAY_MS / 2, f"slow without a delay: {undelayed:.1f} ms; nothing to measure")
            server.stop()
        with folder.server(sync_delay_ms=DELAY_MS).start() as server:
            delayed = answer_times(server)
            mr.check(min(delayed) >= DELAY_MS, f"an answer did not wait for the disk: {delayed}")
            server.stop()

    def no_answer_leaves_before_its_sync():
        folder = Folder(arguments, "in-order")
        with folder.server(check_order=1).start() as server:
            for number in range(100):
                mr.check_equal(folder.post(server, number).status, 200, "status")
            load = load_client.Load(lambda n, _: body_of(1000 + n), connections=16)
            load.run(server.ingest_address(), folder.stream_path,
                     until=lambda: server.process.poll() is not None, seconds=3)
            mr.check(server.process.poll() is None, f"{folder.reported('breach')}\n{server.log_tail()}")
            mr.check_equal(len(folder.reported("in order")), 100 + len(load.acknowledged), "answers checked")
            mr.check(len(load.acknowledged) > 100, f"only {len(load.acknowledged)} answers under load")
            mr.check_equal(server.stop(), 0, "exit status")

    def the_order_check_finds_missing_syncs():
        folder = Folder(arguments, "no-sync")
        with folder.server(check_order=1, skip_sync=1).start() as server:
            try:
                folder.post(server, 1)
            except OSError:
                pass  # it ended before it answered
            mr.wait_until(lambda: server.process.poll() is not None, 10, "the breach ends the process")
            mr.check_equal(server.process.returncode, BREACH_STATUS, "exit status")
            mr.check(folder.reported("breach mark-0000000000000001"), "no breach in the report")

    def a_failed_sync_is_final_until_a_person_accepts_it():
        folder = Folder(arguments, "failed-sync")
        mark = os.path.join(folder.path, "volumes", "default", "FAILED")
        with folder.server(fail_sync_at=12).start() as server:
            for number in range(100):
                answer = folder.post(server, number)
                if answer.status != 200:
                    break
            mr.check(folder.reported("failed sync"), "no sync failed")
            mr.check_equal(answer.status, 503, f"answer to the failed sync: {answer!r}")
            mr.check(b"stream.in.unknownOutcome" in answer.body, f"name of the error: {answer!r}")
            refused = folder.post(server, 1000)
            mr.check_equal(refused.status, 503, f"next answer: {refused!r}")
            mr.check(b"stream.in.volumeFailed" in refused.body, f"name of the next error: {refused!r}")
            mr.check(os.path.exists(mark), f"no {mark}")
            server.api.get(server.api.source_path(SOURCE))
            server.stop()
        for how in ("first", "second"):
            with folder.server().start() as server:
                mr.check_equal(folder.post(server, 2000).status, 503, f"status after the {how} restart")
                server.stop()
        os.unlink(mark)
        with folder.server().start() as server:
            mr.check_equal(folder.post(server, 3000).status, 200, "status after the mark was removed")
            folder.check_kept(server)
            server.stop()

    def a_key_tells_whether_a_failed_sync_has_kept_the_rows():
        """The one request in doubt: after the failure was accepted its key decides, whichever way it went."""
        folder = Folder(arguments, "failed-sync-key")

        def post(server, number):
            return folder.post(server, number, **{"Idempotency-Key": f"key-{number}"})

        with folder.server(fail_sync_at=12).start() as server:
            numbers = []
            for number in range(100):
                numbers.append(number)
                if post(server, number).status != 200:
                    break
            mr.check(folder.reported("failed sync"), "no sync failed")
            refused = post(server, numbers[-1])
            mr.check(b"stream.in.volumeFailed" in refused.body, f"the same key on the failed volume: {refused!r}")
            mr.check_equal(post(server, numbers[0]).status, 200, "a key whose rows are safe")
            server.kill()
        os.unlink(os.path.join(folder.path, "volumes", "default", "FAILED"))
        with folder.server().start() as server:
            for number in numbers:
                answer = post(server, number)
                mr.check_equal(answer.status, 200, f"record {number} again")
                if number != numbers[-1]:
                    mr.check_equal(answer.headers["idempotency-replayed"], "true", f"record {number} again")
            folder.check_kept(server)
            server.stop()

    def a_second_process_on_the_folder_is_refused():
        folder = Folder(arguments, "lock")
        with folder.server().start() as first:
            with mr.Server(arguments.binary, folder.path) as second:
                second.ready_path = folder.path + ".second-ready"
                second.launch()
                mr.check_equal(second.process.wait(20), LOCKED_STATUS, "exit status of the second")
                mr.check(not os.path.exists(second.ready_path), "the second process says it is ready")
            mr.check_equal(folder.post(first, 1).status, 200, "the first goes on")
            first.stop()

    def a_second_process_on_a_port_is_refused():
        folder = Folder(arguments, "port")
        with folder.server().start() as first:
            for name in ("api", "ingest"):
                address = first.ready[name].removeprefix("http://")
                other = os.path.join(arguments.folder, f"port-{name}")
                with mr.Server(arguments.binary, other, args=[f"--{name}.listen", address]) as second:
                    second.launch()
                    mr.check_equal(second.process.wait(20), FAILURE_STATUS, f"exit status, same {name} port")
            mr.check_equal(folder.post(first, 1).status, 200, "the first goes on")
            first.stop()

    def sigterm_under_load_loses_nothing():
        folder = Folder(arguments, "sigterm")
        with folder.server().start() as server:
            load = load_client.Load(lambda n, _: body_of(n), connections=16)
            result = {}
            stopper = threading.Timer(1.5, lambda: result.update(status=server.stop()))
            stopper.start()
            load.run(server.ingest_address(), folder.stream_path,
                     until=lambda: server.process.poll() is not None, seconds=60)
            stopper.join()
            mr.check_equal(result.get("status"), 0, f"exit status\n{server.log_tail()}")
            mr.check(not os.path.exists(server.ready_path), "the ready file is still there")
            mr.check(set(load.refused) <= {503}, f"answers while it ended: {load.refused}")
            mr.check(len(load.acknowledged) > 100, f"only {len(load.acknowledged)} acknowledged")
            folder.acknowledged = sorted(load.acknowledged)
        with folder.server().start() as server:
            folder.check_kept(server)
            server.stop()

    return [a_delayed_sync_delays_the_answer, no_answer_leaves_before_its_sync,
            the_order_check_finds_missing_syncs, a_failed_sync_is_final_until_a_person_accepts_it,
            a_key_tells_whether_a_failed_sync_has_kept_the_rows,
            a_second_process_on_the_folder_is_refused, a_second_process_on_a_port_is_refused,
            sigterm_under_load_loses_nothing]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "durability-order", cases, needs_shim=True))
