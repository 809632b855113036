#include "core/accounts/sink_account.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/error_names.h"

namespace millrace::accounts {
namespace {

constexpr int kAttempts = 5;

struct Unsealed {
    std::vector<OpenSlice> slices;  // that the catalog does not have
    bool moved = false;             // some slice of the view has come into the catalog
};

// Asks after the catalog's own account was read: what it does not have now, it did not have then.
Result<Unsealed> still_unsealed(FileCatalog& lifecycle, const JournalView& view, SinkNumber sink) {
    Unsealed unsealed;
    for (const auto& slice : view.slices_of(sink)) {
        TRY_ASSIGN(const auto known, lifecycle.find_slice(slice.opening.slice));
        if (known) {
            unsealed.moved = true;
        } else {
            unsealed.slices.push_back(slice);
        }
    }
    return unsealed;
}

// Reads until nothing was sealed meanwhile: such a slice may be in the account or not.
// `read` is Result<T>(); `add` puts the unsealed slices into T.
template <typename T, typename Read, typename Add>
Result<T> read_together(FileCatalog& lifecycle, const Journal& journal,
                        const JournalView& first_view, SinkNumber sink, Read read, Add add) {
    auto view = &first_view;
    std::optional<JournalView> fresh;
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(T account, read());
        TRY_ASSIGN(const auto unsealed, still_unsealed(lifecycle, *view, sink));
        if (!unsealed.moved || attempt == kAttempts) {
            add(account, unsealed.slices, *view);
            return account;
        }
        view = &fresh.emplace(journal);
    }
}

LevelStatistics counts_of(const OpenSlice& slice) {
    return {.rows = slice.content.rows,
            .csv_bytes = slice.content.bytes,
            .staged_bytes = 0,
            .first_at = slice.content.first_at,
            .last_at = slice.content.last_at};
}

// Files before `first` are not shown.
void add_to_file(std::vector<FileReport>& files, const OpenSlice& slice, const JournalView& view,
                 FileId first) {
    const auto& opening = slice.opening;
    auto found = std::find_if(files.begin(), files.end(), [&](const FileReport& report) {
        return report.file.id == opening.file;
    });
    if (found == files.end()) {
        if (opening.file < first) return;
        const auto opened_at = view.opened_at(opening.file);
        FileReport report;
        report.file.id = opening.file;
        report.file.sink = opening.sink;
        report.file.state = opened_at ? FileState::writing : FileState::closing;
        report.file.opened_at = opened_at.value_or(opening.opened_at);
        found = files.insert(files.end(), std::move(report));
    }
    found->statistics.local.add(counts_of(slice));
}

}  // namespace

JournalView::JournalView(const Journal& journal) {
    for (const auto& file : journal.open_files()) open_files_.emplace(file.id, file.opened_at);
    for (auto& slice : journal.local_slices()) {
        slices_[slice.opening.sink.sink].push_back(std::move(slice));
    }
}

const std::vector<OpenSlice>& JournalView::slices_of(SinkNumber sink) const {
    static const std::vector<OpenSlice> kNone;
    const auto found = slices_.find(sink);
    return found == slices_.end() ? kNone : found->second;
}

std::optional<WallTime> JournalView::opened_at(FileId file) const {
    const auto found = open_files_.find(file);
    if (found == open_files_.end()) return std::nullopt;
    return found->second;
}

Result<void> require_known_rows(const Journal& journal) {
    const auto text = uncounted_text(journal);
    if (!text) return {};
    return Error(Code::conflict,
                 fmt::format(
                     "{}. If it has failed, the log of the start says why (volume_is_failed): "
                     "mend that, remove the file FAILED in its directory if there is one, and "
                     "restart the service. If it is missing, configure it again, or give it "
                     "up with `millrace volume lost NAME`",
                     *text))
        .named(error_names::kApiVolumeFailed);
}

std::optional<std::string> uncounted_text(const Journal& journal) {
    std::vector<std::string> names;
    for (const auto& volume : journal.unknown_volumes()) {
        names.push_back(fmt::format("\"{}\"", journal.volume_name(volume)));
    }
    if (names.empty()) return std::nullopt;
    return fmt::format("The rows of the failed or missing volume{} {} cannot be counted",
                       names.size() == 1 ? "" : "s", fmt::join(names, ", "));
}

Result<SinkStatistics> report_statistics(FileCatalog& lifecycle, const Journal& journal,
                                         const JournalView& view, SinkNumber sink) {
    return read_together<SinkStatistics>(
        lifecycle, journal, view, sink, [&] { return lifecycle.statistics(sink); },
        [](SinkStatistics& statistics, const std::vector<OpenSlice>& slices, const JournalView&) {
            for (const auto& slice : slices) statistics.local.add(counts_of(slice));
        });
}

Result<SinkStatistics> total_statistics(FileCatalog& lifecycle, const Journal& journal,
                                        SinkNumber sink) {
    return report_statistics(lifecycle, journal, JournalView(journal), sink);
}

Result<std::map<SinkNumber, SinkReport>> report_all_statistics(FileCatalog& lifecycle,
                                                               const Journal& journal) {
    std::map<SinkNumber, SinkReport> reports;
    const JournalView view(journal);
    TRY_ASSIGN(const auto accounts, lifecycle.all_statistics());
    for (const auto& [sink, statistics] : accounts) reports[sink].statistics = statistics;
    for (const auto& [sink, _] : view.slices()) {
        TRY_ASSIGN(const auto unsealed, still_unsealed(lifecycle, view, sink));
        auto& report = reports[sink];
        report.moved = unsealed.moved;
        for (const auto& slice : unsealed.slices) report.statistics.local.add(counts_of(slice));
    }
    return reports;
}

Result<std::optional<FileReport>> report_file(const ReportPorts& ports, SinkNumber sink,
                                              FileId file) {
    using Files = std::vector<FileReport>;
    TRY_ASSIGN(auto files, read_together<Files>(
                               ports.lifecycle, ports.journal, JournalView(ports.journal), sink,
                               [&]() -> Result<Files> {
                                   TRY_ASSIGN(auto known, ports.reports.file_of(sink, file));
                                   if (!known) return Files();
                                   return Files{std::move(*known)};
                               },
                               [&](Files& found, const std::vector<OpenSlice>& slices,
                                   const JournalView& seen) {
                                   for (const auto& slice : slices) {
                                       if (slice.opening.file != file) continue;
                                       add_to_file(found, slice, seen, file);
                                   }
                               }));
    if (files.empty()) return std::optional<FileReport>();
    return std::optional(std::move(files.front()));
}

Result<std::vector<FileReport>> report_files(const ReportPorts& ports, const JournalView& view,
                                             SinkNumber sink, const FileSelection& selection) {
    using Files = std::vector<FileReport>;
    TRY_ASSIGN(const auto first, ports.reports.shown_from(sink));
    return read_together<Files>(
        ports.lifecycle, ports.journal, view, sink,
        [&] { return ports.reports.files_of(sink, selection); },
        [&](Files& files, const std::vector<OpenSlice>& slices, const JournalView& seen) {
            for (const auto& slice : slices) add_to_file(files, slice, seen, first);
            std::stable_sort(files.begin(), files.end(),
                             [](const auto& a, const auto& b) { return a.file.id < b.file.id; });
        });
}

}  // namespace millrace::accounts
