#include "core/lifecycle/volume_reports.h"

#include <algorithm>
#include <utility>

#include "core/policy/retry.h"

namespace millrace::lifecycle {
namespace {

// How long it usually takes to seal the last slice of a file that is closed: a few syncs.
constexpr Milliseconds kSealedWithin = std::chrono::milliseconds(30);

}  // namespace

VolumeReports::VolumeReports(const Stores& stores, Strand& strand, const LifecycleEvents& events,
                             Recorded recorded)
    : stores_(stores), strand_(strand), events_(events), recorded_(std::move(recorded)) {}

void VolumeReports::slice_sealed(const OpenSlice& slice) {
    gather({.file = slice.opening.file,
            .sink = slice.opening.sink.sink,
            .subject = "slice " + to_string(slice.opening.slice),
            .write = [this, slice] { return stores_.catalog.record_sealed(slice); },
            .sealed = slice});
}

void VolumeReports::file_closed(const OpenFile& file) {
    gather({.file = file.id,
            .sink = file.sink.sink,
            .subject = "file " + to_string(file.id),
            .write = [this, file] { return stores_.catalog.close_file(file); },
            .closed = file});
}

void VolumeReports::gather(Report report) {
    const bool is_early = report.closed && report.closed->slice;
    gathered_.push_back(std::move(report));
    auto& posted = is_early ? late_turn_posted_ : turn_posted_;
    if (std::exchange(posted, true)) return;
    auto turn = [this, &posted] {
        posted = false;
        record_gathered();
    };
    is_early ? strand_.post_in(kSealedWithin, turn) : strand_.post(turn);
}

void VolumeReports::record_gathered() {
    auto reports = std::exchange(gathered_, {});
    if (reports.size() > 1 && write_together(reports).ok()) {
        for (const auto& report : reports) taken(report);
        return;
    }
    for (auto& report : reports) record(std::move(report));
}

Result<void> VolumeReports::write_together(const std::vector<Report>& reports) {
    std::vector<OpenSlice> sealed;
    std::vector<OpenFile> closed;
    for (const auto& report : reports) {
        if (report.sealed) sealed.push_back(*report.sealed);
        if (report.closed) closed.push_back(*report.closed);
    }
    return stores_.catalog.record_reports(sealed, closed);
}

void VolumeReports::taken(const Report& report) {
    if (report.sealed) recorded_.slice(report.sealed->opening.slice);
    if (report.failures > 0) settle(report.file);
    recorded_.any();
}

void VolumeReports::batches_lost(const VolumeId& volume, BatchNumber first, BatchNumber last) {
    const auto [waiting, is_first] = lost_.try_emplace(volume);
    auto& ranges = waiting->second;
    // They come in order: only the last one can be a neighbour.
    if (!ranges.empty() && ranges.back().last.value + 1 == first.value) {
        ranges.back().last = last;
    } else {
        ranges.push_back({.first = first, .last = last});
    }
    if (!is_first) return;
    record({.file = {},
            .sink = {},
            .subject = fmt::format("lost batches of volume {}", volume.value),
            .write = [this, volume] { return record_lost(volume); }});
}

// What is recorded is not written again when the rest fails.
Result<void> VolumeReports::record_lost(const VolumeId& volume) {
    auto& ranges = lost_.at(volume);
    while (!ranges.empty()) {
        TRY(stores_.catalog.record_lost(volume, ranges.back().first, ranges.back().last));
        ranges.pop_back();
    }
    lost_.erase(volume);
    return {};
}

void VolumeReports::record(Report report) {
    const auto written = report.write();
    if (written.ok()) {
        taken(report);
        return;
    }
    if (++report.failures == 1) {
        auto& unsettled = unsettled_[report.file];
        unsettled.sink = report.sink;
        ++unsettled.reports;
    }
    const auto delay = policy::retry_delay(report.failures, std::hash<FileId>()(report.file));
    events_.step_failed({.step = "record",
                         .subject = report.subject,
                         .reason = written.error().operator_text(),
                         .attempt = report.failures,
                         .retry_in = delay});
    strand_.post_in(delay, [this, report = std::move(report)] { record(report); });
}

void VolumeReports::settle(FileId file) {
    const auto unsettled = unsettled_.find(file);
    if (--unsettled->second.reports == 0) unsettled_.erase(unsettled);
}

bool VolumeReports::has_older(SinkNumber sink, FileId file) const {
    return std::any_of(unsettled_.begin(), unsettled_.lower_bound(file),
                       [sink](const auto& entry) { return entry.second.sink == sink; }) ||
           std::any_of(gathered_.begin(), gathered_.end(), [&](const Report& report) {
               return report.sink == sink && report.file < file;
           });
}

}  // namespace millrace::lifecycle
