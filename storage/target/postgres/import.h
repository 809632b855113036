#pragma once
// Import: the slices of one file into their table, inside of the transaction that is open.
//
// Slices that follow each other and have the same shape are one COPY. Without a key it goes
// straight into the table; with one into a temporary table, from which they are merged.
//
// Lifetime  of one import.
// See       merge_sql.h

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/byte_source.h"
#include "core/ports/target.h"
#include "storage/target/postgres/copy_text.h"
#include "storage/target/postgres/pg_connection.h"

namespace millrace::postgres {

class Import {
public:
    // Both must outlive it.
    Import(Connection& connection, const ImportRequest& request);

    // Errors  corrupt: rows or bytes are missing, or malformed; those of the slices, and of the
    //         database
    Result<void> run();

private:
    Result<void> import_slice(ByteSource& csv);
    // Fills the buffer behind what is in it; false at the end of the slice.
    Result<bool> fill(ByteSource& csv);
    // Passes on the whole rows at the front of the buffer, and returns their bytes.
    Result<std::size_t> pass_on(CopyText& text);

    Result<void> begin_group(const SliceShape& shape);
    Result<void> begin_next_group(CopyText& text);
    void count(const CopyText& text);
    Result<void> end_group();
    Result<void> ensure_tombstones(const SliceShape& shape);

    Connection& connection_;
    const ImportRequest& request_;
    const bool has_key_;
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    std::string out_;
    std::uint64_t rows_ = 0;           // of all slices so far
    std::uint64_t bytes_ = 0;          // also
    std::optional<SliceShape> group_;  // the COPY that runs
    std::uint64_t group_rows_ = 0;     // without those of the slice that is read and is not counted
    std::uint64_t counted_ = 0;        // rows of that slice, in this group or before it
};

}  // namespace millrace::postgres
