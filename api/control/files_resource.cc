#include "api/control/files_resource.h"

#include <fmt/format.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"
#include "core/base/error_names.h"
#include "core/definitions/edit_context.h"

namespace millrace::control {
namespace {

using lifecycle::FileAct;

constexpr std::string_view kOfFile =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/files/{fileId}/";
constexpr TextLength kReasonLength{.min = 1, .max = 1000};

Error file_not_found(const std::string& file) {
    return Error(Code::not_found,
                 fmt::format("File \"{}\" not found in the sink.", shortened(file, 60)))
        .named(error_names::kApiFileNotFound);
}

Error wrong_state(std::string text) {
    return Error(Code::conflict, std::move(text)).named(error_names::kApiFileState);
}

// Whether the file may be changed so, by its state.
bool allows(FileState state, FileAct act) {
    switch (act) {
        case FileAct::retry:
            return state == FileState::closing || state == FileState::importing;
        case FileAct::set_aside:
            return state == FileState::closing || state == FileState::importing ||
                   state == FileState::set_aside;
        case FileAct::restore:
            return state == FileState::set_aside;
        case FileAct::discard:
            return state == FileState::set_aside || state == FileState::discarded;
    }
    return false;
}

// Where allows() says no.
std::string_view remedy(FileState state, FileAct act) {
    switch (state) {
        case FileState::writing:
            return "It still takes rows: flush the sink, or wait until it is closed.";
        case FileState::closing:
        case FileState::importing:
            return act == FileAct::discard ? "Set it aside first."
                                           : "Only a file that is set aside can be restored.";
        case FileState::imported:
            return "Its rows are in the table.";
        case FileState::set_aside:
            return "Restore it first.";
        case FileState::discarded:
            return "Its rows are gone.";
    }
    return "";
}

Result<std::string> parse_reason(const Request& request) {
    TRY_ASSIGN(const auto body, parse_json_object(request.body));
    Problems problems;
    ObjectReader reader(body, "body", problems);
    const auto reason = reader.required_text("reason", kReasonLength);
    reader.finish();
    TRY(problems.result());
    return *reason;
}

Result<FileReport> find_report(const FilesApi& api, const Call& call, SinkNumber sink) {
    const auto id = parse_uuid(call.path.file);
    if (!id) return file_not_found(call.path.file);
    TRY_ASSIGN(auto report,
               accounts::report_file(
                   {.lifecycle = api.lifecycle, .reports = api.reports, .journal = api.journal},
                   sink, FileId(*id)));
    if (!report) return file_not_found(call.path.file);
    return std::move(*report);
}

// Waits for the lifecycle, which does not wait for anything slow itself.
Result<void> change(const FilesApi& api, const lifecycle::FileChange& wanted) {
    const auto done = std::make_shared<std::promise<Result<void>>>();
    auto outcome = done->get_future();
    api.change_file(wanted, [done](Result<void> changed) { done->set_value(std::move(changed)); });
    if (outcome.wait_for(api.wait_max) != std::future_status::ready) {
        return Error(Code::overloaded,
                     "The service is busy, and the file may be changed later. "
                     "Look at the file before you try again.");
    }
    auto changed = outcome.get();
    if (changed.ok()) return {};
    if (changed.error().code() == Code::not_found) {
        return wrong_state("The file is being closed; try again.");
    }
    if (changed.error().code() == Code::conflict) {
        return wrong_state(changed.error().client_text());
    }
    return changed;
}

Result<Response> act(const FilesApi& api, const Call& call, FileAct act) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    lifecycle::FileChange wanted{.file = {}, .act = act};
    if (act == FileAct::set_aside) {
        TRY_ASSIGN(wanted.reason, parse_reason(call.request));
    }
    TRY_ASSIGN(const auto before, find_report(api, call, sink.number));
    wanted.file = before.file.id;
    if (!allows(before.file.state, act)) {
        return wrong_state(fmt::format("File \"{}\" is in state \"{}\". {}",
                                       to_string(before.file.id), to_string(before.file.state),
                                       remedy(before.file.state, act)));
    }
    TRY(change(api, wanted));
    TRY_ASSIGN(const auto after, find_report(api, call, sink.number));
    return json_response(200, render_file(after));
}

}  // namespace

void add_files(Router& router, const FilesApi& api) {
    const Routes<FilesApi> routes(router, api);
    const auto add = [&](const char* name, FileAct wanted) {
        routes.add("POST", kOfFile, name,
                   [wanted](const FilesApi& a, const Call& call) { return act(a, call, wanted); });
    };
    add("retry", FileAct::retry);
    add("set-aside", FileAct::set_aside);
    add("restore", FileAct::restore);
    add("discard", FileAct::discard);
}

}  // namespace millrace::control
