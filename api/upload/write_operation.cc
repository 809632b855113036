#include "api/upload/write_operation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "api/upload/operation_loads.h"
#include "core/model/upload_labels.h"

namespace millrace::upload {
namespace {

// Parts are known longer than their operation, so that what it has left is found as long as it is.
constexpr Milliseconds kPartsKept = std::chrono::hours(144);

PartPlace place_of(const Load& part) {
    const auto info = nlohmann::json::parse(part.info, nullptr, false);
    if (!info.is_object()) return {};
    PartPlace place{.rows_before = info.value("rowsBefore", std::uint64_t{0})};
    if (info.contains("rowsCrc")) place.crc = info.value("rowsCrc", std::uint32_t{0});
    return place;
}

}  // namespace

std::string label_of(std::string_view query_id) {
    return fmt::format("{}{}", kUploadLabel, query_id);
}

std::string label_of_part(std::string_view query_id, std::uint64_t part) {
    return fmt::format("{}{}/{}", kUploadPartLabel, query_id, part);
}

Result<LastPart> find_last_part(LoadCatalog& loads, const LoadScope& scope,
                                std::string_view query_id) {
    LastPart last;
    const auto look = [&](std::uint64_t part) -> Result<bool> {
        TRY_ASSIGN(auto load, loads.find_load(scope, label_of_part(query_id, part)));
        if (!load || load->state != LoadState::committed) return false;
        last.part = part;
        last.load = std::move(load);
        return true;
    };
    // Parts are committed one after the other: twice as far each time, then the middle.
    std::uint64_t beyond = 1;
    while (true) {
        TRY_ASSIGN(const bool is_there, look(beyond));
        if (!is_there) break;
        beyond *= 2;
    }
    while (last.part + 1 < beyond) {
        const auto middle = last.part + (beyond - last.part) / 2;
        TRY_ASSIGN(const bool is_there, look(middle));
        if (!is_there) beyond = middle;
    }
    if (last.load) {
        const auto place = place_of(*last.load);
        last.rows = place.rows_before + last.load->counts.rows;
        last.crc = place.crc;
    }
    return last;
}

Result<LoadCatalog::Begun> begin_load(const UploadPorts& ports, const OperationSpec& spec,
                                      std::string label, const PartPlace& place) {
    const auto& table = spec.table;
    // Loads of one table go to one volume as long as it takes rows: between volumes there is no
    // order.
    TRY_ASSIGN(auto volume, ports.stores.slices.volume_of(SourceId(table.key.table.text())));
    const bool is_part = label != label_of(spec.query_id);
    nlohmann::ordered_json info = {{"door", "upload"},
                                   {"queryId", spec.query_id},
                                   {"requestId", spec.request_id},
                                   {"kind", to_string(table.kind)},
                                   {"isPart", is_part},
                                   {"rowsBefore", place.rows_before}};
    if (place.crc) info["rowsCrc"] = *place.crc;
    LoadSpec load{.scope = ports.scope,
                  .label = std::move(label),
                  .table = mapping_of(table),
                  .volume = std::move(volume),
                  .times = {},
                  .info = info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
    if (is_part) load.times.ended = kPartsKept;
    return ports.stores.loads.begin_load(load, instant_of(ports.stores.clock));
}

Result<BegunOperation> begin_operation(const UploadPorts& ports, OperationSpec spec) {
    TRY_ASSIGN(auto begun, begin_load(ports, spec, label_of(spec.query_id), {}));
    BegunOperation result;
    if (!begun.is_new) {
        result.first = std::move(begun.load);
    } else if (spec.table.kind == TableKind::logical) {
        result.operation = make_logical_operation(ports, std::move(spec), std::move(begun.load));
    } else {
        const auto number = begun.load.number;
        auto made = make_standalone_operation(ports, std::move(spec), std::move(begun.load));
        if (!made.ok()) {
            static_cast<void>(ports.ends.abort(number, "it has not begun").ok());
            return made.error();
        }
        result.operation = std::move(made).value();
    }
    return result;
}

}  // namespace millrace::upload
