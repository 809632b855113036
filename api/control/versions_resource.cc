#include "api/control/versions_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>

#include "api/control/api_errors.h"
#include "api/control/definition_endpoints.h"
#include "api/control/json_body.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "api/control/source_kind.h"
#include "api/control/version_contents.h"

namespace millrace::control {
namespace {

constexpr std::string_view kOfSource = "/v1/branches/{branchId}/sources/{sourceId}/versions";
constexpr std::string_view kOfSink =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/versions";

// The key of a version in lists and messages.
std::string padded(std::uint64_t number) {
    return fmt::format("{:010}", number);
}

// Nothing if the text is no number. One that no version can have stays one: it is not found.
std::optional<std::uint32_t> version_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(number, std::numeric_limits<std::uint32_t>::max()));
}

Result<std::uint32_t> parse_version_number(const Call& call) {
    const auto& text = call.path.version;
    const auto number = version_number(text);
    Problems problems;
    if (!number) {
        problems.add(kInvalidFieldType,
                     fmt::format("invalid value \"{}\" for \"versionNumber\", must be a integer",
                                 shortened(text, 60)));
    }
    if (number.value_or(0) < 1) {
        problems.add(kInvalidRange,
                     "versionNumber must be greater or equal than 1 but got value 0");
    }
    TRY(problems.result());
    return *number;
}

struct VersionsPage {
    PageRequest asked;  // afterId as the answer repeats it
    VersionPageRequest wanted;
};

Result<VersionsPage> parse_versions_page(const Request& request) {
    VersionsPage page;
    TRY_ASSIGN(page.asked, parse_page(request));
    page.wanted.limit = page.asked.limit;
    if (page.asked.after_id.empty()) return page;
    const auto after = version_number(page.asked.after_id);
    if (!after) {
        return Error(Code::invalid,
                     fmt::format("invalid value \"{}\" for \"afterId\", must be a version number",
                                 shortened(page.asked.after_id, 60)))
            .named(kInvalidFieldType);
    }
    page.wanted.after = *after;
    return page;
}

Response render_versions(const PageRequest& asked, const Page<Version>& found) {
    auto versions = OrderedJson::array();
    for (const auto& version : found.items) versions.push_back(render_version(version));
    const auto last_id = found.items.empty() ? "" : padded(found.items.back().number);
    return json_response(200, {{"versions", std::move(versions)},
                               {"page", render_page(asked, found.total_count, last_id)}});
}

Result<Response> list_of_source(const VersionsApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_versions_page(call.request));
    TRY_ASSIGN(const auto source, definitions::load(api.edits.catalog, call.source));
    TRY_ASSIGN(const auto found, api.edits.catalog.source_versions(source.key, page.wanted));
    return render_versions(page.asked, found);
}

// The afterId of a sink's list comes back padded, that of a source as it was sent.
Result<Response> list_of_sink(const VersionsApi& api, const Call& call) {
    TRY_ASSIGN(auto page, parse_versions_page(call.request));
    TRY_ASSIGN(const auto sink, definitions::load(api.edits.catalog, call.sink));
    TRY_ASSIGN(const auto found, api.edits.catalog.sink_versions(sink.number, page.wanted));
    if (!page.asked.after_id.empty()) page.asked.after_id = padded(page.wanted.after);
    return render_versions(page.asked, found);
}

template <typename Key>
Result<Response> get(const VersionsApi& api, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    TRY_ASSIGN(const auto thing, definitions::load(api.edits.catalog, key_of<Key>(call)));
    TRY_ASSIGN(const auto found, definitions::find_version(api.edits.catalog, thing, number));
    return json_response(200, render_version(found.version));
}

template <typename Key>
Result<Response> get_contents(const VersionsApi& api, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    TRY_ASSIGN(const auto thing, definitions::load(api.edits.catalog, key_of<Key>(call)));
    TRY_ASSIGN(auto found, definitions::find_version(api.edits.catalog, thing, number));
    if constexpr (std::is_same_v<Key, SourceKey>) found.kind = thing.kind;  // it never changes
    return json_response(200,
                         {{"number", number}, {"definition", render_contents(found, api.scope)}});
}

template <typename Key>
Result<Response> roll_back(const VersionsApi& api, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    const auto& key = key_of<Key>(call);
    TRY_ASSIGN(const auto thing, definitions::load(api.edits.catalog, key));
    TRY(definitions::find_version(api.edits.catalog, thing, number));
    TRY(definitions::check_version_left(thing, api.edits.definitions));
    TRY_ASSIGN(auto seen, seen_of<Key>(api, call));
    const auto edit = [&] {
        if constexpr (std::is_same_v<Key, SourceKey>) {
            const auto* const kind = find_kind(api.scope.source_kinds, thing.kind.value);
            return definitions::Edit(
                [key, number, stamp = call.stamp,
                 restore = kind ? kind->roll_back : nullptr](definitions::EditContext& context) {
                    return definitions::roll_back(context, key, number, restore, stamp);
                });
        } else {
            return definitions::Edit(
                [key, number, stamp = call.stamp](definitions::EditContext& context) {
                    return definitions::roll_back(context, key, number, stamp);
                });
        }
    }();
    const auto noun = definitions::noun(key);
    return accepted(
        api.changes.start(
            task_of(key, fmt::format("rollback.{}Version", noun),
                    as_sentence(fmt::format("{} version was rolled back successfully", noun))),
            unless_changed(key, std::move(seen), edit)),
        api.scope);
}

}  // namespace

void add_versions(Router& router, const VersionsApi& api) {
    const Routes<VersionsApi> routes(router, api);
    routes.add("GET", kOfSource, list_of_source, {"afterId", "limit"});
    routes.add("GET", kOfSource, "/{versionNumber}", get<SourceKey>);
    routes.add("GET", kOfSource, "/{versionNumber}/definition", get_contents<SourceKey>);
    routes.add("PUT", kOfSource, "/{versionNumber}/rollback", roll_back<SourceKey>);
    routes.add("GET", kOfSink, list_of_sink, {"afterId", "limit"});
    routes.add("GET", kOfSink, "/{versionNumber}", get<SinkKey>);
    routes.add("GET", kOfSink, "/{versionNumber}/definition", get_contents<SinkKey>);
    routes.add("PUT", kOfSink, "/{versionNumber}/rollback", roll_back<SinkKey>);
}

}  // namespace millrace::control
