#pragma once
// QuietJournal: a journal that refuses rows and has nothing. Fakes override what their tests need.

#include <functional>
#include <vector>

#include "core/ports/journal.h"

namespace millrace::testing_support {

class QuietJournal : public Journal {
public:
    Result<Ticket> submit(RowBatch&&) override { return Error(Code::internal, "not in this fake"); }
    BatchState state_of(const Ticket&) const override { return BatchState::durable; }
    std::uint64_t waiting_bytes() const override { return 0; }
    std::uint64_t batch_bytes_max() const override { return 1 << 20; }
    std::vector<OpenFile> open_files() const override { return {}; }
    std::vector<OpenSlice> local_slices() const override { return {}; }
    std::vector<VolumeId> unknown_volumes() const override { return {}; }
    void slice_recorded(SliceId) override {}
    void close_slice(SliceId) override {}
    void close_file(FileId) override {}
    void close_versions(SinkNumber, MappingVersion, std::function<void()> done) override { done(); }
    void checkpoint(std::function<void(const Result<void>&)> done) override { done({}); }
    Result<void> health() const override { return {}; }
};

}  // namespace millrace::testing_support
