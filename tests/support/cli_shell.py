"""Somebody's shell with the command line of a service in it, for the tests of that.

What a command prints is read as programs read it, by pipes, or as a terminal shows it.
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios

import millrace_client as mr


class Ended:
    """What a command has printed, and its exit code."""

    def __init__(self, process):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Shell:
    """Somebody's shell beside the service, in the folder where its data folder is."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        keep = {name: value for name, value in os.environ.items() if not name.startswith("MILLRACE_")}
        self.environment = keep

    def start(self, *arguments, **more):
        environment = {**self.environment, **more.pop("env", {})}
        return subprocess.Popen([self.server.binary, *arguments], cwd=self.folder, env=environment, text=True,
                                stdin=more.pop("stdin", subprocess.DEVNULL), stdout=more.pop("stdout", subprocess.PIPE),
                                stderr=more.pop("stderr", subprocess.PIPE), **more)

    def run(self, *arguments, given=None, env=None):
        return Ended(subprocess.run([self.server.binary, *arguments], cwd=self.folder, input=given, text=True, timeout=120,
                                    env={**self.environment, **(env or {})}, capture_output=True,
                                    **({} if given is not None else {"stdin": subprocess.DEVNULL})))

    def ok(self, *arguments, **more):
        ended = self.run(*arguments, **more)
        mr.check_equal(ended.code, 0, f"{' '.join(arguments)}: {ended!r}")
        mr.check_equal(ended.err, "", f"standard error of {' '.join(arguments)}")
        return ended.out

    def json(self, *arguments, **more):
        return json.loads(self.ok(*arguments, "--json", **more))

    def rows(self, table, *arguments):
        return [json.loads(line) for line in self.ok("rows", table, "--json", *arguments).splitlines()]

    def refused(self, code, *arguments, **more):
        """Returns what it says on standard error."""
        ended = self.run(*arguments, **more)
        mr.check_equal(ended.code, code, f"{' '.join(arguments)}: {ended!r}")
        mr.check_equal(ended.out, "", f"standard output of {' '.join(arguments)}")
        mr.check(ended.err.startswith("millrace: "), f"{ended!r}")
        return ended.err

    def refused_with_output(self, code, *arguments, **more):
        """The same of a command that has printed something before."""
        ended = self.run(*arguments, **more)
        mr.check_equal(ended.code, code, f"{' '.join(arguments)}: {ended!r}")
        mr.check(ended.err.startswith("millrace: "), f"{ended!r}")
        return ended.err

    def source_with_sink(self, name, *columns):
        """A source with one sink `rows` into in.c-NAME.rows."""
        self.ok("source", "create", name)
        columns = columns or ("n=n:INTEGER:key", "text=text")
        self.ok("sink", "create", name, "rows", "--table", f"in.c-{name}.rows",
                *[part for column in columns for part in ("--column", column)])
        return f"in.c-{name}.rows"

    def flushed_numbers(self, name):
        self.ok("flush", name, "rows")
        return [row["n"] for row in self.rows(f"in.c-{name}.rows")]


def says(text, *parts):
    for part in parts:
        mr.check(part in text, f"{part!r} is not in: {text}")


def write_lines(path, count):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f'{{"n": {n}, "text": "line {n}"}}\n' for n in range(1, count + 1))


class Terminal:
    """A command at a terminal of so many columns; what is typed is its standard input."""

    def __init__(self, shell, columns, *arguments):
        self.arguments = arguments
        self.seen = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = shell.start(*arguments, stdin=slave, stdout=slave, stderr=slave, env={"TERM": "xterm"})
        os.close(slave)

    def read_until(self, wanted):
        """Until it has shown that."""
        while wanted not in self.seen:
            mr.check(self._read(), f"{self.arguments} ended: {self.seen!r}")

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, code=0):
        """All that it has shown, once it has ended."""
        while self._read():
            pass
        os.close(self.master)
        mr.check_equal(self.process.wait(), code, f"{self.arguments}: {self.seen!r}")
        return self.seen.decode()

    def _read(self):
        ready, _, _ = select.select([self.master], [], [], 60)
        mr.check(ready, f"nothing from {self.arguments}: {self.seen!r}")
        try:
            part = os.read(self.master, 65536)
        except OSError:  # the other side has gone
            part = b""
        self.seen += part
        return bool(part)


def on_terminal(shell, columns, *arguments):
    """What a terminal of so many columns gets, standard error included."""
    return Terminal(shell, columns, *arguments).end()
