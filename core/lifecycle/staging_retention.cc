#include "core/lifecycle/staging_retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "core/lifecycle/checked_source.h"

namespace millrace::lifecycle {
namespace {

constexpr std::uint32_t kFilesAtOnce = 500;
constexpr std::size_t kReasonMax = 1000;

// Of a file that waited for too long. Operators see it, and the next look knows the file by it.
constexpr std::string_view kTooOld =
    "it has waited for longer than its setting storage.level.staging.retention says";

// What the clock of ages said when the file was opened: its id begins with that.
AgeTime opened_at(FileId file) {
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms * 256 + file.value.bytes[i];
    return AgeTime{ms};
}

bool waits(const File& file) {
    return file.state == FileState::closing || file.state == FileState::importing;
}

bool is_damage(const Error& error) {
    return error.code() == Code::corrupt || error.code() == Code::not_found;
}

}  // namespace

void StagingRetention::failed(const Uuid& work, const Error& error, SteadyTime now) {
    damaged_since_.with([&](auto& since) {
        if (is_damage(error)) {
            since.try_emplace(work, now);
        } else {
            since.erase(work);
        }
    });
}

void StagingRetention::succeeded(const Uuid& work) {
    damaged_since_.with([&](auto& since) { since.erase(work); });
    restored_at_.with([&](auto& restored) { restored.erase(FileId(work)); });
}

void StagingRetention::restored(FileId file, AgeTime now) {
    restored_at_.with([&](auto& restored) { restored[file] = now; });
}

bool StagingRetention::is_damaged_long(const Uuid& work, SteadyTime steady) const {
    return damaged_since_.with([&](const auto& since) {
        const auto found = since.find(work);
        return found != since.end() && steady - found->second >= kWaitsLong;
    });
}

// By what its sink says now: what is off again deletes nothing more. A load has no sink, it has the
// settings of the node.
Result<StagingRetention::Terms> StagingRetention::terms_of(const File& file) {
    if (const auto known = read_.find(file.sink); known != read_.end()) return known->second;
    TRY_ASSIGN(const auto mapping, stores_.definitions.mapping(file.sink));
    TRY_ASSIGN(const auto source, stores_.definitions.find_source(mapping.sink.source));
    TRY_ASSIGN(const auto sink, stores_.definitions.find_sink(mapping.sink));
    const SettingOverrides none;
    const Terms terms{.settings = resolve_retention_settings({
                          .node = node_,
                          .source = source ? source->settings : none,
                          .sink = sink ? sink->settings : none,
                      }),
                      .interval = mapping.settings.import.interval};
    read_[file.sink] = terms;
    return terms;
}

Milliseconds StagingRetention::waited(const File& file, const Terms& terms, AgeTime now) const {
    const auto from = restored_at_.with([&](const auto& restored) {
        const auto at = restored.find(file.id);
        return at != restored.end() ? at->second : opened_at(file.id) + terms.interval;
    });
    return now - from;
}

// The slices alone that cannot be read, if there are others.
Result<std::optional<FileChange>> StagingRetention::damaged_aside(const File& file,
                                                                  SteadyTime steady) const {
    const bool is_file_long = is_damaged_long(file.id.value, steady);
    TRY_ASSIGN(const auto slices, stores_.catalog.slices_of(file.id));
    FileChange change{.file = file.id, .act = FileAct::set_aside};
    std::string reason;
    for (const auto& slice : slices) {
        const auto id = slice.opening.slice;
        // A target has failures of its own that say corrupt: they name no slice in staging.
        const bool is_named =
            is_file_long && file.retry.reason.find(in_staging(id)) != std::string::npos;
        if (!is_named && !is_damaged_long(id.value, steady)) continue;
        if (reason.empty()) reason = is_named ? file.retry.reason : slice.retry.reason;
        change.slices.push_back(id);
    }
    if (change.slices.empty()) return std::optional<FileChange>();
    change.reason = fmt::format("it could not be read for a day: {}", reason);
    change.reason.resize(std::min(change.reason.size(), kReasonMax));
    TRY_ASSIGN(const auto known, stores_.refused.refused_rows(file.id));
    if (known.is_of_load || change.slices.size() == slices.size()) change.slices.clear();
    return std::optional(std::move(change));
}

Result<std::optional<FileChange>> StagingRetention::change_of(const File& file, const Terms& terms,
                                                              Milliseconds waited,
                                                              SteadyTime steady) const {
    const auto& settings = terms.settings;
    const bool is_old = settings.keep > Milliseconds(0) && waited >= settings.keep;
    if (waits(file) && is_old) {
        return std::optional(
            FileChange{.file = file.id, .act = FileAct::set_aside, .reason = std::string(kTooOld)});
    }
    if (waits(file) && settings.aside_damaged) return damaged_aside(file, steady);
    const bool is_ours = file.aside && file.aside->reason == kTooOld;
    if (file.state == FileState::set_aside && is_ours && is_old && settings.deletes) {
        return std::optional(
            FileChange{.file = file.id, .act = FileAct::discard, .reason = std::string(kTooOld)});
    }
    return std::optional<FileChange>();
}

void StagingRetention::tell(const File& file, Milliseconds waited, SteadyTime steady) {
    if (!waits(file) || waited < kWaitsLong) return;
    ++long_so_far_;
    const auto sink = file.sink.sink;
    const auto told = told_.find(sink);
    if (told != told_.end() && steady - told->second < kWaitsLong) return;
    told_[sink] = steady;
    events_.file_waits_long(
        {.file = file.id, .sink = sink, .waited = waited, .reason = file.retry.reason});
}

Result<std::vector<FileChange>> StagingRetention::look(AgeTime now, SteadyTime steady) {
    read_.clear();
    TRY_ASSIGN(const auto files, stores_.old_files->unfinished_files(place_, kFilesAtOnce));
    std::vector<FileChange> changes;
    for (const auto& file : files) {
        TRY_ASSIGN(const auto terms, terms_of(file));
        const auto waiting = waited(file, terms, now);
        tell(file, waiting, steady);
        TRY_ASSIGN(auto change, change_of(file, terms, waiting, steady));
        if (change) changes.push_back(std::move(*change));
    }
    if (files.size() == kFilesAtOnce) {
        place_ = files.back().id;
    } else {
        place_ = {};
        waiting_long_ = std::exchange(long_so_far_, 0);
    }
    return changes;
}

}  // namespace millrace::lifecycle
