#pragma once
// What one evaluation of a template may use.

#include <cstdint>

#include "core/base/time.h"

namespace millrace::templates {

struct EvaluationLimits {
    std::uint64_t memory_bytes = 256 << 20;   // beyond what a worker has when it is ready
    std::uint32_t stack_frames = 500;         // of Jsonnet
    std::uint64_t output_bytes = 1536 << 10;  // of the value
    Milliseconds time{1000};                  // of a processor
};

}  // namespace millrace::templates
