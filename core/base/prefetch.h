#pragma once
// prefetch() begins to load an object that will be read soon, all of its cache lines at once.

#include <cstddef>

namespace millrace {

template <typename T>
void prefetch(const T& object) {
    constexpr std::size_t kLine = 64;
    const auto* const bytes = reinterpret_cast<const char*>(&object);
    for (std::size_t i = 0; i < sizeof(T); i += kLine) __builtin_prefetch(bytes + i);
}

}  // namespace millrace
