#pragma once
// Staging: the storage level between local slices and the target table; holds bytes as objects, and
// knows nothing of what they are.
//
// A staging belongs to one catalog alone: what that does not know is removed in time. Keys are
// parts of [0-9a-z.-] with "/" between them.
//
// Thread  any; one key is put by one thread at a time.
// Errors  invalid: not a key; unavailable, unknown_outcome (put and remove are idempotent: repeat
//         them), corrupt
// See     tests/conformance/staging_suite.h runs over every implementation.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/byte_source.h"

namespace millrace {

class Staging {
public:
    virtual ~Staging() = default;

    // Stores what `bytes` has under `key`; returns how many bytes those are. The object is there
    // durably and whole, or not at all; an error of `bytes` is returned and nothing is stored. A
    // second put() of a key replaces the first.
    virtual Result<std::uint64_t> put(const std::string& key, ByteSource& bytes) = 0;

    // The bytes of an object.
    // Errors  not_found
    virtual Result<std::unique_ptr<ByteSource>> get(const std::string& key) = 0;

    // Deletes an object, and what an unfinished put() left of it; fine if nothing is there.
    virtual Result<void> remove(const std::string& key) = 0;

    struct ListPage {
        std::string prefix;  // of the keys
        std::string after;   // exclusive; empty: from the first on
        std::uint32_t limit = 0;
    };
    // Keys of objects, in bytewise order, and of what unfinished puts left unless the staging
    // removes that by itself. Fewer than the limit are the last ones.
    virtual Result<std::vector<std::string>> list(const ListPage& page) = 0;

    // Makes calls that wait for something elsewhere fail soon, those under way and later ones.
    virtual void stop() {}
};

}  // namespace millrace
