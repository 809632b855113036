#include "api/control/aggregation_resource.h"

#include <algorithm>

#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"

namespace millrace::control {
namespace {

// With as many files as GET .../statistics/files has imported ones, so a page has a bound.
constexpr FileSelection kShownFiles{.imported_max = 30, .waiting_max = 30};

Result<OrderedJson> aggregate_sink(const AggregationApi& api, const accounts::JournalView& view,
                                   const Sink& sink) {
    TRY_ASSIGN(const auto statistics,
               accounts::report_statistics(api.lifecycle, api.journal, view, sink.number));
    TRY_ASSIGN(auto files,
               accounts::report_files(
                   {.lifecycle = api.lifecycle, .reports = api.reports, .journal = api.journal},
                   view, sink.number, kShownFiles));
    std::reverse(files.begin(), files.end());  // newest first

    auto json = render(sink, api.scope);
    json["statistics"] = render_statistics(statistics);
    json["statistics"]["files"] = render_files(files);
    return json;
}

Result<Response> list(const AggregationApi& api, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found, api.catalog.sources(api.scope.project, api.scope.branch, page));
    const accounts::JournalView view(api.journal);
    auto sources = OrderedJson::array();
    for (const auto& source : found.items) {
        auto json = render(source, api.scope);
        json["sinks"] = OrderedJson::array();
        TRY_ASSIGN(const auto sinks, api.catalog.all_sinks(source.key));
        for (const auto& sink : sinks) {
            TRY_ASSIGN(auto aggregated, aggregate_sink(api, view, sink));
            json["sinks"].push_back(std::move(aggregated));
        }
        sources.push_back(std::move(json));
    }
    const auto last_id = found.items.empty() ? "" : found.items.back().key.source.value;
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sources", std::move(sources)}});
}

}  // namespace

void add_aggregation(Router& router, const AggregationApi& api) {
    Routes<AggregationApi>(router, api)
        .add("GET", "/v1/branches/{branchId}/aggregation/sources", list, {"afterId", "limit"});
}

}  // namespace millrace::control
