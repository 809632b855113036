#pragma once
// What rows of several tables have in common: reading them all, or the one that may be there.

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "storage/sqlite/database.h"

namespace millrace::catalog {

// Every row of `query` as `read` makes it: Result<T> read(sqlite::Row).
template <typename T, typename Read>
Result<std::vector<T>> read_all(sqlite::Query query, Read read) {
    std::vector<T> items;
    while (true) {
        TRY_ASSIGN(const bool found, query->step());
        if (!found) return items;
        TRY_ASSIGN(auto item, read(query.row()));
        items.push_back(std::move(item));
    }
}

template <typename T, typename Read>
Result<std::optional<T>> read_one(sqlite::Query query, Read read) {
    TRY_ASSIGN(const bool found, query->step());
    if (!found) return std::optional<T>();
    TRY_ASSIGN(auto item, read(query.row()));
    return std::optional<T>(std::move(item));
}

}  // namespace millrace::catalog
