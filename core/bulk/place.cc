#include "core/bulk/place.h"

#include <fmt/format.h>

namespace millrace::bulk {

std::string shown_place(std::uint64_t line, std::uint64_t offset) {
    return fmt::format("line {}, byte {}", line, offset);
}

Error too_long(std::uint64_t bytes_max, const std::string& place) {
    return Error(Code::too_large,
                 fmt::format("the row at {} is longer than {} bytes: output buffer size exceeds "
                             "configured limit",
                             place, bytes_max));
}

}  // namespace millrace::bulk
