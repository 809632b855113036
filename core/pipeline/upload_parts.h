#pragma once
// The loads of an upload: the one that is its write operation, and of a standalone table those of
// its parts, which have the rows (docs/upload.md, "What is there when").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/load.h"
#include "core/ports/load_catalog.h"

namespace millrace::pipeline {

std::string upload_label(std::string_view query_id);
std::string upload_part_label(std::string_view query_id, std::uint64_t part);

// Where a part is in the stream of its upload: keys of Load::info.
inline constexpr const char* kRowsBefore = "rowsBefore";
inline constexpr const char* kRowsCrc = "rowsCrc";  // of all rows up to its last

// The last part that is committed; its number is 0 if there is none.
struct LastPart {
    std::uint64_t part = 0;
    std::uint64_t rows = 0;            // of all parts up to it
    std::optional<std::uint32_t> crc;  // of these
    std::optional<Load> load;
};

// Of the parts that were begun by `until`, where that is given.
Result<LastPart> find_last_part(LoadCatalog& loads, const LoadScope& scope,
                                std::string_view query_id,
                                std::optional<WallTime> until = std::nullopt);

// The last part of a write operation that has its rows in parts; nothing of any other load.
Result<std::optional<LastPart>> last_part_of(LoadCatalog& loads, const Load& load);

}  // namespace millrace::pipeline
