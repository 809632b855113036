#include "api/stream_load/load_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "api/http/stream_coding.h"
#include "api/stream_load/answer_texts.h"
#include "api/stream_load/columns_header.h"
#include "api/stream_load/header_values.h"
#include "api/stream_load/separator_text.h"
#include "core/base/shown_text.h"

namespace millrace::stream_load {
namespace {

constexpr std::size_t kLabelMax = 128;
constexpr std::size_t kShownMax = 100;
constexpr std::int64_t kTimeMaxSeconds = 259'200;
constexpr std::size_t kWarningsMax = 3;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool is_label(std::string_view text) {
    return text.size() <= kLabelMax && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == ':';
           });
}

Result<void> require_single(const http::SentHeaders& headers) {
    for (const auto& header : headers.all()) {
        if (is_load_header(header.name) && headers.has_several(header.name)) {
            return invalid_argument(
                fmt::format("the header '{}' is given more than once", header.name));
        }
    }
    return {};
}

// As Doris does it: such loads are none of a group.
bool is_grouped(const http::SentHeaders& headers, const LoadRequest& request) {
    return !request.two_phase_commit && !is_true(headers.text("partial_columns")) &&
           headers.text("partitions").empty() && headers.text("temporary_partitions").empty();
}

Result<void> read_group_commit(const http::SentHeaders& headers, LoadRequest& request) {
    const auto mode = lower(headers.text("group_commit"));
    if (mode.empty() || mode == "off_mode") return {};
    if (mode != "sync_mode" && mode != "async_mode") {
        return invalid_argument("group_commit can only be [async_mode, sync_mode, off_mode]");
    }
    if (!is_grouped(headers, request)) return {};
    request.group_commit = mode == "sync_mode" ? GroupCommit::sync_mode : GroupCommit::async_mode;
    return {};
}

Result<void> read_identity(const http::SentHeaders& headers, LoadRequest& request) {
    request.two_phase_commit = is_true(headers.text("two_phase_commit"));
    request.comment = headers.text("comment");
    const auto label = headers.text("label");
    if (!is_label(label)) {
        return refused(kInternalError,
                       detail(fmt::format("Label format error. regex: ^[-_A-Za-z0-9:]{{1,128}}$, "
                                          "label: {}",
                                          shortened(label, kShownMax))));
    }
    request.label = label;
    return read_group_commit(headers, request);
}

Result<void> read_time(const http::SentHeaders& headers, LoadRequest& request) {
    const auto text = headers.find("timeout");
    if (!text) return {};
    const auto number = parse_integer_header(*text, std::numeric_limits<std::int32_t>::min(),
                                             std::numeric_limits<std::int32_t>::max());
    if (number.fault != IntegerFault::none) {
        return invalid_argument(
            fmt::format("Invalid format of 'timeout': '{}', stoi", shortened(*text, kShownMax)));
    }
    if (number.value < 1 || number.value > kTimeMaxSeconds) {
        return invalid_argument(
            fmt::format("Invalid timeout: {}. Timeout should between 1 and {} seconds",
                        number.value, kTimeMaxSeconds));
    }
    request.time = std::chrono::seconds(number.value);
    return {};
}

// Which do nothing here; a wrong type is a mistake all the same.
Result<void> check_hints(const http::SentHeaders& headers) {
    if (const auto text = headers.find("send_batch_parallelism")) {
        const auto number = parse_integer_header(*text, std::numeric_limits<std::int32_t>::min(),
                                                 std::numeric_limits<std::int32_t>::max());
        if (number.fault == IntegerFault::no_number) {
            return invalid_argument("send_batch_parallelism must be an integer, stoi");
        }
        if (number.fault == IntegerFault::out_of_range) {
            return invalid_argument("send_batch_parallelism out of range, stoi");
        }
    }
    if (const auto text = headers.find("exec_mem_limit")) {
        const auto number =
            parse_integer_header(*text, 0, std::numeric_limits<std::int64_t>::max());
        if (number.fault != IntegerFault::none) {
            return invalid_argument("Invalid mem limit format, stoll");
        }
    }
    return {};
}

// Headers that mean something which tables here do not have.
Result<void> refuse_what_is_not_there(const http::SentHeaders& headers) {
    const bool has_partitions = !headers.text("partitions").empty();
    const bool has_temporary = !headers.text("temporary_partitions").empty();
    if (has_partitions && has_temporary) {
        return invalid_argument("Can not specify both partitions and temporary partitions");
    }
    if (has_partitions || has_temporary) {
        return not_implemented("tables have no partitions, please leave the header out");
    }
    if (is_true(headers.text("negative"))) {
        return not_implemented("negative is of aggregate tables, which are not there");
    }
    const auto behavior = lower(headers.text("partial_update_new_key_behavior"));
    if (!behavior.empty() && behavior != "append" && behavior != "error") {
        return invalid_argument(
            fmt::format("Invalid partial_update_new_key_behavior {}, must be one of {{'APPEND', "
                        "'ERROR'}}",
                        shortened(behavior, kShownMax)));
    }
    if (behavior == "error") {
        return not_implemented("partial_update_new_key_behavior ERROR, please send APPEND");
    }
    return {};
}

