#pragma once
// FunctionEnvironment: what functions of a load know beside their arguments.

#include <cstdint>

#include "storage/expressions/time_zone.h"

namespace millrace::expressions {

inline constexpr std::size_t kValueBytesMax = 8 << 20;  // of a value
inline constexpr std::uint64_t kStepsMax = 10'000'000;  // of a row: a part of a second

struct FunctionEnvironment {
    TimeZone zone;
    std::int64_t now_seconds = 0;  // since 1970, UTC
};

}  // namespace millrace::expressions
