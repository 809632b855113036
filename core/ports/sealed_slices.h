#pragma once
// SealedSlices: the local files of slices that take no more rows, on all volumes.
//
// Thread  any.

#include <memory>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/slice.h"
#include "core/ports/byte_source.h"
#include "core/ports/slice_output.h"

namespace millrace {

class SealedSlices {
public:
    virtual ~SealedSlices() = default;

    // The CSV of a sealed slice, as SliceStore::read() gives it.
    // Errors  also unavailable: its volume is not configured
    virtual Result<std::unique_ptr<ByteSource>> read(const Slice& slice) = 0;

    // Whether the files of the volume can be reached: not if it is known and was not opened, or has
    // failed.
    virtual bool is_here(const VolumeId& volume) const = 0;

    // Deletes the file of a slice; fine if it is not there, or its volume is not.
    virtual Result<void> remove(const LocalSlice& slice) = 0;

    // Where rows of the source go now (Journal::lane_of()), so that they stay in order.
    // Errors  unavailable: no volume takes rows
    virtual Result<VolumeId> volume_of(const SourceId& source) = 0;

    // Writes the file of a slice that no journal has rows of, durably and whole. Nothing vouches
    // for it until the catalog has the slice (RejectStore, LoadCatalog).
    virtual Result<void> add(const LocalSlice& slice, std::string_view csv) = 0;

    // The same piece by piece, for what may be larger than memory.
    virtual Result<std::unique_ptr<SliceOutput>> create(const LocalSlice& slice) = 0;
};

}  // namespace millrace
