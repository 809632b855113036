#include "api/control/files_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/control/api_errors.h"
#include "api/control/json_body.h"
#include "api/control/loads_resource.h"
#include "api/control/query_flag.h"
#include "api/control/render.h"
#include "core/accounts/sink_account.h"
#include "core/base/error_names.h"
#include "core/definitions/edit_context.h"
#include "core/model/upload_labels.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::control {
namespace {

using lifecycle::FileAct;

constexpr std::string_view kOfFile =
    "/v1/branches/{branchId}/sources/{sourceId}/sinks/{sinkId}/files/{fileId}";
constexpr std::string_view kOfLoad = "/v1/branches/{branchId}/loads/{loadId}/file";
constexpr const char* kNextPage = "X-Millrace-Next";
constexpr std::uint64_t kPartsLookedAt = 1000;  // of an upload, for one that is set aside
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

// {"reason": "...", "slices": ["..."]}
Result<void> parse_set_aside(const Request& request, lifecycle::FileChange& wanted) {
    TRY_ASSIGN(const auto body, parse_json_object(request.body));
    Problems problems;
    ObjectReader reader(body, "body", problems);
    const auto reason = reader.required_text("reason", kReasonLength);
    const auto* const slices = reader.array("slices");
    reader.finish();
    TRY(problems.result());
    wanted.reason = *reason;
    if (slices == nullptr) return {};
    for (const auto& slice : *slices) {
        const auto id = slice.is_string() ? parse_uuid(slice.get<std::string>()) : std::nullopt;
        if (!id) {
            return Error(Code::invalid, "invalid value in \"slices\", must be ids of slices")
                .named(kInvalidFieldType);
        }
        wanted.slices.emplace_back(*id);
    }
    return {};
}

// The file that a path names, and the sink or the table whose it is.
struct Named {
    SinkNumber owner;
    FileId file;
};

Result<Named> named_of_sink(const FilesApi& api, const Call& call) {
    TRY_ASSIGN(const auto sink, definitions::load(api.catalog, call.sink));
    const auto id = parse_uuid(call.path.file);
    if (!id) return file_not_found(call.path.file);
    return Named{.owner = sink.number, .file = FileId(*id)};
}

// The first part of an upload that is set aside, by its label.
Result<std::string> part_aside(const FilesApi& api, const Load& operation, std::uint64_t parts) {
    const auto query_id = std::string_view(operation.label).substr(kUploadLabel.size());
    for (std::uint64_t part = 1; part <= std::min(parts, kPartsLookedAt); ++part) {
        auto label = pipeline::upload_part_label(query_id, part);
        TRY_ASSIGN(const auto one, api.loads.find_load(operation.scope, label));
        if (!one || !one->file) continue;
        TRY_ASSIGN(const auto file, api.lifecycle.find_file(*one->file));
        if (file && file->state == FileState::set_aside) return label;
    }
    return std::string();
}

// An upload into a standalone table has no rows itself: its parts have them.
Result<Named> without_file(const FilesApi& api, const Load& load) {
    TRY_ASSIGN(const auto parts, pipeline::last_part_of(api.loads, load));
    auto why = std::string("it is not committed, or without rows.");
    if (parts && parts->part > 0) {
        const auto query_id = std::string_view(load.label).substr(kUploadLabel.size());
        why =
            fmt::format("its rows are those of its parts. Name one of the loads \"{}\" to \"{}\".",
                        pipeline::upload_part_label(query_id, 1),
                        pipeline::upload_part_label(query_id, parts->part));
        TRY_ASSIGN(const auto aside, part_aside(api, load, parts->part));
        if (!aside.empty()) why += fmt::format(" \"{}\" is set aside.", aside);
    }
    return Error(Code::not_found,
                 fmt::format("Load \"{}\" has no file: {}", load.number.value, why))
        .named(error_names::kApiFileNotFound);
}

Result<Named> named_of_load(const FilesApi& api, const Call& call) {
    TRY_ASSIGN(const auto load, load_of_path(api.loads, api.scope, call.path.load));
    if (load.file) return Named{.owner = load.owner.sink, .file = *load.file};
    return without_file(api, load);
}

using Naming = Result<Named> (*)(const FilesApi& api, const Call& call);

Result<FileReport> find_report(const FilesApi& api, const Named& named) {
    TRY_ASSIGN(auto report,
               accounts::report_file(
                   {.lifecycle = api.lifecycle, .reports = api.reports, .journal = api.journal},
                   named.owner, named.file));
    if (!report) return file_not_found(to_string(named.file));
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

Result<Response> show(const FilesApi& api, const Call& call) {
    TRY_ASSIGN(const auto named, named_of_load(api, call));
    TRY_ASSIGN(const auto report, find_report(api, named));
    return json_response(200, render_file(report));
}

OrderedJson render_slice(const FilesApi& api, const SliceOpening& opening,
                         const SliceContent& content, SliceState state) {
    OrderedJson json = {{"sliceId", to_string(opening.slice)},
                        {"state", to_string(state)},
                        {"volume", api.journal.volume_name(opening.volume)},
                        {"openedAt", format_utc(opening.opened_at)}};
    if (content.rows > 0) {
        json["firstRecordAt"] = format_utc(content.first_at);
        json["lastRecordAt"] = format_utc(content.last_at);
    }
    json["recordsCount"] = content.rows;
    json["uncompressedSize"] = content.bytes;
    json["isFailing"] = false;
    return json;
}

// In opening order, which is that of their ids. The journal is asked first: what it has sealed
// meanwhile the catalog has, and counts.
Result<Response> slices(const FilesApi& api, const Call& call, Naming naming) {
    TRY_ASSIGN(const auto named, naming(api, call));
    const auto open = api.journal.local_slices();
    TRY_ASSIGN(const auto report, find_report(api, named));
    TRY_ASSIGN(const auto sealed, api.lifecycle.slices_of(named.file));
    std::map<SliceId, OrderedJson> by_id;
    for (const auto& slice : open) {
        if (slice.opening.file != named.file) continue;
        by_id[slice.opening.slice] =
            render_slice(api, slice.opening, slice.content, SliceState::writing);
    }
    for (const auto& slice : sealed) {
        auto json = render_slice(api, slice.opening, slice.content, slice.state);
        if (!slice.staged.key.empty()) {
            json["staging"] = slice.staged.staging.value;
            json["compressedSize"] = slice.staged.bytes;
        }
        const bool may_fail =
            slice.state != SliceState::imported && slice.state != SliceState::discarded;
        json["isFailing"] = may_fail && lifecycle::fails_for(report.file, slice);
        if (slice.retry.attempt > 0) {
            json["retryAttempt"] = slice.retry.attempt;
            json["retryReason"] = slice.retry.reason;
            json["retryAfter"] = format_utc(slice.retry.after);
        }
        by_id[slice.opening.slice] = std::move(json);
    }
    auto shown = OrderedJson::array();
    for (auto& [_, json] : by_id) shown.push_back(std::move(json));
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"fileId", to_string(named.file)},
                               {"slices", std::move(shown)}});
}

