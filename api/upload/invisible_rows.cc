#include "api/upload/invisible_rows.h"

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "core/base/error_names.h"
#include "core/model/upload_labels.h"
#include "core/pipeline/upload_parts.h"

namespace millrace::upload {
namespace {

std::string why_aside(const UploadPorts& ports, const Load& load) {
    if (!load.file) return {};
    const auto file = ports.find_file(*load.file);
    const bool is_aside = file.ok() && file.value() && file.value()->aside &&
                          (file.value()->state == FileState::set_aside ||
                           file.value()->state == FileState::discarded);
    if (!is_aside) return {};
    const auto& reason = file.value()->aside->reason;
    return reason.empty() ? "an operator has set them aside" : reason;
}

}  // namespace

Result<std::string> fate_of(const UploadPorts& ports, LoadNumber number) {
    auto& loads = ports.stores.loads;
    const auto load = loads.find_load(number);
    if (!load.ok() || !load.value()) return std::string();
    if (load.value()->state == LoadState::aborted) {
        return Error(Code::invalid,
                     fmt::format("The table has not taken the rows: {}", load.value()->reason))
            .named(error_names::kUploadInvalidValue);
    }
    const auto last = pipeline::last_part_of(loads, *load.value());
    if (!last.ok() || !last.value()) return why_aside(ports, *load.value());
    const auto query_id = std::string_view(load.value()->label).substr(kUploadLabel.size());
    for (std::uint64_t part = 1; part <= last.value()->part; ++part) {
        const auto one = loads.find_load(ports.scope, pipeline::upload_part_label(query_id, part));
        if (!one.ok() || !one.value()) continue;
        if (auto why = why_aside(ports, *one.value()); !why.empty()) return why;
    }
    return std::string();
}

}  // namespace millrace::upload
