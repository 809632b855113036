"""What a client was told of each record, table by table, and whether the tables keep it.

A record is for each table of its source one of

    must    an answer promised it: exactly once
    may     no answer, an answer that says so (503 unknownOutcome), or one that promised little (Ack: memory): at most once
    never   refused by every answer: not there
"""

import json
from collections import Counter, defaultdict

import load as load_client
import millrace_client as mr

TAKEN = (200, 202)


class Promises(load_client.Listener):
    """tables_of(slot) -> the tables of its sinks by the sink's id; takes(table, record) -> whether its mapping can.

    `kept` are tables whose sinks keep what they cannot map as rejects.
    """

    def __init__(self, tables_of, takes, kept=()):
        self.tables_of = tables_of
        self.takes = takes
        self.kept = set(kept)
        self.must = defaultdict(set)
        self.may = defaultdict(set)
        self.in_memory = defaultdict(set)       # table -> records of this life with Ack: memory
        self.open_attempts = Counter()          # record -> its requests whose outcome nobody told
        self.answers = Counter()                # (status, error) -> how often
        self.answers_of_life = Counter()        # the same since the last end_of_life()
        self.slowest_s = 0.0
        self.on_receipt = lambda slot, receipt: None  # of rows that are on disk
        self.cache_survives = True              # false in a life whose disk fails

    def sent(self, slot, records):
        for record in records:
            self.open_attempts[record] += 1
        for table in self.tables_of(slot).values():
            must, may = self.must[table], self.may[table]
            may.update(record for record in records if record not in must)

    def answered(self, slot, records, answer, seconds):
        self.slowest_s = max(self.slowest_s, seconds)
        report = self._report(answer)
        self.answers_of_life[answer.status, report.get("error", "")] += 1
        if b"stream.in.unknownOutcome" in answer.body or answer.status == 409:
            return
        # What the sinks that keep rejects could not map may be kept although the journal then took nothing.
        is_half_known = answer.status >= 500
        for sink, table in self.tables_of(slot).items():
            takes_good, takes_bad = self._has_taken(sink, answer, report)
            for record in records:
                if takes_good if self.takes(table, record) else takes_bad and table in self.kept:
                    self._promise(table, record, answer.headers["ack"])
                elif is_half_known and table in self.kept and not self.takes(table, record):
                    pass
                elif self.open_attempts[record] <= 1:
                    self.may[table].discard(record)
        if answer.headers.get("ack") == "disk" and "receipt" in answer.headers:
            self.on_receipt(slot, answer.headers["receipt"])
        for record in records:
            is_open = is_half_known and any(table in self.kept and not self.takes(table, record)
                                            for table in self.tables_of(slot).values())
            if not is_open:
                self._close_attempt(record)

    def end_of_life(self, is_orderly):
        """What waited in memory is there after an orderly end; after another nobody knows."""
        for table, records in self.in_memory.items():
            if is_orderly:
                self.must[table] |= records
                self.may[table] -= records
        self.in_memory.clear()
        self.answers += self.answers_of_life
        self.answers_of_life.clear()

    def breaches(self, table, rows, rejects=()):
        """`rows` and `rejects` are the numbers of the records that are there. Returns sentences."""
        must, may = self.must[table], self.may[table]
        seen = Counter(rows) + Counter(rejects)
        found = []

        def tell(what, records):
            if records:
                found.append(f"{table}: {len(records)} records {what}, the first: {sorted(records)[:10]}")

        tell("that were promised are not there", must - seen.keys())
        tell("are there twice", [record for record, count in seen.items()
                                 if count > (1 + self.open_attempts[record] if table in self.kept else 1)])
        tell("are there and were refused, or never sent", seen.keys() - must - may)
        return found

    def _promise(self, table, record, level):
        if level == "memory" or (level == "cache" and not self.cache_survives):
            if record not in self.must[table]:
                self.in_memory[table].add(record)
            return
        self.must[table].add(record)
        self.may[table].discard(record)

    def _has_taken(self, sink, answer, report):
        """Whether a sink has the records that it can map, and those that it cannot if it keeps such."""
        if answer.headers.get("ack", "none") == "none":
            return False, False
        sinks = {told["sinkId"]: told for source in report.get("sources", []) for told in source.get("sinks", [])}
        if not sinks:
            return (answer.status in TAKEN,) * 2
        told = sinks.get(sink, {"statusCode": 404})
        # A sink that could not keep a bad record has the others.
        return told["statusCode"] in TAKEN or told.get("accepted", 0) > 0, told["statusCode"] in TAKEN

    def _close_attempt(self, record):
        self.open_attempts[record] -= 1
        if self.open_attempts[record] <= 0:
            del self.open_attempts[record]

    def _report(self, answer):
        if not answer.body.startswith(b"{"):
            return {}
        try:
            return json.loads(answer.body)
        except ValueError:
            raise mr.Failure(f"an answer that is no JSON: {answer.body[:200]!r}") from None