// "3:500": behind 500 rows of the fourth slice.
Result<lifecycle::RowsPlace> parse_place(const Request& request) {
    lifecycle::RowsPlace place;
    const auto after = request.query.find("after");
    if (after == request.query.end()) return place;
    const auto& text = after->second;
    const auto* const end = text.data() + text.size();
    const auto slice = std::from_chars(text.data(), end, place.slice);
    if (slice.ec == std::errc() && slice.ptr != end && *slice.ptr == ':') {
        const auto row = std::from_chars(slice.ptr + 1, end, place.row);
        if (row.ec == std::errc() && row.ptr == end) return place;
    }
    return Error(
               Code::invalid,
               fmt::format("invalid value \"{}\" for \"after\", must be the {} of the page before",
                           shortened(text, 60), kNextPage))
        .named(kInvalidFieldType);
}

Result<Response> rows(const FilesApi& api, const Call& call, Naming naming) {
    TRY_ASSIGN(const auto place, parse_place(call.request));
    TRY_ASSIGN(const auto named, naming(api, call));
    TRY_ASSIGN(const auto report, find_report(api, named));
    const auto state = report.file.state;
    if (state != FileState::closing && state != FileState::importing &&
        state != FileState::set_aside) {
        return wrong_state(fmt::format("File \"{}\" is in state \"{}\". {}", to_string(named.file),
                                       to_string(state), remedy(state, FileAct::set_aside)));
    }
    auto page = api.read_rows(named.file, place);
    if (!page.ok() && page.error().code() == Code::conflict) {
        return wrong_state(page.error().client_text());
    }
    if (!page.ok()) return std::move(page).error();
    Response response{.status = 200,
                      .body = std::move(page.value().csv),
                      .content_type = "text/csv; charset=utf-8",
                      .headers = {}};
    if (const auto& next = page.value().next) {
        response.headers.emplace_back(kNextPage, fmt::format("{}:{}", next->slice, next->row));
    }
    return response;
}

