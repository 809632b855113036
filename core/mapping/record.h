#pragma once
// Record: one event with its context, as views into the connection's buffers.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/time.h"

namespace millrace {

namespace mapping {
class FoundRecords;
}

struct RequestHeader {
    std::string_view name;   // as sent
    std::string_view value;  // without surrounding white space
};

// What a message of a topic has besides its value.
struct TopicMessage {
    std::string_view topic;
    std::int32_t partition = 0;
    std::uint64_t epoch = 0;  // of its offset: see core/model/position.h
    std::int64_t offset = 0;
    std::optional<WallTime> timestamp;
    std::optional<std::string_view> key;     // any bytes
    std::span<const RequestHeader> headers;  // in its order; values are any bytes
    // It has no value. Where it deletes, the body of the record is its key as JSON.
    bool is_tombstone = false;
};

struct Record {
    WallTime arrived_at;
    std::string_view client_ip;
    std::span<const RequestHeader> headers;
    std::string_view content_type;          // the header's value; empty if absent
    std::string_view body;                  // any bytes
    AgeTime age = {};                       // of its arrival: from then on a reject is kept
    std::string_view query = {};            // of the request's URL, as sent, without its '?'
    std::string_view event_id = {};         // of one that has it already; empty: a new one is made
    const TopicMessage* message = nullptr;  // of one that was read from a topic
    // The subject of the certificate that its client has shown; null: none, or nobody wants it.
    const std::string_view* client_certificate = nullptr;
    // Of a body with many: what is known of its records already; null: nothing.
    const mapping::FoundRecords* found = nullptr;
    std::uint64_t found_from = 0;  // which of those is the first of the body
};

}  // namespace millrace
