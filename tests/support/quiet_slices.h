#pragma once
// QuietSlices: a store that has no slices. Fakes override what their tests need.

#include <functional>
#include <memory>
#include <vector>

#include "core/ports/slice_store.h"

namespace millrace::testing_support {

class QuietSlices : public SliceStore {
public:
    void write(SyncedFrame) override {}
    std::uint64_t backlog_bytes() const override { return 0; }
    void seal(SliceId, std::function<void(const OpenSlice&)>) override {}
    void forget(SliceId) override {}
    void checkpoint(std::function<void(Result<std::vector<OpenSlice>>)>) override {}
    Result<void> restore(const OpenSlice&) override { return {}; }
    Result<void> replay(const SyncedFrame&) override { return {}; }
    Result<std::vector<OpenSlice>> finish_recovery() override { return std::vector<OpenSlice>(); }
    Result<void> add_sealed(SliceId, std::string_view) override { return {}; }
    Result<std::unique_ptr<SliceOutput>> create_sealed(SliceId) override {
        return Error(Code::unavailable, "no slice");
    }
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override {
        return Error(Code::not_found, "no slice");
    }
    Result<void> remove(SliceId) override { return {}; }
};

}  // namespace millrace::testing_support
