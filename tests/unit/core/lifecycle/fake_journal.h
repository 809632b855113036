#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/manual_executor.h"
#include "tests/support/quiet_journal.h"
#include "tests/unit/core/lifecycle/fakes.h"

namespace millrace::test {

// The journal of a volume without a disk: what was append()ed survives crash(), what was requested
// or not yet reported does not.
class FakeJournal : public testing_support::QuietJournal {
public:
    FakeJournal(FakeSlices& store, const ManualClock& clock, std::uint64_t seed)
        : store_(store), clock_(clock), random_(seed) {}

    int close_requests = 0;

    void append(const SinkVersion& sink, const std::string& row);

    // Does what was asked and reports it, to `observer`, in any order. False if there was nothing.
    bool pump(VolumeObserver& observer);

    void crash();
    // After crash(): what has ended is reported once more, in any order.
    void recover(VolumeObserver& observer);

    std::vector<OpenFile> open_files() const override;
    void close_slice(SliceId slice) override;
    void close_file(FileId id) override;

    void slice_recorded(SliceId slice) override;

private:
    void seal(OpenFile& file);
    Uuid next_id();

    FakeSlices& store_;
    const ManualClock& clock_;
    std::mt19937_64 random_;
    std::map<SinkVersion, OpenFile> files_;
    std::vector<std::function<void()>> requests_;
    std::vector<std::function<void(VolumeObserver&)>> reports_;
    std::vector<OpenFile> closed_;
    std::uint64_t sequence_ = 0;
    std::uint64_t ids_ = 0;
};

}  // namespace millrace::test
