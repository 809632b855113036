#pragma once
// FreeKeyHomes: where keys may be journaled is what the test says, at first anywhere.
//
// Thread  any.

#include <atomic>

#include "core/pipeline/key_homes.h"

namespace millrace::testing_support {

class FreeKeyHomes final : public pipeline::KeyHomes {
public:
    pipeline::KeyPlace ask(const Fingerprint& /*source*/, const VolumeId& /*volume*/,
                           Milliseconds /*window*/) override {
        return place;
    }

    std::atomic<pipeline::KeyPlace> place = pipeline::KeyPlace::here;
};

}  // namespace millrace::testing_support