Result<std::optional<char>> read_single_char(const http::SentHeaders& headers,
                                             std::string_view name) {
    const auto text = headers.text(name);
    if (text.empty()) return std::optional<char>();
    if (text.size() != 1) {
        return invalid_argument(fmt::format("{} must be single-char, actually is {}", name,
                                            shortened(text, kShownMax)));
    }
    return std::optional<char>(text.front());
}

Result<bulk::CsvFormat> read_csv(const http::SentHeaders& headers, std::string_view format) {
    bulk::CsvFormat csv;
    if (const auto text = headers.find("column_separator")) {
        TRY_ASSIGN(csv.column_separator, parse_separator(*text, "Column separator"));
    }
    if (const auto text = headers.find("line_delimiter")) {
        TRY_ASSIGN(csv.line_delimiter, parse_separator(*text, "Line delimiter"));
    }
    TRY_ASSIGN(csv.enclose, read_single_char(headers, "enclose"));
    TRY_ASSIGN(csv.escape, read_single_char(headers, "escape"));
    csv.trim_double_quotes = is_true(headers.text("trim_double_quotes"));
    csv.empty_field_as_null = is_true(headers.text("empty_field_as_null"));
    if (const auto text = headers.find("skip_lines")) {
        const auto lines = parse_integer_header(*text, 0, std::numeric_limits<std::int32_t>::max());
        if (lines.fault == IntegerFault::no_number) {
            return invalid_argument(fmt::format("Invalid format of 'skip_lines': '{}', stoi",
                                                shortened(*text, kShownMax)));
        }
        if (lines.fault == IntegerFault::out_of_range) {
            return invalid_argument(
                fmt::format("Invalid 'skip_lines': {}", shortened(*text, kShownMax)));
        }
        csv.skip_lines = static_cast<std::uint64_t>(lines.value);
    }
    if (format == "csv_with_names") csv.skip_lines = 1;
    if (format == "csv_with_names_and_types") csv.skip_lines = 2;
    return csv;
}

Result<std::vector<std::string>> read_paths(std::string_view text) {
    std::vector<std::string> paths;
    if (text.empty()) return paths;
    const auto invalid = [&] {
        return invalid_argument(fmt::format("Invalid json path: {}", shortened(text, kShownMax)));
    };
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_array() || json.empty() || json.size() > kColumnsMax) return invalid();
    for (const auto& path : json) {
        if (!path.is_string() || !path.get_ref<const std::string&>().starts_with('$')) {
            return invalid();
        }
        paths.push_back(path.get<std::string>());
    }
    return paths;
}

Result<bulk::JsonFormat> read_json(const http::SentHeaders& headers) {
    bulk::JsonFormat json;
    const auto by_line = headers.find("read_json_by_line");
    const auto strip = headers.find("strip_outer_array");
    json.by_line = by_line ? is_true(*by_line) : !strip.has_value();
    json.strip_outer_array = strip && is_true(*strip);
    json.num_as_string = is_true(headers.text("num_as_string"));
    json.fuzzy_parse = is_true(headers.text("fuzzy_parse"));
    TRY_ASSIGN(json.paths, read_paths(headers.text("jsonpaths")));
    json.root = headers.text("json_root");
    if (!json.root.empty() && !json.root.starts_with('$')) {
        return invalid_argument(
            fmt::format("Invalid json path: {}", shortened(json.root, kShownMax)));
    }
    if (const auto text = headers.find("line_delimiter")) {
        TRY_ASSIGN(json.line_delimiter, parse_separator(*text, "Line delimiter"));
    }
    return json;
}

Result<void> read_format(const http::SentHeaders& headers, LoadRequest& request) {
    const auto format = lower(headers.text("format"));
    if (format.empty() || format == "csv" || format == "csv_with_names" ||
        format == "csv_with_names_and_types") {
        TRY_ASSIGN(request.format, read_csv(headers, format));
        return {};
    }
    if (format == "json") {
        TRY_ASSIGN(request.format, read_json(headers));
        return {};
    }
    if (format == "parquet") {
        request.format = bulk::ParquetFormat();
        return {};
    }
    for (const auto* const other : {"orc", "arrow", "hive_text"}) {
        if (format == other) {
            return not_implemented(fmt::format(
                "data of the format {} cannot be loaded, please send csv, json or parquet",
                format));
        }
    }
    return refused(kInternalError, fmt::format("unknown data format, format={}",
                                               shortened(headers.text("format"), kShownMax)));
}

