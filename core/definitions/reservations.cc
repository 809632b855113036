#include "core/definitions/reservations.h"

namespace millrace::definitions {

std::shared_ptr<void> Reservations::take(const std::string& key) {
    const bool is_new = taken_->with([&](auto& taken) { return taken.insert(key).second; });
    if (!is_new) return nullptr;
    return {taken_.get(),
            [held = taken_, key](void*) { held->with([&](auto& taken) { taken.erase(key); }); }};
}

}  // namespace millrace::definitions
