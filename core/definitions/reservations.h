#pragma once
// Reservations: ids whose creation is in flight, so that a second creation is refused before it
// starts.
//
// Thread  any.

#include <memory>
#include <set>
#include <string>

#include "core/base/guarded.h"

namespace millrace::definitions {

class Reservations {
public:
    // Takes the key until the last copy of the returned pointer is gone; null if somebody else has
    // it. What is returned may outlive the reservations: tasks that wait at the end are given up
    // with the last of their services.
    std::shared_ptr<void> take(const std::string& key);

private:
    using Taken = Guarded<std::set<std::string>>;
    std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

}  // namespace millrace::definitions
