#pragma once
// In-memory ports for tests of the control plane. What the real ones do later, these do only when
// told: tasks run when the test runs them, loops serve and the journal closes when the test says
// so. `log` shows the order of all effects.

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/pipeline/source_route.h"
#include "core/ports/executor.h"
#include "core/ports/journal.h"
#include "core/ports/overview_reports.h"
#include "core/ports/sealed_slices.h"
#include "core/ports/sink_reports.h"
#include "core/ports/target.h"
#include "core/ports/token_catalog.h"
#include "tests/support/effect_log.h"
#include "tests/support/quiet_journal.h"

namespace millrace::fakes {

class ManualExecutor final : public Executor {
public:
    void post(Task task) override;
    void post_at(SteadyTime /*when*/, Task task) override;

    // The time of what was delayed has come.
    void wake();

    // Runs what is posted, also what that posts; returns how many.
    int run();

private:
    Task take();

    std::mutex mutex_;
    std::deque<Task> tasks_;
    std::vector<Task> delayed_;
};

class MemoryReports final : public SinkReports {
public:
    Result<std::vector<FileReport>> files_of(SinkNumber sink, const FileSelection& wanted) override;
    Result<std::optional<FileReport>> file_of(SinkNumber sink, FileId file) override;
    Result<FileId> shown_from(SinkNumber sink) override;
    Result<void> reset_statistics(const std::vector<SinkNumber>& sinks,
                                  const Instant& now) override;

    std::map<SinkNumber, std::vector<FileReport>> by_sink;
    std::map<SinkNumber, AgeTime> resets;
    std::vector<FileSelection> selections;
};

class MemoryOverview final : public OverviewReports {
public:
    Result<CatalogOverview> overview(ProjectId, BranchId, std::uint32_t) override { return now; }

    Result<std::vector<WaitingRows>> waiting_rows() override { return waiting; }

    CatalogOverview now;
    std::vector<WaitingRows> waiting;
};

// Only the slices that retries of rejects write.
class MemorySlices final : public SealedSlices {
public:
    Result<VolumeId> volume_of(const SourceId&) override;
    Result<void> add(const LocalSlice& slice, std::string_view csv) override;
    Result<std::unique_ptr<SliceOutput>> create(const LocalSlice&) override {
        return Error(Code::unavailable, "no slice is written piece by piece");
    }
    bool is_here(const VolumeId&) const override { return true; }
    Result<void> remove(const LocalSlice& slice) override;
    Result<std::unique_ptr<ByteSource>> read(const Slice&) override;

    std::map<SliceId, std::string> files;
    std::optional<Error> failure;
    std::optional<Error> failure_to_remove;
};

class MemoryTokens final : public TokenCatalog {
public:
    Result<bool> add_token(const ApiToken& token, std::uint64_t limit) override;
    Result<std::optional<ApiToken>> find_token(ProjectId, const std::string& digest) override;
    Result<Page<ApiToken>> tokens(ProjectId, const PageRequest& request) override;
    Result<bool> delete_token(ProjectId, const TokenId& id) override;

private:
    std::map<TokenId, ApiToken> tokens_;
};

// A file of the sink whose open slice has so many rows.
OpenFile open_file(std::uint64_t sink, std::uint64_t rows);

class ManualJournal final : public testing_support::QuietJournal {
public:
    explicit ManualJournal(Log& log) : log_(log) {}

    BatchState state_of(const Ticket& ticket) const override;
    std::vector<OpenSlice> local_slices() const override;
    std::vector<OpenFile> open_files() const override;
    std::vector<VolumeId> unknown_volumes() const override { return unknown; }
    void close_versions(SinkNumber sink, MappingVersion below, std::function<void()> done) override;

    // Calls what waits for closed files; returns how many.
    int close_all();

    std::vector<OpenFile> files;
    std::vector<VolumeId> unknown;
    std::atomic<std::uint64_t> durable = 0;

private:
    Log& log_;
    std::vector<std::function<void()>> waiting_;
};

class ManualRoutes final : public pipeline::RoutePublisher {
public:
    explicit ManualRoutes(Log& log) : log_(log) {}

    void publish(const pipeline::SourceAddress& address,
                 std::shared_ptr<const pipeline::SourceRoute> route,
                 std::function<void()> served) override;

    // Lets every loop serve what was published; returns how many routes.
    int serve_all();

    const pipeline::SourceRoute* route(const std::string& source) const;

private:
    Log& log_;
    std::map<SourceId, std::shared_ptr<const pipeline::SourceRoute>> served_;
    std::vector<std::function<void()>> waiting_;
};

class MemoryTarget : public Target {
public:
    explicit MemoryTarget(Log& log) : log_(log) {}

    Result<void> ensure_table(const TableSpec& table) override;
    Result<void> add_columns(const TableSpec& table) override;
    Result<void> drop_table(const TableId& table) override;
    Result<bool> is_empty(const TableId&) override { return empty; }
    Result<RowsPage> read_rows(const RowsQuery& query) override {
        if (refusal) return *refusal;
        queries.push_back(query);
        return page;
    }
    Result<ImportReceipt> import(const ImportRequest&) override { return ImportReceipt{}; }
    Result<std::optional<std::string>> imported_digest(const TableId&, FileId) override {
        return std::optional<std::string>();
    }
    Result<void> forget(const TableId&, const std::vector<FileId>&) override { return {}; }

    std::optional<Error> refusal;
    std::atomic<int> busy = 0;  // so many changes of tables are unavailable
    RowsPage page;              // that every query gets
    std::vector<RowsQuery> queries;
    bool empty = true;
    std::vector<TableSpec> tables;
    std::vector<TableSpec> extended;  // by add_columns()

private:
    Log& log_;
};

}  // namespace millrace::fakes
