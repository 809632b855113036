"""What happens to a service while it runs: each fault is a thread that does it, and takes it back at the end."""

import os
import random
import resource
import socket
import sqlite3
import threading

import world

HOUR = 3600
DAY = 24 * HOUR
STEPS_S = [-30 * DAY, -HOUR, -5, 2, 60, HOUR, 25 * HOUR, 8 * DAY, 100 * DAY]


class Fault:
    """`act` runs in a thread between start() and stop(); it waits with rest() and ends when that says so."""

    def __init__(self, seed, counts):
        self.random = random.Random(seed)
        self.counts = counts  # name -> how often, for the report
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.act, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ending.set()
        self.thread.join()

    def rest(self, least_s, most_s):
        """Returns whether to go on."""
        return not self.ending.wait(self.random.uniform(least_s, most_s))

    def act(self):
        raise NotImplementedError


class Locks(Fault):
    """Another program holds the write lock of a target file for seconds, or reads from one for long."""

    def __init__(self, seed, counts, server):
        super().__init__(seed, counts)
        self.server = server

    def act(self):
        while self.rest(0.05, 1):
            source = self.random.choice(list(world.SINKS))
            sink = self.random.choice(list(world.SINKS[source]))
            path, table = self.server.table_path(world.table_of(source, sink))
            if not os.path.exists(path):
                continue
            is_writer = self.random.random() < 0.6
            connection = sqlite3.connect(path, isolation_level=None, timeout=0.2)
            try:
                # It never checkpoints: what is tried here is the lock.
                connection.execute("PRAGMA wal_autocheckpoint = 0")
                if is_writer:
                    connection.execute("BEGIN IMMEDIATE")
                else:
                    connection.execute("BEGIN")
                    connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()
                self.counts["writer on a target file" if is_writer else "long reader of a target file"] += 1
                self.rest(0.5, 6)
                connection.execute("ROLLBACK")
            except sqlite3.Error:
                pass  # the service writes just now
            finally:
                connection.close()


class Clock(Fault):
    """The wall clock of the service steps, and comes back."""

    def __init__(self, seed, counts, path):
        super().__init__(seed, counts)
        self.path = path

    @staticmethod
    def set(path, ahead_s):
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(ahead_s))
        os.replace(path + ".new", path)

    def act(self):
        while self.rest(0.3, 1.5):
            self.set(self.path, self.random.choice(STEPS_S))
            self.counts["step of the clock"] += 1
            self.rest(0.5, 3)
            self.set(self.path, 0)


class NoDescriptors(Fault):
    """The limit of the running process falls to what it has open, or a few more."""

    def __init__(self, seed, counts, pid):
        super().__init__(seed, counts)
        self.pid = pid

    def act(self):
        while self.rest(0.2, 1):
            try:
                _, hard = before = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)
                least = len(os.listdir(f"/proc/{self.pid}/fd")) + self.random.choice([0, 0, 1, 2, 5])
                resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (min(least, hard), hard))
                self.counts["descriptors used up"] += 1
                self.rest(0.5, 3)
                resource.prlimit(self.pid, resource.RLIMIT_NOFILE, before)
            except OSError:
                return  # it has ended


class IdleConnections(Fault):
    """Somebody opens connections and sends nothing."""

    def __init__(self, seed, counts, address, count):
        super().__init__(seed, counts)
        self.address = address
        self.count = count

    def act(self):
        connections = []
        while self.rest(0, 0.02):
            if len(connections) >= self.count:
                connections.pop(0).close()
            try:
                connection = socket.create_connection(self.address, timeout=2)
                self.counts["idle connection"] += 1
                connections.append(connection)
            except OSError:
                continue
        for connection in connections:
            connection.close()


class FullDisk(Fault):
    """The disk fills to below the reserve, or to the last byte, and has room again."""

    def __init__(self, seed, counts, disk, name):
        super().__init__(seed, counts)
        self.disk = disk
        self.name = name

    def act(self):
        while self.rest(0.3, 1):
            is_whole = self.random.random() < 0.5
            self.disk.fill(0 if is_whole else self.disk.reserve_bytes // 2)
            self.counts[f"{self.name} {'full to the last byte' if is_whole else 'below the reserve'}"] += 1
            self.rest(1, 4)
            self.disk.free()
        self.disk.free()
