#pragma once
// Losses: what damaged disks have taken, in catalog.sqlite.

#include "core/ports/loss_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Losses : public LossCatalog {
public:
    explicit Losses(Connections& connections) : connections_(connections) {}

    Result<void> record_lost_rows(const LostRows& lost) override;
    Result<std::vector<ShortFile>> short_files(const VolumeId& volume) override;
    Result<void> close_short(FileId file, std::uint32_t slices) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
