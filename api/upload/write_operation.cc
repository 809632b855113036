#include "api/upload/write_operation.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "api/upload/operation_loads.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::upload {
namespace {

// Parts are known longer than their operation, so that what it has left is found as long as it is.
constexpr Milliseconds kPartsKept = std::chrono::hours(144);

}  // namespace

Result<LoadCatalog::Begun> begin_load(const UploadPorts& ports, const OperationSpec& spec,
                                      std::string label, const PartPlace& place) {
    const auto& table = spec.table;
    // Loads of one table go to one volume as long as it takes rows: between volumes there is no
    // order.
    TRY_ASSIGN(auto volume, ports.stores.slices.volume_of(SourceId(table.key.table.text())));
    const bool is_part = label != pipeline::upload_label(spec.query_id);
    nlohmann::ordered_json info = {{"door", "upload"},
                                   {"queryId", spec.query_id},
                                   {"requestId", spec.request_id},
                                   {"kind", to_string(table.kind)},
                                   {"isPart", is_part},
                                   {pipeline::kRowsBefore, place.rows_before}};
    if (place.crc) info[pipeline::kRowsCrc] = *place.crc;
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
    TRY_ASSIGN(auto begun, begin_load(ports, spec, pipeline::upload_label(spec.query_id), {}));
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
