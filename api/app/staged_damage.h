#pragma once
// StagedDamage: whether slices that are in stagings are as they were sealed. Those in a staging
// elsewhere are proved by their import too, and reading all of them may take long: whose are read
// is the caller's choice.
//
// Thread  the caller's.

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/app/kinds.h"
#include "api/app/node_backends.h"
#include "api/app/stopped_folder.h"
#include "api/config/config.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/lifecycle/marked_staging.h"
#include "core/model/slice.h"
#include "storage/codec/gzip.h"
#include "storage/os/system_rng.h"

namespace millrace {

class StagedDamage {
public:
    explicit StagedDamage(StoppedFolder& folder) : folder_(folder) {}

    // Errors  those of opening a staging
    Result<void> open(const config::Config& config, const Kinds& kinds, Whose whose);

    // The stagings that lost their mark and have slices of these files: each gets it again.
    // Errors  those of the stagings and the catalog
    Result<std::vector<StagingName>> mend_marks(std::span<const FileId> files,
                                                lifecycle::MarkedStaging::Mending mending);

    // What is wrong with the first slice of the file that is damaged or gone; nothing if none is.
    // Errors  unavailable: a staging cannot be read at all, with the remedy; those of the catalog
    Result<std::optional<std::string>> find(FileId file);

private:
    Result<void> read(Staging& staging, const Slice& slice);

    StoppedFolder& folder_;
    os::SecureRng random_;
    codec::GzipCodec gzip_;
    std::map<StagingName, std::unique_ptr<lifecycle::MarkedStaging>> stagings_;
};

}  // namespace millrace
