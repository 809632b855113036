#pragma once
// Sources, sinks and tables as the service has them now, for `apply` and `export`.

#include <optional>
#include <string_view>
#include <vector>

#include "api/cli/api_client.h"

namespace millrace::cli {

// A source or a sink, as the API answers it, with its settings.
struct ActualEntity {
    Json definition;
    std::vector<Json> settings;

    bool is_disabled() const { return !member(definition, {"disabled"}).is_null(); }
    std::uint64_t version() const { return count_at(definition, {"version", "number"}); }
};

struct ActualSource : ActualEntity {
    std::vector<ActualEntity> sinks;

    const ActualEntity* find_sink(std::string_view id) const;
};

// Whether the sink stays disabled when its source is enabled.
bool is_disabled_itself(const ActualEntity& sink, const ActualSource& source);

struct Actual {
    std::vector<ActualSource> sources;
    std::vector<Json> tables;  // that were made to load into

    const ActualSource* find_source(std::string_view id) const;
    const Json* find_table(std::string_view id) const;
};

// Those of the sources that are named and are there; of no names, all. Tables always all.
Result<Actual> fetch_actual(ApiClient& api, const std::vector<std::string>& sources = {});

}  // namespace millrace::cli
