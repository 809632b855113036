#include "storage/catalog/due_sql.h"

#include <fmt/format.h>

#include "storage/catalog/file_catalog_rows.h"

namespace millrace::catalog {
namespace {

// A file that waits for anything, unless it is set aside, holds back the later ones of its owner
// and volume, so only the first of each is looked at: the oldest of a sink, of a table the load
// that was committed first. Where the table has a key, files of sinks and loads also wait for each
// other by their turns. (sink, volume) > (..., ...) would walk through all files of a place to come
// to the next.
constexpr std::string_view kFilesToImport = R"sql(
WITH RECURSIVE places (of_sink, on_volume) AS (
    SELECT * FROM (
        SELECT sink, volume FROM files INDEXED BY files_closed_of_sink
        WHERE state IN ('closing', 'importing') ORDER BY sink, volume LIMIT 1)
    UNION ALL
    SELECT next.sink, next.volume FROM places CROSS JOIN files AS next ON next.id = coalesce(
        (SELECT id FROM files INDEXED BY files_closed_of_sink
         WHERE state IN ('closing', 'importing') AND sink = of_sink AND volume > on_volume
         ORDER BY volume LIMIT 1),
        (SELECT id FROM files INDEXED BY files_closed_of_sink
         WHERE state IN ('closing', 'importing') AND sink > of_sink
         ORDER BY sink, volume LIMIT 1))
)
SELECT (SELECT coalesce(sum(bytes), 0) FROM slices WHERE file = f.id), {}
FROM places CROSS JOIN files AS f ON f.id = (
    SELECT id FROM files INDEXED BY files_waiting_of_sink
    WHERE state NOT IN ('imported', 'setAside', 'discarded')
        AND sink = of_sink AND volume = on_volume
    ORDER BY (load > 0) * turn, id LIMIT 1)
WHERE state IN ('closing', 'importing') AND (retry_after <= ?1 OR retry_after > ?3)
    AND slices = (SELECT count(*) FROM slices WHERE file = f.id AND state = 'uploaded')
    AND (f.line = '' OR NOT EXISTS (
        SELECT 1 FROM files AS early INDEXED BY loads_in_line
        WHERE early.load > 0 AND early.line <> ''
        AND early.state NOT IN ('imported', 'setAside', 'discarded')
        AND early.line = f.line AND early.volume = f.volume AND early.turn < f.turn))
    AND (f.line = '' OR f.load = 0 OR NOT EXISTS (
        SELECT 1 FROM files AS early INDEXED BY files_in_line
        WHERE early.turn > 0 AND early.line <> ''
        AND early.state NOT IN ('imported', 'setAside', 'discarded')
        AND early.line = f.line AND early.volume = f.volume AND early.turn < f.turn))
ORDER BY id LIMIT ?2
)sql";

// Of each sink the first few: those that never failed before those that did. They are many enough
// to keep the workers busy until the next look.
constexpr std::string_view kSlicesToUpload = R"sql(
WITH RECURSIVE waiting (of_sink) AS (
    SELECT min(sink) FROM slices INDEXED BY slices_due WHERE state IN ('closing', 'uploading')
    UNION ALL
    SELECT (
        SELECT min(sink) FROM slices INDEXED BY slices_due
        WHERE state IN ('closing', 'uploading') AND sink > of_sink)
    FROM waiting WHERE of_sink IS NOT NULL
), fronts (due, turn, due_since) AS (
    SELECT s.id, row_number() OVER (PARTITION BY of_sink ORDER BY s.opened_at, s.id), s.opened_at
    FROM waiting CROSS JOIN slices AS s ON s.id IN (
        SELECT id FROM (
            SELECT id FROM slices INDEXED BY slices_due
            WHERE state IN ('closing', 'uploading') AND sink = of_sink AND retry_after <= ?1
            ORDER BY retry_after, opened_at, id LIMIT 8)
        UNION ALL SELECT id FROM (
            SELECT id FROM slices INDEXED BY slices_due
            WHERE state IN ('closing', 'uploading') AND sink = of_sink AND retry_after > ?3
            ORDER BY retry_after, opened_at, id LIMIT 8))
)
SELECT {} FROM (SELECT * FROM fronts ORDER BY turn, due_since, due LIMIT ?2)
    CROSS JOIN slices ON id = due
ORDER BY turn, due_since, due
)sql";

}  // namespace

const std::string& files_to_import_sql() {
    static const auto sql = fmt::format(kFilesToImport, kFileColumns);
    return sql;
}

const std::string& slices_to_upload_sql() {
    static const auto sql = fmt::format(kSlicesToUpload, kSliceColumns);
    return sql;
}

}  // namespace millrace::catalog
