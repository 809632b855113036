#include "core/accounts/owed_rows.h"

#include <map>
#include <utility>

namespace millrace::accounts {

Result<std::vector<OwedRows>> read_owed_rows(DefinitionCatalog& definitions, FileCatalog& lifecycle,
                                             LoadCatalog& loads, const Journal& journal) {
    // The journal first: rows move from there to the catalog and never back.
    const auto local = journal.local_slices();
    std::map<SinkVersion, std::uint64_t> waiting;
    for (const auto& slice : local) {
        TRY_ASSIGN(const auto recorded, lifecycle.find_slice(slice.opening.slice));
        if (!recorded) waiting[slice.opening.sink] += slice.content.rows;
    }
    // Before the files: a commit makes a file of what is under way.
    TRY_ASSIGN(const auto under_way, loads.rows_under_way());
    for (const auto& rows : under_way) waiting[rows.owner] += rows.rows;
    TRY_ASSIGN(const auto sealed, lifecycle.rows_to_import());
    for (const auto& [version, rows] : sealed) waiting[version] += rows;

    std::vector<OwedRows> owed;
    for (const auto& [version, rows] : waiting) {
        TRY_ASSIGN(auto mapping, definitions.mapping(version));
        owed.push_back(
            {.sink = std::move(mapping.sink),
             .table = {.target = std::move(mapping.target), .table = std::move(mapping.table)},
             .rows = rows});
    }
    return owed;
}

}  // namespace millrace::accounts
