#pragma once
// EventSender: posts bodies to the URL of a source, each until it has an answer.
//
// Every body has an idempotency key, so that one whose answer was lost is sent again and is there
// once. What passes (503, 507, 429, a connection that ends) is waited for.
//
// Thread  one.
// See     docs/ingest.md

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/http_session.h"
#include "api/cli/json_fields.h"
#include "api/cli/terminal.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace millrace::cli {

struct Problem {
    std::uint64_t line = 0;  // of the body; 0: all of it
    std::string text;        // as the service says it

    bool operator==(const Problem&) const = default;
};

// What an answer says of a body.
struct Verdict {
    int status = 0;
    std::uint64_t accepted = 0;  // records
    std::uint64_t refused = 0;
    bool stored_nothing = true;  // of a refused one
    bool may_be_stored = false;  // an earlier request with this body had no answer, or no clear one
    std::string error;           // the name of the error of one that is refused as a whole
    bool has_sinks = true;       // else nothing is stored although it is accepted
    std::vector<Problem> problems;
    std::string receipt;  // empty: there is none

    bool is_refused() const { return status >= 300; }
    // The key had another body before; nothing of this one is stored under it.
    bool is_key_reused() const;
};

class EventSender {
public:
    struct Options {
        std::string content_type;
        Milliseconds retry_for{60'000};
    };

    // `url` is that of the source.
    EventSender(ServerUrl url, Options options, Progress& progress);

    // `meanwhile` is done while the service works, once for each time that the body is sent.
    // Errors  unavailable      not stored: it was interrupted before, or nobody took it in time
    //         unknown_outcome  it may be stored; sent again with the same key it is so once
    Result<Verdict> post(std::string_view body, const std::string& key,
                         const std::function<void()>& meanwhile = {});

private:
    HttpSession session_;
    const std::string path_;
    const Options options_;
    Progress& progress_;
};

// What the answer of the service says.
Verdict verdict_of(const HttpReply& reply);

// Of a body that is accepted, in part at least: "2 events accepted, 1 refused, receipt 1-2-3".
std::string summary_of(const Verdict& verdict);

}  // namespace millrace::cli
