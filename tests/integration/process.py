#!/usr/bin/env python3
"""What the process owes the machine it runs on: modes of files, secrets at rest, signals, descriptors, options.

Goal    the promises of docs/operation that no answer of HTTP shows.
Method  each case starts the real binary in a folder of its own, under a umask, with descriptors, signals and files
        that are as bad as they come.
"""

import argparse
import os
import shutil
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

START_TIMEOUT_S = 60


class Cases:
    """One folder for each case, below the suite's."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.folder = folder

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def server(self, name, args=(), env=None):
        return mr.Server(self.binary, self.path(name), env=env, args=args)

    def refused(self, server, *texts):
        """Starts, and expects an end before it is ready; returns the log. The exit code is not 0."""
        server.launch()
        code = server.process.wait(timeout=START_TIMEOUT_S)
        log = read(server.log_path)
        mr.check(code not in (0, None) and code > 0, f"exit code {code}: {log}")
        for text in texts:
            mr.check(text in log, f"not in the log: {text}\n{log}")
        return log

    # C.5: modes and secrets

    def no_file_is_open_to_others(self):
        """Umask 0, a folder that is 0755, files of an earlier life that are 0644."""
        os.mkdir(self.path("modes"), 0o755)
        os.chmod(self.path("modes"), 0o755)
        before = os.umask(0)
        try:
            with self.server("modes") as server:
                server.start()
                run_a_row_through(server)
                expect_closed(server.data_dir)
                server.stop()
                for file in files_below(server.data_dir):
                    os.chmod(file, 0o666)
                server.start()
                expect_closed(server.data_dir)
                mr.check('"event":"files_restricted"' in read(server.log_path), "no line about the modes")
        finally:
            os.umask(before)

    def no_secret_is_in_the_data(self):
        with self.server("sealed") as server:
            server.start()
            secret = run_a_row_through(server)
            server.kill()  # the log of the catalog is still there
            for file in files_below(server.data_dir):
                with open(file, "rb") as content:
                    mr.check(secret.encode() not in content.read(), f"the secret is in {file}")
            server.start()
            mr.check_equal(secret_of(server), secret, "the secret after a restart")

    def without_its_key_file_it_does_not_start(self):
        with self.server("keyless") as server:
            server.start()
            run_a_row_through(server)
            server.stop()
            key = os.path.join(server.data_dir, "secrets.key")
            shutil.move(key, self.path("moved.key"))
            self.refused(server, "secrets.key", "is not there", "--secrets.key-file")
            mr.check(not os.path.exists(key), "a new key was made")

            with self.server("another") as another:
                another.start()
                another.stop()
            shutil.copy(self.path("another", "secrets.key"), key)
            self.refused(server, "has another key", "--secrets.key-file")

            with open(key, "w", encoding="ascii") as file:
                file.write("nonsense\n")
            self.refused(server, "secrets.key:1")

            os.unlink(key)
            server.args = ["--secrets.key-file", self.path("moved.key")]
            server.start()

    def all(self):
        return [self.no_file_is_open_to_others, self.no_secret_is_in_the_data,
                self.without_its_key_file_it_does_not_start]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def files_below(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            yield os.path.join(parent, name)


def expect_closed(folder):
    for file in files_below(folder):
        mode = stat.S_IMODE(os.stat(file).st_mode)
        allowed = 0o600 if os.path.basename(file) in ("secrets.key", "admin-token") else 0o640
        mr.check(mode & ~allowed == 0, f"{file} is {mode:o}")


def secret_of(server):
    return server.api.get(server.api.source_path("shop"))["http"]["url"].rsplit("/", 1)[1]


def run_a_row_through(server):
    """A source, a sink, a row in its table; returns the secret of the source."""
    api = server.api
    path = api.create_source("shop")
    api.create_sink("shop", "orders", "in.c-shop.orders", [mr.path_column("n", "n")], {mr.IMPORT_COUNT: 1})
    answer = mr.request(server.ready["ingest"], "POST", path, b'{"n":1}', {"Content-Type": "application/json"})
    mr.check_equal(answer.status, 200, "answer")
    api.wait_drained("shop", "orders")
    mr.check_equal(len(server.rows("in.c-shop.orders")), 1, "rows")
    return secret_of(server)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    binary = parser.parse_args().binary
    folder = mr.scratch_folder(binary, "process")
    status = mr.run_cases(Cases(binary, folder).all())
    if status == 0:
        shutil.rmtree(folder)
    else:
        print(f"data kept in {folder}")
    return status


if __name__ == "__main__":
    sys.exit(main())
