#include "api/stream_load/header_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "api/http/sent_headers.h"

namespace millrace::stream_load {
namespace {

constexpr std::array<std::string_view, 53> kLoadHeaders = {
    "label",
    "two_phase_commit",
    "txn_id",
    "txn_operation",
    "timeout",
    "comment",
    "group_commit",
    "token",
    "cloud_cluster",
    "compute_group",
    "redirect-policy",
    "skip_record_to_audit_log_table",
    "columns",
    "where",
    "partitions",
    "temporary_partitions",
    "max_filter_ratio",
    "strict_mode",
    "negative",
    "timezone",
    "time_zone",
    "hidden_columns",
    "merge_type",
    "delete",
    "function_column.sequence_col",
    "partial_columns",
    "unique_key_update_mode",
    "partial_update_new_key_behavior",
    "skip_lines",
    "format",
    "compress_type",
    "column_separator",
    "line_delimiter",
    "enclose",
    "escape",
    "trim_double_quotes",
    "empty_field_as_null",
    "jsonpaths",
    "json_root",
    "strip_outer_array",
    "read_json_by_line",
    "num_as_string",
    "fuzzy_parse",
    "exec_mem_limit",
    "send_batch_parallelism",
    "load_to_single_tablet",
    "enable_profile",
    "memtable_on_sink_node",
    "load_stream_per_node",
    "version",
    "sql",
    "auth-token",
    "auth_code",
};

// Of HTTP, and near to some of the above.
constexpr std::array<std::string_view, 10> kOthers = {"host",   "accept",      "expect", "date",
                                                      "cookie", "origin",      "range",  "from",
                                                      "server", "x-request-id"};

constexpr std::size_t kFarAt = 3;
constexpr std::size_t kLengthMin = 5;  // shorter ones are near to anything

std::string normal(std::string_view name) {
    std::string text;
    for (const char c : name) {
        if (c == '-') {
            text.push_back('_');
        } else {
            text.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        }
    }
    return text;
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

}  // namespace

bool is_true(std::string_view text) {
    return http::equal_ignoring_case(text, "true");
}

Integer parse_integer_header(std::string_view text, std::int64_t min, std::int64_t max) {
    if (text.starts_with('+')) text.remove_prefix(1);
    Integer number;
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number.value);
    if (stop != end || failure == std::errc::invalid_argument) {
        number.fault = IntegerFault::no_number;
    } else if (failure != std::errc() || number.value < min || number.value > max) {
        number.fault = IntegerFault::out_of_range;
    }
    return number;
}

std::optional<double> parse_ratio(std::string_view text) {
    const std::string terminated(text);
    char* end = nullptr;
    const double value = std::strtod(terminated.c_str(), &end);
    if (terminated.empty() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
    return value;
}

bool is_load_header(std::string_view name) {
    return std::any_of(kLoadHeaders.begin(), kLoadHeaders.end(), [&](std::string_view known) {
        return http::equal_ignoring_case(known, name);
    });
}

std::optional<std::string_view> nearest_header(std::string_view name) {
    if (name.size() < kLengthMin || name.size() > 40 || is_load_header(name)) return std::nullopt;
    const auto given = normal(name);
    for (const auto other : kOthers) {
        if (given == other) return std::nullopt;
    }
    for (const auto known : kLoadHeaders) {
        if (known.size() >= kLengthMin && distance(given, normal(known)) < kFarAt) return known;
    }
    return std::nullopt;
}

}  // namespace millrace::stream_load
