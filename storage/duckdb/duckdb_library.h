#pragma once
// DuckDbLibrary: libduckdb.so, taken in while the program runs, so that the program starts without
// it too.
//
// Lifetime  once it is loaded it stays until the process ends, whatever becomes of the object.
// Thread    any.

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "storage/duckdb/duckdb_calls.h"

namespace millrace::duckdb {

class DuckDbLibrary {
public:
    // The first of `paths` that is there.
    // Errors  not_found    none is there
    //         unavailable  it is no library of DuckDB that can be used here
    static Result<std::unique_ptr<DuckDbLibrary>> load(const std::vector<std::string>& paths);

    const DuckDbCalls& calls() const { return calls_; }

private:
    DuckDbLibrary() = default;

    DuckDbCalls calls_{};
};

}  // namespace millrace::duckdb
