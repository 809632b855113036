#pragma once
// RegisteredVolumes: the registry of volumes in catalog.sqlite.

#include "core/ports/volume_registry.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class RegisteredVolumes : public VolumeRegistry {
public:
    explicit RegisteredVolumes(Connections& connections) : connections_(connections) {}

    Result<std::vector<VolumeRecord>> volumes() override;
    Result<std::optional<VolumeRecord>> find_volume(const VolumeId& volume) override;
    Result<Life> begin_life(const Opening& opening) override;
    Result<void> confirm_life(const VolumeId& volume, std::uint64_t life) override;
    Result<void> rename_volume(const std::string& from, const std::string& to,
                               WallTime now) override;
    Result<void> accept_end(const VolumeId& volume, Sequence last) override;
    Result<void> require_nothing_waits(const VolumeId& volume) override;
    Result<void> retire_volume(const VolumeId& volume, WallTime now) override;
    Result<void> give_up_volume(const VolumeId& volume, WallTime now) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
