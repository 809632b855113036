#pragma once
// Rejects: the records that sinks keep because they could not map them, in catalog.sqlite.

#include "core/ports/reject_store.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

// RejectStore::delete_rejects(), for others in the catalog.
Result<void> delete_rejects_of(Connections& connections, SinkNumber sink);

class Rejects : public RejectStore {
public:
    explicit Rejects(Connections& connections) : connections_(connections) {}

    Result<std::vector<bool>> keep(std::span<const RejectGroup> groups) override;
    Result<std::vector<Reject>> rejects_of(SinkNumber sink, const RejectPageRequest& page) override;
    Result<RejectTotals> reject_totals(SinkNumber sink) override;
    Result<std::map<SinkNumber, RejectTotals>> all_reject_totals() override;
    Result<std::uint64_t> delete_expired_rejects(AgeTime now, std::uint32_t limit) override;
    Result<void> delete_rejects(SinkNumber sink) override;
    Result<void> announce_slice(const LocalSlice& slice) override;
    Result<void> adopt_slice(const OpenSlice& slice,
                             const std::vector<std::uint64_t>& rejects) override;
    Result<std::vector<LocalSlice>> announced_slices() override;
    Result<void> forget_announced(SliceId slice) override;

private:
    Connections& connections_;
};

}  // namespace millrace::catalog
