#pragma once
// DefinitionLimits: how many definitions there may be and how long their texts.

#include <cstdint>

namespace millrace {

struct DefinitionLimits {
    std::uint32_t sources = 100;    // of a branch
    std::uint32_t sinks = 20;       // of a source
    std::uint32_t columns = 100;    // of a sink
    std::uint32_t versions = 1000;  // of a source or a sink
    std::uint32_t name_characters = 40;
    std::uint32_t description_characters = 4096;
};

}  // namespace millrace
