#include "core/accounts/flush.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "core/accounts/sink_account.h"

namespace millrace::accounts {
namespace {

constexpr Milliseconds kAtMost = std::chrono::minutes(5);
constexpr std::uint32_t kAttemptsMax = 3;  // after some seconds: a short lock is no failure
const MappingVersion kEveryVersion{std::numeric_limits<std::uint32_t>::max()};
constexpr FileSelection kAllWaiting = {.imported_max = 0,
                                       .waiting_max = std::numeric_limits<std::uint32_t>::max(),
                                       .set_aside_max = 0,
                                       .since_reset = false};

}  // namespace

void Flush::run(SinkNumber sink, Done done) const {
    const auto known = require_known_rows(ports_.journal);
    if (!known.ok()) return done(known.error());
    ports_.journal.close_versions(sink, kEveryVersion, [this, sink, done = std::move(done)] {
        ports_.strand.post([this, sink, done] { wait(sink, done); });
    });
}

// Those that take rows were opened after the others were closed.
Result<std::set<FileId>> Flush::closed_files(SinkNumber sink) const {
    std::set<FileId> files;
    // The journal first: what it hands over to the catalog meanwhile is found there.
    for (const auto& slice : ports_.journal.local_slices()) {
        if (slice.opening.sink.sink == sink) files.insert(slice.opening.file);
    }
    TRY_ASSIGN(const auto waiting, ports_.reports.files_of(sink, kAllWaiting));
    for (const auto& report : waiting) files.insert(report.file.id);
    for (const auto& open : ports_.journal.open_files()) files.erase(open.id);
    return files;
}

Result<void> Flush::try_again(Progress& progress) const {
    TRY_ASSIGN(const auto reports, ports_.reports.files_of(progress.sink, kAllWaiting));
    for (const auto& report : reports) {
        const auto attempt = report.file.retry.attempt;
        if (attempt == 0 || !progress.files.contains(report.file.id)) continue;
        progress.attempts[report.file.id] = attempt;
        ports_.try_now(report.file.id);
    }
    return {};
}

// Whether none of the files waits any more.
Result<bool> Flush::look(Progress& progress) const {
    std::set<FileId> waiting;
    for (const auto& slice : ports_.journal.local_slices()) {
        if (progress.files.contains(slice.opening.file)) waiting.insert(slice.opening.file);
    }
    TRY_ASSIGN(const auto reports, ports_.reports.files_of(progress.sink, kAllWaiting));
    for (const auto& report : reports) {
        if (!progress.files.contains(report.file.id)) continue;
        const auto before = progress.attempts.find(report.file.id);
        const auto most = before == progress.attempts.end() ? kAttemptsMax : before->second + 1;
        if (report.file.retry.attempt >= most) {
            return Error(Code::unavailable,
                         fmt::format("File {} was tried {} times and is tried again: {}.",
                                     to_string(report.file.id.value), report.file.retry.attempt,
                                     report.file.retry.reason));
        }
        waiting.insert(report.file.id);
    }
    progress.files = std::move(waiting);
    return progress.files.empty();
}

void Flush::wait(SinkNumber sink, const Done& done) const {
    auto files = closed_files(sink);
    if (!files.ok()) return done(std::move(files).error());
    const auto progress =
        std::make_shared<Progress>(Progress{.sink = sink, .files = std::move(files).value()});
    if (auto tried = try_again(*progress); !tried.ok()) return done(std::move(tried).error());
    ports_.drain.wait_until(
        [this, progress] { return look(*progress); }, kAtMost,
        [progress, done](Result<void> outcome) {
            if (!outcome.ok() || progress->files.empty()) return done(outcome);
            done(Error(Code::unavailable,
                       fmt::format("{} files are not imported after {} "
                                   "minutes; they are imported later.",
                                   progress->files.size(), kAtMost / std::chrono::minutes(1))));
        });
}

}  // namespace millrace::accounts
