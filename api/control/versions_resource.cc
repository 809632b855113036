#include "api/control/versions_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/definitions/definition_errors.h"
#include "core/definitions/restore_edits.h"
#include "core/definitions/versions.h"

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

Result<Response> list_of_source(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto page, parse_versions_page(call.request));
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    TRY_ASSIGN(const auto found, services.catalog.source_versions(source.key, page.wanted));
    return render_versions(page.asked, found);
}

// The afterId of a sink's list comes back padded, that of a source as it was sent.
Result<Response> list_of_sink(const Services& services, const Call& call) {
    TRY_ASSIGN(auto page, parse_versions_page(call.request));
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto found, services.catalog.sink_versions(sink.number, page.wanted));
    if (!page.asked.after_id.empty()) page.asked.after_id = padded(page.wanted.after);
    return render_versions(page.asked, found);
}

Result<Source> find_of_source(const Services& services, const Source& source,
                              std::uint32_t number) {
    TRY_ASSIGN(auto found, services.catalog.find_source_version(source.key, number));
    if (!found) return definitions::source_version_not_found(source.key.source, number);
    return *std::move(found);
}

Result<Sink> find_of_sink(const Services& services, const Sink& sink, std::uint32_t number) {
    TRY_ASSIGN(auto found, services.catalog.find_sink_version(sink.number, number));
    if (!found) return definitions::sink_version_not_found(sink.key.sink, number);
    return *std::move(found);
}

Result<Response> get_of_source(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    TRY_ASSIGN(const auto found, find_of_source(services, source, number));
    return json_response(200, render_version(found.version));
}

Result<Response> get_of_sink(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto found, find_of_sink(services, sink, number));
    return json_response(200, render_version(found.version));
}

Result<Response> roll_source_back(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    const auto key = services.source_key(call);
    TRY_ASSIGN(const auto source, definitions::load_source(services.catalog, key));
    TRY(find_of_source(services, source, number));
    TRY(definitions::check_version_left(source, services.edits.definitions));
    return start_change(
        services,
        {.operation = "rollback.sourceVersion",
         .source = key,
         .sink = std::nullopt,
         .success_text = "Source version was rolled back successfully."},
        [key, number, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::rollback_source(edits, key, number, stamp);
        });
}

Result<Response> roll_sink_back(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto number, parse_version_number(call));
    const auto key = services.sink_key(call);
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, key));
    TRY(find_of_sink(services, sink, number));
    TRY(definitions::check_version_left(sink, services.edits.definitions));
    return start_change(
        services,
        {.operation = "rollback.sinkVersion",
         .source = key.source,
         .sink = key.sink,
         .success_text = "Sink version was rolled back successfully."},
        [key, number, stamp = services.stamp(call)](definitions::EditContext& edits) {
            return definitions::rollback_sink(edits, key, number, stamp);
        });
}

}  // namespace

void add_versions(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string_view base, const char* rest,
                         auto handler) {
        router.add(method, std::string(base) + rest, Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("GET", kOfSource, "", list_of_source);
    add("GET", kOfSource, "/{versionNumber}", get_of_source);
    add("PUT", kOfSource, "/{versionNumber}/rollback", roll_source_back);
    add("GET", kOfSink, "", list_of_sink);
    add("GET", kOfSink, "/{versionNumber}", get_of_sink);
    add("PUT", kOfSink, "/{versionNumber}/rollback", roll_sink_back);
}

}  // namespace millrace::control
