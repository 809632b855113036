#include "storage/catalog/staging_marks.h"

#include "storage/catalog/rows.h"

namespace millrace::catalog {
namespace {

using sqlite::Database;
using sqlite::Row;

Result<StagingMark> read_mark(Row row) {
    StagingMark mark;
    mark.staging = StagingName(row.text());
    const auto uuid = parse_uuid(row.text());
    if (!uuid) return Error(Code::corrupt, "the mark of a staging is none");
    mark.mark = *uuid;
    mark.is_there = row.integer() != 0;
    return mark;
}

}  // namespace

Result<std::vector<StagingMark>> read_staging_marks(Database& database) {
    TRY_ASSIGN(auto query, database.query("SELECT staging, mark, is_there FROM staging_marks"
                                          " ORDER BY staging"));
    return read_all<StagingMark>(std::move(query), read_mark);
}

Result<std::vector<StagingMark>> StagingMarks::staging_marks() {
    return connections_.read(read_staging_marks);
}

Result<void> StagingMarks::save_staging_mark(const StagingMark& mark) {
    return connections_.write([&](Database& database) -> Result<void> {
        TRY(
            database.run("INSERT OR REPLACE INTO staging_marks (staging, mark, is_there)"
                         " VALUES (?1, ?2, ?3)",
                         mark.staging.value, to_string(mark.mark), mark.is_there ? 1 : 0));
        return {};
    });
}

}  // namespace millrace::catalog
