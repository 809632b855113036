#pragma once
// LoadRequest: what the headers of a Stream Load ask for.
//
// See  docs/stream-load.md (all headers)

#include <optional>
#include <string>

#include "api/http/sent_headers.h"
#include "api/stream_load/insert_select.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/bulk/bulk_format.h"
#include "core/bulk/bulk_mapping.h"

namespace millrace::stream_load {

enum class GroupCommit { off, sync_mode, async_mode };

struct LoadRequest {
    // What every answer says again.
    std::string label;  // empty: one is to be made
    std::string comment;
    bool two_phase_commit = false;
    GroupCommit group_commit = GroupCommit::off;

    std::optional<Milliseconds> time;  // of the whole load; else the usual one
    bulk::BulkFormat format;
    bulk::BulkMapping mapping;
    std::string compress_type;              // in lower case; empty: not said
    std::string content_encoding;           // as it is sent
    std::string warning;                    // headers that look like others and are ignored
    std::optional<InsertSelect> statement;  // of a load by SQL: makes the mapping
};

// Fills `request`, of which the first group is filled even where a header is wrong.
// Errors  invalid, in the words that clients get
Result<void> read_load_headers(const http::SentHeaders& headers, LoadRequest& request);

}  // namespace millrace::stream_load
