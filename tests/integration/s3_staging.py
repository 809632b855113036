#!/usr/bin/env python3
"""Slices go through a bucket of a real S3 server, whatever becomes of that server meanwhile.

Goal    every acknowledged row is in its table exactly once, and nothing of it stays in the bucket.
Method  the real binary with `--staging.use lake`, and versitygw, which is killed, started again, frozen and misconfigured.
"""

import os
import random
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402
import s3_server  # noqa: E402

BUCKET = "lake"
PREFIX = "millrace/node-1"
TABLE = "in.c-lake.rows"
SOURCE = "rows"
SINK = "bodies"


class Lake:
    """A service whose staging is a bucket, with one sink."""

    def __init__(self, arguments, name, settings=None, options=(), env=None, bucket=True):
        self.folder = os.path.join(arguments.folder, name)
        os.makedirs(self.folder)
        self.s3 = s3_server.S3Server(self.folder)
        if bucket:
            self.s3.make_bucket(BUCKET)
        self.secret_file = os.path.join(self.folder, "secret")
        self.write_secret(s3_server.SECRET_KEY)
        given = {"kind": "s3", "endpoint": self.s3.endpoint, "bucket": BUCKET, "prefix": PREFIX,
                 "access-key": s3_server.ACCESS_KEY, "secret-key-file": self.secret_file, "part-size": "5MB",
                 **dict(options)}
        args = ["--staging.use", "lake"]
        for key, value in given.items():
            if value is not None:
                args += ["--staging", f"lake.{key}={value}"]
        self.server = mr.Server(arguments.binary, os.path.join(self.folder, "data"), args=args, env=env)
        self.settings = settings or {mr.IMPORT_COUNT: 20, mr.UPLOAD_COUNT: 5}
        self.path = None
        self.acknowledged = []
        self.unknown = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.s3.kill()

    def write_secret(self, secret):
        with open(self.secret_file, "w", encoding="utf-8") as file:
            file.write(secret)

    def start(self):
        self.server.start()
        if self.path is None:
            self.path = self.server.api.create_source(SOURCE)
            self.server.api.create_sink(SOURCE, SINK, TABLE, [{"type": "body", "name": "body"}], self.settings)
        return self

    def post(self, body):
        try:
            answer = mr.request(self.server.ready["ingest"], "POST", self.path, body.encode())
        except OSError:
            self.unknown.append(body)
            return
        mr.check_equal(answer.status, 200, f"{answer!r}")
        self.acknowledged.append(body)

    def post_many(self, name, count, size=0):
        for number in range(count):
            self.post(f"{name}-{number}" + "x" * size)

    def repair(self, *switches):
        """Exit code and text of a repair with the options of the service."""
        done = subprocess.run([self.server.binary, "repair", self.server.data_dir, *switches, *self.server.args],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def drain(self):
        """Imports what waits, and checks what came of it."""
        self.server.api.patch_sink(SOURCE, SINK, {mr.IMPORT_INTERVAL: "30s", mr.IMPORT_COUNT: 1})
        self.server.api.wait_drained(SOURCE, SINK)

    def check_rows(self):
        rows = [body for (body,) in self.server.rows(TABLE, "body")]
        mr.check_equal(len(rows), len(set(rows)), "rows that are there twice")
        missing = set(self.acknowledged) - set(rows)
        mr.check(not missing, f"{len(missing)} acknowledged rows are missing, such as {list(missing)[:3]}")
        strangers = set(rows) - set(self.acknowledged) - set(self.unknown)
        mr.check(not strangers, f"rows of nobody: {list(strangers)[:3]}")

    def check_bucket(self, failed_uploads=0):
        """Nothing is left but, where the server was away, of attempts that failed: those go an hour later."""
        mr.wait_until(lambda: len(self.s3.objects_of(BUCKET)) <= failed_uploads, 30,
                      f"what is imported leaves the bucket: {self.s3.objects_of(BUCKET)}")

    def failed_uploads(self):
        with open(self.server.log_path, encoding="utf-8") as log:
            return sum('"step":"upload"' in line for line in log)

    def wait_for_log(self, words):
        return mr.wait_until(lambda: words in self.server.log_tail(10000), 60, f"\"{words}\" in the log", poll_s=0.1)


def cases(arguments):
    def rows_go_through_the_bucket():
        with Lake(arguments, "through") as lake:
            lake.s3.start()
            lake.start()
            seen = set()
            lake.post_many("a", 10)

            def uploaded():
                seen.update(lake.s3.objects_of(BUCKET))
                return seen

            mr.wait_until(uploaded, 60, "objects in the bucket")
            mr.check(all(name.startswith(PREFIX + "/") and name.endswith(".csv.gz") for name in seen), f"{seen}")
            lake.post_many("b", 500)
            lake.drain()
            lake.check_rows()
            mr.wait_until(lambda: not lake.s3.objects_of(BUCKET), 30, "an empty bucket", poll_s=0.1)
            mr.check_equal(sorted(os.listdir(os.path.join(lake.server.data_dir, "staging"))), ["lock", "millrace-staging"],
                           "the default staging")
            mr.check_equal(lake.server.stop(), 0, "exit status")

    def large_slices_go_in_parts():
        with Lake(arguments, "parts", {mr.IMPORT_COUNT: 1_000_000}) as lake:
            lake.s3.start()
            lake.start()
            noise = random.Random(1)
            for number in range(24):  # gzip does not make these smaller than parts
                lake.post(f"{number}-" + noise.randbytes(400_000).hex())
            lake.drain()
            lake.check_rows()
            lake.check_bucket()

    def a_damaged_object_is_found_by_a_repair_that_reads_all_stagings():
        with Lake(arguments, "damaged", {mr.IMPORT_COUNT: 1_000_000, mr.UPLOAD_COUNT: 5}) as lake:
            lake.s3.start()
            lake.start()
            lake.post_many("a", 20)
            lake.server.api.do("POST", lake.server.api.sink_path(SOURCE, SINK) + "/flush")
            lake.check_rows()
            locked = sqlite3.connect(lake.server.table_path(TABLE)[0], timeout=10)
            locked.execute("BEGIN IMMEDIATE")
            lake.server.api.patch_sink(SOURCE, SINK, {mr.IMPORT_COUNT: 20})
            lake.post_many("b", 20)
            mr.wait_until(lambda: lake.server.api.records_at(SOURCE, SINK, "staging") == 20, 60, "all is in the bucket")
            lake.server.kill()
            locked.close()
            mr.check_equal(lake.repair("--all-stagings"), (0, "Nothing is damaged.\n"), "of a sound bucket")
            slices = [name for name in lake.s3.objects_of(BUCKET) if ".csv" in name]
            path = os.path.join(lake.s3.objects, BUCKET, slices[0])
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                byte = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte[0] ^ 0x40]))
            mr.check_equal(lake.repair(), (0, "Nothing is damaged.\n"), "without the switch")
            lake.s3.kill()
            code, told = lake.repair("--all-stagings")
            mr.check(code == 1 and "to do" in told and "set aside" not in told, f"without the server: {code} {told}")
            lake.s3.start()
            code, told = lake.repair("--all-stagings")
            mr.check(code == 0 and "in staging lake" in told and "set aside" in told, f"{code} {told}")
            mr.check_equal(lake.repair("--all-stagings"), (0, "Nothing is damaged.\n"), "the second run")

    def the_server_is_killed_and_started_again():
        with Lake(arguments, "killed") as lake:
            lake.s3.start()
            lake.start()
            done = threading.Event()

            def break_the_server():
                dice = random.Random(7)
                while not done.wait(dice.uniform(0.05, 0.5)):
                    lake.s3.kill()
                    done.wait(dice.uniform(0.05, 0.5))
                    lake.s3.start()

            breaker = threading.Thread(target=break_the_server)
            breaker.start()
            try:
                lake.post_many("k", 3000)
            finally:
                done.set()
                breaker.join()
            # A process that dies with its parent dies with the thread that has started it.
            lake.s3.kill()
            lake.s3.start()
            lake.drain()
            lake.check_rows()
            lake.check_bucket(lake.failed_uploads())

    def the_service_is_killed_during_uploads():
        with Lake(arguments, "crashed") as lake:
            lake.s3.start()
            lake.start()
            for life in range(4):
                lake.post_many(f"c{life}", 200)
                lake.server.kill()
                lake.server.start()
            lake.drain()
            lake.check_rows()

    def a_server_that_hangs_does_not_hold_up_the_stop():
        with Lake(arguments, "frozen") as lake:
            lake.s3.start()
            lake.start()
            lake.post_many("before", 20)
            lake.s3.freeze()
            lake.post_many("during", 100)
            lake.server.api.patch_sink(SOURCE, SINK, {mr.IMPORT_COUNT: 1})
            mr.check_equal(lake.server.stop(), 0, "exit status")
            lake.s3.thaw()
            lake.start()
            lake.drain()
            lake.check_rows()

    def the_service_starts_without_the_server():
        with Lake(arguments, "absent") as lake:
            lake.start()
            lake.post_many("a", 20)
            lake.wait_for_log(f"is the server at {lake.s3.endpoint} running and reachable?")
            lake.s3.start()
            lake.drain()
            lake.check_rows()
            lake.check_bucket()

    def wrong_keys_are_named_and_mended_while_it_runs():
        with Lake(arguments, "keys") as lake:
            lake.write_secret("wrong")
            lake.s3.start()
            lake.start()
            lake.post_many("a", 20)
            lake.wait_for_log("the secret key is not that of the access key testkey")
            lake.write_secret(s3_server.SECRET_KEY)
            lake.drain()
            lake.check_rows()
            lake.check_bucket()
            mr.check("wrong" not in lake.server.log_tail(10000).replace("wrong_", ""), "the secret is in the log")

    def a_bucket_that_is_not_there_is_named():
        with Lake(arguments, "bucket", bucket=False) as lake:
            lake.s3.start()
            lake.start()
            lake.post_many("a", 20)
            lake.wait_for_log('has no bucket \\"lake\\"; make it, or mend `bucket`')
            lake.s3.make_bucket(BUCKET)
            lake.drain()
            lake.check_rows()
            lake.check_bucket()

    def keys_come_from_the_environment():
        keys = {"AWS_ACCESS_KEY_ID": s3_server.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": s3_server.SECRET_KEY}
        with Lake(arguments, "environment", options={"access-key": None, "secret-key-file": None}.items(),
                  env=keys) as lake:
            lake.s3.start()
            lake.start()
            lake.post_many("a", 20)
            lake.drain()
            lake.check_rows()

    def a_configuration_that_cannot_work_is_refused():
        none = {"access-key": None, "secret-key-file": None}
        for name, options, sentence in (
                ("1", {"endpoint": "127.0.0.1:9000"}, "the endpoint must be http[s]://HOST[:PORT]"),
                ("2", none, "it has no credentials; set access-key and secret-key-file"),
                ("3", {"access-key": None}, "access-key and one of secret-key and secret-key-file belong together"),
                ("4", {"secret-key": "x"}, "secret-key and secret-key-file exclude each other"),
                ("5", {"part-size": "1MB"}, "part-size is 5MB to 512MB"),
                ("6", {"timeout": "1h"}, "timeout is 1s to 10m"),
                ("7", {"addressing": "host"}, 'addressing is "path" or "virtual", not "host"'),
                ("8", {"bucket": "a/b"}, 'is no name of a bucket'),
                ("9", {"bucket": None}, 'bucket'),
                ("10", {"prefix": "a b"}, 'is no prefix')):
            clean = {key: "" for key in os.environ if key.startswith("AWS_")}
            with Lake(arguments, "refused-" + name, options=options.items(), env=clean) as lake:
                try:
                    lake.server.start()
                except mr.Died:
                    pass
                else:
                    raise mr.Failure(f"it started with {options}")
                mr.check(sentence in lake.server.log_tail(100), f"{options}: {lake.server.log_tail(5)}")

    return [rows_go_through_the_bucket, large_slices_go_in_parts,
            a_damaged_object_is_found_by_a_repair_that_reads_all_stagings, the_server_is_killed_and_started_again,
            the_service_is_killed_during_uploads, a_server_that_hangs_does_not_hold_up_the_stop,
            the_service_starts_without_the_server, wrong_keys_are_named_and_mended_while_it_runs,
            a_bucket_that_is_not_there_is_named, keys_come_from_the_environment,
            a_configuration_that_cannot_work_is_refused]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "s3-staging", cases))
