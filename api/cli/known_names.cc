#include "api/cli/known_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error_names.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kNamesMax = 10;  // in a message

// Which list an error is about.
struct Missing {
    std::string_view error;
    const char* items;  // of the answer
    const char* id;
    bool is_sink = false;
    bool is_deleted = false;
    std::string_view remedy;
};

constexpr Missing kMissing[] = {
    {error_names::kApiSourceNotFound, "sources", "sourceId", false, false,
     "millrace source create makes one."},
    {error_names::kApiSinkNotFound, "sinks", "sinkId", true, false,
     "millrace sink create makes one."},
    {error_names::kApiDeletedSourceNotFound, "sources", "sourceId", false, true, ""},
    {error_names::kApiDeletedSinkNotFound, "sinks", "sinkId", true, true, ""},
};

std::vector<std::string> ids_of(const std::vector<Json>& items, const char* id) {
    std::vector<std::string> names;
    for (const auto& item : items) names.push_back(text_at(item, {id}));
    return names;
}

}  // namespace

Error with_list(const Error& error, const KnownNames& known) {
    const auto& names = known.names;
    auto text = error.client_text();
    if (names.empty()) {
        text +=
            fmt::format(" There is none{}{}", known.remedy.empty() ? "." : " yet; ", known.remedy);
    } else {
        const auto shown = std::min(names.size(), kNamesMax);
        text += fmt::format(
            " There are: {}{}.",
            fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
            shown < names.size() ? ", …" : "");
    }
    return Error(error.code(), text).named(error.name());
}

Error with_names(const Error& error, std::string_view asked, const KnownNames& known) {
    const auto meant = config::suggestion(asked, known.names);
    if (meant.empty()) return with_list(error, known);
    auto text = error.client_text();
    while (text.ends_with('.')) text.pop_back();
    return Error(error.code(), text + meant).named(error.name());
}

Error with_what_there_is(ApiClient& api, Error error, std::string_view source,
                         std::string_view sink) {
    const auto* const missing = std::ranges::find(kMissing, error.name(), &Missing::error);
    if (missing == std::end(kMissing)) return error;
    auto path = missing->is_sink ? source_path(source) + "/sinks" : sources_path();
    if (missing->is_deleted) path += "/deleted";
    const auto there = api.list(path, missing->items);
    if (!there.ok()) return error;
    return with_names(error, missing->is_sink ? sink : source,
                      {.names = ids_of(there.value(), missing->id), .remedy = missing->remedy});
}

namespace {

struct SinkName {
    std::string source;
    std::string sink;
};

// By the table of each.
Result<std::map<std::string, SinkName>> sinks_by_table(ApiClient& api) {
    TRY_ASSIGN(const auto sources, api.list("/branches/default/aggregation/sources", "sources"));
    std::map<std::string, SinkName> sinks;
    for (const auto& source : sources) {
        for (const auto& sink : member(source, {"sinks"})) {
            sinks[text_at(sink, {"table", "tableId"})] = {.source = text_at(source, {"sourceId"}),
                                                          .sink = text_at(sink, {"sinkId"})};
        }
    }
    return sinks;
}

}  // namespace

Result<std::vector<std::string>> table_names(ApiClient& api) {
    TRY_ASSIGN(const auto tables, api.list(tables_path(), "tables"));
    TRY_ASSIGN(const auto sinks, sinks_by_table(api));
    std::set<std::string> names;
    for (const auto& table : tables) names.insert(text_at(table, {"tableId"}));
    for (const auto& [table, sink] : sinks) names.insert(table);
    return std::vector<std::string>(names.begin(), names.end());
}

Error with_made_tables(ApiClient& api, Error error, std::string_view table) {
    if (error.name() != error_names::kApiTableNotFound) return error;
    const auto sinks = sinks_by_table(api);
    if (!sinks.ok()) return error;
    const auto found = sinks.value().find(std::string(table));
    if (found == sinks.value().end()) return with_tables(api, std::move(error), table);
    const auto& [source, sink] = found->second;
    return Error(error.code(),
                 fmt::format(
                     "{} is the table of the sink {}/{}: millrace sink get {} {} shows it. It "
                     "is dropped only with its source, by millrace source delete {} "
                     "--cascade.",
                     table, source, sink, source, sink, source))
        .named(error.name());
}

Error with_tables(ApiClient& api, Error error, std::string_view table) {
    if (error.name() != error_names::kApiTableNotFound) return error;
    auto names = table_names(api);
    if (!names.ok()) return error;
    return with_names(error, table,
                      {.names = std::move(names).value(),
                       .remedy = "millrace sink create or table create makes one."});
}

}  // namespace millrace::cli
