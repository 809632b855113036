#include "tests/support/manual_ports.h"

#include <fmt/format.h>

#include <utility>

namespace millrace::fakes {

void ManualExecutor::post(Task task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
}

void ManualExecutor::post_at(SteadyTime /*when*/, Task task) {
    const std::lock_guard lock(mutex_);
    delayed_.push_back(std::move(task));
}

void ManualExecutor::wake() {
    for (auto& task : std::exchange(delayed_, {})) post(std::move(task));
}

int ManualExecutor::run() {
    int count = 0;
    for (auto task = take(); task; task = take()) {
        task();
        ++count;
    }
    return count;
}

Executor::Task ManualExecutor::take() {
    const std::lock_guard lock(mutex_);
    if (tasks_.empty()) return nullptr;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
}

Result<std::vector<FileReport>> MemoryReports::files_of(SinkNumber sink,
                                                        const FileSelection& wanted) {
    selections.push_back(wanted);
    return by_sink[sink];
}

Result<std::optional<FileReport>> MemoryReports::file_of(SinkNumber sink, FileId file) {
    for (const auto& report : by_sink[sink]) {
        if (report.file.id == file) return std::optional(report);
    }
    return std::optional<FileReport>();
}

Result<FileId> MemoryReports::shown_from(SinkNumber sink) {
    const auto found = resets.find(sink);
    if (found == resets.end()) return FileId{};
    return FileId(make_uuid_v7(found->second, 0, 0));
}

Result<void> MemoryReports::reset_statistics(const std::vector<SinkNumber>& sinks,
                                             const Instant& now) {
    for (const auto sink : sinks) resets[sink] = now.age;
    return {};
}

Result<VolumeId> MemorySlices::volume_of(const SourceId& /*source*/) {
    return VolumeId("default");
}

Result<void> MemorySlices::add(const LocalSlice& slice, std::string_view csv) {
    if (failure) return *failure;
    files[slice.slice] = csv;
    return {};
}

Result<void> MemorySlices::remove(const LocalSlice& slice) {
    if (failure_to_remove) return *failure_to_remove;
    files.erase(slice.slice);
    return {};
}

Result<std::unique_ptr<ByteSource>> MemorySlices::read(const Slice&) {
    return Error(Code::not_found, "nobody reads them here");
}

Result<bool> MemoryTokens::add_token(const ApiToken& token, std::uint64_t limit) {
    if (tokens_.size() >= limit) return false;
    tokens_[token.id] = token;
    return true;
}

Result<std::optional<ApiToken>> MemoryTokens::find_token(ProjectId, const std::string& digest) {
    for (const auto& [id, token] : tokens_) {
        if (token.digest == digest) return std::optional(token);
    }
    return std::optional<ApiToken>();
}

Result<Page<ApiToken>> MemoryTokens::tokens(ProjectId, const PageRequest& request) {
    Page<ApiToken> page{.items = {}, .total_count = tokens_.size()};
    for (const auto& [id, token] : tokens_) {
        if (id.value > request.after_id && page.items.size() < request.limit) {
            page.items.push_back(token);
        }
    }
    return page;
}

Result<bool> MemoryTokens::delete_token(ProjectId, const TokenId& id) {
    return tokens_.erase(id) == 1;
}

OpenFile open_file(std::uint64_t sink, std::uint64_t rows) {
    OpenFile file;
    file.sink = {SinkNumber(sink), MappingVersion(1)};
    file.rows = 1000;  // sealed slices too: those are the catalog's
    file.slice.emplace();
    file.slice->opening.slice.value.bytes[0] = 7;
    file.slice->opening.sink = file.sink;
    auto& content = file.slice->content;
    content.bytes = rows * 10;
    content.rows = rows;
    content.first_at = WallTime{1000};
    content.last_at = WallTime{2000};
    return file;
}

BatchState ManualJournal::state_of(const Ticket& ticket) const {
    return ticket.batch.value <= durable ? BatchState::durable : BatchState::waiting;
}

std::vector<OpenSlice> ManualJournal::local_slices() const {
    std::vector<OpenSlice> slices;
    for (const auto& file : files) {
        if (file.slice) slices.push_back(*file.slice);
    }
    return slices;
}

std::vector<OpenFile> ManualJournal::open_files() const {
    return files;
}

void ManualJournal::close_versions(SinkNumber sink, MappingVersion below,
                                   std::function<void()> done) {
    log_.push_back(fmt::format("close sink {} below {}", sink.value, below.value));
    waiting_.push_back(std::move(done));
}

int ManualJournal::close_all() {
    auto waiting = std::exchange(waiting_, {});
    for (const auto& done : waiting) done();
    return static_cast<int>(waiting.size());
}

void ManualRoutes::publish(const pipeline::SourceAddress& address,
                           std::shared_ptr<const pipeline::SourceRoute> route,
                           std::function<void()> served) {
    log_.push_back("publish " + address.source.value);
    served_[address.source] = std::move(route);
    waiting_.push_back(std::move(served));
}

int ManualRoutes::serve_all() {
    auto waiting = std::exchange(waiting_, {});
    for (const auto& served : waiting) {
        log_.push_back("served");
        served();
    }
    return static_cast<int>(waiting.size());
}

const pipeline::SourceRoute* ManualRoutes::route(const std::string& source) const {
    const auto found = served_.find(SourceId(source));
    return found == served_.end() ? nullptr : found->second.get();
}

Result<void> MemoryTarget::ensure_table(const TableSpec& table) {
    log_.push_back("ensure " + table.id.text());
    if (busy > 0) {
        --busy;
        return Error(Code::unavailable, "database is locked");
    }
    if (refusal) return *refusal;
    tables.push_back(table);
    return {};
}

Result<void> MemoryTarget::add_columns(const TableSpec& table) {
    if (!refusal) extended.push_back(table);
    return ensure_table(table);
}

Result<void> MemoryTarget::drop_table(const TableId& table) {
    log_.push_back("drop " + table.text());
    if (refusal) return *refusal;
    return {};
}

}  // namespace millrace::fakes
