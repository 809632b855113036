#pragma once
// Flattener: an OTLP request -> its records, each a flat JSON object on a line of its own.
//
// A record is a log record, a data point or a span, with what it shares with others: its resource,
// its scope, its metric.
//
// Lifetime  reused from request to request; a large buffer is given back by release().
// Thread    one.
// See       docs/otlp.md, "What a record looks like"; docs/adr/0022-own-protobuf-reader.md

#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/model/signal.h"
#include "core/otlp/flat_writer.h"
#include "core/otlp/json_request.h"

namespace millrace::otlp {

enum class Encoding { protobuf, json };

class Flattener {
public:
    // `bytes_max`: of all records of a request. A few bytes may be a record with all that is said
    // of its resource.
    explicit Flattener(std::uint64_t bytes_max) : writer_(bytes_max) {}

    // What is at `paths` of the records is found while they are written; null: nothing. They must
    // stay valid until the next call. After an error there are no records.
    // Errors  invalid    stream.in.badRequest: it cannot be decoded
    //         too_large  stream.in.payloadTooLarge: over `bytes_max`
    Result<void> flatten(Signal signal, Encoding encoding, std::string_view request,
                         const mapping::PathTrie* paths = nullptr);

    // Lines of JSON; valid until the next call.
    std::string_view text() const { return writer_.out.text(); }
    std::uint64_t records() const { return writer_.records; }
    const mapping::FoundRecords& found() const { return writer_.found; }

    // Gives memory back that only a large request needed.
    void release();

private:
    FlatWriter writer_;
    JsonRequest json_;
};

}  // namespace millrace::otlp
