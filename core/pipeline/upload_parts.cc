#include "core/pipeline/upload_parts.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "core/model/defined_table.h"
#include "core/model/upload_labels.h"

namespace millrace::pipeline {
namespace {

void read_place(const Load& part, LastPart& last) {
    last.rows = part.counts.rows;
    const auto info = nlohmann::json::parse(part.info, nullptr, false);
    if (!info.is_object()) return;
    last.rows += info.value(kRowsBefore, std::uint64_t{0});
    if (info.contains(kRowsCrc)) last.crc = info.value(kRowsCrc, std::uint32_t{0});
}

}  // namespace

std::string upload_label(std::string_view query_id) {
    return fmt::format("{}{}", kUploadLabel, query_id);
}

std::string upload_part_label(std::string_view query_id, std::uint64_t part) {
    return fmt::format("{}{}/{}", kUploadPartLabel, query_id, part);
}

Result<LastPart> find_last_part(LoadCatalog& loads, const LoadScope& scope,
                                std::string_view query_id, std::optional<WallTime> until) {
    LastPart last;
    const auto look = [&](std::uint64_t part) -> Result<bool> {
        TRY_ASSIGN(auto load, loads.find_load(scope, upload_part_label(query_id, part)));
        if (!load || load->state != LoadState::committed) return false;
        if (until && load->begun_at > *until) return false;
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
    if (last.load) read_place(*last.load, last);
    return last;
}

Result<std::optional<LastPart>> last_part_of(LoadCatalog& loads, const Load& load) {
    if (!load.label.starts_with(kUploadLabel)) return std::optional<LastPart>();
    const auto info = nlohmann::json::parse(load.info, nullptr, false);
    const bool has_parts =
        info.is_object() && info.value("kind", std::string()) == to_string(TableKind::standalone);
    if (!has_parts) return std::optional<LastPart>();
    const auto query_id = std::string_view(load.label).substr(kUploadLabel.size());
    // One that was cancelled may have been sent again, and then there are later parts.
    const auto until = load.state == LoadState::aborted ? load.ended_at : std::nullopt;
    TRY_ASSIGN(auto last, find_last_part(loads, load.scope, query_id, until));
    return std::optional(std::move(last));
}

}  // namespace millrace::pipeline
