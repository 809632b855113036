#pragma once
// The document that the program carries, for the tests that compare it with the program.

#include <nlohmann/json.hpp>
#include <string_view>

#include "api/openapi/documentation_files.h"

namespace millrace::openapi {

inline std::string_view file_named(std::string_view name) {
    for (const auto& file : documentation_files()) {
        if (file.name == name) return file.bytes;
    }
    return {};
}

inline nlohmann::json document() {
    return nlohmann::json::parse(file_named("openapi.json"));
}

}  // namespace millrace::openapi
