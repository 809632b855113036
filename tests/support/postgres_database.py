"""A PostgreSQL of a test's own: in its folder, on a socket there, stopped by its process id.

As root it runs as the user postgres or nobody, since it refuses to be root. It is not optional: where it is missing the
suite fails, and says how to install it."""

import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import millrace_client as mr

START_TIMEOUT_S = 60
SETTINGS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=40",
            "log_min_messages=fatal")


def find_binaries():
    """The folder with initdb of the newest version that is installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    mr.check(found, "PostgreSQL is missing: run scripts/setup --tests")
    return os.path.dirname(found[-1])


def user_of_server():
    """None: whoever runs this may run it."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise mr.Failure("there is no user postgres or nobody to run PostgreSQL")


class Database:
    """A server with one database, `events`. Its folder is short: the path of a socket has 107 bytes at most."""

    def __init__(self, settings=SETTINGS):
        self.binaries = find_binaries()
        self.settings = settings
        self.user = user_of_server()
        self.folder = tempfile.mkdtemp(prefix="millrace-postgres-")
        self.process = None
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)

    def __enter__(self):
        made = self._launch("initdb", "-D", os.path.join(self.folder, "data"), "-U", "millrace", "-A", "trust", "-E", "UTF8",
                            "--locale=C.UTF-8", "--no-sync")
        mr.check_equal(made.wait(START_TIMEOUT_S), 0, f"initdb: {self.log()}")
        self.start()
        self.execute("CREATE DATABASE events", "postgres")
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self._end(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def dsn(self):
        return f"host={self.folder} user=millrace dbname=events"

    def log(self):
        with open(os.path.join(self.folder, "server.log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def _launch(self, program, *arguments):
        def become():
            if self.user is not None:
                os.setgid(self.user.pw_gid)
                os.setuid(self.user.pw_uid)
            ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG

        with open(os.path.join(self.folder, "server.log"), "ab") as log:
            return subprocess.Popen([os.path.join(self.binaries, program), *arguments], stdout=log, stderr=log,
                                    stdin=subprocess.DEVNULL, cwd=self.folder, preexec_fn=become)

    def _end(self, how):
        self.process.send_signal(how)
        self.process.wait()
        self.process = None

    def start(self):
        """Sessions of a server that was killed hold its memory for a moment; a new one that ends is started again."""
        arguments = ["-D", os.path.join(self.folder, "data"), "-k", self.folder]
        for setting in self.settings:
            arguments += ["-c", setting]
        deadline = time.monotonic() + START_TIMEOUT_S
        self.process = self._launch("postgres", *arguments)
        while self._psql("SELECT 1", "postgres").returncode != 0:
            mr.check(time.monotonic() < deadline, f"PostgreSQL does not start: {self.log()}")
            if self.process.poll() is not None:
                self.process = self._launch("postgres", *arguments)
            time.sleep(mr.POLL_S)

    def stop(self):
        self._end(signal.SIGINT)

    def kill(self):
        self._end(signal.SIGKILL)

    def _psql(self, sql, database):
        return subprocess.run([os.path.join(self.binaries, "psql"), "-X", "-At", "-F", "\t", "-h", self.folder, "-U", "millrace",
                               "-d", database, "-v", "ON_ERROR_STOP=1", "-c", sql], capture_output=True, text=True, check=False)

    def execute(self, sql, database="events"):
        done = self._psql(sql, database)
        mr.check_equal(done.returncode, 0, f"{sql}: {done.stderr}")
        return done.stdout

    def rows(self, sql):
        """Rows as lists of text; NULL is the empty text."""
        return [line.split("\t") for line in self.execute(sql).splitlines()]
