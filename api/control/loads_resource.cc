#include "api/control/loads_resource.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/control/api_errors.h"
#include "api/control/paging.h"
#include "api/control/render.h"
#include "core/model/upload_labels.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::control {
namespace {

constexpr std::string_view kList = "/v1/branches/{branchId}/loads";
constexpr std::string_view kOne = "/v1/branches/{branchId}/loads/{loadId}";
constexpr std::uint64_t kPartsLookedAt = 1000;  // of an upload, for what does not get on
constexpr std::uint32_t kLoadsAtOnce = 1000;

std::optional<LoadNumber> parse_number(const std::string& text) {
    std::uint64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    if (text.empty() || failure != std::errc() || stop != end || number > INT64_MAX) {
        return std::nullopt;
    }
    return LoadNumber(number);
}

Result<LoadNumber> parse_after(const std::string& text) {
    if (text.empty()) return LoadNumber();
    if (const auto number = parse_number(text)) return *number;
    return Error(Code::invalid, fmt::format("invalid value \"{}\" for \"afterId\", must be a load",
                                            shortened(text, 60)))
        .named(kInvalidFieldType);
}

// As uploads call it.
Result<std::string_view> operation_state(LoadCatalog& loads, const Load& load) {
    switch (load.state) {
        case LoadState::open:
        case LoadState::written:
        case LoadState::prepared:
            return std::string_view("running");
        case LoadState::committed:
            return std::string_view("done");
        case LoadState::aborted:
            break;
    }
    TRY_ASSIGN(const bool has_files, loads.has_leftover_parts(load.number));
    return std::string_view(has_files ? "cancelling" : "cancelled");
}

// What keeps rows that are committed out of their table: "setAside" and "reason".
Result<void> add_file_state(const LoadsApi& api, const Load& load, OrderedJson& json) {
    if (load.state != LoadState::committed || !load.file) return {};
    TRY_ASSIGN(const auto file, api.files.find_file(*load.file));
    if (!file) return {};
    switch (file->state) {
        case FileState::set_aside:
        case FileState::discarded:
            json[file->state == FileState::set_aside ? "setAside" : "discarded"] = true;
            if (file->aside) json["reason"] = file->aside->reason;
            break;
        case FileState::writing:
        case FileState::closing:
        case FileState::importing:
            if (file->retry.attempt > 0) json["reason"] = file->retry.reason;
            break;
        case FileState::imported:
            break;
    }
    return {};
}

// Of an upload whose rows are those of its parts: what keeps the first one that does not get on.
Result<void> add_parts_state(const LoadsApi& api, const Load& operation, std::uint64_t parts,
                             OrderedJson& json) {
    const auto query_id = std::string_view(operation.label).substr(kUploadLabel.size());
    for (std::uint64_t part = 1; part <= std::min(parts, kPartsLookedAt); ++part) {
        TRY_ASSIGN(const auto one, api.loads.find_load(operation.scope, pipeline::upload_part_label(
                                                                            query_id, part)));
        if (one) TRY(add_file_state(api, *one, json));
        if (json.contains("reason")) return {};
    }
    return {};
}

Result<OrderedJson> render_load(const LoadsApi& api, const Load& load) {
    TRY_ASSIGN(const auto mapping, api.definitions.mapping(load.owner));
    TRY_ASSIGN(const auto operation, operation_state(api.loads, load));
    TRY_ASSIGN(const auto parts, pipeline::last_part_of(api.loads, load));
    TRY_ASSIGN(const bool is_imported, api.loads.is_imported(load));
    OrderedJson json = {{"loadId", fmt::to_string(load.number.value)},
                        {"label", load.label},
                        {"tableId", load.table.text()},
                        {"target", mapping.target.value},
                        {"volume", load.volume.value},
                        {"state", to_string(load.state)},
                        {"operationState", operation},
                        {"isImported", is_imported},
                        {"rows", parts ? parts->rows : load.counts.rows},
                        {"bytes", load.counts.bytes},
                        {"filteredRows", load.counts.filtered},
                        {"unselectedRows", load.counts.unselected},
                        {"begunAt", format_utc(load.begun_at)}};
    if (load.ended_at) json["endedAt"] = format_utc(*load.ended_at);
    if (!load.reason.empty()) json["reason"] = load.reason;
    if (is_imported || load.state != LoadState::committed) return json;
    if (parts) {
        TRY(add_parts_state(api, load, parts->part, json));
    } else {
        TRY(add_file_state(api, load, json));
    }
    return json;
}

// What the door keeps with the load is JSON of its own; the error log is in it.
OrderedJson render_info(const std::string& info) {
    auto json = OrderedJson::parse(info, nullptr, false);
    if (json.is_discarded()) return info;
    return json;
}

// The door of Stream Load puts the database in front, "shop/stock-1": a client knows "stock-1".
bool ends_with_label(std::string_view whole, std::string_view label) {
    if (whole.starts_with(kUploadLabel) || whole.starts_with(kUploadPartLabel)) return false;
    const auto slash = whole.find('/');
    return slash != std::string_view::npos && whole.substr(slash + 1) == label;
}

// The load that has the label; else those that have it behind their database, in order of their
// numbers, one of each label.
Result<std::vector<Load>> loads_labelled(LoadCatalog& loads, const LoadScope& scope,
                                         const std::string& label) {
    std::map<LoadNumber, Load> found;
    const auto add = [&](const std::string& whole) -> Result<void> {
        TRY_ASSIGN(auto load, loads.find_load(scope, whole));
        if (load) found.emplace(load->number, std::move(*load));
        return {};
    };
    TRY(add(label));
    if (found.empty()) {
        std::set<std::string> wholes;
        for (LoadNumber after;;) {
            TRY_ASSIGN(const auto page, loads.loads(scope, after, kLoadsAtOnce));
            for (const auto& load : page) {
                if (ends_with_label(load.label, label)) wholes.insert(load.label);
            }
            if (page.size() < kLoadsAtOnce) break;
            after = page.back().number;
        }
        for (const auto& whole : wholes) TRY(add(whole));
    }
    std::vector<Load> all;
    for (auto& [number, load] : found) all.push_back(std::move(load));
    return all;
}

Result<Response> list(const LoadsApi& api, const Call& call) {
    const LoadScope scope{.project = api.scope.project, .branch = api.scope.branch};
    TRY_ASSIGN(const auto page, parse_page(call.request));
    TRY_ASSIGN(const auto after, parse_after(page.after_id));
    std::vector<Load> found;
    std::uint64_t total = 0;
    if (const auto label = call.request.query.find("label"); label != call.request.query.end()) {
        TRY_ASSIGN(found, loads_labelled(api.loads, scope, label->second));
        total = found.size();
        std::erase_if(found, [&](const Load& load) { return load.number <= after; });
        found.resize(std::min<std::size_t>(found.size(), page.limit));
    } else {
        TRY_ASSIGN(found, api.loads.loads(scope, after, page.limit));
        TRY_ASSIGN(total, api.loads.count_loads(scope));
    }
    auto loads = OrderedJson::array();
    for (const auto& load : found) {
        TRY_ASSIGN(auto json, render_load(api, load));
        loads.push_back(std::move(json));
    }
    const auto last_id = found.empty() ? "" : fmt::to_string(found.back().number.value);
    return json_response(200, {{"projectId", api.scope.project.value},
                               {"branchId", api.scope.branch.value},
                               {"page", render_page(page, total, last_id)},
                               {"loads", std::move(loads)}});
}

Result<Response> show(const LoadsApi& api, const Call& call) {
    TRY_ASSIGN(const auto load, load_of_path(api.loads, api.scope, call.path.load));
    TRY_ASSIGN(auto json, render_load(api, load));
    json["info"] = render_info(load.info);
    if (!api.error_log) return json_response(200, json);
    if (auto log = api.error_log(load.number)) json["errorLog"] = std::move(*log);
    return json_response(200, json);
}

}  // namespace

Result<Load> load_of_path(LoadCatalog& loads, const Scope& scope, const std::string& number) {
    const auto not_found =
        Error(Code::not_found, fmt::format("Load \"{}\" not found.", shortened(number, 60)))
            .named(error_names::kLoadNotFound);
    const auto parsed = parse_number(number);
    if (!parsed) return not_found;
    TRY_ASSIGN(auto load, loads.find_load(*parsed));
    const LoadScope own{.project = scope.project, .branch = scope.branch};
    if (!load || load->scope != own) return not_found;
    return std::move(*load);
}

void add_loads(Router& router, const LoadsApi& api) {
    const Routes<LoadsApi> routes(router, api);
    routes.add("GET", kList, list, {"afterId", "limit", "label"});
    routes.add("GET", kOne, show);
}

}  // namespace millrace::control