Result<void> read_compression(const http::SentHeaders& headers, LoadRequest& request) {
    request.content_encoding = headers.text("content-encoding");
    request.compress_type = lower(headers.text("compress_type"));
    TRY(http::choose_coding(request.compress_type, http::ContentCoding::identity, {}));
    return {};
}

Result<void> read_merge(const http::SentHeaders& headers, bulk::BulkMapping& mapping) {
    const auto given = headers.text("merge_type");
    const auto type = lower(given);
    mapping.delete_condition = headers.text("delete");
    if (type.empty() || type == "append") {
        mapping.merge = bulk::MergeType::append;
    } else if (type == "delete") {
        mapping.merge = bulk::MergeType::erase;
    } else if (type == "merge") {
        mapping.merge = bulk::MergeType::merge;
    } else {
        return invalid_argument(fmt::format("Invalid merge type {}", shortened(given, kShownMax)));
    }
    const bool is_merge = mapping.merge == bulk::MergeType::merge;
    if (is_merge && mapping.delete_condition.empty()) {
        return invalid_argument("Excepted DELETE ON clause when merge type is MERGE.");
    }
    if (!is_merge && !mapping.delete_condition.empty()) {
        return invalid_argument("Not support DELETE ON clause when merge type is not MERGE.");
    }
    return {};
}

Result<void> read_partial(const http::SentHeaders& headers, bulk::BulkMapping& mapping) {
    mapping.partial_columns = is_true(headers.text("partial_columns"));
    const auto given = headers.text("unique_key_update_mode");
    const auto mode = lower(given);
    if (mode.empty()) return {};
    if (mode == "update_flexible_columns") {
        return not_implemented(
            "unique_key_update_mode UPDATE_FLEXIBLE_COLUMNS, please send UPDATE_FIXED_COLUMNS");
    }
    if (mode != "upsert" && mode != "update_fixed_columns") {
        return invalid_argument(fmt::format(
            "Invalid unique_key_update_mode {}, must be one of 'UPSERT', 'UPDATE_FIXED_COLUMNS' or "
            "'UPDATE_FLEXIBLE_COLUMNS'",
            shortened(given, kShownMax)));
    }
    mapping.partial_columns = mode == "update_fixed_columns";
    return {};
}

Result<void> read_mapping(const http::SentHeaders& headers, bulk::BulkMapping& mapping) {
    if (const auto text = headers.text("columns"); !text.empty()) {
        TRY_ASSIGN(mapping.columns, parse_columns(text));
    }
    if (const auto text = headers.text("hidden_columns"); !text.empty()) {
        TRY_ASSIGN(mapping.hidden_columns, parse_names(text));
    }
    mapping.where = headers.text("where");
    TRY(read_merge(headers, mapping));
    TRY(read_partial(headers, mapping));
    if (const auto text = headers.text("function_column.sequence_col"); !text.empty()) {
        mapping.sequence_column = std::string(text);
    }
    if (const auto text = headers.text("strict_mode"); !text.empty()) {
        if (!is_true(text) && !http::equal_ignoring_case(text, "false")) {
            return invalid_argument("Invalid strict mode format. Must be bool type");
        }
        mapping.strict = is_true(text);
    }
    if (const auto text = headers.text("max_filter_ratio"); !text.empty()) {
        const auto ratio = parse_ratio(text);
        if (!ratio || *ratio < 0 || *ratio > 1) {
            return invalid_argument(
                fmt::format("Invalid max_filter_ratio: '{}', must be a number "
                            "from 0 to 1",
                            shortened(text, kShownMax)));
        }
        mapping.max_filter_ratio = *ratio;
    }
    auto zone = headers.text("timezone");
    if (zone.empty()) zone = headers.text("time_zone");
    if (!zone.empty()) mapping.time_zone = zone;
    return {};
}

std::string warning_of(const http::SentHeaders& headers) {
    std::string warning;
    std::size_t found = 0;
    for (const auto& header : headers.all()) {
        const auto meant = nearest_header(header.name);
        if (!meant || ++found > kWarningsMax) continue;
        if (!warning.empty()) warning += "; ";
        warning +=
            fmt::format("the header '{}' is ignored, did you mean '{}'?", header.name, *meant);
    }
    return warning;
}

}  // namespace

Result<void> read_load_headers(const http::SentHeaders& headers, LoadRequest& request) {
    request.warning = warning_of(headers);
    TRY(read_identity(headers, request));
    TRY(require_single(headers));
    TRY(read_time(headers, request));
    TRY(check_hints(headers));
    TRY(refuse_what_is_not_there(headers));
    TRY(read_format(headers, request));
    TRY(read_compression(headers, request));
    return read_mapping(headers, request.mapping);
}

}  // namespace millrace::stream_load
