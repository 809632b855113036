#include "api/cli/actual_definitions.h"

#include <algorithm>

namespace millrace::cli {
namespace {

// The reason of a sink that is disabled only as its source is.
constexpr std::string_view kDisabledWithSource = "Auto-disabled with the parent source.";

template <typename Items, typename IdOf>
auto* find_in(const Items& items, std::string_view id, IdOf id_of) {
    const auto found =
        std::ranges::find_if(items, [&](const auto& item) { return id_of(item) == id; });
    return found == items.end() ? nullptr : &*found;
}

// It was deleted meanwhile.
template <typename T>
bool is_gone(const Result<T>& answer) {
    return !answer.ok() && answer.error().code() == Code::not_found;
}

Result<std::vector<Json>> settings_of(ApiClient& api, const std::string& path) {
    TRY_ASSIGN(const auto answer, api.get(path + "/settings", "settings"));
    const auto& settings = member(answer, {"settings"});
    return std::vector<Json>(settings.begin(), settings.end());
}

Result<ActualSource> fetch_source(ApiClient& api, const Json& definition) {
    const auto id = text_at(definition, {"sourceId"});
    ActualSource source;
    source.definition = definition;
    TRY_ASSIGN(source.settings, settings_of(api, source_path(id)));
    TRY_ASSIGN(const auto sinks, api.list(source_path(id) + "/sinks", "sinks"));
    for (const auto& sink : sinks) {
        auto settings = settings_of(api, sink_path(id, text_at(sink, {"sinkId"})));
        if (is_gone(settings)) continue;
        if (!settings.ok()) return settings.error();
        source.sinks.push_back({.definition = sink, .settings = std::move(settings).value()});
    }
    return source;
}

}  // namespace

const ActualEntity* ActualSource::find_sink(std::string_view id) const {
    return find_in(sinks, id,
                   [](const ActualEntity& sink) { return text_at(sink.definition, {"sinkId"}); });
}

const ActualSource* Actual::find_source(std::string_view id) const {
    return find_in(sources, id, [](const ActualSource& source) {
        return text_at(source.definition, {"sourceId"});
    });
}

bool is_disabled_itself(const ActualEntity& sink, const ActualSource& source) {
    return sink.is_disabled() &&
           (!source.is_disabled() ||
            text_at(sink.definition, {"disabled", "reason"}) != kDisabledWithSource);
}

const Json* Actual::find_table(std::string_view id) const {
    return find_in(tables, id, [](const Json& table) { return text_at(table, {"tableId"}); });
}

Result<Actual> fetch_actual(ApiClient& api, const std::vector<std::string>& sources) {
    Actual actual;
    TRY_ASSIGN(const auto all, api.list(sources_path(), "sources"));
    for (const auto& definition : all) {
        const auto id = text_at(definition, {"sourceId"});
        if (!sources.empty() && std::ranges::find(sources, id) == sources.end()) continue;
        auto source = fetch_source(api, definition);
        if (is_gone(source)) continue;
        if (!source.ok()) return source.error();
        actual.sources.push_back(std::move(source).value());
    }
    TRY_ASSIGN(actual.tables, api.list(tables_path(), "tables"));
    return actual;
}

}  // namespace millrace::cli