// ?onlyMissing=true: only of a table with a key, which tells rows of one key from another.
Result<KnownKeys> parse_known_keys(const FilesApi& api, const Call& call, const File& file) {
    TRY_ASSIGN(const bool only_missing, parse_flag(call.request, "onlyMissing"));
    if (!only_missing) return KnownKeys::replace;
    TRY_ASSIGN(const auto mapping, api.catalog.mapping(file.sink));
    const bool has_key = std::ranges::any_of(
        mapping.columns, [](const Column& column) { return column.primary_key; });
    if (has_key) return KnownKeys::keep;
    return wrong_state(
        fmt::format("The table \"{}\" has no primary key, so no row of the file is "
                    "known to be there. Restore the file without onlyMissing.",
                    mapping.table.text()));
}

Result<Response> act(const FilesApi& api, const Call& call, Naming naming, FileAct act) {
    lifecycle::FileChange wanted{.file = {}, .act = act};
    if (act == FileAct::set_aside) TRY(parse_set_aside(call.request, wanted));
    TRY_ASSIGN(const auto named, naming(api, call));
    wanted.file = named.file;
    TRY_ASSIGN(const auto before, find_report(api, named));
    if (act == FileAct::restore) {
        TRY_ASSIGN(wanted.known_keys, parse_known_keys(api, call, before.file));
    }
    if (!allows(before.file.state, act)) {
        return wrong_state(fmt::format("File \"{}\" is in state \"{}\". {}",
                                       to_string(before.file.id), to_string(before.file.state),
                                       remedy(before.file.state, act)));
    }
    TRY(change(api, wanted));
    auto changed = named;
    if (!wanted.slices.empty()) {
        changed.file = lifecycle::part_of(wanted.file, wanted.slices.front());
    }
    TRY_ASSIGN(const auto after, find_report(api, changed));
    return json_response(200, render_file(after));
}

}  // namespace

void add_files(Router& router, const FilesApi& api) {
    const Routes<FilesApi> routes(router, api);
    const std::array<std::pair<std::string_view, Naming>, 2> places = {
        {{kOfFile, named_of_sink}, {kOfLoad, named_of_load}}};
    for (const auto& [base, naming] : places) {
        routes.add("GET", base, "/rows",
                   [naming = naming](const FilesApi& a, const Call& call) {
                       return rows(a, call, naming);
                   },
                   {"after"});
        routes.add("GET", base, "/slices", [naming = naming](const FilesApi& a, const Call& call) {
            return slices(a, call, naming);
        });
    }
    const auto add = [&](const char* name, FileAct wanted, const QueryNames& query = {}) {
        for (const auto& [base, naming] : places) {
            routes.add(
                "POST", base, name,
                [wanted, naming = naming](const FilesApi& a, const Call& call) {
                    return act(a, call, naming, wanted);
                },
                query);
        }
    };
    add("/retry", FileAct::retry);
    add("/set-aside", FileAct::set_aside);
    add("/restore", FileAct::restore, {"onlyMissing"});
    add("/discard", FileAct::discard);
    routes.add("GET", kOfLoad, show);
}

}  // namespace millrace::control
