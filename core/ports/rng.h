#pragma once
// Rng: the only way to randomness.
//
// Thread  one; everybody who needs one is given his own.

#include <cstdint>

#include "core/base/uuid.h"

namespace millrace {

class Rng {
public:
    virtual ~Rng() = default;
    virtual std::uint64_t next() = 0;  // 64 uniform bits

    Uuid uuid_v7(AgeTime now) {
        const auto high = next();
        return make_uuid_v7(now, high, next());
    }
};

}  // namespace millrace
