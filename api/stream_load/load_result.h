#pragma once
// LoadResult: what a Stream Load is answered, as the JSON object of Doris.
//
// See  docs/stream-load.md ("Answers")

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/stream_load/load_request.h"
#include "core/base/time.h"
#include "core/bulk/bulk_reader.h"
#include "core/model/load.h"

namespace millrace::stream_load {

enum class LoadStatus { success, publish_timeout, label_already_exists, fail };

inline constexpr std::size_t kLoadStatuses = 4;

std::string_view to_string(LoadStatus status);  // "Label Already Exists"

// How long its phases took.
struct LoadTimings {
    Milliseconds whole{0};
    Milliseconds begin{0};
    Milliseconds plan{0};
    Milliseconds read{0};   // parsing
    Milliseconds write{0};  // of the rows
    Milliseconds receive{0};
    Milliseconds commit{0};
};

// The load that has the label already.
struct FirstLoad {
    Load load;
    bool is_imported = false;
};

struct LoadResult {
    LoadStatus status = LoadStatus::fail;
    std::optional<LoadNumber> load;  // none: it has not begun
    std::string label;
    std::string comment;
    bool two_phase_commit = false;
    bool group_commit = false;
    std::string message = "OK";
    std::optional<FirstLoad> first;
    bulk::BulkCounts counts;
    std::uint64_t bytes = 0;  // of the body as it came
    LoadTimings timings;
    std::string error_url;    // empty: no row was filtered
    std::string first_error;  // of a failure
    std::string warning;
};

// What an answer says of the request, before anything has happened.
LoadResult result_of(const LoadRequest& request);

// At most 4 KB: texts are cut where needed.
std::string render(const LoadResult& result);

// "PREPARE", "PRECOMMITTED", "COMMITTED", "VISIBLE", "ABORTED"
std::string_view transaction_state(const FirstLoad& load);

}  // namespace millrace::stream_load
