#pragma once
// MemoryRegistry: a registry of volumes without the files and slices, which decide what may end.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/ports/volume_registry.h"

namespace millrace::testing_support {

class MemoryRegistry final : public VolumeRegistry {
public:
    void add(const std::string& name, VolumeState state = VolumeState::active) {
        VolumeRecord record;
        record.volume = VolumeId(name);
        record.name = name;
        record.uuid = make_uuid_v7(AgeTime{1}, records.size(), 0);
        record.directory = "/" + name;
        record.first_seen = WallTime{1'000'000'000'000};
        record.state = state;
        records.push_back(record);
    }

    Result<std::vector<VolumeRecord>> volumes() override { return records; }
    Result<std::optional<VolumeRecord>> find_volume(const VolumeId& volume) override {
        for (const auto& record : records) {
            if (record.volume == volume) return std::optional(record);
        }
        return std::optional<VolumeRecord>();
    }
    Result<Life> begin_life(const Opening&) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<void> confirm_life(const VolumeId&, std::uint64_t) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<void> rename_volume(const std::string&, const std::string&, WallTime) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<void> accept_end(const VolumeId&, Sequence) override {
        return Error(Code::internal, "not in this fake");
    }
    Result<void> require_nothing_waits(const VolumeId&) override {
        if (refusal) return *refusal;
        return {};
    }
    Result<void> retire_volume(const VolumeId& volume, WallTime now) override {
        if (refusal) return *refusal;
        if (retire_refusal) return *retire_refusal;
        return end(volume, VolumeState::retired, now);
    }
    Result<void> give_up_volume(const VolumeId& volume, WallTime now) override {
        TRY(end(volume, VolumeState::lost, now));
        for (auto& record : records) {
            if (record.volume == volume) record.given_up = given_up;
        }
        return {};
    }

    std::vector<VolumeRecord> records;
    std::optional<Error> refusal;         // of retire_volume(), and what asks for it before
    std::optional<Error> retire_refusal;  // of itself alone
    GivenUp given_up;                     // of the next volume that is lost

private:
    Result<void> end(const VolumeId& volume, VolumeState state, WallTime now) {
        for (auto& record : records) {
            if (record.volume != volume) continue;
            record.state = state;
            record.since = now;
        }
        return {};
    }
};

}  // namespace millrace::testing_support
