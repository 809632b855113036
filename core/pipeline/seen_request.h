#pragma once
// SeenRequest: what is kept of a request so that people can look at it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/mapping/record.h"
#include "core/model/outcome.h"
#include "core/model/settings.h"

namespace millrace::pipeline {

struct SeenHeader {
    std::string name;
    std::string value;       // empty where it is masked
    bool is_masked = false;  // it is a secret
};

// How a request has ended, as far as a list of requests says it.
enum class SeenEnd {
    accepted,   // every sink has all of it as rows
    partly,     // some of its records, or some sinks, have not
    kept,       // all of it, and some of it as rejects
    refused,    // nothing of it, by the sender's mistake
    failed,     // nothing of it, or that is not known, by the service's fault
    duplicate,  // it came before with its key
};

// Where a message of a topic is.
struct SeenPlace {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

struct SeenRequest {
    std::uint64_t number = 0;  // above those of all that came before
    WallTime arrived_at;
    std::string client_ip;
    std::string content_type;
    std::string query;  // with its secrets masked
    std::vector<SeenHeader> headers;
    std::uint64_t body_bytes = 0;
    std::string body;         // its begin; of a message without a value: empty
    bool is_foreign = false;  // it did not know the secret: nothing of it is kept but who and when

    RecordForm form = RecordForm::single;
    bool is_duplicate = false;
    Outcome outcome;
    bool is_one_sink_enough = false;  // as HttpSettings say
    std::vector<SinkId> sinks;        // of the route, as outcome.sinks has them
    std::string receipt;              // empty: there is none
    std::optional<SeenPlace> place;   // of a message of a topic, which is no request

    std::size_t bytes() const;
};

SeenEnd end_of(const SeenRequest& request);
std::string_view to_string(SeenEnd end);

// Copies what people may look at: secrets are masked, and what is long is cut.
SeenRequest see(const Record& record);

}  // namespace millrace::pipeline
