"""A real S3 server (versitygw) for the tests: found or built, started on a free port, stopped by its pid."""

import os
import shutil
import signal
import socket
import subprocess

import millrace_client as mr

ACCESS_KEY = "testkey"
SECRET_KEY = "testsecret"
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def find_program():
    """MILLRACE_VERSITYGW, what `scripts/setup --tests` made, or the one of the path; None if there is none."""
    given = os.environ.get("MILLRACE_VERSITYGW")
    if given:
        return given
    made = os.path.join(ROOT, "build", "tools", "versitygw")
    return made if os.access(made, os.X_OK) else shutil.which("versitygw")


class S3Server:
    def __init__(self, folder):
        self.program = find_program()
        if self.program is None:
            mr.skip("no versitygw; scripts/setup --tests builds it where there is a Go compiler")
        self.folder = folder
        self.objects = os.path.join(folder, "objects")
        os.makedirs(self.objects)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def make_bucket(self, bucket):
        """The gateway shows a folder as a bucket."""
        os.makedirs(os.path.join(self.objects, bucket))

    def start(self):
        with open(os.path.join(self.folder, "s3.log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", f"127.0.0.1:{self.port}",
                 "--quiet", "--keep-alive", "posix", self.objects],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=mr._die_with_parent)
        mr.wait_until(self.accepts, 30, "the S3 server")
        return self

    def accepts(self):
        mr.check_equal(self.process.poll(), None, "exit status of the S3 server")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def freeze(self):
        """From now on it takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def objects_of(self, bucket):
        """Names of the objects of a bucket, without the mark of a staging."""
        top = os.path.join(self.objects, bucket)
        found = []
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith(".sgwtmp")]
            found += [os.path.relpath(os.path.join(folder, name), top) for name in files if name != "millrace-staging"]
        return sorted(found)
