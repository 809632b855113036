#pragma once
// Ledger: where every record that a sink has accepted is now. No row is missing or counted twice,
// although rows move while they are counted.
//
// Errors  those of the catalog; conflict, stream.api.volumeFailed: a volume that had failed before
//         the start may have rows that are not known (require_known_rows())

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/file_catalog.h"
#include "core/ports/journal.h"
#include "core/ports/reject_store.h"

namespace millrace::accounts {

// The records of a sink at one moment; each is in one of the places.
struct Ledger {
    std::uint64_t local = 0;
    std::uint64_t staging = 0;
    std::uint64_t target = 0;
    std::uint64_t set_aside = 0;  // of files that operators have set aside
    std::uint64_t discarded = 0;  // gone with files that operators have given up
    std::uint64_t kept_rejects = 0;
    std::uint64_t lost = 0;               // gone with a damaged file
    std::optional<WallTime> oldest = {};  // of what is local or in staging: when it arrived

    std::uint64_t accepted() const {
        return local + staging + target + set_aside + discarded + kept_rejects + lost;
    }
};

// In the target are the rows since the statistics of the sink were cleared.
Result<Ledger> read_ledger(FileCatalog& lifecycle, const Journal& journal, RejectStore& rejects,
                           SinkNumber sink);

// Of all sinks that ever had a record, each at its own moment, from few readings of everything
// instead of some for each sink. Whether statistics were cleared does not matter: these counts
// never go back.
Result<std::map<SinkNumber, Ledger>> read_all_ledgers(FileCatalog& lifecycle,
                                                      const Journal& journal, RejectStore& rejects);

}  // namespace millrace::accounts
