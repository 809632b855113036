#pragma once
// FunctionEnvironment: what functions of a load know beside their arguments.

#include <cstddef>
#include <cstdint>

#include "core/base/time.h"
#include "storage/expressions/named_time_zone.h"

namespace millrace::expressions {

inline constexpr std::size_t kValueBytesMax = 8 << 20;  // of a value
inline constexpr std::uint64_t kStepsMax = 10'000'000;  // of a row: a part of a second

struct FunctionEnvironment {
    TimeZone zone;
    WallTime now;
};

}  // namespace millrace::expressions
