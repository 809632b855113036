#include "storage/catalog/schema.h"

#include <array>

#include "storage/sqlite/transaction.h"

namespace millrace::catalog {
namespace {

constexpr std::int64_t kApplicationId = 0x4d4c5243;  // "MLRC", shown by file(1)

// Ids of slices and files are UUIDs as text, times are Unix milliseconds, and what is never
// searched for (settings, columns, stamps) is JSON.
constexpr const char* kDefinitions = R"sql(
CREATE TABLE sources (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    secret TEXT NOT NULL,
    settings TEXT NOT NULL,
    version TEXT NOT NULL,
    created TEXT NOT NULL,
    deleted TEXT,
    disabled TEXT,
    PRIMARY KEY (project, branch, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_versions (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    source TEXT NOT NULL,
    number INTEGER NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (project, branch, source, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE sinks (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    number INTEGER NOT NULL UNIQUE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    table_id TEXT NOT NULL,
    columns TEXT NOT NULL,
    settings TEXT NOT NULL,
    mapping INTEGER NOT NULL,
    version TEXT NOT NULL,
    created TEXT NOT NULL,
    deleted TEXT,
    disabled TEXT,
    PRIMARY KEY (project, branch, source, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sink_versions (
    sink INTEGER NOT NULL,
    number INTEGER NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (sink, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE mappings (
    sink INTEGER NOT NULL,
    version INTEGER NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (sink, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_numbers (
    name TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO last_numbers VALUES ('sink', 0);

CREATE TABLE tasks (
    project INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    branch INTEGER NOT NULL,
    source TEXT NOT NULL,
    sink TEXT,
    status TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    result TEXT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_by_end ON tasks (status, finished_at);
)sql";

// Every index that is read regularly is partial: it holds what waits, and nothing of the history.
constexpr const char* kLifecycle = R"sql(
CREATE TABLE files (
    id TEXT NOT NULL PRIMARY KEY,
    sink INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    state TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    slices INTEGER NOT NULL,
    retry_attempt INTEGER NOT NULL DEFAULT 0,
    retry_reason TEXT NOT NULL DEFAULT '',
    retry_after INTEGER NOT NULL DEFAULT 0,
    imported_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX files_waiting ON files (sink, opened_at, id) WHERE state <> 'imported';
CREATE INDEX files_writing ON files (opened_at, id) WHERE state = 'writing';
CREATE INDEX files_closed ON files (opened_at, id) WHERE state IN ('closing', 'importing');
CREATE INDEX files_imported ON files (imported_at, id) WHERE state = 'imported';

CREATE TABLE slices (
    id TEXT NOT NULL PRIMARY KEY,
    file TEXT NOT NULL REFERENCES files (id),
    sink INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    state TEXT NOT NULL,
    staged_bytes INTEGER NOT NULL DEFAULT 0,
    staging_key TEXT NOT NULL DEFAULT '',
    retry_attempt INTEGER NOT NULL DEFAULT 0,
    retry_reason TEXT NOT NULL DEFAULT '',
    retry_after INTEGER NOT NULL DEFAULT 0,
    is_local INTEGER NOT NULL DEFAULT 1,
    is_staged INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX slices_of_file ON slices (file, state);
CREATE INDEX slices_sealed ON slices (opened_at, id) WHERE state IN ('closing', 'uploading');
CREATE INDEX slices_waiting ON slices (sink, state) WHERE state <> 'imported';
CREATE INDEX slices_left_local ON slices (id) WHERE is_local AND state IN ('uploaded', 'imported');
CREATE INDEX slices_left_staged ON slices (id) WHERE is_staged AND state = 'imported';

CREATE TABLE target_totals (
    sink INTEGER NOT NULL PRIMARY KEY,
    rows INTEGER NOT NULL,
    csv_bytes INTEGER NOT NULL,
    staged_bytes INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;
)sql";

// An API token is known by the SHA-256 of its text, in hex; the text itself is nowhere.
constexpr const char* kTokens = R"sql(
CREATE TABLE api_tokens (
    project INTEGER NOT NULL,
    id TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    role TEXT NOT NULL,
    created TEXT NOT NULL,
    PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;
)sql";

// What the target had of a sink when its counts were reset; and the newest imported files of a
// sink without reading its history.
constexpr const char* kReports = R"sql(
CREATE TABLE statistics_resets (
    sink INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    csv_bytes INTEGER NOT NULL,
    staged_bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX files_imported_of_sink ON files (sink, opened_at, id) WHERE state = 'imported';
)sql";

// Lists of what is there, and of what is deleted, cost nothing for the other.
constexpr const char* kLists = R"sql(
CREATE INDEX sources_active ON sources (project, branch, id) WHERE deleted IS NULL;
CREATE INDEX sources_deleted ON sources (project, branch, id) WHERE deleted IS NOT NULL;
CREATE INDEX sinks_active ON sinks (project, branch, source, id) WHERE deleted IS NULL;
CREATE INDEX sinks_deleted ON sinks (project, branch, source, id) WHERE deleted IS NOT NULL;
)sql";

// Records that sinks could not map and keep; and slice files that a retry may have left behind.
constexpr const char* kRejects = R"sql(
CREATE TABLE rejects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sink INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL,
    column_name TEXT NOT NULL,
    client_ip TEXT NOT NULL,
    content_type TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX rejects_of_sink ON rejects (sink, number);
CREATE INDEX rejects_by_end ON rejects (expires_at);

CREATE TABLE reject_totals (
    sink INTEGER NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE announced_slices (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
)sql";

// {secret, until} of a secret that was rotated with an overlap.
constexpr const char* kRetiredSecrets = "ALTER TABLE sources ADD COLUMN retired TEXT";

// How many sources there are, kept beside them: a list page says it, and counting would read all of
// them. An upsert that updates fires the trigger of updates only.
constexpr const char* kCounts = R"sql(
CREATE TABLE source_counts (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    active INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (project, branch)
) STRICT, WITHOUT ROWID;
INSERT INTO source_counts
    SELECT project, branch, sum(deleted IS NULL), sum(deleted IS NOT NULL)
    FROM sources GROUP BY project, branch;

CREATE TRIGGER sources_inserted AFTER INSERT ON sources BEGIN
    INSERT INTO source_counts
        VALUES (NEW.project, NEW.branch, NEW.deleted IS NULL, NEW.deleted IS NOT NULL)
        ON CONFLICT (project, branch) DO UPDATE SET
            active = active + excluded.active, deleted = deleted + excluded.deleted;
END;
CREATE TRIGGER sources_updated AFTER UPDATE OF deleted ON sources
WHEN (OLD.deleted IS NULL) <> (NEW.deleted IS NULL) BEGIN
    UPDATE source_counts SET
        active = active + (NEW.deleted IS NULL) - (OLD.deleted IS NULL),
        deleted = deleted + (OLD.deleted IS NULL) - (NEW.deleted IS NULL)
        WHERE project = NEW.project AND branch = NEW.branch;
END;
CREATE TRIGGER sources_removed AFTER DELETE ON sources BEGIN
    UPDATE source_counts SET
        active = active - (OLD.deleted IS NULL), deleted = deleted - (OLD.deleted IS NOT NULL)
        WHERE project = OLD.project AND branch = OLD.branch;
END;
)sql";

// What happens on which volume. `last_batch` is above every number that a life of the volume gave.
constexpr const char* kVolumes = R"sql(
ALTER TABLE files ADD COLUMN volume TEXT NOT NULL DEFAULT 'default';
ALTER TABLE slices ADD COLUMN volume TEXT NOT NULL DEFAULT 'default';
ALTER TABLE slices ADD COLUMN first_batch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE slices ADD COLUMN last_batch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN volume TEXT NOT NULL DEFAULT 'default';
CREATE INDEX slices_by_batch ON slices (sink, volume, last_batch);

CREATE TABLE volumes (
    name TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    last_batch INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lost_batches (
    volume TEXT NOT NULL,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (volume, last)
) STRICT, WITHOUT ROWID;
)sql";

// What waits is found from sink to sink, without a walk through all that waits of one; and who
// writes to a table without one through all sinks.
constexpr const char* kFronts = R"sql(
DROP INDEX files_closed;
CREATE INDEX files_closed_of_sink ON files (sink, volume, opened_at, id)
    WHERE state IN ('closing', 'importing');
CREATE INDEX files_waiting_of_sink ON files (sink, volume, opened_at, id)
    WHERE state <> 'imported';
DROP INDEX slices_sealed;
CREATE INDEX slices_due ON slices (sink, retry_after, opened_at, id)
    WHERE state IN ('closing', 'uploading');
CREATE INDEX sinks_of_table ON sinks (table_id);
)sql";

// Rows of slices whose files were damaged; `upto` is the sequence of the last frame with rows of
// them.
constexpr const char* kLostRows = R"sql(
CREATE TABLE lost_rows (
    slice TEXT NOT NULL,
    upto INTEGER NOT NULL,
    file TEXT NOT NULL,
    sink INTEGER NOT NULL,
    volume TEXT NOT NULL,
    rows INTEGER NOT NULL,
    csv_bytes INTEGER NOT NULL,
    first_batch INTEGER NOT NULL,
    last_batch INTEGER NOT NULL,
    found_at INTEGER NOT NULL,
    PRIMARY KEY (slice, upto)
) STRICT, WITHOUT ROWID;
CREATE INDEX lost_rows_of_sink ON lost_rows (sink, volume, last_batch);
)sql";

// Since when, and with which key, the secrets of sources are sealed; see sealing.h. Sealing is done
// by the program, because SQL cannot.
constexpr const char* kSealing = R"sql(
CREATE TABLE sealing (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    probe TEXT NOT NULL,
    is_clean INTEGER NOT NULL
) STRICT;
)sql";

// The registry of volumes. What was only a name becomes an entry; two names of one volume, as old
// versions allowed, become one, and a file that such a pair closed too early gets its slices back.
constexpr const char* kRegistry = R"sql(
ALTER TABLE volumes RENAME TO old_volumes;
CREATE TABLE volumes (
    volume TEXT NOT NULL PRIMARY KEY,
    uuid TEXT UNIQUE,
    name TEXT NOT NULL,
    former_name TEXT NOT NULL DEFAULT '',
    renamed_at INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    since INTEGER NOT NULL DEFAULT 0,
    first_seen INTEGER NOT NULL DEFAULT 0,
    directory TEXT NOT NULL DEFAULT '',
    last_batch INTEGER NOT NULL DEFAULT 0,
    confirmed_life INTEGER NOT NULL DEFAULT 0,
    begun_life INTEGER NOT NULL DEFAULT 0,
    sealed INTEGER NOT NULL DEFAULT 0,
    given_up_files INTEGER NOT NULL DEFAULT 0,
    given_up_slices INTEGER NOT NULL DEFAULT 0,
    given_up_rows INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX volumes_active ON volumes (name) WHERE state = 'active';

INSERT INTO volumes (volume, uuid, name, state, last_batch)
    SELECT name, id, name, 'active', last_batch FROM old_volumes AS one
    WHERE NOT EXISTS (
        SELECT 1 FROM old_volumes AS later WHERE later.id = one.id
        AND (later.last_batch, later.name) > (one.last_batch, one.name));
CREATE TABLE second_names AS
    SELECT one.name AS name, kept.volume AS volume FROM old_volumes AS one
    JOIN volumes AS kept ON kept.uuid = one.id WHERE kept.volume <> one.name;
UPDATE files SET volume = (SELECT s.volume FROM second_names AS s WHERE s.name = files.volume)
    WHERE volume IN (SELECT name FROM second_names);
UPDATE slices SET volume = (SELECT s.volume FROM second_names AS s WHERE s.name = slices.volume)
    WHERE volume IN (SELECT name FROM second_names);
UPDATE announced_slices
    SET volume = (SELECT s.volume FROM second_names AS s WHERE s.name = announced_slices.volume)
    WHERE volume IN (SELECT name FROM second_names);
UPDATE OR REPLACE lost_batches
    SET volume = (SELECT s.volume FROM second_names AS s WHERE s.name = lost_batches.volume)
    WHERE volume IN (SELECT name FROM second_names);
UPDATE lost_rows
    SET volume = (SELECT s.volume FROM second_names AS s WHERE s.name = lost_rows.volume)
    WHERE volume IN (SELECT name FROM second_names);
DROP TABLE second_names;
DROP TABLE old_volumes;

INSERT OR IGNORE INTO volumes (volume, name, state)
    SELECT volume, volume, 'active' FROM files UNION
    SELECT volume, volume, 'active' FROM announced_slices;
-- A folder from before volumes were known, with rows in its journal only.
INSERT OR IGNORE INTO volumes (volume, name, state)
    SELECT 'default', 'default', 'active'
    WHERE EXISTS (SELECT 1 FROM sources) AND NOT EXISTS (SELECT 1 FROM volumes);
UPDATE volumes SET sealed = (SELECT coalesce(max(last_sequence), 0) FROM slices
                             WHERE slices.volume = volumes.volume);
UPDATE files SET slices = (SELECT count(*) FROM slices WHERE file = files.id)
    WHERE state = 'closing' AND slices < (SELECT count(*) FROM slices WHERE file = files.id);
)sql";

// The clock of ages, and what is forgotten by it: times of before stand for ages. Files are in the
// order of their ids, which never follow the wall clock.
constexpr const char* kAges = R"sql(
CREATE TABLE age_clock (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    at INTEGER NOT NULL
) STRICT;

ALTER TABLE tasks ADD COLUMN finished_age INTEGER;
UPDATE tasks SET finished_age = finished_at;
DROP INDEX tasks_by_end;
CREATE INDEX tasks_by_end ON tasks (status, finished_age);

ALTER TABLE files ADD COLUMN imported_age INTEGER;
UPDATE files SET imported_age = imported_at;
DROP INDEX files_imported;
CREATE INDEX files_imported ON files (imported_age, id) WHERE state = 'imported';

DROP INDEX files_waiting;
CREATE INDEX files_waiting ON files (sink, id) WHERE state <> 'imported';
DROP INDEX files_imported_of_sink;
CREATE INDEX files_imported_of_sink ON files (sink, id) WHERE state = 'imported';
DROP INDEX files_closed_of_sink;
CREATE INDEX files_closed_of_sink ON files (sink, volume, id)
    WHERE state IN ('closing', 'importing');
DROP INDEX files_waiting_of_sink;
CREATE INDEX files_waiting_of_sink ON files (sink, volume, id) WHERE state <> 'imported';

ALTER TABLE statistics_resets ADD COLUMN first_file TEXT NOT NULL DEFAULT '';
UPDATE statistics_resets SET first_file = substr(printf('%012x', at), 1, 8) || '-'
    || substr(printf('%012x', at), 9, 4) || '-7000-8000-000000000000';
)sql";

// On which volumes the idempotency keys of a source may be; `until` when those are over, nothing
// while it is in use.
constexpr const char* kKeyHomes = R"sql(
CREATE TABLE key_homes (
    source TEXT NOT NULL,
    volume TEXT NOT NULL,
    window INTEGER NOT NULL,
    until INTEGER,
    PRIMARY KEY (source, volume)
) STRICT, WITHOUT ROWID;
ALTER TABLE volumes ADD COLUMN given_up_key_sources INTEGER NOT NULL DEFAULT 0;
)sql";

// What the frame for all doors made durable at once.
//
// Backends by name: where staged objects are and in which form, how a source receives, and where
// the table of a sink is. Before there were names there was one of each, and only the end of its
// key told whether an object was compressed. `details` is what only the kind of a source knows.
//
// Loads, and the numbers of the tables that they write to: those are of the space of the sinks'.
// A slice file that is announced and of no load is of a retry of rejects. `line` is the table of a
// file where the order of files of different owners matters: it has a key. `turn` is the place in
// that line and on the volume, taken when a file is closed; 0 before.
constexpr const char* kFrame = R"sql(
ALTER TABLE slices ADD COLUMN staging TEXT NOT NULL DEFAULT 'default';
ALTER TABLE slices ADD COLUMN compression TEXT NOT NULL DEFAULT 'none';
UPDATE slices SET compression = 'gzip' WHERE staging_key LIKE '%.gz';
ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'http';
ALTER TABLE sources ADD COLUMN details TEXT NOT NULL DEFAULT '{}';
ALTER TABLE sinks ADD COLUMN target TEXT NOT NULL DEFAULT 'default';
DROP INDEX sinks_of_table;
CREATE INDEX sinks_of_table ON sinks (target, table_id);

CREATE TABLE tables (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    target TEXT NOT NULL,
    table_id TEXT NOT NULL,
    number INTEGER NOT NULL UNIQUE,
    PRIMARY KEY (project, branch, target, table_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE loads (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    label TEXT NOT NULL,
    table_id TEXT NOT NULL,
    owner INTEGER NOT NULL,
    mapping INTEGER NOT NULL,
    volume TEXT NOT NULL,
    state TEXT NOT NULL,
    rows INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    filtered INTEGER NOT NULL DEFAULT 0,
    unselected INTEGER NOT NULL DEFAULT 0,
    open_for INTEGER NOT NULL,
    prepared_for INTEGER NOT NULL,
    kept_for INTEGER NOT NULL,
    info TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    file TEXT,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    until INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX loads_by_label ON loads (project, branch, label) WHERE state <> 'aborted';
CREATE INDEX loads_of_label ON loads (project, branch, label, number);
CREATE INDEX loads_of_scope ON loads (project, branch, number);
CREATE INDEX loads_under_way ON loads (until)
    WHERE state IN ('open', 'written', 'prepared');
CREATE INDEX loads_ended ON loads (until) WHERE state IN ('committed', 'aborted');

ALTER TABLE announced_slices ADD COLUMN load INTEGER;
ALTER TABLE announced_slices ADD COLUMN part INTEGER;
ALTER TABLE announced_slices ADD COLUMN is_adopted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announced_slices ADD COLUMN last_at INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX announced_parts ON announced_slices (load, part) WHERE load IS NOT NULL;

ALTER TABLE files ADD COLUMN load INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN line TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
UPDATE files SET line = coalesce((
        SELECT coalesce(json_extract(m.snapshot, '$.target'), 'default') || '/'
            || json_extract(m.snapshot, '$.table') FROM mappings AS m
        WHERE m.sink = files.sink AND m.version = files.mapping AND EXISTS (
            SELECT 1 FROM json_each(m.snapshot, '$.columns')
            WHERE json_extract(value, '$.primaryKey'))), '')
    WHERE state <> 'imported';
UPDATE files SET turn = place FROM (
        SELECT id AS closed, row_number() OVER (ORDER BY id) AS place FROM files
        WHERE state IN ('closing', 'importing')) WHERE id = closed;
INSERT INTO last_numbers SELECT 'turn', coalesce(max(turn), 0) FROM files;

DROP INDEX files_waiting_of_sink;
CREATE INDEX files_waiting_of_sink ON files (sink, volume, ((load > 0) * turn), id)
    WHERE state <> 'imported';
CREATE INDEX files_in_line ON files (line, volume, turn)
    WHERE turn > 0 AND line <> '' AND state <> 'imported';
CREATE INDEX loads_in_line ON files (line, volume, turn)
    WHERE load > 0 AND line <> '' AND state <> 'imported';
)sql";

// Tokens that only load, and tables that clients made without a sink: `columns` is empty for those
// that only a load has named. One that is being dropped takes no new load.
constexpr const char* kTables = R"sql(
ALTER TABLE api_tokens ADD COLUMN buckets TEXT NOT NULL DEFAULT '';
ALTER TABLE tables ADD COLUMN columns TEXT NOT NULL DEFAULT '';
ALTER TABLE tables ADD COLUMN created TEXT NOT NULL DEFAULT '';
ALTER TABLE tables ADD COLUMN is_being_dropped INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tables_of_branch ON tables (project, branch, table_id) WHERE columns <> '';
CREATE INDEX loads_of_owner ON loads (owner, state);
)sql";

// Which mark each staging has, so that another one of the same name is noticed.
constexpr const char* kStagingMarks = R"sql(
CREATE TABLE staging_marks (
    staging TEXT PRIMARY KEY,
    mark TEXT NOT NULL,
    is_there INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Files that operators set aside are in no queue and hold up nothing, and those that are discarded
// are not waited for either. The conditions of the indexes are those of the statements that use
// them, word for word.
constexpr const char* kSetAside = R"sql(
ALTER TABLE files ADD COLUMN aside_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN aside_at INTEGER;

DROP INDEX files_waiting;
CREATE INDEX files_waiting ON files (sink, id) WHERE state NOT IN ('imported', 'discarded');
CREATE INDEX files_set_aside ON files (sink, id) WHERE state = 'setAside';
CREATE INDEX files_discarded ON files (sink, id) WHERE state = 'discarded';
DROP INDEX files_waiting_of_sink;
CREATE INDEX files_waiting_of_sink ON files (sink, volume, ((load > 0) * turn), id)
    WHERE state NOT IN ('imported', 'setAside', 'discarded');
DROP INDEX files_in_line;
CREATE INDEX files_in_line ON files (line, volume, turn)
    WHERE turn > 0 AND line <> '' AND state NOT IN ('imported', 'setAside', 'discarded');
DROP INDEX loads_in_line;
CREATE INDEX loads_in_line ON files (line, volume, turn)
    WHERE load > 0 AND line <> '' AND state NOT IN ('imported', 'setAside', 'discarded');

DROP INDEX slices_waiting;
CREATE INDEX slices_waiting ON slices (sink, state)
    WHERE state NOT IN ('imported', 'discarded');
CREATE INDEX slices_discarded ON slices (sink) WHERE state = 'discarded';
DROP INDEX slices_left_local;
CREATE INDEX slices_left_local ON slices (id)
    WHERE is_local AND state IN ('uploaded', 'imported', 'discarded');
DROP INDEX slices_left_staged;
CREATE INDEX slices_left_staged ON slices (id)
    WHERE is_staged AND state IN ('imported', 'discarded');
)sql";

// What columns see of a record besides its body and headers, for a second mapping; and the key by
// which a record that comes again is kept once.
constexpr auto kOrigins = R"sql(
ALTER TABLE rejects ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE rejects ADD COLUMN once TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX rejects_once ON rejects (sink, once) WHERE once <> '';
)sql";

// What clients sent in the forms of other products, as they get it back.
constexpr const char* kDocuments = R"sql(
CREATE TABLE documents (
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (project, branch, kind, name)
) STRICT, WITHOUT ROWID;
)sql";

// Rows of files that the databases of their tables refuse, until the import of the others makes
// rejects of them; and what is kept of those besides the rejects of records, which alone have
// bounds. Whether a file that was restored writes only rows whose keys are not in its table.
constexpr const char* kRefusedRows = R"sql(
CREATE TABLE refused_rows (
    file TEXT NOT NULL,
    slice TEXT NOT NULL,
    row INTEGER NOT NULL,
    reason TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (file, slice, row)
) STRICT;
ALTER TABLE files ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN keeps_known_keys INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reject_totals ADD COLUMN refused_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reject_totals ADD COLUMN refused_bytes INTEGER NOT NULL DEFAULT 0;
)sql";

// Which installation this is, once it was restored from a backup: see restored_copy.h. Without a
// row it is the first.
constexpr const char* kInstallation = R"sql(
CREATE TABLE installation (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    token TEXT NOT NULL,
    backup_at INTEGER NOT NULL,
    restored_at INTEGER NOT NULL,
    remembered INTEGER NOT NULL,
    has_started INTEGER NOT NULL
) STRICT;
CREATE TABLE volumes_before (
    volume TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
)sql";

// The roles of sinks in the databases of their targets; and what the names of all of them have in
// common. A token whose role and password are empty is to be made anew.
constexpr const char* kSinkTokens = R"sql(
CREATE TABLE sink_tokens (
    target TEXT NOT NULL,
    sink INTEGER NOT NULL,
    project INTEGER NOT NULL,
    branch INTEGER NOT NULL,
    source TEXT NOT NULL,
    sink_id TEXT NOT NULL,
    table_id TEXT NOT NULL,
    state TEXT NOT NULL,
    role TEXT NOT NULL,
    password TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (target, sink)
) STRICT, WITHOUT ROWID;
CREATE TABLE role_space (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
) STRICT;
)sql";

// Of a file of which slices were set aside as files of their own, and of those: which one it was.
constexpr const char* kWholes = R"sql(
ALTER TABLE files ADD COLUMN whole TEXT NOT NULL DEFAULT '';
CREATE INDEX files_of_whole ON files (whole) WHERE whole <> '';
)sql";

// How far sources were read when files of their sinks were closed; see coverage_store.h.
constexpr const char* kCoverage = R"sql(
CREATE TABLE covered_positions (
    file TEXT NOT NULL PRIMARY KEY,
    sink INTEGER NOT NULL,
    owner TEXT NOT NULL,
    positions TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX covered_of_sink ON covered_positions (sink, file);
)sql";

// Migration n makes schema n of schema n - 1. A released one is never edited.
constexpr std::array kMigrations = {
    kDefinitions, kLifecycle,    kTokens,     kReports,      kLists,    kRejects,  kRetiredSecrets,
    kCounts,      kVolumes,      kFronts,     kLostRows,     kSealing,  kRegistry, kAges,
    kKeyHomes,    kFrame,        kTables,     kStagingMarks, kSetAside, kOrigins,  kDocuments,
    kRefusedRows, kInstallation, kSinkTokens, kWholes,       kCoverage};

Result<void> refuse_strangers(sqlite::Database& database, std::int64_t schema) {
    if (schema > newest_schema()) {
        return Error(
            Code::conflict,
            fmt::format("the catalog has schema {}, this version knows schemas up to {}: it "
                        "was written by a newer version of Millrace",
                        schema, newest_schema()));
    }
    return require_catalog(database);
}

}  // namespace

Result<void> require_catalog(sqlite::Database& database) {
    TRY_ASSIGN(const auto schema, database.number("PRAGMA user_version"));
    TRY_ASSIGN(const auto application, database.number("PRAGMA application_id"));
    TRY_ASSIGN(const auto tables, database.number("SELECT count(*) FROM sqlite_schema"));
    const bool is_empty = application == 0 && schema == 0 && tables == 0;
    if (application != kApplicationId && !is_empty) {
        return Error(Code::conflict, "the database is not a catalog of Millrace");
    }
    return {};
}

int newest_schema() {
    return static_cast<int>(kMigrations.size());
}

Result<void> migrate(sqlite::Database& database) {
    return migrate_to(database, newest_schema());
}

Result<void> require_newest_schema(sqlite::Database& database) {
    TRY_ASSIGN(const auto schema, database.number("PRAGMA user_version"));
    TRY(refuse_strangers(database, schema));
    if (schema == newest_schema()) return {};
    return Error(Code::conflict,
                 fmt::format("the catalog has schema {}, and this version reads schema {}; a start "
                             "of the service brings it there",
                             schema, newest_schema()));
}

Result<void> migrate_to(sqlite::Database& database, int wanted) {
    TRY_ASSIGN(const auto schema, database.number("PRAGMA user_version"));
    TRY(refuse_strangers(database, schema));
    for (auto done = schema; done < wanted; ++done) {
        const auto* const migration = kMigrations.at(static_cast<std::size_t>(done));
        TRY_ASSIGN(auto transaction, sqlite::Transaction::begin(database));
        TRY(database.execute(migration).in(fmt::format("migration {}", done + 1)));
        TRY(database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId)));
        TRY(database.execute(fmt::format("PRAGMA user_version = {}", done + 1)));
        TRY(transaction.commit());
    }
    return {};
}

}  // namespace millrace::catalog
