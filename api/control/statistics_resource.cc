#include "api/control/statistics_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/query_flag.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"

namespace millrace::control {
namespace {

constexpr std::string_view kOfSource = "/v1/branches/{branchId}/sources/{sourceId}/statistics/";
constexpr std::string_view kOfSink =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/statistics/";
constexpr FileSelection kShownFiles{.imported_max = 30, .waiting_max = 1000};

Result<Response> get_total(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(const auto statistics,
               accounts::total_statistics(services.lifecycle, services.journal, sink.number));
    return json_response(200, render_statistics(statistics));
}

// Imported files, then those that go well, then those that fail; each in opening order.
int group_of(const FileReport& report) {
    if (report.file.state == FileState::imported) return 0;
    return report.file.retry.reason.empty() ? 1 : 2;
}

bool is_failed(const FileReport& report) {
    return report.file.state != FileState::imported && report.file.retry.attempt > 0;
}

Result<Response> get_files(const Services& services, const Call& call) {
    TRY_ASSIGN(const bool only_failed, parse_flag(call.request, "failedFiles"));
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY_ASSIGN(auto files, accounts::report_files({.lifecycle = services.lifecycle,
                                                   .reports = services.reports,
                                                   .journal = services.journal},
                                                  accounts::JournalView(services.journal),
                                                  sink.number, kShownFiles));
    if (only_failed) std::erase_if(files, [](const auto& report) { return !is_failed(report); });
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& a, const auto& b) { return group_of(a) < group_of(b); });
    return json_response(200, {{"files", render_files(files)}});
}

Response nothing() {
    return Response{.status = 200, .body = "", .content_type = "", .headers = {}};
}

Result<Response> clear_of_sink(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load_sink(services.catalog, services.sink_key(call)));
    TRY(services.reports.reset_statistics({sink.number}, instant_of(services.clock)));
    return nothing();
}

Result<Response> clear_of_source(const Services& services, const Call& call) {
    TRY_ASSIGN(const auto source,
               definitions::load_source(services.catalog, services.source_key(call)));
    TRY_ASSIGN(const auto sinks, services.catalog.all_sinks(source.key));
    std::vector<SinkNumber> numbers;
    for (const auto& sink : sinks) numbers.push_back(sink.number);
    TRY(services.reports.reset_statistics(numbers, instant_of(services.clock)));
    return nothing();
}

}  // namespace

void add_statistics(Router& router, const Services& services) {
    const auto add = [&](const char* method, std::string_view folder, std::string_view what,
                         auto handler) {
        router.add(method, std::string(folder).append(what), Access::token,
                   [&services, handler](const Call& call) { return handler(services, call); });
    };
    add("GET", kOfSink, "total", get_total);
    add("GET", kOfSink, "files", get_files);
    add("DELETE", kOfSink, "clear", clear_of_sink);
    add("DELETE", kOfSource, "clear", clear_of_source);
}

}  // namespace millrace::control
