#!/usr/bin/env python3
"""What refuses a start is said by millrace check, in the same words, and check changes nothing.

Goal    nobody hears of a mistake only when the service is down for it.
Method  the real binary; each case makes a folder or a configuration that a start refuses, and asks both.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import millrace_client as mr  # noqa: E402

TIMEOUT_S = 60


def cases(arguments):
    def run(*words, folder=None):
        done = subprocess.run([arguments.binary, *words], capture_output=True, text=True, timeout=TIMEOUT_S, cwd=folder)
        return done.returncode, done.stdout, done.stderr

    def place(name):
        return os.path.join(arguments.folder, name)

    def names_in(data):
        """Without what SQLite makes to read."""
        if not os.path.isdir(data):
            return None
        return sorted(name for name in os.listdir(data) if not name.endswith(("-shm", "-wal")))

    def both_refuse(data, what, words, *more):
        """The words are in the line of `check` about `what`, and in the last one of `serve`."""
        before = names_in(data)
        code, told, error = run("check", "--data-dir", data, *more)
        mr.check_equal(code, 1, f"exit code of check: {told}{error}")
        lines = [line for line in told.splitlines() if line.startswith("WRONG") and line.split(None, 1)[1].startswith(what)]
        mr.check(len(lines) == 1 and words in lines[0], f"{what}: {told}")
        mr.check_equal(names_in(data), before, "what check left")
        code, _, error = run("serve", "--data-dir", data, "--api.listen", "127.0.0.1:0", "--ingest.listen", "127.0.0.1:0", *more)
        last = error.strip().splitlines()[-1]
        mr.check(code == 1 and words in last, f"serve: {code} {last}")

    def made(name, *args):
        with mr.Server(arguments.binary, place(name), args=list(args)).start() as server:
            server.stop()
        return server.data_dir

    def a_folder_that_is_none():
        data = made("whole")
        code, told, error = run("backup", place("backup"), "--data-dir", data, "--with-key-file", "--backup.horizon", "1m")
        mr.check_equal(code, 0, told + error)
        both_refuse(place("backup"), "data folder", "is a backup, not a data folder")
        shutil.copytree(data, place("torn"))
        with open(place("torn/MILLRACE-RESTORE"), "w", encoding="utf-8") as file:
            file.write("x")
        both_refuse(place("torn"), "data folder", "did not come to its end")
        os.mkdir(place("unnamed.new"))
        shutil.copy(place("torn/MILLRACE-RESTORE"), place("unnamed.new"))
        both_refuse(place("unnamed"), "data folder", "or remove")
        os.unlink(place("unnamed.new/MILLRACE-RESTORE"))  # killed before it had its mark
        both_refuse(place("unnamed"), "data folder", "or remove")
        shutil.rmtree(place("unnamed.new"))
        for words in (("volume", "list", "--data-dir", place("torn")), ("repair", place("backup"))):
            code, told, error = run(*words)
            mr.check(code == 1 and "restore" in error, f"{words}: {code} {told}{error}")
        shutil.copytree(data, place("headless"))
        os.unlink(place("headless/catalog.sqlite"))
        both_refuse(place("headless"), "catalog", "has a journal")
        with contextlib.closing(sqlite3.connect(place("headless/catalog.sqlite"))) as copy:  # without its -wal
            copy.execute("PRAGMA journal_mode = WAL")
        mr.check(os.path.getsize(place("headless/catalog.sqlite")) > 0, "an empty file")
        both_refuse(place("headless"), "catalog", "is empty without its log (catalog.sqlite-wal)")
        told = run("check", "--data-dir", place("headless"))[1]
        mr.check_equal(told.count("WRONG"), 1, f"only the catalog is: {told}")
        code, told, error = run("volume", "list", "--data-dir", place("headless"))
        mr.check(code == 1 and "is empty: it was copied without its log" in error, f"volume list: {code} {told}{error}")
        both_refuse(place("headless"), "catalog", "is empty without its log (catalog.sqlite-wal)")  # it filled none
        begun = time.monotonic()
        code, told, error = run("restore", place("backup"), place("restored"))
        mr.check_equal(code, 0, told + error)
        mr.wait_until(lambda: time.monotonic() - begun > 61, 90, "the backup is older than its horizon")
        both_refuse(place("restored"), "catalog", "restore a newer backup")

    def one_directory_for_two():
        data = made("twice")
        both_refuse(data, "target lake (sqlite)", "is the directory of the target default too", "--target", "lake.kind=sqlite",
                    "--target", f"lake.dir={data}/target")
        both_refuse(data, "staging cold (folder)", "is the directory of the staging default too", "--staging", "cold.kind=folder",
                    "--staging", f"cold.dir={data}/staging/", "--staging.use", "cold")
        both_refuse(data, "staging cold (folder)", "is the directory of the volume default too", "--staging", "cold.kind=folder",
                    "--staging", f"cold.dir={data}/volumes/default")
        both_refuse(data, "volume fast", "are in one directory", "--volume", f"fast={data}/volumes/default")
        both_refuse(data, "volume fast", "is the data folder", "--volume", f"fast={data}")
        for name, directory, words in (("unmade-1", place("unmade-1"), "is the data folder"),
                                       ("unmade-2", place("unmade-2/volumes/default"), "are in one directory")):
            both_refuse(place(name), "volume fast", words, "--volume", f"fast={directory}")
        both_refuse(data, "target lake (sqlite)", "imports must be a number", "--target", "lake.kind=sqlite", "--target", "lake.imports=99")
        mr.check_equal(run("check", "--data-dir", data, "--target", "lake.kind=sqlite")[0], 0, "two targets in folders of their own")

    def a_volume_that_is_another_one():
        data = made("mine", "--volume", f"fast={place('disk')}")
        both_refuse(made("other"), "volume fast", "it is of another installation", "--volume", f"fast={place('disk')}")
        both_refuse(data, "volume slow", "is the volume fast", "--volume", f"slow={place('disk')}")
        os.makedirs(place("empty"))
        both_refuse(data, "volume fast", "is its disk mounted?", "--volume", f"fast={place('empty')}")

    def a_relative_directory_is_the_same_from_elsewhere():
        os.makedirs(place("here"))
        data = os.path.join(place("here"), "data")
        server = mr.Server(arguments.binary, data, args=["--volume", "fast=disk"])
        before = os.getcwd()
        try:
            os.chdir(place("here"))
            with server.start():
                server.stop()
        finally:
            os.chdir(before)
        code, told, error = run("volume", "list", "--data-dir", data, folder=place("here"))
        mr.check(code == 0 and os.path.join(place("here"), "disk") in told, f"{told}{error}")
        both_refuse(data, "volume fast", "which was in " + os.path.join(place("here"), "disk"), "--volume", f"fast={place('there')}")

    def a_token_a_setting_or_a_catalog_that_is_none():
        data = made("parts")
        both_refuse(data, "setting source.volume", "no volume that takes rows is called", "--setting", "source.volume=nope")
        token, catalog = os.path.join(data, "admin-token"), os.path.join(data, "catalog.sqlite")
        with open(token, "w", encoding="utf-8"):
            pass
        both_refuse(data, "admin token", "delete it to get a new one")
        os.unlink(token)
        os.mkdir(token)
        both_refuse(data, "admin token", "admin-token cannot be read")
        os.rmdir(token)
        with open(catalog, "rb") as file:
            whole = file.read()
        for damaged in (b"x" * len(whole), whole[:4096] + b"x" * (len(whole) - 4096)):
            with open(catalog, "wb") as file:
                file.write(damaged)
            both_refuse(data, "catalog", "catalog.sqlite is damaged, or no database")
        os.truncate(catalog, 0)
        both_refuse(data, "catalog", "catalog.sqlite is empty")
        told = run("check", "--data-dir", data)[1]
        mr.check(not [line for line in told.splitlines() if line.startswith("WRONG") and "staging" in line.split()[1]], told)

    return [a_folder_that_is_none, a_token_a_setting_or_a_catalog_that_is_none, one_directory_for_two, a_volume_that_is_another_one,
            a_relative_directory_is_the_same_from_elsewhere]


if __name__ == "__main__":
    sys.exit(mr.run_in_folder(__doc__.splitlines()[0], "refused", cases))
