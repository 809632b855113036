#pragma once
// RejectStore: the records that sinks could not map and keep; and how they become rows after all.
//
// Mapping a reject again must neither lose nor double it, whenever the process dies. So its row
// does not go through the journal: the rows of some rejects are written as a slice file of their
// own, and one transaction makes the slice and its file known and forgets the rejects:
//
//   announce_slice --> SealedSlices::add --> adopt_slice
//
// What dies between the first and the last is a slice file that is not known; announced_slices()
// finds it.
//
// Thread   any; writes are serialised inside.
// Durable  every write is on disk when it returns.
// Errors   unavailable, unknown_outcome

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/model/reject.h"
#include "core/model/slice.h"

namespace millrace {

struct RejectTotals {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;

    bool operator==(const RejectTotals&) const = default;
};

struct RejectPageRequest {
    std::uint64_t after = 0;  // exclusive
    std::uint32_t limit = 100;
    std::uint64_t bytes = 4 << 20;  // the page ends with the reject that is over it
};

class RejectStore {
public:
    virtual ~RejectStore() = default;

    // Keeps the rejects of each group for which every sink stays within its bounds, all groups in
    // one transaction. Returns for each whether it was kept; after an error none was, or it is not
    // known.
    virtual Result<std::vector<bool>> keep(std::span<const RejectGroup> groups) = 0;

    // In order of their numbers.
    virtual Result<std::vector<Reject>> rejects_of(SinkNumber sink,
                                                   const RejectPageRequest& page) = 0;
    virtual Result<RejectTotals> reject_totals(SinkNumber sink) = 0;
    // Of all sinks that ever had one, at one moment.
    virtual Result<std::map<SinkNumber, RejectTotals>> all_reject_totals() = 0;

    // Forgets rejects that were kept up to `now`. Returns how many.
    virtual Result<std::uint64_t> delete_expired_rejects(AgeTime now, std::uint32_t limit) = 0;
    // Forgets those that the sink has now, a part in each write, so that others come in between.
    // After an error some may be left.
    virtual Result<void> delete_rejects(SinkNumber sink) = 0;

    // Says that the file of this slice may come into being.
    virtual Result<void> announce_slice(const LocalSlice& slice) = 0;
    // Makes the announced slice known as `closing`, its file as closed with this one slice, and
    // forgets the rejects whose rows are in it.
    virtual Result<void> adopt_slice(const OpenSlice& slice,
                                     const std::vector<std::uint64_t>& rejects) = 0;
    // Announced and not adopted.
    virtual Result<std::vector<LocalSlice>> announced_slices() = 0;
    // The file of an announced slice is gone.
    virtual Result<void> forget_announced(SliceId slice) = 0;
};

}  // namespace millrace
