#pragma once
// Origin: what columns see of a record besides body, client and headers, as a reject keeps it, so
// that the record can be mapped again.
//
// Format  CBOR (RFC 8949), a map of: "eventId", "query", "clientCertificate", "topic", "partition",
//         "epoch", "offset", "timestamp" (milliseconds), "key", "headers" (an array of pairs),
//         "tombstone" (true).
//         Without what the record lacks, and empty where it has none of it. Texts are any bytes.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/mapping/record.h"

namespace millrace::mapping {

std::string print_origin(const Record& record);

// One that was kept. It owns its texts.
class Origin {
public:
    // Errors  corrupt: no such text
    static Result<Origin> parse(std::string_view text);

    // The record sees it while the origin stays where it is.
    void show_to(Record& record);

private:
    std::string query_;
    std::string event_id_;
    std::optional<std::string> client_certificate_;
    std::string_view certificate_view_;  // set by show_to(), as those below
    bool is_message_ = false;
    std::string topic_;
    std::optional<std::string> key_;
    std::vector<std::pair<std::string, std::string>> headers_;
    TopicMessage message_;                     // its views are set by show_to()
    std::vector<RequestHeader> header_views_;  // the same
};

}  // namespace millrace::mapping
