#pragma once
// MemoryKeyHomes: a store of key homes that can be made to fail.
//
// Thread  one.

#include <map>
#include <utility>
#include <vector>

#include "core/ports/key_home_store.h"

namespace millrace::testing_support {

class MemoryKeyHomes final : public KeyHomeStore {
public:
    Result<std::vector<KeyHome>> key_homes() override {
        std::vector<KeyHome> all;
        for (const auto& [key, home] : homes) all.push_back(home);
        return all;
    }
    Result<void> save_key_homes(std::span<const KeyHome> changed) override {
        if (broken) return Error(Code::unavailable, "disk is on fire");
        ++writes;
        for (const auto& home : changed) homes[{home.source, home.volume}] = home;
        return {};
    }
    Result<void> delete_key_homes(std::span<const KeyHome> gone) override {
        if (broken) return Error(Code::unavailable, "disk is on fire");
        ++writes;
        for (const auto& home : gone) homes.erase({home.source, home.volume});
        return {};
    }

    std::map<std::pair<Fingerprint, VolumeId>, KeyHome> homes;
    int writes = 0;
    bool broken = false;
};

}  // namespace millrace::testing_support
