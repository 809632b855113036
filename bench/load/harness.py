"""What the load benches share: the machine, the disk, CPU time, results."""

import contextlib
import datetime
import json
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
import millrace_client as mr  # noqa: E402

MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs", "devtmpfs"}
SYNC_SAMPLES = 500
SYNC_FILE_BYTES = 16 << 20
SYNC_WRITE_BYTES = 4096
WRITE_BYTES = 1 << 20
WRITE_FILE_BYTES = 256 << 20
WRITE_SECONDS = 3
WRK_THREADS = 1


class Skipped(Exception):
    """Why a part of a bench cannot run here."""


def arguments(parser):
    """The options that every load bench has."""
    parser.add_argument("--binary", default=os.path.join(ROOT, "build", "release", "millrace"))
    parser.add_argument("--data", default=os.path.join(ROOT, "build", "bench-data"),
                        help="a folder on the disk to measure")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench", "results"))
    return parser


def need(*programs):
    """Skips the bench when a program is missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        mr.skip(f"{', '.join(missing)} not installed; scripts/setup --bench installs them")


def file_system_of(folder):
    """The type of the file system that holds the folder."""
    folder = os.path.realpath(folder)
    best = ("", "unknown")
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, point, kind = line.split(" ")[:3]
            point = point.replace("\\040", " ")
            inside = folder == point or folder.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best[0]):
                best = (point, kind)
    return best[1]


def empty_data_folder(folder):
    """Makes it new; refuses memory, where an fdatasync costs nothing."""
    if os.path.exists(folder):
        shutil.rmtree(folder)
    os.makedirs(folder)
    kind = file_system_of(folder)
    if kind in MEMORY_FILE_SYSTEMS:
        shutil.rmtree(folder)
        sys.exit(f"{folder} is on {kind}: figures with fdatasync mean nothing there; give --data on a disk")
    return kind


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure_fdatasync(folder):
    """p50 and p99 in microseconds of 4 KB written over a preallocated, zero-filled file and synced."""
    path = os.path.join(folder, "fdatasync.probe")
    block = b"x" * SYNC_WRITE_BYTES
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(fd, b"\0" * SYNC_FILE_BYTES)
        os.fsync(fd)
        times = []
        for sample in range(SYNC_SAMPLES):
            os.pwrite(fd, block, sample * SYNC_WRITE_BYTES)
            started = time.perf_counter()
            os.fdatasync(fd)
            times.append(1e6 * (time.perf_counter() - started))
    finally:
        os.close(fd)
        os.unlink(path)
    return {"p50_us": round(percentile(times, 0.5), 1), "p99_us": round(percentile(times, 0.99), 1)}


def measure_synced_writes(folder):
    """Bytes a second of large writes over a file that has its blocks, each synced: what the disk gives a journal."""
    path = os.path.join(folder, "write.probe")
    block = os.urandom(WRITE_BYTES)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        for _ in range(WRITE_FILE_BYTES // WRITE_BYTES):
            os.write(fd, bytes(WRITE_BYTES))
        os.fsync(fd)
        written, started = 0, time.perf_counter()
        while time.perf_counter() - started < WRITE_SECONDS:
            os.pwrite(fd, block, written % WRITE_FILE_BYTES)
            os.fdatasync(fd)
            written += WRITE_BYTES
        return round(written / (time.perf_counter() - started))
    finally:
        os.close(fd)
        os.unlink(path)


def children_of(pid):
    """Whichever of its threads started them."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="utf-8") as children:
            yield from map(int, children.read().split())


def cpu_seconds(pid):
    """User and system time of a process and its running children."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rpartition(")")[2].split()
    seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    for child in children_of(pid):
        with contextlib.suppress(OSError):  # it has ended
            seconds += cpu_seconds(child)
    return seconds


def resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
    raise mr.Failure(f"process {pid} has no resident memory")


class ResidentSamples:
    """The resident memory of a process, taken every so often within the block: pairs of seconds and bytes."""

    def __init__(self, pid, every_s=0.5):
        self.pid = pid
        self.every_s = every_s
        self.samples = []
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.take)

    def __enter__(self):
        self.started = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def take(self):
        while not self.ended.wait(self.every_s):
            self.samples.append((time.monotonic() - self.started, resident_bytes(self.pid)))

    def most_between(self, begin_s, end_s):
        return max(size for at, size in self.samples if begin_s <= at < end_s)


def stolen_seconds():
    """Of all processors since the machine started: what others on the host took while we wanted to run (proc(5))."""
    with open("/proc/stat", encoding="utf-8") as file:
        return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def wrk_cpus():
    """The processors wrk runs on, as taskset takes them: the last ones. Servers run where the kernel wants.

    Over the loopback the kernel wakes wrk on the processor of the server that sends, and lets it wait there while another
    is idle; load that comes over a network is not like that. With two processors, of which one was idle on average, wrk
    ran for 27 % of the time and waited for 17 % (sched_wakeup to sched_switch, 64 connections, one event a request).
    MILLRACE_BENCH_WRK_CPUS=0-1 leaves the choice to the kernel on such a machine.
    """
    allowed = sorted(os.sched_getaffinity(0))
    return os.environ.get("MILLRACE_BENCH_WRK_CPUS") or ",".join(map(str, allowed[-WRK_THREADS:]))


def run_wrk(script, url, connections, seconds, pid, environment):
    """One run of wrk with a script of this folder; with the CPU seconds of the server, of wrk, and of others on the host."""
    folder = os.path.dirname(os.path.abspath(__file__))
    environment = {**os.environ, "MILLRACE_BENCH_REPORT": os.path.join(folder, "report.lua"), **environment}
    server_before = cpu_seconds(pid)
    stolen_before = stolen_seconds()
    wrk_before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["taskset", "-c", wrk_cpus(), "wrk", "-t", str(WRK_THREADS), "-c", str(connections), "-d", f"{seconds}s",
         "--timeout", "30s", "-s", os.path.join(folder, script), url],
        env=environment, capture_output=True, text=True, check=False)
    wrk_after = resource.getrusage(resource.RUSAGE_CHILDREN)
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    mr.check(done.returncode == 0 and lines, f"wrk failed: {done.stdout}{done.stderr}")
    run = json.loads(lines[0].removeprefix("RESULT "))
    run["per_second"] = round(run["requests"] / run["seconds"])
    run["stolen_s"] = round(stolen_seconds() - stolen_before, 2)
    run["cpu_s"] = round(cpu_seconds(pid) - server_before, 2)
    run["wrk_cpu_s"] = round(wrk_after.ru_utime + wrk_after.ru_stime - wrk_before.ru_utime - wrk_before.ru_stime, 2)
    mr.check_equal((run["not_2xx"], run["socket_errors"]), (0, 0), f"errors at {url}: {run}")
    return run


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def machine():
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "wrk_cpus": wrk_cpus()}


def revision():
    done = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() or "unknown"


def write_results(out, name, result, markdown):
    """Writes NAME-TIME.json and .md and prints the latter."""
    os.makedirs(out, exist_ok=True)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    base = os.path.join(out, f"{name}-{stamp}")
    with open(base + ".json", "w", encoding="utf-8") as file:
        json.dump(result, file, indent=2)
        file.write("\n")
    with open(base + ".md", "w", encoding="utf-8") as file:
        file.write(markdown)
    print(markdown)
    print(f"written to {os.path.relpath(base)}.{{json,md}}")
