#pragma once
// Request and Response as the resources see them: no HTTP library, no socket.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/time.h"

namespace millrace::control {

// A request that cannot be answered yet: it is made again when something has moved on or `until` is
// over, and holds no thread meanwhile.
struct Waiting {
    std::uint64_t steps_seen = 0;  // of Progress, before the rows were looked at
    SteadyTime until;
    std::shared_ptr<void> place;  // of Progress
    std::string task = {};        // a change was begun as this task, and is not begun again
};

struct Request {
    std::string id;      // X-Request-Id of the answer
    std::string method;  // upper case
    std::string path;    // as sent, percent-encoded, without the query
    std::map<std::string, std::string, std::less<>> query;     // decoded; the first of equal keys
    std::optional<std::string> storage_token;                  // X-StorageApi-Token
    std::optional<std::string> authorization;                  // Authorization
    std::optional<std::string> origin;                         // Origin
    std::optional<std::string> host;                           // Host
    std::vector<std::pair<std::string, std::string>> headers;  // all, equal names in order
    std::string client_ip;
    std::string body;
    std::optional<Waiting> waiting = {};  // as was answered before
    // Whether nobody waits for the answer any more; for long work. Empty: it is not known.
    std::function<bool()> is_abandoned = {};
};

struct Response {
    int status = 200;
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::optional<Waiting> waiting = {};  // then the rest is not sent
    std::string task = {};                // the id of one that has begun
};

}  // namespace millrace::control
