#pragma once
// Loads: loads, their labels and the slice files they have announced, in catalog.sqlite.
//
// A table that loads write to is an owner of files as a sink is: it has a number of the same space,
// and its mapping snapshots are beside those of sinks. So all that counts or imports by the number
// of a sink and the version of its mapping does so for loads too.

#include <atomic>
#include <cstdint>

#include "core/ports/load_catalog.h"
#include "storage/catalog/connections.h"

namespace millrace::catalog {

class Loads : public LoadCatalog {
public:
    explicit Loads(Connections& connections) : connections_(connections) {}

    Result<Begun> begin_load(const LoadSpec& spec, const Instant& now) override;
    Result<void> announce_part(LoadNumber load, std::uint32_t part, SliceId slice) override;
    Result<void> adopt_part(LoadNumber load, std::uint32_t part, SliceId slice,
                            const SliceContent& content) override;
    Result<Load> finish_load(LoadNumber load, const LoadCounts& counts,
                             const Instant& now) override;
    Result<Load> prepare_load(LoadNumber load, const Instant& now) override;
    Result<Load> commit_load(LoadNumber load, FileId file, const Instant& now) override;
    Result<Load> take_back_load(FileId file, std::string_view reason, const Instant& now) override;
    Result<Load> abort_load(LoadNumber load, std::string_view reason, const Instant& now) override;
    Result<std::uint64_t> abort_unprepared(std::string_view reason, const Instant& now) override;
    Result<Expired> expire_loads(const Instant& now, std::uint32_t limit) override;
    Result<std::optional<Load>> find_load(LoadNumber load) override;
    Result<std::optional<Load>> find_load(const LoadScope& scope,
                                          const std::string& label) override;
    Result<std::vector<Load>> loads(const LoadScope& scope, LoadNumber after,
                                    std::uint32_t limit) override;
    Result<bool> is_imported(const Load& load) override;
    Result<std::uint64_t> count_loads(const LoadScope& scope) override;
    Result<std::vector<LoadRows>> rows_under_way() override;
    Result<LoadTotals> totals() override;
    Result<std::vector<LocalSlice>> leftover_parts(bool of_writers, const SliceId& after,
                                                   std::uint32_t limit) override;
    Result<void> forget_part(SliceId slice) override;
    Result<bool> has_leftover_parts(LoadNumber load) override;

private:
    Connections& connections_;
    std::atomic<std::uint64_t> committed_ = 0;
    std::atomic<std::uint64_t> aborted_ = 0;
    std::atomic<std::uint64_t> rows_ = 0;  // of committed ones
};

}  // namespace millrace::catalog
