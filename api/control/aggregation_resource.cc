#include "api/control/aggregation_resource.h"

#include <algorithm>

#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"

namespace millrace::control {
namespace {

// With as many files as GET .../statistics/files has imported ones, so a page has a bound.
constexpr FileSelection kShownFiles{.imported_max = 30, .waiting_max = 30};

Result<OrderedJson> aggregate_sink(const Services& services, const accounts::JournalView& view,
                                   const Sink& sink) {
    TRY_ASSIGN(const auto statistics, accounts::report_statistics(
                                          services.lifecycle, services.journal, view, sink.number));
    TRY_ASSIGN(auto files, accounts::report_files({.lifecycle = services.lifecycle,
                                                   .reports = services.reports,
                                                   .journal = services.journal},
                                                  view, sink.number, kShownFiles));
    std::reverse(files.begin(), files.end());  // newest first

    auto json = render_sink(sink);
    json["statistics"] = render_statistics(statistics);
    json["statistics"]["files"] = render_files(files);
    return json;
}

Result<Response> list(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto found,
               services.catalog.sources(services.scope.project, services.scope.branch, page));
    const accounts::JournalView view(services.journal);
    auto sources = OrderedJson::array();
    for (const auto& source : found.items) {
        auto json = render_source(source, services.scope);
        json["sinks"] = OrderedJson::array();
        TRY_ASSIGN(const auto sinks, services.catalog.all_sinks(source.key));
        for (const auto& sink : sinks) {
            TRY_ASSIGN(auto aggregated, aggregate_sink(services, view, sink));
            json["sinks"].push_back(std::move(aggregated));
        }
        sources.push_back(std::move(json));
    }
    const auto last_id = found.items.empty() ? "" : found.items.back().key.source.value;
    return json_response(200, {{"projectId", services.scope.project.value},
                               {"branchId", services.scope.branch.value},
                               {"page", render_page(page, found.total_count, last_id)},
                               {"sources", std::move(sources)}});
}

}  // namespace

void add_aggregation(Router& router, const Services& services) {
    router.add("GET", "/v1/branches/{branchId}/aggregation/sources", Access::token,
               [&services](const Call& call) { return list(services, call); });
}

}  // namespace millrace::control
