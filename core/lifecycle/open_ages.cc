#include "core/lifecycle/open_ages.h"

#include <algorithm>

namespace millrace::lifecycle {

void OpenAges::look(const Moment& now) {
    std::erase_if(seen_, [this](const auto& seen) { return seen.second.look != look_; });
    now_ = now;
    ++look_;
}

Milliseconds OpenAges::of(const Uuid& id, WallTime opened_at) {
    auto& seen = seen_.try_emplace(id, Seen{.first = now_.steady}).first->second;
    seen.look = look_;
    const auto watched = std::chrono::duration_cast<Milliseconds>(now_.steady - seen.first);
    return std::max(now_.wall - opened_at, watched);
}

}  // namespace millrace::lifecycle
