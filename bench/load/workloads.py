"""The workloads of the data plane and what is wanted of each.

A workload is a function of (options, folder, facts) that returns an Outcome. It begins with an empty folder and a
service of its own, and fails unless every answer was a 2xx and exactly the rows of those answers are in the tables.
`facts` is what was measured of the disk before.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import resource
import socket
import statistics
import time

import harness
from harness import mr
from plane import CONDITIONS, SINK, Nginx, Plane, event

WARM_UP_S = 1
PAUSE_S = 0.5
UNDISTURBED = 0.05  # of the processors' time stolen by others on the host, in both runs of a pair
P99_CONNECTIONS = 256
BATCH = 100
BATCH_CONNECTIONS = 16
SOURCES_CONNECTIONS = 64
SOAK_CONNECTIONS = 256
SOAK_MINUTES = 5
FLAT_GROWTH = 1.05  # of the second minute's peak, and as much more as one allocator arena may move
FLAT_SLACK_BYTES = 8 << 20
IDLE_OTHER_DESCRIPTORS = 100
INSTRUCTIONS = os.path.join(harness.ROOT, "tests", "perf", "instructions.json")


@dataclasses.dataclass
class Row:
    """One line of the table: a figure, what is wanted of it, and how it is written."""
    workload: str
    measured: float | None
    text: str                     # of the figure, e.g. "{:.2f} of nginx"
    must: float | None = None     # None: it is only reported
    stretch: float | None = None
    less_is_better: bool = False
    note: str = ""

    def verdict(self):
        if self.must is None:
            return "reported"
        if not self.reaches(self.must):
            return "**missed**"
        return "met, the stretch too" if self.stretch is not None and self.reaches(self.stretch) else "met"

    def reaches(self, wanted):
        return self.measured < wanted if self.less_is_better else self.measured >= wanted

    def wanted(self, value):
        if value is None:
            return "-"
        return ("< " if self.less_is_better else ">= ") + self.text.format(value)


def shown(row):
    """As results keep it."""
    return {"what": row.workload, "must": row.wanted(row.must), "measured": row.measured, "text": row.text.format(row.measured),
            "note": row.note, "verdict": row.verdict()}


def table_of(rows):
    """Of those that shown() returned."""
    return ["| what | must | measured | | verdict |", "|---|---|---|---|---|",
            *(f"| {row['what']} | {row['must']} | {row['text']} | {row['note']} | {row['verdict']} |" for row in rows)]


@dataclasses.dataclass
class Outcome:
    rows: list          # Row
    runs: dict          # server -> its runs, as harness.run_wrk() returns them
    stored: int = 0     # rows that were counted in the tables
    more: dict = dataclasses.field(default_factory=dict)


def median(runs, key):
    return statistics.median(run[key] for run in runs)


@dataclasses.dataclass
class Pairs:
    """Alternating runs of two servers: the least disturbed ones of those that were made."""
    ours: list
    theirs: list
    made: int

    @property
    def ratios(self):
        """Of each pair, as machines differ from minute to minute."""
        return [round(our["per_second"] / their["per_second"], 3) for our, their in zip(self.ours, self.theirs)]

    @property
    def processor_ratio(self):
        """The processor time of an event there, as a part of that here; of all runs together."""
        def per_request(runs):
            return sum(run["cpu_s"] for run in runs) / sum(run["per_second"] * run["seconds"] for run in runs)
        return round(per_request(self.theirs) / per_request(self.ours), 3)

    def stolen(self):
        """What others on the host took of the worst pair that counts, as a part of all processors."""
        return max(stolen_part(pair) for pair in zip(self.ours, self.theirs))


def stolen_part(pair):
    return max(run["stolen_s"] / run["seconds"] for run in pair) / os.cpu_count()


def alternate(options, ours, theirs):
    """Runs of both in turns, until so many pairs as wanted were undisturbed by others on the host.

    Who is first changes from pair to pair, so that what a run leaves behind for the next one is on both sides.

    Where that takes too many, the least disturbed ones count. A pair is chosen by what was stolen alone, which says
    nothing about its ratio.
    """
    pairs = []
    while len(pairs) < options.runs + options.more_runs:
        runs = {}
        for who in ((ours, theirs) if len(pairs) % 2 == 0 else (theirs, ours)):
            runs[who] = who()
            time.sleep(PAUSE_S)
        pairs.append((runs[ours], runs[theirs]))
        if sum(stolen_part(pair) <= UNDISTURBED for pair in pairs) == options.runs:
            break
    chosen = sorted(range(len(pairs)), key=lambda index: stolen_part(pairs[index]))[:options.runs]
    return Pairs([pairs[index][0] for index in sorted(chosen)], [pairs[index][1] for index in sorted(chosen)], len(pairs))


def ratio_row(workload, pairs, of, must, stretch):
    note = f"runs {', '.join(f'{ratio:.2f}' for ratio in pairs.ratios)}"
    if len(pairs.ratios) > 2:
        note += f"; their mean {statistics.mean(pairs.ratios):.3f}, its standard error " \
                f"{statistics.stdev(pairs.ratios) / len(pairs.ratios) ** 0.5:.3f}"
    if pairs.made > len(pairs.ours):
        note += f"; of {pairs.made} pairs those with least stolen, at most {pairs.stolen():.0%} of the processors"
    return Row(workload, round(statistics.median(pairs.ratios), 3), "{:.2f} of " + of, must, stretch, note=note)


def beside_nginx(options, folder, workload, must, stretch, plane_options):
    """64 and 256 connections; returns the outcome and the pairs by number of connections."""
    rows, all_runs, by_connections = [], {}, {}
    with Plane(options, folder, **plane_options) as plane, Nginx(os.path.join(folder, "nginx")) as nginx:
        plane.run(64, WARM_UP_S)
        nginx.run(64, WARM_UP_S)
        for connections in (64, 256):
            pairs = alternate(options, lambda: plane.run(connections, options.seconds),
                              lambda: nginx.run(connections, options.seconds))
            rows.append(ratio_row(f"{workload}, {connections} connections", pairs, "nginx", must, stretch))
            all_runs[f"{connections} connections, millrace"] = pairs.ours
            all_runs[f"{connections} connections, nginx"] = pairs.theirs
            by_connections[connections] = pairs
        stored = plane.finish()
    return Outcome(rows, all_runs, stored), by_connections


def single(options, folder, facts):
    """1 event a request, answered after fdatasync, beside nginx answering the same POST from memory."""
    outcome, runs = beside_nginx(options, folder, "1 event a request", 0.5, 0.7, {})
    pairs = runs[P99_CONNECTIONS]
    ours, theirs = (median(part, "p99_us") / 1000 for part in (pairs.ours, pairs.theirs))
    limit = 3 * theirs + 2 * facts["fdatasync"]["p99_us"] / 1000
    outcome.rows.append(Row(f"the same, p99 at {P99_CONNECTIONS} connections", ours, "{:.2f} ms", limit,
                            less_is_better=True, note=f"3 x nginx's {theirs:.2f} ms + 2 x fdatasync's p99"))
    return outcome


def unsynced(options, folder, _facts):
    """The same with sync.wait=false: answered before the sync."""
    settings = {"settings": {mr.SYNC_WAIT: False}, "synced": False}
    return beside_nginx(options, folder, "`sync.wait=false`", 0.6, 0.8, settings)[0]


def lines(options, folder, facts):
    """NDJSON of 100 events a request for a minute, while rows are uploaded and imported."""
    with Plane(options, folder) as plane:
        plane.run(BATCH_CONNECTIONS, WARM_UP_S, BATCH)
        before = plane.levels()["target"]
        run = plane.run(BATCH_CONNECTIONS, options.batch_seconds, BATCH)
        total = plane.server.api.statistics(plane.sources[0], SINK)["total"]
        stored = plane.finish()
    imported = run["levels"]["target"] - before
    mr.check(options.quick or options.conditions != "default" or imported > 0, "nothing was imported during the run")
    rate = run["events_per_second"] * total["uncompressedSize"] / total["recordsCount"]
    disk = facts["synced_write_bytes_per_second"]
    name = f"NDJSON, {BATCH} events a request, {BATCH_CONNECTIONS} connections"
    return Outcome([Row(f"{name}, {options.batch_seconds} s", run["events_per_second"], "{:,.0f} events/s", 300_000, 500_000,
                        note=f"{imported:,} rows imported meanwhile"),
                    Row("the same, CSV synced", rate / 1e6, "{:.0f} MB/s",
                        note=f"{rate / disk:.2f} of the disk's own {disk / 1e6:.0f} MB/s")],
                   {"millrace": [run]}, stored, {"imported_meanwhile": imported, "csv_bytes_per_second": round(rate)})


def sources(options, folder, _facts):
    """1,000 sources of one sink each in turn, beside the same service with one."""
    few, many = os.path.join(folder, "one"), os.path.join(folder, "many")
    os.makedirs(few)
    os.makedirs(many)
    with Plane(options, few) as one, Plane(options, many, count=options.sources) as thousand:
        for plane in (one, thousand):
            plane.run(SOURCES_CONNECTIONS, WARM_UP_S, in_turn=True)
        pairs = alternate(
            options, lambda: thousand.run(SOURCES_CONNECTIONS, options.seconds, in_turn=True),
            lambda: one.run(SOURCES_CONNECTIONS, options.seconds, in_turn=True))
        stored = thousand.finish() + one.finish()
    name = f"{options.sources:,} sources of one sink, {SOURCES_CONNECTIONS} connections"
    return Outcome([ratio_row(name, pairs, "one source", 0.8, 0.9)],
                   {f"{options.sources:,} sources": pairs.ours, "one source": pairs.theirs}, stored)


def idle(options, folder, _facts):
    """Kept connections that have sent one event each, as the pools of real clients have. Each sends another one
    afterwards: idle connections that were dropped would be no feat."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < options.idle + IDLE_OTHER_DESCRIPTORS:
        raise harness.Skipped(f"only {hard} descriptors are allowed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    body = event().encode()
    with Plane(options, folder, args=["--limits.idle-time", "30m"]) as plane:
        with open(plane.paths, encoding="utf-8") as file:
            path = file.readline().strip()
        request = (f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body

        def post(connection):
            connection.sendall(request)
            answer = connection.recv(4096)
            mr.check(answer.startswith(b"HTTP/1.1 200 "), f"answer {answer!r}")

        address = plane.server.ingest_address()
        with socket.create_connection(address) as warm_up:
            post(warm_up)
        before = harness.resident_bytes(plane.server.process.pid)
        connections = []
        for _ in range(options.idle):
            connections.append(socket.create_connection(address))
            post(connections[-1])
        resident = harness.resident_bytes(plane.server.process.pid)
        for connection in connections:
            post(connection)
            connection.close()
        stored = plane.finish()
    mr.check_equal(stored, 1 + 2 * options.idle, "rows of all connections")
    return Outcome([Row(f"{options.idle:,} idle connections", resident / 1e6, "{:.0f} MB resident", 200,
                        less_is_better=True, note=f"{(resident - before) // options.idle:,} B each")],
                   {}, stored, {"resident": resident, "resident_before": before})


def soak(options, folder, _facts):
    """Full load for five minutes; memory is flat if the last minute's peak is about the second one's."""
    minute = options.soak_seconds / SOAK_MINUTES
    with Plane(options, folder) as plane:
        with harness.ResidentSamples(plane.server.process.pid, every_s=minute / 60) as resident:
            run = plane.run(SOAK_CONNECTIONS, options.soak_seconds)
        stored = plane.finish()
    peaks = [resident.most_between(minute * number, minute * (number + 1)) for number in range(SOAK_MINUTES)]
    limit = FLAT_GROWTH * peaks[1] + FLAT_SLACK_BYTES
    note = f"peaks of each fifth: {', '.join(f'{peak / 1e6:.0f}' for peak in peaks)} MB"
    return Outcome([Row(f"soak of {options.soak_seconds} s, resident in its last fifth", peaks[-1] / 1e6, "{:.1f} MB",
                        limit / 1e6, less_is_better=True, note=note)],
                   {"millrace": [run]}, stored, {"resident_peaks": peaks})


def builds(options, folder, _facts):
    """Another build of Millrace beside this one: what a change costs, where machines differ from hour to hour.

    Such a difference is small, so there are four times as many pairs, each a quarter as long.
    """
    options = argparse.Namespace(**{**vars(options), "runs": 4 * options.runs, "more_runs": 2 * options.more_runs,
                                    "seconds": max(2, options.seconds // 4)})
    if not options.beside:
        raise harness.Skipped("no --beside BINARY")
    rows, all_runs, stored = [], {}, 0
    for name, connections, batch in (("1 event a request", 64, 1), (f"NDJSON, {BATCH} events a request", BATCH_CONNECTIONS, BATCH)):
        with contextlib.ExitStack() as stack:
            planes = []
            for who, binary in (("this", options.binary), ("beside", options.beside)):
                part = os.path.join(folder, f"{batch}-{who}")
                os.makedirs(part)
                planes.append(stack.enter_context(Plane(argparse.Namespace(**{**vars(options), "binary": binary}), part)))
            for plane in planes:
                plane.run(connections, WARM_UP_S, batch)
            pairs = alternate(options, lambda: planes[0].run(connections, options.seconds, batch),
                              lambda: planes[1].run(connections, options.seconds, batch))
            stored += sum(plane.finish() for plane in planes)
        rows.append(ratio_row(f"{name}, {connections} connections", pairs, "the other build", 0.98, 1.0))
        rows.append(Row(f"{name}, events a second of processor time", pairs.processor_ratio, "{:.2f} of the other build"))
        all_runs[f"{name}, this build"] = pairs.ours
        all_runs[f"{name}, the other build"] = pairs.theirs
    return Outcome(rows, all_runs, stored)


def instructions(_options, _folder, _facts):
    """What the test suite holds the paths of an event to; it fails at 5 % more."""
    with open(INSTRUCTIONS, encoding="utf-8") as file:
        recorded = json.load(file)
    return Outcome([Row(f"instructions, {path}", count, "{:,.0f} an event", note=f"recorded with {recorded['compiler']}")
                    for path, count in recorded["instructions_per_event"].items()], {})


ALL = {function.__name__: function for function in (single, lines, sources, unsynced, builds, idle, soak, instructions)}
