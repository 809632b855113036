#pragma once
// Reject: a record that a sink could not map and, with mapping.onError = "keep", keeps as it came.

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace millrace {

// What a sink keeps of its rejects at most.
struct RejectBounds {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;  // Reject::bytes() of all

    bool operator==(const RejectBounds&) const = default;
};

struct Reject {
    std::uint64_t number = 0;  // in order of arrival, of all sinks; given by the store
    SinkNumber sink;
    WallTime arrived_at;
    AgeTime expires_at;
    std::string error;    // "stream.in.pathNotFound"
    std::string message;  // `column "x": path "y" not found in the body`
    std::string column;   // the one that could not be made
    // The record, as far as columns see it:
    std::string client_ip;
    std::string content_type;
    std::string headers;  // as a `headers` column has them
    std::string body;     // any bytes
    std::string origin;   // what else they see: see core/mapping/origin.h

    // Not empty: the record may come again, and the sink keeps one reject of this key.
    std::string once;

    std::uint64_t bytes() const {
        return message.size() + column.size() + content_type.size() + headers.size() + body.size() +
               origin.size();
    }
};

// The rejects of one request, kept together or not at all.
struct RejectGroup {
    struct Item {
        Reject reject;
        RejectBounds bounds;  // of its sink
    };
    std::vector<Item> items;
};

}  // namespace millrace
