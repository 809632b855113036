#pragma once
// check() states what the program itself guarantees. It is always on, prints the values and aborts.
// Never for input, files or the network: those return Result (core/base/result.h).

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace millrace {

[[noreturn]] void check_failed(std::string_view message);

template <typename... Args>
void check(bool holds, fmt::format_string<Args...> message, Args&&... args) {
    if (!holds) [[unlikely]] {
        check_failed(fmt::format(message, std::forward<Args>(args)...));
    }
}

}  // namespace millrace
