#pragma once
// Reservations: ids whose creation is in flight, so that a second creation is refused before it
// starts.
//
// Thread  any.

#include <memory>
#include <set>
#include <string>

#include "core/base/guarded.h"

namespace millrace::control {

class Reservations {
public:
    // Takes the key until the last copy of the returned pointer is gone; null if somebody else has
    // it. Lifetime  the reservations must outlive what they return.
    std::shared_ptr<void> take(const std::string& key);

private:
    Guarded<std::set<std::string>> taken_;
};

}  // namespace millrace::control
