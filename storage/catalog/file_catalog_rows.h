#pragma once
// Rows of the tables files and slices.

#include "core/model/file.h"
#include "core/model/slice.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

inline constexpr std::string_view kFileColumns =
    "id, sink, mapping, state, opened_at, slices, retry_attempt, retry_reason, retry_after, "
    "volume, aside_reason, aside_at";

inline constexpr std::string_view kStagedColumns =
    "staging, staging_key, compression, staged_bytes";

inline constexpr std::string_view kSliceColumns =
    "id, file, sink, mapping, opened_at, bytes, rows, crc, first_at, last_at, last_sequence, "
    "state, staging, staging_key, compression, staged_bytes, retry_attempt, retry_reason, "
    "retry_after, volume, first_batch, last_batch";

// Errors  corrupt: an id or a state is not one
Result<File> read_file(sqlite::Row row);
Result<Slice> read_slice(sqlite::Row row);
Result<SliceId> read_slice_id(sqlite::Row& row);
Result<FileId> read_file_id(sqlite::Row& row);
Result<LocalSlice> read_local_slice(sqlite::Row row);       // volume, id
Result<StagedObject> read_staged_object(sqlite::Row& row);  // kStagedColumns

// Writes the file as `state` unless it is known. Returns whether it was new.
Result<bool> insert_file(sqlite::Database& database, const OpenFile& file, FileState state);

// A closed file takes the next turn of its line. Later files of the same owner that were closed
// before it, which a sealing that takes long can bring about, come behind it again; also those set
// aside, which may be restored.
Result<void> take_turn(sqlite::Database& database, const OpenFile& file);

// Writes the file as `closing` unless it is known, with a turn. Returns whether it was new.
Result<bool> insert_closed_file(sqlite::Database& database, const OpenFile& file);

// Writes the slice as `closing`, or `discarded` with its file, unless it is known; its file must
// be.
Result<void> insert_slice(sqlite::Database& database, const OpenSlice& slice);

// A closed file, set aside or not, has at least the slices that are known: with a smaller count it
// would never be imported, and hold up all later ones.
Result<void> count_slices_again(sqlite::Database& database, FileId file);
// What FileCatalog::record_sealed() and close_file() write.
Result<void> write_sealed(sqlite::Database& database, const OpenSlice& slice);
Result<void> write_closed(sqlite::Database& database, const OpenFile& file);

// Errors  not_found
Result<void> require_slice(sqlite::Database& database, SliceId slice);
Result<FileState> require_file(sqlite::Database& database, FileId file);

}  // namespace millrace::catalog
