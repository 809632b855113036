#include "core/model/staged_object.h"

namespace millrace {

std::string_view to_string(Compression compression) {
    switch (compression) {
        case Compression::none:
            return "none";
        case Compression::gzip:
            return "gzip";
    }
    return "none";
}

std::optional<Compression> compression_from(std::string_view text) {
    for (const auto compression : {Compression::none, Compression::gzip}) {
        if (text == to_string(compression)) return compression;
    }
    return std::nullopt;
}

}  // namespace millrace
