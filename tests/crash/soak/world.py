"""The sources, sinks and senders of the soak, and what each of its events is."""

from typing import NamedTuple

import millrace_client as mr
from events import EVENT_COLUMNS, Event

BATCH = 7
BULK_BYTES = 800_000
ONE_IN = 20  # so many events lack the field `whole`, which some sinks want

BODIES = [mr.path_column("n", "n", raw=False), {"type": "body", "name": "body"}]
BY_ID = [mr.path_column("id", "id", primaryKey=True), {"type": "body", "name": "body"}]
LATEST = [mr.path_column("slot", "slot", primaryKey=True), mr.path_column("n", "n", raw=False)]
WHOLE = [mr.path_column("n", "n", raw=False), mr.path_column("whole", "whole", raw=False), {"type": "body", "name": "body"}]
# The same table for records without the field.
FORGIVING = [WHOLE[0], {**WHOLE[1], "defaultValue": "null"}, WHOLE[2]]
TEMPLATED = [mr.path_column("n", "n", raw=False),
             mr.template_column("made", "std.length(std.toString(Body('deep'))) + '-' + Body('n')"),
             {"type": "body", "name": "body"}]

# As small as they may be, so that all of it goes on all the time; 30 s is the least of that interval.
CONDITIONS = {mr.UPLOAD_COUNT: 500, mr.UPLOAD_INTERVAL: "1s", mr.IMPORT_COUNT: 3000, mr.IMPORT_INTERVAL: "30s"}

CORE = ("core-0", "core-1", "core-2")
CHURN = ("churn-0", "churn-1")
KEEPER, SKIPPER, UNSYNCED, TEMPLATES, BULK = "keeper", "skipper", "unsynced", "templates", "bulk"

SINKS = {source: {"events": EVENT_COLUMNS, "by-id": BY_ID, "latest": LATEST} for source in CORE}
SINKS.update({source: {"fixed": BODIES, "extra": BODIES} for source in CHURN})
SINKS[KEEPER] = {"kept": WHOLE, "bodies": BODIES}
SINKS[SKIPPER] = {"whole": WHOLE}
SINKS[UNSYNCED] = {"bodies": BODIES}
SINKS[TEMPLATES] = {"made": TEMPLATED}
SINKS[BULK] = {"bodies": BODIES}

SINK_SETTINGS = {
    (KEEPER, "kept"): {"mapping.onError": "keep", "mapping.rejects.count": 1_000_000, "mapping.rejects.size": "1GB"},
    (UNSYNCED, "bodies"): {mr.SYNC_WAIT: False},
}
SOURCE_SETTINGS = {SKIPPER: {"source.http.badRecords": "skip"}}


def table_of(source, sink):
    return f"in.c-{source}.{sink}"


TABLES = {source: {sink: table_of(source, sink) for sink in sinks} for source, sinks in SINKS.items()}
KEPT_TABLES = {table_of(KEEPER, "kept")}
WANT_WHOLE = KEPT_TABLES | {table_of(SKIPPER, "whole")}
KEYED_TABLES = {table_of(source, sink) for source in CORE for sink in ("by-id", "latest")}


class Sender(NamedTuple):
    source: str
    records: int = 1  # in each request
    is_keyed: bool = False
    query: str = ""


SENDERS = [
    Sender("core-0"), Sender("core-0", is_keyed=True),
    Sender("core-1", BATCH), Sender("core-1", BATCH, is_keyed=True),
    Sender("core-2", query="?ack=cache"), Sender("core-2", is_keyed=True),
    Sender(KEEPER), Sender(KEEPER, is_keyed=True), Sender(KEEPER, BATCH),
    Sender(SKIPPER, BATCH),
    Sender(UNSYNCED), Sender(UNSYNCED, BATCH),
    Sender(TEMPLATES, is_keyed=True),
    Sender("churn-0", query="?verbose=true"), Sender("churn-0", is_keyed=True, query="?verbose=true"),
    Sender("churn-1", BATCH, is_keyed=True, query="?verbose=true"),
]

# Senders of large records, which make the journal open one segment after the other.
BULK_SLOTS = range(1000, 1003)
BULK_RECORDS_FROM = 1_000_000_000


def sender_of(slot):
    return Sender(BULK) if slot in BULK_SLOTS else SENDERS[slot % len(SENDERS)]


def tables_of(slot):
    return TABLES[sender_of(slot).source]


def is_whole(number):
    return number % ONE_IN != 7


def takes(table, record):
    return table not in WANT_WHOLE or is_whole(record)


def event(number, slot):
    more = {"whole": number} if is_whole(number) else {}
    if slot in BULK_SLOTS:
        more["pad"] = f"{number} " * (BULK_BYTES // len(f"{number} "))
    return Event(number, slot, **more)


def create(api):
    """Returns source -> path of its URL."""
    paths = {}
    for source, sinks in SINKS.items():
        paths[source] = api.create_source(source)
        if source in SOURCE_SETTINGS:
            api.patch_source(source, SOURCE_SETTINGS[source])
        for sink, columns in sinks.items():
            settings = {**CONDITIONS, **SINK_SETTINGS.get((source, sink), {})}
            api.create_sink(source, sink, table_of(source, sink), columns, settings)
    return paths
