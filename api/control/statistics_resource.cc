#include "api/control/statistics_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/query_flag.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

constexpr std::string_view kOfSource = "/v1/branches/{branchId}/sources/{sourceId}/statistics/";
constexpr std::string_view kOfSink =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/statistics/";
constexpr FileSelection kShownFiles{.imported_max = 30, .waiting_max = 1000};

Result<Response> get_total(const StatisticsApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY_ASSIGN(const auto statistics,
               accounts::total_statistics(api.lifecycle, api.journal, sink.number));
    return json_response(200, render_statistics(statistics));
}

// What is done, then files that go well, then those that fail or are set aside; each in opening
// order.
int group_of(const FileReport& report) {
    const auto state = report.file.state;
    if (state == FileState::imported || state == FileState::discarded) return 0;
    if (state == FileState::set_aside) return 2;
    return report.file.retry.reason.empty() ? 1 : 2;
}

bool is_failed(const FileReport& report) {
    const auto state = report.file.state;
    if (state == FileState::set_aside) return true;
    return state != FileState::imported && report.file.retry.attempt > 0;
}

Result<Response> get_files(const StatisticsApi& api, const Call& call) {
    TRY_ASSIGN(const bool only_failed, parse_flag(call.request, "failedFiles"));
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY_ASSIGN(auto files,
               accounts::report_files(
                   {.lifecycle = api.lifecycle, .reports = api.reports, .journal = api.journal},
                   accounts::JournalView(api.journal), sink.number, kShownFiles));
    if (only_failed) std::erase_if(files, [](const auto& report) { return !is_failed(report); });
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& a, const auto& b) { return group_of(a) < group_of(b); });
    return json_response(200, {{"files", render_files(files)}});
}

Response nothing() {
    return Response{.status = 200, .body = "", .content_type = "", .headers = {}};
}

Result<Response> clear_of_sink(const StatisticsApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    TRY(api.reports.reset_statistics({sink.number}, instant_of(api.clock)));
    return nothing();
}

Result<Response> clear_of_source(const StatisticsApi& api, const Call& call) {
    TRY_ASSIGN(const auto source, definitions::load(api.catalog, call.source));
    TRY_ASSIGN(const auto sinks, api.catalog.all_sinks(source.key));
    std::vector<SinkNumber> numbers;
    for (const auto& sink : sinks) numbers.push_back(sink.number);
    TRY(api.reports.reset_statistics(numbers, instant_of(api.clock)));
    return nothing();
}

}  // namespace

void add_statistics(Router& router, const StatisticsApi& api) {
    const Routes<StatisticsApi> routes(router, api);
    routes.add("GET", kOfSink, "total", get_total);
    routes.add("GET", kOfSink, "files", get_files, {"failedFiles"});
    routes.add("DELETE", kOfSink, "clear", clear_of_sink);
    routes.add("DELETE", kOfSource, "clear", clear_of_source);
}

}  // namespace millrace::control
