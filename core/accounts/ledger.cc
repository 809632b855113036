#include "core/accounts/ledger.h"

#include <utility>

#include "core/accounts/sink_account.h"

namespace millrace::accounts {
namespace {

constexpr int kAttempts = 5;

using RejectsBySink = std::map<SinkNumber, RejectTotals>;

std::optional<WallTime> oldest_of(const SinkStatistics& rows) {
    auto waiting = rows.local;
    waiting.add(rows.staging);
    return waiting.rows == 0 ? std::nullopt : std::optional(waiting.first_at);
}

Ledger ledger_of(const SinkStatistics& rows, const RejectTotals& rejects) {
    return {.local = rows.local.rows,
            .staging = rows.staging.rows,
            .target = rows.target.rows,
            .set_aside = rows.set_aside.rows,
            .discarded = rows.discarded.rows,
            .kept_rejects = rejects.count,
            .lost = rows.lost_rows,
            .oldest = oldest_of(rows)};
}

RejectTotals totals_of(const RejectsBySink& rejects, SinkNumber sink) {
    const auto found = rejects.find(sink);
    return found == rejects.end() ? RejectTotals{} : found->second;
}

}  // namespace

Result<Ledger> read_ledger(FileCatalog& lifecycle, const Journal& journal, RejectStore& rejects,
                           SinkNumber sink) {
    TRY(require_known_rows(journal));
    // A retry makes rows of rejects: it must not come between the two readings.
    TRY_ASSIGN(auto before, rejects.reject_totals(sink));
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(const auto rows,
                   report_statistics(lifecycle, journal, JournalView(journal), sink));
        TRY_ASSIGN(const auto after, rejects.reject_totals(sink));
        if (after == before || attempt == kAttempts) return ledger_of(rows, after);
        before = after;
    }
}

Result<std::map<SinkNumber, Ledger>> read_all_ledgers(FileCatalog& lifecycle,
                                                      const Journal& journal,
                                                      RejectStore& rejects) {
    TRY(require_known_rows(journal));
    std::map<SinkNumber, Ledger> ledgers;
    TRY_ASSIGN(auto before, rejects.all_reject_totals());
    for (int attempt = 1;; ++attempt) {
        TRY_ASSIGN(const auto reports, report_all_statistics(lifecycle, journal));
        TRY_ASSIGN(auto after, rejects.all_reject_totals());
        bool again = false;
        const auto enter = [&](SinkNumber sink, const SinkReport& report) {
            const auto kept = totals_of(after, sink);
            if (attempt < kAttempts && (report.moved || kept != totals_of(before, sink))) {
                again = true;
            } else {
                ledgers.try_emplace(sink, ledger_of(report.statistics, kept));
            }
        };
        for (const auto& [sink, report] : reports) enter(sink, report);
        for (const auto* rejecting : {&std::as_const(before), &std::as_const(after)}) {
            for (const auto& [sink, _] : *rejecting) {
                if (!reports.contains(sink)) enter(sink, {});
            }
        }
        if (!again) return ledgers;
        before = std::move(after);
    }
}

}  // namespace millrace::accounts
