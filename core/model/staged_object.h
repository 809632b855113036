#pragma once
// StagedObject: where a slice is in staging, and in which form.
//
// With the bytes, rows and CRC of the slice's CSV (SliceContent) it is all that is needed to read
// the rows back and to prove them, whatever the configuration is by then.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/backend_names.h"
#include "core/model/settings.h"

namespace millrace {

struct StagedObject {
    StagingName staging = kDefaultStaging;
    std::string key;  // of one attempt to upload: two attempts never write the same object
    Compression compression = Compression::none;
    std::uint64_t bytes = 0;  // as stored

    bool operator==(const StagedObject&) const = default;
};

std::string_view to_string(Compression compression);  // "none", "gzip"
std::optional<Compression> compression_from(std::string_view text);

}  // namespace millrace
