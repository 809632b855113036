#pragma once
// JsonnetOracle: what libjsonnet makes of templates and events.
//
// One evaluation goes through many pairs, as libjsonnet parses its standard library anew in each
// (45-60 ms); an error ends it, so it goes on in child processes that are forked from its
// beginning.
//
// Thread  one.

#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace millrace::differential {

struct OracleEvent {
    std::string body;
    std::string ip;
    std::vector<std::pair<std::string, std::string>> headers;  // canonical, sorted, none twice
    WallTime arrived_at;
};

// One template on one event.
struct OraclePair {
    std::size_t template_index;
    std::size_t event_index;
};

struct OracleAnswer {
    std::string value;                 // compact JSON
    std::optional<std::string> error;  // the cause
};

// In the order of `pairs`. Fails the running test where libjsonnet refuses a template.
std::vector<OracleAnswer> ask_jsonnet(const std::vector<std::string>& templates,
                                      const std::vector<OracleEvent>& events,
                                      const std::vector<OraclePair>& pairs);

}  // namespace millrace::differential
