#include "storage/catalog/lost_batches.h"

#include <algorithm>

namespace millrace::catalog {

Result<void> insert_lost(sqlite::Database& database, const VolumeId& volume, BatchNumber first,
                         BatchNumber last) {
    const auto before = first.value - std::min<std::uint64_t>(first.value, 1);
    const auto behind = last.value + 1;
    TRY_ASSIGN(const auto begin,
               database.number("SELECT min(?4, coalesce(min(first), ?4)) FROM lost_batches"
                               " WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                               volume.value, before, behind, first.value));
    TRY_ASSIGN(const auto end,
               database.number("SELECT max(?4, coalesce(max(last), ?4)) FROM lost_batches"
                               " WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                               volume.value, before, behind, last.value));
    TRY(database.run("DELETE FROM lost_batches WHERE volume = ?1 AND last >= ?2 AND first <= ?3",
                     volume.value, before, behind));
    TRY(database.run("INSERT INTO lost_batches (volume, last, first) VALUES (?1, ?2, ?3)",
                     volume.value, end, begin));
    return {};
}

}  // namespace millrace::catalog
